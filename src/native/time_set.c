/* Numbers in blocks by their upper halves, as Roaring bitmaps have them (Chambi, Lemire et al.,
 * "Better bitmap performance with Roaring bitmaps"): a block is a sorted array of lower halves, or
 * 8 KiB of bits once that is smaller. */
#include "time_set.h"

#include <stdlib.h>

/* With more values an array is larger than the bits. */
#define MAX_VALUES    4096
#define BLOCK_NUMBERS 65536
#define BLOCK_WORDS   (BLOCK_NUMBERS / 64)

/* ---- Blocks ---------------------------------------------------------------------------------- */

/* Arrays have room for a few values more than they hold. */
static uint32_t room_for(uint32_t count)
{
    uint32_t step = 8;
    while (step * 16 < count)
        step *= 2;
    return (count + step - 1) / step * step;
}

static void to_bits(struct time_block *block)
{
    uint64_t *bits = mem_zalloc(BLOCK_WORDS * sizeof *bits);
    for (uint32_t i = 0; i < block->count; i++)
        bits[block->values[i] / 64] |= UINT64_C(1) << block->values[i] % 64;
    mem_free(block->values);
    block->bits = bits;
    block->has_bits = true;
}

static void add_bit(struct time_block *block, uint16_t lower)
{
    uint64_t bit = UINT64_C(1) << lower % 64, *word = &block->bits[lower / 64];
    block->count += !(*word & bit);
    *word |= bit;
}

static void insert(struct time_block *block, uint32_t position, uint16_t lower)
{
    if (block->count == MAX_VALUES) {
        to_bits(block);
        add_bit(block, lower);
        return;
    }
    if (room_for(block->count) == block->count)
        block->values =
            mem_realloc(block->values, room_for(block->count + 1) * sizeof *block->values);
    memmove(block->values + position + 1, block->values + position,
            (block->count++ - position) * sizeof *block->values);
    block->values[position] = lower;
}

