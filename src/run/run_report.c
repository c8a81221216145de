/* The report of a run, and the check that its counts add up: every record is in a table, skipped by
 * rule, or rejected. */
#include <model_parse.h>
#include <run.h>

#include <inttypes.h>

const char *run_phase_name(enum run_phase phase)
{
    static const char *const names[] = {"list", "songs", "logs", "write", "commit"};
    return names[phase];
}

const char *run_phase_title(const struct model *model, enum run_phase phase)
{
    int facts = model->facts.source;
    if (phase == PHASE_LOGS)
        return model->sources[facts].name;
    if (phase != PHASE_SONGS)
        return run_phase_name(phase);
    return model->source_count == 2 ? model->sources[!facts].name : "other sources";
}

void run_report_release(struct run_report *report)
{
    arena_release(&report->arena);
    model_free(report->own_model);
    *report = (struct run_report){0};
}

static void note_replaced(struct run_report *report, const struct model *replaced)
{
    report->replaced_model = arena_text(&report->arena, str_of(replaced->name));
    for (size_t i = 0; i < replaced->table_count; i++)
        if (model_find_table(report->model, replaced->tables[i].name) < 0)
            report->removed_tables[report->removed_table_count++] =
                arena_text(&report->arena, str_of(replaced->tables[i].name));
}

void run_report_begin(struct run_report *report, struct lake *lake)
{
    report->model = lake_model(lake);
    report->own_model = lake_take_model(lake);
    memcpy(report->run_id, lake_run_id(lake), sizeof report->run_id);
    report->lake_version = lake_version(lake);
    if (lake_replaced_model(lake))
        note_replaced(report, lake_replaced_model(lake));
    for (int table = 0; table < (int)report->model->table_count; table++) {
        struct table_report *now = &report->tables[table];
        now->version = lake_table_version(lake, table);
        now->version.counts = lake_counts_before(lake, table);
        now->version.is_unchanged = now->version.version >= 0;
        now->rows_before = now->version.counts.rows;
        now->is_new = now->version.version < 0;
    }
}

void run_warn(struct run_report *report, const char *format, ...)
{
    char text[1024];
    va_list args;
    if (report->warning_count == RUN_MAX_WARNINGS)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    report->warnings[report->warning_count++] = arena_text(&report->arena, str_of(text));
}

void run_report_tables(struct run_report *report, const struct output *output)
{
    for (int table = 0; table < (int)report->model->table_count; table++) {
        struct lake_counts counts = lake_table_counts(output->lake, table);
        struct table_report *written = &report->tables[table];
        written->rows = counts.rows;
        written->files = counts.files;
        written->bytes = counts.bytes;
        written->seconds = (double)atomic_load(&output->busy_ns[table]) * 1e-9;
    }
}

enum status run_check_sums(const struct run_equation *equations, size_t count, struct error *error)
{
    for (size_t i = 0; i < count; i++)
        if (equations[i].is != equations[i].should_be)
            return error_set(error, STATUS_INTERNAL,
                             "the counts do not add up: %s: %" PRIu64 " instead of %" PRIu64
                             "; nothing was committed",
                             equations[i].what, equations[i].is, equations[i].should_be);
    return STATUS_OK;
}

/* ---- What it has cost ------------------------------------------------------------------------ */

/* VmHWM, not getrusage's ru_maxrss, which includes the peak of the program that started this one
 * (Linux keeps it over exec). */
static uint64_t peak_memory_bytes(void)
{
    char line[256];
    unsigned long long kib = 0;
    FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %llu", &kib) == 1)
            break;
    if (status)
        fclose(status);
    return kib * 1024;
}

void run_report_cost(struct run_report *report, const struct store *in, const struct store *out,
                     uint64_t start_ns)
{
    const struct store *stores[] = {in, out};
    struct store_counts *sum = &report->requests;
    for (size_t i = 0; i < ARRAY_LENGTH(stores); i++) {
        struct store_counts counts = stores[i] ? store_counts(stores[i]) : (struct store_counts){0};
        sum->requests += counts.requests;
        sum->retries += counts.retries;
        sum->bytes_sent += counts.bytes_sent;
        sum->bytes_received += counts.bytes_received;
    }
    report->total_seconds = clock_seconds_since(start_ns);
    report->peak_memory_bytes = peak_memory_bytes();
}
