/* dimensions: the records of all sources but that of the facts, the winners among them, and the
 * look-up table for facts. */
#pragma once

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
    } sources[MODEL_MAX_SOURCES];
    uint64_t nulls_last[MODEL_MAX_WINNERS]; /* as row_greatest_first has it; by the model's rules */
    struct winners winners[MODEL_MAX_WINNERS]; /* by the model's rules; of facts: empty */
    struct lookup lookups[MODEL_MAX_LOOKUPS];  /* by the model's */
    struct rows looked_up[MODEL_MAX_LOOKUPS];  /* of an incremental run: what look-ups can find */
};
void dimensions_init(struct dimensions *dimensions, const struct model *model);
void dimensions_release(struct dimensions *dimensions);
/* Finds the winners and builds the look-up tables, on so many threads. Called once, when all
 * records are there. */
NODISCARD enum status dimensions_index(struct dimensions *dimensions, unsigned threads,
                                       struct error *error);
/* Builds the look-up tables alone, each from its own rows in `looked_up`, which have only the
 * fields that it needs. */
void dimensions_index_lookups(struct dimensions *dimensions);
/* The number of the look-up by a rule; MODEL_MAX_LOOKUPS: it is not looked up. */
size_t dimensions_lookup(const struct dimensions *dimensions, const struct model_winner *rule);
/* The winners by the table's rule. */
static inline const struct winners *dimensions_winners(const struct dimensions *dimensions,
                                                       const struct model_table *table)
{
    return &dimensions->winners[table->rule - dimensions->model->winners];
}
/* Sets out[i] for each record i of the source that wins by any rule; `out` has a value for each
 * record. */
void dimensions_mark_winners(const struct dimensions *dimensions, int source, bool *out);
