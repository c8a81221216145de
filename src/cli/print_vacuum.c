/* Prints what vacuum removed. */
#include "print.h"

#include <commands.h>
#include <number_text.h>
#include <stdio.h>

void cli_print_vacuum(const void *settings)
{
    const struct vacuum_settings *vacuum = settings;
    const struct lake_cleared *cleared = &vacuum->cleared;
    printf("%s of old versions (%s) and %s that crashed runs had left %s removed\n",
           number_of(cleared->files, "file", "files").text,
           number_bytes((double)cleared->bytes).text, number_count(cleared->unfinished).text,
           vacuum->dry_run ? "would be" : "were");
}
