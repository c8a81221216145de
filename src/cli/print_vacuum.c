/* Prints what vacuum removed. */
#include "print.h"

#include <commands.h>
#include <number_text.h>
#include <stdio.h>

void cli_print_vacuum(const void *settings)
{
    const struct vacuum_settings *vacuum = settings;
    const struct lake_cleared *cleared = &vacuum->cleared;
    char files[NUMBER_TEXT], bytes[NUMBER_TEXT], unfinished[NUMBER_TEXT];
    printf("%s of old versions (%s) and %s that crashed runs had left %s removed\n",
           number_of(files, cleared->files, "file", "files"),
           number_bytes(bytes, (double)cleared->bytes),
           number_count(unfinished, cleared->unfinished), vacuum->dry_run ? "would be" : "were");
}
