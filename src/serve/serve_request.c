/* Responses: their headers, and errors as {"error": {"message": …, "hint": …, "line": …, "column":
 * …}}. */
#include "serve_request.h"

#include <errno.h>
#include <json.h>
#include <sys/socket.h>

/* The policy of responses that no browser may show as a page. */
#define NOTHING_ALLOWED                                                                            \
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

bool serve_request_is_unwanted(void *ctx)
{
    const struct serve_request *request = ctx;
    if (!request->connection)
        return false;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    char byte;
    if (!info)
        return false;
    ssize_t got = recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void serve_request_set_headers(struct MHD_Response *response, const char *type, const char *policy,
                               const char *cache)
{
    const char *const headers[][2] = {
        {"Content-Type", type},
        {"Cache-Control", cache},
        {"Content-Security-Policy", policy},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(headers); i++)
        MHD_add_response_header(response, headers[i][0], headers[i][1]);
}

struct MHD_Response *serve_request_response(struct buffer *bytes)
{
    bytes->data =
        mem_realloc(bytes->data, bytes->len + 1); /* never NULL, and no larger than needed */
    struct MHD_Response *response =
        MHD_create_response_from_buffer_with_free_callback(bytes->len, bytes->data, mem_free);
    if (!response)
        mem_exhausted();
    *bytes = (struct buffer){0};
    serve_request_set_headers(response, "application/json", NOTHING_ALLOWED, "no-store");
    return response;
}

enum MHD_Result serve_request_send(struct serve_request *request, unsigned code,
                                   struct MHD_Response *response)
{
    enum MHD_Result result = MHD_queue_response(request->connection, code, response);
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result serve_request_send_kept(struct serve_request *request, struct buffer *text,
                                        uint64_t generation, struct str key)
{
    size_t bytes = text->len;
    struct MHD_Response *response = serve_request_response(text);
    enum MHD_Result result = request->connection
                                 ? MHD_queue_response(request->connection, MHD_HTTP_OK, response)
                                 : MHD_YES;
    answer_cache_put(&request->server->answers, generation, key, response, bytes);
    return result;
}

/* ---- Errors ---------------------------------------------------------------------------------- */

static unsigned code_of(enum status status)
{
    switch (status) {
    case STATUS_USAGE:
    case STATUS_FAILED: /* the SQL */
        return MHD_HTTP_BAD_REQUEST;
    case STATUS_LIMIT:
        return MHD_HTTP_UNPROCESSABLE_CONTENT;
    case STATUS_INTERNAL:
        return MHD_HTTP_INTERNAL_SERVER_ERROR;
    default: /* the lake, the library or the workers are not available now */
        return MHD_HTTP_SERVICE_UNAVAILABLE;
    }
}

static enum MHD_Result send_error(struct serve_request *request, unsigned code, const char *message,
                                  const char *hint, struct str sql)
{
    struct buffer text = {0};
    size_t line, column;
    query_append_json_text(&text, "{\"error\":{\"message\":", str_of(message));
    query_append_json_text(&text, ",\"hint\":", str_of(hint));
    if (sql.data && query_error_position(sql, hint, &line, &column))
        buffer_appendf(&text, ",\"line\":%zu,\"column\":%zu", line, column);
    buffer_append_str(&text, STR("}}\n"));
    struct MHD_Response *response = serve_request_response(&text);
    if (code == MHD_HTTP_SERVICE_UNAVAILABLE)
        MHD_add_response_header(response, "Retry-After", "1");
    if (code == MHD_HTTP_UNAUTHORIZED)
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    if (code == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, "Allow", request->route->method);
    return serve_request_send(request, code, response);
}

enum MHD_Result serve_request_fail(struct serve_request *request, const struct error *error,
                                   struct str sql)
{
    return send_error(request, code_of(error->status), error->message, error_hint_text(error), sql);
}

enum MHD_Result serve_request_refuse(struct serve_request *request, unsigned code,
                                     const char *message, const char *hint)
{
    return send_error(request, code, message, hint, STR_NULL);
}
