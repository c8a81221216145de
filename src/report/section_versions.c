/* The section of the lake's versions. */
#include "lake_sections.h"

#include <json.h>

#define MAX_VERSIONS 10

void report_append_instant(struct buffer *out, int64_t time_ms)
{
    char text[UTC_TEXT];
    utc_text(time_ms / 1000 - (time_ms % 1000 < 0), text);
    buffer_append_str(out, str_of(text));
}

static void append_table(const struct lake_history_table *table, const char *name,
                         struct buffer *out)
{
    buffer_appendf(out,
                   "\"%s\":{\"rows\":%llu,\"files\":%llu,\"bytes\":%llu,\"added_files\":%llu,"
                   "\"removed_files\":%llu}",
                   name, (unsigned long long)table->rows, (unsigned long long)table->files,
                   (unsigned long long)table->bytes, (unsigned long long)table->added,
                   (unsigned long long)table->removed);
}

static void append_version(const struct model *model, const struct lake_history_entry *entry,
                           struct buffer *out)
{
    buffer_appendf(out, "{\"version\":%lld,\"time\":\"", (long long)entry->version);
    report_append_instant(out, entry->time_ms);
    query_append_json_text(out, "\",\"run\":", entry->run_id);
    query_append_json_text(out, ",\"operation\":", entry->operation);
    buffer_append_str(out, STR(",\"tables\":{"));
    for (int i = 0; i < (int)model->table_count; i++) {
        buffer_append_str(out, i ? STR(",") : STR(""));
        append_table(&entry->tables[i], model->tables[i].name, out);
    }
    buffer_append_str(out, STR("}}"));
}

void report_append_versions(const struct lake_history *history,
                            const struct lake_snapshot *snapshot, struct buffer *out)
{
    size_t shown = 0;
    buffer_append_str(out, STR("\"versions\":["));
    for (size_t i = 0; i < history->count && shown < MAX_VERSIONS; i++) {
        if (history->entries[i].version > snapshot->version)
            continue;
        buffer_append_str(out, shown++ ? STR(",\n") : STR("\n"));
        append_version(history->model, &history->entries[i], out);
    }
    buffer_append_char(out, ']');
}
