#include "inventory.h"

#include "names.h"
#include "ours.h"

/* ---- Listing --------------------------------------------------------------------------------- */

/* The files of the state's tables lie below "_sparkify", too. */
static void find_state_files(struct lake *lake)
{
    for (size_t i = 0; i < lake->own.count; i++)
        for (int table = lake_table_count(lake); table < lake_all_count(lake); table++) {
            struct store_listing *listed = &lake->tables[table].listed;
            if (!lake_is_data_key(lake_model_table(lake, table), lake->own.objects[i].key))
                continue;
            *MEM_ADD(listed->objects, listed->count, listed->cap) = lake->own.objects[i];
        }
}

static void count_old_files(struct lake *lake)
{
    for (int table = 0; table < lake_table_count(lake); table++) {
        const struct store_listing *listed = &lake->tables[table].listed;
        for (size_t i = 0; i < listed->count; i++)
            lake->old_files +=
                lake_is_data_key(lake_model_table(lake, table), listed->objects[i].key);
    }
}

/* A snapshot needs what finds the newest version, and the logs. */
enum status lake_inventory_list(struct lake *lake, struct error *error)
{
    struct store_list lists[MODEL_MAX_TABLES + 2];
    char logs[MODEL_MAX_TABLES][LAKE_LOG_FOLDER_SIZE];
    size_t count = 0;
    bool is_snapshot = lake->options.is_snapshot;
    lake->listed = lake->model;
    for (int table = 0; table < lake_table_count(lake); table++) {
        const struct model_table *model = lake_model_table(lake, table);
        lake_log_folder(logs[table], model);
        lists[count++] = (struct store_list){is_snapshot ? logs[table] : model->folder,
                                             STORE_LIST_ALL, &lake->tables[table].listed};
    }
    if (!is_snapshot)
        lists[count++] = (struct store_list){"_rejects", STORE_LIST_ALL, &lake->rejects};
    lists[count++] = (struct store_list){"_sparkify", STORE_LIST_ALL, &lake->own};
    TRY(store_list_all(lake->store, lists, count, error));
    if (is_snapshot)
        return STATUS_OK;
    find_state_files(lake);
    count_old_files(lake);
    return STATUS_OK;
}

void lake_inventory_release(struct lake *lake)
{
    for (int table = 0; table < MODEL_MAX_TABLES; table++)
        store_listing_release(&lake->tables[table].listed);
    store_listing_release(&lake->rejects);
    store_listing_release(&lake->own);
    lake->old_files = 0;
}

/* ---- Finding --------------------------------------------------------------------------------- */

int64_t lake_newest_log(const struct store_listing *listed, const struct model_table *table)
{
    int64_t newest = -1, version;
    for (size_t i = 0; i < listed->count; i++)
        if (lake_is_log_key(table, listed->objects[i].key, &version) && version > newest)
            newest = version;
    return newest;
}

bool lake_has_whole(const struct lake *lake, int table, const struct lake_entry *entry)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    lake_table_key(&key, lake_model_table(lake, table), entry->key);
    const struct store_object *object =
        store_listing_find(&lake->tables[table].listed, buffer_str(&key));
    return object && object->size_bytes == entry->bytes;
}

static bool has_current_files(const struct lake *lake, int table)
{
    const struct lake_entries *entries = &lake->tables[table].entries;
    for (size_t i = 0; i < entries->count; i++)
        if (entries->entries[i].until == LAKE_CURRENT &&
            !lake_has_whole(lake, table, &entries->entries[i]))
            return false;
    return true;
}

bool lake_has_all_whole(const struct lake *lake)
{
    for (int table = 0; table < lake_table_count(lake); table++)
        if (lake_newest_log(&lake->tables[table].listed, lake_model_table(lake, table)) <
            lake->tables[table].log.version)
            return false;
    for (int table = 0; table < lake_all_count(lake); table++)
        if (!has_current_files(lake, table))
            return false;
    return true;
}

/* ---- Objects of other programs --------------------------------------------------------------- */

static enum status refuse(const struct lake *lake, struct str key, struct error *error)
{
    error_set(error, STATUS_FOREIGN,
              "%s/%.*s was not written by sparkify, and it lies where a "
              "table would go",
              store_address(lake->store), STR_ARG(key));
    return error_hint(error, "move it away, or use another folder for the lake: a run replaces all "
                             "that is in the folders of its tables");
}

static enum status check_table(const struct lake *lake, int table, struct error *error)
{
    const struct model_table *model = lake_model_table(lake, table);
    const struct store_listing *listed = &lake->tables[table].listed;
    int64_t version;
    for (size_t i = 0; i < listed->count; i++) {
        struct str key = listed->objects[i].key;
        if (!lake_is_data_key(model, key) && !lake_is_log_key(model, key, &version) &&
            !lake_is_log_extra(model, key) && !lake_is_hidden_key(model, key) &&
            !lake_is_others_data(lake, key))
            return refuse(lake, key, error);
    }
    return STATUS_OK;
}

enum status lake_check_inventory(const struct lake *lake, struct error *error)
{
    for (int table = 0; table < lake_table_count(lake); table++)
        TRY(check_table(lake, table, error));
    return STATUS_OK;
}
