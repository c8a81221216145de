/* CSV (RFC 4180, but lines end in one newline), JSON, JSON lines, and Markdown tables. */
#include "value.h"
#include "writer.h"

#include <json.h>
#include <math.h>

/* ---- CSV ------------------------------------------------------------------------------------- */

static bool needs_quotes(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (strchr(",\"\r\n", text.data[i]) && text.data[i])
            return true;
    return text.len == 0; /* null is an empty field */
}

static void append_csv(struct buffer *out, struct str text)
{
    if (!needs_quotes(text)) {
        buffer_append_str(out, text);
        return;
    }
    buffer_append_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"')
            buffer_append_char(out, '"');
        buffer_append_char(out, text.data[i]);
    }
    buffer_append_char(out, '"');
}

static void csv_begin(struct query_writer *writer, struct buffer *out)
{
    for (size_t i = 0; i < writer->count; i++) {
        if (i)
            buffer_append_char(out, ',');
        append_csv(out, writer->columns[i].name);
    }
    buffer_append_char(out, '\n');
}

static void csv_value(const struct query_column *column, const struct query_vector *vector,
                      size_t row, struct buffer *out)
{
    if (query_is_null(vector, row))
        return;
    if (query_type_is_string(column->type))
        append_csv(out, query_string(vector, row));
    else
        query_append_value(out, column->type, vector, row);
}

static void csv_add(struct query_writer *writer, const struct query_batch *batch,
                    struct buffer *out)
{
    for (size_t row = 0; row < batch->rows; row++) {
        for (size_t i = 0; i < writer->count; i++) {
            if (i)
                buffer_append_char(out, ',');
            csv_value(&writer->columns[i], &batch->columns[i], row, out);
        }
        buffer_append_char(out, '\n');
    }
}

const struct query_writer_ops query_writer_csv = {.begin = csv_begin, .add = csv_add};

/* ---- JSON ------------------------------------------------------------------------------------ */

#define MAX_SAFE_INTEGER INT64_C(9007199254740991) /* ECMAScript's Number.MAX_SAFE_INTEGER */

void query_append_json_text(struct buffer *out, const char *before, struct str text)
{
    CLEANUP(buffer_release) struct buffer valid = {0};
    if (utf8_valid_prefix(text.data, text.len) < text.len) {
        buffer_append_utf8(&valid, text);
        text = buffer_str(&valid);
    }
    buffer_append_str(out, str_of(before));
    json_quote(out, text);
}

/* JavaScript parses numbers as doubles: integers that those cannot represent are strings, and
 * ids of facts always are. */
static void append_json_integer(struct buffer *out, const struct query_column *column,
                                int64_t value)
{
    bool is_text = value > MAX_SAFE_INTEGER || value < -MAX_SAFE_INTEGER || column->is_id;
    buffer_appendf(out, is_text ? "\"%lld\"" : "%lld", (long long)value);
}

/* A decimal with more digits may have no equal double. */
#define SAFE_DIGITS 15

static void append_json_number(struct buffer *out, struct str text)
{
    if (text.len > SAFE_DIGITS)
        query_append_json_text(out, "", text);
    else
        buffer_append_str(out, text);
}

static void append_json(struct buffer *out, const struct query_column *column,
                        const struct query_vector *vector, size_t row)
{
    if (query_is_null(vector, row)) {
        buffer_append_str(out, STR("null"));
    } else if (column->type == QUERY_INT64) {
        append_json_integer(out, column, vector->int64s[row]);
    } else if (column->type == QUERY_NUMBER) {
        append_json_number(out, query_string(vector, row));
    } else if (column->type == QUERY_TIMESTAMP) {
        buffer_append_char(out, '"');
        query_append_timestamp(out, vector->int64s[row], 'T');
        buffer_append_str(out, STR("Z\""));
    } else if (column->type == QUERY_DOUBLE && !isfinite(vector->doubles[row])) {
        buffer_append_str(out, STR("null"));
    } else if (column->type == QUERY_TEXT || column->type == QUERY_BLOB) {
        query_append_json_text(out, "", query_string(vector, row));
    } else if (column->type == QUERY_DATE) {
        buffer_append_char(out, '"');
        query_append_value(out, column->type, vector, row);
        buffer_append_char(out, '"');
    } else {
        query_append_value(out, column->type, vector, row);
    }
}

json_t *query_json_text(struct str text)
{
    CLEANUP(buffer_release) struct buffer valid = {0};
    buffer_append_utf8(&valid, text);
    return json_stringn(buffer_text(&valid), valid.len);
}

