/* texts: a column of strings that mostly occur once or twice in a row group, in Apache Arrow's
 * layout. The encoder decides whether a dictionary pays. */
#pragma once

#include <parquet.h>

struct texts {
    uint32_t *offsets; /* rows + 1 of them once there is a row */
    uint8_t *validity; /* bits by row */
    size_t nulls;
    struct buffer data;
    bool has_tags;
    uint32_t *tags; /* by row, with has_tags: the upper half of the hash_str of a string */
};

void texts_release(struct texts *texts);
void texts_reset(struct texts *texts);
/* Makes room for `cap` rows, a multiple of 8. Tags are set by the caller, or appended. */
void texts_grow(struct texts *texts, size_t cap);
/* Rows are set one after the other, from 0 on; null stays null. */
void texts_set(struct texts *texts, size_t row, struct str value);
/* Sets `count` rows from `row` on to those of `from` that begin at `begin`. */
void texts_append(struct texts *texts, size_t row, const struct texts *from, size_t begin,
                  size_t count);
/* A row's string; the empty one where it is null. */
static inline struct str texts_value(const struct texts *texts, size_t row)
{
    uint32_t begin = texts->offsets[row];
    const char *data = texts->data.data ? texts->data.data : ""; /* all are empty */
    return (struct str){data + begin, texts->offsets[row + 1] - begin};
}
/* For the Parquet encoder. */
void texts_view(const struct texts *texts, size_t rows, struct parquet_column *out);

/* A row's bit: whether it has a value. */
static inline bool validity_get(const uint8_t *validity, size_t row)
{
    return validity[row / 8] >> row % 8 & 1;
}

/* Sets a row's bit; rows are set one after the other. */
static inline void validity_set(uint8_t *validity, size_t row, bool is_valid)
{
    if (row % 8 == 0)
        validity[row / 8] = 0;
    validity[row / 8] |= (uint8_t)(is_valid << row % 8);
}

/* Sets the bits of `count` rows from `row` on; validity_clear then clears those of null rows. */
void validity_fill(uint8_t *validity, size_t row, size_t count);
static inline void validity_clear(uint8_t *validity, size_t row)
{
    validity[row / 8] &= (uint8_t) ~(1u << row % 8);
}
