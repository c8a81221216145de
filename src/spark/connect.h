/* connect: a client of Spark Connect (Spark 4): a session on a server and the operations in it.
 *
 *      connect_open → connect_set, connect_create_view, connect_command, connect_query,
 *      connect_write, in any order → (connect_clear_up) → connect_close
 *
 * An operation has an id, which the client chooses. If its stream of responses breaks off, the
 * operation continues on the server, and the client reattaches to it; no response is lost or
 * handled twice. If `cancel` becomes true or a callback of the caller fails, the operation is
 * interrupted on the server.
 *
 * After connect_open, any number of threads may use a session at the same time; each call has a
 * connection of its own. Strings are borrowed during the call.
 *
 * Errors of all calls, in addition to those in their comments. STATUS_UNREACHABLE: the server does
 * not respond or is not one of Spark Connect, or the connection was lost for longer than retry_s;
 * STATUS_DENIED: the server rejects the token, or needs one; STATUS_INTERRUPTED: `cancel` became
 * true; STATUS_CORRUPT: a response does not conform to the protocol or is incomplete; STATUS_LIMIT:
 * a response is longer than max_message_bytes; STATUS_NOT_FOUND, STATUS_EXISTS, STATUS_FAILED:
 * Spark reports an error: "Spark at HOST:PORT: [ERROR_CLASS] first line", and its most specific
 * cause. Callers prepend what was being done (error_wrap). A message never has the token, or the
 * value of a setting or an option. */
#pragma once

#include "arrow.h"

#include <base.h>

struct connect_pair {
    const char *key, *value;
};

/* ---- The session ----------------------------------------------------------------------------- */

struct connect_session;

struct connect_options {
    const char *address;       /* sc://… */
    const char *client;        /* "sparkify/1.0", for the server's logs and pages */
    const char *ca_file;       /* certificates to trust; NULL: the system's */
    const atomic_bool *cancel; /* interrupts all operations when it becomes true; may be NULL */
    unsigned connect_s;        /* time limit for connecting */
    unsigned silence_s;        /* a connection counts as lost if nothing is received for so long */
    unsigned retry_s;          /* how long a lost connection is tried again */
};
/* Returns 10 s, 300 s and 30 s. */
struct connect_options connect_options_default(void);

/* Opens a session; the caller closes it. The strings of the options are copied, `cancel` is
 * borrowed. STATUS_USAGE: the address is invalid; STATUS_FAILED: the server is older than Spark 4.
 */
NODISCARD enum status connect_open(const struct connect_options *options,
                                   struct connect_session **out_session, struct error *error);
/* Ends the session on the server with its views and operations, unless the address gave a
 * session_id, because others may use that session. Takes a few seconds at most. NULL is allowed. */
void connect_close(struct connect_session *session);
/* Interrupts the operations that other threads run in the session, as `cancel` does. */
void connect_stop(struct connect_session *session);
/* Ends the effect of connect_stop, before the next operation. No other thread may be using the
 * session. */
void connect_resume(struct connect_session *session);
/* Makes the session ignore `cancel` and connect_stop from now on, for commands that clean up; all
 * of them together may take 10 s. No other thread may be using the session. */
void connect_clear_up(struct connect_session *session);

/* Returns the server's version: "4.3.0". */
const char *connect_version(const struct connect_session *session);
/* Returns "host:port", for messages. */
const char *connect_endpoint(const struct connect_session *session);
const char *connect_session_id(const struct connect_session *session);
/* Whether nobody can read the traffic on its way: it uses TLS, or stays on this machine. */
bool connect_is_private(const struct connect_session *session);

/* Sets settings of the session. */
NODISCARD enum status connect_set(struct connect_session *session, const struct connect_pair *pairs,
                                  size_t count, struct error *error);

/* Sets the position in the text of a statement that the message of an error names: the line from 1,
 * and the number of characters before the position in that line; false if it names none. */
bool connect_find_position(const char *message, unsigned *out_line, unsigned *out_column);

/* ---- Relations ------------------------------------------------------------------------------- */

/* Files that a data source of Spark reads. */
struct connect_source {
    const char *format; /* "text", "json", "parquet" … */
    const char *schema; /* as DDL: "a STRING, b BIGINT"; NULL: that of the files */
    const struct connect_pair *options;
    size_t option_count;
    const char *const *paths;
    size_t path_count;
};

