/* Prints what a generated data set holds. */
#include "print.h"

#include <commands.h>
#include <number_text.h>
#include <stdio.h>

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
