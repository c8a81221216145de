/* The HTTP server: listening, checks of requests, and routing.
 *
 * libmicrohttpd runs a thread for each connection, so an answer may wait for its worker; the number
 * of connections and their idle time are limited. Before the body of a request is read, it must
 * have passed the checks of access.h. */
#include "serve_request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS     512
#define SILENCE_S       60
#define HEADER_BYTES    ((size_t)32 << 10)
#define STACK_BYTES     ((size_t)1 << 20)
#define BODY_BYTES      ((size_t)256 << 10)
#define WAITING_CLIENTS 512

static const struct route routes[] = {
    {"/", "GET", true, route_page},
    {"/api/lake", "GET", false, route_lake},
    {"/api/questions", "GET", false, route_questions},
    {"/api/report", "GET", false, route_report},
    {"/api/query", "POST", false, route_query},
};

static const char *header_of(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static const struct route *find_route(const char *path)
{
    for (size_t i = 0; i < ARRAY_LENGTH(routes); i++)
        if (strcmp(path, routes[i].path) == 0)
            return &routes[i];
    return NULL;
}

/* ---- Refusing -------------------------------------------------------------------------------- */

static bool is_body_too_large(const struct serve_request *request)
{
    const char *length = header_of(request->connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return request->is_too_large || (length && strtoull(length, NULL, 10) > BODY_BYTES);
}

/* The HTTP status with which the request is refused; 0: it is allowed. */
static unsigned check(const struct serve_request *request, const char *method, const char **message,
                      const char **hint)
{
    const struct access *access = &request->server->access;
    const char *host = header_of(request->connection, MHD_HTTP_HEADER_HOST);
    *hint = "";
    if (!access_allows_host(access, host)) {
        *message = "this is not served under that name";
        *hint = "behind a proxy, name its address by --public-url";
        return MHD_HTTP_MISDIRECTED_REQUEST;
    }
    if (!access_allows_origin(access, host,
                              header_of(request->connection, MHD_HTTP_HEADER_ORIGIN))) {
        *message = "a page of another origin has asked";
        *hint = "behind a proxy, name its address by --public-url";
        return MHD_HTTP_FORBIDDEN;
    }
    *message = "there is nothing here";
    if (!request->route)
        return MHD_HTTP_NOT_FOUND;
    *message = "the token is missing, or another one";
    *hint = "open the address that 'sparkify serve' printed, with what stands behind its #";
    if (!request->route->is_open &&
        !access_allows_token(access, header_of(request->connection, MHD_HTTP_HEADER_AUTHORIZATION)))
        return MHD_HTTP_UNAUTHORIZED;
    *hint = "";
    *message = "this cannot be asked so";
    if (strcmp(method, request->route->method) != 0)
        return MHD_HTTP_METHOD_NOT_ALLOWED;
    *message = "the body is larger than 256 KiB";
    return is_body_too_large(request) ? MHD_HTTP_CONTENT_TOO_LARGE : 0;
}

/* ---- A request ------------------------------------------------------------------------------- */

static struct serve_request *request_new(struct server *server, struct MHD_Connection *connection,
                                         const char *path)
{
    struct serve_request *request = mem_zalloc(sizeof *request);
    *request = (struct serve_request){
        .server = server, .connection = connection, .route = find_route(path)};
    return request;
}

static void add_to_body(struct serve_request *request, const char *bytes, size_t len)
{
    if (request->body.len + len > BODY_BYTES)
        request->is_too_large = true;
    else
        buffer_append(&request->body, bytes, len);
}

/* Called when the headers are complete, for each piece of the body, and at its end. */
static enum MHD_Result handle(void *ctx, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *body,
                              size_t *body_len, void **state)
{
    struct serve_request *request = *state;
    const char *message, *hint;
    bool is_begin = request == NULL;
    (void)version;
    if (is_begin)
        *state = request = request_new(ctx, connection, path);
    if (*body_len > 0) {
        add_to_body(request, body, *body_len);
        *body_len = 0;
        return MHD_YES;
    }
    unsigned code = check(request, method, &message, &hint);
    if (code)
        return serve_request_refuse(request, code, message, hint);
    return is_begin ? MHD_YES : request->route->answer(request);
}

static void complete(void *ctx, struct MHD_Connection *connection, void **state,
                     enum MHD_RequestTerminationCode how)
{
    struct serve_request *request = *state;
    (void)ctx, (void)connection, (void)how;
    if (request)
        buffer_release(&request->body);
    mem_free(request);
    *state = NULL;
}

/* ---- Listening ------------------------------------------------------------------------------- */

static enum status not_bound(const struct serve_options *options, int error_number,
                             struct error *error)
{
    if (error_number != EADDRINUSE)
        return error_set_errno(error, error_number, "cannot listen on %s, port %u",
                               options->address, options->port);
    error_set(error, STATUS_EXISTS, "port %u of %s is used by another program", options->port,
              options->address);
    return error_hint(error, "choose another by --port, or --port 0 for one that is free");
}

static enum status listen_on(struct server *server, const struct addrinfo *address,
                             struct error *error)
{
    int yes = 1, fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_set_errno(error, errno, "cannot make a socket");
    server->fd = fd;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, WAITING_CLIENTS) != 0)
        return not_bound(&server->options, errno, error);
    struct sockaddr_storage bound = {0};
    socklen_t len = sizeof bound;
    if (getsockname(fd, (struct sockaddr *)&bound, &len) != 0)
        return error_set_errno(error, errno, "cannot ask for the port");
    server->port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                                     : ((struct sockaddr_in *)&bound)->sin_port);
    return STATUS_OK;
}

