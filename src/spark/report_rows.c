/* Arrow batches of counts, rejects and unknown fields, added to the report of the run. */
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

static const enum arrow_type count_types[] = {ARROW_UTF8, ARROW_UTF8, ARROW_INT64};

/* The counts of a source, in the order of count_rows.has; behind them a reject's codes. */
static const char *const count_names[] = {"kept", "left_out", "unknown_discarded",
                                          "faulty_discarded"};
#define FIRST_CODE ((int)ARRAY_LENGTH(count_names))

static int find_count(struct str name)
{
    for (int i = 0; i < FIRST_CODE; i++)
        if (str_equal(name, str_of(count_names[i])))
            return i;
    int code = find_code(name);
    return code >= 0 ? FIRST_CODE + code : -1;
}

static void add_count(struct source_report *source, int which, uint64_t records)
{
    uint64_t *const counts[] = {NULL, &source->left_out, &source->unknown_discarded,
                                &source->faulty_discarded};
    if (which < FIRST_CODE && counts[which])
        *counts[which] = records;
    if (which < 2 || which >= FIRST_CODE)
        source->records += records;
    if (which < FIRST_CODE)
        return;
    source->rejected += records;
    source->rejected_by_code[which - FIRST_CODE] = records;
}

static bool *find_count_of_facts(struct count_rows *counts, struct str name)
{
    return str_equal(name, STR("identical"))       ? &counts->has_identical
           : str_equal(name, STR("shared_keys"))   ? &counts->has_shared_keys
           : str_equal(name, STR("of_gone_files")) ? &counts->has_of_gone_files
                                                   : NULL;
}

static enum status set_count(struct count_rows *counts, struct str of, struct str name,
                             uint64_t records, struct error *error)
{
    struct run_report *report = counts->report;
    int source = find_source(report->model, of), which = find_count(name);
    bool *has = source >= 0 && which >= 0 ? &counts->has[source][which]
                : source < 0              ? find_count_of_facts(counts, name)
                                          : NULL;
    if (!has)
        return unknown_name("count", name, error);
    if (*has)
        return error_set(error, STATUS_CORRUPT, "Spark sent the count '%.*s' twice", STR_ARG(name));
    *has = true;
    if (source >= 0)
        add_count(&report->sources[source], which, records);
    else if (has == &counts->has_identical)
        report->identical = records;
    else if (has == &counts->has_of_gone_files)
        report->kept = records;
    else
        report->shared_keys = records;
    return STATUS_OK;
}

enum status count_rows_add(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    TRY(check_columns(batch, count_types, ARRAY_LENGTH(count_types), error));
    for (size_t row = 0; row < batch->rows; row++) {
        int64_t records = arrow_integer(&batch->columns[2], row);
        if (arrow_is_null(&batch->columns[2], row) || records < 0)
            return error_set(error, STATUS_CORRUPT, "Spark sent a count that is not a number");
        TRY(set_count(ctx, arrow_text(&batch->columns[0], row), arrow_text(&batch->columns[1], row),
                      (uint64_t)records, error));
    }
    return STATUS_OK;
}

enum status count_rows_finish(const struct count_rows *counts, struct error *error)
{
    return counts->has_identical && counts->has_shared_keys
               ? STATUS_OK
               : error_set(error, STATUS_CORRUPT, "Spark has not sent all counts");
}

/* As many names as the native engine counts one by one. */
#define UNKNOWN_MOST  1000
#define UNKNOWN_BYTES 256 /* of a name */

enum status unknown_rows_add(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    struct run_report *report = ctx;
    TRY(check_columns(batch, count_types, ARRAY_LENGTH(count_types), error));
    for (size_t row = 0; row < batch->rows; row++) {
        struct str of = arrow_text(&batch->columns[0], row);
        uint64_t records = (uint64_t)arrow_integer(&batch->columns[2], row);
        int id = find_source(report->model, of);
        if (id < 0)
            return unknown_name("source", of, error);
        if (arrow_is_null(&batch->columns[1], row) || arrow_is_null(&batch->columns[2], row))
            return error_set(error, STATUS_CORRUPT, "Spark sent a null for an unknown field");
        struct source_report *source = &report->sources[id];
        if (source->unknown_count == UNKNOWN_MOST ||
            arrow_text(&batch->columns[1], row).len > UNKNOWN_BYTES) {
            source->unknown_more += records;
            continue;
        }
        if (!source->unknown)
            source->unknown = arena_alloc(&report->arena, UNKNOWN_MOST * sizeof *source->unknown);
        struct str name = arena_copy(&report->arena, arrow_text(&batch->columns[1], row));
        source->unknown[source->unknown_count++] = (struct unknown_field){name, records};
    }
    return STATUS_OK;
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
                                 ? "declare the field in the model, or let the source have "
                                   "another contract"
                                 : "fix the record, or let the source have another contract");
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
