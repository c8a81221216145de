/* The worker's side: loads DuckDB, runs statements, sends what comes out.
 *
 * A result has few types (query.h). Where a column has another one, the statement is wrapped:
 *
 *      SELECT #1, CAST(#2 AS VARCHAR), CAST(to_json(#3) AS VARCHAR) FROM (
 *      the statement
 *      )
 *
 * so that DuckDB itself converts it. The statement is prepared as it stands first: an error's
 * position is one in the text that the user wrote. */
#include "worker.h"

#include "duckdb.h"
#include "duckdb_batch.h"
#include "frames.h"
#include "sandbox.h"
#include "sql_position.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

struct worker {
    struct duckdb duckdb;
    duckdb_connection connection;
    int fd;
    bool is_held; /* restricted to a folder */
    struct buffer frame;
    struct {
        pthread_mutex_t mutex;
        int statement; /* the number of the running statement, as the session counts; 0: none */
    } shared;
};

/* ---- Opening --------------------------------------------------------------------------------- */

static enum status configure(struct worker *worker, const struct worker_options *options,
                             duckdb_config *out, struct error *error)
{
    char threads[24], memory[32];
    snprintf(threads, sizeof threads, "%" PRIu64, options->threads);
    snprintf(memory, sizeof memory, "%" PRIu64 "B", options->memory_bytes);
    const char *const settings[][2] = {
        /* nothing is downloaded */
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"threads", options->threads ? threads : NULL},
        {"memory_limit", options->memory_bytes ? memory : NULL},
    };
    if (worker->duckdb.create_config(out) != 0)
        return error_set(error, STATUS_CORRUPT, "DuckDB's library cannot be set up");
    for (size_t i = 0; i < ARRAY_LENGTH(settings); i++)
        if (settings[i][1] && worker->duckdb.set_config(*out, settings[i][0], settings[i][1]) != 0)
            return error_set(error, STATUS_CORRUPT, "DuckDB's library does not know the setting %s",
                             settings[i][0]);
    return STATUS_OK;
}

static enum status set_setting(struct worker *worker, const char *sql, struct error *error)
{
    duckdb_statement statement = NULL;
    duckdb_result result = {0};
    bool is_done = worker->duckdb.prepare(worker->connection, sql, &statement) == 0 &&
                   worker->duckdb.execute_prepared_streaming(statement, &result) == 0;
    if (!is_done)
        error_set(error, STATUS_CORRUPT, "DuckDB's library does not take '%.100s'", sql);
    worker->duckdb.destroy_result(&result);
    if (statement)
        worker->duckdb.destroy_prepare(&statement);
    return is_done ? STATUS_OK : error->status;
}

/* For untrusted SQL: DuckDB may read files of the folder, and nothing else outside itself. */
static enum status hold(struct worker *worker, const char *folder, struct error *error)
{
    CLEANUP(buffer_release) struct buffer folders = {0};
    buffer_append_str(&folders, STR("SET allowed_directories = ["));
    query_append_literal(&folders, str_of(folder));
    buffer_append_char(&folders, ']');
    const char *const statements[] = {
        buffer_text(&folders),
        "SET temp_directory = ''",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(statements); i++)
        TRY(set_setting(worker, statements[i], error));
    return STATUS_OK;
}

static enum status open_database(struct worker *worker, const struct worker_options *options,
                                 const char *library, struct error *error)
{
    duckdb_config config = NULL;
    duckdb_database database;
    char *reason = NULL;
    TRY(duckdb_load(library, &worker->duckdb, error));
    TRY(sandbox_enter(options, error));
    TRY(configure(worker, options, &config, error));
    if (worker->duckdb.open_ext(NULL, &database, config, &reason) != 0)
        return error_set(error, STATUS_LIMIT, "DuckDB does not start: %s",
                         reason ? reason : "it does not say why");
    worker->duckdb.destroy_config(&config);
    if (worker->duckdb.connect(database, &worker->connection) != 0)
        return error_set(error, STATUS_LIMIT, "DuckDB does not start a connection");
    return worker->is_held ? hold(worker, options->folder, error) : STATUS_OK;
}

/* ---- Interrupting ---------------------------------------------------------------------------- */

/* A signal may be late: it carries the number of the statement that it interrupts. */
static void *wait_for_interrupts(void *ctx)
{
    struct worker *worker = ctx;
    sigset_t signals;
    siginfo_t info;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    for (;;) {
        if (sigwaitinfo(&signals, &info) != SIGUSR1)
            continue;
        pthread_mutex_lock(&worker->shared.mutex);
        if (info.si_value.sival_int == worker->shared.statement)
            worker->duckdb.interrupt(worker->connection);
        pthread_mutex_unlock(&worker->shared.mutex);
    }
    return NULL;
}

