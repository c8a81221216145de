/* dimensions: the records of the sources that are not the facts', the winners among them, and what
 * facts are looked up in. */
#ifndef SPARKIFY_NATIVE_DIMENSIONS_H
#define SPARKIFY_NATIVE_DIMENSIONS_H

#include "batch.h"
#include "winners.h"

/* What decoding a task of such a source gives. */
struct rows_batch {
    struct batch base;
    struct rows rows;
    struct buffer scratch;
};
void rows_batch_init(struct rows_batch *batch, const struct row_layout *layout);
void rows_batch_reset(struct rows_batch *batch);
void rows_batch_release(struct rows_batch *batch);
/* A decoder_keep_fn; ctx is the batch. */
void rows_batch_keep(void *ctx, const struct model_record *record);

struct dimensions {
    const struct model *model; /* borrowed */
    struct dimension_source {
        struct row_layout layout;
        struct rows rows;
        size_t stored; /* of them: records that an earlier run has read */
    } sources[SOURCE_COUNT];
    struct winners winners[MODEL_MAX_WINNERS]; /* by the model's; those of facts stay empty */
    struct lookup lookup;
};
void dimensions_init(struct dimensions *dimensions, const struct model *model);
void dimensions_release(struct dimensions *dimensions);
/* Finds the winners, and makes the look-up, once all records are there. */
void dimensions_index(struct dimensions *dimensions);
/* The look-up alone, of records that have no more than what it needs. */
void dimensions_index_lookup(struct dimensions *dimensions);
/* The winners of a table. */
static inline const struct winners *dimensions_winners(const struct dimensions *dimensions,
                                                       const struct model_table *table)
{
    return &dimensions->winners[table->rule - dimensions->model->winners];
}
/* Marks the records of a source that have won by any rule. */
void dimensions_mark_winners(const struct dimensions *dimensions, enum source_id source, bool *out);

#endif
