/* sparkify check: is the lake right? */
#include "commands.h"
#include "document.h"
#include "harmless.h"
#include "numbers.h"
#include "signals.h"
#include "stores.h"

#include <lake.h>
#include <stdio.h>

/* More problems than this are only counted. */
#define PROBLEMS_SHOWN 50

struct check_settings {
    struct common_settings common;
    struct stores_settings stores;
    unsigned threads;
};

struct telling {
    json_t *problems; /* for --json; else NULL */
    bool is_quiet;
    size_t told;
};

static void tell(void *ctx, const char *text)
{
    struct telling *telling = ctx;
    if (telling->told++ >= PROBLEMS_SHOWN || (telling->is_quiet && !telling->problems))
        return;
    if (telling->problems) {
        json_array_append_new(telling->problems, document_text(text));
        return;
    }
    print_harmless(stdout, str_of(text));
    putchar('\n');
}

static void print_others(const struct lake_check_report *report)
{
    char count[NUMBER_TEXT];
    if (report->others == 0)
        return;
    printf("%s not sparkify's, and left alone: ",
           number_of(count, report->others, "file is", "files are"));
    print_harmless(stdout, report->an_other);
    printf("%s\n", report->others > 1 ? " and others" : "");
}

static void print_report(const struct lake_check_report *report, int64_t version, double seconds)
{
    char files[NUMBER_TEXT], rows[NUMBER_TEXT], bytes[NUMBER_TEXT], time[NUMBER_TEXT],
        count[NUMBER_TEXT];
    if (report->problems > PROBLEMS_SHOWN)
        printf("and %s\n", number_of(count, report->problems - PROBLEMS_SHOWN, "more problem",
                                     "more problems"));
    printf("version %lld: %s, %s, %s read in %s\n", (long long)version,
           number_of(files, report->files, "file", "files"),
           number_of(rows, report->rows, "row", "rows"), number_bytes(bytes, (double)report->bytes),
           number_seconds(time, seconds));
    if (report->leftovers)
        printf("%s in no version: readers of plain files see %s, 'sparkify vacuum' removes %s\n",
               number_of(count, report->leftovers, "data file is", "data files are"),
               report->leftovers == 1 ? "it" : "them", report->leftovers == 1 ? "it" : "them");
    if (report->shared_ids)
        printf("%s with another\n",
               number_of(count, report->shared_ids, "play shares its songplay_id",
                         "plays share their songplay_id"));
    print_others(report);
    printf("%s\n", report->problems ? "this lake is damaged" : "all is right");
}

static json_t *report_json(const struct check_settings *settings,
                           const struct lake_check_report *report, int64_t version, double seconds,
                           json_t *problems)
{
    return json_pack(
        "{so so so so so so so so so sf sO}", "lake", document_text(settings->stores.output),
        "lake_version", document_version(version), "files", document_count(report->files), "rows",
        document_count(report->rows), "bytes", document_count(report->bytes), "leftover_files",
        document_count(report->leftovers), "shared_ids", document_count(report->shared_ids),
        "other_files", document_count(report->others), "problem_count",
        document_count(report->problems), "seconds", seconds, "problems", problems);
}

static enum status report_damage(struct store *store, const struct lake_check_report *report,
                                 struct error *error)
{
    char count[NUMBER_TEXT];
    if (report->problems == 0)
        return STATUS_OK;
    error_set(error, STATUS_FAILED, "%s in %s",
              number_of(count, report->problems, "problem", "problems"), store_address(store));
    return error_hint(error,
                      "remove the data files that are damaged, and run 'sparkify etl' again: it "
                      "writes what is missing; what is damaged of a log has to come back from a "
                      "copy");
}

static enum status check(struct check_settings *settings, struct store *store, struct error *error)
{
    struct lake *lake = NULL;
    struct lake_check_report report;
    struct telling telling = {.problems = settings->common.json ? json_array() : NULL,
                              .is_quiet = settings->common.quiet};
    struct lake_options options = {
        .version = SPARKIFY_VERSION, .cancel = signals_stop_flag(), .is_dry = true};
    uint64_t start = clock_ns();
    enum status status = lake_open(store, &options, &lake, error);
    if (status == STATUS_OK)
        status = lake_check(lake, store, settings->threads, tell, &telling, &report, error);
    if (status == STATUS_OK && settings->common.json)
        settings->common.document = report_json(settings, &report, lake_version(lake),
                                                clock_seconds_since(start), telling.problems);
    else if (status == STATUS_OK && !settings->common.quiet)
        print_report(&report, lake_version(lake), clock_seconds_since(start));
    json_decref(telling.problems);
    lake_free(lake);
    TRY(status);
    return report_damage(store, &report, error);
}

static enum status run_check(void *settings, struct error *error)
{
    struct check_settings *checking = settings;
    struct store *store = NULL;
    enum status status = stores_open_lake(&checking->stores, &store, error);
    if (status == STATUS_OK)
        status = check(checking, store, error);
    store_free(store);
    stores_release(&checking->stores);
    return status;
}

static void set_defaults(void *settings)
{
    struct check_settings *checking = settings;
    stores_set_defaults(&checking->stores, &checking->common);
    checking->threads = threads_available();
}

#define PLACE(member) offsetof(struct check_settings, member)

static const struct option check_options[] = {
    {"threads", "N", "how many threads work; all processors by default", option_parse_positive,
     PLACE(threads)},
    {NULL},
};

const struct command check_command = {
    .name = "check",
    .operand = "LAKE",
    .summary = "read a lake, and say whether it is right",
    .text =
        "Reads every file of the current version: it is there, its bytes are those that were\n"
        "written, its pages agree with their checksums, its rows and statistics with the log;\n"
        "the Delta logs hold these files and no others; keys are unique; every song, artist,\n"
        "user and time of songplays is in its table. Nothing is written. The exit code is 1 if\n"
        "anything is wrong.",
    .examples = "  sparkify check lake\n"
                "  sparkify check --bucket my-lake --json\n",
    .options = check_options,
    .shared = {{"where the lake is", stores_lake_options, PLACE(stores)},
               {"in S3", stores_options, PLACE(stores)}},
    .settings_size = sizeof(struct check_settings),
    .operand_offset = PLACE(stores.lake),
    .defaults = set_defaults,
    .run = run_check,
};
