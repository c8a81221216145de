/* Distinct numbers with dense codes in the order they were first added: the dictionary of columns
 * of fixed width. Numbers are 64-bit patterns, so that -0.0, +0.0 and each NaN stay what they
 * are. */
#ifndef PARQUET_NUMBER_DICTIONARY_H
#define PARQUET_NUMBER_DICTIONARY_H

#include <base.h>

struct number_dictionary {
    uint64_t *values; /* by code */
    size_t count, cap;
    uint32_t *slots; /* open addressing: code + 1, or 0 */
    unsigned slot_bits;
    size_t slot_cap;
    uint64_t permutation[3]; /* of this process; 0: not drawn yet */
};

void number_dictionary_release(struct number_dictionary *numbers);
void number_dictionary_reset(struct number_dictionary *numbers);
uint32_t number_dictionary_add(struct number_dictionary *numbers, uint64_t value);

#endif