static void set_running(struct worker *worker, int statement)
{
    pthread_mutex_lock(&worker->shared.mutex);
    worker->shared.statement = statement;
    pthread_mutex_unlock(&worker->shared.mutex);
}

static void block_interrupts(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

/* Sends the frame; exits when the session is gone. */
static void send_or_end(const struct worker *worker, enum frame_kind kind)
{
    if (!frame_send(worker->fd, kind, buffer_str(&worker->frame)))
        _exit(0);
}

/* ---- Statements ------------------------------------------------------------------------------ */

/* Whether DuckDB suggests one of the tables that it has in every database. */
static bool suggests_own(struct str line)
{
    static const char *const own[] = {"pg_", "sqlite_", "duckdb_", "pragma_"};
    static const char suggestion[] = "Did you mean \"";
    if (!str_starts_with(line, STR(suggestion)))
        return false;
    line.data += strlen(suggestion);
    line.len -= strlen(suggestion);
    for (size_t i = 0; i < ARRAY_LENGTH(own); i++)
        if (str_starts_with(line, str_of(own[i])))
            return true;
    return false;
}

/* Without tabs: DuckDB places its caret as if they had no width. */
static void append_line(struct buffer *out, struct str line)
{
    if (line.len && out->len)
        buffer_append_char(out, '\n');
    if (suggests_own(line))
        line = STR("'sparkify schema LAKE' lists the tables");
    for (size_t i = 0; i < line.len; i++)
        if (line.data[i] != '\t')
            buffer_append_char(out, line.data[i]);
}

/* DuckDB's own hints name settings, which a client cannot change. */
static enum status needs_memory(struct error *error)
{
    error_set(error, STATUS_LIMIT, "the query needs more memory than one may have here");
    return error_hint(error, "ask for less at once: fewer days, fewer columns, or no huge join");
}

/* DuckDB's message begins with its kind ("Parser Error: "); lines after the first may show the
 * position and suggestions: those become the hint. */
static enum status sql_failed(const struct worker *worker, const char *text, struct error *error)
{
    CLEANUP(buffer_release) struct buffer rest = {0};
    size_t line = text ? strcspn(text, "\n") : 0;
    if (line == 0)
        return error_set(error, STATUS_FAILED, "DuckDB does not say what is wrong");
    if (worker->is_held && str_starts_with(str_of(text), STR("Out of Memory Error")))
        return needs_memory(error);
    const char *colon = memmem(text, line, " Error: ", strlen(" Error: "));
    const char *begin = colon ? colon + strlen(" Error: ") : text;
    error_set(error, STATUS_FAILED, "%.*s", (int)(text + line - begin), begin);
    for (struct str lines = str_of(text + line); lines.len;)
        append_line(&rest, str_consume_line(&lines));
    return rest.len ? error_hint(error, "%s", buffer_text(&rest)) : STATUS_FAILED;
}

static enum status prepare(struct worker *worker, const char *sql, duckdb_statement *out,
                           struct error *error)
{
    if (worker->duckdb.prepare(worker->connection, sql, out) == 0)
        return STATUS_OK;
    CLEANUP(buffer_release) struct buffer position = {0};
    const char *text = worker->duckdb.prepare_error(*out);
    sql_failed(worker, text, error);
    if (text && str_starts_with(str_of(text), STR("Parser Error")) &&
        sql_position_append_of_parser(&position, str_of(sql), text))
        error_hint(error, "%s", buffer_text(&position));
    worker->duckdb.destroy_prepare(out);
    return error->status;
}

static void describe_columns(const struct worker *worker, duckdb_statement statement,
                             struct query_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *name = (char *)(uintptr_t)worker->duckdb.prepared_statement_column_name(statement, i);
        columns[i] = (struct query_column){
            {name, strlen(name)},
            duckdb_batch_type_of(worker->duckdb.prepared_statement_column_type(statement, i)),
        };
    }
}

static void release_columns(const struct worker *worker, struct query_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        worker->duckdb.free((void *)(uintptr_t)columns[i].name.data);
    mem_free(columns);
}

/* Wraps the statement so that all columns have types that duckdb_batch_read reads. */
static enum status wrap(struct worker *worker, const char *sql, duckdb_statement *statement,
                        size_t count, struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    bool is_needed = false;
    for (size_t i = 0; i < count; i++) {
        int type = worker->duckdb.prepared_statement_column_type(*statement, i);
        is_needed |= duckdb_batch_append_conversion(&text, i, type);
    }
    if (!is_needed)
        return STATUS_OK;
    worker->duckdb.destroy_prepare(statement);
    buffer_appendf(&text, " FROM (\n%s\n)", sql);
    return prepare(worker, buffer_text(&text), statement, error);
}

