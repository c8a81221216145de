/* How new files come into force.
 *
 *   flush       every new file is safe
 *   change      what is added and removed; where that is nothing, nothing is committed
 *   plan        one object with all that the logs will say
 *   decide      one small object with the next number, put only if absent: from here on the new
 *               files are in force, whatever dies; whoever is second has lost, and clears up
 *   logs        a version for each table, from the plan; every tenth, a checkpoint
 *   clear up    the files that no kept version holds, and old plans
 */
#include "lake_private.h"

#include "delta_log.h"
#include "gate.h"
#include "names.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- The plan -------------------------------------------------------------------------------- */

static uint64_t sum_bytes(const struct lake_entries *entries)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < entries->count; i++)
        bytes += entries->entries[i].bytes;
    return bytes;
}

static uint64_t sum_rows(const struct lake_entries *entries)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < entries->count; i++)
        rows += entries->entries[i].rows;
    return rows;
}

static void write_actions(const struct lake *lake, enum table_id table,
                          const struct lake_change *change, struct buffer *out)
{
    for (size_t i = 0; i < change->removed.count; i++) {
        const struct lake_entry *file = &change->removed.entries[i];
        delta_remove(out, table, &(struct delta_file){file->key, file->bytes, file->rows},
                     lake->now_ms);
    }
    for (size_t i = 0; i < change->added.count; i++) {
        const struct lake_entry *file = &change->added.entries[i];
        delta_add(out, table, &(struct delta_file){file->key, file->bytes, file->rows}, file->stats,
                  file->added_ms);
    }
}

static void write_log(struct lake *lake, enum table_id table, const struct lake_changes *changes,
                      struct buffer *out)
{
    const struct lake_change *change = &changes->tables[table];
    struct lake_table *old = &lake->tables[table];
    struct delta_info info = {
        .operation = lake->restore >= 0 ? "RESTORE" : "WRITE",
        .is_append = old->mode == LAKE_APPEND,
        .version = lake->options.version,
        .run_id = lake->run_id,
        .files = change->added.count,
        .removed_files = change->removed.count,
        .rows = sum_rows(&change->added),
        .bytes = sum_bytes(&change->added),
        .now_ms = changes->decision.time_ms,
    };
    delta_commit_info(out, table, &info);
    if (old->version < 0) {
        uuid_make(old->id);
        old->created_ms = lake->now_ms;
        delta_protocol(out);
    }
    if (old->schema < model_tables[table].schema) {
        old->schema = model_tables[table].schema;
        delta_metadata(out, table, old->id, old->created_ms);
    }
    write_actions(lake, table, change, out);
}

/* A plan and where its parts begin; the parts point into `text` once it is whole. */
struct plan {
    struct buffer text;
    size_t logs[TABLE_ALL], entries[TABLE_ALL]; /* lengths */
    struct lake_plan_part parts[TABLE_ALL];
};

static void plan_release(struct plan *plan)
{
    buffer_release(&plan->text);
}

static void point_into(struct plan *plan, const struct lake *lake)
{
    const char *at = plan->text.data;
    for (int table = 0; table < TABLE_ALL; table++) {
        const struct lake_table *old = &lake->tables[table];
        plan->parts[table].version = old->version + (table < TABLE_COUNT && !old->is_unchanged);
        plan->parts[table].log = (struct str){at, plan->logs[table]};
        at += plan->logs[table];
    }
    for (int table = 0; table < TABLE_ALL; table++) {
        plan->parts[table].entries = (struct str){at, plan->entries[table]};
        at += plan->entries[table];
    }
}

static void write_plan(struct lake *lake, const struct lake_changes *changes, struct plan *plan)
{
    for (int table = 0; table < TABLE_ALL; table++) {
        size_t begin = plan->text.len;
        if (table < TABLE_COUNT && !lake->tables[table].is_unchanged)
            write_log(lake, (enum table_id)table, changes, &plan->text);
        plan->logs[table] = plan->text.len - begin;
    }
    for (int table = 0; table < TABLE_ALL; table++) {
        size_t begin = plan->text.len;
        lake_entries_write(&changes->tables[table].next, &plan->text);
        lake_entries_write(&changes->tables[table].tombstones, &plan->text);
        plan->entries[table] = plan->text.len - begin;
    }
    point_into(plan, lake);
}

/* ---- The decision ---------------------------------------------------------------------------- */

