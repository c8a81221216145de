/* sparkify history: the versions of a lake. */
#include "commands.h"
#include "document.h"
#include "harmless.h"
#include "numbers.h"
#include "stores.h"

#include <lake.h>
#include <stdio.h>
#include <time.h>

#define ALL_TABLES (-1)

struct history_settings {
    struct common_settings common;
    struct stores_settings stores;
    int table; /* or ALL_TABLES */
};

static void format_time(int64_t time_ms, char out[static 32])
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    strftime(out, 32, "%Y-%m-%d %H:%M:%S", &utc);
}

static bool has_changed(const struct lake_history_table *table)
{
    return table->added || table->removed;
}

/* Of one table, or of all together. */
static struct lake_history_table sum_of(const struct lake_history_entry *entry, int table)
{
    struct lake_history_table sum = {.version = entry->version};
    if (table != ALL_TABLES)
        return entry->tables[table];
    for (int i = 0; i < TABLE_COUNT; i++) {
        sum.rows += entry->tables[i].rows;
        sum.files += entry->tables[i].files;
        sum.bytes += entry->tables[i].bytes;
        sum.added += entry->tables[i].added;
        sum.removed += entry->tables[i].removed;
    }
    return sum;
}

static void print_entry(const struct lake_history_entry *entry, int table)
{
    char time[32], rows[NUMBER_TEXT], files[NUMBER_TEXT], bytes[NUMBER_TEXT];
    struct lake_history_table sum = sum_of(entry, table);
    CLEANUP(buffer_release) struct buffer run_id = {0}, operation = {0};
    append_harmless(&run_id, entry->run_id);
    append_harmless(&operation, entry->operation);
    format_time(entry->time_ms, time);
    printf("%7lld  %s  %s  %-17s %12s %9s %11s  %s\n", (long long)sum.version, time,
           buffer_text(&run_id), buffer_text(&operation), number_count(rows, sum.rows),
           number_count(files, sum.files), number_bytes(bytes, (double)sum.bytes),
           entry->is_kept ? "kept" : "");
}

/* A table has a version for each run that has changed it. */
static void print_history(const struct lake_history *history, int table)
{
    printf("version  time (UTC)           run                        operation                 rows"
           "     files       bytes\n");
    for (size_t i = 0; i < history->count; i++)
        if (table == ALL_TABLES || has_changed(&history->entries[i].tables[table]))
            print_entry(&history->entries[i], table);
}

static json_t *table_json(const struct lake_history_table *table)
{
    return json_pack("{sI sI sI sI sI sI}", "version", (json_int_t)table->version, "rows",
                     (json_int_t)table->rows, "files", (json_int_t)table->files, "bytes",
                     (json_int_t)table->bytes, "added_files", (json_int_t)table->added,
                     "removed_files", (json_int_t)table->removed);
}

static json_t *history_json(const struct lake_history *history, int table)
{
    json_t *versions = json_array();
    for (size_t i = 0; i < history->count; i++) {
        const struct lake_history_entry *entry = &history->entries[i];
        json_t *tables = json_object();
        if (table != ALL_TABLES && !has_changed(&entry->tables[table])) {
            json_decref(tables);
            continue;
        }
        for (int j = 0; j < TABLE_COUNT; j++)
            if (table == ALL_TABLES || table == j)
                json_object_set_new(tables, model_tables[j].name, table_json(&entry->tables[j]));
        json_array_append_new(
            versions,
            json_pack("{sI so ss% ss% sb so}", "version", (json_int_t)entry->version, "time",
                      document_time(entry->time_ms), "run", entry->run_id.data, entry->run_id.len,
                      "operation", entry->operation.data, entry->operation.len, "kept",
                      (int)entry->is_kept, "tables", tables));
    }
    return versions;
}

static enum status show(struct history_settings *settings, struct error *error)
{
    struct store *store = NULL;
    CLEANUP(lake_history_release) struct lake_history history = {0};
    enum status status = stores_open_lake(&settings->stores, &store, error);
    if (status == STATUS_OK)
        status = lake_history_read(store, &history, error);
    if (status == STATUS_OK && history.count == 0) {
        status = error_set(error, STATUS_NOT_FOUND, "%s holds no version of a lake",
                           store_address(store));
        error_hint(error, "give the --output of a run of 'sparkify etl'");
    }
    bool is_read = status == STATUS_OK;
    if (is_read)
        status = lake_history_check(store, &history, error);
    store_free(store);
    if (is_read && settings->common.json)
        settings->common.document =
            json_pack("{so so}", "lake", document_text(settings->stores.output), "versions",
                      history_json(&history, settings->table));
    else if (is_read && !settings->common.quiet)
        print_history(&history, settings->table);
    return status;
}

static enum status run_history(void *settings, struct error *error)
{
    struct history_settings *history = settings;
    enum status status = show(history, error);
    stores_release(&history->stores);
    return status;
}

static void set_defaults(void *settings)
{
    struct history_settings *history = settings;
    stores_set_defaults(&history->stores, &history->common);
    history->table = ALL_TABLES;
}

#define PLACE(member) offsetof(struct history_settings, member)

static const struct option_word table_words[] = {
    {"songs", TABLE_SONGS}, {"artists", TABLE_ARTISTS},     {"users", TABLE_USERS},
    {"time", TABLE_TIME},   {"songplays", TABLE_SONGPLAYS}, {NULL, 0}};

static const struct option history_options[] = {
    {"table", "NAME", "the versions of one table, by the numbers of its Delta log", NULL,
     PLACE(table), table_words},
    {NULL},
};

const struct command history_command = {
    .name = "history",
    .operand = "LAKE",
    .summary = "list the versions of a lake",
    .text =
        "Lists what each run has committed, the newest first: the lake's version, when the run\n"
        "began, its id, what it did, and how many rows, files and bytes were in force then.\n"
        "Versions marked as kept can be read by their number, and put back in force by\n"
        "'sparkify restore'. Nothing is written.",
    .examples = "  sparkify history lake\n"
                "  sparkify history lake --table songplays\n"
                "  sparkify history --bucket my-lake --json\n",
    .options = history_options,
    .shared = {{"where the lake is", stores_lake_options, PLACE(stores)},
               {"in S3", stores_options, PLACE(stores)}},
    .settings_size = sizeof(struct history_settings),
    .operand_offset = PLACE(stores.lake),
    .defaults = set_defaults,
    .run = run_history,
};
