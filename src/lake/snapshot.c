/* The files of a version, for readers of them. The newest plan has an entry for each file of every
 * version that is kept, so one listing of "_sparkify", the decision and the plan are all that is
 * read. */
#include "lake_state.h"

#include "names.h"

#include <jansson.h>
#include <model_parse.h>

static struct str copy_key(struct arena *arena, const struct model_table *table, struct str key)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    lake_table_key(&text, table, key);
    return arena_copy(arena, buffer_str(&text));
}

static void add_file(struct lake_snapshot *out, int table, const struct lake_entry *entry)
{
    struct lake_snapshot_table *files = &out->tables[table];
    struct str stats = entry->stats.len ? entry->stats : STR_NULL;
    files->files[files->count++] = (struct lake_snapshot_file){
        .key = copy_key(&out->arena, &out->model->tables[table], entry->key),
        .bytes = entry->bytes,
        .rows = entry->rows,
        .stats = arena_copy(&out->arena, stats),
    };
    files->rows += entry->rows;
    files->bytes += entry->bytes;
}

static void add_files(struct lake_snapshot *out, int table, const struct lake_entries *entries)
{
    out->tables[table].files = mem_zalloc((entries->count + 1) * sizeof *out->tables[table].files);
    for (size_t i = 0; i < entries->count; i++)
        if (lake_entry_is_of(&entries->entries[i], out->version))
            add_file(out, table, &entries->entries[i]);
}

static enum status read_version(const struct lake *lake, int64_t version, struct lake_snapshot *out,
                                struct error *error)
{
    TRY(lake_check_any(lake, error));
    if (version < 0)
        version = lake->last.number;
    TRY(lake_check_kept(lake, version, error));
    *out = (struct lake_snapshot){.model = lake->model,
                                  .version = version,
                                  .oldest = lake->last.oldest,
                                  .newest = lake->last.number,
                                  .time_ms = lake->last.time_ms};
    for (int table = 0; table < lake_all_count(lake); table++)
        add_files(out, table, &lake->tables[table].entries);
    return STATUS_OK;
}

enum status lake_snapshot_read(struct store *store, int64_t version, struct lake_snapshot *out,
                               struct error *error)
{
    struct lake_options options = {.is_dry = true, .is_snapshot = true};
    CLEANUP(lake_drop) struct lake *lake = NULL;
    TRY(lake_open(store, &options, &lake, error));
    TRY(read_version(lake, version, out, error));
    out->own_model = lake_take_model(lake);
    return STATUS_OK;
}

void lake_snapshot_release(struct lake_snapshot *snapshot)
{
    for (int table = 0; table < MODEL_MAX_TABLES; table++)
        mem_free(snapshot->tables[table].files);
    arena_release(&snapshot->arena);
    model_free(snapshot->own_model);
    *snapshot = (struct lake_snapshot){0};
}

bool lake_snapshot_has_column(const struct lake_snapshot_file *file, const char *column)
{
    json_auto_t *stats = json_loadb(file->stats.data, file->stats.len, 0, NULL);
    return json_object_get(json_object_get(stats, "nullCount"), column) != NULL;
}

static bool has_form(struct str text, const char *form)
{
    bool has = text.len == strlen(form);
    for (size_t i = 0; has && i < text.len; i++)
        has = form[i] == '0' ? text.data[i] >= '0' && text.data[i] <= '9' : text.data[i] == form[i];
    return has;
}

bool lake_snapshot_bound(const struct lake_snapshot_file *file, bool is_greatest,
                         const char *column, struct buffer *out)
{
    json_auto_t *stats = json_loadb(file->stats.data, file->stats.len, 0, NULL);
    const json_t *bounds = json_object_get(stats, is_greatest ? "maxValues" : "minValues");
    const json_t *value = json_object_get(bounds, column);
    struct str text = {json_string_value(value), json_string_length(value)};
    bool is_time = has_form(text, "0000-00-00T00:00:00.000Z");
    if (is_time)
        buffer_append_str(out, text);
    return is_time;
}
