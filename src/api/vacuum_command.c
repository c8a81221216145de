/* sparkify vacuum: removes files that no version holds which is kept. */
#include <commands.h>
#include <document.h>
#include <stores.h>

#include <lake.h>

static json_t *cleared_json(const struct vacuum_settings *vacuum)
{
    const struct lake_cleared *cleared = &vacuum->cleared;
    return json_pack("{so sb so so so so}", "lake", document_text(vacuum->stores.output), "dry_run",
                     (int)vacuum->dry_run, "lake_version", document_version(vacuum->lake_version),
                     "removed_files", document_count(cleared->files), "removed_bytes",
                     document_count(cleared->bytes), "leftover_files",
                     document_count(cleared->unfinished));
}

static enum status run_vacuum(void *settings, struct error *error)
{
    struct vacuum_settings *vacuum = settings;
    CLEANUP(store_drop) struct store *store = NULL;
    CLEANUP(lake_drop) struct lake *lake = NULL;
    struct lake_options options = {
        .version = SPARKIFY_VERSION, .operation = "vacuum", .is_dry = vacuum->dry_run};
    int64_t retain_ms = options_is_given(&vacuum->common, "retain") ? vacuum->retain_ms : -1;
    TRY(stores_open_lake(&vacuum->stores, &store, error));
    TRY(lake_open(store, &options, &lake, error));
    TRY(lake_vacuum(lake, retain_ms, error));
    TRY(lake_commit(lake, error));
    vacuum->cleared = lake_cleared(lake);
    vacuum->lake_version = lake_version(lake);
    vacuum->common.has_result = true;
    vacuum->common.document = cleared_json(vacuum);
    if (!vacuum->dry_run)
        snprintf(vacuum->common.done, sizeof vacuum->common.done, "the old files are removed");
    return STATUS_OK;
}

#define OFFSET(member) offsetof(struct vacuum_settings, member)

static const struct option vacuum_options[] = {
    {"retain", "TIME",
     "also remove, of the versions that --keep-versions keeps, what was\n"
     "replaced longer ago than this: 7d, 12h, 0s",
     option_parse_duration, OFFSET(retain_ms), .on_command_line_alone = true},
    {"dry-run", NULL, "count, but remove nothing", NULL, OFFSET(dry_run),
     .on_command_line_alone = true},
    {NULL},
};

const struct command vacuum_command = {
    .name = "vacuum",
    .operand = "LAKE",
    .summary = "remove files of old versions, and what crashed runs have left",
    .options = vacuum_options,
    .shared = {STORES_LAKE_GROUPS(OFFSET(stores))},
    .stores_offset = OFFSET(stores),
    .settings_size = sizeof(struct vacuum_settings),
    .operand_offset = OFFSET(stores.lake),
    .run = run_vacuum,
};
