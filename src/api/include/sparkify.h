/* sparkify: makes the tables of a star schema from JSON, from C.
 *
 *     struct sparkify_job *job = sparkify_job_new("etl");
 *     sparkify_job_set(job, "input", "workspace");
 *     sparkify_job_set(job, "output", "lake");
 *     sparkify_job_start(job);
 *     sparkify_job_wait(job, -1);
 *     puts(sparkify_job_status(job) ? sparkify_job_message(job) : sparkify_job_result(job));
 *     sparkify_job_free(job);
 *
 * A failed call is remembered, and later calls that depend on it fail with the same status, so only
 * the end of a chain must be checked.
 *
 * Threads: a job or a lake is used by one thread at a time; the _cancel functions may be called
 * from any thread, and in a signal handler. Any number of jobs and lakes may be used at once. The
 * library's own threads block all signals.
 *
 * The library prints nothing, installs no signal handler and never ends the process, with one
 * exception: when memory is exhausted, it writes one line to stderr and calls abort(3).
 *
 * Strings are UTF-8. A returned string belongs to the job or lake, and is valid until the next call
 * on it. Lakes are read by path and by s3:// address; the credentials, dl.cfg, the environment's
 * SPARKIFY_* variables and sparkify.yaml are used as by the program. */
#ifndef SPARKIFY_H
#define SPARKIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SPARKIFY_API __attribute__((visibility("default")))

/* The result of a call. The numbers are the program's exit codes; their meanings never change, and
 * new ones may be added. */
enum sparkify_status {
    SPARKIFY_OK = 0,
    SPARKIFY_FAILED = 1,           /* the message says why */
    SPARKIFY_USAGE = 2,            /* an invalid option, value or call */
    SPARKIFY_TOO_MANY_REJECTS = 3, /* too many records were rejected; nothing is committed */
    SPARKIFY_CONFLICT = 4,         /* another run has committed first; nothing is committed */
    SPARKIFY_INTERRUPTED = 130,    /* cancelled by _cancel; nothing is committed */
};

/* "0.1.0" */
SPARKIFY_API const char *sparkify_version(void);

/* ---- Jobs: a command of the program ---------------------------------------------------------- */

struct sparkify_job;

/* `command` is one of etl, history, restore, check, vacuum, schema, init, report and generate; with
 * another, the job's status is SPARKIFY_USAGE. */
SPARKIFY_API struct sparkify_job *sparkify_job_new(const char *command);
/* Cancels the job and waits for its end if it runs. NULL is fine. */
SPARKIFY_API void sparkify_job_free(struct sparkify_job *job);

/* Sets an option of the program's command by its name without "--". A flag takes NULL or "true";
 * "false" resets it. The command's operands have the names in its help, in lower case: "lake",
 * "dir". */
SPARKIFY_API int sparkify_job_set(struct sparkify_job *job, const char *option, const char *value);
/* Starts the job on a thread of its own. A job runs once. */
SPARKIFY_API int sparkify_job_start(struct sparkify_job *job);
/* Waits up to that many milliseconds for the end of the job; -1: without limit. True once it has
 * ended. */
SPARKIFY_API bool sparkify_job_wait(struct sparkify_job *job, int milliseconds);
/* Cancels the job. What it has written is removed, unless it is committed already. */
SPARKIFY_API void sparkify_job_cancel(struct sparkify_job *job);

/* The progress of a job. A caller sets `size` to the sizeof that it was compiled with; later
 * versions add members at the end. */
struct sparkify_progress {
    size_t size;
    const char *phase; /* "list", "songs", …: valid while the job is; "" before and after */
    uint64_t files_done, files_total; /* of the input; a total is 0 while unknown */
    uint64_t bytes_done, bytes_total; /* of the input */
    uint64_t records_done;            /* of the input */
};
SPARKIFY_API void sparkify_job_progress(const struct sparkify_job *job,
                                        struct sparkify_progress *out);

/* The enum sparkify_status of the last call or, once it has ended, of the job. */
SPARKIFY_API int sparkify_job_status(const struct sparkify_job *job);
/* The error message, and what to try; "" without an error. */
SPARKIFY_API const char *sparkify_job_message(const struct sparkify_job *job);
SPARKIFY_API const char *sparkify_job_hint(const struct sparkify_job *job);
/* The JSON document that the program prints with --json, also after a failure; "" before the end.
 * docs/json has a schema for each command. */
SPARKIFY_API const char *sparkify_job_result(struct sparkify_job *job);
/* Warnings and notes so far, one a line; a warning begins with "warning: ". May be read while the
 * job runs. */
SPARKIFY_API const char *sparkify_job_notes(struct sparkify_job *job);

/* ---- Lakes: the tables, as Arrow streams ----------------------------------------------------- */

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

