#include "ours.h"

#include "names.h"

bool lake_is_ours(const struct lake *lake, struct str key)
{
    bool is_ours = lake_owns(lake->model, key);
    for (size_t i = 0; i < lake->other_count && !is_ours; i++)
        is_ours = lake_owns(lake->others[i].model, key);
    return is_ours;
}

bool lake_is_data_of(const struct model *model, struct str key)
{
    for (size_t i = 0; i < model->all_count; i++)
        if (lake_is_data_key(&model->tables[i], key))
            return true;
    return false;
}

bool lake_is_others_data(const struct lake *lake, struct str key)
{
    for (size_t i = 0; i < lake->other_count; i++)
        if (lake_is_data_of(lake->others[i].model, key))
            return true;
    return false;
}

bool lake_keeps_others(const struct lake *lake)
{
    return lake->now_ms < lake->last.others_until_ms;
}

static void add_table(struct lake_same_folder *out, const struct model *model, const char *folder)
{
    for (size_t i = 0; i < model->all_count; i++)
        if (strcmp(model->tables[i].folder, folder) == 0)
            out->tables[out->count++] = &model->tables[i];
}

struct lake_same_folder lake_tables_of_folder(const struct lake *lake, const char *folder)
{
    struct lake_same_folder found = {0};
    add_table(&found, lake->model, folder);
    for (size_t i = 0; i < lake->other_count; i++)
        add_table(&found, lake->others[i].model, folder);
    return found;
}
