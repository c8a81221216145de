/* check_problem: a check that is going on, and the problems that it finds. */
#pragma once

#include "check_set.h"
#include "lake_private.h"

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
