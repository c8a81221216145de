/* Columns have the types that `query --format arrow` writes: a decimal number is a double, what is
 * nested is JSON. */
#include "query_stream.h"

#include <query_questions.h>

struct query_reader {
    struct query_lake_open lake;
    struct query_result *result;
    const struct query_column *columns; /* of the result */
    size_t count;
};

static struct arrow_export_field field_of(const struct query_column *column)
{
    static const char *const formats[] = {
        [QUERY_BOOL] = "b",   [QUERY_INT64] = "l",  [QUERY_DOUBLE] = "g",
        [QUERY_NUMBER] = "g", [QUERY_DATE] = "tdD", [QUERY_TIMESTAMP] = "tsu:UTC",
        [QUERY_TEXT] = "u",   [QUERY_JSON] = "u",   [QUERY_BLOB] = "z",
    };
    struct arrow_export_field field = {.name = str_dup(column->name), .is_nullable = true};
    snprintf(field.format, sizeof field.format, "%s", formats[column->type]);
    return field;
}

static enum status next_batch(void *ctx, struct gathered_column *columns, struct error *error)
{
    struct query_reader *reader = ctx;
    const struct query_batch *batch;
    if (query_result_next(reader->result, &batch, error) != STATUS_OK)
        return query_lake_explain(&reader->lake, error);
    for (size_t i = 0; batch && i < reader->count; i++)
        gather_append_vector(&columns[i], &batch->columns[i], reader->columns[i].type, batch->rows);
    return STATUS_OK;
}

static void free_reader(void *ctx)
{
    struct query_reader *reader = ctx;
    query_result_free(reader->result);
    query_lake_close(&reader->lake);
    mem_free(reader);
}

static enum status begin(struct query_reader *reader, struct query_settings *query,
                         const char *text, const atomic_bool *cancel, struct error *error)
{
    CLEANUP(query_questions_release) struct query_questions questions = {0};
    CLEANUP(buffer_release) struct buffer sql = {0};
    TRY(query_lake_open(&reader->lake, query, cancel, error));
    TRY(query_questions_read(reader->lake.snapshot.model, query->queries, &questions, error));
    TRY(query_questions_append_text(&reader->lake, query, &questions, text, &sql, error));
    if (query_lake_run(&reader->lake, buffer_str(&sql), &reader->result, error) != STATUS_OK)
        return query_lake_explain(&reader->lake, error);
    reader->columns = query_result_columns(reader->result, &reader->count);
    return STATUS_OK;
}

enum status query_stream_open(struct query_settings *query, const char *text,
                              const atomic_bool *cancel, struct arrow_export_source *out,
                              struct error *error)
{
    struct query_reader *reader = mem_zalloc(sizeof *reader);
    enum status status = begin(reader, query, text, cancel, error);
    if (status != STATUS_OK) {
        free_reader(reader);
        return status;
    }
    *out =
        (struct arrow_export_source){.fields = mem_alloc((reader->count + 1) * sizeof *out->fields),
                                     .count = reader->count,
                                     .next = next_batch,
                                     .free = free_reader,
                                     .ctx = reader};
    for (size_t i = 0; i < reader->count; i++)
        out->fields[i] = field_of(&reader->columns[i]);
    return STATUS_OK;
}