static enum status send_batches(struct worker *worker, duckdb_result *result,
                                struct duckdb_batch *chunk, const struct query_column *columns,
                                struct error *error)
{
    duckdb_chunk data;
    while ((data = worker->duckdb.fetch_chunk(*result)) != NULL) {
        duckdb_batch_read(chunk, &worker->duckdb, data);
        buffer_reset(&worker->frame);
        frame_encode_batch(columns, chunk->count, &chunk->batch, &worker->frame);
        worker->duckdb.destroy_data_chunk(&data);
        send_or_end(worker, FRAME_BATCH);
    }
    const char *failure = worker->duckdb.result_error(result);
    return failure && failure[0] ? sql_failed(worker, failure, error) : STATUS_OK;
}

static enum status run_prepared(struct worker *worker, duckdb_statement statement,
                                const struct query_column *columns, size_t count,
                                struct error *error)
{
    duckdb_result result = {0};
    CLEANUP(duckdb_batch_release) struct duckdb_batch chunk = {0};
    TRY(duckdb_batch_init(&chunk, &worker->duckdb, statement, count, error));
    enum status status = STATUS_OK;
    if (worker->duckdb.execute_prepared_streaming(statement, &result) != 0) {
        status = sql_failed(worker, worker->duckdb.result_error(&result), error);
    } else {
        /* The row count that DuckDB returns for CREATE or SET is not a result. */
        bool has_rows = worker->duckdb.result_return_type(result) == DUCKDB_QUERY_RESULT;
        buffer_reset(&worker->frame);
        frame_encode_columns(columns, has_rows ? count : 0, &worker->frame);
        send_or_end(worker, FRAME_COLUMNS);
        if (has_rows)
            status = send_batches(worker, &result, &chunk, columns, error);
    }
    worker->duckdb.destroy_result(&result);
    return status;
}

static enum status run_statement(struct worker *worker, const char *sql, struct error *error)
{
    duckdb_statement statement = NULL;
    TRY(prepare(worker, sql, &statement, error));
    size_t count = worker->duckdb.prepared_statement_column_count(statement);
    struct query_column *columns = mem_zalloc((count + 1) * sizeof *columns);
    enum status status = STATUS_OK;
    describe_columns(worker, statement, columns, count);
    if (worker->duckdb.prepared_statement_type(statement) == DUCKDB_STATEMENT_SELECT)
        status = wrap(worker, sql, &statement, count, error);
    if (status == STATUS_OK)
        status = run_prepared(worker, statement, columns, count, error);
    if (statement)
        worker->duckdb.destroy_prepare(&statement);
    release_columns(worker, columns, count);
    return status;
}

/* ---- The loop -------------------------------------------------------------------------------- */

static void answer(struct worker *worker, enum status status, const struct error *error)
{
    buffer_reset(&worker->frame);
    if (status != STATUS_OK)
        frame_encode_error(error, &worker->frame);
    send_or_end(worker, status == STATUS_OK ? FRAME_END : FRAME_FAILED);
}

static bool receive_statement(struct worker *worker, struct buffer *sql)
{
    struct frame_head head;
    return frame_receive_head(worker->fd, &head) && head.kind == FRAME_RUN &&
           frame_receive_bytes(worker->fd, &head, sql);
}

static enum status begin_work(struct worker *worker, const struct worker_options *options,
                              const char *library, struct error *error)
{
    pthread_t thread;
    TRY(open_database(worker, options, library, error));
    if (thread_start(&thread, wait_for_interrupts, worker) == 0)
        return STATUS_OK;
    error_set(error, STATUS_LIMIT, "the query's worker cannot start a thread");
    return error_hint(error, QUERY_LIMITS_HINT);
}

_Noreturn void worker_main(int fd, const struct worker_options *options, const char *library)
{
    struct worker worker = {.fd = fd,
                            .is_held = options->folder[0] != '\0',
                            .shared = {.mutex = PTHREAD_MUTEX_INITIALIZER}};
    struct buffer sql = {0};
    struct error error;
    block_interrupts();
    enum status status = begin_work(&worker, options, library, &error);
    bool is_open = status == STATUS_OK;
    for (int number = 1; receive_statement(&worker, &sql); number++) {
        set_running(&worker, number);
        if (is_open)
            status = run_statement(&worker, buffer_text(&sql), &error);
        set_running(&worker, 0);
        answer(&worker, status, &error);
    }
    _exit(0);
}