static json_t *describe_table(const struct lake *lake, int table, const struct lake_change *change,
                              const struct plan *plan)
{
    const struct lake_table *now = &lake->tables[table];
    int schema = table < TABLE_COUNT ? now->schema : model_tables[table].schema;
    return json_pack("{sI sI sI ss sI si sI sI sI sI sI}", "version",
                     (json_int_t)plan->parts[table].version, "log", (json_int_t)plan->logs[table],
                     "entries", (json_int_t)plan->entries[table], "id", now->id, "created",
                     (json_int_t)now->created_ms, "schema", schema, "rows", (json_int_t)now->rows,
                     "files", (json_int_t)now->files, "bytes", (json_int_t)now->bytes, "added",
                     (json_int_t)change->added.count, "removed", (json_int_t)change->removed.count);
}

static char *decision_text(const struct lake *lake, const struct lake_changes *changes,
                           const struct plan *plan, const char *plan_name)
{
    const struct lake_decision *decision = &changes->decision;
    char hash[LAKE_HASH_LEN + 1];
    json_t *tables = json_object();
    lake_hash_text(buffer_str(&plan->text), hash);
    for (int table = 0; table < TABLE_ALL; table++)
        json_object_set_new(tables, model_tables[table].folder,
                            describe_table(lake, table, &changes->tables[table], plan));
    json_t *object = json_pack(
        "{si ss sI ss sI sI ss ss so}", "format", LAKE_FORMAT, "run", lake->run_id, "time",
        (json_int_t)decision->time_ms, "operation", lake->options.operation, "keep_versions",
        (json_int_t)decision->keep_versions, "oldest", (json_int_t)decision->oldest, "plan",
        plan_name, "plan_hash", hash, "tables", tables);
    char *text = json_dumps(object, JSON_INDENT(1));
    json_decref(object);
    return text;
}

/* Who has put the decision that we wanted to put. */
static enum status lost(const struct lake *lake, const char *key, struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    struct error ignored;
    const struct store_object *object = NULL;
    const char *winner = NULL;
    json_t *decision = NULL;
    if (store_list(lake->store, "_sparkify", STORE_LIST_ALL, &listing, &ignored) == STATUS_OK)
        object = lake_find_object(&listing, str_of(key));
    if (object && store_get(lake->store, object, 0, 1 << 20, &text, &ignored) == STATUS_OK)
        decision = json_loadb(text.data, text.len, 0, NULL);
    winner = json_string_value(json_object_get(decision, "run"));
    error_set(error, STATUS_CONFLICT,
              "another run has committed to %s since this one began: %s; its tables are current, "
              "and what this run wrote is removed",
              store_address(lake->store), winner ? winner : "its run is unknown");
    json_decref(decision);
    return STATUS_CONFLICT;
}

enum status lake_look_for_next(const struct lake *lake, bool *out_is_newest, struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    CLEANUP(buffer_release) struct buffer key = {0};
    TRY(store_list(lake->store, "_sparkify/commits", STORE_LIST_ALL, &listing, error));
    lake_decision_key(&key, lake->last.number + 1);
    *out_is_newest = !lake_find_object(&listing, buffer_str(&key));
    return STATUS_OK;
}

enum status lake_still_newest(struct lake *lake, struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    struct error ignored;
    bool is_newest = true;
    if (lake->dry_store || lake_look_for_next(lake, &is_newest, &ignored) != STATUS_OK || is_newest)
        return STATUS_OK;
    lake_decision_key(&key, lake->last.number + 1);
    return lost(lake, buffer_text(&key), error);
}

/* A put whose end we do not learn may have decided: then the new files must stay. */
static enum status decide(struct lake *lake, const struct lake_changes *changes,
                          const struct plan *plan, struct error *error)
{
    CLEANUP(buffer_release) struct buffer plan_name = {0}, key = {0};
    lake_plan_key(&plan_name, lake->run_id);
    TRY(lake_gate_put(lake->store, buffer_str(&plan_name), buffer_str(&plan->text), error));
    TRY(store_flush(lake->store, error));
    TRY(lake_check_no_other(lake, error));
    lake_decision_key(&key, changes->decision.number);
    char *text = decision_text(lake, changes, plan, buffer_text(&plan_name));
    lake->is_decided = true;
    enum status status =
        lake_gate_put_if_absent(lake->store, buffer_str(&key), str_of(text), error);
    free(text);
    if (status == STATUS_OK)
        return STATUS_OK;
    if (status != STATUS_EXISTS) {
        error_wrap(error, "it is unknown whether the new tables are current");
        return status;
    }
    lake->is_decided = false;
    return lost(lake, buffer_text(&key), error);
}

/* ---- Commit and abort ------------------------------------------------------------------------ */

