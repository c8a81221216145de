/* The files of the sources, so that both engines read and count the same. */
#include "spark_run_private.h"

/* ---- What Spark would not read --------------------------------------------------------------- */

/* STATUS_FAILED for a copy that Hadoop's tools have not finished: Spark skips it silently. */
static enum status refuse_hidden(const struct store *in, struct str key, struct error *error)
{
    static const char hidden[] = "._COPYING_/";
    if (!memmem(key.data, key.len, hidden, sizeof hidden - 1))
        return STATUS_OK;
    error_set(error, STATUS_FAILED,
              "Spark does not read %s/%.*s: the name of its folder ends in ._COPYING_",
              store_address(in), STR_ARG(key));
    return error_hint(error, "wait until it is copied, or rename the folder");
}

/* STATUS_FAILED for a packed file whose ending is not in lower case: Hadoop would read its bytes as
 * text. */
static enum status refuse_packed(const struct store *in, struct str key, struct error *error)
{
    bool is_lower = str_ends_with(key, STR(".gz")) || str_ends_with(key, STR(".zst"));
    if (run_packing(key) == PACKING_NONE || is_lower)
        return STATUS_OK;
    error_set(error, STATUS_FAILED,
              "Spark does not unpack %s/%.*s: the ending of its name is not in lower case",
              store_address(in), STR_ARG(key));
    return error_hint(error, "rename it, or use the native engine, which reads it");
}

static enum status refuse_unreadable(const struct store_listing *files, const struct store *in,
                                     struct error *error)
{
    for (size_t i = 0; i < files->count; i++) {
        TRY(refuse_hidden(in, files->objects[i].key, error));
        TRY(refuse_packed(in, files->objects[i].key, error));
    }
    return STATUS_OK;
}

/* ---- What is to be done ---------------------------------------------------------------------- */

/* STATUS_FAILED where facts are kept that have no values to be looked up by. */
static enum status refuse_old_facts(const struct spark_run *run, struct error *error)
{
    int facts = run->model->facts.source;
    bool is_kept = !run->diff.is_increment && run->diff.sources[facts].gone_count > 0;
    if (!is_kept || !run_lacks_keys(&run->diff))
        return STATUS_OK;
    error_set(error, STATUS_FAILED,
              "files of the %s are gone, and what came of them was written by an earlier version "
              "of sparkify, without columns that the Spark engine needs to keep it",
              run->model->sources[facts].name);
    return error_hint(error,
                      "run without --engine spark, or make the tables from the files that are "
                      "there: --missing-logs rebuild. Nothing was committed");
}

/* STATUS_FAILED where what came of gone files is to be kept, and an earlier run has not left it. */
static enum status check_kept(const struct spark_run *run, struct error *error)
{
    for (int source = 0; source < (int)run->model->source_count; source++) {
        if (run->diff.sources[source].gone_count == 0)
            continue;
        run->report->sources[source].gone = run->diff.sources[source].gone_count;
        if (!run->diff.is_increment)
            TRY(run_check_recorded(&run->output, run->model, source, error));
    }
    return refuse_old_facts(run, error);
}

/* Without new files no table changes, and Spark is asked nothing. */
static void begin_increment(struct spark_run *run)
{
    const struct model *model = run->model;
    run_set_modes(run->lake, model, "etl --engine spark --incremental");
    run->is_idle = run->diff.sources[model->facts.source].added.count == 0;
    for (int table = 0; run->is_idle && table < (int)run->model->all_count; table++)
        if (model->tables[table].rows != ROWS_OBJECTS)
            lake_set_mode(run->lake, table, LAKE_KEEP);
}

static enum status compare_inputs(struct spark_run *run, struct error *error)
{
    TRY(input_diff_make(&run->output, run_needs_records(run->options) ? run->out : NULL,
                        run->listings, &run->diff, error));
    TRY(input_diff_settle(&run->diff, run->options, error));
    if (run->options->incremental)
        run->diff.is_increment =
            run_can_add(&run->output, run->model, &run->diff,
                        run->files[run->model->facts.source].count, run->report);
    if (run->diff.is_increment)
        begin_increment(run);
    return check_kept(run, error);
}

/* Whether the file is read. */
static bool is_read(const struct spark_run *run, int source, size_t file)
{
    bool is_facts = source == run->model->facts.source;
    return !run->diff.is_increment || (is_facts && run->diff.sources[source].is_new[file]);
}

static void count_files(struct spark_run *run, int source)
{
    struct source_report *report = &run->report->sources[source];
    for (size_t i = 0; i < run->files[source].count; i++) {
        const struct store_object *file = &run->files[source].objects[i];
        if (!is_read(run, source, i))
            continue;
        report->files++;
        report->bytes += file->size_bytes;
        if (run_packing(file->key) != PACKING_NONE)
            run->packed_bytes += file->size_bytes;
    }
    run->input_bytes += report->bytes;
}

enum status spark_list_inputs(void *ctx, struct error *error)
{
    struct spark_run *run = ctx;
    for (int source = 0; source < (int)run->model->source_count; source++) {
        struct store_listing *files = &run->files[source];
        run->listings[source] = files;
        TRY(run_list_source(&run->model->sources[source], run->in, run->options->allow_empty, files,
                            &run->report->sources[source], error));
        TRY(refuse_unreadable(files, run->in, error));
    }
    TRY(compare_inputs(run, error));
    for (int source = 0; source < (int)run->model->source_count; source++)
        count_files(run, source);
    atomic_store(&run->progress->bytes_total, run->input_bytes);
    return STATUS_OK;
}
