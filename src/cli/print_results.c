/* Prints the results of the commands that need no more than some lines. */
#include "print.h"

#include <commands.h>
#include <number_text.h>

void cli_print_report(const void *settings)
{
    const struct report_settings *report = settings;
    printf("%s: %s; open it in a browser\n", report->path,
           number_bytes((double)report->page_bytes).text);
}

void cli_print_restore(const void *settings)
{
    const struct restore_settings *restore = settings;
    for (int table = 0; table < (int)restore->model->table_count; table++) {
        struct lake_version version = restore->tables[table];
        printf("%-9s %18s%s\n", restore->model->tables[table].name,
               number_of(version.counts.rows, "row", "rows").text,
               version.is_unchanged ? ", as before" : "");
    }
    if (restore->dry_run)
        printf("dry run: nothing was written\n");
    else
        printf("version %lld is current: a copy of version %llu\n",
               (long long)restore->lake_version, (unsigned long long)restore->at);
}

void cli_print_vacuum(const void *settings)
{
    const struct vacuum_settings *vacuum = settings;
    const struct lake_cleared *cleared = &vacuum->cleared;
    printf("%s of old versions (%s) and %s that crashed runs had left %s removed\n",
           number_of(cleared->files, "file", "files").text,
           number_bytes((double)cleared->bytes).text, number_count(cleared->unfinished).text,
           vacuum->dry_run ? "would be" : "were");
}

void cli_print_generate(const void *settings)
{
    const struct generate_settings *generate = settings;
    const struct generate_report *report = &generate->report;
    printf("%s: %s (%s), ", generate->generate.folder,
           number_of(report->song_files, "song file", "song files").text,
           number_bytes((double)report->song_bytes).text);
    printf("%s (%s), ", number_of(report->log_files, "log file", "log files").text,
           number_bytes((double)report->log_bytes).text);
    printf("%s, ", number_of(report->events, "event", "events").text);
    printf("%s of them plays, in %s\n", number_count(report->plays).text,
           number_seconds(generate->seconds).text);
}

void cli_print_init(const void *settings)
{
    const struct init_settings *init = settings;
    if (init->path)
        printf("%s has a model; 'sparkify schema --check %s' says what is in it\n", init->path,
               init->path);
    else
        fwrite(init->proposal.yaml.data, 1, init->proposal.yaml.len, stdout);
}
