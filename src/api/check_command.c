/* sparkify check: verifies a lake. */
#include <commands.h>
#include <document.h>
#include <number_text.h>
#include <stores.h>

#include <lake.h>
#include <model_parse.h>

static void keep_problem(void *ctx, const char *text)
{
    struct check_settings *check = ctx;
    if (check->problem_count == CHECK_PROBLEMS_KEPT)
        return;
    buffer_append(&check->problems, text, strlen(text) + 1);
    check->problem_count++;
}

static json_t *problems_json(const struct check_settings *check)
{
    json_t *problems = json_array();
    const char *text = check->problems.data;
    for (size_t i = 0; i < check->problem_count; i++, text += strlen(text) + 1)
        json_array_append_new(problems, document_text(text));
    return problems;
}

static json_t *report_json(const struct check_settings *settings)
{
    const struct lake_check_report *report = &settings->report;
    return json_pack(
        "{so so so so so so so so so sf so}", "lake", document_text(settings->stores.output),
        "lake_version", document_version(settings->lake_version), "files",
        document_count(report->files), "rows", document_count(report->rows), "bytes",
        document_count(report->bytes), "leftover_files", document_count(report->leftovers),
        "shared_ids", document_count(report->shared_ids), "other_files",
        document_count(report->others), "problem_count", document_count(report->problems),
        "seconds", settings->seconds, "problems", problems_json(settings));
}

static enum status report_damage(struct store *store, const struct lake_check_report *report,
                                 struct error *error)
{
    if (report->problems == 0)
        return STATUS_OK;
    error_set(error, STATUS_FAILED, "%s in %s",
              number_of(report->problems, "problem", "problems").text, store_address(store));
    return error_hint(error,
                      "remove the damaged data files and run 'sparkify etl' again: it writes "
                      "what is missing; restore a damaged Delta log from a copy");
}

static enum status check(struct check_settings *settings, struct store *store, struct error *error)
{
    struct lake *lake = NULL;
    struct lake_options options = {
        .version = SPARKIFY_VERSION, .cancel = settings->common.host.cancel, .is_dry = true};
    unsigned threads = settings->threads ? settings->threads : threads_available();
    uint64_t start = clock_ns();
    TRY(lake_open(store, &options, &lake, error));
    enum status status =
        lake_check(lake, threads, keep_problem, settings, &settings->report, error);
    settings->is_complete = status == STATUS_OK;
    settings->common.has_result = settings->is_complete || settings->problem_count > 0;
    buffer_append_str(&settings->other_key, settings->report.other_key); /* closes the lake */
    settings->report.other_key = buffer_str(&settings->other_key);
    settings->lake_version = lake_version(lake);
    settings->model = lake_model(lake);
    settings->own_model = lake_take_model(lake);
    settings->seconds = clock_seconds_since(start);
    lake_free(lake);
    TRY(status);
    settings->common.document = report_json(settings);
    return report_damage(store, &settings->report, error);
}

static enum status run_check(void *settings, struct error *error)
{
    struct check_settings *checking = settings;
    CLEANUP(store_drop) struct store *store = NULL;
    TRY(stores_open_lake(&checking->stores, &store, error));
    return check(checking, store, error);
}

static void release(void *settings)
{
    struct check_settings *checking = settings;
    buffer_release(&checking->problems);
    buffer_release(&checking->other_key);
    model_free(checking->own_model);
}

#define OFFSET(member) offsetof(struct check_settings, member)

static const struct option check_options[] = {
    {"threads", "N", "how many threads to use; all processors by default", option_parse_positive,
     OFFSET(threads)},
    {NULL},
};

const struct command check_command = {
    .name = "check",
    .operand = "LAKE",
    .summary = "read a lake and verify it",
    .options = check_options,
    .shared = {STORES_LAKE_GROUPS(OFFSET(stores))},
    .stores_offset = OFFSET(stores),
    .settings_size = sizeof(struct check_settings),
    .operand_offset = OFFSET(stores.lake),
    .run = run_check,
    .release = release,
};
