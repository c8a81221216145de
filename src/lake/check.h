/* What checking a lake is made of. Private to this layer.
 *
 *   check.c       what is in force is there; keys; what tables say of one another
 *   check_file.c  one file: its bytes, pages, statistics
 *   check_log.c   the Delta log says the same as the plan
 *   check_action.c  an action of the log agrees with the schema that the log itself gives
 *   check_own.c   decisions and markers can be read; what is not ours */
#ifndef SPARKIFY_LAKE_CHECK_H
#define SPARKIFY_LAKE_CHECK_H

#include "lake_private.h"

#include <jansson.h>

/* A set of 64-bit keys: hashes of strings, or times. */
struct check_set {
    uint64_t *slots; /* open addressing; 0 is kept apart */
    size_t cap, count;
    bool has_zero;
};
/* False when it is there already. */
bool check_set_add(struct check_set *set, uint64_t key);
bool check_set_has(const struct check_set *set, uint64_t key);
void check_set_release(struct check_set *set);

struct check {
    struct lake *lake;
    struct parquet_schema *schemas[TABLE_ALL];
    lake_problem_fn *problem;
    void *ctx;
    struct {
        pthread_mutex_t mutex;
        struct lake_check_report report;
        struct check_set
            keys[TABLE_COUNT];        /* song_id, artist_id, user_id, start_time, songplay_id */
        uint64_t songs, listed_songs; /* sums of the rows' hashes: the same for the same rows */
    } shared;
};

/* Tells of a problem with a table's file; `key` is below the table's folder, or "" for the table.
 */
void check_problem(struct check *check, enum table_id table, struct str key, const char *format,
                   ...) PRINTF(4, 5);

/* The same of what is in no table; the text says what it is. */
void check_tell(struct check *check, const char *format, ...) PRINTF(2, 3);

/* One thread's memory. */
struct check_worker {
    struct parquet_values *values[MODEL_MAX_COLUMNS];
    struct buffer bytes;
};

/* Reads a file into the worker's memory; false: its bytes are not those that were written, and it
 * has been told. */
bool check_bytes(struct check *check, struct check_worker *worker, enum table_id table,
                 const struct lake_entry *entry);
/* Reads a file and compares it with what the plan says of it. */
void check_file(struct check *check, struct check_worker *worker, enum table_id table,
                const struct lake_entry *entry);
/* Keys of a file's row group, which was decoded without a fault. */
void check_keys(struct check *check, enum table_id table, const struct lake_entry *entry,
                const struct parquet_column *columns, size_t rows);

NODISCARD enum status check_log(struct check *check, enum table_id table, struct error *error);

/* What a log's metaData says of the table's columns; zero: nothing yet. */
struct check_schema {
    json_t *fields, *partitions; /* of the schemaString; names */
};
void check_schema_release(struct check_schema *schema);
/* Reads a metaData action. */
void check_read_schema(struct check *check, enum table_id table, const json_t *metadata,
                       int64_t version, struct check_schema *out);
/* An add action: path, partition values and statistics. */
void check_add(struct check *check, enum table_id table, const struct check_schema *schema,
               const json_t *add, int64_t version);

NODISCARD enum status check_own(struct check *check, struct error *error);

#endif
