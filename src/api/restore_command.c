/* sparkify restore: commits the tables of an older version as a new one. */
#include <commands.h>
#include <document.h>
#include <stores.h>

#include <lake.h>
#include <model_parse.h>

static json_t *restored_json(const struct restore_settings *restore)
{
    json_t *tables = json_object();
    for (int table = 0; table < (int)restore->model->table_count; table++) {
        struct lake_version version = restore->tables[table];
        json_object_set_new(tables, restore->model->tables[table].name,
                            json_pack("{so so sb}", "rows", document_count(version.counts.rows),
                                      "version", document_version(version.version), "unchanged",
                                      (int)version.is_unchanged));
    }
    return json_pack("{so sb so so so}", "lake", document_text(restore->stores.output), "dry_run",
                     (int)restore->dry_run, "restored", document_count(restore->at), "lake_version",
                     document_version(restore->lake_version), "tables", tables);
}

static void keep_result(struct restore_settings *restore, struct lake *lake)
{
    restore->model = lake_model(lake);
    restore->own_model = lake_take_model(lake);
    for (int table = 0; table < (int)restore->model->table_count; table++)
        restore->tables[table] = lake_table_version(lake, table);
    restore->lake_version = lake_version(lake);
    restore->common.has_result = true;
}

/* A commit without a run. */
static enum status run_restore(void *settings, struct error *error)
{
    struct restore_settings *restore = settings;
    CLEANUP(store_drop) struct store *store = NULL;
    CLEANUP(lake_drop) struct lake *lake = NULL;
    struct lake_options options = {
        .version = SPARKIFY_VERSION,
        .operation = "restore",
        .codec = PARQUET_ZSTD,
        .keep_versions = restore->keep_versions,
        .grace_ms = restore->grace_ms,
        .is_dry = restore->dry_run,
    };
    if (!options_is_given(&restore->common, "at")) {
        error_set(error, STATUS_USAGE, "no version is given: restore needs --at N");
        return error_hint(error, "'sparkify history LAKE' lists the versions that are kept");
    }
    TRY(stores_open_lake(&restore->stores, &store, error));
    TRY(lake_open(store, &options, &lake, error));
    TRY(lake_restore(lake, (int64_t)restore->at, error));
    TRY(lake_commit(lake, error));
    keep_result(restore, lake);
    restore->common.document = restored_json(restore);
    if (!restore->dry_run)
        snprintf(restore->common.done, sizeof restore->common.done,
                 "the restored tables are current, in force as version %lld",
                 (long long)restore->lake_version);
    return STATUS_OK;
}

static void release(void *settings)
{
    struct restore_settings *restore = settings;
    model_free(restore->own_model);
}

#define OFFSET(member) offsetof(struct restore_settings, member)

static const struct option restore_options[] = {
    {"at", "N", "the version of the lake to restore; 'sparkify history' lists them",
     option_parse_count, OFFSET(at), .on_command_line_alone = true},
    {"keep-versions", "N",
     "how many versions stay readable by their number, the new one\n"
     "among them; by default as in the run before",
     option_parse_positive, OFFSET(keep_versions)},
    {"grace", "TIME",
     "how long the files that are replaced are kept for readers that\n"
     "still use them: 10m, 2h; not at all by default",
     option_parse_duration, OFFSET(grace_ms)},
    {"dry-run", NULL, "print what would be restored, but write nothing", NULL, OFFSET(dry_run),
     .on_command_line_alone = true},
    {NULL},
};

static const struct option_removed restore_removed[] = {
    {"version", "--at N names the version to restore"},
    {"to", "--at N names the version to restore"},
    {"input", "nothing is read: restore takes the lake and --at N"},
    {NULL, NULL},
};

const struct command restore_command = {
    .name = "restore",
    .operand = "LAKE",
    .summary = "make an older version of a lake current again",
    .options = restore_options,
    .shared = {STORES_LAKE_GROUPS(OFFSET(stores))},
    .removed = restore_removed,
    .stores_offset = OFFSET(stores),
    .settings_size = sizeof(struct restore_settings),
    .operand_offset = OFFSET(stores.lake),
    .run = run_restore,
    .release = release,
};
