#include "others.h"

#include "names.h"
#include "ours.h"
#include "remembered.h"

/* ---- The models ------------------------------------------------------------------------------ */

void lake_others_add(struct lake *lake, const struct model *model, struct model *own)
{
    *MEM_ADD(lake->others, lake->other_count, lake->other_cap) = (struct lake_other){model, own};
}

static bool has_key(const struct model *model, struct str key)
{
    CLEANUP(buffer_release) struct buffer other = {0};
    lake_model_key(&other, model);
    return str_equal(buffer_str(&other), key);
}

static bool is_known(const struct lake *lake, struct str key)
{
    bool is_known = has_key(lake->model, key);
    for (size_t i = 0; i < lake->other_count && !is_known; i++)
        is_known = has_key(lake->others[i].model, key);
    return is_known;
}

static bool is_no_model(enum status status)
{
    return status == STATUS_NOT_FOUND || status == STATUS_CHANGED || status == STATUS_CORRUPT;
}

enum status lake_others_read(struct lake *lake, struct error *error)
{
    for (size_t i = 0; i < lake->own.count; i++) {
        struct str key = lake->own.objects[i].key;
        CLEANUP(buffer_release) struct buffer text = {0};
        struct model *model = NULL;
        if (!lake_is_model_key(key) || is_known(lake, key))
            continue;
        enum status status = lake_read_model(lake->store, &lake->own, key, &text, &model, error);
        if (status == STATUS_OK)
            lake_others_add(lake, model, model);
        else if (!is_no_model(status))
            return status;
    }
    return STATUS_OK;
}

void lake_others_release(struct lake *lake)
{
    for (size_t i = 0; i < lake->folder_count; i++)
        store_listing_release(&lake->folders[i].listed);
    mem_free(lake->folders);
    for (size_t i = 0; i < lake->other_count; i++)
        model_free(lake->others[i].own);
    mem_free(lake->others);
    lake->folders = NULL;
    lake->others = NULL;
    lake->folder_count = lake->folder_cap = lake->other_count = lake->other_cap = 0;
}

/* ---- Their folders --------------------------------------------------------------------------- */

static void add_folder(struct lake *lake, const struct model_table *table)
{
    if (model_find_table(lake->model, table->name) >= 0 || lake_others_folder(lake, table->name))
        return;
    *MEM_ADD(lake->folders, lake->folder_count, lake->folder_cap) =
        (struct lake_folder){.table = table};
}

enum status lake_others_list(struct lake *lake, struct error *error)
{
    for (size_t i = 0; i < lake->other_count; i++)
        for (size_t table = 0; table < lake->others[i].model->table_count; table++)
            add_folder(lake, &lake->others[i].model->tables[table]);
    if (lake->folder_count == 0)
        return STATUS_OK;
    CLEANUP(mem_drop) struct store_list *lists = mem_alloc(lake->folder_count * sizeof *lists);
    for (size_t i = 0; i < lake->folder_count; i++)
        lists[i] = (struct store_list){lake->folders[i].table->folder, STORE_LIST_ALL,
                                       &lake->folders[i].listed};
    return store_list_all(lake->store, lists, lake->folder_count, error);
}

const struct lake_folder *lake_others_folder(const struct lake *lake, const char *name)
{
    for (size_t i = 0; i < lake->folder_count; i++)
        if (strcmp(lake->folders[i].table->name, name) == 0)
            return &lake->folders[i];
    return NULL;
}

/* ---- Their files ----------------------------------------------------------------------------- */

static void find_files(const struct lake *lake, const struct store_listing *listed,
                       struct lake_keys *out)
{
    for (size_t i = 0; i < listed->count; i++) {
        struct str key = listed->objects[i].key;
        if (!lake_is_data_of(lake->model, key) && lake_is_others_data(lake, key))
            lake_keys_add(out, key);
    }
}

void lake_others_files(const struct lake *lake, struct lake_keys *out)
{
    if (lake->other_count == 0)
        return;
    for (int table = 0; table < lake_table_count(lake); table++)
        find_files(lake, &lake->tables[table].listed, out);
    for (size_t i = 0; i < lake->folder_count; i++)
        find_files(lake, &lake->folders[i].listed, out);
    find_files(lake, &lake->own, out); /* the state's */
}
