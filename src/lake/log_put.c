#include "log_put.h"

#include "delta_log.h"
#include "foreign.h"
#include "gate.h"
#include "inventory.h"
#include "names.h"

static bool is_missing(const struct lake *lake, int table, const struct lake_plan *plan)
{
    const struct lake_plan_part *part = &plan->parts[table];
    return part->log.len && lake_newest_log(&lake->tables[table].listed,
                                            lake_model_table(lake, table)) < part->version;
}

static enum status put_log(struct lake *lake, int table, const struct lake_plan *plan,
                           struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    lake_log_key(&key, lake_model_table(lake, table), plan->parts[table].version);
    enum status status =
        lake_gate_put_if_absent(lake, buffer_str(&key), plan->parts[table].log, error);
    if (status ==
        STATUS_EXISTS) /* another run has completed the logs, or it is another program's */
        return lake_check_put(lake, plan, table, error);
    if (status == STATUS_OK) /* readers find a version by the time of its file */
        store_set_time(lake->store, buffer_str(&key), lake->last.time_ms);
    return status;
}

enum status lake_put_logs(struct lake *lake, const struct lake_plan *plan, struct error *error)
{
    for (int table = 0; table < lake_table_count(lake); table++)
        if (is_missing(lake, table, plan))
            TRY(put_log(lake, table, plan, error));
    return STATUS_OK;
}

enum status lake_complete_logs(struct lake *lake, const struct lake_plan *plan, struct error *error)
{
    struct error wrong;
    for (int table = 0; table < lake_table_count(lake); table++)
        if (is_missing(lake, table, plan) &&
            delta_check_lines(lake_model_table(lake, table), plan->parts[table].log, &wrong) !=
                STATUS_OK)
            return decision_damaged(store_address(lake->store), lake->last.plan, error, "%s",
                                    wrong.message);
    return lake_put_logs(lake, plan, error);
}
