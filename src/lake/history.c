#include "history.h"

#include "decision.h"
#include "foreign.h"
#include "names.h"
#include "remembered.h"

#include <model_parse.h>

/* ---- Reading --------------------------------------------------------------------------------- */

static void add_entry(struct lake_history *history, int64_t version, int64_t oldest,
                      const struct decision *decision)
{
    struct lake_history_entry *entry = MEM_ADD(history->entries, history->count, history->cap);
    *entry = (struct lake_history_entry){
        .version = version,
        .time_ms = decision->version.time_ms,
        .is_kept = version >= oldest,
        .run_id = arena_copy(&history->arena, decision->run_id),
        .operation = arena_copy(&history->arena, decision->operation),
        .total = decision_total(decision, version),
    };
    for (int table = 0; table < (int)history->model->table_count; table++) {
        const struct decision_table *from = &decision->tables[table];
        entry->tables[table] = (struct lake_history_table){from->log.version, from->counts,
                                                           from->added, from->removed};
    }
}

/* What decisions are read into. `damaged` is called for those that are damaged; where it is NULL
 * the first is an error. */
struct reading {
    struct store *store;
    struct lake_history *out;
    int64_t oldest; /* the oldest version that is kept, by the newest, which is read first */
    lake_history_damaged_fn *damaged;
    void *ctx;
};

/* The model of the newest version, which is read first. */
static enum status find_model(struct reading *reading, struct str text, struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    CLEANUP(buffer_release) struct buffer key = {0}, model = {0};
    struct lake_history *out = reading->out;
    if (out->model)
        return STATUS_OK;
    decision_model_key(text, &key);
    out->model = model_builtin();
    if (key.len == 0)
        return STATUS_OK;
    TRY(store_list(reading->store, "_sparkify/models", STORE_LIST_ALL, &listing, error));
    TRY(lake_read_model(reading->store, &listing, buffer_str(&key), &model, &out->own_model,
                        error));
    out->model = out->own_model;
    return STATUS_OK;
}

static enum status parse_entry(struct reading *reading, struct str key, int64_t version,
                               struct str text, struct error *error)
{
    CLEANUP(decision_release) struct decision decision = {0};
    TRY(find_model(reading, text, error));
    enum status status = decision_parse(store_address(reading->store), key, version, text,
                                        reading->out->model, &decision, error);
    if (status == STATUS_CORRUPT && reading->damaged) {
        reading->damaged(reading->ctx, error->message);
        return STATUS_OK;
    }
    TRY(status);
    if (reading->out->count == 0)
        reading->oldest = decision.version.oldest;
    add_entry(reading->out, version, reading->oldest, &decision);
    return STATUS_OK;
}

/* Where the store is remote several reads are under way at once. */
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
                parse_entry(reading, listing->objects[i].key, version, buffer_str(&text), error);
    }
    for (size_t i = 0; i < listing->count; i++) { /* not dropped: their objects end here */
        CLEANUP(buffer_release) struct buffer unused = {0};
        struct error ignored;
        if (reads[i])
            (void)!store_read_finish(reads[i], &unused, &ignored);
    }
    mem_free(reads);
    return status;
}

static enum status read_history(struct reading *reading, struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    TRY(store_list(reading->store, "_sparkify/commits", STORE_LIST_ALL, &listing, error));
    TRY(read_entries(reading, &listing, error));
    if (!reading->out->model)
        reading->out->model = model_builtin();
    return STATUS_OK;
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

enum status lake_history_examine(struct store *store, lake_history_damaged_fn *damaged, void *ctx,
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
    model_free(history->own_model);
    *history = (struct lake_history){0};
}

/* ---- Checking -------------------------------------------------------------------------------- */

#define MAX_TRIES 100 /* the history is read again, as runs commit meanwhile */

static enum status check_newest(struct store *store, const struct lake_history *history,
                                struct error *error)
{
    int64_t versions[MODEL_MAX_TABLES];
    if (history->count == 0)
        return STATUS_OK;
    for (int table = 0; table < (int)history->model->table_count; table++)
        versions[table] = history->entries[0].tables[table].version;
    return lake_check_log_ends(store, history->model, versions, true, error);
}

/* Reads the decisions again; *out_is_newer: a run has committed since `history` was read. */
static enum status read_again(struct store *store, struct lake_history *history, bool *out_is_newer,
                              struct error *error)
{
    struct lake_history again;
    TRY(lake_history_read(store, &again, error));
    *out_is_newer = again.count &&
                    (history->count == 0 || again.entries[0].version > history->entries[0].version);
    lake_history_release(history);
    *history = again;
    return STATUS_OK;
}

/* A log is put after the decision that it belongs to. So what looks like another program's commit
 * is one only where no newer decision has come after the log was listed. */
enum status lake_history_check(struct store *store, struct lake_history *history,
                               struct error *error)
{
    bool is_newer = true;
    enum status status = STATUS_OK;
    for (int tries = 0; is_newer && tries < MAX_TRIES; tries++) {
        status = check_newest(store, history, error);
        if (status != STATUS_FOREIGN && status != STATUS_CORRUPT)
            return status;
        struct error failed;
        if (read_again(store, history, &is_newer, &failed) != STATUS_OK) {
            *error = failed;
            return failed.status;
        }
    }
    if (!is_newer)
        return status;
    error_set(error, STATUS_CONFLICT, "runs commit to %s all the time", store_address(store));
    return error_hint(error, "try again when they have ended");
}
