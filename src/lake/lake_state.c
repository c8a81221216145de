/* What is in force.
 *
 * A run that has put all its files puts a plan: for each table the lines of its log's next version,
 * and a line for each file that is then in force, or kept. Then it puts its decision, a
 * small object with the next number, which names the plan. Only one run can put that number: it is
 * this that decides. Then the logs are put, each from the plan.
 *
 * A run that dies before its decision has changed nothing. One that dies after it has decided all:
 * whoever opens the lake next finds a log that lacks the version that the decision names, and puts
 * it. Putting it twice does no harm: it is the same bytes, put only if absent. */
#include "lake_private.h"

#include "decision.h"
#include "delta_log.h"
#include "gate.h"
#include "names.h"

#include <stdio.h>

/* ---- The decision ---------------------------------------------------------------------------- */

static const struct store_object *newest_decision(struct lake *lake)
{
    const struct store_object *found = NULL;
    int64_t number;
    for (size_t i = 0; i < lake->own.count; i++)
        if (lake_is_decision_key(lake->own.objects[i].key, &number) && number > lake->last.number) {
            lake->last.number = number;
            found = &lake->own.objects[i];
        }
    return found;
}

/* Cuts the plan into its parts: all logs, then all entries, in the order of the tables. */
static bool cut_plan(const struct decision *decision, struct str plan,
                     struct lake_plan_part parts[static TABLE_ALL])
{
    size_t at = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int table = 0; table < TABLE_ALL; table++) {
            const struct decision_table *said = &decision->tables[table];
            uint64_t len = (uint64_t)(pass ? said->entries_bytes : said->log_bytes);
            if (len > plan.len - at)
                return false;
            parts[table].version = said->version;
            *(pass ? &parts[table].entries : &parts[table].log) =
                (struct str){plan.data + at, (size_t)len};
            at += (size_t)len;
        }
    return at == plan.len;
}

/* ---- The logs -------------------------------------------------------------------------------- */

/* The plan has a version of the table's log that was not there when the lake was opened. */
static bool is_log_missing(const struct lake *lake, int table, const struct lake_plan_part *part)
{
    return part->log.len &&
           lake_newest_log(&lake->tables[table].listed, (enum table_id)table) < part->version;
}

enum status lake_put_logs(struct lake *lake, const struct lake_plan_part *parts,
                          struct error *error)
{
    for (int table = 0; table < TABLE_COUNT; table++) {
        CLEANUP(buffer_release) struct buffer key = {0};
        if (!is_log_missing(lake, table, &parts[table]))
            continue;
        lake_log_key(&key, (enum table_id)table, parts[table].version);
        enum status status =
            lake_gate_put_if_absent(lake->store, buffer_str(&key), parts[table].log, error);
        if (status == STATUS_EXISTS) /* another run has carried it out, or it is another's */
            status = lake_check_put(lake, parts, (enum table_id)table, error);
        else if (status == STATUS_OK) /* readers find a version by the time of its file */
            store_set_time(lake->store, buffer_str(&key), lake->last.time_ms);
        TRY(status);
    }
    return STATUS_OK;
}

/* ---- All of it ------------------------------------------------------------------------------- */

/* What the decision says of a table, and the plan of its files. */
static enum status read_table(struct lake *lake, enum table_id table,
                              const struct decision *decision, const struct lake_plan_part *part,
                              struct error *error)
{
    struct lake_table *out = &lake->tables[table];
    const struct decision_table *said = &decision->tables[table];
    out->version = said->version;
    out->created_ms = said->created_ms;
    out->schema = said->schema;
    out->said =
        (struct lake_counts){(uint64_t)said->files, (uint64_t)said->bytes, (uint64_t)said->rows};
    memcpy(out->id, said->id, sizeof out->id);
    return lake_entries_read(part->entries, table, lake->last.number, &out->entries,
                             &out->tombstones, error);
}

