/* The commit of a run, with its checks and warnings. A run does not empty tables unless it is told
 * to: an input without records is mostly a fault of its producer. */
#include <run.h>

#include <inttypes.h>

#define ALLOW_EMPTY_HINT                                                                           \
    "check the input, or give --allow-empty where it is right. Nothing was committed"

static enum status check_facts(const struct lake *lake, const struct run_report *report,
                               struct error *error)
{
    const struct model *model = lake_model(lake);
    const struct model_source *source = &model->sources[model->facts.source];
    const struct source_report *read = &report->sources[model->facts.source];
    CLEANUP(buffer_release) struct buffer why = {0};
    if (lake_rows_after(lake, model_facts_table(model)) > 0)
        return STATUS_OK;
    if (source->kept_field >= 0)
        buffer_appendf(&why, " (their %.*s is not %.*s)",
                       STR_ARG(source->fields[source->kept_field].name),
                       STR_ARG(source->kept_value));
    error_set(error, STATUS_FAILED,
              "the %ss hold no %s: of the records read, %" PRIu64 " are skipped%s, and %" PRIu64
              " are rejected",
              source->noun, model_table_of_facts(model)->one_row_for, read->left_out,
              buffer_text(&why), read->rejected);
    return error_hint(error, ALLOW_EMPTY_HINT);
}

static enum status check_not_emptied(const struct lake *lake, struct error *error)
{
    const struct model *model = lake_model(lake);
    for (int table = 0; table < (int)model->table_count; table++) {
        uint64_t before = lake_counts_before(lake, table).rows;
        if (before == 0 || lake_rows_after(lake, table) > 0)
            continue;
        error_set(error, STATUS_FAILED, "the table %s has %" PRIu64 " %s now, and would have none",
                  model->tables[table].name, before, plural(before, "row", "rows"));
        return error_hint(error, ALLOW_EMPTY_HINT);
    }
    return STATUS_OK;
}

/* NULL: the first partition column of the facts is not the year. */
static const char *year_column(const struct model_table *facts)
{
    const struct model_column *column =
        facts->partition_count ? &facts->columns[facts->partitions[0]] : NULL;
    bool is_year = column && column->origin == FROM_CALENDAR && column->part == CALENDAR_YEAR;
    return is_year ? column->name : NULL;
}

/* Warns where all facts are in January 1970: their times are seconds, read as milliseconds. */
static void warn_of_1970(const struct lake *lake, struct run_report *report)
{
    const struct model *model = lake_model(lake);
    const struct model_source *source = &model->sources[model->facts.source];
    const struct model_field *time = &source->fields[model->facts.time];
    const char *year = year_column(model_table_of_facts(model));
    CLEANUP(buffer_release) struct buffer folder = {0};
    if (!year || time->time_form != TIME_MILLISECONDS)
        return;
    buffer_appendf(&folder, "%s=1970", year);
    if (lake_is_all_below(lake, model_facts_table(model), buffer_str(&folder)))
        run_warn(report,
                 "all %ss of this run are in 1970: %.*s is in milliseconds, and may be in "
                 "seconds in these %ss",
                 model_table_of_facts(model)->one_row_for, STR_ARG(time->name), source->noun);
}

static void warn_of_shrinking(struct run_report *report)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    const struct model *model = report->model;
    for (int table = 0; table < (int)model->table_count; table++) {
        uint64_t before = report->tables[table].rows_before;
        uint64_t after = report->tables[table].version.counts.rows;
        if (after < before)
            buffer_appendf(&text, "%s %s from %" PRIu64 " to %" PRIu64 " %s", text.len ? "," : "",
                           model->tables[table].name, before, after, plural(after, "row", "rows"));
    }
    if (text.len)
        run_warn(report, "there are fewer rows than before:%s", buffer_text(&text));
}

static void report_commit(const struct lake *lake, struct run_report *report)
{
    for (int table = 0; table < (int)report->model->table_count; table++)
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
        TRY(check_facts(lake, report, error));
        TRY(check_not_emptied(lake, error));
    }
    warn_of_1970(lake, report);
    enum status status = lake_commit(lake, error);
    if (status == STATUS_OK || lake_version(lake) != report->lake_version)
        report_commit(lake, report);
    return status;
}
