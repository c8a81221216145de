/* A dictionary of numbers: distinct values with the codes 0, 1, 2, … in the order in which they
 * were first added. Numbers are compared as 64-bit patterns, so -0.0, +0.0 and each NaN are
 * distinct. */
#pragma once

#include <base.h>

struct number_dictionary {
    uint64_t *values; /* by code */
    size_t count, cap;
    uint32_t *slots; /* a hash table with open addressing: code + 1, or 0 */
    unsigned slot_bits;
    size_t slot_cap;
    uint64_t key[3]; /* of the hash, random in each process; 0: not set yet */
};

void number_dictionary_release(struct number_dictionary *numbers);
/* Empties the dictionary and keeps the memory. Called also before the first use. */
void number_dictionary_reset(struct number_dictionary *numbers);
/* Returns the code of `value`, which is added if it is new. */
uint32_t number_dictionary_add(struct number_dictionary *numbers, uint64_t value);
