/* query: SQL over a lake, by DuckDB in a separate process, or by Spark.
 *
 * A session has the lake's tables as views. A statement's result arrives batch by batch, in the
 * same form from either engine; the writers of all formats take that form. */
#pragma once

#include <base.h>
#include <jansson.h>
#include <lake.h>

/* ---- Names --------------------------------------------------------------------------------- */

/* The table of the model that SQL finds under this name, in any case: also as users_table, the name
 * of the users in the original job, unless a table has it. -1: there is none. */
int query_find_table(const struct model *model, const char *name);

/* ---- Results ------------------------------------------------------------------------------- */

enum query_type {
    QUERY_BOOL,      /* int64s: 0 or 1 */
    QUERY_INT64,     /* int64s */
    QUERY_DOUBLE,    /* doubles */
    QUERY_NUMBER,    /* strings: a decimal number, or an integer beyond 64 bits */
    QUERY_DATE,      /* int64s: days since 1970-01-01 */
    QUERY_TIMESTAMP, /* int64s: microseconds since 1970-01-01 UTC */
    QUERY_TEXT,      /* strings: UTF-8 */
    QUERY_JSON,      /* strings: nested values as JSON */
    QUERY_BLOB,      /* strings: any bytes */
};
#define QUERY_TYPE_COUNT (QUERY_BLOB + 1)

static inline bool query_type_is_string(enum query_type type)
{
    return type == QUERY_NUMBER || type >= QUERY_TEXT;
}
/* True for types that are right-aligned in a table. */
static inline bool query_type_is_number(enum query_type type)
{
    return type == QUERY_INT64 || type == QUERY_DOUBLE || type == QUERY_NUMBER;
}

/* "bool", "integer", "double", "number", "date", "timestamp", "text", "json", "blob". */
const char *query_type_word(enum query_type type);

struct query_column {
    struct str name;
    enum query_type type;
    bool is_id; /* it has the name of the id of the lake's facts */
};

/* One column of a batch, in Apache Arrow's layout. */
struct query_vector {
    const uint8_t *validity; /* one bit a row, least significant first, 1 = set; NULL: no nulls */
    union {
        const int64_t *int64s;
        const double *doubles;
        const uint32_t *offsets; /* strings: string i is bytes[offsets[i] … offsets[i + 1]) */
    };
    const char *bytes;
};

struct query_batch {
    size_t rows;
    const struct query_vector *columns;
};

static inline bool query_is_null(const struct query_vector *column, size_t row)
{
    return column->validity && !(column->validity[row / 8] >> row % 8 & 1);
}

static inline struct str query_string(const struct query_vector *column, size_t row)
{
    uint32_t begin = column->offsets[row];
    return (struct str){column->bytes + begin, column->offsets[row + 1] - begin};
}

/* The rows of one statement. */
struct query_result;
const struct query_column *query_result_columns(const struct query_result *result,
                                                size_t *out_count);
/* The next batch, or NULL at the end; lives until the next call. STATUS_FAILED when the statement
 * fails, STATUS_INTERRUPTED when it was cancelled. */
NODISCARD enum status query_result_next(struct query_result *result, const struct query_batch **out,
                                        struct error *error);
/* Cancels the statement if rows are left; NULL is fine. */
void query_result_free(struct query_result *result);
/* For CLEANUP. */
static inline void query_result_drop(struct query_result **result)
{
    query_result_free(*result);
}

/* ---- Sessions ------------------------------------------------------------------------------ */

/* Sets the program that starts workers, and its arguments, ending with NULL; copied. Applies to the
 * whole process, from the next spawner on. NULL, as initially: SPARKIFY_WORKER, else
 * sparkify-worker beside the library or program with this code, or in ../libexec/sparkify of there.
 */
void query_use_worker(const char *const *argv);
/* The main function of that program: starts workers until its socket, descriptor 3, is closed,
 * which ends them, too. `library` is libduckdb's path; NULL: SPARKIFY_DUCKDB, else it is searched.
 * To be called while the process is single-threaded. Returns the exit code: 2 when there is no such
 * socket. */
int query_worker_main(const char *library);

/* Starts worker processes, for all threads. STATUS_NOT_FOUND when its program does not exist, with
 * a hint how to get it; STATUS_FAILED when it cannot be started. */
struct query_spawner;
NODISCARD enum status query_spawner_new(struct query_spawner **out, struct error *error);
/* All its sessions must be freed before; NULL is fine. */
void query_spawner_free(struct query_spawner *spawner);
/* True when its process has ended: then no session can be started. */
bool query_spawner_is_gone(const struct query_spawner *spawner);

