/* connect: a client of Spark Connect (Spark 4): one session on a server, and what runs in it.
 *
 *      connect_open → connect_set, connect_create_view, connect_command, connect_query,
 *      connect_write, in any order → (connect_clear_up) → connect_close
 *
 * What runs on the server is an operation with an id of ours. When its stream of answers breaks
 * off, it goes on there, and is taken up again where it broke off; nothing is lost or seen twice.
 * When `cancel` becomes true, or a callback of the caller fails, it is interrupted on the server.
 *
 * After connect_open, any number of threads may use one session at once; each call has a connection
 * of its own. Strings are borrowed for the call alone.
 *
 * Errors, of all calls, beside what their comments say:
 *   STATUS_UNREACHABLE  nothing answers, it is not Spark Connect, or the connection was lost for
 *                       longer than retry_s
 *   STATUS_DENIED       the server does not take the token, or there is none
 *   STATUS_INTERRUPTED  `cancel` became true
 *   STATUS_CORRUPT      an answer that is not as the protocol says, or lacks what was asked for
 *   STATUS_LIMIT        an answer is longer than max_message_bytes
 *   STATUS_NOT_FOUND, STATUS_EXISTS, STATUS_FAILED
 *                       what Spark says: "Spark at HOST:PORT: [ERROR_CLASS] first line", and the
 *                       cause that knows most, where it is another one
 * Callers put before them what was being done (error_wrap). No token or value of a setting or
 * option is ever in an error's message. */
#ifndef SPARKIFY_SPARK_CONNECT_H
#define SPARKIFY_SPARK_CONNECT_H

#include "arrow.h"

#include <base.h>

/* ---- Where the server is --------------------------------------------------------------------- */

#define CONNECT_DEFAULT_PORT 15002
#define CONNECT_UUID_LEN     36

struct connect_pair {
    const char *key, *value;
};

/* A connection string, taken apart. */
struct connect_address {
    char *host; /* an IPv6 address without its brackets */
    unsigned port;
    bool use_tls;
    char *token; /* NULL: none */
    char *user_id;
    char *user_agent; /* NULL: not given */
    char *session_id; /* NULL: not given; otherwise a UUID in lower case */
    size_t max_message_bytes;
    bool keepalive;
    unsigned keepalive_s, keepalive_timeout_s;
    struct connect_header {
        char *name, *value;
    } *headers; /* all other parameters: sent with each call, as Spark's own clients do */
    size_t header_count;
    char *endpoint; /* "host:port", for people */
};

/* Parses "sc://host:port/;name=value;…" as Spark's own clients do: values are percent-decoded; the
 * token is taken from SPARK_CONNECT_AUTHENTICATE_TOKEN and the user from SPARK_USER or USER where
 * the string has none; a token means TLS unless the host is this machine. STATUS_USAGE, with a
 * message that says what is wrong and holds no parameter's value. */
NODISCARD enum status connect_address_parse(const char *text, struct connect_address *out,
                                            struct error *error);
void connect_address_release(struct connect_address *address);
/* "localhost", or an address of the loopback. */
bool connect_address_is_local(const struct connect_address *address);

/* ---- The session ----------------------------------------------------------------------------- */

struct connect_session;

struct connect_options {
    const char *address;       /* sc://… */
    const char *client;        /* "sparkify/1.0", for the server's logs and pages */
    const char *ca_file;       /* NULL: the system's */
    const atomic_bool *cancel; /* may be NULL */
    unsigned connect_s;        /* until a connection stands */
    unsigned silence_s;        /* a server that says nothing for so long is lost */
    unsigned retry_s;          /* for so long a lost connection is tried again */
};
/* 10 s, 300 s, 30 s. */
struct connect_options connect_options_default(void);

/* Opens a session: asks the server for its version. STATUS_USAGE for a wrong address;
 * STATUS_FAILED also for a server older than Spark 4. */
NODISCARD enum status connect_open(const struct connect_options *options,
                                   struct connect_session **out_session, struct error *error);
/* Ends the session on the server, with its views and all that runs in it, unless the address named
 * it: then it is somebody else's, too. Takes a few seconds at most; takes NULL. */
void connect_close(struct connect_session *session);
/* Ends all that is under way in the session, on other threads, as `cancel` does. */
void connect_stop(struct connect_session *session);
/* Forgets connect_stop: for what runs next. No other thread may use the session now. */
void connect_resume(struct connect_session *session);
/* From now on `cancel` is not looked at, and connect_stop is forgotten: for the commands that clear
 * up after them, in 10 s at most. No other thread may use the session now. */
void connect_clear_up(struct connect_session *session);

/* "4.3.0". */
const char *connect_version(const struct connect_session *session);
/* "host:port", for people. */
const char *connect_endpoint(const struct connect_session *session);
const char *connect_session_id(const struct connect_session *session);
/* False: what is sent can be read on its way. It cannot with TLS, or to this machine. */
bool connect_is_private(const struct connect_session *session);

/* Sets settings of the session. */
NODISCARD enum status connect_set(struct connect_session *session, const struct connect_pair *pairs,
                                  size_t count, struct error *error);
/* Appends the value of a setting, or its default; STATUS_NOT_FOUND where there is neither. */
NODISCARD enum status connect_get(struct connect_session *session, const char *key,
                                  struct buffer *out_value, struct error *error);

