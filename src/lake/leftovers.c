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

bool lake_is_others_leftover(const struct lake *lake, struct str key)
{
    return lake_is_others_data(lake, key) && is_left(lake, key);
}

bool lake_is_leftover(const struct lake *lake, int table, const struct lake_keys *known,
                      struct str key)
{
    return lake_is_data_key(lake_model_table(lake, table), key) && !lake_keys_has(known, key) &&
           is_left(lake, key);
}

bool lake_is_old_plan(const struct lake *lake, struct str key)
{
    return lake_is_plan_key(key) && !store_is_temporary(key) && !str_equal(key, lake->last.plan) &&
           !lake_is_running(lake, key);
}

static uint64_t count_leftovers(const struct lake *lake, int table)
{
    CLEANUP(lake_keys_release) struct lake_keys known = {0};
    const struct lake_table *old = &lake->tables[table];
    uint64_t count = 0;
    if (old->listed.count == 0)
        return 0;
    lake_entries_list_keys(&old->entries, lake_model_table(lake, table), &known);
    for (size_t i = 0; i < old->listed.count; i++)
        count += lake_is_leftover(lake, table, &known, old->listed.objects[i].key);
    return count;
}

/* `with_state`: those of the state's tables, too. */
static uint64_t count_others(const struct lake *lake, bool with_state)
{
    CLEANUP(lake_keys_release) struct lake_keys files = {0};
    uint64_t count = 0;
    lake_others_files(lake, &files);
    for (size_t i = 0; i < files.count; i++)
        count += (with_state || !str_starts_with(files.keys[i], STR("_sparkify/"))) &&
                 lake_is_others_leftover(lake, files.keys[i]);
    return count;
}

bool lake_has_leftovers(const struct lake *lake)
{
    for (size_t i = 0; i < lake->own.count; i++)
        if (lake_is_old_plan(lake, lake->own.objects[i].key))
            return true;
    for (int table = 0; table < lake_all_count(lake); table++)
        if (count_leftovers(lake, table) > 0)
            return true;
    return count_others(lake, true) > 0;
}

uint64_t lake_count_leftovers(const struct lake *lake)
{
    uint64_t count = count_others(lake, false);
    for (int table = 0; table < lake_table_count(lake); table++)
        count += count_leftovers(lake, table);
    return count;
}