/* Makes a handle of a lake: a folder or an s3:// address; NULL: the lake that the environment,
 * sparkify.yaml or dl.cfg name. Reads nothing yet. */
SPARKIFY_API struct sparkify_lake *sparkify_lake_new(const char *address);
/* Streams of the lake stay valid. NULL is fine. */
SPARKIFY_API void sparkify_lake_free(struct sparkify_lake *lake);
/* Sets an option of the program's query command, before the first call that reads: of access to S3,
 * "cache-size", "engine"; "from", "to", "limit" and "threads" may change between queries. */
SPARKIFY_API int sparkify_lake_set(struct sparkify_lake *lake, const char *option,
                                   const char *value);
/* The document of 'sparkify history --json': the versions that can be read; "" after an error. */
SPARKIFY_API const char *sparkify_lake_versions(struct sparkify_lake *lake);
/* The files of a table in a version, as JSON: {"lake_version", "files": [{"path", "rows", "bytes",
 * "partition": {"year": "2018", …}}, …]}. Paths are whole: below the lake's folder, or s3://.
 * "" when it fails. */
SPARKIFY_API const char *sparkify_lake_files(struct sparkify_lake *lake, const char *table,
                                             int64_t version);
/* Opens the rows of a table in a version. `columns` are `count` names of columns, in the requested
 * order; NULL: all. A decimal has 128 bits, JSON is text. The stream is owned by the caller, reads
 * on demand, and may outlive the lake. An error of its get_next is an errno number, with a text
 * from get_last_error. */
SPARKIFY_API int sparkify_lake_table(struct sparkify_lake *lake, const char *table, int64_t version,
                                     const char *const *columns, size_t count,
                                     struct ArrowArrayStream *out);
/* Opens the result of SQL, or of a question by its name, over a version's tables, by DuckDB in a
 * separate process. The stream is like that of a table; there may be several at once. Decimal
 * numbers are doubles, nested values JSON. */
SPARKIFY_API int sparkify_lake_query(struct sparkify_lake *lake, const char *sql, int64_t version,
                                     struct ArrowArrayStream *out);
/* Reads a stream to its end, and replaces it by one that holds the batches in memory. Returns 0, or
 * the result of get_next; then the stream is unchanged, with its get_last_error. */
SPARKIFY_API int sparkify_stream_keep(struct ArrowArrayStream *stream);
/* Makes another stream over the batches of one made by sparkify_stream_keep, from the first batch
 * on. Streams of the same batches may be used by different threads. */
SPARKIFY_API void sparkify_stream_again(const struct ArrowArrayStream *kept,
                                        struct ArrowArrayStream *out);
/* The questions that the lake can be asked by their names, as JSON: [{"name", "summary", "limit",
 * "sql"}, …]; "" after an error. */
SPARKIFY_API const char *sparkify_lake_questions(struct sparkify_lake *lake);
/* Those of lakes of the built-in model. Static. */
SPARKIFY_API const char *sparkify_questions(void);
/* Cancels the current call, which returns SPARKIFY_INTERRUPTED, and the lake's streams, whose
 * get_next returns ECANCELED. Later calls are not affected. */
SPARKIFY_API void sparkify_lake_cancel(struct sparkify_lake *lake);
/* The same as the functions of a job. */
SPARKIFY_API int sparkify_lake_status(const struct sparkify_lake *lake);
SPARKIFY_API const char *sparkify_lake_message(const struct sparkify_lake *lake);
SPARKIFY_API const char *sparkify_lake_hint(const struct sparkify_lake *lake);
SPARKIFY_API const char *sparkify_lake_notes(struct sparkify_lake *lake);

/* ---- For packages ---------------------------------------------------------------------------- */

/* Runs the program: prints, handles signals, and returns the exit code. For a process of its own.
 */
SPARKIFY_API int sparkify_main(int argc, char **argv);

/* Runs the program that starts DuckDB's processes, until descriptor 3 is closed. `library` is
 * libduckdb's path; NULL: SPARKIFY_DUCKDB, else it is searched. For a single-threaded process of
 * its own. Returns the exit code. */
SPARKIFY_API int sparkify_worker_main(const char *library);
/* Sets that program and its arguments, ending with NULL; copied, for the whole process. NULL, as
 * initially: SPARKIFY_WORKER, else sparkify-worker beside the library or the program, or in
 * ../libexec/sparkify of there. */
SPARKIFY_API void sparkify_use_worker(const char *const *argv);
/* Moves the stream into a capsule of Arrow's PyCapsule interface, and returns a new reference. To
 * be called in a Python process that holds the GIL. NULL after an error, with Python's exception
 * set where there is a Python. */
SPARKIFY_API void *sparkify_stream_capsule(struct ArrowArrayStream *stream);

#ifdef __cplusplus
}
#endif

#endif
