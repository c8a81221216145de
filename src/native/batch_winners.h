/* batch_winners: the winners of a rule among the facts of one batch. */
#ifndef SPARKIFY_NATIVE_BATCH_WINNERS_H
#define SPARKIFY_NATIVE_BATCH_WINNERS_H

#include "distinct.h"
#include "fact_layout.h"

/* A row for each key. Where the layout's key is a coded column, row r is that of the code r + 1,
 * and has no key. */
struct batch_winners {
    const struct fact_rule *rule; /* borrowed */
    struct rows rows;             /* strings as they stand in the input */
    struct index index;           /* of the keys, unless they are codes */
    bool *is_borrowed;            /* by row: its strings stand in the piece of input that is being
                                   * decoded */
    uint32_t *borrowed;           /* the rows that are borrowed */
    size_t borrowed_count, cap;
    struct buffer scratch, scratch_too;
};

void batch_winners_init(struct batch_winners *winners, const struct fact_rule *rule);
void batch_winners_reset(struct batch_winners *winners);
void batch_winners_release(struct batch_winners *winners);
/* The record may win for its key, whose code this is (0: null) where the key is a coded column. */
void batch_winners_offer(struct batch_winners *winners, uint32_t code,
                         const struct model_record *record);
/* The piece of input ends: copies what is borrowed from it. */
void batch_winners_end_piece(struct batch_winners *winners);

#endif
