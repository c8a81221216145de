/* number_dictionary: a hash table of 64-bit patterns with open addressing. */
#include "number_dictionary.h"

#define FIRST_BITS 10

void number_dictionary_release(struct number_dictionary *numbers)
{
    mem_free(numbers->values);
    mem_free(numbers->slots);
    *numbers = (struct number_dictionary){0};
}

static void set_key(struct number_dictionary *numbers)
{
    for (uint64_t i = 0; i < 3; i++)
        numbers->key[i] = hash_words(&i, 1) | 1;
}

/* The table becomes small again: after one large column, clearing its whole table would slow down
 * every small column. */
void number_dictionary_reset(struct number_dictionary *numbers)
{
    if (!numbers->key[0])
        set_key(numbers);
    numbers->count = 0;
    numbers->slot_bits = FIRST_BITS;
    MEM_GROW(numbers->slots, (size_t)1 << FIRST_BITS, numbers->slot_cap);
    memset(numbers->slots, 0, sizeof *numbers->slots << FIRST_BITS);
}

/* The slot at which the search for `value` begins: a hash of two multiplications by secret odd
 * numbers, which takes less time than hash_words. */
static size_t home_slot(const struct number_dictionary *numbers, uint64_t value)
{
    const uint64_t *key = numbers->key;
    uint64_t mixed = (value ^ key[0]) * key[1];
    return ((mixed ^ mixed >> 32) * key[2]) >> (64 - numbers->slot_bits);
}

/* The slot of `value`, or the empty slot to which it would be added. */
static size_t slot_find(const struct number_dictionary *numbers, uint64_t value)
{
    size_t mask = ((size_t)1 << numbers->slot_bits) - 1;
    size_t slot = home_slot(numbers, value);
    while (numbers->slots[slot] != 0 && numbers->values[numbers->slots[slot] - 1] != value)
        slot = (slot + 1) & mask;
    return slot;
}

static void slots_double(struct number_dictionary *numbers)
{
    size_t slots = (size_t)1 << ++numbers->slot_bits;
    MEM_GROW(numbers->slots, slots, numbers->slot_cap);
    memset(numbers->slots, 0, slots * sizeof *numbers->slots);
    for (size_t code = 0; code < numbers->count; code++)
        numbers->slots[slot_find(numbers, numbers->values[code])] = (uint32_t)code + 1;
}

uint32_t number_dictionary_add(struct number_dictionary *numbers, uint64_t value)
{
    size_t slot = slot_find(numbers, value);
    if (numbers->slots[slot] != 0)
        return numbers->slots[slot] - 1;
    *MEM_ADD(numbers->values, numbers->count, numbers->cap) = value;
    numbers->slots[slot] = (uint32_t)numbers->count;
    uint32_t code = numbers->slots[slot] - 1;
    if (numbers->count * 2 > (size_t)1 << numbers->slot_bits)
        slots_double(numbers);
    return code;
}