/* Where in a statement's text Spark says that something is wrong. */
struct connect_position {
    unsigned line;   /* from 1 */
    unsigned column; /* characters before it in that line */
};
/* The place that an error's message names; false where it names none. */
bool connect_find_position(const char *message, struct connect_position *out);

/* ---- Rows, and where they come from ------------------------------------------------------------
 */

/* Files that a data source of Spark reads. */
struct connect_source {
    const char *format; /* "text", "json", "parquet" … */
    const char *schema; /* as DDL: "a STRING, b BIGINT"; NULL: what the format finds */
    const struct connect_pair *options;
    size_t option_count;
    const char *const *paths;
    size_t path_count;
};

/* An aggregate over the rows that pass: "count(*)", "count_if(song_id IS NOT NULL)". It is taken in
 * the same pass. Its type is an integer or boolean one. */
struct connect_metric {
    const char *name; /* of letters, digits and '_' */
    const char *expression;
};

#define CONNECT_MAX_METRICS 16

/* Rows: of a query or of a source; then renamed, filtered and computed, in this order, where that
 * is said. */
struct connect_relation {
    const char *sql;                     /* a SELECT, or NULL */
    const struct connect_source *source; /* where sql is NULL */
    const char *const *names;            /* for all columns, in their order */
    size_t name_count;
    const char *where;          /* an expression of SQL */
    const char *const *columns; /* expressions of SQL */
    size_t column_count;
    const struct connect_metric *metrics; /* not for views */
    size_t metric_count;
};

/* Kinds of types, as types.proto numbers them; a newer server may have more. */
enum connect_kind {
    CONNECT_KIND_NULL = 1,
    CONNECT_KIND_DATE = 14,
    CONNECT_KIND_TIMESTAMP = 15,
    CONNECT_KIND_TIMESTAMP_NTZ = 16,
    CONNECT_KIND_ARRAY = 20,
    CONNECT_KIND_STRUCT = 21,
    CONNECT_KIND_MAP = 22,
    CONNECT_KIND_VARIANT = 25,
};

struct connect_field {
    struct str name;
    unsigned kind;
};

/* The columns that a relation has, in the arena; nothing runs. STATUS_LIMIT where they are more
 * than ARROW_MAX_COLUMNS. */
NODISCARD enum status connect_describe(struct connect_session *session,
                                       const struct connect_relation *relation, struct arena *arena,
                                       struct connect_field **out_fields, size_t *out_count,
                                       struct error *error);

/* Makes (or replaces) a temporary view of this session. Spark looks for the files now, and fails
 * where there are none. */
NODISCARD enum status connect_create_view(struct connect_session *session, const char *name,
                                          const struct connect_relation *relation,
                                          struct error *error);

/* ---- Operations --------------------------------------------------------------------------------
 */

/* Where an operation stands. The totals grow while Spark plans further stages, and stages that it
 * then leaves out stay in them: only the call's return says that all is done. */
struct connect_progress {
    uint64_t stages, stages_done;
    uint64_t tasks, tasks_done;
    uint64_t tasks_running; /* 0 for long: it waits for the cluster's cores */
    uint64_t bytes_read;    /* of files */
    double seconds;         /* since the operation began */
};

/* How to follow an operation; each member, and the struct itself, may be NULL. */
struct connect_watch {
    void *ctx;
    /* On the calling thread, some times a second at most (spark.connect.progress.reportInterval).
     */
    void (*progress)(void *ctx, const struct connect_progress *progress);
};

/* What an operation came to. */
struct connect_outcome {
    struct connect_progress progress; /* as it stood last */
    uint64_t rows;                    /* that were sent to us */
    struct connect_value {
        bool is_null;
        int64_t value;
    } metrics[CONNECT_MAX_METRICS]; /* in the order of the relation's */
    unsigned reattached;            /* how often the stream was taken up again */
};

/* Runs a statement that gives no rows: SET, CREATE, CACHE TABLE, UNCACHE … A SELECT is not run by
 * this. */
NODISCARD enum status connect_command(struct connect_session *session, const char *sql,
                                      const struct connect_watch *watch, struct error *error);

/* Runs a query; its rows go to `fn` on the calling thread, in batches, in their order. A status
 * other than STATUS_OK from `fn` ends the query on the server, and is what comes back.
 * Memory: twice the longest batch (spark.sql.execution.arrow.maxRecordsPerBatch, 10,000 rows).
 * `out_outcome` may be NULL. */
NODISCARD enum status connect_query(struct connect_session *session,
                                    const struct connect_relation *relation, arrow_batch_fn *fn,
                                    void *ctx, const struct connect_watch *watch,
                                    struct connect_outcome *out_outcome, struct error *error);

enum connect_mode {
    CONNECT_APPEND = 1, /* as in the protocol */
    CONNECT_OVERWRITE,
    CONNECT_NEW, /* STATUS_EXISTS where there is something */
    CONNECT_IGNORE,
};

struct connect_write {
    struct connect_relation input;
    const char *format; /* "parquet" */
    const char *path;
    enum connect_mode mode;
    const char *const *partitions; /* columns */
    size_t partition_count;
    const struct connect_pair *options; /* the input's do not count here */
    size_t option_count;
};

/* Writes rows to files. `out_outcome` may be NULL. */
NODISCARD enum status connect_write(struct connect_session *session,
                                    const struct connect_write *write,
                                    const struct connect_watch *watch,
                                    struct connect_outcome *out_outcome, struct error *error);

#endif
