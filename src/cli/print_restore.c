/* Prints the restored tables. */
#include "print.h"

#include <commands.h>
#include <number_text.h>
#include <stdio.h>

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