static enum status read_plan(struct lake *lake, const struct decision *decision, struct str plan,
                             struct lake_plan_part parts[static TABLE_ALL], struct error *error)
{
    const char *address = store_address(lake->store);
    char hash[LAKE_HASH_LEN + 1];
    struct error wrong;
    lake_hash_text(plan, hash);
    if (plan.len == 0 ||
        (decision->plan_hash.data && !str_equal(decision->plan_hash, str_of(hash))))
        return decision_damaged(address, lake->last.plan, error,
                                "its bytes are not those that were written");
    if (!cut_plan(decision, plan, parts))
        return decision_damaged(address, lake->last.plan, error,
                                "it is not as long as the decision says");
    for (int table = 0; table < TABLE_ALL; table++)
        if (read_table(lake, (enum table_id)table, decision, &parts[table], &wrong) != STATUS_OK)
            return decision_damaged(address, lake->last.plan, error, "%s", wrong.message);
    return STATUS_OK;
}

void lake_hash_text(struct str bytes, char out[static LAKE_HASH_LEN + 1])
{
    snprintf(out, LAKE_HASH_LEN + 1, "%016llx", (unsigned long long)hash_stored(bytes));
}

static enum status find_plan(struct lake *lake, const struct store_object *object,
                             const struct decision *decision, struct buffer *out,
                             struct error *error)
{
    const struct store_object *plan = lake_find_object(&lake->own, decision->plan);
    if (!plan) { /* a newer decision may have removed it */
        error_set(error, STATUS_NOT_FOUND, "%s/%.*s names the plan %.*s, which is not there",
                  store_address(lake->store), STR_ARG(object->key), STR_ARG(decision->plan));
        return error_hint(error, "put it back from a copy; without one, load the input into an "
                                 "empty folder");
    }
    lake->last.plan = plan->key;
    return store_get(lake->store, plan, 0, plan->size_bytes, out, error);
}

/* What a crashed run did not come to put is held against what may be in a log, as nobody has read
 * it before. */
static enum status check_log_parts(const struct lake *lake, const struct lake_plan_part *parts,
                                   struct error *error)
{
    struct error wrong;
    for (int table = 0; table < TABLE_COUNT; table++)
        if (is_log_missing(lake, table, &parts[table]) &&
            delta_check_lines((enum table_id)table, parts[table].log, &wrong) != STATUS_OK)
            return decision_damaged(store_address(lake->store), lake->last.plan, error, "%s",
                                    wrong.message);
    return STATUS_OK;
}

static enum status carry_out(struct lake *lake, const struct lake_plan_part *parts,
                             struct error *error)
{
    TRY(lake_check_logs(lake, parts, error));
    TRY(lake_check_stock(lake, error));
    TRY(check_log_parts(lake, parts, error));
    return lake_put_logs(lake, parts, error);
}

static enum status take_decision(struct lake *lake, const struct store_object *object,
                                 const struct decision *decision, struct error *error)
{
    CLEANUP(buffer_release) struct buffer plan = {0};
    struct lake_plan_part parts[TABLE_ALL] = {0};
    lake->last.oldest = decision->oldest;
    lake->last.time_ms = decision->time_ms;
    lake->last.keep_versions = decision->keep_versions;
    TRY(find_plan(lake, object, decision, &plan, error));
    TRY(read_plan(lake, decision, buffer_str(&plan), parts, error));
    return carry_out(lake, parts, error);
}

enum status lake_read_state(struct lake *lake, struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    CLEANUP(decision_release) struct decision decision = {0};
    const struct store_object *newest = newest_decision(lake);
    if (!newest) {
        TRY(lake_check_logs(lake, NULL, error));
        return lake_check_stock(lake, error);
    }
    TRY(store_get(lake->store, newest, 0, LAKE_MAX_DECISION_BYTES, &text, error));
    TRY(decision_read(store_address(lake->store), newest->key, lake->last.number, buffer_str(&text),
                      &decision, error));
    return take_decision(lake, newest, &decision, error);
}
