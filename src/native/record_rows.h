/* record_rows: records of a source as the operators see them: the fields that something is made of,
 * one after the other in a block of memory whose layout the model gives. */
#pragma once

#include "distinct.h"

#include <output.h>

/* Where each field of a source stands in a row. A row begins with a bit for each field of its
 * source, set where the field is null. */
struct row_layout {
    const struct model_source *source; /* borrowed */
    uint32_t bytes;                    /* of a row */
    uint32_t field_count;
    uint64_t strings; /* a bit for each field, set where it is a string, */
    uint64_t json;    /* and where that is the text of a JSON value */
    uint32_t number_count, string_count;
    uint8_t fields[MODEL_MAX_FIELDS];        /* that a row has, in their order */
    uint8_t numbers[MODEL_MAX_FIELDS];       /* those of them that are numbers, */
    uint8_t string_fields[MODEL_MAX_FIELDS]; /* and those that are strings */
    uint16_t offsets[MODEL_MAX_FIELDS];      /* by the field; 0: a row does not have it */
};

/* Of all fields that a table or a rule of the source is made of. */
void row_layout_of_source(struct row_layout *layout, const struct model *model, int source);
/* Of what one rule, and the tables of its winners, are made of: the keys first. */
void row_layout_of_rule(struct row_layout *layout, const struct model *model,
                        const struct model_winner *rule);
/* Of these fields alone, in this order. */
void row_layout_of_fields(struct row_layout *layout, const struct model_source *source,
                          const int *fields, size_t count);
static inline uint64_t *row_nulls(void *row)
{
    return row;
}

static inline bool row_is_null(const void *row, int field)
{
    return *(const uint64_t *)row >> field & 1;
}

static inline struct str *row_string_at(const struct row_layout *layout, void *row, int field)
{
    return (struct str *)((char *)row + layout->offsets[field]);
}

/* STR_NULL where it is null. */
static inline struct str row_string(const struct row_layout *layout, const void *row, int field)
{
    return *(const struct str *)((const char *)row + layout->offsets[field]);
}

static inline union model_number *row_number_at(const struct row_layout *layout, void *row,
                                                int field)
{
    return (union model_number *)((char *)row + layout->offsets[field]);
}

/* An integer, or a double, by the field's type; 0 where it is null. */
static inline union model_number row_number(const struct row_layout *layout, const void *row,
                                            int field)
{
    return *(const union model_number *)((const char *)row + layout->offsets[field]);
}

/* The word of a number among those of a key, which has `count`. A single word is the key's hash:
 * numbers as they are would lie side by side in an index. */
static inline uint64_t row_key_word(uint64_t bits, size_t count)
{
    return count == 1 ? hash_words(&bits, 1) : bits;
}

static inline bool row_is_string(const struct row_layout *layout, int field)
{
    return layout->strings >> field & 1;
}

static inline bool row_is_json(const struct row_layout *layout, int field)
{
    return layout->json >> field & 1;
}

/* Whether a row of the record is null in the field, and its number there: 0 where it has none. */
static inline bool row_record_is_null(const struct row_layout *layout,
                                      const struct model_record *record, int field)
{
    return model_is_null(record, field) && !layout->source->fields[field].zero_for_null;
}

static inline union model_number row_record_number(const struct model_record *record, int field)
{
    return model_is_null(record, field) ? (union model_number){0} : record->numbers[field];
}

/* < 0 where a is less; -0.0 is less than 0.0, so that no two bit patterns tie. */
int row_compare_numbers(enum model_type type, union model_number a, union model_number b);
/* < 0 where a is less: null before every value, strings by their bytes. */
int row_compare_field(const struct row_layout *layout, int field, const void *a, const void *b);
/* Whether of two different values the greater one comes first in the order; `has_null`: one of them
 * is null. `nulls_last` are fields in which null comes behind all values in any order, a bit for
 * each: rows of the lake may have null there that is no value of their record. */
static inline bool row_greatest_first(const struct model_order *step, uint64_t nulls_last,
                                      bool has_null)
{
    return step->is_greatest || (has_null && nulls_last >> step->field & 1);
}
/* < 0 where a comes first in the order. */
int row_compare(const struct row_layout *layout, const struct model_order *order, size_t count,
                uint64_t nulls_last, const void *a, const void *b);
/* Whether two rows agree in these fields: doubles by their bits. */
bool row_equal(const struct row_layout *layout, const int *fields, size_t count, const void *a,
               const void *b);
/* The hash of a row's fields; of one field that is a string, its hash_str. */
uint64_t row_hash(const struct row_layout *layout, const int *fields, size_t count,
                  const void *row);

/* ---- Many rows ------------------------------------------------------------------------------- */

struct rows {
    const struct row_layout *layout; /* borrowed */
    unsigned char *all;
    size_t count, cap;
    struct arena arena; /* the strings */
};

void rows_init(struct rows *rows, const struct row_layout *layout);
void rows_reset(struct rows *rows);
void rows_release(struct rows *rows);

static inline void *rows_at(const struct rows *rows, size_t row)
{
    return rows->all + row * rows->layout->bytes;
}

/* Appends a row whose fields are all null, and returns it. */
void *rows_add(struct rows *rows);
/* Appends a record; `scratch` is for escapes. */
void rows_add_record(struct rows *rows, const struct model_record *record, struct buffer *scratch);
/* Appends all rows of `from`, which has the same layout; strings are copied. */
void rows_append(struct rows *rows, const struct rows *from);
/* Appends a row of a file of a table whose columns are fields of the source. */
void rows_add_stored(struct rows *rows, const struct model_table *table,
                     const struct table_group *group, size_t row);
/* A number of a file's column of the type; `unit_us` is that of the field, where it is a time. */
union model_number row_stored_number(const struct parquet_column *column, enum model_type type,
                                     int64_t unit_us, size_t row);
/* Sets the columns of the newest row of `columns`, a table whose columns are fields of the row. */
void row_set_columns(const struct row_layout *layout, const void *row,
                     const struct model_table *table, struct columns *columns);

/* Rows in the order of a table's files. */
struct sorted_rows {
    const struct rows *rows; /* borrowed */
    uint32_t *numbers;
    size_t count;
    uint32_t *partitions; /* where each begins, and `count`; NULL: not known */
    size_t partition_count;
};

/* Of these rows, or of all (NULL): by the table's partition columns, then by the keys of its rule.
 */
struct sorted_rows rows_sorted(const struct rows *rows, const uint32_t *numbers, size_t count,
                               const struct model_table *table);
void sorted_rows_release(struct sorted_rows *sorted);
static inline const void *sorted_row(const struct sorted_rows *sorted, size_t number)
{
    return rows_at(sorted->rows, sorted->numbers[number]);
}
