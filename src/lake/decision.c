#include "decision.h"

#include "entries.h"
#include "names.h"

#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>

/* ---- Fields -------------------------------------------------------------------------------- */

/* The first fault that was found. */
struct parser {
    const char *table; /* whose fields are parsed; NULL: those of the whole */
    char fault[256];
};

static bool note_fault(struct parser *parser, const char *name, const char *expected)
{
    if (!parser->fault[0])
        snprintf(parser->fault, sizeof parser->fault, "its \"%s\"%s%s is not %s", name,
                 parser->table ? " of " : "", parser->table ? parser->table : "", expected);
    return false;
}

static bool parse_number(struct parser *parser, const json_t *object, const char *name,
                         int64_t least, int64_t greatest, int64_t *out)
{
    const json_t *value = json_object_get(object, name);
    char expected[96];
    *out = json_integer_value(value);
    if (json_is_integer(value) && *out >= least && *out <= greatest)
        return true;
    snprintf(expected, sizeof expected, "a whole number from %" PRId64 " to %" PRId64, least,
             greatest);
    return note_fault(parser, name, expected);
}

static bool parse_text(struct parser *parser, const json_t *object, const char *name,
                       struct str *out)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_string(value))
        return note_fault(parser, name, "a string");
    *out = (struct str){json_string_value(value), json_string_length(value)};
    return true;
}

/* What only some programs or lakes have: the least number where it is missing. */
static bool parse_optional(struct parser *parser, const json_t *object, const char *name,
                           int64_t least, int64_t greatest, int64_t *out)
{
    *out = least;
    return !json_object_get(object, name) ||
           parse_number(parser, object, name, least, greatest, out);
}

static bool parse_count(struct parser *parser, const json_t *object, const char *name,
                        uint64_t *out)
{
    int64_t number;
    bool is_right = parse_number(parser, object, name, 0, LAKE_MAX_COUNT, &number);
    *out = (uint64_t)number;
    return is_right;
}

/* A text that is a name of its kind. */
static bool parse_name(struct parser *parser, const json_t *object, const char *name,
                       bool (*is_right)(struct str text), const char *expected, struct str *out)
{
    return parse_text(parser, object, name, out) &&
           (is_right(*out) || note_fault(parser, name, expected));
}

/* ---- A table ------------------------------------------------------------------------------- */

static bool parse_id(struct parser *parser, const json_t *object, struct lake_log *out)
{
    struct str id = STR("");
    if (!parse_text(parser, object, "id", &id))
        return false;
    if (!lake_is_uuid(id) && (id.len || out->version >= 0))
        return note_fault(parser, "id", "a UUID");
    snprintf(out->id, sizeof out->id, "%.*s", STR_ARG(id));
    return true;
}

/* The first programs wrote no schema; only tables of a lake whose model was replaced have begun. */
static bool parse_fields(struct parser *parser, const json_t *object, struct decision_table *out)
{
    struct lake_log *log = &out->log;
    return parse_number(parser, object, "version", -1, LAKE_MAX_COUNT, &log->version) &&
           parse_number(parser, object, "created", 0, MODEL_MAX_TS, &log->created_ms) &&
           parse_id(parser, object, log) &&
           parse_optional(parser, object, "schema", 1, INT_MAX, &log->schema) &&
           parse_optional(parser, object, "began", 0, LAKE_MAX_COUNT, &log->began) &&
           parse_count(parser, object, "log", &out->log_bytes) &&
           parse_count(parser, object, "entries", &out->entries_bytes) &&
           parse_count(parser, object, "rows", &out->counts.rows) &&
           parse_count(parser, object, "files", &out->counts.files) &&
           parse_count(parser, object, "bytes", &out->counts.bytes) &&
           parse_count(parser, object, "added", &out->added) &&
           parse_count(parser, object, "removed", &out->removed);
}

static bool is_of_model(const struct decision *decision)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    lake_decided_model_key(&key, decision->model);
    return key.len ? str_equal(buffer_str(&key), decision->model_key) : !decision->model_key.data;
}

