/* How new files come into force.
 *
 *   flush       every new file is safe
 *   compare     a table whose files are the same as those in force gets no new version
 *   plan        one object with all that the logs will say
 *   decide      one small object with the next number, put only if absent: from here on the new
 *               files are in force, whatever dies; whoever is second has lost, and clears up
 *   logs        a version for each table, from the plan
 *   clear up    the files that are no longer in force, and old plans
 *
 * Files that were there when the lake was opened and are not in force may go: they were of a
 * version that is replaced, of a run that died, or of one that is still alive and has lost, since
 * its number is taken. Files that came later are not touched: they are of runs that began after us.
 */
#include "lake_private.h"

#include "delta.h"
#include "names.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

/* ---- Comparing ------------------------------------------------------------------------------- */

/* The same file but for the run's id in its name. */
static bool is_same_file(const struct lake_object *a, const struct lake_object *b)
{
    size_t folder_a = key_folder_len(a->key), folder_b = key_folder_len(b->key);
    return a->bytes == b->bytes && a->hash == b->hash && a->rows == b->rows &&
           folder_a == folder_b && memcmp(a->key.data, b->key.data, folder_a) == 0;
}

/* Both are sorted by their keys, in which the run's id comes last. */
static bool are_same_files(const struct lake_objects *a, const struct lake_objects *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!is_same_file(&a->objects[i], &b->objects[i]))
            return false;
    return true;
}

static bool compare_tables(struct lake *lake)
{
    bool is_any_changed = false;
    for (int table = 0; table < TABLE_COUNT; table++) {
        struct lake_table *old = &lake->tables[table];
        lake_objects_sort(&lake->shared.files[table]);
        lake_objects_sort(&old->files);
        old->is_unchanged =
            old->version >= 0 && are_same_files(&lake->shared.files[table], &old->files);
        is_any_changed |= !old->is_unchanged;
    }
    return is_any_changed;
}

/* ---- The plan -------------------------------------------------------------------------------- */

/* A random UUID (RFC 9562, version 4), terminated. */
static void make_uuid(char out[static 37])
{
    unsigned char bits[16];
    if (getrandom(bits, sizeof bits, GRND_NONBLOCK) != sizeof bits)
        for (size_t i = 0; i < sizeof bits; i++)
            bits[i] = (unsigned char)(hash_mix(clock_ns(), i) >> 24);
    bits[6] = (unsigned char)((bits[6] & 0x0F) | 0x40);
    bits[8] = (unsigned char)((bits[8] & 0x3F) | 0x80);
    for (size_t i = 0, at = 0; i < sizeof bits; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[at++] = '-';
        snprintf(out + at, 3, "%02x", bits[i]);
        at += 2;
    }
}

static void write_log(const struct lake *lake, enum table_id table, struct buffer *out)
{
    const struct lake_table *old = &lake->tables[table];
    const struct lake_objects *files = &lake->shared.files[table];
    struct lake_counts counts = lake_table_counts(lake, table);
    struct delta_info info = {
        .operation = "WRITE",
        .version = lake->options.version,
        .run_id = lake->run_id,
        .files = counts.files,
        .removed_files = old->files.count,
        .rows = counts.rows,
        .bytes = counts.bytes,
        .now_ms = lake->now_ms,
    };
    delta_commit_info(out, table, &info);
    if (old->version < 0) {
        char id[37];
        make_uuid(id);
        delta_protocol(out);
        delta_metadata(out, table, id, lake->now_ms);
    }
    for (size_t i = 0; i < old->files.count; i++) {
        const struct lake_object *file = &old->files.objects[i];
        delta_remove(out, table, &(struct delta_file){file->key, file->bytes, file->rows},
                     lake->now_ms);
    }
    for (size_t i = 0; i < files->count; i++) {
        const struct lake_object *file = &files->objects[i];
        delta_add(out, table, &(struct delta_file){file->key, file->bytes, file->rows}, file->stats,
                  lake->now_ms);
    }
}

/* A plan and where its parts begin; the parts point into `text` once it is whole. */
struct plan {
    struct buffer text;
    size_t logs[TABLE_COUNT], snapshots[TABLE_COUNT]; /* lengths */
    struct lake_plan_part parts[TABLE_COUNT];
};

static void plan_release(struct plan *plan)
{
    buffer_release(&plan->text);
}

