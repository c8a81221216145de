/* spark: the distributed engine: the same job on a cluster, through Spark Connect.
 *
 * Spark reads the input, finds the rows of the tables, and writes what is large into the run's
 * staging folder; sparkify gives those files their place, writes the small tables itself, and
 * commits as the native engine does. */
#ifndef SPARKIFY_SPARK_H
#define SPARKIFY_SPARK_H

#include <arrow.h>
#include <run.h>

/* Runs the job on the server options->spark ("sc://host:port/;…"). What is said of native_run in
 * native.h holds here; STATUS_UNREACHABLE also when the server does not answer. */
NODISCARD enum status spark_run(const struct run_options *options, const atomic_bool *cancel,
                                struct run_progress *progress, struct run_report *report,
                                struct error *error);

/* Told of a step that went well, or of the error that ended the examination. */
typedef void spark_tell_fn(void *ctx, const char *step, const char *text,
                           const struct error *error);
/* Tries what a run asks of the server: a session, reading the input, and, unless `out` is NULL,
 * writing to the output. Leaves nothing behind. */
void spark_examine(const struct run_options *options, struct store *in, struct store *out,
                   const atomic_bool *cancel, spark_tell_fn *tell, void *ctx);

/* ---- Queries -----------------------------------------------------------------------------------
 */

struct spark_options {
    const char *address; /* "sc://host:port/;…" */
    const char *version; /* sparkify's, for the server's log */
    const char *ca_file; /* certificates to trust of the server; NULL: the system's */
    bool plain_keys;     /* S3 keys may go to another machine without TLS */
    unsigned connections;
    const struct store *lake;  /* that Spark must reach as we do */
    const atomic_bool *cancel; /* ends what runs once it is true; may be NULL */
};
struct spark_session;
/* Opens a session on the server; strings and store are borrowed. STATUS_UNREACHABLE when it does
 * not answer, STATUS_DENIED when it does not take the token, or keys would go there in the open. */
NODISCARD enum status spark_open(const struct spark_options *options, struct spark_session **out,
                                 struct error *error);
/* NULL is fine. */
void spark_close(struct spark_session *session);

/* A table's rows as a view of the session. */
struct spark_view {
    const char *name;
    enum table_id files_of; /* the table, or the state, that the files are of */
    const struct str *keys; /* of the files, below the lake */
    size_t count;
    const char *where; /* an expression of SQL; NULL: all rows */
};
/* Makes or replaces it. Its columns are the model's; one that a file of an earlier program lacks is
 * null there. */
NODISCARD enum status spark_make_view(struct spark_session *session, const struct spark_view *view,
                                      struct error *error);

/* A statement, and the columns that its rows will have, where it is a query. */
struct spark_query {
    const char *sql;
    struct spark_column {
        struct str name;
        bool is_json; /* nested: its values come as JSON text */
    } *columns;
    size_t count;
    const char **names, **expressions; /* by which they are made such; NULL: they are as they are */
    struct arena arena;
};
/* Asks for the columns; nothing runs. `sql` is copied. STATUS_FAILED or STATUS_NOT_FOUND when the
 * SQL is wrong. */
NODISCARD enum status spark_query_prepare(struct spark_session *session, struct str sql,
                                          struct spark_query *out, struct error *error);
void spark_query_release(struct spark_query *query);
/* Runs it; its rows go to `fn` on the calling thread, at least one batch, be it of no rows. A
 * status of `fn` other than STATUS_OK ends it, and is what comes back. */
NODISCARD enum status spark_query_run(struct spark_session *session,
                                      const struct spark_query *query, arrow_batch_fn *fn,
                                      void *ctx, struct error *error);
/* Ends the query that another thread runs in the session, before the next one is prepared. */
void spark_query_stop(struct spark_session *session);
/* The place in the SQL that an error's message names: the line from 1, the characters before it
 * there; false where it names none. */
bool spark_find_position(const struct error *error, unsigned *out_line, unsigned *out_column);

/* Appends all that the job would ask of Spark, as a script of commented SQL. Nothing is asked of
 * any server. */
NODISCARD enum status spark_script(const struct run_options *options, struct buffer *out,
                                   struct error *error);

#endif
