/* stored_facts: rows of the table of facts, read again from the lake by row groups. */
#pragma once

#include "fact_layout.h"

#include <output.h>

/* A row group. All columns of the file; those that a look-up found, which follow from the others
 * and the records of the day, only where they are wanted. */
struct stored_facts {
    const struct fact_layout *layout; /* borrowed */
    bool has_found;
    struct parquet_values *values[MODEL_MAX_COLUMNS];
    struct parquet_column columns[MODEL_MAX_COLUMNS]; /* as in the file */
    size_t rows;
};

void stored_facts_release(struct stored_facts *facts);
/* Reads a row group of a file of the table in place of the one before; memory is reused. Errors
 * name the file. */
NODISCARD enum status stored_facts_read(struct stored_facts *facts, struct read_back *file,
                                        size_t group, struct error *error);
/* The value of a row in the layout's int64s, 0 where it is null; and its time. Both in the unit of
 * their field. */
int64_t stored_facts_int64(const struct stored_facts *facts, size_t column, size_t row,
                           bool *is_null);
int64_t stored_facts_time(const struct stored_facts *facts, size_t row);
/* The content of each row, as decoding the record would give it. */
void stored_facts_contents(const struct stored_facts *facts, uint32_t *out);

/* What tells facts of one id apart: all other columns of their rows, a word each: the hash_str of
 * strings, integers, the bits of doubles, the time; and which of the integers are null. */
struct fact_content {
    uint64_t words[MODEL_MAX_COLUMNS + 2];
    size_t count;
    uint64_t nulls;
};
static inline void fact_content_add(struct fact_content *content, uint64_t word)
{
    content->words[content->count++] = word;
}
static inline void fact_content_add_double(struct fact_content *content, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    fact_content_add(content, bits);
}
/* The hash of a fact's content, never 0. It is keyed by a random number of the process, so that
 * nobody can make different facts with the same hash. */
uint32_t fact_content_hash(struct fact_content *content);