static void write_plan(const struct lake *lake, struct plan *plan)
{
    for (int table = 0; table < TABLE_COUNT; table++) {
        size_t begin = plan->text.len;
        if (!lake->tables[table].is_unchanged)
            write_log(lake, (enum table_id)table, &plan->text);
        plan->logs[table] = plan->text.len - begin;
    }
    for (int table = 0; table < TABLE_COUNT; table++) {
        const struct lake_table *old = &lake->tables[table];
        size_t begin = plan->text.len;
        lake_snapshot_write(old->is_unchanged ? &old->files : &lake->shared.files[table],
                            &plan->text);
        plan->snapshots[table] = plan->text.len - begin;
    }
    for (int table = 0, at = 0; table < TABLE_COUNT; table++) {
        plan->parts[table] = (struct lake_plan_part){
            .version = lake->tables[table].version + !lake->tables[table].is_unchanged,
            .log = {plan->text.data + at, plan->logs[table]},
        };
        at += (int)plan->logs[table];
    }
}

/* ---- The decision ---------------------------------------------------------------------------- */

static char *decision_text(const struct lake *lake, const struct plan *plan, const char *plan_name)
{
    json_t *tables = json_object();
    for (int table = 0; table < TABLE_COUNT; table++)
        json_object_set_new(tables, model_tables[table].name,
                            json_pack("{sI sI sI}", "version",
                                      (json_int_t)plan->parts[table].version, "log",
                                      (json_int_t)plan->logs[table], "snapshot",
                                      (json_int_t)plan->snapshots[table]));
    json_t *decision = json_pack("{ss sI ss so}", "run", lake->run_id, "time",
                                 (json_int_t)lake->now_ms, "plan", plan_name, "tables", tables);
    char *text = json_dumps(decision, JSON_INDENT(1));
    json_decref(decision);
    return text;
}

/* Who has put the decision that we wanted to put. */
static enum status lost(const struct lake *lake, const char *key, struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    struct error ignored;
    const char *winner = NULL;
    json_t *decision = NULL;
    if (store_list(lake->store, "_sparkify", STORE_LIST_ALL, &listing, &ignored) == STATUS_OK)
        for (size_t i = 0; i < listing.count; i++)
            if (str_equal(listing.objects[i].key, str_of(key)) &&
                store_get(lake->store, &listing.objects[i], 0, 1 << 20, &text, &ignored) ==
                    STATUS_OK)
                decision = json_loadb(text.data, text.len, 0, NULL);
    winner = json_string_value(json_object_get(decision, "run"));
    error_set(error, STATUS_CONFLICT,
              "another run has committed to %s since this one began: %s; its tables are in force, "
              "and what this run wrote is removed",
              store_address(lake->store), winner ? winner : "which one cannot be told");
    json_decref(decision);
    return STATUS_CONFLICT;
}

/* A put whose end we do not learn may have decided: then the new files must stay. */
static enum status decide(struct lake *lake, const struct plan *plan, struct error *error)
{
    CLEANUP(buffer_release) struct buffer plan_name = {0}, key = {0};
    plan_key(&plan_name, lake->run_id);
    TRY(store_put(lake->store, buffer_str(&plan_name), buffer_str(&plan->text), error));
    TRY(store_flush(lake->store, error));
    decision_key(&key, lake->decision + 1);
    char *text = decision_text(lake, plan, buffer_text(&plan_name));
    lake->is_decided = true;
    enum status status = store_put_if_absent(lake->store, buffer_str(&key), str_of(text), error);
    free(text);
    if (status != STATUS_EXISTS)
        return status;
    lake->is_decided = false;
    return lost(lake, buffer_text(&key), error);
}

/* ---- Clearing up ----------------------------------------------------------------------------- */

struct key_list {
    struct str *keys;
    size_t count, cap;
    struct arena arena;
};

static void key_list_release(struct key_list *list)
{
    mem_free(list->keys);
    arena_release(&list->arena);
}

static void add_key(struct key_list *list, struct str key)
{
    MEM_GROW(list->keys, list->count + 1, list->cap);
    list->keys[list->count++] = key;
}

/* The key of a table's file below the store's root. */
static struct str whole_key(struct key_list *list, enum table_id table, struct str key)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    buffer_appendf(&text, "%s/", model_tables[table].name);
    buffer_append_str(&text, key);
    return arena_copy(&list->arena, buffer_str(&text));
}

