#include "plan_write.h"

#include "anew.h"
#include "delta_log.h"

/* The files that are removed have the partitions of the table that had them. */
static void write_actions(const struct lake *lake, int table, const struct lake_change *change,
                          struct buffer *out)
{
    const struct model_table *model = lake_model_table(lake, table);
    const struct lake_table *old;
    const struct model_table *replaced = lake_replaced_table(lake, model->folder, &old);
    for (size_t i = 0; i < change->removed.count; i++)
        delta_remove(out, replaced ? replaced : model, &change->removed.entries[i], lake->now_ms);
    for (size_t i = 0; i < change->added.count; i++)
        delta_add(out, model, &change->added.entries[i]);
}

/* The version's lines, in the order that the protocol asks for: commitInfo first. */
static void write_log(struct lake *lake, int table, const struct lake_changes *changes,
                      struct buffer *out)
{
    const struct lake_change *change = &changes->tables[table];
    const struct lake_counts added = lake_entries_count_current(&change->added);
    struct lake_table *old = &lake->tables[table];
    struct delta_info info = {
        .operation = lake->restore >= 0 ? "RESTORE" : "WRITE",
        .is_append = old->mode == LAKE_APPEND,
        .version = lake->options.version,
        .run_id = lake->run_id,
        .files = added.files,
        .removed_files = change->removed.count,
        .rows = added.rows,
        .bytes = added.bytes,
        .now_ms = changes->decision.time_ms,
    };
    delta_commit_info(out, lake_model_table(lake, table), &info);
    if (old->log.version < 0) {
        uuid_make(old->log.id);
        old->log.created_ms = lake->now_ms;
        delta_protocol(out);
    }
    if (old->log.schema < lake_model_table(lake, table)->schema) {
        old->log.schema = lake_model_table(lake, table)->schema;
        delta_metadata(out, lake_model_table(lake, table), old->log.id, old->log.created_ms);
    }
    write_actions(lake, table, change, out);
}

static bool has_new_version(const struct lake *lake, int table)
{
    return table < lake_table_count(lake) && !lake->tables[table].is_unchanged;
}

/* The last version of a table that the lake's model no longer has: no file is left. */
static void write_retired(const struct lake *lake, const struct lake_changes *changes,
                          const struct model_table *table, const struct lake_entries *files,
                          struct buffer *out)
{
    struct delta_info info = {
        .operation = "WRITE",
        .version = lake->options.version,
        .run_id = lake->run_id,
        .removed_files = lake_entries_count_current(files).files,
        .now_ms = changes->decision.time_ms,
    };
    delta_commit_info(out, table, &info);
    for (size_t i = 0; i < files->count; i++)
        if (files->entries[i].until == LAKE_CURRENT)
            delta_remove(out, table, &files->entries[i], lake->now_ms);
}

static void write_all_retired(const struct lake *lake, const struct lake_changes *changes,
                              struct lake_plan *out)
{
    for (size_t i = 0; i < lake->retired_count; i++) {
        const struct lake_table *old;
        const struct model_table *table = lake_replaced_table(lake, lake->retired[i].name, &old);
        size_t begin = out->text.len;
        if (table)
            write_retired(lake, changes, table, &old->entries, &out->text);
        out->retired[i].version = lake->retired[i].table.log.version + (table != NULL);
        out->retired_bytes[i] = out->text.len - begin;
    }
}

void lake_plan_write(struct lake *lake, const struct lake_changes *changes, struct lake_plan *out)
{
    for (int table = 0; table < lake_all_count(lake); table++) {
        size_t begin = out->text.len;
        out->parts[table].version = lake->tables[table].log.version + has_new_version(lake, table);
        if (has_new_version(lake, table))
            write_log(lake, table, changes, &out->text);
        out->log_bytes[table] = out->text.len - begin;
    }
    for (int table = 0; table < lake_all_count(lake); table++) {
        size_t begin = out->text.len;
        lake_entries_write(&changes->tables[table].next, &out->text);
        lake_entries_write(&changes->tables[table].tombstones, &out->text);
        out->entries_bytes[table] = out->text.len - begin;
    }
    write_all_retired(lake, changes, out);
    (void)!lake_plan_cut(out); /* as long as has just been measured */
}
