/* facts: the decoded facts of one task. */
#pragma once

#include "batch.h"
#include "batch_winners.h"
#include "stored_facts.h"
#include "texts.h"
#include "winners.h"

#define FIRST_GUESS_BITS 11

struct fact_winners;

struct facts_batch {
    struct batch base;
    const struct fact_layout *layout; /* borrowed */
    const struct lookup *lookups;     /* borrowed: one for each of the layout's, */
    struct fact_winners *all_winners; /* and one for each of its rules, or NULL */
    size_t rows, cap;
    int64_t *ids, *times; /* in the unit of the field */
    uint32_t *periods;
    uint32_t *contents; /* hash of all columns but the id: facts of one id are identical where it is
                         * equal. Never 0 */
    int64_t *int64s[MODEL_MAX_COLUMNS];   /* by the layout's columns */
    uint8_t *validity[MODEL_MAX_COLUMNS]; /* bits, of the int64s that are nullable */
    double *doubles[MODEL_MAX_COLUMNS];
    uint32_t *codes[MODEL_MAX_COLUMNS];
    struct distinct strings[MODEL_MAX_COLUMNS]; /* of the codes */
    uint32_t null_counts[MODEL_MAX_COLUMNS];    /* of the codes, when columns were last judged */
    size_t batches;                             /* that have been in this memory */
    struct texts texts[MODEL_MAX_COLUMNS];
    struct batch_lookup {
        uint32_t *matches; /* number of the key in the look-up, or INDEX_NONE; all once the batch is
                            * finished */
        struct {
            uint32_t row;
            uint64_t hash;
        } pending[LOOKUP_KEYS]; /* look-ups to be made */
        size_t pending_count;
        bool is_newest_open; /* behind them is one that perhaps must be made */
    } found[MODEL_MAX_LOOKUPS];
    struct batch_winners winners[MODEL_MAX_WINNERS]; /* by the layout's rules */
    uint64_t *id_seeds; /* the id's hash of its first field alone, by the codes of that */
    size_t seed_count, seed_cap;
    uint32_t *guesses; /* codes of the last fact with a code of the layout's guess_code: mostly the
                        * next one's too */
    size_t guess_count, guess_cap;
    uint32_t first_guesses[1 << FIRST_GUESS_BITS]; /* codes of guess_code, by some of their bytes */
    struct period_stretch last_period;             /* of the row before */
    struct buffer scratch, scratch_too;
};

/* To `winners` are added the winners among the records that are kept; NULL: nobody asks for them.
 */
void facts_batch_init(struct facts_batch *batch, const struct fact_layout *layout,
                      const struct lookup *lookups, struct fact_winners *winners);
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

/* The content that a row would have with nulls in these columns, given by their positions in the
 * file, as it had before the table had them; and whether all of them are null. */
uint32_t facts_batch_content_without(const struct facts_batch *batch, size_t row, uint64_t lacks);
bool facts_batch_lacks(const struct facts_batch *batch, size_t row, uint64_t lacks);
/* Whether all keys of the first look-up are null. */
bool facts_batch_has_no_keys(const struct facts_batch *batch, size_t row);
