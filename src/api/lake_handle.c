/* A lake: the settings of the query command, resolved once. Each stream has its own store and
 * snapshot, and keeps the lake alive. */
#include <sparkify.h>

#include "library.h"
#include "query_stream.h"
#include "table_stream.h"

#include <commands.h>
#include <document.h>
#include <limits.h>
#include <query_questions.h>
#include <stdlib.h>

struct sparkify_lake {
    struct query_settings query;
    struct arena arena; /* the options' values */
    struct error error; /* of the last call */
    struct notes notes;
    struct buffer text; /* returned last */
    atomic_bool cancel;
    atomic_uint references; /* references of the caller and of each stream */
    bool is_resolved;
};

struct sparkify_lake *sparkify_lake_new(const char *address)
{
    library_init();
    struct sparkify_lake *lake = mem_zalloc(sizeof *lake);
    notes_init(&lake->notes);
    atomic_init(&lake->references, 1);
    lake->query.common.host = (struct host){notes_say, &lake->notes, &lake->cancel};
    command_begin(&query_command, &lake->query);
    lake->query.stores.lake = library_keep(&lake->arena, address);
    return lake;
}

static void drop_reference(void *ctx)
{
    struct sparkify_lake *lake = ctx;
    if (atomic_fetch_sub(&lake->references, 1) > 1)
        return;
    command_end(&query_command, &lake->query);
    arena_release(&lake->arena);
    notes_release(&lake->notes);
    buffer_release(&lake->text);
    mem_free(lake);
}

void sparkify_lake_free(struct sparkify_lake *lake)
{
    if (lake)
        drop_reference(lake);
}

void sparkify_lake_cancel(struct sparkify_lake *lake)
{
    atomic_store(&lake->cancel, true);
}

int sparkify_lake_status(const struct sparkify_lake *lake)
{
    return status_exit_code(lake->error.status);
}

const char *sparkify_lake_message(const struct sparkify_lake *lake)
{
    return library_message(&lake->error);
}

const char *sparkify_lake_hint(const struct sparkify_lake *lake)
{
    return library_hint(&lake->error);
}

const char *sparkify_lake_notes(struct sparkify_lake *lake)
{
    return notes_text(&lake->notes);
}

/* ---- Calls ----------------------------------------------------------------------------------- */

/* Options that may change from query to query. */
static bool may_change(const char *option)
{
    return strcmp(option, "from") == 0 || strcmp(option, "to") == 0 ||
           strcmp(option, "limit") == 0 || strcmp(option, "threads") == 0;
}

int sparkify_lake_set(struct sparkify_lake *lake, const char *option, const char *value)
{
    lake->error = (struct error){0};
    if (lake->is_resolved && !may_change(option))
        error_set(&lake->error, STATUS_USAGE, "%s must be set before the first call that reads",
                  option);
    else
        (void)!options_set(&query_command, &lake->query, option, library_keep(&lake->arena, value),
                           &lake->error);
    return sparkify_lake_status(lake);
}

/* Resets the error at the start of each call. */
static enum status begin(struct sparkify_lake *lake)
{
    struct error *error = &lake->error;
    *error = (struct error){0};
    buffer_reset(&lake->text);
    atomic_store(&lake->cancel, false);
    if (lake->is_resolved)
        return STATUS_OK;
    TRY(options_complete(&query_command, &lake->query, error));
    TRY(query_settings_check(&lake->query, error));
    TRY(query_lake_resolve(&lake->query, error));
    lake->is_resolved = true;
    return STATUS_OK;
}

static enum status open_snapshot(struct sparkify_lake *lake, int64_t version, struct store **store,
                                 struct lake_snapshot *snapshot, struct error *error)
{
    TRY(stores_open_resolved(&lake->query.stores, store, error));
    return lake_snapshot_read(*store, version < 0 ? -1 : version, snapshot, error);
}

/* ---- Versions and files ---------------------------------------------------------------------- */

/* Takes ownership of the document; the text belongs to the lake. */
static const char *give_text(struct sparkify_lake *lake, json_t *document)
{
    char *text = json_dumps(document, JSON_COMPACT);
    if (!text)
        mem_exhausted();
    buffer_append_str(&lake->text, str_of(text));
    free(text);
    json_decref(document);
    return buffer_text(&lake->text);
}

const char *sparkify_lake_versions(struct sparkify_lake *lake)
{
    CLEANUP(lake_history_release) struct lake_history history = {0};
    CLEANUP(store_drop) struct store *store = NULL;
    if (begin(lake) != STATUS_OK ||
        stores_open_resolved(&lake->query.stores, &store, &lake->error) != STATUS_OK ||
        history_read(store, &history, &lake->error) != STATUS_OK ||
        lake_history_check(store, &history, &lake->error) != STATUS_OK)
        return "";
    return give_text(lake,
                     history_document(lake->query.stores.output, &history, HISTORY_ALL_TABLES));
}

static json_t *partition_json(const struct model_table *model, struct str key)
{
    json_t *partition = json_object();
    for (size_t i = 0; i < model->partition_count; i++) {
        CLEANUP(buffer_release) struct buffer value = {0};
        const char *name = model->columns[model->partitions[i]].name;
        bool has_value = model_partition_value(key, name, &value);
        json_object_set_new(partition, name,
                            has_value ? document_text(buffer_text(&value)) : json_null());
    }
    return partition;
}