/* An aggregate that is computed while the rows of a relation are processed: "count(*)",
 * "count_if(song_id IS NOT NULL)". Its type is BIGINT. */
struct connect_metric {
    const char *name; /* of letters, digits and '_' */
    const char *expression;
};

#define CONNECT_MAX_METRICS 16
#define CONNECT_NULL        INT64_MIN /* the value of a metric that is null */

/* The rows of a query or a source; optionally with renamed columns, then filtered, then with
 * computed columns, then without one that metrics need. */
struct connect_relation {
    const char *sql;                     /* a SELECT, or NULL */
    const struct connect_source *source; /* if `sql` is NULL */
    const char *const *names;            /* new names of all columns, or none */
    size_t name_count;
    const char *where;          /* an SQL expression, or NULL */
    const char *const *columns; /* SQL expressions, or none */
    size_t column_count;
    const struct connect_metric *metrics; /* not for views */
    size_t metric_count;
    const char *dropped; /* the name of a column that is for the metrics alone, or NULL */
};

/* Kinds of types, with the field numbers of types.proto, DataType; a newer server may have more. */
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

/* Sets *out_fields to the columns of a relation, allocated in the arena; runs nothing.
 * STATUS_LIMIT: there are more than ARROW_MAX_COLUMNS. */
NODISCARD enum status connect_describe(struct connect_session *session,
                                       const struct connect_relation *relation, struct arena *arena,
                                       struct connect_field **out_fields, size_t *out_count,
                                       struct error *error);

/* Creates or replaces a temporary view of this session. Spark checks here that the files of a
 * source exist. */
NODISCARD enum status connect_create_view(struct connect_session *session, const char *name,
                                          const struct connect_relation *relation,
                                          struct error *error);

/* ---- Operations ------------------------------------------------------------------------------ */

/* The progress of an operation. The totals grow while Spark plans further stages, and include
 * stages that it then skips, so they do not show that the operation has ended. */
struct connect_progress {
    uint64_t stages, stages_done;
    uint64_t tasks, tasks_done;
    uint64_t tasks_running; /* 0 for long: the operation waits for cores of the cluster */
    uint64_t bytes_read;    /* of input files */
};

/* Callbacks of an operation; each member, and a pointer to the struct, may be NULL. */
struct connect_watch {
    void *ctx;
    /* Called on the calling thread, at the interval spark.connect.progress.reportInterval. */
    void (*progress)(void *ctx, const struct connect_progress *progress);
};

/* The result of an operation. */
struct connect_outcome {
    uint64_t rows;                        /* received */
    int64_t metrics[CONNECT_MAX_METRICS]; /* in the order of the relation's; or CONNECT_NULL */
    unsigned reattached;                  /* the number of times the client has reattached */
};

/* Runs a statement without result rows: SET, CREATE, CACHE TABLE, UNCACHE … (Spark does not run a
 * SELECT that is sent so.) */
NODISCARD enum status connect_command(struct connect_session *session, const char *sql,
                                      const struct connect_watch *watch, struct error *error);

/* Runs a query and calls `fn` for each batch of its rows, in order, on the calling thread. A status
 * other than STATUS_OK of `fn` ends the query on the server and is returned. Memory: twice the
 * largest batch (spark.sql.execution.arrow.maxRecordsPerBatch, 10,000 rows). `out_outcome` may be
 * NULL. */
NODISCARD enum status connect_query(struct connect_session *session,
                                    const struct connect_relation *relation, arrow_batch_fn *fn,
                                    void *ctx, const struct connect_watch *watch,
                                    struct connect_outcome *out_outcome, struct error *error);

struct connect_write {
    struct connect_relation input;
    const char *format; /* "parquet" */
    const char *path;
    const char *const *partitions; /* partition columns */
    size_t partition_count;
    const struct connect_pair *options; /* of the writer */
    size_t option_count;
};

/* Writes rows to files. `out_outcome` may be NULL. STATUS_EXISTS: the path exists. */
NODISCARD enum status connect_write(struct connect_session *session,
                                    const struct connect_write *write,
                                    const struct connect_watch *watch,
                                    struct connect_outcome *out_outcome, struct error *error);
