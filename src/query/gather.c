/* Concatenates batches, and converts columns for files. */
#include "gather.h"

void gather_init(struct gather *gather, size_t columns)
{
    *gather = (struct gather){mem_zalloc((columns + 1) * sizeof *gather->columns), 0};
}

void gather_release(struct gather *gather, size_t columns)
{
    for (size_t i = 0; i < columns && gather->columns; i++) {
        buffer_release(&gather->columns[i].validity);
        buffer_release(&gather->columns[i].values);
        buffer_release(&gather->columns[i].bytes);
    }
    mem_free(gather->columns);
    *gather = (struct gather){0};
}

void gather_reset(struct gather *gather, size_t columns)
{
    for (size_t i = 0; i < columns; i++) {
        buffer_reset(&gather->columns[i].validity);
        buffer_reset(&gather->columns[i].values);
        buffer_reset(&gather->columns[i].bytes);
        gather->columns[i].nulls = 0;
    }
    gather->rows = 0;
}

static void add_validity(struct gathered_column *column, size_t before,
                         const struct query_vector *vector, size_t rows)
{
    size_t bytes = (before + rows + 7) / 8;
    size_t old = column->validity.len;
    memset(buffer_reserve(&column->validity, bytes - old), 0, bytes - old);
    column->validity.len = bytes;
    uint8_t *bits = (uint8_t *)column->validity.data;
    for (size_t i = 0; i < rows; i++) {
        bool is_null = query_is_null(vector, i);
        column->nulls += is_null;
        if (!is_null)
            bits[(before + i) / 8] |= (uint8_t)(1u << (before + i) % 8);
    }
}

static void add_strings(struct gathered_column *column, const struct query_vector *vector,
                        size_t rows)
{
    static const uint32_t zero = 0;
    uint32_t before = (uint32_t)column->bytes.len;
    if (column->values.len == 0)
        buffer_append(&column->values, &zero, sizeof zero);
    for (size_t i = 0; i < rows; i++) {
        uint32_t end = before + vector->offsets[i + 1];
        buffer_append(&column->values, &end, sizeof end);
    }
    buffer_append(&column->bytes, vector->bytes, vector->offsets[rows]);
}

void gather_add(struct gather *gather, const struct query_column *columns, size_t count,
                const struct query_batch *batch)
{
    for (size_t i = 0; i < count; i++) {
        const struct query_vector *vector = &batch->columns[i];
        add_validity(&gather->columns[i], gather->rows, vector, batch->rows);
        if (query_type_is_string(columns[i].type))
            add_strings(&gather->columns[i], vector, batch->rows);
        else
            buffer_append(&gather->columns[i].values, vector->int64s,
                          batch->rows * sizeof(int64_t));
    }
    gather->rows += batch->rows;
}

size_t gather_string_bytes(const struct gather *gather, size_t columns)
{
    size_t bytes = 0;
    for (size_t i = 0; i < columns; i++)
        bytes += gather->columns[i].bytes.len;
    return bytes;
}

/* ---- Values as files have them --------------------------------------------------------------- */

static void convert_bools(const int64_t *values, size_t rows, struct buffer *out)
{
    size_t len = (rows + 7) / 8;
    uint8_t *bits = (uint8_t *)buffer_reserve(out, len + 1);
    memset(bits, 0, len);
    for (size_t i = 0; i < rows; i++)
        bits[i / 8] |= (uint8_t)((values[i] & 1) << i % 8);
    out->len = len;
}

static void convert_days(const int64_t *values, size_t rows, struct buffer *out)
{
    int32_t *days = (int32_t *)(void *)buffer_reserve(out, (rows + 1) * sizeof *days);
    for (size_t i = 0; i < rows; i++)
        days[i] = (int32_t)values[i];
    out->len = rows * sizeof *days;
}

static void convert_numbers(const struct gathered_column *column, size_t rows, struct buffer *out)
{
    const uint32_t *offsets = (const void *)column->values.data;
    double *doubles = (double *)(void *)buffer_reserve(out, (rows + 1) * sizeof *doubles);
    for (size_t i = 0; i < rows; i++)
        doubles[i] = str_parse_double(
            (struct str){column->bytes.data + offsets[i], offsets[i + 1] - offsets[i]});
    out->len = rows * sizeof *doubles;
}

bool gather_convert(const struct gathered_column *column, enum query_type type, size_t rows,
                    struct buffer *out)
{
    buffer_reset(out);
    if (type == QUERY_BOOL)
        convert_bools((const void *)column->values.data, rows, out);
    else if (type == QUERY_DATE)
        convert_days((const void *)column->values.data, rows, out);
    else if (type == QUERY_NUMBER)
        convert_numbers(column, rows, out);
    else
        return false;
    return true;
}
