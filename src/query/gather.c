#include <gather.h>

static void set_bit(struct buffer *bits, size_t at, bool value)
{
    while (bits->len <= at / 8)
        buffer_append_char(bits, '\0');
    if (value)
        bits->data[at / 8] = (char)((unsigned char)bits->data[at / 8] | 1u << at % 8);
}

/* Adds the validity of the rows to append; a column without nulls has no validity. */
static void add_validity(struct gathered_column *column, const uint8_t *validity, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        bool is_valid = !validity || validity[i / 8] >> i % 8 & 1;
        if (!is_valid && column->nulls++ == 0)
            for (size_t before = 0; before < column->rows + i; before++)
                set_bit(&column->validity, before, true);
        if (column->nulls)
            set_bit(&column->validity, column->rows + i, is_valid);
    }
}

static void add_one_validity(struct gathered_column *column, bool is_valid)
{
    uint8_t valid = is_valid;
    if (!is_valid || column->nulls)
        add_validity(column, &valid, 1);
}

void gather_append_fixed(struct gathered_column *column, const void *values, size_t width,
                         const uint8_t *validity, size_t rows)
{
    if (validity || column->nulls)
        add_validity(column, validity, rows);
    buffer_append(&column->values, values, rows * width);
    column->rows += rows;
}

static void append_offset(struct gathered_column *column)
{
    uint32_t offset = (uint32_t)column->bytes.len;
    buffer_append(&column->values, &offset, sizeof offset);
}

void gather_append_string(struct gathered_column *column, struct str value)
{
    if (column->rows == 0)
        append_offset(column);
    add_one_validity(column, value.data);
    buffer_append_str(&column->bytes, value);
    append_offset(column);
    column->rows++;
}

void gather_append_bit(struct gathered_column *column, bool value, bool is_null)
{
    add_one_validity(column, !is_null);
    set_bit(&column->values, column->rows++, value);
}

static void append_value(struct gathered_column *column, const struct query_vector *vector,
                         enum query_type type, size_t row)
{
    uint8_t valid = !query_is_null(vector, row);
    if (type == QUERY_BOOL) {
        gather_append_bit(column, valid && vector->int64s[row] != 0, !valid);
    } else if (type == QUERY_DATE) {
        int32_t days = valid ? (int32_t)vector->int64s[row] : 0;
        gather_append_fixed(column, &days, sizeof days, &valid, 1);
    } else if (type == QUERY_NUMBER) {
        double number = valid ? str_parse_double(query_string(vector, row)) : 0;
        gather_append_fixed(column, &number, sizeof number, &valid, 1);
    } else {
        gather_append_string(column, valid ? query_string(vector, row) : STR_NULL);
    }
}

/* Values that are eight bytes in both are copied together. */
void gather_append_vector(struct gathered_column *column, const struct query_vector *vector,
                          enum query_type type, size_t rows)
{
    if (type == QUERY_INT64 || type == QUERY_DOUBLE || type == QUERY_TIMESTAMP)
        gather_append_fixed(column, vector->int64s, sizeof *vector->int64s, vector->validity, rows);
    else
        for (size_t row = 0; row < rows; row++)
            append_value(column, vector, type, row);
}

void gather_column_release(struct gathered_column *column)
{
    buffer_release(&column->validity);
    buffer_release(&column->values);
    buffer_release(&column->bytes);
}

/* ---- All columns ----------------------------------------------------------------------------- */

void gather_init(struct gather *gather, size_t columns)
{
    *gather = (struct gather){mem_zalloc((columns + 1) * sizeof *gather->columns), columns, 0};
}

void gather_release(struct gather *gather)
{
    for (size_t i = 0; i < gather->count; i++)
        gather_column_release(&gather->columns[i]);
    mem_free(gather->columns);
    *gather = (struct gather){0};
}

void gather_reset(struct gather *gather)
{
    for (size_t i = 0; i < gather->count; i++) {
        struct gathered_column *column = &gather->columns[i];
        buffer_reset(&column->validity);
        buffer_reset(&column->values);
        buffer_reset(&column->bytes);
        column->rows = column->nulls = 0;
    }
    gather->rows = 0;
}

void gather_add(struct gather *gather, const struct query_column *columns,
                const struct query_batch *batch)
{
    for (size_t i = 0; i < gather->count; i++)
        gather_append_vector(&gather->columns[i], &batch->columns[i], columns[i].type, batch->rows);
    gather->rows += batch->rows;
}

size_t gather_string_bytes(const struct gather *gather)
{
    size_t bytes = 0;
    for (size_t i = 0; i < gather->count; i++)
        bytes += gather->columns[i].bytes.len;
    return bytes;
}
