/* Parquet, by the encoder of the tables. A decimal number becomes a double, as in DuckDB's own
 * writer for integers beyond 64 bits; JSON is text. */
#include "writer.h"

#include <parquet.h>

struct parquet_state {
    struct parquet_schema *schema;
    struct parquet_encoder *encoder;
    struct parquet_file *file;
};

static enum parquet_type type_in_file(enum query_type type)
{
    static const enum parquet_type types[] = {
        [QUERY_BOOL] = PARQUET_BOOLEAN,  [QUERY_INT64] = PARQUET_INT64,
        [QUERY_DOUBLE] = PARQUET_DOUBLE, [QUERY_NUMBER] = PARQUET_DOUBLE,
        [QUERY_DATE] = PARQUET_INT32,    [QUERY_TIMESTAMP] = PARQUET_TIMESTAMP,
        [QUERY_TEXT] = PARQUET_STRING,   [QUERY_JSON] = PARQUET_STRING,
        [QUERY_BLOB] = PARQUET_STRING,
    };
    return types[type];
}

static struct parquet_schema *make_schema(struct query_writer *writer)
{
    struct parquet_options options = parquet_options_default();
    CLEANUP(mem_drop)
    struct parquet_field *fields = mem_zalloc((writer->count + 1) * sizeof *fields);
    for (size_t i = 0; i < writer->count; i++) {
        enum query_type type = writer->columns[i].type;
        fields[i] = (struct parquet_field){
            .name = arena_text(&writer->names, writer->columns[i].name),
            .type = type_in_file(type),
            .nullable = true,
            .is_date = type == QUERY_DATE,
            .is_binary = type == QUERY_BLOB,
        };
    }
    return parquet_schema_new(fields, writer->count, &options);
}

static void parquet_begin(struct query_writer *writer, struct buffer *out)
{
    struct parquet_state *state = mem_zalloc(sizeof *state);
    (void)out;
    state->schema = make_schema(writer);
    state->encoder = parquet_encoder_new();
    state->file = parquet_file_new(state->schema);
    writer->state = state;
}

static void parquet_free(struct query_writer *writer)
{
    struct parquet_state *state = writer->state;
    if (!state)
        return;
    parquet_file_free(state->file);
    parquet_encoder_free(state->encoder);
    parquet_schema_free(state->schema);
    mem_free(state);
}

static struct parquet_column column_in_file(const struct gathered_column *column,
                                            enum query_type type)
{
    struct parquet_column out = {.validity = gather_validity(column)};
    if (type_in_file(type) != PARQUET_STRING) {
        out.values = column->values.data;
        return out;
    }
    out.strings.offsets = (const void *)column->values.data;
    out.strings.data = column->bytes.data;
    out.strings.count = column->rows;
    return out;
}

static void parquet_write_group(struct query_writer *writer, struct buffer *out)
{
    struct parquet_state *state = writer->state;
    CLEANUP(mem_drop)
    struct parquet_column *columns = mem_zalloc((writer->count + 1) * sizeof *columns);
    for (size_t i = 0; i < writer->count; i++)
        columns[i] = column_in_file(&writer->gather.columns[i], writer->columns[i].type);
    const struct parquet_row_group *group =
        parquet_encode(state->encoder, state->schema, columns, writer->gather.rows);
    parquet_file_append(state->file, group, out);
}

static void parquet_end(struct query_writer *writer, struct buffer *out)
{
    struct parquet_state *state = writer->state;
    parquet_file_finish(state->file, out);
}

const struct query_writer_ops query_writer_parquet = {.begin = parquet_begin,
                                                      .write_group = parquet_write_group,
                                                      .group_rows = 128 << 10,
                                                      .end = parquet_end,
                                                      .free = parquet_free};
