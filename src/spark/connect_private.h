/* What the files of the client share. */
#ifndef SPARKIFY_SPARK_CONNECT_PRIVATE_H
#define SPARKIFY_SPARK_CONNECT_PRIVATE_H

#include "connect.h"
#include "grpc.h"

#include <connect.pb-c.h>

struct connect_session {
    struct connect_address address;
    struct grpc_header *headers; /* of the address */
    char *ca_file, *client, *user_agent;
    struct grpc_server server; /* borrows from the above */
    char id[CONNECT_UUID_LEN + 1];
    char *server_id; /* the server's own name for the session: changes when it is started anew */
    char *version;   /* NULL until the server has said it */
    Connect__UserContext user;
    const atomic_bool *cancel;
    atomic_bool is_stopped;
    uint64_t end_ns; /* by when all must be over; 0: whenever */
    unsigned retry_s;
};

/* Of STATUS_CORRUPT, whose own hint is about files. */
#define CONNECT_CORRUPT_HINT "check the server's version, its log, and proxies on the way"

bool connect_is_cancelled(const struct connect_session *session);
enum status connect_interrupted(struct error *error);

/* ---- Messages -------------------------------------------------------------------------------- */

/* Owns one message that was unpacked; `any` is its base. */
struct connect_message {
    ProtobufCMessage *any;
};

/* False where the bytes are no message of this type, or one that needs many times its size. `out`
 * is released first. */
bool connect_unpack(const ProtobufCMessageDescriptor *type, struct str bytes,
                    struct connect_message *out);
void connect_message_release(struct connect_message *message);
void connect_pack(const ProtobufCMessage *message, struct buffer *out);

/* protobuf-c's members are not const; packing does not change them. */
static inline char *connect_borrow(const char *text)
{
    union {
        const char *in;
        char *out;
    } pointer = {.in = text};
    return pointer.out;
}

/* ---- Waiting between tries ------------------------------------------------------------------- */

struct connect_backoff {
    uint64_t end_ns; /* 0: nothing has failed yet */
    unsigned wait_ms;
};

/* Waits a little, longer each time. False: retry_s is over, or `cancel` became true. */
bool connect_backoff_wait(const struct connect_session *session, struct connect_backoff *backoff);

/* ---- Calls ----------------------------------------------------------------------------------- */

/* A call with one answer. */
struct connect_unary {
    const char *method;
    const ProtobufCMessage *request;
    const ProtobufCMessageDescriptor *answer; /* NULL: it does not matter */
    unsigned timeout_ms;                      /* 0: none but the server's silence */
    bool once;                                /* not tried again, and not stopped by `cancel` */
};

/* The answer is written where `out_answer` is not NULL. */
NODISCARD enum status connect_unary(struct connect_session *session,
                                    const struct connect_unary *unary,
                                    struct connect_message *out_answer, struct error *error);

/* ---- Errors ---------------------------------------------------------------------------------- */

/* What Spark says of an error, beside its message. */
struct connect_details {
    char error_class[160]; /* "" where there is none */
    char error_id[64];     /* for FetchErrorDetails */
};

void connect_read_details(const struct grpc_result *result, struct connect_details *out);
/* True where trying again may help: the connection, not the call, has failed. */
bool connect_is_lost(const struct grpc_result *result);
/* Sets the error of a call that has not gone well; asks the server for its cause. */
enum status connect_error(struct connect_session *session, const char *method,
                          const struct grpc_result *result, struct error *error);

/* ---- Plans ----------------------------------------------------------------------------------- */

/* Their messages live in the arena, and borrow the strings. The metrics come back under a name that
 * no other operation has. */
Connect__Plan *connect_plan_query(struct arena *arena, const struct connect_relation *relation,
                                  const char *metrics_name);
Connect__Plan *connect_plan_command(struct arena *arena, const char *sql);
Connect__Plan *connect_plan_view(struct arena *arena, const char *name,
                                 const struct connect_relation *relation);
Connect__Plan *connect_plan_write(struct arena *arena, const struct connect_write *write,
                                  const char *metrics_name);

#endif