static enum status open_port(struct server *server, struct error *error)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    struct addrinfo *address = NULL;
    char port[8];
    snprintf(port, sizeof port, "%u", server->options.port);
    if (getaddrinfo(server->options.address, port, &hints, &address) != 0) {
        error_set(error, STATUS_USAGE, "'%s' is not an IP address to listen on",
                  server->options.address);
        return error_hint(error,
                          "give one of this machine's, such as 192.0.2.7, or 0.0.0.0 for all");
    }
    enum status status = listen_on(server, address, error);
    freeaddrinfo(address);
    return status;
}

static enum status start_daemon(struct server *server, struct error *error)
{
    sigset_t before;
    thread_block_signals(&before);
    server->daemon = MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL,
        NULL, handle, server, MHD_OPTION_LISTEN_SOCKET, server->fd, MHD_OPTION_NOTIFY_COMPLETED,
        complete, NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENCE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        HEADER_BYTES, MHD_OPTION_THREAD_STACK_SIZE, STACK_BYTES, MHD_OPTION_END);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!server->daemon) {
        error_set(error, STATUS_FAILED, "the HTTP server does not start");
        return error_hint(error, "it needs a thread and memory: see ulimit -u and ulimit -v");
    }
    server->fd = -1; /* the daemon closes it */
    return STATUS_OK;
}

/* ---- The server ------------------------------------------------------------------------------ */

static enum status start(struct server *server, struct error *error)
{
    struct serve_options *options = &server->options;
    access_init(&server->access, options);
    answer_cache_init(&server->answers);
    TRY(web_page_init(&server->page, error));
    TRY(open_port(server, error));
    TRY(served_versions_init(&server->versions, options, error));
    TRY(worker_pool_init(&server->pool, options, server->versions.shared.current->opened->store,
                         error));
    return start_daemon(server, error);
}

enum status serve_start(const struct serve_options *options, struct server **out,
                        struct error *error)
{
    struct server *server = mem_zalloc(sizeof *server);
    server->options = *options;
    server->fd = -1;
    enum status status = start(server, error);
    if (status != STATUS_OK) {
        serve_free(server);
        return status;
    }
    *out = server;
    return STATUS_OK;
}

uint16_t serve_port(const struct server *server)
{
    return server->port;
}

int64_t serve_version(const struct server *server)
{
    return server->versions.shared.current->snapshot.version;
}

void serve_prepare_report(struct server *server)
{
    pthread_mutex_lock(&server->versions.shared.mutex);
    uint64_t generation = server->versions.shared.current->generation;
    pthread_mutex_unlock(&server->versions.shared.mutex);
    if (generation == server->prepared)
        return;
    server->prepared = generation;
    uint64_t made = route_report_ahead(server);
    server->prepared = made > generation ? made : generation;
}

/* A host name under which this machine reaches the address. */
static const char *reached_by(const char *address)
{
    if (strcmp(address, "0.0.0.0") == 0)
        return "127.0.0.1";
    return strcmp(address, "::") == 0 ? "::1" : address;
}

void serve_append_url(const struct server *server, struct buffer *out)
{
    const struct serve_options *options = &server->options;
    const char *host = reached_by(options->address), *url = options->public_url;
    if (url)
        buffer_appendf(out, "%s%s", url, str_ends_with(str_of(url), STR("/")) ? "" : "/");
    else
        buffer_appendf(out, strchr(host, ':') ? "http://[%s]:%u/" : "http://%s:%u/", host,
                       server->port);
    buffer_appendf(out, "#token=%s", options->token);
}

void serve_free(struct server *server)
{
    if (!server)
        return;
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    if (server->fd >= 0)
        close(server->fd);
    worker_pool_release(&server->pool);
    if (server->versions.shared.current)
        served_versions_release(&server->versions);
    answer_cache_release(&server->answers);
    access_release(&server->access);
    web_page_release(&server->page);
    mem_free(server);
}
