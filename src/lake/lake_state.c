#include "lake_state.h"

#include "names.h"
#include "remembered.h"

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

static enum status read_decision(struct lake *lake, const struct store_object *object,
                                 struct decision *out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0}, model = {0};
    TRY(store_get(lake->store, object, 0, LAKE_MAX_DECISION_BYTES, &text, error));
    decision_model_key(buffer_str(&text), &model);
    TRY(lake_choose_model(lake, model.len ? buffer_str(&model) : STR_NULL, error));
    if (lake->model != lake->listed)
        return STATUS_OK;
    TRY(decision_parse(store_address(lake->store), object->key, lake->last.number,
                       buffer_str(&text), lake->model, out, error));
    lake->last = out->version;
    lake->last.plan = STR_NULL; /* borrowed from the listing by get_plan */
    lake->retired_count = out->retired_count;
    memcpy(lake->retired, out->retired, out->retired_count * sizeof *out->retired);
    return STATUS_OK;
}

/* ---- The plan -------------------------------------------------------------------------------- */

/* STATUS_NOT_FOUND may also mean that a newer decision's run has removed the plan. */
static enum status get_plan(struct lake *lake, const struct store_object *object,
                            const struct decision *decision, struct lake_plan *out,
                            struct error *error)
{
    const struct store_object *plan = store_listing_find(&lake->own, decision->version.plan);
    if (!plan) {
        error_set(error, STATUS_NOT_FOUND, "%s/%.*s names the plan %.*s, which is not there",
                  store_address(lake->store), STR_ARG(object->key),
                  STR_ARG(decision->version.plan));
        return error_hint(error, "put it back from a copy; without one, load the input into an "
                                 "empty folder");
    }
    lake->last.plan = plan->key;
    TRY(store_get(lake->store, plan, 0, plan->size_bytes, &out->text, error));
    out->hash = hash_stored(buffer_str(&out->text));
    return STATUS_OK;
}

static void set_lengths(const struct decision *decision, struct lake_plan *plan)
{
    for (int table = 0; table < (int)decision->model->all_count; table++) {
        const struct decision_table *from = &decision->tables[table];
        plan->parts[table].version = from->log.version;
        plan->log_bytes[table] = from->log_bytes;
        plan->entries_bytes[table] = from->entries_bytes;
    }
    for (size_t i = 0; i < decision->retired_count; i++) {
        plan->retired[i].version = decision->retired[i].table.log.version;
        plan->retired_bytes[i] = decision->retired[i].table.log_bytes;
    }
}

static bool is_hash_of(const struct decision *decision, const struct lake_plan *plan)
{
    char hash[LAKE_HASH_LEN + 1];
    lake_plan_print_hash(plan, hash);
    return !decision->plan_hash.data || str_equal(decision->plan_hash, str_of(hash));
}

static enum status read_table(struct lake *lake, int table, const struct decision *decision,
                              const struct lake_plan *plan, struct error *error)
{
    struct lake_table *out = &lake->tables[table];
    out->log = decision->tables[table].log;
    out->decided = decision->tables[table].counts;
    if (out->is_extended)
        out->log.schema = 0;
    return lake_entries_parse(plan->parts[table].entries, lake_model_table(lake, table),
                              lake->last.number, &out->entries, &out->tombstones, error);
}

static enum status read_plan(struct lake *lake, const struct decision *decision,
                             struct lake_plan *plan, struct error *error)
{
    const char *address = store_address(lake->store);
    struct error wrong;
    if (plan->text.len == 0 || !is_hash_of(decision, plan))
        return decision_damaged(address, lake->last.plan, error,
                                "its bytes are not those that were written");
    set_lengths(decision, plan);
    if (!lake_plan_cut(plan))
        return decision_damaged(address, lake->last.plan, error,
                                "it is not as long as the decision says");
    for (int table = 0; table < lake_all_count(lake); table++)
        if (read_table(lake, table, decision, plan, &wrong) != STATUS_OK)
            return decision_damaged(address, lake->last.plan, error, "%s", wrong.message);
    return STATUS_OK;
}

/* ---- The state ------------------------------------------------------------------------------- */

enum status lake_state_read(struct lake *lake, struct lake_plan *out, struct error *error)
{
    CLEANUP(decision_release) struct decision decision = {0};
    const struct store_object *newest = newest_decision(lake);
    if (!newest)
        return STATUS_OK;
    TRY(read_decision(lake, newest, &decision, error));
    if (lake->model != lake->listed)
        return STATUS_OK; /* its folders are listed first */
    TRY(get_plan(lake, newest, &decision, out, error));
    return read_plan(lake, &decision, out, error);
}

void lake_state_release(struct lake *lake)
{
    for (int table = 0; table < MODEL_MAX_TABLES; table++) {
        lake_entries_release(&lake->tables[table].entries);
        lake_entries_release(&lake->tables[table].tombstones);
        lake->tables[table].log = (struct lake_log){.version = -1};
    }
    lake->last = (struct lake_decision){.number = -1, .keep_versions = 1};
    lake->retired_count = 0;
}

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
    if (version >= 0 && version < last->began) {
        error_set(error, STATUS_NOT_FOUND,
                  "version %lld of %s is not kept: version %lld has replaced all tables by those "
                  "of another model (--rebuild)",
                  (long long)version, store_address(lake->store), (long long)last->began);
        return error_hint(error, "to go back, make the tables again: 'sparkify etl --rebuild' with "
                                 "the model of before");
    }
    error_set(error, STATUS_NOT_FOUND, "version %lld of %s is not kept: %lld to %lld are",
              (long long)version, store_address(lake->store), (long long)last->oldest,
              (long long)last->number);
    return error_hint(error, "'sparkify history' lists them; --keep-versions N keeps more from "
                             "the next run on");
}

/* ---- The current files ----------------------------------------------------------------------- */

bool lake_has_files(const struct lake *lake, int table)
{
    return lake_entries_count_current(&lake->tables[table].entries).files > 0;
}

uint64_t lake_gained_columns(const struct lake *lake, int table)
{
    return lake->tables[table].gained;
}

static void list_files(const struct lake_entries *entries, const struct model_table *table,
                       struct store_listing *out)
{
    for (size_t i = 0; i < entries->count; i++) {
        CLEANUP(buffer_release) struct buffer key = {0};
        if (entries->entries[i].until != LAKE_CURRENT)
            continue;
        lake_table_key(&key, table, entries->entries[i].key);
        *MEM_ADD(out->objects, out->count, out->cap) =
            (struct store_object){.key = arena_copy(&out->arena, buffer_str(&key)),
                                  .size_bytes = entries->entries[i].bytes};
    }
}

void lake_list_files(const struct lake *lake, int table, struct store_listing *out)
{
    list_files(&lake->tables[table].entries, lake_model_table(lake, table), out);
}

void lake_list_replaced_files(const struct lake *lake, int table, struct store_listing *out)
{
    list_files(&lake->replaced.tables[table].entries, &lake->replaced.model->tables[table], out);
}

int64_t lake_version(const struct lake *lake)
{
    return lake->last.number;
}
