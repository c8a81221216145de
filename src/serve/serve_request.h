/* serve_request: a request, and the functions that answer it. */
#pragma once

#include "access.h"
#include "answer_cache.h"
#include "served_versions.h"
#include "web_page.h"
#include "worker_pool.h"

struct server {
    struct serve_options options;
    struct access access;
    struct served_versions versions;
    struct worker_pool pool;
    struct answer_cache answers;
    struct web_page page;
    struct MHD_Daemon *daemon;
    int fd;
    uint16_t port;
    uint64_t prepared; /* the generation whose report is cached */
};

struct serve_request {
    struct server *server;
    struct MHD_Connection *connection; /* NULL: the server's own request */
    const struct route *route;
    struct buffer body;
    bool is_too_large;
};

typedef enum MHD_Result route_fn(struct serve_request *request);

struct route {
    const char *path, *method;
    bool is_open; /* without the token */
    route_fn *answer;
};

/* True once the client has closed the connection; `ctx` is the request. */
bool serve_request_is_unwanted(void *ctx);

/* A response of JSON with the common headers; takes ownership of the bytes. */
struct MHD_Response *serve_request_response(struct buffer *bytes);
void serve_request_set_headers(struct MHD_Response *response, const char *type, const char *policy,
                               const char *cache);
/* Queues the response and releases it. */
enum MHD_Result serve_request_send(struct serve_request *request, unsigned code,
                                   struct MHD_Response *response);
/* Sends a JSON answer and caches it under the key; takes ownership of the text. */
enum MHD_Result serve_request_send_kept(struct serve_request *request, struct buffer *text,
                                        uint64_t generation, struct str key);
/* Answers with the error as JSON; `sql` is the statement, for the position of the error, or
 * STR_NULL. */
enum MHD_Result serve_request_fail(struct serve_request *request, const struct error *error,
                                   struct str sql);
enum MHD_Result serve_request_refuse(struct serve_request *request, unsigned code,
                                     const char *message, const char *hint);

/* Caches the report without filters if it is not cached; returns its generation. */
uint64_t route_report_ahead(struct server *server);

/* The functions of the routes (route_*.c, web_page.c). */
route_fn route_lake, route_questions, route_report, route_query, route_page;
