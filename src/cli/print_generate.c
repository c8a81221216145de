/* Prints what a generated data set holds. */
#include "print.h"

#include <commands.h>
#include <number_text.h>
#include <stdio.h>

void cli_print_generate(const void *settings)
{
    const struct generate_settings *generate = settings;
    const struct generate_report *report = &generate->report;
    char files[NUMBER_TEXT], bytes[NUMBER_TEXT], count[NUMBER_TEXT], time[NUMBER_TEXT];
    printf("%s: %s (%s), ", generate->generate.folder,
           number_of(files, report->song_files, "song file", "song files"),
           number_bytes(bytes, (double)report->song_bytes));
    printf("%s (%s), ", number_of(files, report->log_files, "log file", "log files"),
           number_bytes(bytes, (double)report->log_bytes));
    printf("%s, ", number_of(count, report->events, "event", "events"));
    printf("%s of them plays, in %s\n", number_count(count, report->plays),
           number_seconds(time, generate->seconds));
}
