#include "clear.h"

#include "leftovers.h"
#include "markers.h"
#include "names.h"
#include "others.h"
#include "ours.h"

/* ---- Data files ------------------------------------------------------------------------------ */

/* Files of versions that are no longer kept, whether they were listed or not. */
static void find_data(struct lake *lake, int table, const struct lake_change *change,
                      struct lake_keys *out)
{
    const struct lake_entries *old = &lake->tables[table].entries;
    for (size_t i = 0; i < old->count; i++) {
        const struct lake_entry *file = &old->entries[i];
        bool is_again = i && str_equal(file->key, old->entries[i - 1].key);
        if (is_again || lake_entries_has(&change->next, file->key))
            continue;
        lake_keys_add_file(out, lake_model_table(lake, table), file->key);
        if (table >= lake_table_count(lake))
            continue;
        lake->cleared.files++;
        lake->cleared.bytes += file->bytes;
    }
}

/* Files of the tables that this run has replaced, whether they were listed or not. */
static void find_replaced(struct lake *lake, const struct lake_decision *decision,
                          struct lake_keys *out)
{
    const struct model *model = lake->replaced.model;
    bool is_kept = lake->now_ms < decision->others_until_ms;
    for (size_t i = 0; !is_kept && i < lake->replaced.keys.count; i++)
        lake_keys_add(out, lake->replaced.keys.keys[i]);
    for (size_t table = 0; model && table < model->table_count; table++) {
        const struct lake_entries *files = &lake->replaced.tables[table].entries;
        *(is_kept ? &lake->cleared.kept : &lake->cleared.files) += files->count;
        for (size_t i = 0; !is_kept && i < files->count; i++)
            lake->cleared.bytes += files->entries[i].bytes;
    }
}

/* ---- Other objects --------------------------------------------------------------------------- */

/* Unfinished files of rejects. */
static void find_rejects(struct lake *lake, struct lake_keys *out)
{
    for (size_t i = 0; i < lake->rejects.count; i++) {
        struct str key = lake->rejects.objects[i].key;
        CLEANUP(buffer_release) struct buffer target = {0};
        if (store_is_temporary(key) && lake_is_rejects_key(store_temporary_target(key, &target)) &&
            !lake_is_running(lake, key)) {
            lake_keys_add(out, key);
            lake->cleared.unfinished++;
        }
    }
}

/* The names of temporaries of logs and decisions do not tell whose they are, so none is deleted
 * while another run is running. */
static void find_temporaries(const struct lake *lake, const struct store_listing *listed,
                             struct lake_keys *out)
{
    for (size_t i = 0; lake->running.count == 0 && i < listed->count; i++) {
        struct str key = listed->objects[i].key;
        bool is_log = memmem(key.data, key.len, "/_delta_log/", 12) != NULL;
        bool is_own = str_starts_with(key, STR("_sparkify/")) &&
                      !str_starts_with(key, STR("_sparkify/state/"));
        if (store_is_temporary(key) && (is_log || is_own) && lake_is_ours(lake, key))
            lake_keys_add(out, key);
    }
}

/* True where there are data files that neither the lake's model has, nor the replaced one. */
static bool has_older_files(const struct lake *lake)
{
    CLEANUP(lake_keys_release) struct lake_keys files = {0};
    const struct model *replaced = lake->replaced.model;
    size_t known = 0;
    lake_others_files(lake, &files);
    while (replaced && known < files.count && lake_is_data_of(replaced, files.keys[known]))
        known++;
    return known < files.count;
}

/* Models that are not the newest version's: of runs that have not committed, of versions before a
 * rebuild, or before columns were added, whose files the newest one reads. As long as there are
 * files of such a model they are known by it; the files of the replaced model are deleted with this
 * run's. Another run may be about to name one. */
static void find_old_models(const struct lake *lake, struct lake_keys *out)
{
    CLEANUP(buffer_release) struct buffer current = {0}, replaced = {0};
    CLEANUP(lake_keys_release) struct lake_keys old = {0};
    lake_decided_model_key(&current, lake->model);
    if (lake->replaced.model)
        lake_model_key(&replaced, lake->replaced.model);
    for (size_t i = 0; i < lake->own.count; i++) {
        struct str key = lake->own.objects[i].key;
        if (lake_is_model_key(key) && !str_equal(key, buffer_str(&current)) &&
            !str_equal(key, buffer_str(&replaced)))
            lake_keys_add(&old, key);
    }
    if (old.count == 0 || lake->running.count || lake_keeps_others(lake) || has_older_files(lake))
        return;
    for (size_t i = 0; i < old.count; i++)
        lake_keys_add(out, old.keys[i]);
}

/* Markers of crashed runs and what was written for them, and plans that are not current: that of
 * the decision before, and those that no decision names. */
static bool is_own_obsolete(const struct lake *lake, struct str last_plan, struct str key,
                            bool is_decided)
{
    struct str run_id;
    if (is_decided && (str_equal(key, last_plan) || lake_is_old_plan(lake, key)))
        return true;
    return (lake_is_marker_key(key, &run_id) || lake_is_staging_key(key)) &&
           !lake_is_running(lake, key);
}

enum status lake_find_staging(struct lake *lake, struct lake_keys *out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer folder = {0};
    CLEANUP(store_listing_release) struct store_listing listed = {0};
    if (!lake->has_staging)
        return STATUS_OK;
    lake_staging_key(&folder, lake->run_id);
    TRY(store_list(lake->store, buffer_text(&folder), STORE_LIST_ALL, &listed, error));
    for (size_t i = 0; i < listed.count; i++)
        if (lake_is_staging_key(listed.objects[i].key))
            lake_keys_add_copy(out, listed.objects[i].key);
    return STATUS_OK;
}

bool lake_has_empty_folders(const struct lake *lake)
{
    bool has_any =
        lake->own.has_empty_folder || lake->rejects.has_empty_folder || lake->folder_count > 0;
    for (int table = 0; table < lake_table_count(lake); table++)
        has_any |= lake->tables[table].listed.has_empty_folder;
    return has_any && lake->running.count == 0;
}

void lake_find_obsolete(struct lake *lake, const struct lake_changes *changes, bool is_decided,
                        struct lake_keys *out)
{
    const struct lake_keys *leftovers = &changes->leftovers;
    lake->cleared =
        (struct lake_cleared){.kept = lake->cleared.kept, .unfinished = leftovers->count};
    for (int table = 0; table < lake_all_count(lake); table++) {
        const struct lake_change *change = &changes->tables[table];
        find_data(lake, table, change, out);
        for (size_t i = 0; i < change->obsolete.count; i++)
            lake_keys_add(out, change->obsolete.keys[i]);
        if (table < lake_table_count(lake))
            find_temporaries(lake, &lake->tables[table].listed, out);
    }
    find_replaced(lake, &changes->decision, out);
    for (size_t i = 0; i < leftovers->count; i++)
        lake_keys_add(out, leftovers->keys[i]);
    for (size_t i = 0; i < lake->folder_count; i++)
        find_temporaries(lake, &lake->folders[i].listed, out);
    find_rejects(lake, out);
    find_temporaries(lake, &lake->own, out);
    for (size_t i = 0; i < lake->own.count; i++)
        if (is_own_obsolete(lake, changes->replaced_plan, lake->own.objects[i].key, is_decided))
            lake_keys_add(out, lake->own.objects[i].key);
    if (is_decided)
        find_old_models(lake, out);
}
