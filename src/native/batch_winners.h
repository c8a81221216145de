/* batch_winners: the winners of a rule among the facts of one batch. */
#pragma once

#include "distinct.h"
#include "fact_layout.h"

#include <model_record.h>

/* A row for each key; or, once nearly all keys have been new, for each record: fact_winners finds
 * out. Where the layout's key is a coded column, row r is that of the code r + 1.
 * Once a piece of input has ended, the strings of a row are decoded, and lie one behind the other
 * in the order of its layout. */
struct batch_winners {
    const struct fact_rule *rule; /* borrowed */
    struct rows rows;
    struct index index; /* of the keys, unless they are codes */
    size_t offered;     /* records with a key */
    bool is_loose;      /* rows are no longer looked for */
    size_t batches;     /* that have been in this memory */
    struct batch_winner {
        uint64_t hash;    /* row_hash of the key */
        bool is_borrowed; /* its strings are values in the piece of input that is being decoded */
    } *states;            /* by row */
    uint32_t *borrowed;   /* the rows that are borrowed */
    size_t borrowed_count, cap;
    struct buffer scratch, scratch_too;
};

void batch_winners_init(struct batch_winners *winners, const struct fact_rule *rule);
void batch_winners_reset(struct batch_winners *winners);
void batch_winners_release(struct batch_winners *winners);
/* The record may win for its key. */
void batch_winners_offer(struct batch_winners *winners, const struct model_record *record);
/* The same where the key is a coded column: its code, 0 for null, and the hash of its value. */
void batch_winners_offer_code(struct batch_winners *winners, uint32_t code, uint64_t hash,
                              const struct model_record *record);
/* The piece of input ends: copies what is borrowed from it. */
void batch_winners_end_piece(struct batch_winners *winners);
