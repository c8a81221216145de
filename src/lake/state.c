/* What is in force.
 *
 * A run that has put all its files puts a plan: for each table the lines of its log's next version,
 * and a line for each file that is then in force, or kept. Then it puts its decision, a
 * small object with the next number, which names the plan. Only one run can put that number: it is
 * this that decides. Then the logs are put, each from the plan.
 *
 * A run that dies before its decision has changed nothing. One that dies after it has decided all:
 * whoever opens the lake next finds a log that lacks the version that the decision names, and puts
 * it. Putting it twice does no harm: it is the same bytes, put only if absent. */
#include "lake_private.h"

#include "names.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>

/* ---- The decision ---------------------------------------------------------------------------- */

static const struct store_object *newest_decision(struct lake *lake)
{
    const struct store_object *found = NULL;
    int64_t number;
    for (size_t i = 0; i < lake->own.count; i++)
        if (is_decision_key(lake->own.objects[i].key, &number) && number > lake->last.number) {
            lake->last.number = number;
            found = &lake->own.objects[i];
        }
    return found;
}

#define DAMAGED_HINT "restore it from a copy, or write to another --output"

static enum status damaged(const struct lake *lake, struct str key, struct error *error)
{
    error_set(error, STATUS_CORRUPT, "%s/%.*s is damaged: what is in force cannot be told",
              store_address(lake->store), STR_ARG(key));
    return error_hint(error, DAMAGED_HINT);
}

/* Cuts the plan into its parts: all logs, then all entries, in the order of the tables. */
static bool cut_plan(struct lake *lake, const json_t *decision, struct str plan,
                     struct lake_plan_part parts[static TABLE_ALL])
{
    const json_t *tables = json_object_get(decision, "tables");
    size_t at = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int table = 0; table < TABLE_ALL; table++) {
            const json_t *entry = json_object_get(tables, model_tables[table].folder);
            const json_t *version = json_object_get(entry, "version");
            const char *id = json_string_value(json_object_get(entry, "id"));
            json_int_t len = json_integer_value(json_object_get(entry, pass ? "entries" : "log"));
            if (!json_is_integer(version) || !id || len < 0 || (uint64_t)len > plan.len - at)
                return false;
            struct str text = {plan.data + at, (size_t)len};
            snprintf(lake->tables[table].id, sizeof lake->tables[table].id, "%s", id);
            lake->tables[table].created_ms = json_integer_value(json_object_get(entry, "created"));
            parts[table].version = json_integer_value(version);
            *(pass ? &parts[table].entries : &parts[table].log) = text;
            at += text.len;
        }
    return at == plan.len;
}

/* ---- The logs -------------------------------------------------------------------------------- */

enum status lake_put_logs(struct lake *lake, const struct lake_plan_part *parts,
                          struct error *error)
{
    for (int table = 0; table < TABLE_COUNT; table++) {
        CLEANUP(buffer_release) struct buffer key = {0};
        if (parts[table].log.len == 0 ||
            lake_newest_log(&lake->tables[table].listed, (enum table_id)table) >=
                parts[table].version)
            continue;
        log_key(&key, (enum table_id)table, parts[table].version);
        enum status status =
            store_put_if_absent(lake->store, buffer_str(&key), parts[table].log, error);
        if (status == STATUS_EXISTS) /* another run has carried it out, or it is another's */
            status = lake_check_put(lake, parts, (enum table_id)table, error);
        TRY(status);
    }
    return STATUS_OK;
}

/* ---- All of it ------------------------------------------------------------------------------- */

static enum status take_parts(struct lake *lake, const struct lake_plan_part *parts,
                              struct error *error)
{
    for (int table = 0; table < TABLE_ALL; table++) {
        lake->tables[table].version = parts[table].version;
        TRY(lake_entries_read(parts[table].entries, &lake->tables[table].entries, error));
    }
    TRY(lake_check_logs(lake, parts, error));
    TRY(lake_check_stock(lake, error));
    return lake->options.is_dry ? STATUS_OK : lake_put_logs(lake, parts, error);
}