/* Appends the folder or address that keys are below. */
static void append_root(const char *address, struct buffer *out)
{
    char absolute[PATH_MAX];
    const char *path = address;
    if (!address_is_s3(address) && realpath(address, absolute))
        path = absolute;
    buffer_append_str(out, str_of(path));
    if (out->len == 0 || out->data[out->len - 1] != '/')
        buffer_append_char(out, '/');
}

static json_t *files_json(const char *address, int table, const struct lake_snapshot *snapshot)
{
    CLEANUP(buffer_release) struct buffer root = {0};
    json_t *files = json_array();
    append_root(address, &root);
    for (size_t i = 0; i < snapshot->tables[table].count; i++) {
        const struct lake_snapshot_file *file = &snapshot->tables[table].files[i];
        CLEANUP(buffer_release) struct buffer path = {0};
        buffer_append_str(&path, buffer_str(&root));
        buffer_append_str(&path, file->key);
        json_array_append_new(
            files,
            json_pack("{so so so so}", "path", document_text(buffer_text(&path)), "rows",
                      document_count(file->rows), "bytes", document_count(file->bytes), "partition",
                      partition_json(&snapshot->model->tables[table], file->key)));
    }
    return json_pack("{so so}", "lake_version", document_version(snapshot->version), "files",
                     files);
}

const char *sparkify_lake_files(struct sparkify_lake *lake, const char *table, int64_t version)
{
    CLEANUP(lake_snapshot_release) struct lake_snapshot snapshot = {0};
    CLEANUP(store_drop) struct store *store = NULL;
    int id;
    if (begin(lake) != STATUS_OK ||
        open_snapshot(lake, version, &store, &snapshot, &lake->error) != STATUS_OK ||
        history_find_table(snapshot.model, table, &id, &lake->error) != STATUS_OK)
        return "";
    return give_text(lake, files_json(lake->query.stores.output, id, &snapshot));
}

/* ---- Streams --------------------------------------------------------------------------------- */

/* The stream keeps the lake. */
static int give_stream(struct sparkify_lake *lake, const struct arrow_export_source *source,
                       struct ArrowArrayStream *out)
{
    atomic_fetch_add(&lake->references, 1);
    arrow_export(source, drop_reference, lake, out);
    return SPARKIFY_OK;
}

int sparkify_lake_table(struct sparkify_lake *lake, const char *table, int64_t version,
                        const char *const *columns, size_t count, struct ArrowArrayStream *out)
{
    CLEANUP(lake_snapshot_release) struct lake_snapshot snapshot = {0};
    struct table_request request = {
        .snapshot = &snapshot, .columns = columns, .count = count, .cancel = &lake->cancel};
    struct arrow_export_source source;
    struct error *error = &lake->error;
    *out = (struct ArrowArrayStream){0};
    if (begin(lake) != STATUS_OK ||
        open_snapshot(lake, version, &request.store, &snapshot, error) != STATUS_OK ||
        history_find_table(snapshot.model, table, &request.table, error) != STATUS_OK ||
        table_stream_open(&request, &source, error) != STATUS_OK) {
        store_free(request.store);
        return sparkify_lake_status(lake);
    }
    return give_stream(lake, &source, out);
}

int sparkify_lake_query(struct sparkify_lake *lake, const char *sql, int64_t version,
                        struct ArrowArrayStream *out)
{
    struct arrow_export_source source;
    *out = (struct ArrowArrayStream){0};
    if (begin(lake) != STATUS_OK)
        return sparkify_lake_status(lake);
    lake->query.at = version < 0 ? UINT64_MAX : (uint64_t)version;
    if (query_stream_open(&lake->query, sql, &lake->cancel, &source, &lake->error) != STATUS_OK)
        return sparkify_lake_status(lake);
    return give_stream(lake, &source, out);
}

/* ---- Questions ------------------------------------------------------------------------------- */

static char *questions_text;

static void make_questions_text(void)
{
    CLEANUP(query_questions_release) struct query_questions questions = {0};
    struct error error;
    (void)!query_questions_read(model_builtin(), NULL, &questions,
                                &error); /* our own questions can always be read */
    json_auto_t *list = query_questions_json(&questions, true);
    questions_text = json_dumps(list, JSON_COMPACT);
}

const char *sparkify_lake_questions(struct sparkify_lake *lake)
{
    CLEANUP(lake_snapshot_release) struct lake_snapshot snapshot = {0};
    CLEANUP(query_questions_release) struct query_questions questions = {0};
    CLEANUP(store_drop) struct store *store = NULL;
    if (begin(lake) != STATUS_OK ||
        open_snapshot(lake, SPARKIFY_NEWEST, &store, &snapshot, &lake->error) != STATUS_OK ||
        query_questions_read(snapshot.model, lake->query.queries, &questions, &lake->error) !=
            STATUS_OK)
        return "";
    return give_text(lake, query_questions_json(&questions, true));
}

const char *sparkify_questions(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    library_init();
    pthread_once(&once, make_questions_text);
    return questions_text;
}

/* ---- The worker ------------------------------------------------------------------------------ */

int sparkify_worker_main(const char *library)
{
    return query_worker_main(library);
}

void sparkify_use_worker(const char *const *argv)
{
    query_use_worker(argv);
}
