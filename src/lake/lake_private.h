/* The lake: what its files share. Each file's own header says what it offers, and order.txt which
 * of them may use which. */
#pragma once

#include "decision.h"
#include "entries.h"
#include "lake_keys.h"

struct lake_table {
    struct store_listing listed;    /* all objects below its folder when the lake was opened */
    struct lake_entries entries;    /* of the kept versions */
    struct lake_entries tombstones; /* of files that were removed, and are no longer kept */
    struct lake_log log;            /* by the newest decision */
    enum lake_mode mode;
    bool is_extended;           /* the model has columns that the metaData has not */
    uint64_t gained;            /* those that the lake's model has not: a bit for each column */
    bool is_unchanged;          /* by this run's commit */
    struct lake_counts after;   /* the current files after this run's commit */
    struct lake_counts decided; /* the current files as the newest decision counts them */
};

struct lake_heartbeat;

/* Another model whose files may be in the lake: one that it had before a rebuild, or that of a
 * rebuild which crashed before it could commit. */
struct lake_other {
    const struct model *model;
    struct model *own; /* the same; NULL: it is the built-in one */
};
/* The folder of a table that only other models have. */
struct lake_folder {
    const struct model_table *table;
    struct store_listing listed;
};

struct lake {
    const struct model *model;  /* whose tables it has */
    const struct model *listed; /* whose folders were listed */
    struct model *own_model;    /* the remembered one, where it is used; NULL: none is */
    struct buffer remembered;   /* its text; "": that of the built-in one */
    struct lake_other *others;
    size_t other_count, other_cap;
    struct lake_folder *folders; /* of the others' tables */
    size_t folder_count, folder_cap;
    struct {
        const struct model *model; /* NULL: this run replaces none */
        struct lake_table *tables; /* its tables in the newest version */
        struct lake_keys keys;     /* all of their files below the store's root, sorted */
    } replaced;
    struct lake_retired retired[LAKE_MAX_RETIRED]; /* tables that the lake had before */
    size_t retired_count;
    struct store *store; /* where all is read and written */
    struct store
        *dry_store; /* owned: the same, and nothing is written; NULL: the lake is not dry */
    struct lake_options options;
    char run_id[LAKE_RUN_ID_LEN + 1];
    int64_t now_ms;                              /* when the run began */
    struct buffer rejects_folder, staged_folder; /* terminated; of lake_gate_put_later */
    struct lake_table tables[MODEL_MAX_TABLES];
    struct store_listing rejects; /* below "_rejects" */
    struct store_listing own;     /* below "_sparkify" */
    uint64_t old_files;           /* of tables, when the lake was opened */
    struct lake_decision last;    /* the newest one */
    struct lake_keys running;     /* run ids of other runs that have not ended */
    bool has_put_probe;           /* this run has put LAKE_PROBE_KEY, which was not there */
    bool has_staging;             /* other programs may have put files for this run */
    int64_t restore;              /* the version that the commit makes current again, or -1 */
    int64_t retain_ms;            /* what was removed longer ago is not kept; -1: no such limit */
    bool is_decided;              /* the decision is put, or may be: the new files stay */
    bool is_committed;            /* this run's commit makes a version */
    struct lake_cleared cleared;  /* by this run */
    struct {
        pthread_mutex_t mutex;
        struct lake_entries files[MODEL_MAX_TABLES]; /* this run's */
        struct lake_keys begun;                   /* keys that this run may have put into tables */
        struct lake_heartbeat *_Atomic heartbeat; /* NULL: this run has put no marker */
    } shared;
};

static inline const struct model_table *lake_model_table(const struct lake *lake, int table)
{
    return &lake->model->tables[table];
}
/* The tables of readers, and those with the state. */
static inline int lake_table_count(const struct lake *lake)
{
    return (int)lake->model->table_count;
}
static inline int lake_all_count(const struct lake *lake)
{
    return (int)lake->model->all_count;
}
