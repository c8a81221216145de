/* dimensions: the records of all sources but that of the facts, the winners among them, and the
 * look-up table for facts. */
#ifndef SPARKIFY_NATIVE_DIMENSIONS_H
#define SPARKIFY_NATIVE_DIMENSIONS_H

#include "batch.h"
#include "winners.h"

/* The result of decoding one task of such a source. */
struct rows_batch {
    struct batch base;
    struct rows rows;
    struct buffer scratch;
};
void rows_batch_init(struct rows_batch *batch, const struct row_layout *layout);
void rows_batch_reset(struct rows_batch *batch);
void rows_batch_release(struct rows_batch *batch);
/* Adds a record; a decoder_keep_fn whose ctx is the batch. */
void rows_batch_keep(void *ctx, const struct model_record *record);

struct dimensions {
    const struct model *model; /* borrowed */
    struct dimension_source {
        struct row_layout layout;
        struct rows rows;
        size_t stored; /* how many of the rows are records that an earlier run has read */
    } sources[SOURCE_COUNT];
    struct winners winners[MODEL_MAX_WINNERS]; /* by the model's rules; of facts: empty */
    struct lookup lookup;
};
void dimensions_init(struct dimensions *dimensions, const struct model *model);
void dimensions_release(struct dimensions *dimensions);
/* Finds the winners and builds the look-up table. Called once, when all records are there. */
void dimensions_index(struct dimensions *dimensions);
/* Builds the look-up table alone, from records that have only the fields that it needs. */
void dimensions_index_lookup(struct dimensions *dimensions);
/* The winners by the table's rule. */
static inline const struct winners *dimensions_winners(const struct dimensions *dimensions,
                                                       const struct model_table *table)
{
    return &dimensions->winners[table->rule - dimensions->model->winners];
}
/* Sets out[i] for each record i of the source that wins by any rule; `out` has a value for each
 * record. */
void dimensions_mark_winners(const struct dimensions *dimensions, int source, bool *out);

#endif