struct query_options {
    unsigned threads;              /* of DuckDB; 0: all processors */
    size_t memory_bytes;           /* DuckDB's limit; 0: its own default, 80 % of the machine's */
    const atomic_bool *cancel;     /* cancels the running statement once it is true; may be NULL */
    struct query_spawner *spawner; /* borrowed; NULL: the session makes one for itself */
    /* For SQL of untrusted clients: */
    const char
        *folder; /* only files below it can be read, and none written; NULL: no restriction */
    size_t process_bytes;        /* limit of the worker's whole memory; 0: no limit */
    size_t frame_bytes;          /* limit of a batch; 0: 2 GiB */
    unsigned time_limit_ms;      /* of a statement; 0: none */
    bool (*is_unwanted)(void *); /* polled while a statement runs: true cancels it; may be NULL */
    void *is_unwanted_ctx;
};
/* True when the kernel can restrict a worker to its folder (Landlock); else only DuckDB's own
 * settings do. */
bool query_has_landlock(void);

struct query_session;
/* Starts a worker process. Does not wait for DuckDB: an error of the library is returned by the
 * first statement. Errors are those of query_spawner_new, and STATUS_UNREACHABLE when the program
 * is not a worker, or one of another version. */
NODISCARD enum status query_session_new(const struct query_options *options,
                                        struct query_session **out, struct error *error);

/* Starts a session on Spark (spark.h): statements are in Spark's SQL. Errors as those of
 * spark_open. */
struct spark_options;
NODISCARD enum status query_spark_session_new(const struct spark_options *options,
                                              struct query_session **out, struct error *error);
/* Sets the time limit of the next statements; 0: none. */
void query_session_limit_time(struct query_session *session, unsigned limit_ms);
/* Ends the worker, or the session on Spark; NULL is fine. */
void query_session_free(struct query_session *session);

/* Runs a statement; the result must be freed before the next one. STATUS_FAILED with DuckDB's
 * message when the SQL is wrong, with the position in the hint; STATUS_NOT_FOUND when there is no
 * libduckdb, with a hint how to get it; STATUS_CORRUPT when it is too old or broken; STATUS_LIMIT
 * when a limit of the options was exceeded, or the worker was killed. A lost worker is replaced for
 * the next statement. */
NODISCARD enum status query_run(struct query_session *session, struct str sql,
                                struct query_result **out, struct error *error);
/* Runs a statement and discards its rows. */
NODISCARD enum status query_execute(struct query_session *session, struct str sql,
                                    struct error *error);

/* Checks SQL of an untrusted client: STATUS_OK for one SELECT that reads the model's tables,
 * names defined by WITH, range, generate_series, unnest and VALUES, with functions that depend on
 * their arguments only. STATUS_FAILED names what is not allowed; the hint has the position. Reads
 * no data, and needs no view. */
NODISCARD enum status query_guard(struct query_session *session, const struct model *model,
                                  struct str sql, struct error *error);

/* ---- The tables of a lake ------------------------------------------------------------------ */

#define QUERY_NO_FROM INT64_MIN
#define QUERY_NO_TO   INT64_MAX

/* Selects plays; a null string: all. */
struct query_filter {
    struct str level, state,
        artist; /* of the play: "paid", "CA" of "Napa, CA", the artist's name */
};

/* A version of a lake, and the part of it to query. */
struct query_lake {
    struct store *store;                  /* borrowed */
    const struct lake_snapshot *snapshot; /* borrowed */
    int64_t from_us,
        to_us; /* of facts and calendar: from ≤ start_time < to; QUERY_NO_FROM, _NO_TO */
    struct query_filter filter; /* of the facts; by DuckDB alone */
    uint64_t cache_bytes;       /* limit of the cache of S3 files */
};
/* Creates views of the tables that the statement may name, with the columns of the model; files
 * that they need are fetched from S3 first. Calling it again costs nothing. */
NODISCARD enum status query_use_tables(struct query_session *session, const struct query_lake *lake,
                                       struct str sql, struct error *error);
/* To be called before statements about another lake, or another part of it. */
void query_forget_tables(struct query_session *session);
/* Appends the folder of the files that views read: the lake's, or for a lake in S3 the cache's,
 * which is created. */
NODISCARD enum status query_append_folder(const struct store *store, struct buffer *out,
                                          struct error *error);

/* ---- Questions ----------------------------------------------------------------------------- */

/* A named query: a file of SQL whose first comment is its summary. A line "-- limit: 10" sets the
 * default number of rows. */
