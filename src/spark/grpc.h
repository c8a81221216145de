/* grpc: calls gRPC methods over HTTP/2, in plain text or with TLS. Knows nothing of Spark.
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) */
#pragma once

#include <base.h>

#include <curl/curl.h>

/* The status codes of gRPC that this program distinguishes. */
enum grpc_status {
    GRPC_OK = 0,
    GRPC_PERMISSION_DENIED = 7,
    GRPC_UNIMPLEMENTED = 12,
    GRPC_UNAVAILABLE = 14,
    GRPC_UNAUTHENTICATED = 16,
};

/* ---- Messages in a stream of bytes ----------------------------------------------------------- */

#define GRPC_FRAME_HEADER 5

/* Assembles messages from frames that arrive in pieces of any size (PROTOCOL-HTTP2.md,
 * "Length-Prefixed-Message"): a byte 0, the length as four bytes in big-endian order, the message.
 */
struct grpc_frames {
    size_t max_message_bytes;
    struct buffer bytes; /* of an incomplete frame */
};

/* Called for each message, which is valid until the function returns; false ends the call. */
typedef bool grpc_message_fn(void *ctx, struct str message);

/* How a call ended. */
enum grpc_end {
    GRPC_END_NONE,      /* it has not */
    GRPC_END_STATUS,    /* the server has sent a status: see `status` */
    GRPC_END_STOPPED,   /* `message` or `go_on` returned false */
    GRPC_END_LOST,      /* connecting failed, or the connection was lost: see `curl` */
    GRPC_END_NOT_GRPC,  /* the response is not one of gRPC */
    GRPC_END_NO_STATUS, /* the response ended without a status */
    GRPC_END_TOO_LONG,  /* a message is longer than max_message_bytes */
    GRPC_END_MALFORMED, /* also a message that is compressed, which the request does not allow */
};

/* Returns the length of the message after a frame header of GRPC_FRAME_HEADER bytes. */
size_t grpc_frame_length(const char *header);
/* Adds the next bytes of the stream and calls `message` for each complete message; why the call
 * ends, or GRPC_END_NONE. */
enum grpc_end grpc_frames_add(struct grpc_frames *frames, struct str bytes,
                              grpc_message_fn *message, void *ctx);
void grpc_frames_release(struct grpc_frames *frames);

/* ---- Calls ----------------------------------------------------------------------------------- */

struct grpc_header {
    const char *name, *value;
};

/* A server, and the settings of all calls to it. Strings are borrowed. */
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
    unsigned max_message_bytes;
    unsigned connect_s; /* time limit for connecting */
    unsigned silence_s; /* the connection counts as lost if nothing is received for so long */
    bool keepalive;     /* TCP keepalive */
    unsigned keepalive_s, keepalive_timeout_s;
};

struct grpc_call {
    const char *method;
    struct str request;       /* one message */
    grpc_message_fn *message; /* called for each message of the response */
    /* Called at least every 100 ms during the call; false ends the call. May be NULL. */
    bool (*go_on)(void *ctx);
    void *ctx;           /* of both functions */
    unsigned timeout_ms; /* of the whole call; 0: none */
};

struct grpc_result {
    enum grpc_end end;
    CURLcode curl;
    char problem[CURL_ERROR_SIZE]; /* libcurl's error message; may be "" */
    int os_error;                  /* errno of GRPC_END_LOST, or 0 */
    bool connected;                /* the connection was established */
    long http_status;
    char content_type[64];
    int status;            /* grpc-status; -1: none was received */
    struct buffer message; /* grpc-message, decoded */
    struct buffer details; /* grpc-status-details-bin, decoded */
    size_t message_count;  /* of messages received */
    size_t long_message;   /* of GRPC_END_TOO_LONG: the length of the message */
};

void grpc_result_release(struct grpc_result *result);

/* Makes one call on a new connection, on the calling thread. *out_result is zeroed or of an earlier
 * call, and is replaced; the caller releases it. `message` and `go_on` may make other calls. */
void grpc_call(const struct grpc_server *server, const struct grpc_call *call,
               struct grpc_result *out_result);

/* ---- Shared by grpc.c and grpc_wire.c -------------------------------------------------------- */

/* Parses a line of the headers or trailers, with or without its line end, into the result. */
void grpc_parse_header(struct grpc_result *result, struct str line);
