#include "foreign.h"

#include "inventory.h"
#include "names.h"

#define HEAD_BYTES 2048 /* more than the first line, the commitInfo with the run's id, has */

static enum status refuse(const char *address, const struct model_table *table, int64_t version,
                          int64_t ours, struct error *error)
{
    const char *folder = table->folder;
    int64_t first = ours + 1;
    if (ours < 0) {
        error_set(error, STATUS_FOREIGN,
                  "the table %s in %s has a Delta log, and nothing in %s/_sparkify says that "
                  "sparkify wrote it",
                  table->name, address, address);
        return error_hint(error, "put _sparkify back from a copy, or choose another --output");
    }
    error_set(
        error, STATUS_FOREIGN,
        "version %lld of the table %s in %s was not written by sparkify, whose own last one is "
        "%lld: another program has committed it",
        (long long)version, table->name, address, (long long)ours);
    return error_hint(error,
                      "a run would undo that commit, so none continues: choose another "
                      "--output; or, to give the commit up, remove from %s/_delta_log all of "
                      "version %lld and later, checkpoints and _last_checkpoint too, and from %s "
                      "the files that it has added",
                      folder, (long long)first, folder);
}

/* ---- By number ------------------------------------------------------------------------------- */

static enum status refuse_gap(const char *address, const struct model_table *table, int64_t newest,
                              int64_t ours, struct error *error)
{
    error_set(error, STATUS_CORRUPT,
              "the Delta log of the table %s in %s ends with version %lld, but %lld was decided",
              table->name, address, (long long)newest, (long long)ours);
    return error_hint(error,
                      "put back what is missing in %s/_delta_log, or choose another --output",
                      table->folder);
}

/* `ours` is the version that was decided; `may_lack`: the run that decided it may have crashed
 * before it put the log. */
static enum status check_number(const char *address, const struct model_table *table,
                                const struct store_listing *listed, int64_t ours, bool may_lack,
                                struct error *error)
{
    int64_t newest = lake_newest_log(listed, table);
    if (newest > ours)
        return refuse(address, table, newest, ours, error);
    if (newest < ours - may_lack)
        return refuse_gap(address, table, newest, ours, error);
    return STATUS_OK;
}

/* ---- By content ------------------------------------------------------------------------------ */

static const struct store_object *find_log(const struct store_listing *listed,
                                           const struct model_table *table, int64_t version)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    lake_log_key(&key, table, version);
    return store_listing_find(listed, buffer_str(&key));
}

static struct str first_line(struct str text)
{
    return str_consume_line(&text);
}

/* A difference in later lines is damage, which 'check' reports. */
static enum status compare(const struct lake *lake, const struct model_table *table,
                           const struct lake_plan_part *part, struct store_read *read,
                           struct error *error)
{
    CLEANUP(buffer_release) struct buffer head = {0};
    TRY(store_read_finish(read, &head, error));
    if (str_equal(first_line(buffer_str(&head)), first_line(part->log)))
        return STATUS_OK;
    return refuse(store_address(lake->store), table, part->version, part->version - 1, error);
}

/* All reads begin before the first is waited for; and all are finished, since the objects of
 * dropped reads would have to outlive the store. */
static enum status compare_all(const struct lake *lake, const struct lake_plan *plan,
                               struct error *error)
{
    struct store_read *reads[MODEL_MAX_TABLES] = {0};
    struct error ignored;
    enum status status = STATUS_OK;
    for (int table = 0; table < lake_table_count(lake); table++) {
        const struct lake_plan_part *part = &plan->parts[table];
        const struct store_object *object =
            part->log.len ? find_log(&lake->tables[table].listed, lake_model_table(lake, table),
                                     part->version)
                          : NULL;
        if (object)
            reads[table] = store_read_begin(lake->store, object, 0, HEAD_BYTES);
    }
    for (int table = 0; table < lake_table_count(lake); table++)
        if (reads[table]) {
            struct error *first = status == STATUS_OK ? error : &ignored;
            enum status found = compare(lake, lake_model_table(lake, table), &plan->parts[table],
                                        reads[table], first);
            status = status == STATUS_OK ? found : status;
        }
    return status;
}

enum status lake_check_logs(const struct lake *lake, const struct lake_plan *plan,
                            struct error *error)
{
    for (int table = 0; table < lake_table_count(lake); table++)
        TRY(check_number(store_address(lake->store), lake_model_table(lake, table),
                         &lake->tables[table].listed, lake->tables[table].log.version,
                         plan->parts[table].log.len, error));
    return compare_all(lake, plan, error);
}

enum status lake_check_log_end(const struct lake *lake, int table, struct error *error)
{
    return check_number(store_address(lake->store), lake_model_table(lake, table),
                        &lake->tables[table].listed, lake->tables[table].log.version, false, error);
}

/* ---- By a new listing ------------------------------------------------------------------------ */

struct logs {
    struct store_listing listings[MODEL_MAX_TABLES];
};

static void logs_release(struct logs *logs)
{
    for (int table = 0; table < MODEL_MAX_TABLES; table++)
        store_listing_release(&logs->listings[table]);
}

static enum status list_logs(struct store *store, const struct model *model, struct logs *out,
                             struct error *error)
{
    struct store_list lists[MODEL_MAX_TABLES];
    char prefixes[MODEL_MAX_TABLES][LAKE_LOG_FOLDER_SIZE];
    for (int table = 0; table < (int)model->table_count; table++) {
        lake_log_folder(prefixes[table], &model->tables[table]);
        lists[table] = (struct store_list){prefixes[table], STORE_LIST_ALL, &out->listings[table]};
    }
    return store_list_all(store, lists, model->table_count, error);
}

enum status lake_check_log_ends(struct store *store, const struct model *model,
                                const int64_t versions[static MODEL_MAX_TABLES], bool may_lack,
                                struct error *error)
{
    CLEANUP(logs_release) struct logs logs = {0};
    TRY(list_logs(store, model, &logs, error));
    for (int table = 0; table < (int)model->table_count; table++)
        TRY(check_number(store_address(store), &model->tables[table], &logs.listings[table],
                         versions[table], may_lack, error));
    return STATUS_OK;
}

static enum status check_ends(struct store *store, const struct model *model,
                              const struct lake_table *tables, bool may_lack, struct error *error)
{
    int64_t versions[MODEL_MAX_TABLES];
    for (size_t table = 0; table < model->table_count; table++)
        versions[table] = tables[table].log.version;
    return lake_check_log_ends(store, model, versions, may_lack, error);
}

/* What looks like another program's commit may be one of another run of ours. */
enum status lake_check_no_other(struct lake *lake, struct error *error)
{
    enum status status = STATUS_OK;
    if (lake->replaced.model)
        status = check_ends(lake->store, lake->replaced.model, lake->replaced.tables, true, error);
    if (status == STATUS_OK)
        status = check_ends(lake->store, lake->model, lake->tables, false, error);
    if (status != STATUS_OK)
        TRY(lake_still_newest(lake, error));
    return status;
}

enum status lake_check_put(const struct lake *lake, const struct model_table *table,
                           const struct lake_plan_part *part, struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing listed = {0};
    char folder[LAKE_LOG_FOLDER_SIZE];
    lake_log_folder(folder, table);
    TRY(store_list(lake->store, folder, STORE_LIST_ALL, &listed, error));
    const struct store_object *object = find_log(&listed, table, part->version);
    if (!object)
        return STATUS_OK;
    return compare(lake, table, part, store_read_begin(lake->store, object, 0, HEAD_BYTES), error);
}
