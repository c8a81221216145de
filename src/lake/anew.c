#include "anew.h"

#include "foreign.h"
#include "inventory.h"
#include "others.h"

/* ---- What is replaced ------------------------------------------------------------------------ */

const struct model_table *lake_replaced_table(const struct lake *lake, const char *folder,
                                              const struct lake_table **out)
{
    const struct model *model = lake->replaced.model;
    for (size_t i = 0; model && i < model->all_count; i++)
        if (strcmp(model->tables[i].folder, folder) == 0) {
            *out = &lake->replaced.tables[i];
            return &model->tables[i];
        }
    return NULL;
}

/* Files that an earlier run has removed and kept for readers stay for as long as it has said. */
static void note_files(struct lake *lake)
{
    const struct model *model = lake->replaced.model;
    for (size_t t = 0; t < model->all_count; t++) {
        const struct lake_entries *files = &lake->replaced.tables[t].entries;
        for (size_t i = 0; i < files->count; i++) {
            const struct lake_entry *file = &files->entries[i];
            lake_keys_add_file(&lake->replaced.keys, &model->tables[t], file->key);
            if (file->keep_until_ms > lake->last.others_until_ms)
                lake->last.others_until_ms = file->keep_until_ms;
        }
    }
    lake_keys_sort(&lake->replaced.keys);
}

static void replace_model(struct lake *lake)
{
    lake->replaced.model = lake->model;
    lake->replaced.tables = mem_alloc(sizeof lake->tables);
    memcpy(lake->replaced.tables, lake->tables, sizeof lake->tables);
    memset(lake->tables, 0, sizeof lake->tables);
    note_files(lake);
    lake_others_release(lake);
    lake_others_add(lake, lake->model, lake->own_model);
    lake->own_model = NULL;
    lake->model = lake->options.model;
}

void lake_anew_release(struct lake *lake)
{
    for (int table = 0; lake->replaced.tables && table < MODEL_MAX_TABLES; table++) {
        lake_entries_release(&lake->replaced.tables[table].entries);
        lake_entries_release(&lake->replaced.tables[table].tombstones);
        store_listing_release(&lake->replaced.tables[table].listed);
    }
    mem_free(lake->replaced.tables);
    lake_keys_release(&lake->replaced.keys);
    lake->replaced.tables = NULL;
    lake->replaced.model = NULL;
}

/* ---- Logs that go on ------------------------------------------------------------------------- */

/* Its next version has a metaData of the table's new schema. */
static void continue_log(struct lake_table *table, const struct lake_log *log)
{
    table->log = *log;
    table->log.began = log->version + 1;
    table->log.schema = 0;
}

/* A log that somebody has removed begins anew. */
static void bring_back(struct lake *lake, int table, size_t number)
{
    if (lake_newest_log(&lake->tables[table].listed, lake_model_table(lake, table)) >= 0)
        continue_log(&lake->tables[table], &lake->retired[number].table.log);
    lake->retired[number] = lake->retired[--lake->retired_count];
}

static void find_log(struct lake *lake, int table)
{
    const char *name = lake_model_table(lake, table)->folder;
    const struct lake_table *old;
    lake->tables[table].log.version = -1;
    lake->tables[table].is_extended = true;
    if (table >= lake_table_count(lake))
        return;
    if (lake_replaced_table(lake, name, &old)) {
        continue_log(&lake->tables[table], &old->log);
        return;
    }
    for (size_t i = 0; i < lake->retired_count; i++)
        if (strcmp(lake->retired[i].name, name) == 0) {
            bring_back(lake, table, i);
            return;
        }
}

static enum status retire(struct lake *lake, const struct model_table *table,
                          const struct lake_table *old, struct error *error)
{
    if (lake->retired_count == LAKE_MAX_RETIRED) {
        error_set(error, STATUS_FAILED,
                  "the lake %s has had %d tables that its model no longer has, which is the most "
                  "that are remembered",
                  store_address(lake->store), LAKE_MAX_RETIRED);
        return error_hint(error, "use another --output");
    }
    struct lake_retired *retired = &lake->retired[lake->retired_count++];
    *retired = (struct lake_retired){.table.log = old->log};
    retired->table.log.began = 0;
    snprintf(retired->name, sizeof retired->name, "%s", table->name);
    return STATUS_OK;
}

static enum status settle_logs(struct lake *lake, struct error *error)
{
    const struct model *old = lake->replaced.model;
    for (int table = 0; table < MODEL_MAX_TABLES; table++)
        lake->tables[table].log.version = -1;
    for (int table = 0; table < lake_all_count(lake); table++)
        find_log(lake, table);
    for (size_t table = 0; table < old->table_count; table++)
        if (model_find_table(lake->model, old->tables[table].name) < 0)
            TRY(retire(lake, &old->tables[table], &lake->replaced.tables[table], error));
    for (int table = 0; table < lake_table_count(lake); table++)
        TRY(lake_check_log_end(lake, table, error));
    return STATUS_OK;
}

/* ---- The lake -------------------------------------------------------------------------------- */

struct lake_counts lake_counts_before(const struct lake *lake, int table)
{
    const struct lake_table *now = &lake->tables[table];
    (void)lake_replaced_table(lake, lake_model_table(lake, table)->folder, &now);
    return lake_entries_count_current(&now->entries);
}

/* The plan's key is borrowed from the listing. */
static enum status list_again(struct lake *lake, struct error *error)
{
    CLEANUP(buffer_release) struct buffer plan = {0};
    buffer_append_str(&plan, lake->last.plan);
    lake->last.plan = STR_NULL;
    lake_inventory_release(lake);
    TRY(lake_inventory_list(lake, error));
    const struct store_object *object = store_listing_find(&lake->own, buffer_str(&plan));
    if (object)
        lake->last.plan = object->key;
    TRY(lake_others_read(lake, error));
    return lake_others_list(lake, error);
}

static enum status begin(struct lake *lake, struct error *error)
{
    replace_model(lake);
    TRY(list_again(lake, error));
    TRY(settle_logs(lake, error));
    return lake_check_inventory(lake, error);
}

enum status lake_begin_anew(struct lake *lake, struct error *error)
{
    if (!lake->options.is_rebuild || lake->last.number < 0 || lake->model == lake->options.model)
        return STATUS_OK;
    enum status status = begin(lake, error);
    if (status != STATUS_OK) /* what looks like another program's may be a commit of ours since */
        TRY(lake_still_newest(lake, error));
    return status;
}
