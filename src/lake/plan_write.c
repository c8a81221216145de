#include "plan_write.h"

#include "anew.h"
#include "delta_log.h"
#include "gate.h"
#include "names.h"

/* Their text is about as large as a processor's own cache. */
#define PIECE_LINES ((size_t)512)

/* The version's first lines, in the order that the protocol asks for: commitInfo first. */
static void begin_log(struct lake *lake, int table, const struct lake_changes *changes,
                      struct buffer *out)
{
    const struct lake_change *change = &changes->tables[table];
    const struct lake_counts added = lake_entries_count_current(&change->added);
    struct lake_table *old = &lake->tables[table];
    struct delta_info info = {
        .operation = lake->restore >= 0 ? "RESTORE" : "WRITE",
        .is_append = old->mode == LAKE_APPEND,
        .version = lake->options.version,
        .run_id = lake->run_id,
        .files = added.files,
        .removed_files = change->removed.count,
        .rows = added.rows,
        .bytes = added.bytes,
        .now_ms = changes->decision.time_ms,
    };
    delta_commit_info(out, lake_model_table(lake, table), &info);
    if (old->log.version < 0) {
        uuid_make(old->log.id);
        old->log.created_ms = lake->now_ms;
        delta_protocol(out);
    }
    if (old->log.schema < lake_model_table(lake, table)->schema) {
        old->log.schema = lake_model_table(lake, table)->schema;
        delta_metadata(out, lake_model_table(lake, table), old->log.id, old->log.created_ms);
    }
}

static bool has_new_version(const struct lake *lake, int table)
{
    return table < lake_table_count(lake) && !lake->tables[table].is_unchanged;
}

/* The last version of a table that the lake's model no longer has: no file is left. */
static void write_retired(const struct lake *lake, const struct lake_changes *changes,
                          const struct model_table *table, const struct lake_entries *files,
                          struct buffer *out)
{
    struct delta_info info = {
        .operation = "WRITE",
        .version = lake->options.version,
        .run_id = lake->run_id,
        .removed_files = lake_entries_count_current(files).files,
        .now_ms = changes->decision.time_ms,
    };
    delta_commit_info(out, table, &info);
    for (size_t i = 0; i < files->count; i++)
        if (files->entries[i].until == LAKE_CURRENT)
            delta_remove(out, table, &files->entries[i], lake->now_ms);
}

/* ---- Pieces ---------------------------------------------------------------------------------- */

/* Some lines of a table, of its log or of its entries. */
struct piece {
    int table;
    bool is_of_log;
    size_t from, to; /* of two lists, one behind the other */
};

/* Any thread makes the text of a piece; they are hashed and written in their order, while they are
 * in the processor's cache. */
struct plan_writing {
    struct lake *lake;
    const struct lake_changes *changes;
    struct piece *pieces;
    size_t count, cap, lines;
    struct buffer *texts; /* one for each worker */
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        size_t next;    /* the piece that is to be added */
        bool is_failed; /* a write failed: nothing more is added */
        struct store_upload *upload;
        struct hasher *hasher;
        struct lake_plan *plan;
        uint64_t entries_bytes[MODEL_MAX_TABLES];
    } shared;
};

/* The files that are removed have the partitions of the table that had them. */
static void write_action(const struct lake *lake, int table, const struct lake_change *change,
                         size_t number, struct buffer *out)
{
    const struct model_table *model = lake_model_table(lake, table);
    const struct lake_table *old;
    if (number >= change->removed.count) {
        delta_add(out, model, &change->added.entries[number - change->removed.count]);
        return;
    }
    const struct model_table *replaced = lake_replaced_table(lake, model->folder, &old);
    delta_remove(out, replaced ? replaced : model, &change->removed.entries[number], lake->now_ms);
}

static void write_entry(const struct lake_change *change, size_t number, struct buffer *out)
{
    const struct lake_entries *next = &change->next, *tombstones = &change->tombstones;
    lake_entry_write(number < next->count ? &next->entries[number]
                                          : &tombstones->entries[number - next->count],
                     out);
}

static enum status add_text_locked(struct plan_writing *writing, struct str text,
                                   struct error *error)
{
    hasher_add(writing->shared.hasher, text);
    return store_upload_write(writing->shared.upload, text, error);
}

static enum status add_piece_locked(struct plan_writing *writing, const struct piece *piece,
                                    struct str text, struct error *error)
{
    struct lake_plan *plan = writing->shared.plan;
    if (piece->is_of_log) {
        buffer_append_str(&plan->text, text);
        plan->log_bytes[piece->table] += text.len;
    } else {
        writing->shared.entries_bytes[piece->table] += text.len;
    }
    writing->shared.next++;
    return add_text_locked(writing, text, error);
}

