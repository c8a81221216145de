/* output: writes rows into the files of tables, and rejected records into theirs; reads files of
 * tables back. */
#pragma once

#include <lake.h>
#include <model_record.h>

/* ---- Columns ------------------------------------------------------------------------------- */

/* Rows of one table, in Apache Arrow's layout. */
struct column {
    void *values;      /* int32_t, int64_t, double, or the bits of bools */
    uint32_t *offsets; /* strings: rows + 1 of them */
    struct buffer strings;
    uint8_t *validity; /* bits of the rows; allocated for nullable columns */
    size_t nulls;
};

struct columns {
    const struct model *model;
    int table;
    size_t rows, cap;
    struct column columns[MODEL_MAX_COLUMNS]; /* by the table's columns; partitions stay empty */
};

/* Columns of a table of the model, without rows; reset keeps their memory. */
void columns_init(struct columns *columns, const struct model *model, int table);
void columns_release(struct columns *columns);
void columns_reset(struct columns *columns);
/* Appends rows whose columns must all be set next; partitions are not. More than one: in the values
 * themselves, of columns that are never null. */
void columns_add_rows(struct columns *columns, size_t count);
/* The bytes of the strings of all rows. */
size_t columns_string_bytes(const struct columns *columns);
/* These set a column of the newest row. */
void columns_set_string(struct columns *columns, int column, struct str value);
void columns_set_int32(struct columns *columns, int column, int32_t value);
void columns_set_int64(struct columns *columns, int column, int64_t value);
/* NULL is null. */
void columns_set_double(struct columns *columns, int column, const double *value);
void columns_set_bool(struct columns *columns, int column, bool value);
/* Of a column of any type. */
void columns_set_null(struct columns *columns, int column);
/* Sets `out`, one entry for each column of the file, for the Parquet encoder; borrowed from the
 * columns. */
void columns_view(const struct columns *columns, struct parquet_column *out);

/* ---- Files --------------------------------------------------------------------------------- */

/* Rows in a row group at most. */
#define GROUP_ROWS ((size_t)128 << 10)

/* One thread's tools. */
struct output_worker {
    struct parquet_encoder *encoder;
    struct columns columns;
    struct buffer bytes, folder;
};

struct output {
    struct lake *lake; /* borrowed */
    struct parquet_schema *schemas[MODEL_MAX_TABLES];
    unsigned threads;
    struct output_worker *workers;
    _Atomic uint64_t busy_ns[MODEL_MAX_TABLES]; /* of all threads, making files */
    char created_by[64];
};

/* Prepares the schemas of all tables and the encoders of `threads` workers. `version` is written
 * into each file as its creator; the lake is borrowed. */
void output_init(struct output *output, struct lake *lake, const char *version,
                 enum parquet_codec codec, unsigned threads);
void output_release(struct output *output);
/* Adds the time since `start_ns` to a table's. */
void output_add_time(struct output *output, int table, uint64_t start_ns);
/* Encodes the worker's columns as a row group, in the memory of its encoder. */
const struct parquet_row_group *output_encode_columns(struct output *output, unsigned worker);

/* A partition's file of any number of row groups, which may come from any thread and in any order,
 * and are written in the order of their numbers 0, 1, 2, … */
struct table_file {
    struct output *output; /* borrowed */
    int table;
    unsigned number; /* of the run's files in the folder: 0, unless the caller sets it */
    struct buffer folder;
    struct {
        pthread_mutex_t mutex;
        struct parquet_file *file;
        struct lake_upload *upload;         /* once the file is larger than a part */
        struct buffer bytes;                /* not yet uploaded */
        struct parquet_row_group **waiting; /* by number, from `next` on */
        size_t next, waiting_count, waiting_cap;
    } shared;
};

/* Begins the file of the partition in `folder` ("" without partitions), which is copied. */
struct table_file *table_file_new(struct output *output, int table, struct str folder);
/* Aborts the upload if the file is not finished, and frees it; NULL is allowed. */
void table_file_free(struct table_file *file);
/* Adds the row group that the worker has encoded last. Errors are those of the lake's uploads. */
NODISCARD enum status table_file_add(struct table_file *file, size_t number,
                                     const struct parquet_row_group *group, unsigned worker,
                                     struct error *error);
/* Makes the file appear, once all row groups have been added. The caller frees it. */
NODISCARD enum status table_file_finish(struct table_file *file, struct error *error);

