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

/* ---- Values ---------------------------------------------------------------------------------- */

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

static void append_value(const struct query_vector *vector, enum query_type type, size_t row,
                         struct arrow_export_column *out)
{
    uint8_t valid = !query_is_null(vector, row);
    if (type == QUERY_BOOL) {
        arrow_export_append_bit(out, valid && vector->int64s[row] != 0, !valid);
    } else if (type == QUERY_DATE) {
        int32_t days = valid ? (int32_t)vector->int64s[row] : 0;
        arrow_export_append_fixed(out, &days, sizeof days, &valid, 1);
    } else if (type == QUERY_NUMBER) {
        double number = valid ? str_parse_double(query_string(vector, row)) : 0;
        arrow_export_append_fixed(out, &number, sizeof number, &valid, 1);
    } else {
        arrow_export_append_string(out, valid ? query_string(vector, row) : STR_NULL);
    }
}

/* Values that are eight bytes in both are copied together. */
static void append_vector(const struct query_vector *vector, enum query_type type, size_t rows,
                          struct arrow_export_column *out)
{
    if (type == QUERY_INT64 || type == QUERY_DOUBLE || type == QUERY_TIMESTAMP)
        arrow_export_append_fixed(out, vector->int64s, sizeof *vector->int64s, vector->validity,
                                  rows);
    else
        for (size_t row = 0; row < rows; row++)
            append_value(vector, type, row, out);
}

/* ---- The source ------------------------------------------------------------------------------ */

static enum status next_batch(void *ctx, struct arrow_export_column *columns, struct error *error)
{
    struct query_reader *reader = ctx;
    const struct query_batch *batch;
    if (query_result_next(reader->result, &batch, error) != STATUS_OK)
        return query_lake_explain(&reader->lake, error);
    for (size_t i = 0; batch && i < reader->count; i++)
        append_vector(&batch->columns[i], reader->columns[i].type, batch->rows, &columns[i]);
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
