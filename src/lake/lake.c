/* Opening and closing a lake, and what it is asked. */
#include "anew.h"
#include "foreign.h"
#include "inventory.h"
#include "lake_state.h"
#include "log_put.h"
#include "markers.h"
#include "names.h"
#include "newest.h"
#include "others.h"
#include "probe.h"

#include <model_parse.h>
#include <time.h>

/* ---- Reading --------------------------------------------------------------------------------- */

#define MAX_TRIES 100 /* the lake is read again, as runs commit meanwhile */

static void forget(struct lake *lake)
{
    lake_inventory_release(lake);
    lake_state_release(lake);
    lake_others_release(lake);
    lake_anew_release(lake);
    lake_keys_release(&lake->running);
}

/* Reads the newest version, and completes the logs where the run that decided it has crashed. */
static enum status read_newest(struct lake *lake, struct error *error)
{
    CLEANUP(lake_plan_release) struct lake_plan plan = {0};
    TRY(lake_state_read(lake, &plan, error));
    if (lake->model != lake->listed)
        return STATUS_OK;
    TRY(lake_others_read(lake, error));
    if (!lake->options.is_snapshot)
        TRY(lake_others_list(lake, error));
    TRY(lake_check_logs(lake, &plan, error));
    TRY(lake_check_inventory(lake, error));
    return lake_complete_logs(lake, &plan, error);
}

/* A commit of another run while the lake is read looks like this: the logs are listed before or
 * after the decision that they belong to, and the plan may have been deleted. */
static bool may_be_a_commit(enum status status)
{
    return status == STATUS_NOT_FOUND || status == STATUS_FOREIGN || status == STATUS_CORRUPT;
}

/* Whether the version that was read just now is that of the time before, and still the newest. */
static enum status read_twice(const struct lake *lake, int64_t before, bool *out,
                              struct error *error)
{
    *out = false;
    return lake->last.number == before ? lake_is_newest(lake, out, error) : STATUS_OK;
}

/* Another run may commit, and clear up, between the listing and the reads: then the plan is gone,
 * or current files or logs were put after they were listed, and the lake is read again. What is
 * wrong with the same version a second time is an error, unless a run has committed meanwhile. */
static enum status read_lake(struct lake *lake, struct error *error)
{
    struct error ignored;
    enum status status = STATUS_NOT_FOUND;
    int64_t before = -2; /* the version that was read before */
    for (int tries = 0; tries < MAX_TRIES; tries++) {
        forget(lake);
        TRY(lake_inventory_list(lake, error));
        status = read_newest(lake, error);
        if (status == STATUS_OK && lake->model != lake->listed)
            continue;
        bool is_right = lake->options.is_snapshot || lake_has_all_whole(lake);
        if (status == STATUS_OK ? is_right : !may_be_a_commit(status))
            return status;
        bool is_the_same = false;
        enum status listed = read_twice(lake, before, &is_the_same, &ignored);
        if (listed != STATUS_OK || is_the_same)
            return status;
        before = lake->last.number;
    }
    return status;
}

/* ---- Opening and closing --------------------------------------------------------------------- */

static int64_t wall_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum status open_store(struct lake *lake, struct error *error)
{
    TRY(read_lake(lake, error));
    TRY(lake_begin_anew(lake, error));
    if (lake->options.is_snapshot)
        return STATUS_OK;
    TRY(lake_find_running(lake, error));
    return lake_probe_store(lake, error);
}

/* Who only reads can do without us. */
static void hint_other_readers(const struct lake *lake, struct error *error)
{
    error_hint(error,
               "read the tables by their Delta logs instead, such as DuckDB's "
               "delta_scan('%s/%s')",
               store_address(lake->store), model_table_of_facts(lake->model)->folder);
}

enum status lake_open(struct store *store, const struct lake_options *options, struct lake **out,
                      struct error *error)
{
    struct lake *lake = mem_zalloc(sizeof *lake);
    lake->dry_store = options->is_dry || !store ? store_dry_new(store) : NULL;
    lake->store = lake->dry_store ? lake->dry_store : store;
    lake->options = *options;
    lake->model = options->model ? options->model : model_builtin();
    lake->now_ms = wall_clock_ms();
    lake->restore = lake->retain_ms = -1;
    forget(lake);
    pthread_mutex_init(&lake->shared.mutex, NULL);
    lake_run_id_make(lake->run_id);
    buffer_appendf(&lake->rejects_folder, "_rejects/run=%s", lake->run_id);
    lake_put_later_key(&lake->staged_folder, lake->run_id);
    (void)buffer_text(&lake->staged_folder); /* terminates it */
    enum status status = open_store(lake, error);
    if (status == STATUS_FOREIGN && options->is_snapshot)
        hint_other_readers(lake, error);
    if (status == STATUS_OK)
        *out = lake;
    else
        lake_free(lake);
    return status;
}

void lake_free(struct lake *lake)
{
    if (!lake)
        return;
    lake_abort(lake);
    forget(lake);
    for (int table = 0; table < MODEL_MAX_TABLES; table++)
        lake_entries_release(&lake->shared.files[table]);
    lake_keys_release(&lake->shared.begun);
    buffer_release(&lake->rejects_folder);
    buffer_release(&lake->staged_folder);
    pthread_mutex_destroy(&lake->shared.mutex);
    store_free(lake->dry_store);
    model_free(lake->own_model);
    buffer_release(&lake->remembered);
    mem_free(lake);
}

/* ---- Questions ------------------------------------------------------------------------------- */

const struct model *lake_model(const struct lake *lake)
{
    return lake->model;
}

const struct model *lake_replaced_model(const struct lake *lake)
{
    return lake->replaced.model;
}

struct model *lake_take_model(struct lake *lake)
{
    struct model *own = lake->own_model;
    lake->own_model = NULL;
    return own;
}

const char *lake_run_id(const struct lake *lake)
{
    return lake->run_id;
}

const char *lake_rejects_folder(const struct lake *lake)
{
    return lake->rejects_folder.data;
}

void lake_set_mode(struct lake *lake, int table, enum lake_mode mode)
{
    lake->tables[table].mode = mode;
}

void lake_set_operation(struct lake *lake, const char *operation)
{
    lake->options.operation = operation;
}

struct lake_version lake_table_version(const struct lake *lake, int table)
{
    const struct lake_table *found = &lake->tables[table];
    return (struct lake_version){found->log.version, found->is_unchanged, found->after};
}

bool lake_is_committed(const struct lake *lake)
{
    return lake->is_committed;
}

uint64_t lake_old_files(const struct lake *lake)
{
    return lake->old_files;
}

static uint64_t count_temporaries(const struct store_listing *listed)
{
    uint64_t count = 0;
    for (size_t i = 0; i < listed->count; i++)
        count += store_is_temporary(listed->objects[i].key);
    return count;
}

uint64_t lake_unfinished(const struct lake *lake)
{
    uint64_t count = count_temporaries(&lake->rejects);
    for (int table = 0; table < lake_table_count(lake); table++)
        count += count_temporaries(&lake->tables[table].listed);
    return count;
}

struct lake_cleared lake_cleared(const struct lake *lake)
{
    return lake->cleared;
}
