#include "leftovers.h"

#include "markers.h"
#include "names.h"
#include "others.h"
#include "ours.h"

/* What a commit of this run would not remove itself. */
static bool is_left(const struct lake *lake, struct str key)
{
    bool is_kept = lake_keeps_others(lake) && lake_is_others_data(lake, key);
    return !is_kept && !lake_keys_has(&lake->replaced.keys, key) && !lake_is_running(lake, key);
}

static void find_in_table(const struct lake *lake, int table, struct lake_keys *out)
{
    const struct model_table *model = lake_model_table(lake, table);
    const struct store_listing *listed = &lake->tables[table].listed;
    size_t folder = strlen(model->folder) + 1;
    for (size_t i = 0; i < listed->count; i++) {
        struct str key = listed->objects[i].key;
        if (!lake_is_data_key(model, key))
            continue;
        if (!lake_entries_has(&lake->tables[table].entries, str_from(key, folder)) &&
            is_left(lake, key))
            lake_keys_add(out, key);
    }
}

void lake_find_leftovers(const struct lake *lake, struct lake_keys *out)
{
    CLEANUP(lake_keys_release) struct lake_keys others = {0};
    for (int table = 0; table < lake_all_count(lake); table++)
        find_in_table(lake, table, out);
    lake_others_files(lake, &others);
    for (size_t i = 0; i < others.count; i++)
        if (is_left(lake, others.keys[i]))
            lake_keys_add(out, others.keys[i]);
}

bool lake_is_old_plan(const struct lake *lake, struct str key)
{
    return lake_is_plan_key(key) && !store_is_temporary(key) && !str_equal(key, lake->last.plan) &&
           !lake_is_running(lake, key);
}

bool lake_has_old_plans(const struct lake *lake)
{
    for (size_t i = 0; i < lake->own.count; i++)
        if (lake_is_old_plan(lake, lake->own.objects[i].key))
            return true;
    return false;
}
