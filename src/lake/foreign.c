/* Commits of other programs to our tables. A run that went on after one would take its rows away,
 * so it refuses; and it removes nothing, since the other's version may hold files of ours.
 *
 * Another's version is told from ours in two ways. Its number is higher than what was decided. Or
 * it has the number of the last decision, where it came before the run that took the decision, or
 * the next one, could put the log: then its first line is not that of the plan, which has the run's
 * id. Older versions need not be looked at: each decision was taken by a run that had found those
 * before it to be ours. */
#include "lake_private.h"

#include "names.h"

#include <stdio.h>
#include <string.h>

/* More than the first line has, the commitInfo with the run's id. */
#define HEAD_BYTES 2048

int64_t lake_newest_log(const struct store_listing *listed, enum table_id table)
{
    int64_t newest = -1, version;
    for (size_t i = 0; i < listed->count; i++)
        if (lake_is_log_key(table, listed->objects[i].key, &version) && version > newest)
            newest = version;
    return newest;
}

static enum status refuse(const char *address, enum table_id table, int64_t version, int64_t ours,
                          struct error *error)
{
    const char *folder = model_tables[table].folder;
    int64_t first = ours + 1;
    if (ours < 0) {
        error_set(error, STATUS_FOREIGN,
                  "the table %s in %s has a Delta log, and nothing in %s/_sparkify says that "
                  "sparkify wrote it",
                  model_tables[table].name, address, address);
        return error_hint(error, "put _sparkify back from a copy, or choose another --output");
    }
    error_set(
        error, STATUS_FOREIGN,
        "version %lld of the table %s in %s was not written by sparkify, whose own last one is "
        "%lld: another program has committed it",
        (long long)version, model_tables[table].name, address, (long long)ours);
    return error_hint(error,
                      "a run would undo that commit, so none continues: choose another "
                      "--output; or, to give the commit up, remove from %s/_delta_log all of "
                      "version %lld and later, checkpoints and _last_checkpoint too, and from %s "
                      "the files that it has added",
                      folder, (long long)first, folder);
}

/* ---- By number ------------------------------------------------------------------------------- */

static enum status refuse_gap(const char *address, enum table_id table, int64_t newest,
                              int64_t ours, struct error *error)
{
    error_set(error, STATUS_CORRUPT,
              "the Delta log of the table %s in %s ends with version %lld, but %lld was decided",
              model_tables[table].name, address, (long long)newest, (long long)ours);
    return error_hint(error,
                      "put back what is missing in %s/_delta_log, or choose another --output",
                      model_tables[table].folder);
}

/* `may_lack`: the newest version was decided by the last run, which may have died before it put it.
 */
