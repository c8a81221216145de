/* Arrow batches of counts and rejects, added to the report of the run. */
#include "report_rows.h"

#include "hadoop.h"

/* ---- What all have in common ----------------------------------------------------------------- */

static enum status check_columns(const struct arrow_batch *batch, const enum arrow_type *types,
                                 size_t count, struct error *error)
{
    bool is_same = batch->column_count == count;
    for (size_t i = 0; is_same && i < count; i++)
        is_same = batch->columns[i].type == types[i];
    return is_same
               ? STATUS_OK
               : error_set(error, STATUS_CORRUPT, "Spark sent other columns than were requested");
}

static int find_source(const struct model *model, struct str name)
{
    for (int source = 0; source < (int)model->source_count; source++)
        if (str_equal(name, str_of(model->sources[source].name)))
            return source;
    return -1;
}

static int find_code(struct str word)
{
    for (int code = 0; code < REJECT_CODE_COUNT; code++)
        if (str_equal(word, str_of(reject_code_word((enum reject_code)code))))
            return code;
    return -1;
}

static enum status unknown_name(const char *what, struct str name, struct error *error)
{
    return error_set(error, STATUS_CORRUPT, "Spark sent the %s '%.*s', which is unknown", what,
                     STR_ARG(name));
}

/* ---- Counts ---------------------------------------------------------------------------------- */

/* As many names of unknown fields as the native engine counts one by one. */
#define UNKNOWN_MOST  1000
#define UNKNOWN_BYTES 256 /* of a name */

static enum status add_unknown(struct run_report *report, int id, struct str field,
                               uint64_t records, struct error *error)
{
    struct source_report *source = &report->sources[id];
    if (!field.data)
        return error_set(error, STATUS_CORRUPT, "Spark sent a null for an unknown field");
    if (source->unknown_count == UNKNOWN_MOST || field.len > UNKNOWN_BYTES) {
        source->unknown_more += records;
        return STATUS_OK;
    }
    if (!source->unknown)
        source->unknown = arena_alloc(&report->arena, UNKNOWN_MOST * sizeof *source->unknown);
    source->unknown[source->unknown_count++] =
        (struct unknown_field){arena_copy(&report->arena, field), records};
    return STATUS_OK;
}

static enum status add_of_source(struct source_report *source, struct str name, uint64_t records,
                                 struct error *error)
{
    const struct {
        struct str name;
        uint64_t *count;
        bool of_records;
    } counts[] = {
        {STR("kept"), NULL, true},
        {STR("left_out"), &source->left_out, true},
        {STR("unknown_discarded"), &source->unknown_discarded, false},
        {STR("faulty_discarded"), &source->faulty_discarded, false},
    };
    int code = find_code(name);
    if (code >= 0) {
        source->records += records;
        source->rejected += records;
        source->rejected_by_code[code] = records;
        return STATUS_OK;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(counts); i++)
        if (str_equal(name, counts[i].name)) {
            source->records += counts[i].of_records ? records : 0;
            if (counts[i].count)
                *counts[i].count = records;
            return STATUS_OK;
        }
    return unknown_name("count", name, error);
}

static enum status add_of_facts(struct run_report *report, struct str name, uint64_t records,
                                struct error *error)
{
    uint64_t *count = str_equal(name, STR("identical"))       ? &report->identical
                      : str_equal(name, STR("shared_keys"))   ? &report->shared_keys
                      : str_equal(name, STR("of_gone_files")) ? &report->kept
                                                              : NULL;
    if (!count)
        return unknown_name("count", name, error);
    *count = records;
    return STATUS_OK;
}

/* The rows come in the order of what they count, so one that comes twice is behind its like. */
static enum status check_twice(struct count_rows *counts, struct str of, struct str name,
                               struct str field, struct error *error)
{
    buffer_reset(&counts->next);
    buffer_appendf(&counts->next, "%.*s %.*s ", STR_ARG(of), STR_ARG(name));
    buffer_append_str(&counts->next, field); /* which may have a zero byte */
    if (str_equal(buffer_str(&counts->next), buffer_str(&counts->last)))
        return error_set(error, STATUS_CORRUPT, "Spark sent the count '%.*s' twice", STR_ARG(name));
    buffer_set(&counts->last, buffer_str(&counts->next));
    return STATUS_OK;
}

static enum status add_count(struct count_rows *counts, const struct arrow_column *columns,
                             size_t row, struct error *error)
{
    struct run_report *report = counts->report;
    struct str of = arrow_text(&columns[0], row), name = arrow_text(&columns[1], row);
    struct str field = arrow_text(&columns[2], row);
    int64_t records = arrow_integer(&columns[3], row);
    int source = find_source(report->model, of);
    if (arrow_is_null(&columns[3], row) || records < 0)
        return error_set(error, STATUS_CORRUPT, "Spark sent a count that is not a number");
    TRY(check_twice(counts, of, name, field, error));
    if (source < 0) {
        counts->has_identical |= str_equal(name, STR("identical"));
        counts->has_shared_keys |= str_equal(name, STR("shared_keys"));
        return add_of_facts(report, name, (uint64_t)records, error);
    }
    return str_equal(name, STR("unknown"))
               ? add_unknown(report, source, field, (uint64_t)records, error)
               : add_of_source(&report->sources[source], name, (uint64_t)records, error);
}

