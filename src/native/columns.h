/* columns: rows of one table, in Apache Arrow's layout, on their way into a file. */
#ifndef SPARKIFY_NATIVE_COLUMNS_H
#define SPARKIFY_NATIVE_COLUMNS_H

#include <model.h>

struct column {
    void *values;      /* int32_t, int64_t or double */
    uint32_t *offsets; /* strings: rows + 1 of them */
    struct buffer strings;
    uint8_t *validity; /* bits of the rows; allocated for nullable columns */
    size_t nulls;
};

struct columns {
    enum table_id table;
    size_t rows, cap;
    struct column columns[MODEL_MAX_COLUMNS]; /* by the table's columns; partitions stay empty */
};

void columns_init(struct columns *columns, enum table_id table);
void columns_release(struct columns *columns);
void columns_reset(struct columns *columns);
/* Appends a row whose columns must all be set next; partitions are not. */
void columns_add_row(struct columns *columns);
/* What the strings of all rows take. */
size_t columns_string_bytes(const struct columns *columns);
/* These set a column of the newest row. */
void columns_set_string(struct columns *columns, int column, struct str value);
void columns_set_int32(struct columns *columns, int column, int32_t value);
void columns_set_int64(struct columns *columns, int column, int64_t value);
/* NULL is null. */
void columns_set_double(struct columns *columns, int column, const double *value);
/* What the Parquet encoder takes: `out` gets one entry for each column of the file. */
void columns_view(const struct columns *columns, struct parquet_column *out);

#endif
