/* OpenMetrics 1.0, "Text Format": a TYPE and a HELP line for each family, its samples, and EOF. */
#include "metrics.h"

#include <atomic_file.h>

#include <inttypes.h>
#include <time.h>

#define LAST_SUCCESS "sparkify_last_success_timestamp_seconds"

static void begin_family(FILE *out, const char *name, const char *help)
{
    fprintf(out, "# TYPE %s gauge\n# HELP %s %s\n", name, name, help);
}

static void write_count(FILE *out, const char *name, const char *help, uint64_t value)
{
    begin_family(out, name, help);
    fprintf(out, "%s %" PRIu64 "\n", name, value);
}

static void write_seconds(FILE *out, const char *name, const char *help, double value)
{
    begin_family(out, name, help);
    fprintf(out, "%s %.3f\n", name, value);
}

/* ---- Families with a label ------------------------------------------------------------------- */

/* A metric of each source or table: its name, and the offset of its value in the report. */
struct family {
    const char *name, *help;
    size_t offset;
};

static const struct family source_families[] = {
    {"sparkify_source_files", "Files that were read.", offsetof(struct source_report, files)},
    {"sparkify_source_bytes", "Bytes that were read.", offsetof(struct source_report, bytes)},
    {"sparkify_source_records", "Records that were read.", offsetof(struct source_report, records)},
    {"sparkify_source_skipped", "Records that no table has, by rule.",
     offsetof(struct source_report, left_out)},
    {"sparkify_source_rejected", "Records that are in no table because they are wrong.",
     offsetof(struct source_report, rejected)},
};
static const struct family table_families[] = {
    {"sparkify_table_rows", "Rows of the current version.",
     offsetof(struct table_report, version.counts.rows)},
    {"sparkify_table_files", "Files of the current version.",
     offsetof(struct table_report, version.counts.files)},
    {"sparkify_table_bytes", "Bytes of the current version.",
     offsetof(struct table_report, version.counts.bytes)},
};

/* `report`: of the source or the table that is called `value`. */
static void write_sample(FILE *out, const struct family *family, const char *label,
                         const char *value, const void *report)
{
    uint64_t count;
    memcpy(&count, (const char *)report + family->offset, sizeof count);
    fprintf(out, "%s{%s=\"%s\"} %" PRIu64 "\n", family->name, label, value, count);
}

static void write_sources(FILE *out, const struct run_report *report)
{
    for (size_t i = 0; i < ARRAY_LENGTH(source_families); i++) {
        const struct family *family = &source_families[i];
        begin_family(out, family->name, family->help);
        for (size_t j = 0; j < report->model->source_count; j++)
            write_sample(out, family, "source", report->model->sources[j].name,
                         &report->sources[j]);
    }
}

static void write_tables(FILE *out, const struct run_report *report)
{
    for (size_t i = 0; i < ARRAY_LENGTH(table_families); i++) {
        const struct family *family = &table_families[i];
        begin_family(out, family->name, family->help);
        for (size_t j = 0; j < report->model->table_count; j++)
            write_sample(out, family, "table", report->model->tables[j].name, &report->tables[j]);
    }
}

static void write_phases(FILE *out, const struct run_report *report)
{
    begin_family(out, "sparkify_phase_seconds", "How long each phase of the run took.");
    for (int phase = 0; phase < PHASE_COUNT; phase++)
        fprintf(out, "sparkify_phase_seconds{phase=\"%s\"} %.3f\n",
                run_phase_name((enum run_phase)phase), report->seconds[phase]);
}

/* "Plays", from "play": the facts, at the beginning of a sentence. */
static void append_facts(const struct model *model, struct buffer *out)
{
    size_t at = out->len;
    buffer_appendf(out, "%ss", model->row_noun);
    if (out->data[at] >= 'a' && out->data[at] <= 'z')
        out->data[at] = (char)(out->data[at] - 'a' + 'A');
}

/* The names of these are the same for all models. */
static void write_facts(FILE *out, const struct run_report *report)
{
    CLEANUP(buffer_release) struct buffer read = {0}, matched = {0};
    const struct model *model = report->model;
    append_facts(model, &read);
    append_facts(model, &matched);
    buffer_append_str(&read, STR(" that were read."));
    if (model->facts.lookup_count) {
        const char *noun = model->sources[model->facts.lookups[0].winner->source].noun;
        buffer_appendf(&matched, " whose %s the %s data has.", noun, noun);
    } else {
        buffer_append_str(&matched, STR(" whose look-up found a record: the model has none."));
    }
    write_count(out, "sparkify_plays", buffer_text(&read), report->plays);
    write_count(out, "sparkify_plays_matched", buffer_text(&matched), report->matched);
}

/* ---- The file -------------------------------------------------------------------------------- */

/* The time of the last successful run, read from the file that exists; 0 if there is none. */
static double read_last_success(const char *path)
{
    char line[256];
    double found = 0, value;
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, LAST_SUCCESS " %lf", &value) == 1)
            found = value;
    if (file)
        fclose(file);
    return found;
}

static void write_report(FILE *out, const struct run_report *report, bool has_succeeded)
{
    write_seconds(out, "sparkify_run_seconds", "How long the run took.", report->total_seconds);
    write_phases(out, report);
    write_sources(out, report);
    write_facts(out, report);
    write_count(out, "sparkify_run_warnings", "Warnings of the run.", report->warning_count);
    write_count(out, "sparkify_peak_memory_bytes", "The most memory that the run took.",
                report->peak_memory_bytes);
    write_count(out, "sparkify_store_requests", "Requests to S3.", report->requests.requests);
    write_count(out, "sparkify_store_retries", "Requests to S3 that were tried again.",
                report->requests.retries);
    if (!has_succeeded)
        return;
    write_count(out, "sparkify_lake_version", "The current version of the lake.",
                (uint64_t)report->lake_version);
    write_tables(out, report);
}

enum status metrics_write(const char *path, const struct run_report *report, bool has_succeeded,
                          struct error *error)
{
    CLEANUP(atomic_file_release) struct atomic_file whole = {0};
    double now = (double)time(NULL), last = has_succeeded ? now : read_last_success(path);
    TRY(atomic_file_open(&whole, path, error));
    write_count(whole.file, "sparkify_run_success", "Whether the last run went well: 1 or 0.",
                has_succeeded);
    write_seconds(whole.file, "sparkify_run_timestamp_seconds", "When the last run ended.", now);
    if (last > 0)
        write_seconds(whole.file, LAST_SUCCESS, "When a run went well last.", last);
    if (report)
        write_report(whole.file, report, has_succeeded);
    fputs("# EOF\n", whole.file);
    return atomic_file_finish(&whole, error);
}
