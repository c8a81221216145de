/* grpc: one call of a gRPC method over HTTP/2, plain or with TLS. Knows the framing and the
 * trailers, nothing of Spark. (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) */
#ifndef SPARKIFY_SPARK_GRPC_H
#define SPARKIFY_SPARK_GRPC_H

#include <base.h>

#include <curl/curl.h>

/* The statuses of gRPC that are looked at. */
enum grpc_status {
    GRPC_OK = 0,
    GRPC_PERMISSION_DENIED = 7,
    GRPC_UNIMPLEMENTED = 12,
    GRPC_UNAVAILABLE = 14,
    GRPC_UNAUTHENTICATED = 16,
};

/* ---- Messages in a stream of bytes -------------------------------------------------------------
 */

#define GRPC_FRAME_HEADER 5

/* Takes messages out of frames that come split anywhere: a byte 0, the length as four bytes with
 * the highest first, the message. */
struct grpc_frames {
    size_t max_message_bytes;
    struct buffer bytes; /* of a frame that is not complete */
};

/* The message is valid until it returns; false ends the call. */
typedef bool grpc_message_fn(void *ctx, struct str message);

enum grpc_frames_status {
    GRPC_FRAMES_OK,
    GRPC_FRAMES_STOPPED,    /* the message's function did not want more */
    GRPC_FRAMES_COMPRESSED, /* which was not asked for */
    GRPC_FRAMES_TOO_LONG,
};

enum grpc_frames_status grpc_frames_add(struct grpc_frames *frames, struct str bytes,
                                        grpc_message_fn *message, void *ctx);
void grpc_frames_release(struct grpc_frames *frames);

/* ---- Calls -------------------------------------------------------------------------------------
 */

struct grpc_header {
    const char *name, *value;
};

/* Where calls go, and what all of them have in common. Borrowed. */
struct grpc_server {
    const char *host;
    unsigned port;
    bool use_tls;
    const char *ca_file; /* NULL: the system's */
    const char *service; /* "spark.connect.SparkConnectService" */
    const char *user_agent;
    const char *token; /* NULL: none */
    const struct grpc_header *headers;
    size_t header_count;
    size_t max_message_bytes;
    unsigned connect_s; /* until a connection stands */
    unsigned silence_s; /* a server that sends nothing for so long is lost */
    bool keepalive;     /* of TCP */
    unsigned keepalive_s, keepalive_timeout_s;
};

struct grpc_call {
    const char *method;
    struct str request; /* one message */
    grpc_message_fn *message;
    /* Asked at least every 100 ms while the call goes on; false ends it. May be NULL. */
    bool (*go_on)(void *ctx);
    void *ctx;
    unsigned timeout_ms; /* for all of it; 0: none */
};

enum grpc_end {
    GRPC_END_STATUS,    /* the server's own: see status */
    GRPC_END_STOPPED,   /* by message or go_on */
    GRPC_END_LOST,      /* no connection, or it broke off: see curl */
    GRPC_END_NOT_GRPC,  /* something answered that does not speak gRPC */
    GRPC_END_NO_STATUS, /* the answer ended, and did not say how the call went */
    GRPC_END_TOO_LONG,  /* a message is longer than max_message_bytes */
    GRPC_END_MALFORMED,
};

struct grpc_result {
    enum grpc_end end;
    CURLcode curl;
    char problem[CURL_ERROR_SIZE]; /* libcurl's words */
    int os_error;                  /* errno of GRPC_END_LOST, where there is one */
    bool connected;                /* there was a connection, if not an answer */
    long http_status;
    char content_type[64];
    int status;            /* grpc-status, -1: none came */
    struct buffer message; /* grpc-message, decoded */
    struct buffer details; /* grpc-status-details-bin, decoded */
    size_t message_count;  /* messages that came */
    size_t long_message;   /* the length of one that is too long */
};

void grpc_result_release(struct grpc_result *result);

/* Makes one call on a connection of its own, on the calling thread. `out_result` is released and
 * filled anew. From `message` and `go_on` one may make other calls. */
void grpc_call(const struct grpc_server *server, const struct grpc_call *call,
               struct grpc_result *out_result);

/* ---- For the tests ------------------------------------------------------------------------------
 */

/* Takes a line of the header block or of the trailers, with or without its end. */
void grpc_parse_header(struct grpc_result *result, struct str line);

#endif
