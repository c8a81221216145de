/* Converts DuckDB's vectors to columns in Arrow's layout: numbers of any width to 64 bits, strings
 * to offsets and bytes; other types were converted by the statement itself. */
#include "duckdb_batch.h"

/* Numbers are widened to 64 bits; values of nulls are undefined. */
typedef void copy_fn(const void *values, size_t rows, void *out);

#define COPY_AS(name, from, to)                                                                    \
    static void name(const void *values, size_t rows, void *out)                                   \
    {                                                                                              \
        for (size_t i = 0; i < rows; i++)                                                          \
            ((to *)out)[i] = (to)((const from *)values)[i];                                        \
    }

COPY_AS(copy_int8, int8_t, int64_t)
COPY_AS(copy_int16, int16_t, int64_t)
COPY_AS(copy_int32, int32_t, int64_t)
COPY_AS(copy_uint8, uint8_t, int64_t)
COPY_AS(copy_uint16, uint16_t, int64_t)
COPY_AS(copy_uint32, uint32_t, int64_t)
COPY_AS(copy_float, float, double)

static void copy_64_bits(const void *values, size_t rows, void *out)
{
    memcpy(out, values, rows * sizeof(int64_t));
}

/* What stands around a column that the statement itself converts. */
static const struct conversion {
    const char *before, *after;
} as_text = {"CAST(", " AS VARCHAR)"}, as_json = {"CAST(to_json(", ") AS VARCHAR)"},
  as_timestamp = {"CAST(", " AS TIMESTAMP)"};

static const struct duckdb_batch_type {
    int number; /* enum duckdb_type */
    enum query_type type;
    const struct conversion *conversion; /* NULL: duckdb_batch_read reads it as it is */
    copy_fn *copy;                       /* NULL: of strings, and of what is converted */
} types[] = {
    {1, QUERY_BOOL, NULL, copy_uint8},         /* BOOLEAN */
    {2, QUERY_INT64, NULL, copy_int8},         /* TINYINT */
    {3, QUERY_INT64, NULL, copy_int16},        /* SMALLINT */
    {4, QUERY_INT64, NULL, copy_int32},        /* INTEGER */
    {5, QUERY_INT64, NULL, copy_64_bits},      /* BIGINT */
    {6, QUERY_INT64, NULL, copy_uint8},        /* UTINYINT */
    {7, QUERY_INT64, NULL, copy_uint16},       /* USMALLINT */
    {8, QUERY_INT64, NULL, copy_uint32},       /* UINTEGER */
    {9, QUERY_NUMBER, &as_text},               /* UBIGINT */
    {10, QUERY_DOUBLE, NULL, copy_float},      /* FLOAT */
    {11, QUERY_DOUBLE, NULL, copy_64_bits},    /* DOUBLE */
    {12, QUERY_TIMESTAMP, NULL, copy_64_bits}, /* TIMESTAMP */
    {13, QUERY_DATE, NULL, copy_int32},        /* DATE */
    {16, QUERY_NUMBER, &as_text},              /* HUGEINT */
    {17, QUERY_TEXT},                          /* VARCHAR */
    {18, QUERY_BLOB},                          /* BLOB */
    {19, QUERY_NUMBER, &as_text},              /* DECIMAL */
    {20, QUERY_TIMESTAMP, &as_timestamp},      /* TIMESTAMP_S */
    {21, QUERY_TIMESTAMP, &as_timestamp},      /* TIMESTAMP_MS */
    {24, QUERY_JSON, &as_json},                /* LIST */
    {25, QUERY_JSON, &as_json},                /* STRUCT */
    {26, QUERY_JSON, &as_json},                /* MAP */
    {28, QUERY_JSON, &as_json},                /* UNION */
    {31, QUERY_TIMESTAMP, NULL, copy_64_bits}, /* TIMESTAMP_TZ */
    {32, QUERY_NUMBER, &as_text},              /* UHUGEINT */
    {33, QUERY_JSON, &as_json},                /* ARRAY */
    {35, QUERY_NUMBER, &as_text},              /* BIGNUM */
};

