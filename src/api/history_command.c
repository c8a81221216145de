/* sparkify history: the versions of a lake. */
#include <commands.h>
#include <document.h>
#include <stores.h>

#include <lake.h>

static json_t *table_json(const struct lake_history_table *table)
{
    return json_pack("{sI sI sI sI sI sI}", "version", (json_int_t)table->version, "rows",
                     (json_int_t)table->counts.rows, "files", (json_int_t)table->counts.files,
                     "bytes", (json_int_t)table->counts.bytes, "added_files",
                     (json_int_t)table->added, "removed_files", (json_int_t)table->removed);
}

/* Versions of before a rebuild may lack tables. */
static json_t *history_json(const struct lake_history *history, int table)
{
    json_t *versions = json_array();
    for (size_t i = 0; i < history->count; i++) {
        const struct lake_history_entry *entry = &history->entries[i];
        json_t *tables = json_object();
        if (table != HISTORY_ALL_TABLES && !history_has_changed(&entry->tables[table])) {
            json_decref(tables);
            continue;
        }
        for (int j = 0; j < (int)history->model->table_count; j++)
            if (table == j || (table == HISTORY_ALL_TABLES && entry->tables[j].version >= 0))
                json_object_set_new(tables, history->model->tables[j].name,
                                    table_json(&entry->tables[j]));
        json_array_append_new(
            versions,
            json_pack("{sI so ss% ss% sb so}", "version", (json_int_t)entry->version, "time",
                      document_time(entry->time_ms), "run", entry->run_id.data, entry->run_id.len,
                      "operation", entry->operation.data, entry->operation.len, "kept",
                      (int)entry->is_kept, "tables", tables));
    }
    return versions;
}

enum status history_read(struct store *store, struct lake_history *out, struct error *error)
{
    TRY(lake_history_read(store, out, error));
    if (out->count > 0)
        return STATUS_OK;
    error_set(error, STATUS_NOT_FOUND, "%s holds no version of a lake", store_address(store));
    return error_hint(error, "give the --output of a run of 'sparkify etl'");
}

json_t *history_document(const char *lake, const struct lake_history *history, int table)
{
    return json_pack("{so so}", "lake", document_text(lake), "versions",
                     history_json(history, table));
}

enum status history_find_table(const struct model *model, const char *name, int *out,
                               struct error *error)
{
    CLEANUP(buffer_release) struct buffer names = {0};
    int table = model_find_table(model, name);
    if (table >= 0) {
        *out = table;
        return STATUS_OK;
    }
    for (size_t i = 0; i < model->table_count; i++)
        buffer_appendf(&names, "%s%s", i ? ", " : "", model->tables[i].name);
    error_set(error, STATUS_USAGE, "there is no table '%s'", name);
    return error_hint(error, "a lake has %s", buffer_text(&names));
}

static enum status run_history(void *settings, struct error *error)
{
    struct history_settings *asked = settings;
    struct lake_history *history = &asked->history;
    CLEANUP(store_drop) struct store *store = NULL;
    TRY(stores_open_lake(&asked->stores, &store, error));
    TRY(history_read(store, history, error));
    asked->table = HISTORY_ALL_TABLES;
    if (asked->table_name)
        TRY(history_find_table(history->model, asked->table_name, &asked->table, error));
    asked->common.has_result = true;
    enum status status = lake_history_check(store, history, error); /* it may read them again */
    asked->common.document = history_document(asked->stores.output, history, asked->table);
    return status;
}

static void release(void *settings)
{
    struct history_settings *history = settings;
    lake_history_release(&history->history);
}

#define OFFSET(member) offsetof(struct history_settings, member)

static const struct option history_options[] = {
    {"table", "TABLE", "the versions of one table, by the numbers of its Delta log",
     option_parse_text, OFFSET(table_name)},
    {NULL},
};

const struct command history_command = {
    .name = "history",
    .operand = "LAKE",
    .summary = "list the versions of a lake",
    .options = history_options,
    .shared = {STORES_LAKE_GROUPS(OFFSET(stores))},
    .stores_offset = OFFSET(stores),
    .settings_size = sizeof(struct history_settings),
    .operand_offset = OFFSET(stores.lake),
    .run = run_history,
    .release = release,
};