static enum status add_piece(struct plan_writing *writing, const struct piece *piece,
                             struct str text, struct error *error)
{
    enum status status = STATUS_OK;
    pthread_mutex_lock(&writing->shared.mutex);
    while (&writing->pieces[writing->shared.next] != piece && !writing->shared.is_failed)
        pthread_cond_wait(&writing->shared.changed, &writing->shared.mutex);
    if (!writing->shared.is_failed)
        status = add_piece_locked(writing, piece, text, error);
    writing->shared.is_failed |= status != STATUS_OK;
    pthread_cond_broadcast(&writing->shared.changed);
    pthread_mutex_unlock(&writing->shared.mutex);
    return status;
}

/* A task_pool_fn. */
static enum status write_piece(void *ctx, unsigned worker, uint32_t number, struct error *error)
{
    struct plan_writing *writing = ctx;
    const struct piece *piece = &writing->pieces[number];
    const struct lake_change *change = &writing->changes->tables[piece->table];
    struct buffer *text = &writing->texts[worker];
    buffer_reset(text);
    if (piece->is_of_log && piece->from == 0)
        begin_log(writing->lake, piece->table, writing->changes, text);
    for (size_t i = piece->from; i < piece->to; i++)
        if (piece->is_of_log)
            write_action(writing->lake, piece->table, change, i, text);
        else
            write_entry(change, i, text);
    return add_piece(writing, piece, buffer_str(text), error);
}

/* At least one: a log has lines without a file. */
static void plan_pieces(struct plan_writing *writing, int table, bool is_of_log, size_t lines)
{
    size_t from = 0;
    writing->lines += lines;
    do {
        size_t left = lines - from, to = from + (left < PIECE_LINES ? left : PIECE_LINES);
        *MEM_ADD(writing->pieces, writing->count, writing->cap) =
            (struct piece){table, is_of_log, from, to};
        from = to;
    } while (from < lines);
}

static enum status write_pieces(struct plan_writing *writing, struct error *error)
{
    size_t wanted = writing->lines / PIECE_LINES + 1;
    unsigned given = writing->lake->options.threads ? writing->lake->options.threads : 1;
    unsigned threads = wanted < given ? (unsigned)wanted : given;
    writing->texts = mem_zalloc(threads * sizeof *writing->texts);
    pthread_mutex_init(&writing->shared.mutex, NULL);
    pthread_cond_init(&writing->shared.changed, NULL);
    enum status status =
        task_pool_run(threads, (uint32_t)writing->count, write_piece, writing, error);
    pthread_cond_destroy(&writing->shared.changed);
    pthread_mutex_destroy(&writing->shared.mutex);
    for (unsigned i = 0; i < threads; i++)
        buffer_release(&writing->texts[i]);
    mem_free(writing->texts);
    return status;
}

static enum status write_all_retired(struct plan_writing *writing, struct error *error)
{
    const struct lake *lake = writing->lake;
    struct lake_plan *plan = writing->shared.plan;
    size_t begin = plan->text.len;
    for (size_t i = 0; i < lake->retired_count; i++) {
        const struct lake_table *old;
        const struct model_table *table = lake_replaced_table(lake, lake->retired[i].name, &old);
        size_t before = plan->text.len;
        if (table)
            write_retired(lake, writing->changes, table, &old->entries, &plan->text);
        plan->retired[i].version = lake->retired[i].table.log.version + (table != NULL);
        plan->retired_bytes[i] = plan->text.len - before;
    }
    return add_text_locked(writing, str_from(buffer_str(&plan->text), begin), error);
}

static void plan_tables(struct plan_writing *writing)
{
    const struct lake *lake = writing->lake;
    const struct lake_changes *changes = writing->changes;
    for (int table = 0; table < lake_all_count(lake); table++) {
        const struct lake_change *change = &changes->tables[table];
        writing->shared.plan->parts[table].version =
            lake->tables[table].log.version + has_new_version(lake, table);
        if (has_new_version(lake, table))
            plan_pieces(writing, table, true, change->removed.count + change->added.count);
    }
    for (int table = 0; table < lake_all_count(lake); table++)
        plan_pieces(writing, table, false,
                    changes->tables[table].next.count + changes->tables[table].tombstones.count);
}

static void plan_writing_release(struct plan_writing *writing)
{
    store_upload_abort(writing->shared.upload);
    hasher_free(writing->shared.hasher);
    mem_free(writing->pieces);
}

/* The entries are written, and not kept: the logs are cut from the text as if there were none. */
enum status lake_plan_write(struct lake *lake, const struct lake_changes *changes, struct str key,
                            struct lake_plan *out, struct error *error)
{
    CLEANUP(plan_writing_release)
    struct plan_writing writing = {
        .lake = lake, .changes = changes, .shared = {.plan = out, .hasher = hasher_new()}};
    TRY(lake_gate_upload_begin(lake, key, &writing.shared.upload, error));
    plan_tables(&writing);
    TRY(write_pieces(&writing, error));
    TRY(write_all_retired(&writing, error));
    out->hash = hasher_value(writing.shared.hasher);
    (void)!lake_plan_cut(out); /* as long as has just been measured */
    memcpy(out->entries_bytes, writing.shared.entries_bytes, sizeof out->entries_bytes);
    struct store_upload *upload = writing.shared.upload;
    writing.shared.upload = NULL;
    return store_upload_finish(upload, error);
}
