/* The commit of a run, with its checks and warnings. A run does not empty tables unless it is told
 * to: an input without records is mostly a fault of its producer. */
#include <run.h>

#include <inttypes.h>

#define ALLOW_EMPTY_HINT                                                                           \
    "check the input, or give --allow-empty where it is right. Nothing was committed"

static enum status check_plays(const struct lake *lake, const struct run_report *report,
                               struct error *error)
{
    const struct source_report *logs = &report->sources[SOURCE_LOGS];
    if (lake_rows_after(lake, TABLE_SONGPLAYS) > 0)
        return STATUS_OK;
    error_set(error, STATUS_FAILED,
              "the logs hold no play: of the events read, %" PRIu64
              " are skipped (their page is not %.*s), and %" PRIu64 " are rejected",
              logs->left_out, STR_ARG(model_sources[SOURCE_LOGS].kept_value), logs->rejected);
    return error_hint(error, ALLOW_EMPTY_HINT);
}

static enum status check_not_emptied(const struct lake *lake, struct error *error)
{
    for (int table = 0; table < TABLE_COUNT; table++) {
        uint64_t before = lake_counts_before(lake, table).rows;
        if (before == 0 || lake_rows_after(lake, table) > 0)
            continue;
        error_set(error, STATUS_FAILED, "the table %s has %" PRIu64 " %s now, and would have none",
                  model_tables[table].name, before, plural(before, "row", "rows"));
        return error_hint(error, ALLOW_EMPTY_HINT);
    }
    return STATUS_OK;
}

/* Warns where all plays are in January 1970: their times are seconds, read as milliseconds. */
static void warn_of_1970(const struct lake *lake, struct run_report *report)
{
    if (lake_is_all_below(lake, TABLE_SONGPLAYS, STR("year=1970")))
        run_warn(report, "all plays of this run are in 1970: ts is in milliseconds, and may be in "
                         "seconds in these logs");
}

static void warn_of_shrinking(struct run_report *report)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    for (int table = 0; table < TABLE_COUNT; table++) {
        uint64_t before = report->tables[table].rows_before;
        uint64_t after = report->tables[table].version.counts.rows;
        if (after < before)
            buffer_appendf(&text, "%s %s from %" PRIu64 " to %" PRIu64 " %s", text.len ? "," : "",
                           model_tables[table].name, before, after, plural(after, "row", "rows"));
    }
    if (text.len)
        run_warn(report, "there are fewer rows than before:%s", buffer_text(&text));
}

static void report_commit(const struct lake *lake, struct run_report *report)
{
    for (int table = 0; table < TABLE_COUNT; table++)
        report->tables[table].version = lake_table_version(lake, table);
    report->cleared = lake_cleared(lake);
    report->lake_version = lake_version(lake);
    report->is_committed = lake_is_committed(lake);
    warn_of_shrinking(report);
}

enum status run_commit(struct lake *lake, const struct run_options *options,
                       struct run_report *report, struct error *error)
{
    if (!options->allow_empty) {
        TRY(check_plays(lake, report, error));
        TRY(check_not_emptied(lake, error));
    }
    warn_of_1970(lake, report);
    enum status status = lake_commit(lake, error);
    if (status == STATUS_OK || lake_version(lake) != report->lake_version)
        report_commit(lake, report);
    return status;
}