static const struct duckdb_batch_type *find_type(int number)
{
    static const struct duckdb_batch_type other = {0, QUERY_TEXT, &as_text};
    for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
        if (types[i].number == number)
            return &types[i];
    return &other;
}

enum query_type duckdb_batch_type_of(int duckdb_type)
{
    return find_type(duckdb_type)->type;
}

bool duckdb_batch_append_conversion(struct buffer *out, size_t column, int duckdb_type)
{
    const struct conversion *conversion = find_type(duckdb_type)->conversion;
    buffer_appendf(out, "%s%s#%zu%s", column ? ", " : "SELECT ",
                   conversion ? conversion->before : "", column + 1,
                   conversion ? conversion->after : "");
    return conversion;
}

/* ---- Values ---------------------------------------------------------------------------------- */

static struct str text_of(const union duckdb_text *text)
{
    uint32_t len = text->inlined.length;
    return (struct str){len <= sizeof text->inlined.data ? text->inlined.data : text->pointer.data,
                        len};
}

static void copy_strings(struct duckdb_batch_column *column, const void *values,
                         const uint8_t *validity, size_t rows, struct query_vector *out)
{
    const union duckdb_text *texts = values;
    buffer_reset(&column->bytes);
    uint32_t *offsets =
        (uint32_t *)(void *)buffer_reserve(&column->values, (rows + 1) * sizeof(uint32_t));
    offsets[0] = 0;
    for (size_t i = 0; i < rows; i++) {
        if (!validity || validity[i / 8] >> i % 8 & 1)
            buffer_append_str(&column->bytes, text_of(&texts[i]));
        offsets[i + 1] = (uint32_t)column->bytes.len;
    }
    out->offsets = offsets;
    out->bytes = column->bytes.data;
}

enum status duckdb_batch_init(struct duckdb_batch *chunk, const struct duckdb *duckdb,
                              duckdb_statement statement, size_t count, struct error *error)
{
    chunk->count = count;
    chunk->vectors = mem_zalloc((count + 1) * sizeof *chunk->vectors);
    chunk->columns = mem_zalloc((count + 1) * sizeof *chunk->columns);
    for (size_t i = 0; i < count; i++) {
        chunk->columns[i].type = find_type(duckdb->prepared_statement_column_type(statement, i));
        if (chunk->columns[i].type->conversion)
            return error_set(error, STATUS_USAGE,
                             "column %zu of this statement has a type that only a SELECT can show",
                             i + 1);
    }
    return STATUS_OK;
}

static void read_column(struct duckdb_batch_column *column, const struct duckdb *duckdb,
                        duckdb_vector vector, size_t rows, struct query_vector *out)
{
    const void *values = duckdb->vector_get_data(vector);
    const uint8_t *validity = (const void *)duckdb->vector_get_validity(vector);
    *out = (struct query_vector){.validity = validity};
    buffer_reset(&column->values);
    if (!column->type->copy) {
        copy_strings(column, values, validity, rows, out);
        return;
    }
    void *numbers = buffer_reserve(&column->values, (rows + 1) * sizeof(int64_t));
    column->type->copy(values, rows, numbers);
    out->int64s = numbers;
}

void duckdb_batch_read(struct duckdb_batch *chunk, const struct duckdb *duckdb, duckdb_chunk data)
{
    size_t rows = duckdb->data_chunk_get_size(data);
    for (size_t i = 0; i < chunk->count; i++)
        read_column(&chunk->columns[i], duckdb, duckdb->data_chunk_get_vector(data, i), rows,
                    &chunk->vectors[i]);
    chunk->batch = (struct query_batch){rows, chunk->vectors};
}

void duckdb_batch_release(struct duckdb_batch *chunk)
{
    for (size_t i = 0; i < chunk->count; i++) {
        buffer_release(&chunk->columns[i].values);
        buffer_release(&chunk->columns[i].bytes);
    }
    mem_free(chunk->columns);
    mem_free(chunk->vectors);
    *chunk = (struct duckdb_batch){0};
}