/* A partition's file that one thread writes row by row. */
struct rows_file {
    struct output *output; /* borrowed */
    unsigned worker;
    struct str folder;        /* borrowed */
    struct columns *columns;  /* the worker's: set the columns of each row here */
    struct table_file *large; /* once there is more than one row group */
    size_t groups;
};
/* Begins the file of the partition in `folder`; it uses the columns of the worker until it is
 * finished or released. */
void rows_file_begin(struct rows_file *file, struct output *output, unsigned worker, int table,
                     struct str folder);
/* Drops a file that is not finished. */
void rows_file_release(struct rows_file *file);
/* Begins a row, whose columns are to be set next. */
NODISCARD enum status rows_file_add_row(struct rows_file *file, struct error *error);
/* Makes the file appear; errors are those of the lake. */
NODISCARD enum status rows_file_finish(struct rows_file *file, struct error *error);

/* ---- Files read again ---------------------------------------------------------------------- */

/* A Parquet file in a store. Errors name it. */
struct read_back {
    struct store *store;               /* borrowed */
    const struct store_object *object; /* borrowed */
    const char *hint;                  /* what to try when it cannot be read; borrowed */
    struct parquet_reader *reader;
    struct buffer bytes; /* of the file's end, then of a chunk */
};

/* Opens the file and reads its footer; all arguments are borrowed. STATUS_CORRUPT when it is not a
 * Parquet file of this schema, or shorter than it was listed. */
NODISCARD enum status read_back_open(struct read_back *file, struct store *store,
                                     const struct store_object *object,
                                     const struct parquet_schema *schema, const char *hint,
                                     struct error *error);
void read_back_release(struct read_back *file);
/* Reads a column of a row group; `out` is borrowed from `values` until its next use. */
NODISCARD enum status read_back_column(struct read_back *file, struct parquet_values *values,
                                       size_t group, size_t column, struct parquet_column *out,
                                       struct error *error);

/* A row group of a table's file: all of its columns. */
struct table_group {
    struct parquet_column columns[MODEL_MAX_COLUMNS];
    size_t rows;
};
typedef enum status table_group_fn(void *ctx, const struct table_group *group, struct error *error);
/* Reads such files of a schema; `on_group` gets their row groups one after the other. */
NODISCARD enum status read_back_files(const struct store_listing *files, struct store *store,
                                      const struct parquet_schema *schema, const char *hint,
                                      table_group_fn *on_group, void *ctx, struct error *error);
/* The same for a table without partitions: its files that were current when the lake was opened. */
NODISCARD enum status read_back_table(const struct output *output, struct store *store, int table,
                                      const char *hint, table_group_fn *on_group, void *ctx,
                                      struct error *error);

/* ---- Rejected records ---------------------------------------------------------------------- */

/* A line of the file of rejects (docs/semantics.md, Rejected records). */
struct reject_line {
    const struct model_source *source;
    struct str file;        /* its key */
    uint64_t line;          /* from 1 on; 0: it is not known */
    const uint64_t *offset; /* of the record in the file; NULL: it is not known */
    enum reject_code code;
    struct str reason;
    struct str record;
    struct str record_base64; /* instead of the record, where that is all there is of it */
};

/* This many of a source are written even when the run fails because of too many. */
#define REJECTS_ALWAYS_WRITTEN 10000
/* This many of a source are shown with the error. */
#define REJECTS_SHOWN 5

/* A reject that is shown with the error; its strings are in an arena. */
struct reject_sample {
    struct str file, reason;
    uint64_t line; /* 0: it is not known */
    enum reject_code code;
};

struct rejects_part {
    struct lake_upload *upload; /* begun with the first reject */
    struct buffer text;
    uint64_t count;
};

struct rejects {
    struct lake *lake; /* borrowed */
    uint64_t most;     /* of a source: with more the run fails; UINT64_MAX: unknown until the end */
    struct rejects_part first, rest; /* part-00000: the first of each source; part-00001 */
    struct rejects_source {
        uint64_t count;
        struct reject_sample samples[REJECTS_SHOWN];
        size_t sample_count;
    } sources[MODEL_MAX_SOURCES];
    struct arena arena; /* the samples */
};

/* Aborts files that are not finished. */
void rejects_release(struct rejects *rejects);
/* Writes a reject, and keeps a sample of it; `line` is borrowed for the call. Errors are those of
 * the lake's uploads. */
NODISCARD enum status rejects_write(struct rejects *rejects, const struct reject_line *line,
                                    struct error *error);
/* Makes the files appear: with all rejects, or with the first ones of each source only. */
NODISCARD enum status rejects_finish(struct rejects *rejects, bool all, struct error *error);
