/* sparkify: song and log JSON into the tables of a star schema, from C.
 *
 *     struct sparkify_job *job = sparkify_job_new("etl");
 *     sparkify_job_set(job, "input", "workspace");
 *     sparkify_job_set(job, "output", "lake");
 *     sparkify_job_start(job);
 *     sparkify_job_wait(job, -1);
 *     puts(sparkify_job_status(job) ? sparkify_job_message(job) : sparkify_job_result(job));
 *     sparkify_job_free(job);
 *
 * A failed call is remembered, and the calls behind it that depend on it fail with the same status,
 * so that only the end of a chain must be checked.
 *
 * Threads: a job or a lake is used by one thread at a time; the _cancel functions may be called
 * beside, and in a signal handler. Any number of jobs and lakes may be used at once. The library's
 * own threads block all signals.
 *
 * The library prints nothing, installs no signal handler and never ends the process, with one
 * exception: when memory is exhausted, it writes one line to stderr and calls abort(3).
 *
 * Strings are UTF-8. A string that is returned belongs to the job or lake, and is valid until the
 * next call on it. Lakes are read by path and by s3:// address; the credentials, dl.cfg, the
 * environment's SPARKIFY_* variables and sparkify.yaml count as they do for the program. */
#ifndef SPARKIFY_H
#define SPARKIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SPARKIFY_API __attribute__((visibility("default")))

/* What has become of a call. The numbers are the program's exit codes; they never change their
 * meaning, and new ones may come. */
enum sparkify_status {
    SPARKIFY_OK = 0,
    SPARKIFY_FAILED = 1,           /* as the message says */
    SPARKIFY_USAGE = 2,            /* an option, a value or a call that cannot be */
    SPARKIFY_TOO_MANY_REJECTS = 3, /* of the input's records; nothing is committed */
    SPARKIFY_CONFLICT = 4,         /* with another run; nothing is committed */
    SPARKIFY_INTERRUPTED = 130,    /* by _cancel; nothing is committed */
};

/* "0.1.0" */
SPARKIFY_API const char *sparkify_version(void);

/* ---- Jobs: a command of the program ---------------------------------------------------------- */

struct sparkify_job;

/* `command` is one of etl, history, restore, check, vacuum, schema, report and generate; with
 * another, the job's status is SPARKIFY_USAGE. */
SPARKIFY_API struct sparkify_job *sparkify_job_new(const char *command);
/* Cancels the job and waits for its end if it runs. NULL is fine. */
SPARKIFY_API void sparkify_job_free(struct sparkify_job *job);

/* Sets an option of the program's command by its name without "--". A flag takes NULL or "true";
 * "false" takes it back. The command's operands have the names that its help gives them, in small
 * letters: "lake", "dir". */
SPARKIFY_API int sparkify_job_set(struct sparkify_job *job, const char *option, const char *value);
/* Starts the job on a thread of its own. A job runs once. */
SPARKIFY_API int sparkify_job_start(struct sparkify_job *job);
/* Waits for the end of the job for so long, -1: as long as it takes. True once it has ended. */
SPARKIFY_API bool sparkify_job_wait(struct sparkify_job *job, int milliseconds);
/* Asks the job to end. What it has written is removed, unless it is committed already. */
SPARKIFY_API void sparkify_job_cancel(struct sparkify_job *job);

/* How far a job is. A caller sets `size` to sizeof of what it was compiled with; later versions add
 * members at the end. */
struct sparkify_progress {
    size_t size;
    const char *phase;                /* "listing", … static; "" before and after */
    uint64_t files_done, files_total; /* of the input; a total is 0 while it is not known */
    uint64_t bytes_done, bytes_total; /* of the input */
    uint64_t records_done;            /* of the input */
};
SPARKIFY_API void sparkify_job_progress(const struct sparkify_job *job,
                                        struct sparkify_progress *out);

/* The enum sparkify_status of the last call or, once it has ended, of the job. */
SPARKIFY_API int sparkify_job_status(const struct sparkify_job *job);
/* What went wrong, and what to try; "" where nothing did. */
SPARKIFY_API const char *sparkify_job_message(const struct sparkify_job *job);
SPARKIFY_API const char *sparkify_job_hint(const struct sparkify_job *job);
/* The JSON document that the program prints with --json, also of a job that failed; "" before the
 * end. docs/json has a schema for each command. */
SPARKIFY_API const char *sparkify_job_result(struct sparkify_job *job);
/* Warnings and notes so far, one a line; a warning begins with "warning: ". May be read while the
 * job runs. */
SPARKIFY_API const char *sparkify_job_notes(struct sparkify_job *job);

/* ---- Lakes: the tables, as Arrow streams ------------------------------------------------------
 */

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE           2
#define ARROW_FLAG_MAP_KEYS_SORTED    4

