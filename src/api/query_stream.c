/* Columns have the types that `query --format arrow` writes: a decimal number is a double, what is
 * nested is JSON. */
#include "query_stream.h"

#include <query_questions.h>

struct query_reader {
    struct query_request request;
    struct query_lake_open lake;
    struct query_result *result;
    const struct query_column *columns; /* of the result */
    size_t count;
};

/* ---- Columns ----------------------------------------------------------------------------------
 */

static struct arrow_export_field field_of(const struct query_column *column)
{
    static const struct arrow_export_field fields[] = {
        [QUERY_BOOL] = {NULL, "b", ARROW_LAYOUT_BITS, 0, true},
        [QUERY_INT64] = {NULL, "l", ARROW_LAYOUT_FIXED, sizeof(int64_t), true},
        [QUERY_DOUBLE] = {NULL, "g", ARROW_LAYOUT_FIXED, sizeof(double), true},
        [QUERY_NUMBER] = {NULL, "g", ARROW_LAYOUT_FIXED, sizeof(double), true},
        [QUERY_DATE] = {NULL, "tdD", ARROW_LAYOUT_FIXED, sizeof(int32_t), true},
        [QUERY_TIMESTAMP] = {NULL, "tsu:UTC", ARROW_LAYOUT_FIXED, sizeof(int64_t), true},
        [QUERY_TEXT] = {NULL, "u", ARROW_LAYOUT_STRINGS, 0, true},
        [QUERY_JSON] = {NULL, "u", ARROW_LAYOUT_STRINGS, 0, true},
        [QUERY_BLOB] = {NULL, "z", ARROW_LAYOUT_STRINGS, 0, true},
    };
    struct arrow_export_field field = fields[column->type];
    field.name = str_dup(column->name);
    return field;
}

/* ---- The source ------------------------------------------------------------------------------ */

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

static void close_reader(struct query_reader *reader)
{
    query_result_free(reader->result);
    query_lake_close(&reader->lake);
    mem_free(reader);
}

static void free_reader(void *ctx)
{
    struct query_reader *reader = ctx;
    struct query_request request = reader->request;
    close_reader(reader);
    request.free(request.ctx);
}

static enum status begin(struct query_reader *reader, struct error *error)
{
    const struct query_request *request = &reader->request;
    CLEANUP(query_questions_release) struct query_questions questions = {0};
    CLEANUP(buffer_release) struct buffer sql = {0};
    TRY(query_lake_open(&reader->lake, request->query, request->cancel, error));
    TRY(query_questions_read(reader->lake.snapshot.model, request->query->queries, &questions,
                             error));
    TRY(query_questions_append_text(&reader->lake, request->query, &questions, request->text, &sql,
                                    error));
    if (query_lake_run(&reader->lake, buffer_str(&sql), &reader->result, error) != STATUS_OK)
        return query_lake_explain(&reader->lake, error);
    reader->columns = query_result_columns(reader->result, &reader->count);
    return STATUS_OK;
}

enum status query_stream_open(const struct query_request *request, struct arrow_export_source *out,
                              struct error *error)
{
    struct query_reader *reader = mem_zalloc(sizeof *reader);
    reader->request = *request;
    enum status status = begin(reader, error);
    if (status != STATUS_OK) {
        close_reader(reader);
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