static enum status decide_and_log(struct lake *lake, const struct lake_changes *changes,
                                  struct error *error)
{
    CLEANUP(plan_release) struct plan plan = {0};
    write_plan(lake, changes, &plan);
    TRY(decide(lake, changes, &plan, error));
    lake->last = changes->decision; /* and its plan is for the next run to remove */
    for (int table = 0; table < TABLE_ALL; table++)
        lake->tables[table].version = plan.parts[table].version;
    enum status status = lake_put_logs(lake, plan.parts, error);
    if (status == STATUS_FOREIGN) /* at the same moment; its hint is the right one */
        return status;
    if (status == STATUS_OK && lake_put_checkpoints(lake, changes, error) == STATUS_OK)
        return STATUS_OK;
    error_wrap(error, "the new tables are in force, but writing the Delta logs failed");
    return error_hint(error, "the next run writes them: fix the cause and run again");
}

static void prune_tables(struct lake *lake)
{
    for (int table = 0; table < TABLE_COUNT; table++)
        store_prune(lake->store, model_tables[table].folder);
    store_prune(lake->store, "_rejects");
}

static void prune_staging(struct lake *lake)
{
    CLEANUP(buffer_release) struct buffer folder = {0};
    lake_staging_key(&folder, lake->run_id);
    if (lake->has_staging)
        store_prune(lake->store, buffer_text(&folder));
}

static enum status clear_up(struct lake *lake, const struct lake_changes *changes,
                            struct error *error)
{
    CLEANUP(lake_keys_release) struct lake_keys keys = {0};
    lake_find_obsolete(lake, changes, changes->has_changes, &keys);
    enum status status = lake_find_staging(lake, &keys, error);
    lake_heartbeat_end(lake, &keys);
    if (status == STATUS_OK)
        status = lake_gate_delete(lake->store, keys.keys, keys.count, error);
    prune_staging(lake);
    if (lake_has_empty_folders(lake)) {
        prune_tables(lake);
        store_prune(lake->store, "_sparkify");
    }
    if (status == STATUS_OK)
        return STATUS_OK;
    error_wrap(error, "the new tables are complete, but removing the old files failed");
    return error_hint(error, "readers of the plain files may see old and new rows until the "
                             "next run removes the rest: fix the cause and run again");
}

static enum status commit(struct lake *lake, const struct lake_changes *changes,
                          struct error *error)
{
    TRY(lake_heartbeat_begin(lake, error));
    if (changes->has_changes)
        TRY(decide_and_log(lake, changes, error));
    lake->is_decided = true;
    return clear_up(lake, changes, error);
}

static void count_removals(struct lake *lake, const struct lake_changes *changes)
{
    CLEANUP(lake_keys_release) struct lake_keys keys = {0};
    lake_find_obsolete(lake, changes, true, &keys);
}

enum status lake_commit(struct lake *lake, struct error *error)
{
    CLEANUP(lake_changes_release) struct lake_changes changes = {0};
    TRY(store_flush(lake->store, error));
    TRY(lake_check_names(lake, error));
    lake_changes_make(lake, &changes);
    lake->is_committed = changes.has_changes;
    if (!lake->dry_store)
        return commit(lake, &changes, error);
    count_removals(lake, &changes);
    return STATUS_OK;
}

/* Nothing was there, so nothing stays. */
static bool has_made_probe(const struct lake *lake)
{
    return lake->has_put_probe && lake->last.number < 0;
}

static void find_own_files(struct lake *lake, struct lake_keys *out)
{
    CLEANUP(buffer_release) struct buffer plan = {0};
    for (size_t i = 0; i < lake->shared.begun.count; i++)
        lake_keys_add(out, lake->shared.begun.keys[i]);
    lake_plan_key(&plan, lake->run_id);
    lake_keys_add(out, arena_copy(&out->arena, buffer_str(&plan)));
    if (has_made_probe(lake))
        lake_keys_add(out, STR(LAKE_PROBE_KEY));
}

/* The run has failed already, with a message of its own: what cannot be removed here is removed by
 * the next run's commit. What is still being written is waited for: it would appear afterwards. */
void lake_abort(struct lake *lake)
{
    CLEANUP(lake_keys_release) struct lake_keys keys = {0};
    struct error ignored;
    if (!atomic_load(&lake->shared.beat) && !has_made_probe(lake))
        return;
    if (!lake->is_decided) {
        (void)!store_flush(lake->store, &ignored);
        find_own_files(lake, &keys);
    }
    (void)!lake_find_staging(lake, &keys, &ignored);
    lake_heartbeat_end(lake, &keys);
    (void)!lake_gate_delete(lake->store, keys.keys, keys.count, &ignored);
    prune_tables(lake);
    prune_staging(lake);
    if (lake->last.number < 0) /* elsewhere, somebody may write into empty folders of a run */
        store_prune(lake->store, "_sparkify");
}
