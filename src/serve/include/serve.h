/* serve: a lake over HTTP, for a page in a browser: its report with filters, questions, and SQL of
 * clients that have the token.
 *
 * A request is answered on the thread of its connection. Queries run in a few worker processes
 * (query.h), which are restricted to the lake's files and limited in memory and time; answers are
 * cached by the lake's version and the request. */
#pragma once

#include <query.h>

typedef enum status serve_open_fn(void *ctx, struct store **out, struct error *error);

struct serve_options {
    struct query_spawner *spawner; /* borrowed, as all that follows */
    serve_open_fn *open;           /* opens the lake's store, at the start and */
    void *open_ctx;                /* when another folder has replaced it */
    const char *queries;           /* a folder of questions of the user; NULL: none */
    const char *address;           /* to listen on: an IP address */
    uint16_t port;                 /* 0: one that is free */
    const char *token;             /* that requests must have */
    const char *public_url;        /* under which a proxy passes requests on; NULL: there is none */
    int64_t version;               /* of the lake; -1: the newest, also while it serves */
    int64_t from_us, to_us;        /* of what is shown at most; QUERY_NO_FROM, QUERY_NO_TO */
    uint64_t cache_bytes;          /* of files of S3 */
    unsigned threads;              /* of one query; 0: all processors */
    size_t memory_bytes;           /* of one query */
    unsigned time_limit_ms;        /* of one query */
    unsigned workers;              /* queries at once; at least 2 */
    const atomic_bool *stop;       /* true: the server stops */
};

/* Makes a random token: 160 bits as hex digits. */
#define SERVE_TOKEN_LEN 40
NODISCARD enum status serve_make_token(char out[static SERVE_TOKEN_LEN + 1], struct error *error);
/* True when the text may be a token: at least 16 letters, digits, or any of "-._~". */
bool serve_is_token(const char *text);
/* STATUS_USAGE when it is not like "https://lake.example.org" or "https://example.org/lake/". */
NODISCARD enum status serve_check_url(const char *url, struct error *error);

struct server;
/* Reads the version of the lake, starts the workers, and listens: requests are answered from now
 * on. STATUS_EXISTS when the port is taken; STATUS_NOT_FOUND when the program was built without its
 * pages, or there is no lake. */
NODISCARD enum status serve_start(const struct serve_options *options, struct server **out,
                                  struct error *error);
uint16_t serve_port(const struct server *server);
/* The version that is served at the beginning. */
int64_t serve_version(const struct server *server);
/* To be called periodically: caches the report without filters of each new version. */
void serve_prepare_report(struct server *server);
/* Appends the address for a browser, with the token behind "#". */
void serve_append_url(const struct server *server, struct buffer *out);
/* Cancels what runs and closes all connections; NULL is fine. `options->stop` must be true. */
void serve_free(struct server *server);