static enum status check_number(const char *address, enum table_id table,
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

static const struct store_object *find_log(const struct store_listing *listed, enum table_id table,
                                           int64_t version)
{
    int64_t found;
    for (size_t i = 0; i < listed->count; i++)
        if (lake_is_log_key(table, listed->objects[i].key, &found) && found == version)
            return &listed->objects[i];
    return NULL;
}

static struct str first_line(struct str text)
{
    const char *end = text.len ? memchr(text.data, '\n', text.len) : NULL;
    return (struct str){text.data, end ? (size_t)(end - text.data) : text.len};
}

/* What is wrong in the lines after the first is not another's, but damage: for 'check' to find. */
static enum status compare(const struct lake *lake, enum table_id table,
                           const struct lake_plan_part *part, struct store_read *read,
                           struct error *error)
{
    CLEANUP(buffer_release) struct buffer head = {0};
    TRY(store_read_finish(read, &head, error));
    if (str_equal(first_line(buffer_str(&head)), first_line(part->log)))
        return STATUS_OK;
    return refuse(store_address(lake->store), table, part->version, part->version - 1, error);
}

/* `listed`: one listing for each table. All heads are asked for before the first is waited for; and
 * all are waited for, since the objects of reads that are dropped would have to outlive the store.
 */
static enum status compare_all(const struct lake *lake, const struct lake_plan_part *parts,
                               const struct store_listing *const listed[static TABLE_COUNT],
                               struct error *error)
{
    const struct store_object *objects[TABLE_COUNT] = {0};
    struct store_read *reads[TABLE_COUNT] = {0};
    struct error ignored;
    enum status status = STATUS_OK;
    for (int table = 0; table < TABLE_COUNT; table++)
        if (parts[table].log.len && listed[table])
            objects[table] = find_log(listed[table], (enum table_id)table, parts[table].version);
    for (int table = 0; table < TABLE_COUNT; table++)
        if (objects[table])
            reads[table] = store_read_begin(lake->store, objects[table], 0, HEAD_BYTES);
    for (int table = 0; table < TABLE_COUNT; table++)
        if (objects[table]) {
            struct error *first = status == STATUS_OK ? error : &ignored;
            enum status found =
                compare(lake, (enum table_id)table, &parts[table], reads[table], first);
            status = status == STATUS_OK ? found : status;
        }
    return status;
}

enum status lake_check_logs(const struct lake *lake, const struct lake_plan_part *parts,
                            struct error *error)
{
    const struct store_listing *listed[TABLE_COUNT];
    for (int table = 0; table < TABLE_COUNT; table++) {
        listed[table] = &lake->tables[table].listed;
        TRY(check_number(store_address(lake->store), (enum table_id)table, listed[table],
                         lake->tables[table].version, parts && parts[table].log.len, error));
    }
    return parts ? compare_all(lake, parts, listed, error) : STATUS_OK;
}

/* ---- While a run is at work ------------------------------------------------------------------ */

struct logs {
    struct store_listing listings[TABLE_COUNT];
};

static void logs_release(struct logs *logs)
{
    for (int table = 0; table < TABLE_COUNT; table++)
        store_listing_release(&logs->listings[table]);
}

static enum status list_logs(struct store *store, struct logs *out, struct error *error)
{
    struct store_list lists[TABLE_COUNT];
    char prefixes[TABLE_COUNT][64];
    for (int table = 0; table < TABLE_COUNT; table++) {
        snprintf(prefixes[table], sizeof prefixes[table], "%s/_delta_log",
                 model_tables[table].folder);
        lists[table] = (struct store_list){prefixes[table], STORE_LIST_ALL, &out->listings[table]};
    }
    return store_list_all(store, lists, TABLE_COUNT, error);
}

enum status lake_check_no_other(struct lake *lake, struct error *error)
{
    CLEANUP(logs_release) struct logs logs = {0};
    struct error other;
    TRY(list_logs(lake->store, &logs, error));
    for (int table = 0; table < TABLE_COUNT; table++) {
        enum status status =
            check_number(store_address(lake->store), (enum table_id)table, &logs.listings[table],
                         lake->tables[table].version, false, &other);
        if (status == STATUS_OK)
            continue;
        TRY(lake_still_newest(lake, error)); /* it may be another run of ours */
        *error = other;
        return status;
    }
    return STATUS_OK;
}

enum status lake_check_put(const struct lake *lake, const struct lake_plan_part *parts,
                           enum table_id table, struct error *error)
{
    CLEANUP(logs_release) struct logs logs = {0};
    const struct store_listing *listed[TABLE_COUNT] = {0};
    TRY(list_logs(lake->store, &logs, error));
    listed[table] = &logs.listings[table];
    return compare_all(lake, parts, listed, error);
}

/* ---- For the history ------------------------------------------------------------------------- */

static enum status check_newest(struct store *store, const struct lake_history *history,
                                struct error *error)
{
    CLEANUP(logs_release) struct logs logs = {0};
    if (history->count == 0)
        return STATUS_OK;
    TRY(list_logs(store, &logs, error));
    for (int table = 0; table < TABLE_COUNT; table++)
        TRY(check_number(store_address(store), (enum table_id)table, &logs.listings[table],
                         history->entries[0].tables[table].version, true, error));
    return STATUS_OK;
}

/* Reads the decisions once more; *out_is_newer: a run has committed since `history` was read. */
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
 * is one only if there is no newer decision after the log was seen. */
enum status lake_history_check(struct store *store, struct lake_history *history,
                               struct error *error)
{
    bool is_newer = true;
    enum status status = STATUS_OK;
    for (int looks = 0; is_newer && looks < LAKE_MAX_LOOKS; looks++) {
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
