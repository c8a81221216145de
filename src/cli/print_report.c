/* Prints where the report's page is. */
#include "print.h"

#include <commands.h>
#include <number_text.h>
#include <stdio.h>

void cli_print_report(const void *settings)
{
    const struct report_settings *report = settings;
    printf("%s: %s; open it in a browser\n", report->path,
           number_bytes((double)report->page_bytes).text);
}