/* Earlier programs had fewer tables of state, and versions of another model have other tables. */
static bool parse_tables(struct parser *parser, const json_t *tables, struct decision *out)
{
    const struct model *model = out->model;
    for (int table = 0; table < (int)model->all_count; table++) {
        const char *folder = model->tables[table].folder;
        const json_t *object = json_object_get(tables, folder);
        out->tables[table] = (struct decision_table){.log.version = -1};
        if (!object && (table >= (int)model->table_count || !is_of_model(out)))
            continue;
        parser->table = NULL;
        if (!json_is_object(object))
            return note_fault(parser, folder, "there, or not an object");
        parser->table = folder;
        if (!parse_fields(parser, object, &out->tables[table]))
            return false;
    }
    return true;
}

/* Tables that the lake had before its model was replaced. */
static bool parse_retired(struct parser *parser, json_t *tables, struct decision *out)
{
    const char *name;
    json_t *object;
    parser->table = NULL;
    if (tables && !json_is_object(tables))
        return note_fault(parser, "retired", "an object");
    json_object_foreach(tables, name, object)
    {
        struct lake_retired *retired = &out->retired[out->retired_count];
        parser->table = NULL;
        if (out->retired_count == LAKE_MAX_RETIRED || strlen(name) > MODEL_MAX_NAME_BYTES)
            return note_fault(parser, "retired", "a list of tables");
        out->retired_count++;
        snprintf(retired->name, sizeof retired->name, "%s", name);
        parser->table = name;
        if (!parse_fields(parser, object, &retired->table))
            return false;
    }
    return true;
}

/* ---- The whole ----------------------------------------------------------------------------- */

/* The first programs wrote no hash of the plan; decisions of the built-in model name none. */
static bool parse_names(struct parser *parser, struct decision *out)
{
    const json_t *text = out->text;
    return parse_name(parser, text, "plan", lake_is_plan_key, "the name of a plan",
                      &out->version.plan) &&
           (!json_object_get(text, "plan_hash") ||
            parse_text(parser, text, "plan_hash", &out->plan_hash)) &&
           (!json_object_get(text, "model") || parse_name(parser, text, "model", lake_is_model_key,
                                                          "the name of a model", &out->model_key));
}

static bool parse_whole(struct parser *parser, int64_t number, struct decision *out)
{
    int64_t keep_versions = 1;
    bool is_right =
        parse_name(parser, out->text, "run", lake_is_run_id, "the id of a run", &out->run_id) &&
        parse_number(parser, out->text, "time", 0, MODEL_MAX_TS, &out->version.time_ms) &&
        parse_text(parser, out->text, "operation", &out->operation) &&
        parse_number(parser, out->text, "keep_versions", 1, UINT_MAX, &keep_versions) &&
        parse_number(parser, out->text, "oldest", 0, number, &out->version.oldest) &&
        parse_names(parser, out) &&
        parse_optional(parser, out->text, "began", 0, number, &out->version.began) &&
        parse_optional(parser, out->text, "others_until", 0, LAKE_MAX_COUNT,
                       &out->version.others_until_ms) &&
        parse_tables(parser, json_object_get(out->text, "tables"), out) &&
        parse_retired(parser, json_object_get(out->text, "retired"), out);
    out->version.keep_versions = (unsigned)keep_versions;
    out->version.number = number;
    return is_right;
}

