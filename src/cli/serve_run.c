/* sparkify serve: runs the HTTP server until a signal. */
#include "command_line.h"
#include "signals.h"

#include <document.h>
#include <errno.h>
#include <query_lake.h>
#include <serve.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEAST_MEMORY     (UINT64_C(128) << 20)
#define LONGEST_TIME_MS  86400000
#define MOST_WORKERS     4u
#define TOKEN_FILE_BYTES 1024
#define POLL_US          100000

static enum status check_settings(const struct serve_settings *serve, struct error *error)
{
    if (serve->public_url && serve_check_url(serve->public_url, error) != STATUS_OK)
        return error_wrap(error, "--public-url %s", serve->public_url);
    if (serve->query.from_us >= serve->query.to_us)
        return error_set(error, STATUS_USAGE, "--from must be a day before --to");
    if (serve->time_limit_ms < 1000 || serve->time_limit_ms > LONGEST_TIME_MS)
        return error_set(error, STATUS_USAGE, "--time-limit must be from 1s to 1d");
    if (serve->memory_bytes < LEAST_MEMORY)
        return error_set(error, STATUS_USAGE, "--memory must be 128M or more");
    return STATUS_OK;
}

/* ---- The token ------------------------------------------------------------------------------- */

static enum status read_token(const struct serve_settings *serve, struct buffer *out,
                              struct error *error)
{
    const char *path = serve->token_file;
    struct stat found;
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set_errno(error, errno, "cannot read the token from %s", path);
    enum status status =
        file_read_stream(file, TOKEN_FILE_BYTES, "the token from", path, out, error);
    bool is_private = fstat(fileno(file), &found) != 0 || !(found.st_mode & (S_IRWXG | S_IRWXO));
    fclose(file);
    TRY(status);
    out->len = strcspn(buffer_text(out), "\r\n");
    if (!serve_is_token(buffer_text(out))) {
        error_set(error, STATUS_USAGE, "%s does not begin with a token", path);
        return error_hint(error, "a token is 16 letters, digits, '-', '.', '_' or '~', or more; "
                                 "'openssl rand -hex 20' makes one");
    }
    if (!is_private)
        host_note((void *)(uintptr_t)&serve->query.common.host,
                  "other users can read the file of the token: chmod 600");
    return STATUS_OK;
}

static enum status get_token(const struct serve_settings *serve, struct buffer *out,
                             struct error *error)
{
    char made[SERVE_TOKEN_LEN + 1];
    if (serve->token_file)
        return read_token(serve, out, error);
    TRY(serve_make_token(made, error));
    buffer_append_str(out, str_of(made));
    return STATUS_OK;
}

/* ---- Serving --------------------------------------------------------------------------------- */

static void announce(struct serve_settings *serve, const struct server *server)
{
    CLEANUP(buffer_release) struct buffer url = {0};
    struct common_settings *common = &serve->query.common;
    serve_append_url(server, &url);
    if (common->json) {
        json_t *content = json_pack("{so si so}", "url", document_text(buffer_text(&url)), "port",
                                    (int)serve_port(server), "lake_version",
                                    document_version(serve_version(server)));
        document_write(stdout, &serve_command, content, STATUS_OK, NULL);
        json_decref(content);
        common->json = false; /* the document is printed already */
    } else {
        printf("version %lld of %s is served; open it in a browser:\n%s\n",
               (long long)serve_version(server), serve->query.stores.output, buffer_text(&url));
    }
    fflush(stdout);
}

static void note_limits(const struct serve_settings *serve)
{
    host_step(&serve->query.common.host, "a query may use %lld MiB and %g s",
              (long long)(serve->memory_bytes >> 20), (double)serve->time_limit_ms / 1000);
    if (!query_has_landlock())
        host_step(&serve->query.common.host,
                  "this kernel has no Landlock: only DuckDB's own settings and the check of "
                  "each query's syntax restrict queries to the lake");
}

static void warn_of_clear_text(struct serve_settings *serve)
{
    const char *address = serve->address;
    bool is_loopback = strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
    if (!is_loopback && !serve->public_url)
        host_warn(&serve->query.common.host,
                  "other machines send the token and receive answers unencrypted: put a proxy "
                  "with TLS in front of it (--public-url)");
}

static unsigned count_workers(void)
{
    unsigned wanted = threads_available() + 1;
    return wanted < MOST_WORKERS ? wanted : MOST_WORKERS;
}

static enum status fail_without_workers(struct error *error)
{
    error_set(error, STATUS_FAILED, "the process that starts queries' workers was killed");
    return error_hint(error, "start the server again; the machine may have been out of memory");
}

static enum status serve_until_signal(struct serve_settings *serve, struct serve_options *options,
                                      struct error *error)
{
    struct server *server;
    TRY(serve_start(options, &server, error));
    announce(serve, server);
    note_limits(serve);
    warn_of_clear_text(serve);
    while (!atomic_load(signals_stop_flag()) && !query_spawner_is_gone(options->spawner)) {
        serve_prepare_report(server);
        usleep(POLL_US);
    }
    serve_free(server);
    if (!atomic_load(signals_stop_flag()))
        return fail_without_workers(error);
    return error_set(error, STATUS_INTERRUPTED, "interrupted: the server has stopped");
}

static enum status open_store(void *ctx, struct store **out, struct error *error)
{
    return stores_open_resolved(ctx, out, error);
}

static enum status serve_lake(struct serve_settings *serve, struct query_spawner *spawner,
                              struct error *error)
{
    CLEANUP(buffer_release) struct buffer token = {0};
    TRY(check_settings(serve, error));
    TRY(get_token(serve, &token, error));
    TRY(query_lake_resolve(&serve->query, error));
    struct serve_options options = {
        .spawner = spawner,
        .open = open_store,
        .open_ctx = &serve->query.stores,
        .queries = serve->query.queries,
        .address = serve->address,
        .port = serve->port,
        .token = buffer_text(&token),
        .public_url = serve->public_url,
        .version = serve->query.at > INT64_MAX ? -1 : (int64_t)serve->query.at,
        .from_us = serve->query.from_us,
        .to_us = serve->query.to_us,
        .cache_bytes = serve->query.cache_bytes,
        .threads = serve->query.threads,
        .memory_bytes = (size_t)serve->memory_bytes,
        .time_limit_ms = (unsigned)serve->time_limit_ms,
        .workers = count_workers(),
        .stop = signals_stop_flag(),
    };
    return serve_until_signal(serve, &options, error);
}

enum status cli_run_serve(void *settings, struct error *error)
{
    struct serve_settings *serve = settings;
    struct query_spawner *spawner;
    TRY(query_spawner_new(&spawner, error));
    enum status status = serve_lake(serve, spawner, error);
    query_spawner_free(spawner);
    return status;
}
