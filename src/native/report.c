/* What this engine knows of a run's counts. The sums are checked before anything is committed. */
#include "report.h"

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
    report->kept = songplays->kept;
    report->shared_keys = songplays->seen.shared_keys;
    run_report_tables(report, output);
}

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
    const struct run_equation equations[] = {
        {"song records kept", songs->count - songs->stored,
         song->records - song->left_out - song->rejected},
        {"rows of songs", tables[TABLE_SONGS].rows, songs->ids.count},
        {"rows of artists", tables[TABLE_ARTISTS].rows, songs->artists.count},
        {"rows of users", tables[TABLE_USERS].rows, songplays->users.count},
        {"rows of time", tables[TABLE_TIME].rows, distinct_times(songplays)},
        {"rows of songplays", tables[TABLE_SONGPLAYS].rows,
         report->plays - report->identical + report->kept},
        {"rows put in order", songplays->rows, report->plays - report->identical + report->kept},
    };
    return run_check_sums(equations, ARRAY_LENGTH(equations), error);
}