enum status decision_damaged(const char *address, struct str key, struct error *error,
                             const char *format, ...)
{
    char what[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    error_set(error, STATUS_CORRUPT, "%s/%.*s is damaged: %s", address, STR_ARG(key), what);
    return error_hint(error, "put it back from a copy; without one, load the input into an empty "
                             "folder");
}

static enum status check_format(const char *address, struct str key, const json_t *text,
                                struct error *error)
{
    const json_t *format = json_object_get(text, "format");
    if (!json_is_integer(format) || json_integer_value(format) < 1)
        return decision_damaged(address, key, error, "its \"format\" is not a positive number");
    if (json_integer_value(format) == LAKE_FORMAT ||
        json_integer_value(format) == LAKE_MODEL_FORMAT)
        return STATUS_OK;
    error_set(error, STATUS_FOREIGN,
              "%s/%.*s is of format %lld, which this version of sparkify does not know (it knows "
              "%d)",
              address, STR_ARG(key), (long long)json_integer_value(format), LAKE_MODEL_FORMAT);
    return error_hint(error, "use the version of sparkify that wrote it (its log says which)");
}

enum status decision_parse(const char *address, struct str key, int64_t number, struct str text,
                           const struct model *model, struct decision *out, struct error *error)
{
    CLEANUP(decision_release) struct decision found = {.model = model};
    struct parser parser = {0};
    json_error_t where;
    found.text = text.len ? json_loadb(text.data, text.len, 0, &where) : NULL;
    if (!json_is_object(found.text))
        return decision_damaged(address, key, error, "it is not a JSON object");
    TRY(check_format(address, key, found.text, error));
    if (!parse_whole(&parser, number, &found))
        return decision_damaged(address, key, error, "%s", parser.fault);
    *out = found;
    found.text = NULL;
    return STATUS_OK;
}

static void set_number(json_t *object, const char *name, int64_t number)
{
    if (number)
        json_object_set_new(object, name, json_integer((json_int_t)number));
}

static json_t *describe_table(const struct decision_table *table)
{
    const struct lake_log *log = &table->log;
    json_t *object =
        json_pack("{sI sI sI ss sI sI sI sI sI sI sI}", "version", (json_int_t)log->version, "log",
                  (json_int_t)table->log_bytes, "entries", (json_int_t)table->entries_bytes, "id",
                  log->id, "created", (json_int_t)log->created_ms, "schema",
                  (json_int_t)log->schema, "rows", (json_int_t)table->counts.rows, "files",
                  (json_int_t)table->counts.files, "bytes", (json_int_t)table->counts.bytes,
                  "added", (json_int_t)table->added, "removed", (json_int_t)table->removed);
    set_number(object, "began", log->began);
    return object;
}

/* What only a lake has whose model was replaced. */
static void describe_beginning(const struct decision *decision, json_t *object)
{
    json_t *retired = json_object();
    set_number(object, "began", decision->version.began);
    set_number(object, "others_until", decision->version.others_until_ms);
    for (size_t i = 0; i < decision->retired_count; i++)
        json_object_set_new(retired, decision->retired[i].name,
                            describe_table(&decision->retired[i].table));
    json_object_set_new(object, "retired", retired);
}

static json_t *text_of(struct str text)
{
    return json_stringn(text.data, text.len);
}

void decision_write(const struct decision *decision, struct buffer *out)
{
    const struct lake_decision *version = &decision->version;
    json_t *tables = json_object();
    for (int table = 0; table < (int)decision->model->all_count; table++)
        json_object_set_new(tables, decision->model->tables[table].folder,
                            describe_table(&decision->tables[table]));
    json_auto_t *object = json_pack(
        "{si so sI so sI sI so so so}", "format",
        decision->model_key.data || version->began ? LAKE_MODEL_FORMAT : LAKE_FORMAT, "run",
        text_of(decision->run_id), "time", (json_int_t)version->time_ms, "operation",
        text_of(decision->operation), "keep_versions", (json_int_t)version->keep_versions, "oldest",
        (json_int_t)version->oldest, "plan", text_of(version->plan), "plan_hash",
        text_of(decision->plan_hash), "tables", tables);
    if (decision->model_key.data)
        json_object_set_new(object, "model", text_of(decision->model_key));
    if (version->began)
        describe_beginning(decision, object);
    char *text = json_dumps(object, JSON_INDENT(1));
    buffer_append_str(out, str_of(text));
    free(text);
}

void decision_model_key(struct str text, struct buffer *out)
{
    json_auto_t *decision = text.len ? json_loadb(text.data, text.len, 0, NULL) : NULL;
    const json_t *name = json_object_get(decision, "model");
    struct str key = {json_string_value(name), json_string_length(name)};
    if (json_is_string(name) && lake_is_model_key(key))
        buffer_append_str(out, key);
}

static uint64_t count_of(const json_t *table, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(table, name));
}

/* No table of readers has a name that begins with '_', as the folder of the state does. */
struct lake_history_table decision_total(const struct decision *decision, int64_t number)
{
    struct lake_history_table total = {.version = number};
    const char *folder;
    json_t *table;
    json_object_foreach(json_object_get(decision->text, "tables"), folder, table)
    {
        if (folder[0] == '_')
            continue;
        total.counts.rows += count_of(table, "rows");
        total.counts.files += count_of(table, "files");
        total.counts.bytes += count_of(table, "bytes");
        total.added += count_of(table, "added");
        total.removed += count_of(table, "removed");
    }
    return total;
}

void decision_release(struct decision *decision)
{
    json_decref(decision->text);
    decision->text = NULL;
}
