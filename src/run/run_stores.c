/* The options of a run, and the opening of its stores. */
#include <run.h>

struct run_options run_options_default(void)
{
    return (struct run_options){
        .version = "",
        .threads = threads_available(),
        .codec = PARQUET_ZSTD,
        .max_rejects = {.is_percent = true, .percent = 1},
        .stores = {s3_options_default(), s3_options_default()},
    };
}

/* ---- Stores ---------------------------------------------------------------------------------- */

/* The part of `path` behind `outer` when `path` is inside it ("" when they are equal), else NULL.
 */
static const char *path_below(const char *path, const char *outer)
{
    size_t len = strlen(outer);
    while (len > 0 && outer[len - 1] == '/')
        len--;
    if (strncmp(path, outer, len) != 0 || (path[len] != '\0' && path[len] != '/'))
        return NULL;
    return path[len] ? path + len + 1 : path + len;
}

/* Suggests an output beside the input: another bucket when the input is a whole bucket. */
static enum status hint_beside(const struct store *from, struct error *error)
{
    bool is_remote = store_is_remote(from);
    const char *address = is_remote ? store_address(from) : store_location(from);
    if (is_remote && !strchr(address + strlen("s3://"), '/'))
        return error_hint(error, "choose an --output in another bucket");
    return error_hint(error, "choose an --output beside the input, such as %s-lake", address);
}

static enum status check_overlap(const struct run_options *options, const struct store *from,
                                 const struct store *to, struct error *error)
{
    const char *in = store_location(from), *out = store_location(to);
    if (path_below(out, in)) {
        error_set(error, STATUS_FAILED, "the output %s lies in the input %s", options->output,
                  options->input);
        return hint_beside(from, error);
    }
    const char *below = path_below(in, out);
    const struct model *model = run_options_model(options);
    if (below && lake_is_own_name(model, (struct str){below, strcspn(below, "/")})) {
        error_set(error, STATUS_FAILED,
                  "the input %s lies in what a run writes to in the output %s", options->input,
                  options->output);
        return error_hint(error, "copy the input to a folder outside the output");
    }
    return STATUS_OK;
}

static enum status open_stores(const struct run_options *options, struct store **in,
                               struct store **out, struct error *error)
{
    struct s3_options output = options->stores[STORE_OUTPUT];
    TRY(s3_store_open(options->input, STORE_USE_INPUT, &options->stores[STORE_INPUT], in, error));
    if (!options->output)
        return STATUS_OK;
    output.keys_of = *in;
    TRY(s3_store_open(options->output, STORE_USE_OUTPUT, &output, out, error));
    return check_overlap(options, *in, *out, error);
}

/* What was read of files that are gone is in the tables that are replaced, in no form that the new
 * model knows. */
static enum status check_missing(const struct run_options *options, const struct lake *lake,
                                 struct error *error)
{
    bool keeps = options->missing_facts == RUN_MISSING_KEEP ||
                 options->missing_dimensions == RUN_MISSING_KEEP;
    if (!keeps || !lake_replaced_model(lake))
        return STATUS_OK;
    error_set(error, STATUS_FAILED,
              "records of files that are gone cannot be kept: the tables of the model '%s' are "
              "replaced by those of the model '%s', which are made of the files that are there",
              lake_replaced_model(lake)->name, lake_model(lake)->name);
    return error_hint(error, "run without --missing-logs keep and --missing-songs keep, or put the "
                             "files back");
}

/* A run that has committed since may have deleted the record of what was read. */
static enum status check_replaced(const struct run_options *options, struct lake *lake,
                                  struct store *in, struct store *out, struct error *error)
{
    enum status status = run_check_replaced(lake, options, in, out, error);
    if (status == STATUS_NOT_FOUND || status == STATUS_CORRUPT)
        TRY(lake_still_newest(lake, error));
    return status;
}

static const char *operation_of(const struct run_options *options, const char *operation)
{
    if (!options->rebuild)
        return operation;
    return options->spark ? "etl --engine spark --rebuild" : "etl --rebuild";
}

enum status run_open(const struct run_options *options, const char *operation,
                     struct run_report *report, struct store **in, struct store **out,
                     struct lake **lake, struct error *error)
{
    TRY(open_stores(options, in, out, error));
    struct lake_options lake_options = {
        .model = options->rebuild ? run_options_model(options) : options->model,
        .is_rebuild = options->rebuild,
        .codec = options->codec,
        .version = options->version,
        .operation = operation_of(options, operation),
        .threads = options->threads,
        .keep_versions = options->keep_versions,
        .grace_ms = options->grace_ms,
        .is_dry = options->dry_run,
    };
    TRY(lake_open(*out, &lake_options, lake, error));
    TRY(check_missing(options, *lake, error));
    TRY(check_replaced(options, *lake, *in, *out, error));
    run_report_begin(report, *lake);
    return STATUS_OK;
}
