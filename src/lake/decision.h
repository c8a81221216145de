/* decision: the object "_sparkify/commits/<number>.json" by which a run's tables become current, as
 * JSON text. It names the run's plan and says of each table what the plan has of it. */
#pragma once

#include <lake.h>
#include <model_parse.h>

/* Of decisions and plans. A program reads only its own. */
#define LAKE_FORMAT             2
#define LAKE_MODEL_FORMAT       3 /* of decisions that name a model, or have replaced one */
#define LAKE_MAX_DECISION_BYTES ((size_t)1 << 20)

/* A version of the lake: what its decision says of the lake as a whole. */
struct lake_decision {
    int64_t number;  /* the lake's version; -1: there is none */
    int64_t oldest;  /* the oldest version that is kept */
    int64_t time_ms; /* when its run began, but after that of the decision before */
    unsigned keep_versions;
    int64_t began;           /* the version that replaced all tables by those of the lake's model */
    int64_t others_until_ms; /* files of the models before are not deleted earlier */
    struct str plan;         /* its key; borrowed */
};

/* A table's Delta log. */
struct lake_log {
    int64_t version;    /* the newest; -1: there is none */
    int64_t created_ms; /* when the table was */
    int64_t schema;     /* the model_table's that its metaData has */
    int64_t began;      /* the version that replaced another table */
    char id[37];        /* of its metaData, a UUID; "" before the first version */
};

struct decision_table {
    struct lake_log log;
    uint64_t log_bytes, entries_bytes; /* its parts of the plan */
    struct lake_counts counts;         /* in this version */
    uint64_t added, removed;           /* files, by this decision */
};

/* A table that the lake had before its model was replaced: its log stays, and says that it is
 * empty.
 */
#define LAKE_MAX_RETIRED 64
struct lake_retired {
    char name[MODEL_MAX_NAME_BYTES + 1];
    struct decision_table table; /* its counts are 0 */
};

/* The document. Strings are borrowed from `text`, or from the caller where there is none. */
struct decision {
    const struct model *model; /* whose tables they are */
    struct lake_decision version;
    struct str run_id, operation;
    struct str plan_hash; /* null: the first lakes have none */
    struct str model_key; /* of the lake's model; null: the built-in one */
    struct decision_table tables[MODEL_MAX_TABLES];
    struct lake_retired retired[LAKE_MAX_RETIRED];
    size_t retired_count;
    struct json_t *text;
};

/* Parses the decision `number`, whose object is `key`. Tables of the model that a decision of
 * another model does not have are of version -1. STATUS_CORRUPT, with the object and the
 * first field, when one is missing or out of its range; STATUS_FOREIGN when it is of another
 * format. */
NODISCARD enum status decision_parse(const char *address, struct str key, int64_t number,
                                     struct str text, const struct model *model,
                                     struct decision *out, struct error *error);
/* Appends the key of the model that a decision names; nothing where it names none, or is damaged.
 */
void decision_model_key(struct str text, struct buffer *out);
/* The counts of all tables that readers see, of whatever model, with the number as their version.
 */
struct lake_history_table decision_total(const struct decision *decision, int64_t number);
void decision_release(struct decision *decision);

/* Appends the document as JSON. */
void decision_write(const struct decision *decision, struct buffer *out);

/* Sets the error that an object below "_sparkify" is damaged, and how; STATUS_CORRUPT. */
enum status decision_damaged(const char *address, struct str key, struct error *error,
                             const char *format, ...) PRINTF(4, 5);
