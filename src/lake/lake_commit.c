/* How a run's files become current.
 *
 *   flush     every new file is on durable storage
 *   change    which files are added and removed; where there are none, nothing is committed
 *   plan      one object with all that the logs will say
 *   decide    one small object with the next number, put only if absent: from here on the new files
 *             are current, whatever crashes; a run that comes second has lost, and clears up
 *   logs      a version for each table, from the plan; every tenth, a checkpoint
 *   clear up  deletes the files that no kept version holds, and old plans
 *
 * A run that crashes before its decision has changed nothing. After one that crashes behind it,
 * whoever opens the lake next finds a log without the version that the decision names, and puts it
 * from the plan. */
#include "checkpoint_put.h"
#include "clear.h"
#include "foreign.h"
#include "gate.h"
#include "log_put.h"
#include "markers.h"
#include "names.h"
#include "new_files.h"
#include "newest.h"
#include "plan_write.h"
#include "remembered.h"

#include <inttypes.h>

/* ---- The decision ---------------------------------------------------------------------------- */

static struct decision_table describe_table(const struct lake *lake, int table,
                                            const struct lake_change *change,
                                            const struct lake_plan *plan)
{
    const struct lake_table *now = &lake->tables[table];
    struct decision_table out = {
        .log = now->log,
        .log_bytes = plan->log_bytes[table],
        .entries_bytes = plan->entries_bytes[table],
        .counts = now->after,
        .added = change->added.count,
        .removed = change->removed.count,
    };
    out.log.version = plan->parts[table].version;
    if (table >= lake_table_count(lake))
        out.log.schema = lake_model_table(lake, table)->schema;
    return out;
}

static void describe_retired(const struct lake *lake, const struct lake_plan *plan,
                             struct decision *out)
{
    out->retired_count = lake->retired_count;
    for (size_t i = 0; i < lake->retired_count; i++) {
        out->retired[i] = lake->retired[i];
        out->retired[i].table.log.version = plan->retired[i].version;
        out->retired[i].table.log_bytes = plan->retired_bytes[i];
    }
}

static void write_decision(const struct lake *lake, const struct lake_changes *changes,
                           const struct lake_plan *plan, struct str plan_key, struct buffer *out)
{
    char hash[LAKE_HASH_LEN + 1];
    CLEANUP(buffer_release) struct buffer model_key = {0};
    lake_plan_print_hash(plan, hash);
    lake_decided_model_key(&model_key, lake->model);
    struct decision decision = {
        .model = lake->model,
        .version = changes->decision,
        .run_id = str_of(lake->run_id),
        .operation = str_of(lake->options.operation),
        .plan_hash = str_of(hash),
        .model_key = model_key.len ? buffer_str(&model_key) : STR_NULL,
    };
    decision.version.plan = plan_key;
    for (int table = 0; table < lake_all_count(lake); table++)
        decision.tables[table] = describe_table(lake, table, &changes->tables[table], plan);
    describe_retired(lake, plan, &decision);
    decision_write(&decision, out);
}

/* A put whose end is not known may have decided: then the new files must stay. */
static enum status put_decision(struct lake *lake, int64_t number, struct str text,
                                struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    lake_decision_key(&key, number);
    lake->is_decided = true;
    enum status status = lake_gate_put_if_absent(lake, buffer_str(&key), text, error);
    if (status == STATUS_EXISTS) {
        lake->is_decided = false;
        return lake_report_conflict(lake, error);
    }
    if (status != STATUS_OK)
        error_wrap(error, "it cannot be told whether the new tables are current");
    return status;
}

static enum status decide(struct lake *lake, const struct lake_changes *changes,
                          struct lake_plan *plan, struct error *error)
{
    CLEANUP(buffer_release) struct buffer plan_key = {0}, text = {0};
    lake_plan_key(&plan_key, lake->run_id);
    TRY(lake_put_model(lake, error));
    TRY(lake_put_both_models(lake, error)); /* a run that began earlier may have deleted them */
    TRY(lake_plan_write(lake, changes, buffer_str(&plan_key), plan, error));
    TRY(store_flush(lake->store, error));
    TRY(lake_check_no_other(lake, error));
    write_decision(lake, changes, plan, buffer_str(&plan_key), &text);
    return put_decision(lake, changes->decision.number, buffer_str(&text), error);
}

/* ---- Commit ---------------------------------------------------------------------------------- */

static enum status decide_and_log(struct lake *lake, const struct lake_changes *changes,
                                  struct error *error)
{
    CLEANUP(lake_plan_release) struct lake_plan plan = {0};
    TRY(decide(lake, changes, &plan, error));
    lake->last = changes->decision; /* without a plan: the next run deletes this one's */
    for (int table = 0; table < lake_all_count(lake); table++)
        lake->tables[table].log.version = plan.parts[table].version;
    enum status status = lake_put_logs(lake, &plan, error);
    if (status == STATUS_FOREIGN) /* at the same moment; its hint is the right one */
        return status;
    if (status == STATUS_OK && lake_put_checkpoints(lake, changes, error) == STATUS_OK)
        return STATUS_OK;
    error_wrap(error,
               "the new tables are current, in force as version %" PRId64
               ", but writing the Delta logs failed",
               changes->decision.number);
    return error_hint(error, "the next run writes them: fix the cause and run again");
}

/* Words, questions and charts of the model may change where no table does: they are in the model's
 * object alone, which is replaced as a whole. */
static enum status keep_words(struct lake *lake, struct error *error)
{
    TRY(lake_put_model(lake, error));
    return store_flush(lake->store, error);
}

static void prune_tables(struct lake *lake)
{
    for (int table = 0; table < lake_table_count(lake); table++)
        store_prune(lake->store, lake_model_table(lake, table)->folder);
    for (size_t i = 0; i < lake->folder_count; i++)
        store_prune(lake->store, lake->folders[i].table->folder);
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
        status = lake_gate_delete(lake, keys.keys, keys.count, error);
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
    TRY((changes->has_changes ? decide_and_log(lake, changes, error) : keep_words(lake, error)));
    lake->is_decided = true;
    return clear_up(lake, changes, error);
}

/* A dry lake has no new version, and says what would be removed. */
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

/* ---- Abort ----------------------------------------------------------------------------------- */

/* True when the probe is to be deleted: there was no lake before this run. */
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
    lake_keys_add_copy(out, buffer_str(&plan));
    if (has_made_probe(lake))
        lake_keys_add(out, STR(LAKE_PROBE_KEY));
}

/* The run has failed with a message of its own, so errors are ignored: what cannot be removed here
 * is removed by the next run's commit. The flush waits for puts that would appear later. */
void lake_abort(struct lake *lake)
{
    CLEANUP(lake_keys_release) struct lake_keys keys = {0};
    struct error ignored;
    if (!atomic_load(&lake->shared.heartbeat) && !has_made_probe(lake))
        return;
    if (!lake->is_decided) {
        (void)!store_flush(lake->store, &ignored);
        find_own_files(lake, &keys);
    }
    (void)!lake_find_staging(lake, &keys, &ignored);
    lake_heartbeat_end(lake, &keys);
    (void)!lake_gate_delete(lake, keys.keys, keys.count, &ignored);
    prune_tables(lake);
    prune_staging(lake);
    if (lake->last.number < 0) /* elsewhere another program may be using a run's empty folders */
        store_prune(lake->store, "_sparkify");
}