static int compare_keys(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* What was there of the table's files and is not in force. */
static void add_old(const struct lake *lake, enum table_id table, struct key_list *out)
{
    CLEANUP(key_list_release) struct key_list kept = {0};
    const struct lake_table *old = &lake->tables[table];
    if (old->is_unchanged)
        for (size_t i = 0; i < old->files.count; i++)
            add_key(&kept, whole_key(&kept, table, old->files.objects[i].key));
    if (kept.count)
        qsort(kept.keys, kept.count, sizeof *kept.keys, compare_keys);
    for (size_t i = 0; i < old->listed.count; i++) {
        struct str key = old->listed.objects[i].key;
        bool is_kept = kept.count && bsearch(&key, kept.keys, kept.count, sizeof key, compare_keys);
        if (!is_kept && is_our_data_key(table, key))
            add_key(out, key);
    }
}

/* The new files of a table that stays as it is. */
static void add_needless(const struct lake *lake, enum table_id table, struct key_list *out)
{
    const struct lake_objects *files = &lake->shared.files[table];
    for (size_t i = 0; lake->tables[table].is_unchanged && i < files->count; i++)
        add_key(out, whole_key(out, table, files->objects[i].key));
}

static enum status clear_up(struct lake *lake, bool is_changed, struct error *error)
{
    CLEANUP(key_list_release) struct key_list keys = {0};
    for (int table = 0; table < TABLE_COUNT; table++) {
        add_old(lake, (enum table_id)table, &keys);
        add_needless(lake, (enum table_id)table, &keys);
    }
    for (size_t i = 0; i < lake->unfinished.count; i++)
        add_key(&keys, lake->unfinished.objects[i].key);
    for (size_t i = 0; is_changed && i < lake->own.count; i++)
        if (is_plan_key(lake->own.objects[i].key))
            add_key(&keys, lake->own.objects[i].key);
    if (keys.count == 0)
        return STATUS_OK;
    return store_delete(lake->store, keys.keys, keys.count, error);
}

uint64_t lake_replaced_files(const struct lake *lake)
{
    CLEANUP(key_list_release) struct key_list keys = {0};
    for (int table = 0; table < TABLE_COUNT; table++)
        add_old(lake, (enum table_id)table, &keys);
    return keys.count;
}

/* ---- Commit and abort ------------------------------------------------------------------------ */

static enum status decide_and_log(struct lake *lake, struct error *error)
{
    CLEANUP(plan_release) struct plan plan = {0};
    write_plan(lake, &plan);
    TRY(decide(lake, &plan, error));
    for (int table = 0; table < TABLE_COUNT; table++)
        lake->tables[table].version = plan.parts[table].version;
    if (lake_put_logs(lake, plan.parts, error) == STATUS_OK)
        return STATUS_OK;
    error_wrap(error, "the new tables are in force, but writing the Delta logs failed");
    return error_hint(error, "the next run writes them: mend the cause and run again");
}

enum status lake_commit(struct lake *lake, struct error *error)
{
    if (lake->store)
        TRY(store_flush(lake->store, error));
    bool is_changed = compare_tables(lake);
    if (!lake->store)
        return STATUS_OK;
    if (is_changed)
        TRY(decide_and_log(lake, error));
    lake->is_decided = true;
    if (clear_up(lake, is_changed, error) == STATUS_OK)
        return STATUS_OK;
    error_wrap(error, "the new tables are complete, but removing the old files failed");
    return error_hint(error, "readers see old and new rows until the next run removes the rest: "
                             "mend the cause and run again");
}

/* The run has failed already, with a message of its own: what cannot be removed here is removed by
 * the next run's commit. What is still being written is waited for: it would appear afterwards. */
void lake_abort(struct lake *lake)
{
    CLEANUP(buffer_release) struct buffer plan = {0};
    struct store_listing written[TABLE_COUNT] = {0};
    struct store_list lists[TABLE_COUNT];
    struct key_list keys = {0};
    struct error ignored;
    if (!lake->store || lake->is_decided)
        return;
    (void)!store_flush(lake->store, &ignored);
    for (int table = 0; table < TABLE_COUNT; table++)
        lists[table] =
            (struct store_list){model_tables[table].name, STORE_LIST_ALL, &written[table]};
    bool is_listed = store_list_all(lake->store, lists, TABLE_COUNT, &ignored) == STATUS_OK;
    for (int table = 0; is_listed && table < TABLE_COUNT; table++)
        for (size_t i = 0; i < written[table].count; i++)
            if (is_of_run(written[table].objects[i].key, lake->run_id))
                add_key(&keys, written[table].objects[i].key);
    plan_key(&plan, lake->run_id);
    add_key(&keys, buffer_str(&plan));
    if (!lake->had_probe && lake->decision < 0) /* nothing was there: nothing stays */
        add_key(&keys, STR(LAKE_PROBE_KEY));
    (void)!store_delete(lake->store, keys.keys, keys.count, &ignored);
    for (int table = 0; table < TABLE_COUNT; table++) {
        store_prune(lake->store, model_tables[table].name);
        store_listing_release(&written[table]);
    }
    store_prune(lake->store, "_rejects");
    store_prune(lake->store, "_sparkify");
    key_list_release(&keys);
}
