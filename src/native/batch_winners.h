/* batch_winners: the winners of a rule among the facts of one piece of input. */
#pragma once

#include "distinct.h"
#include "fact_layout.h"
#include "packed_rows.h"

#include <model_record.h>

/* A row for each key; or, once nearly all keys have been new, for each record: fact_winners finds
 * out. Where a row has a string, there is the JSON value, which is borrowed from the piece. */
struct batch_winners {
    const struct fact_rule *rule; /* borrowed */
    struct rows rows;
    struct index index; /* of the keys, unless they are codes */
    size_t offered;     /* records with a key */
    bool is_loose;      /* rows are no longer looked for */
    size_t pieces;      /* that have been in this memory */
    struct batch_winner {
        uint64_t hash; /* row_hash of the key */
        uint32_t code; /* of the key, or 0 */
    } *states;         /* by row */
    size_t cap;
    uint32_t *coded; /* by code: the row + 1, or 0 */
    size_t coded_cap;
    struct buffer scratch, scratch_too, packed;
};

void batch_winners_init(struct batch_winners *winners, const struct fact_rule *rule);
void batch_winners_release(struct batch_winners *winners);
/* The record may win for its key. */
void batch_winners_offer(struct batch_winners *winners, const struct model_record *record);
/* The same where the key is a coded column: its code, 0 for null, and the hash of its value. */
void batch_winners_offer_code(struct batch_winners *winners, uint32_t code, uint64_t hash,
                              const struct model_record *record);
/* Prefetches the row that a record with this code is compared with. */
static ALWAYS_INLINE void batch_winners_prefetch(const struct batch_winners *winners, uint32_t code)
{
    uint32_t row = code < winners->coded_cap ? winners->coded[code] : 0;
    __builtin_prefetch(rows_at(&winners->rows, row - (row > 0)));
}
/* So many rows of records that have not been looked for are enough: they, and what they borrow,
 * should be in the processor's cache when they are added to all winners. */
#define BATCH_WINNERS_LOOSE 256
static inline bool batch_winners_are_enough(const struct batch_winners *winners)
{
    return winners->is_loose && winners->rows.count >= BATCH_WINNERS_LOOSE;
}
/* A row as packed_rows wants it, with its strings decoded; in memory that the next one takes. */
void *batch_winners_pack(struct batch_winners *winners, size_t number);
/* The rows have been added to all winners; they are dropped. */
void batch_winners_drop(struct batch_winners *winners);
/* The piece of input has ended: the same, and what is loose may be judged again. */
void batch_winners_end_piece(struct batch_winners *winners);
