/* packed_rows: rows found by their keys, each of which may take another's place. A row with its
 * strings is one piece of memory, as short as can be: rows are asked for in any order, and each
 * piece costs a miss of the cache. */
#pragma once

#include "record_rows.h"

struct packed_rows {
    const struct row_layout *layout; /* borrowed: the keys are its first fields */
    size_t key_numbers, key_strings; /* so many of the numbers and strings are keys */
    struct index index;              /* the places of rows, by the keys */
    struct packed_chunk {
        char *data;
        size_t used, size;
    } *chunks;
    size_t chunk_count, chunk_cap;
    size_t row_bytes;     /* that the rows need, */
    size_t dropped_bytes; /* and the others: of rows that moved on, or were longer */
};

/* ---- A packed row ---------------------------------------------------------------------------- */

/* Words: the nulls, then the numbers. Then, of 32 bits each: the size of its memory, and where each
 * string ends among their bytes, which follow. */
static inline uint64_t *packed_words(const void *packed)
{
    return (uint64_t *)(uintptr_t)packed;
}

static inline uint32_t *packed_size(const struct row_layout *layout, const void *packed)
{
    return (uint32_t *)(packed_words(packed) + 1 + layout->number_count);
}

static inline uint32_t *packed_ends(const struct row_layout *layout, const void *packed)
{
    return packed_size(layout, packed) + 1;
}

static inline char *packed_strings(const struct row_layout *layout, const void *packed)
{
    return (char *)(packed_ends(layout, packed) + layout->string_count);
}

/* Begins to pack a row: its nulls and numbers. Its strings, at most `most` bytes, are the caller's
 * to set. The packed row is in `out`. */
void *packed_begin(const struct row_layout *layout, const void *row, size_t most,
                   struct buffer *out);
/* Packs a row. */
void *packed_row(const struct row_layout *layout, const void *row, struct buffer *out);
/* Makes a row of a packed one, whose strings are borrowed. */
void packed_unpack(const struct row_layout *layout, const void *packed, void *row);

/* ---- Many ------------------------------------------------------------------------------------ */

#define PACKED_UNIT       16 /* bytes, in which places are counted */
#define PACKED_CHUNK_BITS 12 /* of a place are those of the unit in its chunk */

void packed_rows_init(struct packed_rows *rows, const struct row_layout *layout, size_t key_count);
void packed_rows_release(struct packed_rows *rows);

static inline void *packed_rows_at(const struct packed_rows *rows, uint32_t place)
{
    size_t unit = place & ((1u << PACKED_CHUNK_BITS) - 1);
    return rows->chunks[place >> PACKED_CHUNK_BITS].data + unit * PACKED_UNIT;
}

/* The place of the row with the keys of a packed one, and their row_hash; or INDEX_NONE. */
uint32_t packed_rows_find(const struct packed_rows *rows, uint64_t hash, const void *packed);
/* Adds a copy of a packed row that is not found. */
void packed_rows_add(struct packed_rows *rows, uint64_t hash, void *packed);
/* Puts a copy of a packed row in the place of the one with the same keys. Places that were found
 * before are good no longer. */
void packed_rows_replace(struct packed_rows *rows, uint64_t hash, uint32_t place, void *packed);
/* Appends all rows to `out`, in any order; they borrow their strings. */
void packed_rows_unpack(const struct packed_rows *rows, struct rows *out);