static int append_piece(const char *bytes, size_t len, void *out)
{
    buffer_append(out, bytes, len);
    return 0;
}

void query_append_json(struct buffer *out, json_t *value, size_t flags)
{
    if (json_dump_callback(value, append_piece, out, JSON_COMPACT | flags) != 0)
        mem_exhausted();
    json_decref(value);
}

void query_append_json_columns(struct buffer *out, const struct query_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        query_append_json_text(out, i ? ",{\"name\":" : "{\"name\":", columns[i].name);
        buffer_appendf(out, ",\"type\":\"%s\"}", query_type_word(columns[i].type));
    }
}

static void append_cut(struct buffer *out, struct str text, size_t most)
{
    query_append_json_text(out, "", (struct str){text.data, utf8_valid_prefix(text.data, most)});
    out->len--; /* the quote */
    buffer_append_str(out, STR("…\""));
}

void query_append_json_row(struct buffer *out, const struct query_column *columns, size_t count,
                           const struct query_batch *batch, size_t row, size_t most_text)
{
    buffer_append_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        const struct query_vector *vector = &batch->columns[i];
        bool is_text = columns[i].type == QUERY_TEXT && !query_is_null(vector, row);
        struct str text = is_text ? query_string(vector, row) : STR_NULL;
        buffer_append_str(out, i ? STR(",") : STR(""));
        if (text.len > most_text)
            append_cut(out, text, most_text);
        else
            append_json(out, &columns[i], vector, row);
    }
    buffer_append_char(out, ']');
}

static void append_json_row(struct query_writer *writer, const struct query_batch *batch,
                            size_t row, struct buffer *out)
{
    buffer_append_char(out, '{');
    for (size_t i = 0; i < writer->count; i++) {
        query_append_json_text(out, i ? "," : "", writer->columns[i].name);
        buffer_append_char(out, ':');
        append_json(out, &writer->columns[i], &batch->columns[i], row);
    }
    buffer_append_char(out, '}');
}

static void jsonl_add(struct query_writer *writer, const struct query_batch *batch,
                      struct buffer *out)
{
    for (size_t row = 0; row < batch->rows; row++) {
        append_json_row(writer, batch, row, out);
        buffer_append_char(out, '\n');
    }
}

static void json_begin(struct query_writer *writer, struct buffer *out)
{
    (void)writer;
    buffer_append_char(out, '[');
}

static void json_add(struct query_writer *writer, const struct query_batch *batch,
                     struct buffer *out)
{
    for (size_t row = 0; row < batch->rows; row++) {
        buffer_append_str(out, writer->rows + row ? STR(",\n") : STR("\n"));
        append_json_row(writer, batch, row, out);
    }
}

static void json_end(struct query_writer *writer, struct buffer *out)
{
    buffer_append_str(out, writer->rows ? STR("\n]\n") : STR("]\n"));
}

const struct query_writer_ops query_writer_jsonl = {.add = jsonl_add};
const struct query_writer_ops query_writer_json = {
    .begin = json_begin, .add = json_add, .end = json_end};

/* ---- Markdown -------------------------------------------------------------------------------- */

static void append_cell(struct buffer *out, struct str text)
{
    buffer_append_char(out, ' ');
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '|' || c == '\\')
            buffer_append_char(out, '\\');
        buffer_append_char(out, c == '\n' || c == '\r' ? ' ' : c);
    }
    buffer_append_str(out, STR(" |"));
}

static void markdown_begin(struct query_writer *writer, struct buffer *out)
{
    buffer_append_char(out, '|');
    for (size_t i = 0; i < writer->count; i++)
        append_cell(out, writer->columns[i].name);
    buffer_append_str(out, STR("\n|"));
    for (size_t i = 0; i < writer->count; i++)
        buffer_append_str(out, query_type_is_number(writer->columns[i].type) ? STR(" ---: |")
                                                                             : STR(" --- |"));
    buffer_append_char(out, '\n');
}

static void markdown_add(struct query_writer *writer, const struct query_batch *batch,
                         struct buffer *out)
{
    for (size_t row = 0; row < batch->rows; row++) {
        buffer_append_char(out, '|');
        for (size_t i = 0; i < writer->count; i++) {
            buffer_reset(&writer->scratch);
            if (!query_is_null(&batch->columns[i], row))
                query_append_value(&writer->scratch, writer->columns[i].type, &batch->columns[i],
                                   row);
            append_cell(out, buffer_str(&writer->scratch));
        }
        buffer_append_char(out, '\n');
    }
}

const struct query_writer_ops query_writer_markdown = {.begin = markdown_begin,
                                                       .add = markdown_add};
