#include "log_put.h"

#include "delta_log.h"
#include "foreign.h"
#include "gate.h"
#include "inventory.h"
#include "names.h"
#include "others.h"

/* A log of the plan, its table and what was listed of it. */
struct planned {
    const struct model_table *table;
    const struct lake_plan_part *part;
    const struct store_listing *listed;
};

static bool is_missing(const struct planned *log)
{
    return log->part->log.len && lake_newest_log(log->listed, log->table) < log->part->version;
}

static enum status put_log(struct lake *lake, const struct planned *log, struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    lake_log_key(&key, log->table, log->part->version);
    enum status status = lake_gate_put_if_absent(lake, buffer_str(&key), log->part->log, error);
    if (status ==
        STATUS_EXISTS) /* another run has completed the logs, or it is another program's */
        return lake_check_put(lake, log->table, log->part, error);
    if (status == STATUS_OK) /* readers find a version by the time of its file */
        store_set_time(lake->store, buffer_str(&key), lake->last.time_ms);
    return status;
}

typedef enum status planned_fn(struct lake *lake, const struct planned *log, struct error *error);

/* A log of a table that the lake no longer has. It is not looked at by readers of a version, and
 * not written where somebody has removed all of it. */
static bool is_retired_missing(const struct lake *lake, const char *name,
                               const struct lake_plan_part *part, struct planned *out)
{
    const struct lake_folder *folder = lake_others_folder(lake, name);
    if (!folder)
        return false;
    *out = (struct planned){folder->table, part, &folder->listed};
    return is_missing(out) && lake_newest_log(out->listed, out->table) >= 0;
}

/* For each log that is missing. */
static enum status for_each_missing(struct lake *lake, const struct lake_plan *plan, planned_fn *fn,
                                    struct error *error)
{
    struct planned log;
    for (int table = 0; table < lake_table_count(lake); table++) {
        log = (struct planned){lake_model_table(lake, table), &plan->parts[table],
                               &lake->tables[table].listed};
        if (is_missing(&log))
            TRY(fn(lake, &log, error));
    }
    for (size_t i = 0; i < lake->retired_count; i++)
        if (is_retired_missing(lake, lake->retired[i].name, &plan->retired[i], &log))
            TRY(fn(lake, &log, error));
    return STATUS_OK;
}

enum status lake_put_logs(struct lake *lake, const struct lake_plan *plan, struct error *error)
{
    return for_each_missing(lake, plan, put_log, error);
}

/* Its lines may name files of each model that has a table of this name. */
static enum status check_log(struct lake *lake, const struct planned *log, struct error *error)
{
    CLEANUP(mem_drop)
    const struct model_table **tables = mem_alloc((lake->other_count + 1) * sizeof *tables);
    size_t count = 0;
    struct error wrong;
    for (size_t i = 0; i <= lake->other_count; i++) {
        const struct model *model = i ? lake->others[i - 1].model : lake->model;
        int table = model_find_table(model, log->table->name);
        if (table >= 0)
            tables[count++] = &model->tables[table];
    }
    if (delta_check_lines(tables, count, log->part->log, &wrong) == STATUS_OK)
        return STATUS_OK;
    return decision_damaged(store_address(lake->store), lake->last.plan, error, "%s",
                            wrong.message);
}

enum status lake_complete_logs(struct lake *lake, const struct lake_plan *plan, struct error *error)
{
    TRY(for_each_missing(lake, plan, check_log, error));
    return lake_put_logs(lake, plan, error);
}
