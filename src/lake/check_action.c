#include "check_private.h"

#include "delta_log.h"

#include <inttypes.h>
#include <stdlib.h>

void check_version_problem(const struct check_replay *replay, const char *what)
{
    check_problem(replay->check, replay->table, STR_NULL, "version %" PRId64 " of its log %s",
                  replay->version, what);
}

/* ---- The schema ------------------------------------------------------------------------------ */

void check_schema_release(struct check_schema *schema)
{
    json_decref(schema->fields);
    json_decref(schema->partitions);
    *schema = (struct check_schema){0};
}

static const json_t *find_field(const struct check_schema *schema, const char *name)
{
    for (size_t i = 0; i < json_array_size(schema->fields); i++) {
        const json_t *field = json_array_get(schema->fields, i);
        const char *found = json_string_value(json_object_get(field, "name"));
        if (found && strcmp(found, name) == 0)
            return field;
    }
    return NULL;
}

static bool is_nullable(const json_t *field)
{
    return !json_is_false(json_object_get(field, "nullable"));
}

static const char *type_of(const json_t *field)
{
    const char *type = json_string_value(json_object_get(field, "type"));
    return type ? type : "";
}

static bool is_schema(const struct check_schema *schema)
{
    for (size_t i = 0; i < json_array_size(schema->fields); i++) {
        const json_t *field = json_array_get(schema->fields, i);
        if (!json_is_string(json_object_get(field, "name")) ||
            !json_is_string(json_object_get(field, "type")) ||
            !json_is_boolean(json_object_get(field, "nullable")))
            return false;
    }
    for (size_t i = 0; i < json_array_size(schema->partitions); i++) {
        const char *name = json_string_value(json_array_get(schema->partitions, i));
        if (!name || !find_field(schema, name))
            return false;
    }
    return json_array_size(schema->fields) > 0 && json_is_array(schema->partitions);
}

void check_parse_schema(struct check_replay *replay, const json_t *metadata)
{
    struct check_schema *out = &replay->schema;
    const char *text = json_string_value(json_object_get(metadata, "schemaString"));
    json_t *schema = text ? json_loads(text, 0, NULL) : NULL;
    check_schema_release(out);
    out->fields = json_incref(json_object_get(schema, "fields"));
    out->partitions = json_incref(json_object_get(metadata, "partitionColumns"));
    json_decref(schema);
    if (is_schema(out))
        return;
    check_schema_release(out);
    check_version_problem(replay, "has a metaData without a schema");
}

/* ---- An added file --------------------------------------------------------------------------- */

struct added {
    const struct check_replay *replay;
    const struct check_schema *schema;
    struct str path;
};

static bool tell(const struct added *added, const char *what, const char *name)
{
    check_problem(added->replay->check, added->replay->table, added->path,
                  "version %" PRId64 " of its log: %s%s", added->replay->version, what, name);
    return false;
}

static bool is_number(const char *text)
{
    char *end;
    (void)!strtoll(text, &end, 10);
    return end != text && *end == '\0';
}

static bool check_partition(const struct added *added, const char *name, const json_t *value)
{
    const json_t *field = find_field(added->schema, name);
    if (!value)
        return tell(added, "partitionValues has no ", name);
    if (json_is_null(value))
        return is_nullable(field) ||
               tell(added, "partitionValues has a null, which the schema forbids, in ", name);
    if (!json_is_string(value) ||
        (strcmp(type_of(field), "integer") == 0 && !is_number(json_string_value(value))))
        return tell(added, "partitionValues has no value of its type in ", name);
    return true;
}

static bool check_partitions(const struct added *added, const json_t *values)
{
    const json_t *names = added->schema->partitions;
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        if (!check_partition(added, name, json_object_get(values, name)))
            return false;
    }
    return json_object_size(values) == json_array_size(names) ||
           tell(added, "partitionValues names columns that are not partition columns", "");
}

/* ---- Its statistics -------------------------------------------------------------------------- */

static bool is_partition(const struct added *added, const char *name)
{
    for (size_t i = 0; i < json_array_size(added->schema->partitions); i++)
        if (strcmp(json_string_value(json_array_get(added->schema->partitions, i)), name) == 0)
            return true;
    return false;
}

static bool check_nulls(const struct added *added, json_t *stats)
{
    json_int_t rows = json_integer_value(json_object_get(stats, "numRecords"));
    const char *name;
    json_t *count;
    json_object_foreach(json_object_get(stats, "nullCount"), name, count)
    {
        const json_t *field = find_field(added->schema, name);
        json_int_t nulls = json_integer_value(count);
        if (!field || is_partition(added, name))
            return tell(added, "its stats count nulls of an unknown column: ", name);
        if (!json_is_integer(count) || nulls < 0 || nulls > rows)
            return tell(added, "its stats have no count of nulls for ", name);
        if (nulls > 0 && !is_nullable(field))
            return tell(added, "its stats count nulls, which the schema forbids, in ", name);
    }
    return true;
}

static bool is_of_type(const json_t *value, const char *type)
{
    if (strcmp(type, "string") == 0 || strcmp(type, "timestamp") == 0)
        return json_is_string(value);
    if (strcmp(type, "integer") == 0 || strcmp(type, "long") == 0)
        return json_is_integer(value);
    return strcmp(type, "double") != 0 || json_is_number(value);
}

static bool check_bounds(const struct added *added, json_t *stats, const char *bounds)
{
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(stats, bounds), name, value)
    {
        const json_t *field = find_field(added->schema, name);
        if (!field || is_partition(added, name))
            return tell(added, "its stats have a bound of an unknown column: ", name);
        if (!is_of_type(value, type_of(field)))
            return tell(added, "its stats have a bound of another type for ", name);
    }
    return true;
}

static bool check_stats(const struct added *added, const char *text)
{
    json_auto_t *stats = json_loads(text, JSON_ALLOW_NUL, NULL);
    const json_t *rows = json_object_get(stats, "numRecords");
    if (!json_is_integer(rows) || json_integer_value(rows) < 0)
        return tell(added, "its stats do not count its rows", "");
    return check_nulls(added, stats) && check_bounds(added, stats, "minValues") &&
           check_bounds(added, stats, "maxValues");
}

void check_add(const struct check_replay *replay, const json_t *add)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    const json_t *path = json_object_get(add, "path"), *stats = json_object_get(add, "stats");
    struct str name = {json_string_value(path), json_string_length(path)};
    struct added added = {replay, &replay->schema, name};
    if (!name.len || !delta_key(lake_model_table(replay->check->lake, replay->table), name, &key)) {
        tell(&added, "that is not a file of sparkify's", "");
        return;
    }
    if (!added.schema->fields || !check_partitions(&added, json_object_get(add, "partitionValues")))
        return;
    if (json_is_string(stats))
        check_stats(&added, json_string_value(stats));
    else if (stats)
        tell(&added, "its stats are not a string", "");
}
