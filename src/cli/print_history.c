/* Prints the versions of a lake. */
#include "print.h"

#include <commands.h>
#include <number_text.h>
#include <printable.h>

static void print_entry(const struct lake_history_entry *entry, int table)
{
    char time[UTC_TEXT] = {0};
    const struct lake_history_table *shown =
        table == HISTORY_ALL_TABLES ? &entry->total : &entry->tables[table];
    CLEANUP(buffer_release) struct buffer run_id = {0}, operation = {0};
    printable_append(&run_id, entry->run_id);
    printable_append(&operation, entry->operation);
    utc_text(entry->time_ms / 1000, time); /* 2018-11-01T20:57:10Z */
    printf("%7lld  %.10s %.8s  %s  %-17s %12s %9s %11s  %s\n", (long long)shown->version, time,
           time + 11, buffer_text(&run_id), buffer_text(&operation),
           number_count(shown->counts.rows).text, number_count(shown->counts.files).text,
           number_bytes((double)shown->counts.bytes).text, entry->is_kept ? "kept" : "");
}

/* A table has a version for each run that changed it. */
void cli_print_history(const void *settings)
{
    const struct history_settings *asked = settings;
    const struct lake_history *history = &asked->history;
    int table = asked->table;
    printf("version  time (UTC)           run                        operation                 rows"
           "     files       bytes\n");
    for (size_t i = 0; i < history->count; i++)
        if (table == HISTORY_ALL_TABLES || history_has_changed(&history->entries[i].tables[table]))
            print_entry(&history->entries[i], table);
}
