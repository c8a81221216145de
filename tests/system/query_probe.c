/* Tries untrusted SQL on a lake, layer by layer, for test_query_guard.py:
 *
 *      query_probe LAKE guard      only what the guard says
 *      query_probe LAKE held       runs it in a worker that is held to the lake, without the guard
 *      query_probe LAKE free       runs it in a worker as 'sparkify query' has it
 *
 * Statements come by the standard input, each ended by a zero byte. For each one line of JSON:
 * {"status": …, "message": …, "hint": …, "rows": …, "first": the first value as text}. */
#include <query.h>

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

static void print(enum status status, const struct error *error, uint64_t rows,
                  struct buffer *first)
{
    bool failed = status != STATUS_OK;
    json_t *line = json_pack("{s:s, s:s, s:s, s:I, s:s}", "status", status_name(status), "message",
                             failed ? error->message : "", "hint", failed ? error->hint : "",
                             "rows", (json_int_t)rows, "first", buffer_text(first));
    json_dumpf(line, stdout, 0);
    putchar('\n');
    fflush(stdout);
    json_decref(line);
}

static enum status run(struct query_session *session, const struct query_lake *lake, struct str sql,
                       uint64_t *rows, struct buffer *first, struct error *error)
{
    struct query_result *result;
    const struct query_batch *batch;
    size_t count;
    TRY(query_use_tables(session, lake, sql, error));
    TRY(query_run(session, sql, &result, error));
    const struct query_column *columns = query_result_columns(result, &count);
    enum status status;
    while ((status = query_result_next(result, &batch, error)) == STATUS_OK && batch) {
        if (*rows == 0 && batch->rows && !query_is_null(batch->columns, 0))
            query_append_value(first, columns[0].type, batch->columns, 0);
        *rows += batch->rows;
    }
    query_result_free(result);
    return status;
}

static void try_all(struct query_session *session, const struct query_lake *lake, bool is_guard)
{
    char *text = NULL;
    size_t cap = 0;
    ssize_t len;
    while ((len = getdelim(&text, &cap, 0, stdin)) > 0) {
        CLEANUP(buffer_release) struct buffer first = {0};
        struct error error;
        struct str sql = {text, (size_t)len - (text[len - 1] == '\0')};
        uint64_t rows = 0;
        enum status status = is_guard ? query_guard(session, model_builtin(), sql, &error)
                                      : run(session, lake, sql, &rows, &first, &error);
        print(status, &error, rows, &first);
    }
    free(text);
}

static enum status probe(const char *address, const char *mode, struct error *error)
{
    CLEANUP(buffer_release) struct buffer folder = {0};
    CLEANUP(lake_snapshot_release) struct lake_snapshot snapshot = {0};
    struct query_spawner *spawner;
    struct query_session *session;
    struct store *store;
    TRY(query_spawner_new(&spawner, error));
    TRY(store_open(address, STORE_USE_INPUT, &(struct store_options){0}, &store, error));
    TRY(lake_snapshot_read(store, -1, &snapshot, error));
    TRY(query_append_folder(store, &folder, error));
    bool is_held = strcmp(mode, "held") == 0;
    struct query_options options = {
        .threads = 2,
        .memory_bytes = is_held ? (size_t)256 << 20 : 0,
        .spawner = spawner,
        .folder = is_held ? buffer_text(&folder) : NULL,
        .process_bytes = is_held ? (size_t)1500 << 20 : 0,
        .frame_bytes = (size_t)64 << 20,
        .time_limit_ms = 5000,
    };
    TRY(query_session_new(&options, &session, error));
    struct query_lake lake = {
        .store = store, .snapshot = &snapshot, .from_us = QUERY_NO_FROM, .to_us = QUERY_NO_TO};
    try_all(session, &lake, strcmp(mode, "guard") == 0);
    query_session_free(session);
    query_spawner_free(spawner);
    store_free(store);
    return STATUS_OK;
}

int main(int argc, char **argv)
{
    struct error error;
    if (argc != 3)
        return 2;
    if (probe(argv[1], argv[2], &error) == STATUS_OK)
        return 0;
    fprintf(stderr, "%s\n", error.message);
    return 1;
}
