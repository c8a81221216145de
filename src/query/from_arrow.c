/* Converts Arrow batches of Spark: numbers of any width to 64 bits, decimals to text; values of
 * nulls are undefined. */
#include "from_arrow.h"

static enum query_type type_of(enum arrow_type type)
{
    static const enum query_type types[] = {
        [ARROW_NULL] = QUERY_TEXT,           [ARROW_BOOLEAN] = QUERY_BOOL,
        [ARROW_INT8] = QUERY_INT64,          [ARROW_INT16] = QUERY_INT64,
        [ARROW_INT32] = QUERY_INT64,         [ARROW_INT64] = QUERY_INT64,
        [ARROW_FLOAT] = QUERY_DOUBLE,        [ARROW_DOUBLE] = QUERY_DOUBLE,
        [ARROW_DECIMAL] = QUERY_NUMBER,      [ARROW_UTF8] = QUERY_TEXT,
        [ARROW_BINARY] = QUERY_BLOB,         [ARROW_DATE] = QUERY_DATE,
        [ARROW_TIMESTAMP] = QUERY_TIMESTAMP,
    };
    return types[type];
}

static void set_columns(struct from_arrow *to, const struct spark_query *query,
                        const struct arrow_batch *from)
{
    bool is_described = query->columns && query->count == from->column_count;
    to->count = from->column_count;
    to->columns = mem_zalloc((to->count + 1) * sizeof *to->columns);
    to->vectors = mem_zalloc((to->count + 1) * sizeof *to->vectors);
    to->memory = mem_zalloc((to->count + 1) * sizeof *to->memory);
    to->types = mem_zalloc((to->count + 1) * sizeof *to->types);
    for (size_t i = 0; i < to->count; i++) {
        struct str name = is_described ? query->columns[i].name : from->columns[i].name;
        enum arrow_type type = from->columns[i].type;
        bool is_json = is_described && query->columns[i].is_json && type == ARROW_UTF8;
        to->types[i] = type;
        to->columns[i].name = arena_copy(&to->arena, name);
        to->columns[i].type = is_json ? QUERY_JSON : type_of(type);
    }
}

/* ---- Values ---------------------------------------------------------------------------------- */

static const uint8_t *make_validity(struct from_arrow_memory *memory,
                                    const struct arrow_column *column)
{
    size_t bytes = (column->rows + 7) / 8;
    if (column->type != ARROW_NULL || bytes == 0)
        return column->validity;
    buffer_reset(&memory->validity);
    memset(buffer_reserve(&memory->validity, bytes), 0, bytes);
    return (const uint8_t *)memory->validity.data;
}

static void append_string(struct from_arrow_memory *memory, const struct arrow_column *column,
                          size_t row)
{
    if (arrow_is_null(column, row))
        return;
    if (column->type == ARROW_DECIMAL)
        arrow_decimal(column, row, &memory->bytes);
    else
        buffer_append_str(&memory->bytes, arrow_text(column, row));
}

static void make_strings(struct from_arrow_memory *memory, const struct arrow_column *column,
                         struct query_vector *out)
{
    size_t size = (column->rows + 1) * sizeof(uint32_t);
    uint32_t *offsets = (uint32_t *)(void *)buffer_reserve(&memory->values, size);
    buffer_reset(&memory->bytes);
    offsets[0] = 0;
    for (size_t row = 0; row < column->rows; row++) {
        append_string(memory, column, row);
        offsets[row + 1] = (uint32_t)memory->bytes.len;
    }
    out->offsets = offsets;
    out->bytes = buffer_text(&memory->bytes);
}

static void make_numbers(struct from_arrow_memory *memory, const struct arrow_column *column,
                         struct query_vector *out)
{
    void *numbers = buffer_reserve(&memory->values, (column->rows + 1) * sizeof(int64_t));
    int64_t *integers = numbers;
    double *doubles = numbers;
    bool is_double = type_of(column->type) == QUERY_DOUBLE;
    for (size_t row = 0; row < column->rows; row++)
        if (is_double)
            doubles[row] = arrow_double(column, row);
        else if (column->type == ARROW_BOOLEAN)
            integers[row] = arrow_boolean(column, row);
        else
            integers[row] = arrow_integer(column, row);
    out->int64s = numbers;
}

static enum status check_columns(const struct from_arrow *to, const struct arrow_batch *from,
                                 struct error *error)
{
    bool is_same = from->column_count == to->count;
    for (size_t i = 0; is_same && i < to->count; i++)
        is_same = from->columns[i].type == to->types[i];
    return is_same ? STATUS_OK
                   : error_set(error, STATUS_CORRUPT,
                               "Spark has sent rows with other columns than the rows before");
}

enum status from_arrow_convert(struct from_arrow *to, const struct spark_query *query,
                               const struct arrow_batch *from, struct error *error)
{
    if (!to->columns)
        set_columns(to, query, from);
    TRY(check_columns(to, from, error));
    for (size_t i = 0; i < to->count; i++) {
        struct query_vector *vector = &to->vectors[i];
        *vector = (struct query_vector){
            .validity = make_validity(&to->memory[i], &from->columns[i]),
        };
        buffer_reset(&to->memory[i].values);
        if (query_type_is_string(to->columns[i].type))
            make_strings(&to->memory[i], &from->columns[i], vector);
        else
            make_numbers(&to->memory[i], &from->columns[i], vector);
    }
    to->batch = (struct query_batch){from->rows, to->vectors};
    return STATUS_OK;
}

void from_arrow_release(struct from_arrow *to)
{
    for (size_t i = 0; i < to->count; i++) {
        buffer_release(&to->memory[i].validity);
        buffer_release(&to->memory[i].values);
        buffer_release(&to->memory[i].bytes);
    }
    mem_free(to->columns);
    mem_free(to->vectors);
    mem_free(to->memory);
    mem_free(to->types);
    arena_release(&to->arena);
    *to = (struct from_arrow){0};
}
