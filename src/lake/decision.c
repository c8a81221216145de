#include "decision.h"

#include "names.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

/* What is read, and the first fault that was found in it. */
struct reader {
    const char *table; /* NULL: the fields of the whole */
    char fault[256];
};

static bool note(struct reader *reader, const char *name, const char *expected)
{
    if (!reader->fault[0])
        snprintf(reader->fault, sizeof reader->fault, "its \"%s\"%s%s is not %s", name,
                 reader->table ? " of " : "", reader->table ? reader->table : "", expected);
    return false;
}

static bool read_number(struct reader *reader, const json_t *object, const char *name,
                        int64_t least, int64_t greatest, int64_t *out)
{
    const json_t *value = json_object_get(object, name);
    char expected[96];
    *out = json_integer_value(value);
    if (json_is_integer(value) && *out >= least && *out <= greatest)
        return true;
    snprintf(expected, sizeof expected, "a whole number from %" PRId64 " to %" PRId64, least,
             greatest);
    return note(reader, name, expected);
}

static bool read_text(struct reader *reader, const json_t *object, const char *name,
                      struct str *out)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_string(value))
        return note(reader, name, "a string");
    *out = (struct str){json_string_value(value), json_string_length(value)};
    return true;
}

/* ---- A table ------------------------------------------------------------------------------- */

static bool read_id(struct reader *reader, const json_t *object, struct decision_table *out)
{
    struct str id = STR("");
    if (!read_text(reader, object, "id", &id))
        return false;
    if (!lake_is_uuid(id) && (id.len || out->version >= 0))
        return note(reader, "id", "a UUID");
    snprintf(out->id, sizeof out->id, "%.*s", STR_ARG(id));
    return true;
}

/* The first lakes do not say it. */
static bool read_schema(struct reader *reader, const json_t *object, struct decision_table *out)
{
    int64_t schema = 1;
    if (json_object_get(object, "schema") &&
        !read_number(reader, object, "schema", 1, INT_MAX, &schema))
        return false;
    out->schema = (int)schema;
    return true;
}

static bool read_fields(struct reader *reader, const json_t *object, struct decision_table *out)
{
    return read_number(reader, object, "version", -1, LAKE_MAX_VERSION, &out->version) &&
           read_number(reader, object, "created", 0, MODEL_MAX_TS, &out->created_ms) &&
           read_id(reader, object, out) && read_schema(reader, object, out) &&
           read_number(reader, object, "log", 0, LAKE_MAX_COUNT, &out->log_bytes) &&
           read_number(reader, object, "entries", 0, LAKE_MAX_COUNT, &out->entries_bytes) &&
           read_number(reader, object, "rows", 0, LAKE_MAX_COUNT, &out->rows) &&
           read_number(reader, object, "files", 0, LAKE_MAX_COUNT, &out->files) &&
           read_number(reader, object, "bytes", 0, LAKE_MAX_COUNT, &out->bytes) &&
           read_number(reader, object, "added", 0, LAKE_MAX_COUNT, &out->added_files) &&
           read_number(reader, object, "removed", 0, LAKE_MAX_COUNT, &out->removed_files);
}

/* Earlier programs had fewer tables of state. */
static bool read_tables(struct reader *reader, const json_t *tables, struct decision *out)
{
    for (int table = 0; table < TABLE_ALL; table++) {
        const char *folder = model_tables[table].folder;
        const json_t *object = json_object_get(tables, folder);
        out->tables[table] = (struct decision_table){.version = -1};
        if (!object && table >= TABLE_COUNT)
            continue;
        reader->table = NULL;
        if (!json_is_object(object))
            return note(reader, folder, "there, or not an object");
        reader->table = folder;
        if (!read_fields(reader, object, &out->tables[table]))
            return false;
    }
    return true;
}

/* ---- The whole ----------------------------------------------------------------------------- */

static bool read_plan_name(struct reader *reader, struct decision *out)
{
    if (!read_text(reader, out->text, "plan", &out->plan))
        return false;
    if (!lake_is_plan_key(out->plan))
        return note(reader, "plan", "the name of a plan");
    return json_object_get(out->text, "plan_hash") == NULL ||
           read_text(reader, out->text, "plan_hash", &out->plan_hash);
}

static bool read_whole(struct reader *reader, int64_t number, struct decision *out)
{
    int64_t keep_versions = 1;
    if (!read_text(reader, out->text, "run", &out->run_id))
        return false;
    if (!lake_is_run_id(out->run_id))
        return note(reader, "run", "the id of a run");
    bool is_right = read_number(reader, out->text, "time", 0, MODEL_MAX_TS, &out->time_ms) &&
                    read_text(reader, out->text, "operation", &out->operation) &&
                    read_number(reader, out->text, "keep_versions", 1, UINT_MAX, &keep_versions) &&
                    read_number(reader, out->text, "oldest", 0, number, &out->oldest) &&
                    read_plan_name(reader, out) &&
                    read_tables(reader, json_object_get(out->text, "tables"), out);
    out->keep_versions = (unsigned)keep_versions;
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
    if (json_integer_value(format) == LAKE_FORMAT)
        return STATUS_OK;
    error_set(error, STATUS_FOREIGN,
              "%s/%.*s is of format %lld, which this version of sparkify does not know (it knows "
              "%d)",
              address, STR_ARG(key), (long long)json_integer_value(format), LAKE_FORMAT);
    return error_hint(error, "use the version of sparkify that wrote it (its log says which)");
}

enum status decision_read(const char *address, struct str key, int64_t number, struct str text,
                          struct decision *out, struct error *error)
{
    CLEANUP(decision_release) struct decision found = {0};
    struct reader reader = {0};
    json_error_t where;
    found.text = text.len ? json_loadb(text.data, text.len, 0, &where) : NULL;
    if (!json_is_object(found.text))
        return decision_damaged(address, key, error, "it is not a JSON object");
    TRY(check_format(address, key, found.text, error));
    if (!read_whole(&reader, number, &found))
        return decision_damaged(address, key, error, "%s", reader.fault);
    *out = found;
    found.text = NULL;
    return STATUS_OK;
}

void decision_release(struct decision *decision)
{
    json_decref(decision->text);
    decision->text = NULL;
}
