/* The section of the lake's versions. */
#include "lake_sections.h"

#define MAX_VERSIONS 10

json_t *report_instant_json(int64_t time_ms)
{
    char text[UTC_TEXT];
    utc_text(time_ms / 1000 - (time_ms % 1000 < 0), text);
    return json_string(text);
}

static json_t *table_json(const struct lake_history_table *table)
{
    return json_pack("{sI sI sI sI sI}", "rows", (json_int_t)table->counts.rows, "files",
                     (json_int_t)table->counts.files, "bytes", (json_int_t)table->counts.bytes,
                     "added_files", (json_int_t)table->added, "removed_files",
                     (json_int_t)table->removed);
}

static json_t *version_json(const struct model *model, const struct lake_history_entry *entry)
{
    json_t *tables = json_object();
    for (size_t i = 0; i < model->table_count; i++)
        json_object_set_new(tables, model->tables[i].name, table_json(&entry->tables[i]));
    return json_pack("{sI so so so so}", "version", (json_int_t)entry->version, "time",
                     report_instant_json(entry->time_ms), "run", query_json_text(entry->run_id),
                     "operation", query_json_text(entry->operation), "tables", tables);
}

void report_append_versions(const struct lake_history *history,
                            const struct lake_snapshot *snapshot, struct buffer *out)
{
    json_t *versions = json_array();
    for (size_t i = 0; i < history->count && json_array_size(versions) < MAX_VERSIONS; i++)
        if (history->entries[i].version <= snapshot->version)
            json_array_append_new(versions, version_json(history->model, &history->entries[i]));
    query_append_json(out, json_pack("{so}", "versions", versions), JSON_EMBED);
}
