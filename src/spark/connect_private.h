/* Shared by the files of the client (connect*.c). */
#pragma once

#include "connect.h"
#include "connect_address.h"

#include <connect.pb-c.h>

struct connect_session {
    struct connect_address address; /* its server is complete; its arena has all texts here */
    const char *client;
    char id[UUID_TEXT];
    const char *server_id; /* of the session, which changes when the server restarts; or NULL */
    const char *version;   /* NULL until the session is open */
    Connect__UserContext user;
    const atomic_bool *cancel;
    atomic_bool is_stopped;
    uint64_t end_ns; /* the time at which all calls end (connect_clear_up); 0: none */
    unsigned retry_s;
};

/* The hint of STATUS_CORRUPT, whose default hint is about files. */
#define CONNECT_CORRUPT_HINT "check the server's version, its log, and proxies on the way"

/* Whether the session's operations must end: `cancel`, connect_stop, or the limit of
 * connect_clear_up. */
bool connect_is_cancelled(const struct connect_session *session);
/* Sets STATUS_INTERRUPTED and returns it. */
enum status connect_interrupted(struct error *error);

/* Sets an error with its hint, and returns its status. */
enum status connect_fail(struct error *error, enum status status, const char *hint,
                         const char *format, ...) PRINTF(4, 5);

/* ---- Messages -------------------------------------------------------------------------------- */

/* Owns an unpacked message; `any` is its base. */
struct connect_message {
    ProtobufCMessage *any;
};

/* Unpacks a message of this type into *out, which is released first. False: the bytes are not such
 * a message, or it would take much more memory than bytes. */
bool connect_unpack(const ProtobufCMessageDescriptor *type, struct str bytes,
                    struct connect_message *out);
void connect_message_release(struct connect_message *message);
/* Appends the packed message. */
void connect_pack(const ProtobufCMessage *message, struct buffer *out);

/* Removes const from a string for a member of protobuf-c, which packing does not change. */
static inline char *connect_borrow(const char *text)
{
    union {
        const char *in;
        char *out;
    } pointer = {.in = text};
    return pointer.out;
}

/* Sets the fields that all requests have. */
#define CONNECT_IDENTIFY(session, request)                                                         \
    ((request)->session_id = (session)->id, (request)->user_context = &(session)->user,            \
     (request)->client_type = connect_borrow((session)->client))

/* ---- Waiting between tries ------------------------------------------------------------------- */

struct connect_backoff {
    uint64_t end_ns; /* the time of the last try; 0: no failure yet */
    unsigned wait_ms;
};

/* Waits before the next try, twice as long each time. False: retry_s has passed since the first
 * failure, or the session's operations must end. */
bool connect_backoff_wait(const struct connect_session *session, struct connect_backoff *backoff);

/* ---- Calls ----------------------------------------------------------------------------------- */

/* A call with one response. */
struct connect_unary {
    const char *method;
    const ProtobufCMessage *request;
    const ProtobufCMessageDescriptor *answer; /* type of the response; NULL: it is ignored */
    unsigned timeout_ms;                      /* 0: only silence_s applies */
    bool once;                                /* not tried again, and not ended by `cancel` */
};

/* Makes such a call whose response and failure do not matter: the server does by itself later what
 * it asks for. */
void connect_tell(struct connect_session *session, const char *method,
                  const ProtobufCMessage *request, unsigned timeout_ms);
/* Makes the call. *out_answer, which may be NULL, becomes the response; the caller releases it. */
NODISCARD enum status connect_unary(struct connect_session *session,
                                    const struct connect_unary *unary,
                                    struct connect_message *out_answer, struct error *error);

/* ---- Errors ---------------------------------------------------------------------------------- */

/* The error class and id that Spark sends in the trailers of a failed call. */
struct connect_details {
    char error_class[160]; /* "" if there is none */
    char error_id[64];     /* for the method FetchErrorDetails; "" if there is none */
};

/* Reads the details from the trailers, or the class from the message. */
void connect_read_details(const struct grpc_result *result, struct connect_details *out);
/* Whether trying the call again may help: the connection has failed, not the call. */
bool connect_is_lost(const struct grpc_result *result);
/* Sets the error of a failed call and returns its status (see connect.h). May call the server to
 * learn the cause. */
enum status connect_error(struct connect_session *session, const char *method,
                          const struct grpc_result *result, struct error *error);
/* The same for a gRPC status that Spark has set. */
enum status connect_spark_error(struct connect_session *session, const struct grpc_result *result,
                                struct error *error);
#define CONNECT_LINE_BYTES 560
/* Writes the first line of `text` that is not empty to `out`, which has `size` bytes: control
 * characters become spaces, and a line that is too long is cut after a whole character. */
void connect_first_line(struct str text, char *out, size_t size);

/* ---- Plans ----------------------------------------------------------------------------------- */

/* Return plans, which are allocated in the arena and borrow the strings. `metrics_name` is a name
 * for the metrics that no other operation of the session has; it is NULL if there are none. */
Connect__Plan *connect_plan_query(struct arena *arena, const struct connect_relation *relation,
                                  const char *metrics_name);
Connect__Plan *connect_plan_command(struct arena *arena, const char *sql);
Connect__Plan *connect_plan_view(struct arena *arena, const char *name,
                                 const struct connect_relation *relation);
Connect__Plan *connect_plan_write(struct arena *arena, const struct connect_write *write,
                                  const char *metrics_name);
