/* decision: what a run has decided, as the JSON text of "_sparkify/commits/<number>.json". */
#ifndef SPARKIFY_LAKE_DECISION_H
#define SPARKIFY_LAKE_DECISION_H

#include "lake_private.h"

#include <jansson.h>

struct decision_table {
    int64_t version; /* of its Delta log; -1: none */
    int64_t created_ms;
    char id[37];                        /* of its metaData, a UUID; "": none */
    int schema;                         /* the model_table's that its metaData has */
    int64_t log_bytes, entries_bytes;   /* its parts of the plan */
    int64_t rows, files, bytes;         /* current then */
    int64_t added_files, removed_files; /* by this decision */
};

struct decision {
    int64_t time_ms, oldest;
    unsigned keep_versions;
    struct str run_id, operation, plan; /* borrowed from the text */
    struct str plan_hash;               /* null: the first lakes have none */
    struct decision_table tables[TABLE_ALL];
    json_t *text;
};

/* Reads the decision `number`, whose object is `key`. Every field is held against what it may be:
 * STATUS_CORRUPT names the object and the first that is damaged; STATUS_FOREIGN when it is of a
 * format that this program does not know. */
NODISCARD enum status decision_read(const char *address, struct str key, int64_t number,
                                    struct str text, struct decision *out, struct error *error);
void decision_release(struct decision *decision);

/* That an object below "_sparkify" is damaged: sets the error from "what is wrong". */
enum status decision_damaged(const char *address, struct str key, struct error *error,
                             const char *format, ...) PRINTF(4, 5);

#endif
