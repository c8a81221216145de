/* Converts DuckDB's vectors to columns in Arrow's layout: numbers of any width to 64 bits, strings
 * to offsets and bytes; other types were converted by the statement itself. */
#include "duckdb_batch.h"

enum query_type duckdb_batch_type_of(int type)
{
    static const struct {
        int of;
        enum query_type type;
    } types[] = {
        {DUCKDB_BOOLEAN, QUERY_BOOL},
        {DUCKDB_TINYINT, QUERY_INT64},
        {DUCKDB_SMALLINT, QUERY_INT64},
        {DUCKDB_INTEGER, QUERY_INT64},
        {DUCKDB_BIGINT, QUERY_INT64},
        {DUCKDB_UTINYINT, QUERY_INT64},
        {DUCKDB_USMALLINT, QUERY_INT64},
        {DUCKDB_UINTEGER, QUERY_INT64},
        {DUCKDB_FLOAT, QUERY_DOUBLE},
        {DUCKDB_DOUBLE, QUERY_DOUBLE},
        {DUCKDB_UBIGINT, QUERY_NUMBER},
        {DUCKDB_HUGEINT, QUERY_NUMBER},
        {DUCKDB_UHUGEINT, QUERY_NUMBER},
        {DUCKDB_DECIMAL, QUERY_NUMBER},
        {DUCKDB_BIGNUM, QUERY_NUMBER},
        {DUCKDB_DATE, QUERY_DATE},
        {DUCKDB_TIMESTAMP, QUERY_TIMESTAMP},
        {DUCKDB_TIMESTAMP_S, QUERY_TIMESTAMP},
        {DUCKDB_TIMESTAMP_MS, QUERY_TIMESTAMP},
        {DUCKDB_TIMESTAMP_TZ, QUERY_TIMESTAMP},
        {DUCKDB_BLOB, QUERY_BLOB},
        {DUCKDB_LIST, QUERY_JSON},
        {DUCKDB_STRUCT, QUERY_JSON},
        {DUCKDB_MAP, QUERY_JSON},
        {DUCKDB_UNION, QUERY_JSON},
        {DUCKDB_ARRAY, QUERY_JSON},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
        if (types[i].of == type)
            return types[i].type;
    return QUERY_TEXT;
}

/* True for types whose values copy_values converts. */
static bool is_readable(int type)
{
    switch (duckdb_batch_type_of(type)) {
    case QUERY_NUMBER:
    case QUERY_JSON:
        return false;
    case QUERY_TIMESTAMP:
        return type == DUCKDB_TIMESTAMP || type == DUCKDB_TIMESTAMP_TZ;
    case QUERY_TEXT:
        return type == DUCKDB_VARCHAR;
    default:
        return true;
    }
}

bool duckdb_batch_append_conversion(struct buffer *out, size_t column, int type)
{
    bool needs = !is_readable(type);
    const char *format = "#%zu";
    if (needs && duckdb_batch_type_of(type) == QUERY_JSON)
        format = "CAST(to_json(#%zu) AS VARCHAR)";
    else if (needs && duckdb_batch_type_of(type) == QUERY_TIMESTAMP)
        format = "CAST(#%zu AS TIMESTAMP)";
    else if (needs)
        format = "CAST(#%zu AS VARCHAR)";
    buffer_append_str(out, column ? STR(", ") : STR("SELECT "));
    char text[64];
    int len = snprintf(text, sizeof text, format, column + 1);
    buffer_append(out, text, (size_t)len);
    return needs;
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

#define COPY_AS(from, to)                                                                          \
    for (size_t i = 0; i < rows; i++)                                                              \
    ((to *)out)[i] = (to)((const from *)values)[i]

/* Widens numbers to 64 bits; values of nulls are undefined. */
static void copy_numbers(int type, const void *values, size_t rows, void *out)
{
    switch (type) {
    case DUCKDB_BOOLEAN:
    case DUCKDB_UTINYINT:
        COPY_AS(uint8_t, int64_t);
        break;
    case DUCKDB_TINYINT:
        COPY_AS(int8_t, int64_t);
        break;
    case DUCKDB_SMALLINT:
        COPY_AS(int16_t, int64_t);
        break;
    case DUCKDB_USMALLINT:
        COPY_AS(uint16_t, int64_t);
        break;
    case DUCKDB_INTEGER:
    case DUCKDB_DATE:
        COPY_AS(int32_t, int64_t);
        break;
    case DUCKDB_UINTEGER:
        COPY_AS(uint32_t, int64_t);
        break;
    case DUCKDB_FLOAT:
        COPY_AS(float, double);
        break;
    default:
        memcpy(out, values, rows * sizeof(int64_t));
    }
}

enum status duckdb_batch_init(struct duckdb_batch *chunk, const int *types, size_t count,
                              struct error *error)
{
    for (size_t i = 0; i < count; i++)
        if (!is_readable(types[i]))
            return error_set(error, STATUS_USAGE,
                             "column %zu of this statement has a type that only a SELECT can show",
                             i + 1);
    chunk->count = count;
    chunk->vectors = mem_zalloc((count + 1) * sizeof *chunk->vectors);
    chunk->columns = mem_zalloc((count + 1) * sizeof *chunk->columns);
    for (size_t i = 0; i < count; i++)
        chunk->columns[i].type = types[i];
    return STATUS_OK;
}

static void read_column(struct duckdb_batch_column *column, const struct duckdb *duckdb,
                        duckdb_vector vector, size_t rows, struct query_vector *out)
{
    const void *values = duckdb->vector_get_data(vector);
    const uint8_t *validity = (const void *)duckdb->vector_get_validity(vector);
    *out = (struct query_vector){.validity = validity};
    buffer_reset(&column->values);
    if (query_type_is_string(duckdb_batch_type_of(column->type))) {
        copy_strings(column, values, validity, rows, out);
        return;
    }
    void *numbers = buffer_reserve(&column->values, (rows + 1) * sizeof(int64_t));
    copy_numbers(column->type, values, rows, numbers);
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
