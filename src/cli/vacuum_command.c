/* sparkify vacuum: removes files that no version holds which is kept. */
#include "commands.h"
#include "numbers.h"
#include "stores.h"
#include "streams.h"

#include <lake.h>
#include <stdio.h>

struct vacuum_settings {
    struct stores_settings stores;
    int64_t retain_ms; /* -1: by rule */
    bool dry_run, quiet;
};

static void print_cleared(const struct lake_cleared *cleared, bool is_dry)
{
    char files[NUMBER_TEXT], bytes[NUMBER_TEXT], unfinished[NUMBER_TEXT];
    printf("%s files of old versions (%s) and %s that runs which did not end had left %s removed\n",
           number_count(files, cleared->files), number_bytes(bytes, (double)cleared->bytes),
           number_count(unfinished, cleared->unfinished), is_dry ? "would be" : "were");
}

static enum status clear(const struct vacuum_settings *vacuum, struct store *store,
                         struct error *error)
{
    struct lake *lake = NULL;
    struct lake_options options = {
        .version = SPARKIFY_VERSION, .operation = "vacuum", .is_dry = vacuum->dry_run};
    TRY(lake_open(store, &options, &lake, error));
    enum status status = lake_vacuum(lake, vacuum->retain_ms, error);
    if (status == STATUS_OK)
        status = lake_commit(lake, error);
    if (status == STATUS_OK && !vacuum->quiet) {
        struct lake_cleared cleared = lake_cleared(lake);
        print_cleared(&cleared, vacuum->dry_run);
        status = streams_flush(vacuum->dry_run ? NULL : "the old files are removed", error);
    }
    lake_free(lake);
    return status;
}

static enum status run_vacuum(void *settings, struct error *error)
{
    struct vacuum_settings *vacuum = settings;
    struct store *store = NULL;
    enum status status = stores_open_lake(&vacuum->stores, &store, error);
    if (status == STATUS_OK)
        status = clear(vacuum, store, error);
    store_free(store);
    stores_release(&vacuum->stores);
    return status;
}

static void set_defaults(void *settings)
{
    struct vacuum_settings *vacuum = settings;
    stores_set_defaults(&vacuum->stores);
    vacuum->retain_ms = -1;
}

#define PLACE(member) offsetof(struct vacuum_settings, member)

static const struct option vacuum_options[] = {
    {"retain", "TIME",
     "of the versions that --keep-versions keeps, too, remove what was\n"
     "replaced longer ago than this: 7d, 12h, 0s",
     option_parse_duration, PLACE(retain_ms)},
    {"dry-run", NULL, "count, but remove nothing", NULL, PLACE(dry_run)},
    {"quiet", NULL, "print nothing", NULL, PLACE(quiet)},
    {NULL},
};

const struct command vacuum_command = {
    .name = "vacuum",
    .operand = "LAKE",
    .summary = "remove files of old versions, and what dead runs have left",
    .text =
        "Removes data files that no kept version holds: those whose --grace is over, and those\n"
        "of runs that were killed. With --retain it also shortens what --keep-versions keeps.\n"
        "A run of 'sparkify etl' does the same for itself at its end; vacuum is for lakes that\n"
        "are written seldom. It refuses while a run is at work. What sparkify has not written,\n"
        "rejected records, and the tables in force are never touched.",
    .examples = "  sparkify vacuum lake --dry-run\n"
                "  sparkify vacuum lake --retain 7d\n"
                "  sparkify vacuum --bucket my-lake\n",
    .options = vacuum_options,
    .shared = {"in S3", stores_options, PLACE(stores)},
    .settings_size = sizeof(struct vacuum_settings),
    .operand_offset = PLACE(stores.output),
    .defaults = set_defaults,
    .run = run_vacuum,
};
