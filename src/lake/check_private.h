/* The check of a lake: what its files share (order.txt lists them). */
#pragma once

#include "lake_private.h"

#include <jansson.h>

/* A set of 64-bit keys: hashes of strings, or times. */
struct check_set {
    struct index index;
    uint64_t *keys;
    size_t count, cap;
};
/* False when the key is in the set already. */
bool check_set_add(struct check_set *set, uint64_t key);
bool check_set_has(const struct check_set *set, uint64_t key);
void check_set_release(struct check_set *set);

/* A check that is going on. */
struct check {
    struct lake *lake;
    struct parquet_schema *schemas[MODEL_MAX_TABLES];
    lake_problem_fn *problem;
    void *ctx;
    struct {
        pthread_mutex_t mutex;
        struct lake_check_report report;
        struct check_set keys[MODEL_MAX_TABLES]; /* as model_key_column says */
        uint64_t sums[MODEL_MAX_TABLES]; /* of the rows' hashes: the same for the same rows */
    } shared;
};

/* True once the user has cancelled the check. */
bool check_is_cancelled(const struct check *check);
/* Reports a problem of a table's file; `key` is below the table's folder, or null for the table. */
void check_problem(struct check *check, int table, struct str key, const char *format, ...)
    PRINTF(4, 5);
/* Reports a problem of an object that is in no table; the text names it. */
void check_tell(struct check *check, const char *format, ...) PRINTF(2, 3);

/* ---- Files ----------------------------------------------------------------------------------- */

/* One thread's memory. */
struct check_worker {
    struct parquet_values *values[MODEL_MAX_COLUMNS];
    struct buffer bytes;
};

/* A file of a table that is checked. */
struct checked_file {
    struct check *check;
    struct check_worker *worker;
    int table;
    const struct model_table *model; /* the table */
    const struct lake_entry *entry;
    struct parquet_reader *reader;
};

/* Reads a file and compares it with what the plan says of it: its size and hash are those of the
 * plan, and, except in tables of the state that are no lists, its pages agree with their checksums,
 * its statistics and those in the log are those of its values. */
void check_file(struct check *check, struct check_worker *worker, int table,
                const struct lake_entry *entry);
/* Checks a file's row group, whose columns these are: each dimension table has a key once, each
 * fact finds its keys in the dimension tables, and rows lie in the folder of their month. Strings
 * are compared by 64 bits of hash: among a million keys two have the same in one lake of 10^7. */
void check_keys(const struct checked_file *file, const struct parquet_column *columns, size_t rows);
/* The bits of a value that is no string, as a word. */
uint64_t check_number_word(enum model_type type, const struct parquet_column *column, size_t row);

/* ---- Logs ------------------------------------------------------------------------------------ */

/* What a log's metaData says of the table's columns, which need not be what this program would say;
 * zero: there was none so far. */
struct check_schema {
    json_t *fields, *partitions; /* of the schemaString; names */
};
void check_schema_release(struct check_schema *schema);
/* A table's log that is replayed. */
struct check_replay {
    struct check *check;
    int table;
    int64_t version;            /* whose lines are replayed */
    bool is_whole;              /* no version is missing so far */
    bool has_all_fields;        /* by the newest metaData */
    json_t *files;              /* current so far: path → its add action */
    struct check_schema schema; /* of the newest metaData */
};
/* Reports a problem of the version. */
void check_version_problem(const struct check_replay *replay, const char *what);
/* Parses a metaData action. */
void check_parse_schema(struct check_replay *replay, const json_t *metadata);
/* Checks an add action: the path, a value of each partition column, and statistics of the columns
 * that the metaData names and no others, without nulls where a column may have none. */
void check_add(const struct check_replay *replay, const json_t *add);
/* Replays the table's log: what its versions say of the table and of the current files is what the
 * plan says. Where other programs have deleted the first versions behind a checkpoint, the rest
 * must be there and readable, and is not replayed. Opens its checkpoints. Errors are those of the
 * store. */
NODISCARD enum status check_log(struct check *check, int table, struct error *error);
/* The lake's own objects: each decision and marker can be read; and objects in the lake's folders
 * that are not ours are counted. Errors are those of the store. */
NODISCARD enum status check_own(struct check *check, struct error *error);
