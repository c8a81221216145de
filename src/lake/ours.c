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
