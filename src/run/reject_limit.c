/* The limit on rejected records, and the error when it is exceeded. */
#include <run.h>

#include <inttypes.h>

static bool is_over(const struct source_report *source, const struct reject_limit *limit)
{
    return limit->is_percent
               ? (double)source->rejected * 100 > limit->percent * (double)source->records
               : source->rejected > limit->count;
}

/* "18 missing_field, 2 wrong_type" */
static void append_codes(struct buffer *out, const struct source_report *source)
{
    const char *separator = "";
    for (int code = 0; code < REJECT_CODE_COUNT; code++)
        if (source->rejected_by_code[code]) {
            buffer_appendf(out, "%s%" PRIu64 " %s", separator, source->rejected_by_code[code],
                           reject_code_word((enum reject_code)code));
            separator = ", ";
        }
}

static void set_hint(const struct run_report *report, const struct source_report *source,
                     struct error *error)
{
    CLEANUP(buffer_release) struct buffer where = {0};
    if (!report->rejects_path[0]) {
        error_hint(error, "fix the records, or raise --max-rejects");
        return;
    }
    if (source->rejected > REJECTS_ALWAYS_WRITTEN)
        buffer_appendf(&where, "the first %d of them are in %s", REJECTS_ALWAYS_WRITTEN,
                       report->rejects_path);
    else
        buffer_appendf(&where, "see %s for what is wrong with them", report->rejects_path);
    error_hint(error, "%s; fix them, or raise --max-rejects. No table was changed",
               buffer_text(&where));
}

static enum status too_many(const struct run_report *report, int id,
                            const struct reject_limit *limit, struct error *error)
{
    const struct source_report *source = &report->sources[id];
    CLEANUP(buffer_release) struct buffer codes = {0};
    char allowed[32];
    if (limit->is_percent)
        snprintf(allowed, sizeof allowed, "%g %%", limit->percent);
    else
        snprintf(allowed, sizeof allowed, "%" PRIu64, limit->count);
    append_codes(&codes, source);
    error_set(error, STATUS_TOO_MANY_REJECTS,
              "%" PRIu64 " of %" PRIu64 " %s records were rejected (%s); at most %s may be",
              source->rejected, source->records, report->model->sources[id].name,
              buffer_text(&codes), allowed);
    set_hint(report, source, error);
    return error->status;
}

enum status run_check_rejects(const struct run_report *report, const struct reject_limit *limit,
                              struct error *error)
{
    for (int id = 0; id < (int)report->model->source_count; id++)
        if (is_over(&report->sources[id], limit))
            return too_many(report, id, limit, error);
    return STATUS_OK;
}

void run_begin_rejects(struct rejects *rejects, struct lake *lake,
                       const struct run_options *options)
{
    const struct reject_limit *limit = &options->max_rejects;
    *rejects =
        (struct rejects){.lake = lake, .most = limit->is_percent ? UINT64_MAX : limit->count};
}

static void report_first(const struct rejects *rejects, const struct reject_limit *limit,
                         struct run_report *report)
{
    for (int id = 0; id < (int)report->model->source_count; id++) {
        const struct rejects_source *from = &rejects->sources[id];
        struct source_report *to = &report->sources[id];
        to->has_too_many_rejects = is_over(to, limit);
        for (size_t i = 0; i < from->sample_count; i++) {
            struct reject_sample sample = from->samples[i];
            sample.file = arena_copy(&report->arena, sample.file);
            sample.reason = arena_copy(&report->arena, sample.reason);
            to->first_rejects[to->first_reject_count++] = sample;
        }
    }
}

enum status run_finish_rejects(struct rejects *rejects, const struct run_options *options,
                               const struct store *store, struct run_report *report,
                               struct error *error)
{
    struct error too_many = {0};
    report_first(rejects, &options->max_rejects, report);
    if (rejects->first.count && store && !options->dry_run)
        snprintf(report->rejects_path, sizeof report->rejects_path, "%s/%s", store_address(store),
                 lake_rejects_folder(rejects->lake));
    enum status status = run_check_rejects(report, &options->max_rejects, &too_many);
    TRY(rejects_finish(rejects, status == STATUS_OK, error));
    if (status != STATUS_OK)
        *error = too_many;
    return status;
}