/* The position of the first value that is not less. */
static uint32_t lower_bound(const struct time_block *block, uint16_t lower)
{
    uint32_t from = 0, to = block->count;
    while (from < to) {
        uint32_t middle = (from + to) / 2;
        if (block->values[middle] < lower)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static void block_add(struct time_block *block, uint16_t lower)
{
    if (block->has_bits) {
        add_bit(block, lower);
        return;
    }
    bool is_last = block->values[block->count - 1] < lower;
    uint32_t position = is_last ? block->count : lower_bound(block, lower);
    if (is_last || block->values[position] != lower)
        insert(block, position, lower);
}

static bool block_has(const struct time_block *block, uint16_t lower)
{
    if (block->has_bits)
        return block->bits[lower / 64] >> lower % 64 & 1;
    uint32_t position = lower_bound(block, lower);
    return position < block->count && block->values[position] == lower;
}

/* All lower halves, ascending; returns how many. */
static size_t block_list(const struct time_block *block, uint16_t *out)
{
    size_t count = 0;
    if (!block->has_bits) {
        memcpy(out, block->values, block->count * sizeof *out);
        return block->count;
    }
    for (size_t word = 0; word < BLOCK_WORDS; word++)
        for (uint64_t rest = block->bits[word]; rest; rest &= rest - 1)
            out[count++] = (uint16_t)(word * 64 + (size_t)__builtin_ctzll(rest));
    return count;
}

/* What remains becomes an array, or bits, anew; `lowers` has room for all of a block. */
static void block_subtract(struct time_block *block, const struct time_block *other,
                           uint16_t *lowers)
{
    size_t count = block_list(block, lowers), kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!block_has(other, lowers[i]))
            lowers[kept++] = lowers[i];
    if (block->has_bits)
        memset(block->bits, 0, BLOCK_WORDS * sizeof *block->bits);
    block->count = 0;
    for (size_t i = 0; i < kept; i++)
        if (block->has_bits)
            add_bit(block, lowers[i]);
        else
            block->values[block->count++] = lowers[i];
}

/* ---- The set --------------------------------------------------------------------------------- */

void time_set_release(struct time_set *set)
{
    for (size_t i = 0; i < set->block_count; i++)
        mem_free(set->blocks[i].values);
    mem_free(set->blocks);
    mem_free(set->block_numbers);
    *set = (struct time_set){0};
}

/* With fewer blocks they are searched one by one. */
#define FEW_BLOCKS 1024

static size_t find_block_number(const struct time_set *set, uint16_t upper)
{
    size_t position = set->block_numbers ? set->block_numbers[upper] : 0;
    while (!set->block_numbers && position < set->block_count &&
           set->blocks[position].upper != upper)
        position++;
    bool is_there = position < set->block_count && set->blocks[position].upper == upper;
    return is_there ? position : set->block_count;
}

static void add_block(struct time_set *set, uint16_t upper)
{
    *MEM_ADD(set->blocks, set->block_count, set->block_cap) = (struct time_block){.upper = upper};
    if (set->block_count == FEW_BLOCKS) {
        set->block_numbers = mem_zalloc(BLOCK_NUMBERS * sizeof *set->block_numbers);
        for (size_t i = 0; i < set->block_count; i++)
            set->block_numbers[set->blocks[i].upper] = (uint16_t)i;
    }
    if (set->block_numbers)
        set->block_numbers[upper] = (uint16_t)(set->block_count - 1);
}

/* The block of these numbers, one without values if it is new. */
static struct time_block *find_block(struct time_set *set, uint16_t upper)
{
    if (set->block_count == 0 || set->blocks[set->last].upper != upper) {
        set->last = find_block_number(set, upper);
        if (set->last == set->block_count)
            add_block(set, upper);
    }
    return &set->blocks[set->last];
}

void time_set_add(struct time_set *set, uint32_t number)
{
    struct time_block *block = find_block(set, (uint16_t)(number >> 16));
    if (block->count)
        block_add(block, (uint16_t)number);
    else
        insert(block, 0, (uint16_t)number);
}

static int by_upper(const void *a, const void *b)
{
    return (int)((const struct time_block *)a)->upper - (int)((const struct time_block *)b)->upper;
}

void time_set_sort(struct time_set *set)
{
    if (set->block_count)
        qsort(set->blocks, set->block_count, sizeof *set->blocks, by_upper);
    mem_free(set->block_numbers);
    set->block_numbers = NULL;
}

uint64_t time_set_count(const struct time_set *set)
{
    uint64_t count = 0;
    for (size_t i = 0; i < set->block_count; i++)
        count += set->blocks[i].count;
    return count;
}

void time_set_subtract(struct time_set *set, const struct time_set *other)
{
    uint16_t *lowers = mem_alloc(BLOCK_NUMBERS * sizeof *lowers);
    size_t j = 0;
    for (size_t i = 0; i < set->block_count; i++) {
        struct time_block *block = &set->blocks[i];
        while (j < other->block_count && other->blocks[j].upper < block->upper)
            j++;
        if (j < other->block_count && other->blocks[j].upper == block->upper)
            block_subtract(block, &other->blocks[j], lowers);
    }
    mem_free(lowers);
}

size_t time_set_list(const struct time_set *set, uint64_t skip, size_t limit, uint32_t *out)
{
    uint16_t *lowers = mem_alloc(BLOCK_NUMBERS * sizeof *lowers);
    size_t listed = 0;
    for (size_t i = 0; i < set->block_count && listed < limit; i++) {
        const struct time_block *block = &set->blocks[i];
        if (skip >= block->count) {
            skip -= block->count;
            continue;
        }
        size_t count = block_list(block, lowers);
        for (size_t at = (size_t)skip; at < count && listed < limit; at++)
            out[listed++] = (uint32_t)block->upper << 16 | lowers[at];
        skip = 0;
    }
    mem_free(lowers);
    return listed;
}