struct query_question {
    struct str name;    /* "top-songs", from "top-songs.sql"; among questions terminated */
    struct str summary; /* the first sentence of the comment */
    struct str sql;     /* the whole file */
    uint64_t limit;     /* 0: none */
    bool is_of_model;   /* it comes with the lake, which others may write to: query_guard */
};
struct query_questions {
    struct query_question *all; /* in the order of their names */
    size_t count, cap;
    struct arena arena;
};
/* Parses the text of a file; the result borrows both arguments. */
struct query_question query_question_of(struct str name, struct str sql);
/* Reads a folder's *.sql files (NULL: none), the model's questions, and where the model includes
 * the built-in one, the bundled questions; of several with one name the first is kept.
 * STATUS_NOT_FOUND, STATUS_NOT_A_FOLDER, STATUS_DENIED name the folder or file that cannot be read.
 */
NODISCARD enum status query_questions_read(const struct model *model, const char *folder,
                                           struct query_questions *out, struct error *error);
void query_questions_release(struct query_questions *questions);
/* The question of this name, or NULL. */
const struct query_question *query_question_find(const struct query_questions *questions,
                                                 struct str name);
/* Appends the question's SQL with a limit, unless that is 0. */
void query_question_append(const struct query_question *question, uint64_t limit,
                           struct buffer *out);

/* ---- Formats ------------------------------------------------------------------------------- */

/* id, name for --format */
#define QUERY_FORMATS(X)                                                                           \
    X(QUERY_FORMAT_TABLE, "table")                                                                 \
    X(QUERY_FORMAT_CSV, "csv")                                                                     \
    X(QUERY_FORMAT_JSON, "json")                                                                   \
    X(QUERY_FORMAT_JSONL, "jsonl")                                                                 \
    X(QUERY_FORMAT_MARKDOWN, "markdown")                                                           \
    X(QUERY_FORMAT_PARQUET, "parquet")                                                             \
    X(QUERY_FORMAT_ARROW, "arrow")

enum query_format {
#define X(id, name) id,
    QUERY_FORMATS(X)
#undef X
};
/* True for the formats that are not text. */
static inline bool query_format_is_binary(enum query_format format)
{
    return format == QUERY_FORMAT_PARQUET || format == QUERY_FORMAT_ARROW;
}

struct query_layout {
    size_t width;    /* table: of a line, in columns of a terminal; 0: any */
    size_t max_rows; /* table: shown at most; 0: all. The others are counted */
};

/* Writes the batches of a result in one of the formats. */
struct query_writer;
/* The columns are copied. */
struct query_writer *query_writer_new(enum query_format format, const struct query_column *columns,
                                      size_t count, const struct query_layout *layout);
void query_writer_free(struct query_writer *writer);
/* Each appends output to `out`, which the caller may write and empty between calls. */
void query_writer_begin(struct query_writer *writer, struct buffer *out);
void query_writer_add(struct query_writer *writer, const struct query_batch *batch,
                      struct buffer *out);
void query_writer_end(struct query_writer *writer, struct buffer *out);
/* The number of rows added. */
uint64_t query_writer_rows(const struct query_writer *writer);

/* Appends a value as text: dates as 2018-11-01, timestamps as 2018-11-01 21:01:46.796, the shortest
 * number that is the same double. Not for nulls. */
void query_append_value(struct buffer *out, enum query_type type, const struct query_vector *column,
                        size_t row);
/* Appends a text as a string of JSON behind `before`, such as "{\"name\":"; what is not UTF-8
 * becomes U+FFFD. */
void query_append_json_text(struct buffer *out, const char *before, struct str text);
/* The same text as a value. */
json_t *query_json_text(struct str text);
/* Appends the value, of which it takes the reference; with JSON_EMBED in `flags` an object's
 * members without its braces. */
void query_append_json(struct buffer *out, json_t *value, size_t flags);
/* Appends {"name":…,"type":…} for each column, with commas. */
void query_append_json_columns(struct buffer *out, const struct query_column *columns,
                               size_t count);
/* Appends a row as a list: null for nulls; integers beyond 2^53, and every id of facts, are
 * strings, dates and timestamps are those of ISO 8601. Texts of more than `most_text` bytes are
 * cut, with "…". */
void query_append_json_row(struct buffer *out, const struct query_column *columns, size_t count,
                           const struct query_batch *batch, size_t row, size_t most_text);

/* ---- SQL as text --------------------------------------------------------------------------- */

/* Consumes the first statement of `*text`, without its semicolon; false when only blanks and
 * comments are left. `out_complete`: a semicolon ended it. */
bool query_next_statement(struct str *text, struct str *out, bool *out_complete);
/* Parses line and column, both from 1, the column in characters, of an error in the SQL from its
 * hint, such as "LINE 2: … FROM nothing
 *               ^". False where the hint has no position. */
bool query_error_position(struct str sql, const char *hint, size_t *out_line, size_t *out_column);
/* Appends the text as a string literal of SQL. */
void query_append_literal(struct buffer *out, struct str text);
