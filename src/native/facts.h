/* facts: the decoded facts of one task. */
#ifndef SPARKIFY_NATIVE_FACTS_H
#define SPARKIFY_NATIVE_FACTS_H

#include "batch.h"
#include "distinct.h"
#include "fact_layout.h"
#include "stored_facts.h"
#include "texts.h"
#include "winners.h"

struct facts_batch {
    struct batch base;
    const struct fact_layout *layout; /* borrowed */
    const struct lookup *lookup;      /* borrowed */
    size_t rows, cap;
    int64_t *ids, *ts_ms;
    uint32_t *months;   /* since 1970-01 */
    uint32_t *contents; /* hash of all columns but the id: facts of one id are identical where it is
                         * equal. Never 0 */
    uint32_t
        *matches; /* number of the key in the look-up, or INDEX_NONE; all once it is finished */
    int64_t *int64s[MODEL_MAX_COLUMNS]; /* by the layout's columns */
    double *doubles[MODEL_MAX_COLUMNS];
    uint32_t *codes[MODEL_MAX_COLUMNS];
    struct distinct strings[MODEL_MAX_COLUMNS]; /* of the codes */
    struct texts texts[MODEL_MAX_COLUMNS];
    struct {
        uint32_t row;
        uint64_t hash;
    } pending[LOOKUP_KEYS]; /* look-ups to be made */
    size_t pending_count;
    /* By the distinct values of the rule's key: */
    struct rows winners; /* the first in the rule's order, strings as they stand in the input */
    bool *is_borrowed;   /* its strings stand in the piece of input that is being decoded */
    uint64_t *id_seeds;  /* the id's hash of the key alone */
    uint32_t *guesses;   /* codes of its last fact: mostly the next one's too */
    size_t key_cap;
    uint32_t *borrowed; /* the distinct values that are borrowed */
    size_t borrowed_count;
    uint32_t last_key; /* code of the row before */
    struct {
        int64_t begin_ms, end_ms;
        uint32_t month;
    } last_month; /* of the row before */
    struct buffer scratch, scratch_too;
};

void facts_batch_init(struct facts_batch *batch, const struct fact_layout *layout,
                      const struct lookup *lookup);
void facts_batch_reset(struct facts_batch *batch);
void facts_batch_release(struct facts_batch *batch);
/* A decoder_keep_fn and an decoder_end_piece_fn; ctx is the batch. */
void facts_batch_keep(void *ctx, const struct model_record *record);
void facts_batch_end_piece(void *ctx);
/* Adds the row `from` that the table has. `match` is the number of the key that it has matched
 * where it does not have the fields to tell, or INDEX_NONE. */
void facts_batch_add_stored(struct facts_batch *batch, const struct stored_facts *stored,
                            size_t from, uint32_t match);
/* All rows are there: makes the last look-ups. */
void facts_batch_finish(struct facts_batch *batch);

/* The content that a row would have without the columns that are looked up, as all had before the
 * table had these columns; and whether all of them are null. */
uint32_t facts_batch_content_without_keys(const struct facts_batch *batch, size_t row);
bool facts_batch_has_no_keys(const struct facts_batch *batch, size_t row);

#endif
