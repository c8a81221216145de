/* old_versions: lake_restore and lake_vacuum, by which the commit makes an old version
 * current, or deletes old ones. */
#include "inventory.h"
#include "lake_state.h"

/* All files of a version must be there before it is restored. */
static enum status check_files(const struct lake *lake, int64_t version, struct error *error)
{
    for (int table = 0; table < lake_table_count(lake); table++)
        for (size_t i = 0; i < lake->tables[table].entries.count; i++) {
            const struct lake_entry *entry = &lake->tables[table].entries.entries[i];
            if (!lake_entry_is_of(entry, version) || lake_has_whole(lake, table, entry))
                continue;
            error_set(error, STATUS_CORRUPT,
                      "version %lld of %s cannot be restored: %s/%.*s is not there, or not as long "
                      "as it was",
                      (long long)version, store_address(lake->store),
                      lake_model_table(lake, table)->folder, STR_ARG(entry->key));
            return error_hint(error, "put the file back from a copy, or restore another version");
        }
    return STATUS_OK;
}

enum status lake_restore(struct lake *lake, int64_t version, struct error *error)
{
    TRY(lake_check_kept(lake, version, error));
    TRY(check_files(lake, version, error));
    lake->restore = version;
    return STATUS_OK;
}

enum status lake_vacuum(struct lake *lake, int64_t retain_ms, struct error *error)
{
    TRY(lake_check_any(lake, error));
    if (lake->running.count) {
        error_set(error, STATUS_CONFLICT, "the run %.*s is still running in %s",
                  STR_ARG(lake->running.keys[0]), store_address(lake->store));
        return error_hint(error, "try again when it has ended");
    }
    for (int table = 0; table < lake_all_count(lake); table++)
        lake->tables[table].mode = LAKE_KEEP;
    lake->retain_ms = retain_ms;
    return STATUS_OK;
}