enum status count_rows_add(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    static const enum arrow_type types[] = {ARROW_UTF8, ARROW_UTF8, ARROW_UTF8, ARROW_INT64};
    TRY(check_columns(batch, types, ARRAY_LENGTH(types), error));
    for (size_t row = 0; row < batch->rows; row++)
        TRY(add_count(ctx, batch->columns, row, error));
    return STATUS_OK;
}

enum status count_rows_finish(const struct count_rows *counts, struct error *error)
{
    return counts->has_identical && counts->has_shared_keys
               ? STATUS_OK
               : error_set(error, STATUS_CORRUPT, "Spark has not sent all counts");
}

void count_rows_release(struct count_rows *counts)
{
    buffer_release(&counts->last);
    buffer_release(&counts->next);
}

/* ---- Rejects --------------------------------------------------------------------------------- */

enum { SOURCE, FILE_URL, LINE, BYTE_OFFSET, CODE, REASON, RECORD, RECORD_BASE64 };
static const enum arrow_type reject_types[] = {ARROW_UTF8, ARROW_UTF8, ARROW_INT64, ARROW_INT64,
                                               ARROW_UTF8, ARROW_UTF8, ARROW_UTF8,  ARROW_UTF8};

void reject_rows_begin(struct reject_rows *rows, struct lake *lake,
                       const struct run_options *options, const struct store *in)
{
    *rows = (struct reject_rows){.in = in, .model = lake_model(lake)};
    run_begin_rejects(&rows->rejects, lake, options);
    hadoop_url(&rows->root, in, "", HADOOP_WRITE);
}

void reject_rows_release(struct reject_rows *rows)
{
    rejects_release(&rows->rejects);
    buffer_release(&rows->root);
    buffer_release(&rows->name);
}

/* The file's key: the part of its URL below the input's. */
static struct str file_key(struct reject_rows *rows, struct str url)
{
    struct str root = buffer_str(&rows->root);
    buffer_reset(&rows->name);
    buffer_append_percent_decoded(&rows->name, url);
    struct str name = buffer_str(&rows->name);
    return str_starts_with(name, root) ? (struct str){name.data + root.len, name.len - root.len}
                                       : name;
}

/* By the contract of the source no such record may be there. */
static enum status frozen(const struct reject_rows *rows, const struct reject_line *line,
                          struct error *error)
{
    bool is_unknown = line->code == REJECT_UNKNOWN_FIELD;
    char number[32] = "";
    if (line->line)
        snprintf(number, sizeof number, ", line %llu", (unsigned long long)line->line);
    error_set(error, STATUS_FAILED,
              "%s/%.*s%s: %.*s; the contract of the source %s is '%s: freeze', so the run fails",
              store_address(rows->in), STR_ARG(line->file), number, STR_ARG(line->reason),
              line->source->name, is_unknown ? "unknown" : "faulty");
    return error_hint(error, is_unknown
                                 ? "declare the field in the model, or name it under 'ignored'"
                                 : "fix the record; --rebuild begins anew with another "
                                   "contract");
}

static enum status add_reject(struct reject_rows *rows, const struct arrow_batch *batch, size_t row,
                              struct error *error)
{
    const struct arrow_column *columns = batch->columns;
    struct str of = arrow_text(&columns[SOURCE], row), word = arrow_text(&columns[CODE], row);
    int source = find_source(rows->model, of), code = find_code(word);
    if (source < 0)
        return unknown_name("source", of, error);
    if (code < 0)
        return unknown_name("code", word, error);
    if (arrow_is_null(&columns[FILE_URL], row) || arrow_is_null(&columns[REASON], row) ||
        arrow_is_null(&columns[RECORD], row) == arrow_is_null(&columns[RECORD_BASE64], row))
        return error_set(error, STATUS_CORRUPT, "Spark sent a reject without its file or record");
    uint64_t offset = (uint64_t)arrow_integer(&columns[BYTE_OFFSET], row);
    struct reject_line line = {
        .source = &rows->model->sources[source],
        .file = file_key(rows, arrow_text(&columns[FILE_URL], row)),
        .line =
            arrow_is_null(&columns[LINE], row) ? 0 : (uint64_t)arrow_integer(&columns[LINE], row),
        .offset = arrow_is_null(&columns[BYTE_OFFSET], row) ? NULL : &offset,
        .code = (enum reject_code)code,
        .reason = arrow_text(&columns[REASON], row),
        .record = arrow_text(&columns[RECORD], row),
        .record_base64 = arrow_text(&columns[RECORD_BASE64], row),
    };
    if (model_is_frozen(line.source, line.code))
        return frozen(rows, &line, error);
    return rejects_write(&rows->rejects, &line, error);
}

enum status reject_rows_add(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    TRY(check_columns(batch, reject_types, ARRAY_LENGTH(reject_types), error));
    for (size_t row = 0; row < batch->rows; row++)
        TRY(add_reject(ctx, batch, row, error));
    return STATUS_OK;
}
