/* The counts of a run. Every record ends in a table, in a count of what was left out by rule, or
 * among the rejects; the sums are checked before anything is committed. */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>

const char *run_phase_name(enum run_phase phase)
{
    static const char *const names[] = {"list", "songs", "logs", "write", "commit"};
    return names[phase];
}

void run_report_release(struct run_report *report)
{
    arena_release(&report->arena);
    *report = (struct run_report){0};
}

void report_add_batch(struct source_report *source, const struct batch *batch)
{
    source->files += batch->files;
    source->bytes += batch->bytes;
    source->records += batch->records;
    source->left_out += batch->left_out;
    source->rejected += batch->reject_count;
    for (size_t i = 0; i < batch->reject_count; i++)
        source->rejected_by_code[batch->rejects[i].code]++;
}

void report_add_tables(struct run_report *report, const struct output *output,
                       const struct songplays *songplays)
{
    const struct source_report *logs = &report->sources[SOURCE_LOGS];
    report->plays = logs->records - logs->left_out - logs->rejected;
    report->matched = songplays->matched;
    report->identical = songplays->identical;
    report->shared_keys = songplays->seen.shared_keys;
    for (int table = 0; table < TABLE_COUNT; table++) {
        struct lake_counts counts = lake_table_counts(output->lake, (enum table_id)table);
        report->tables[table] = (struct table_report){
            .rows = counts.rows,
            .files = counts.files,
            .bytes = counts.bytes,
            .seconds = (double)atomic_load(&output->busy_ns[table]) * 1e-9,
        };
    }
}

enum status report_check_rejects(const struct run_report *report, const struct reject_limit *limit,
                                 struct error *error)
{
    char allowed[32];
    for (int id = 0; id < SOURCE_COUNT; id++) {
        const struct source_report *source = &report->sources[id];
        bool is_over = limit->is_percent ? (double)source->rejected * 100 >
                                               limit->percent * (double)source->records
                                         : source->rejected > limit->count;
        if (!is_over)
            continue;
        if (limit->is_percent)
            snprintf(allowed, sizeof allowed, "%g %%", limit->percent);
        else
            snprintf(allowed, sizeof allowed, "%" PRIu64, limit->count);
        error_set(error, STATUS_TOO_MANY_REJECTS,
                  "%" PRIu64 " of %" PRIu64 " %s records were rejected; at most %s may be",
                  source->rejected, source->records, model_sources[id].name, allowed);
        if (report->rejects_path[0])
            error_hint(error,
                       "see %s for what is wrong with them; mend them, or raise "
                       "--max-rejects. No table was changed",
                       report->rejects_path);
        return error->status;
    }
    return STATUS_OK;
}

struct equation {
    const char *what;
    uint64_t is, should_be;
};

static uint64_t distinct_times(const struct songplays *songplays)
{
    uint64_t count = 0;
    for (size_t i = 0; i < songplays->month_count; i++)
        count += times_count(&songplays->times, songplays->months[i].month);
    return count;
}

enum status report_check_counts(const struct run_report *report, const struct songs *songs,
                                const struct songplays *songplays, struct error *error)
{
    static const struct songs none;
    const struct source_report *song = &report->sources[SOURCE_SONGS];
    const struct table_report *tables = report->tables;
    if (!songs)
        songs = &none;
    const struct equation equations[] = {
        {"song records kept", songs->count, song->records - song->left_out - song->rejected},
        {"rows of songs", tables[TABLE_SONGS].rows, songs->ids.count},
        {"rows of artists", tables[TABLE_ARTISTS].rows, songs->artists.count},
        {"rows of users", tables[TABLE_USERS].rows, songplays->users.count},
        {"rows of time", tables[TABLE_TIME].rows, distinct_times(songplays)},
        {"rows of songplays", tables[TABLE_SONGPLAYS].rows, report->plays - report->identical},
        {"rows put in order", songplays->rows, report->plays - report->identical},
    };
    for (size_t i = 0; i < sizeof equations / sizeof equations[0]; i++)
        if (equations[i].is != equations[i].should_be)
            return error_set(error, STATUS_INTERNAL,
                             "the counts do not add up: %s: %" PRIu64 " instead of %" PRIu64
                             "; nothing was committed",
                             equations[i].what, equations[i].is, equations[i].should_be);
    return STATUS_OK;
}
