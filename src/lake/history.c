/* The decisions so far, and going back to one. */
#include "lake_private.h"

#include "decision.h"
#include "names.h"

/* ---- History ---------------------------------------------------------------------------------
 */

static void add_entry(struct lake_history *history, int64_t version,
                      const struct decision *decision)
{
    MEM_GROW(history->entries, history->count + 1, history->cap);
    struct lake_history_entry *entry = &history->entries[history->count++];
    *entry = (struct lake_history_entry){
        .version = version,
        .time_ms = decision->time_ms,
        .run_id = arena_copy(&history->arena, decision->run_id),
        .operation = arena_copy(&history->arena, decision->operation),
    };
    for (int table = 0; table < TABLE_COUNT; table++) {
        const struct decision_table *from = &decision->tables[table];
        entry->tables[table] = (struct lake_history_table){
            .version = from->version,
            .rows = (uint64_t)from->rows,
            .files = (uint64_t)from->files,
            .bytes = (uint64_t)from->bytes,
            .added = (uint64_t)from->added_files,
            .removed = (uint64_t)from->removed_files,
        };
    }
}

/* What decisions are read into, and whom to tell of those that cannot be: NULL, and the first fails
 * all. */
struct reading {
    struct store *store;
    struct lake_history *out;
    int64_t oldest;
    lake_damaged_fn *damaged;
    void *ctx;
};

static enum status take_entry(struct reading *reading, struct str key, int64_t version,
                              struct str text, struct error *error)
{
    CLEANUP(decision_release) struct decision decision = {0};
    enum status status =
        decision_read(store_address(reading->store), key, version, text, &decision, error);
    if (status == STATUS_CORRUPT && reading->damaged) {
        reading->damaged(reading->ctx, error->message);
        return STATUS_OK;
    }
    TRY(status);
    add_entry(reading->out, version, &decision);
    if (reading->out->count == 1)
        reading->oldest = decision.oldest;
    return STATUS_OK;
}

/* Far away, all are asked for before the first is waited for. */
static enum status read_entries(struct reading *reading, const struct store_listing *listing,
                                struct error *error)
{
    size_t ahead = store_reads_ahead(reading->store).reads + 1, begun = listing->count;
    struct store_read **reads = mem_zalloc((listing->count + 1) * sizeof(*reads));
    enum status status = STATUS_OK;
    int64_t version;
    for (size_t i = listing->count; i-- > 0 && status == STATUS_OK;) {
        CLEANUP(buffer_release) struct buffer text = {0};
        while (begun > 0 && begun + ahead > i + 1) {
            begun--;
            if (lake_is_decision_key(listing->objects[begun].key, &version))
                reads[begun] = store_read_begin(reading->store, &listing->objects[begun], 0,
                                                LAKE_MAX_DECISION_BYTES);
        }
        struct store_read *read = reads[i];
        reads[i] = NULL;
        if (!read || !lake_is_decision_key(listing->objects[i].key, &version))
            continue;
        status = store_read_finish(read, &text, error);
        if (status == STATUS_OK)
            status =
                take_entry(reading, listing->objects[i].key, version, buffer_str(&text), error);
    }
    for (size_t i = 0; i < listing->count; i++)
        store_read_drop(reads[i]);
    mem_free(reads);
    for (size_t i = 0; i < reading->out->count; i++)
        reading->out->entries[i].is_kept = reading->out->entries[i].version >= reading->oldest;
    return status;
}

static enum status read_history(struct reading *reading, struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    TRY(store_list(reading->store, "_sparkify/commits", STORE_LIST_ALL, &listing, error));
    return read_entries(reading, &listing, error);
}

enum status lake_history_read(struct store *store, struct lake_history *out, struct error *error)
{
    struct lake_history history = {0};
    struct reading reading = {.store = store, .out = &history};
    enum status status = read_history(&reading, error);
    if (status == STATUS_OK)
        *out = history;
    else
        lake_history_release(&history);
    return status;
}

enum status lake_history_examine(struct store *store, lake_damaged_fn *damaged, void *ctx,
                                 struct error *error)
{
    CLEANUP(lake_history_release) struct lake_history history = {0};
    struct reading reading = {.store = store, .out = &history, .damaged = damaged, .ctx = ctx};
    return read_history(&reading, error);
}

void lake_history_release(struct lake_history *history)
{
    mem_free(history->entries);
    arena_release(&history->arena);
    *history = (struct lake_history){0};
}

/* ---- Old versions ----------------------------------------------------------------------------
 */

enum status lake_check_any(const struct lake *lake, struct error *error)
{
    if (lake->last.number >= 0)
        return STATUS_OK;
    error_set(error, STATUS_NOT_FOUND, "%s holds no version of a lake", store_address(lake->store));
    return error_hint(error, "give the --output of a run of 'sparkify etl'");
}

enum status lake_check_kept(const struct lake *lake, int64_t version, struct error *error)
{
    const struct lake_decision *last = &lake->last;
    TRY(lake_check_any(lake, error));
    if (version >= last->oldest && version <= last->number)
        return STATUS_OK;
    error_set(error, STATUS_NOT_FOUND, "version %lld of %s is not kept: %lld to %lld are",
              (long long)version, store_address(lake->store), (long long)last->oldest,
              (long long)last->number);
    return error_hint(error, "'sparkify history' lists them; --keep-versions N keeps more from "
                             "the next run on");
}

/* All files of a version are to be there before it comes back. */
static enum status check_whole(const struct lake *lake, int64_t version, struct error *error)
{
    for (int table = 0; table < TABLE_COUNT; table++)
        for (size_t i = 0; i < lake->tables[table].entries.count; i++) {
            const struct lake_entry *entry = &lake->tables[table].entries.entries[i];
            if (!lake_entry_is_of(entry, version) ||
                lake_is_whole(lake, (enum table_id)table, entry))
                continue;
            error_set(error, STATUS_CORRUPT,
                      "version %lld of %s cannot be restored: %s/%.*s is not there, or not as long "
                      "as it was",
                      (long long)version, store_address(lake->store), model_tables[table].folder,
                      STR_ARG(entry->key));
            return error_hint(error, "put the file back from a copy, or restore another version");
        }
    return STATUS_OK;
}

enum status lake_restore(struct lake *lake, int64_t version, struct error *error)
{
    TRY(lake_check_kept(lake, version, error));
    TRY(check_whole(lake, version, error));
    lake->restore = version;
    return STATUS_OK;
}

enum status lake_vacuum(struct lake *lake, int64_t retain_ms, struct error *error)
{
    TRY(lake_check_any(lake, error));
    if (lake->alive.count) {
        error_set(error, STATUS_CONFLICT, "the run %.*s is still running in %s",
                  STR_ARG(lake->alive.keys[0]), store_address(lake->store));
        return error_hint(error, "try again when it has ended");
    }
    for (int table = 0; table < TABLE_ALL; table++)
        lake->tables[table].mode = LAKE_KEEP;
    lake->retain_ms = retain_ms;
    return STATUS_OK;
}
