/* Checking a lake: first the dimension tables, which fills the sets of their keys, then the facts,
 * whose keys must be in them; then lists of rows, which must be those of their tables. Files are
 * read by all threads. */
#include "check_private.h"
#include "lake_state.h"
#include "leftovers.h"
#include "newest.h"

/* ---- All files ------------------------------------------------------------------------------- */

/* Whether a round reads a table. */
typedef bool is_read_fn(const struct lake *lake, int table);

static bool is_of_facts(const struct lake *lake, int table)
{
    return lake_model_table(lake, table)->rows == ROWS_FACTS;
}

static bool is_dimension(const struct lake *lake, int table)
{
    return table < lake_table_count(lake) && !is_of_facts(lake, table);
}

static bool is_of_state(const struct lake *lake, int table)
{
    return table >= lake_table_count(lake);
}

/* Files of some tables, which threads take one by one. */
struct round {
    struct check *check;
    is_read_fn *is_read;
    _Atomic size_t next; /* number of the next file over all tables */
};

static bool next_file(struct round *round, int *table, const struct lake_entry **entry)
{
    size_t number = atomic_fetch_add(&round->next, 1);
    for (int t = 0; t < lake_all_count(round->check->lake); t++) {
        if (!round->is_read(round->check->lake, t))
            continue;
        const struct lake_entries *entries = &round->check->lake->tables[t].entries;
        if (number < entries->count) {
            *table = t;
            *entry = &entries->entries[number];
            return true;
        }
        number -= entries->count;
    }
    return false;
}

static void check_files(void *ctx, unsigned number)
{
    struct round *round = ctx;
    struct check_worker worker = {0};
    int table;
    const struct lake_entry *entry;
    (void)number;
    for (size_t i = 0; i < MODEL_MAX_COLUMNS; i++)
        worker.values[i] = parquet_values_new();
    while (!check_is_cancelled(round->check) && next_file(round, &table, &entry))
        if (entry->until == LAKE_CURRENT)
            check_file(round->check, &worker, table, entry);
    for (size_t i = 0; i < MODEL_MAX_COLUMNS; i++)
        parquet_values_free(worker.values[i]);
    buffer_release(&worker.bytes);
}

/* ---- The lake -------------------------------------------------------------------------------- */

/* The counts of the decision are those of the plan. */
static void check_counts(struct check *check)
{
    for (int table = 0; table < lake_table_count(check->lake); table++) {
        const struct lake_counts *decided = &check->lake->tables[table].decided;
        const struct lake_counts planned = lake_counts_before(check->lake, table);
        uint64_t rows = planned.rows, files = planned.files;
        if (rows != decided->rows || files != decided->files)
            check_problem(check, table, STR_NULL,
                          "the run's decision counts %llu rows in %llu files, and its plan %llu in "
                          "%llu",
                          (unsigned long long)decided->rows, (unsigned long long)decided->files,
                          (unsigned long long)rows, (unsigned long long)files);
    }
}

/* A lake of an earlier program has no lists. */
static void check_lists(struct check *check)
{
    for (int table = 0; table < lake_table_count(check->lake); table++) {
        int list = model_list_of(check->lake->model, table);
        if (list >= 0 && lake_has_files(check->lake, list) &&
            check->shared.sums[table] != check->shared.sums[list])
            check_problem(check, list, STR_NULL, "it has other rows than %s",
                          lake_model_table(check->lake, table)->name);
    }
}

/* While another run changes the lake, the version that is checked may lose files. */
static enum status check_still_newest(const struct check *check, struct error *error)
{
    bool is_newest;
    if (check->lake->running.count) {
        error_set(error, STATUS_CONFLICT, "the run %.*s is still running in %s",
                  STR_ARG(check->lake->running.keys[0]), store_address(check->lake->store));
        return error_hint(error,
                          "check again when it has ended: the problems found may come from it");
    }
    TRY(lake_is_newest(check->lake, &is_newest, error));
    if (is_newest)
        return STATUS_OK;
    error_set(error, STATUS_CONFLICT, "a run has committed to %s while it was checked",
              store_address(check->lake->store));
    return error_hint(error, "check again: the problems found may come from it");
}

/* Of tables, not of the state. */
static void count_leftovers(struct check *check)
{
    CLEANUP(lake_keys_release) struct lake_keys leftovers = {0};
    lake_find_leftovers(check->lake, &leftovers);
    for (size_t i = 0; i < leftovers.count; i++)
        check->shared.report.leftovers += !str_starts_with(leftovers.keys[i], STR("_sparkify/"));
}

static enum status check_all(struct check *check, unsigned threads, struct error *error)
{
    struct round dimensions = {check, is_dimension, 0}, facts = {check, is_of_facts, 0},
                 state = {check, is_of_state, 0};
    for (int table = 0; table < lake_table_count(check->lake); table++)
        TRY(check_log(check, table, error));
    check_counts(check);
    TRY(check_own(check, error));
    threads_run(threads, check_files, &dimensions);
    threads_run(threads, check_files, &facts);
    threads_run(1, check_files, &state);
    if (check_is_cancelled(check))
        return error_set(error, STATUS_INTERRUPTED, "interrupted");
    check_lists(check);
    count_leftovers(check);
    return check->shared.report.problems ? check_still_newest(check, error) : STATUS_OK;
}

enum status lake_check(struct lake *lake, unsigned threads, lake_problem_fn *problem, void *ctx,
                       struct lake_check_report *out, struct error *error)
{
    struct check check = {.lake = lake, .problem = problem, .ctx = ctx};
    struct parquet_options options = parquet_options_default();
    TRY(lake_check_any(lake, error));
    pthread_mutex_init(&check.shared.mutex, NULL);
    for (int table = 0; table < lake_all_count(lake); table++)
        check.schemas[table] = model_parquet_schema(lake_model_table(lake, table), &options);
    enum status status = check_all(&check, threads, error);
    *out = check.shared.report;
    for (int table = 0; table < lake_all_count(lake); table++)
        parquet_schema_free(check.schemas[table]);
    for (int table = 0; table < lake_table_count(lake); table++)
        check_set_release(&check.shared.keys[table]);
    pthread_mutex_destroy(&check.shared.mutex);
    return status;
}
