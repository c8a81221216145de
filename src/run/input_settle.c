/* What is to be done where objects are missing or have changed, and the reason for it.
 *
 * When an object is missing, a full run would drop its records. A lifecycle rule that removes old
 * logs must not do that to their plays; so a run fails, unless it is told to keep the records (the
 * object stays recorded, as gone) or to drop them.
 *
 * Which rows came from which object is not recorded. So when an object has changed, its old records
 * can be told from the others only by reading all others again; and where some of those are gone,
 * they cannot be told at all. Then no run can be right, but one that drops what is gone. */
#include <run.h>

#include <inttypes.h>

static const char *noun_of(const struct input_diff *diff, int source)
{
    return diff->model->sources[source].noun;
}

/* The option that settles what came from a source's files that are gone. */
static const char *option_of(const struct input_diff *diff, int source)
{
    return source == diff->model->facts.source ? "--missing-logs" : "--missing-songs";
}

bool run_needs_records(const struct run_options *options)
{
    return options->incremental || options->missing_facts != RUN_MISSING_REBUILD ||
           options->missing_dimensions != RUN_MISSING_REBUILD;
}

static enum run_missing missing_of(const struct run_options *options, const struct model *model,
                                   int source)
{
    return source == model->facts.source ? options->missing_facts : options->missing_dimensions;
}

static void append_names(struct buffer *out, const struct input_names *names)
{
    for (size_t i = 0; i < names->count && i < INPUT_NAMES; i++)
        buffer_appendf(out, "%s%.*s", i ? ", " : "", STR_ARG(names->first[i]));
    if (names->count > INPUT_NAMES)
        buffer_appendf(out, " and %" PRIu64 " more", names->count - INPUT_NAMES);
}

static bool must_fail(const struct input_diff *diff, const struct run_options *options, int source)
{
    return diff->sources[source].missing.count > 0 &&
           missing_of(options, diff->model, source) == RUN_MISSING_FAIL;
}

/* What drops the rows of all files that are gone. */
static const char *rebuild_options(const struct input_diff *diff, const struct run_options *options)
{
    bool of_facts = false, of_others = false;
    for (int source = 0; source < (int)diff->model->source_count; source++) {
        bool is_facts = source == diff->model->facts.source;
        of_facts |= is_facts && must_fail(diff, options, source);
        of_others |= !is_facts && must_fail(diff, options, source);
    }
    return of_facts && of_others ? "--missing-logs rebuild --missing-songs rebuild"
           : of_facts            ? "--missing-logs rebuild"
                                 : "--missing-songs rebuild";
}

static enum status fail_missing(const struct input_diff *diff, const struct run_options *options,
                                struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    int first = 0;
    for (int source = (int)diff->model->source_count - 1; source >= 0; source--) {
        const struct input_names *missing = &diff->sources[source].missing;
        if (!must_fail(diff, options, source))
            continue;
        if (!text.len || source == diff->model->facts.source)
            first = source;
        buffer_appendf(&text, "%s%" PRIu64 " %s %s read before and %s gone, or empty now: ",
                       text.len ? "; " : "", missing->count, noun_of(diff, source),
                       missing->count == 1 ? "file was" : "files were",
                       missing->count == 1 ? "is" : "are");
        append_names(&text, missing);
    }
    error_set(error, STATUS_FAILED, "%s", buffer_text(&text));
    if (diff->is_replaced)
        return error_hint(error,
                          "put them back; or, if what came from them may be dropped with the "
                          "tables of the model '%s': %s. Nothing was committed",
                          diff->model->name, rebuild_options(diff, options));
    return error_hint(error,
                      "%s keep leaves the rows of the %s files that are gone in the "
                      "tables, %s rebuild makes the tables from the files that are "
                      "left. Nothing was committed",
                      option_of(diff, first), noun_of(diff, first), option_of(diff, first));
}

/* STATUS_FAILED: the old records of the changed objects cannot be told from those that are kept. */
static enum status fail_changed(const struct input_diff *diff, int number, struct error *error)
{
    const struct source_diff *source = &diff->sources[number];
    CLEANUP(buffer_release) struct buffer names = {0};
    const char *noun = noun_of(diff, number);
    append_names(&names, &source->changed);
    error_set(error, STATUS_FAILED,
              "%s: changed since %s read, while the records of %zu %s %s that %s gone are kept: "
              "it is unknown which of those records come from older contents of the changed files",
              buffer_text(&names), source->changed.count == 1 ? "it was" : "they were",
              source->gone_count, noun, source->gone_count == 1 ? "file" : "files",
              source->gone_count == 1 ? "is" : "are");
    return error_hint(
        error,
        "put the missing files back, or make the tables from the files that are left: "
        "%s rebuild. Nothing was committed",
        option_of(diff, number));
}

enum status input_diff_settle(struct input_diff *diff, const struct run_options *options,
                              struct error *error)
{
    for (int number = 0; number < (int)diff->model->source_count; number++)
        if (must_fail(diff, options, number))
            return fail_missing(diff, options, error);
    for (int number = 0; number < (int)diff->model->source_count; number++) {
        struct source_diff *source = &diff->sources[number];
        if (missing_of(options, diff->model, number) == RUN_MISSING_REBUILD) {
            source->is_dropped = source->gone_count > 0;
            source->gone_count = 0;
        }
        if (source->gone_count > 0 && source->changed.count > 0)
            return fail_changed(diff, number, error);
    }
    return STATUS_OK;
}

/* ---- Reasons --------------------------------------------------------------------------------- */

/* Appends the first of some objects, and what is the matter with it, unless there is a reason
 * already. */
static void append_first(struct buffer *out, const struct input_names *names, const char *what)
{
    if (out->len == 0 && names->count)
        buffer_appendf(out, "%.*s %s", STR_ARG(names->first[0]), what);
}

static void append_new_dimensions(const struct input_diff *diff, struct buffer *out)
{
    const struct model *model = diff->model;
    for (int source = 0; source < (int)model->source_count; source++) {
        CLEANUP(buffer_release) struct buffer what = {0};
        buffer_appendf(&what, "is new, and a %s may match %ss of any day", noun_of(diff, source),
                       model_table_of_facts(model)->one_row_for);
        if (source != model->facts.source)
            append_first(out, &diff->sources[source].added, buffer_text(&what));
    }
}

void input_diff_reason(const struct input_diff *diff, struct buffer *out)
{
    if (!diff->has_state) {
        buffer_appendf(out, "no earlier run has recorded what it has read");
        return;
    }
    if (diff->is_old_format)
        buffer_appendf(out, "the lake is from before songplays had its columns song, artist and "
                            "length");
    append_new_dimensions(diff, out);
    for (int number = 0; number < (int)diff->model->source_count; number++) {
        const struct source_diff *source = &diff->sources[number];
        append_first(out, &source->changed, "has changed since it was read");
        if (!source->is_dropped)
            continue;
        append_first(out, &source->missing, "was read before and is gone");
        if (out->len == 0)
            buffer_appendf(out, "what came from %s files that are gone is dropped",
                           noun_of(diff, number));
    }
}