/* https://arrow.apache.org/docs/format/CDataInterface.html */
struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

/* https://arrow.apache.org/docs/format/CStreamInterface.html */
struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};
#endif

#define SPARKIFY_NEWEST (-1)

struct sparkify_lake;

/* A lake: a folder or an s3:// address; NULL: the one that the environment, sparkify.yaml or dl.cfg
 * name. Nothing is read yet. */
SPARKIFY_API struct sparkify_lake *sparkify_lake_new(const char *address);
/* Streams of the lake stay valid. NULL is fine. */
SPARKIFY_API void sparkify_lake_free(struct sparkify_lake *lake);
/* An option of the program's command query, before the first call that reads: how to reach S3,
 * "cache-size", "engine"; "from", "to", "limit" and "threads" may change between queries. */
SPARKIFY_API int sparkify_lake_set(struct sparkify_lake *lake, const char *option,
                                   const char *value);
/* The document of 'sparkify history --json': the versions that can be read. "" when it fails. */
SPARKIFY_API const char *sparkify_lake_versions(struct sparkify_lake *lake);
/* The files of a table in a version, as JSON: {"lake_version", "files": [{"path", "rows", "bytes",
 * "partition": {"year": "2018", …}}, …]}. Paths are whole: below the lake's folder, or s3://.
 * "" when it fails. */
SPARKIFY_API const char *sparkify_lake_files(struct sparkify_lake *lake, const char *table,
                                             int64_t version);
/* The rows of a table in a version. `columns` has `count` names of columns, in the order that is
 * wanted; NULL: all. The stream is the caller's, is read as it is asked, and may outlive the lake.
 * An error of its get_next has errno's number and get_last_error's text. */
SPARKIFY_API int sparkify_lake_table(struct sparkify_lake *lake, const char *table, int64_t version,
                                     const char *const *columns, size_t count,
                                     struct ArrowArrayStream *out);
/* The result of SQL, or of a question by its name, over a version's tables, by DuckDB in a process
 * of its own. The stream is as that of a table; there may be several at once. A decimal number
 * comes as a double, what is nested as JSON. */
SPARKIFY_API int sparkify_lake_query(struct sparkify_lake *lake, const char *sql, int64_t version,
                                     struct ArrowArrayStream *out);
/* Reads a stream to its end, and puts one in its place that holds the batches in memory. Returns 0,
 * or what get_next returned; then the stream is the caller's still, with its get_last_error. */
SPARKIFY_API int sparkify_stream_keep(struct ArrowArrayStream *stream);
/* Another stream over the batches of one that sparkify_stream_keep has made, from the first one on.
 * Streams of the same batches may be used by different threads. */
SPARKIFY_API void sparkify_stream_again(const struct ArrowArrayStream *kept,
                                        struct ArrowArrayStream *out);
/* The named questions, as JSON: [{"name", "summary", "limit", "sql"}, …]. Static. */
SPARKIFY_API const char *sparkify_questions(void);
/* Ends what the lake is doing: the call returns with SPARKIFY_INTERRUPTED, and get_next of its
 * streams ECANCELED. The next call begins anew. */
SPARKIFY_API void sparkify_lake_cancel(struct sparkify_lake *lake);
/* As those of a job. */
SPARKIFY_API int sparkify_lake_status(const struct sparkify_lake *lake);
SPARKIFY_API const char *sparkify_lake_message(const struct sparkify_lake *lake);
SPARKIFY_API const char *sparkify_lake_hint(const struct sparkify_lake *lake);
SPARKIFY_API const char *sparkify_lake_notes(struct sparkify_lake *lake);

/* ---- For packages -----------------------------------------------------------------------------
 */

/* The program itself: prints, handles signals, returns the exit code. For a process of its own. */
SPARKIFY_API int sparkify_main(int argc, char **argv);

/* The program that starts DuckDB's processes for queries, until descriptor 3 is closed. `library`
 * is libduckdb's path; NULL: SPARKIFY_DUCKDB, else it is looked for. For a process of its own,
 * which has one thread. Returns the exit code. */
SPARKIFY_API int sparkify_worker_main(const char *library);
/* The program that does so, and its arguments, ending with NULL; copied, and for the whole process.
 * NULL, and before: SPARKIFY_WORKER, else sparkify-worker beside the library or the program, or in
 * ../libexec/sparkify of there. */
SPARKIFY_API void sparkify_use_worker(const char *const *argv);
/* In a process of Python's, with its lock held: moves the stream into a capsule of Arrow's
 * PyCapsule interface, a new reference. NULL, with Python's exception set where there is a Python:
 * it failed. */
SPARKIFY_API void *sparkify_stream_capsule(struct ArrowArrayStream *stream);

#ifdef __cplusplus
}
#endif

#endif