void lake_hash_text(struct str bytes, char out[static LAKE_HASH_LEN + 1])
{
    snprintf(out, LAKE_HASH_LEN + 1, "%016llx", (unsigned long long)hash_str(bytes));
}

static bool is_hash_right(const json_t *decision, struct str plan)
{
    char hash[LAKE_HASH_LEN + 1];
    const char *expected = json_string_value(json_object_get(decision, "plan_hash"));
    lake_hash_text(plan, hash);
    return !expected || strcmp(expected, hash) == 0; /* the first lakes have none */
}

/* Reads the plan that the decision names. */
static enum status read_plan(struct lake *lake, const struct store_object *object,
                             const json_t *decision, struct error *error)
{
    CLEANUP(buffer_release) struct buffer plan = {0};
    struct lake_plan_part parts[TABLE_ALL] = {0};
    const char *plan_name = json_string_value(json_object_get(decision, "plan"));
    const struct store_object *plan_object =
        plan_name ? lake_find_object(&lake->own, str_of(plan_name)) : NULL;
    if (!plan_object) { /* a newer decision may have removed it */
        error_set(error, STATUS_NOT_FOUND, "%s/%.*s names a plan that is not there",
                  store_address(lake->store), STR_ARG(object->key));
        return error_hint(error, DAMAGED_HINT);
    }
    lake->last.plan = plan_object->key;
    TRY(store_get(lake->store, plan_object, 0, plan_object->size_bytes, &plan, error));
    if (plan.len == 0 || !is_hash_right(decision, buffer_str(&plan)) ||
        !cut_plan(lake, decision, buffer_str(&plan), parts))
        return damaged(lake, plan_object->key, error);
    return take_parts(lake, parts, error);
}

static enum status check_format(const struct lake *lake, struct str key, const json_t *decision,
                                struct error *error)
{
    json_int_t format = json_integer_value(json_object_get(decision, "format"));
    if (!decision || format == 0)
        return damaged(lake, key, error);
    if (format == LAKE_FORMAT)
        return STATUS_OK;
    error_set(error, STATUS_FOREIGN,
              "%s/%.*s is of format %lld, which this version of sparkify does not know (it knows "
              "%d)",
              store_address(lake->store), STR_ARG(key), (long long)format, LAKE_FORMAT);
    return error_hint(error, "use the version that wrote it (its log says which), or write to "
                             "another --output");
}

static enum status take_decision(struct lake *lake, const struct store_object *object,
                                 const json_t *decision, struct error *error)
{
    TRY(check_format(lake, object->key, decision, error));
    lake->last.oldest = json_integer_value(json_object_get(decision, "oldest"));
    lake->last.time_ms = json_integer_value(json_object_get(decision, "time"));
    json_int_t keep = json_integer_value(json_object_get(decision, "keep_versions"));
    if (keep < 1 || keep > UINT_MAX || lake->last.oldest < 0 ||
        lake->last.oldest > lake->last.number)
        return damaged(lake, object->key, error);
    lake->last.keep_versions = (unsigned)keep;
    return read_plan(lake, object, decision, error);
}

static enum status read_decision(struct lake *lake, const struct store_object *object,
                                 struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    TRY(store_get(lake->store, object, 0, LAKE_MAX_DECISION_BYTES, &text, error));
    json_t *decision = json_loadb(text.data, text.len, 0, NULL);
    enum status status = take_decision(lake, object, decision, error);
    json_decref(decision);
    return status;
}

enum status lake_read_state(struct lake *lake, struct error *error)
{
    const struct store_object *decision = newest_decision(lake);
    if (decision)
        return read_decision(lake, decision, error);
    TRY(lake_check_logs(lake, NULL, error));
    return lake_check_stock(lake, error);
}
