/* spark: the distributed engine: runs the job on a cluster, through Spark Connect.
 *
 * Spark reads the input, computes the rows of the tables, and writes the large tables into the
 * run's staging folder. sparkify moves those files to their final names, writes the small tables
 * itself, and commits as the native engine does. */
#pragma once

#include <arrow.h>
#include <run.h>

/* Runs the job on the server options->spark ("sc://host:port/;…"). What is said of native_run in
 * native.h holds here; STATUS_UNREACHABLE also when the server does not answer. */
NODISCARD enum status spark_run(const struct run_options *options, const atomic_bool *cancel,
                                struct run_progress *progress, struct run_report *report,
                                struct error *error);

/* Called for each step that succeeded, with a text; or with the error that ended the examination
 * and the step that failed. The pointers are valid until the function returns. */
typedef void spark_tell_fn(void *ctx, const char *step, const char *text,
                           const struct error *error);
/* Tests what a run needs of the server: a session, reading the input, and, unless `out` is NULL,
 * writing to the output. Removes what it has written. */
void spark_examine(const struct run_options *options, struct store *in, struct store *out,
                   const atomic_bool *cancel, spark_tell_fn *tell, void *ctx);

/* ---- Queries --------------------------------------------------------------------------------- */

struct spark_options {
    const char *address;       /* "sc://host:port/;…" */
    const char *version;       /* of sparkify, for the server's log */
    const char *ca_file;       /* certificates to trust; NULL: the system's */
    bool plain_keys;           /* S3 keys may be sent to another machine without TLS */
    unsigned connections;      /* to S3, at most */
    const struct store *lake;  /* which Spark must be able to access */
    const atomic_bool *cancel; /* interrupts queries when it becomes true; may be NULL */
};
struct spark_session;
/* Opens a session on the server; the store is borrowed, and the caller closes the session.
 * STATUS_UNREACHABLE: the server does not respond; STATUS_DENIED: it rejects the token, or S3 keys
 * would be sent without TLS. */
NODISCARD enum status spark_open(const struct spark_options *options, struct spark_session **out,
                                 struct error *error);
/* Closes the session; NULL is allowed. */
void spark_close(struct spark_session *session);

/* A view of the rows of a table. */
struct spark_view {
    const char *name;
    const struct model_table *files_of; /* the table, or the part of the state, of the files */
    const struct str *keys;             /* of the files, relative to the lake */
    size_t count;
    const char *where; /* an SQL expression; NULL: all rows */
};
/* Creates or replaces the view. Its columns are those of the model; a column that a file does not
 * have is null. */
NODISCARD enum status spark_make_view(struct spark_session *session, const struct spark_view *view,
                                      struct error *error);

/* A statement, and its columns if it is a query. */
struct spark_query {
    const char *sql;
    struct spark_column {
        struct str name;
        bool is_json; /* of a nested type: its values are JSON text */
    } *columns;
    size_t count;
    const char **names, **expressions; /* which convert the columns; NULL: no conversion */
    struct arena arena;
};
/* Sets *out to a statement and its columns, and runs nothing. `sql` is copied; the caller releases
 * the query. STATUS_FAILED, STATUS_NOT_FOUND: the SQL is invalid. */
NODISCARD enum status spark_query_prepare(struct spark_session *session, struct str sql,
                                          struct spark_query *out, struct error *error);
void spark_query_release(struct spark_query *query);
/* Runs the statement and calls `fn` on the calling thread for each batch of its rows, at least
 * once. A status other than STATUS_OK of `fn` ends the statement and is returned. */
NODISCARD enum status spark_query_run(struct spark_session *session,
                                      const struct spark_query *query, arrow_batch_fn *fn,
                                      void *ctx, struct error *error);
/* Interrupts the query that another thread runs in the session. */
void spark_query_stop(struct spark_session *session);
/* Sets the position in the SQL that an error names: the line from 1, and the number of characters
 * before the position in that line. False: the error names none. */
bool spark_find_position(const struct error *error, unsigned *out_line, unsigned *out_column);

/* Appends a commented SQL script of all that the job would run on Spark. Calls no server. */
NODISCARD enum status spark_script(const struct run_options *options, struct buffer *out,
                                   struct error *error);
