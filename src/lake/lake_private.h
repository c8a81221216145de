/* What a lake is made of. Private to this layer.
 *
 *   lake.c     opening: what is there, and whose it is
 *   state.c    the last decision: what is in force; carrying out one that a dead run left
 *   files.c    new files
 *   commit.c   how new files come into force; clearing up */
#ifndef SPARKIFY_LAKE_PRIVATE_H
#define SPARKIFY_LAKE_PRIVATE_H

#include <lake.h>

#include <pthread.h>

/* A table's data file. */
struct lake_object {
    struct str key; /* below the table's folder */
    uint64_t bytes, rows;
    uint64_t hash;    /* hash_str of its bytes */
    struct str stats; /* for the log; null where it is not needed */
};

struct lake_objects {
    struct lake_object *objects;
    size_t count, cap;
    struct arena arena;
};
void lake_objects_add(struct lake_objects *objects, const struct lake_object *object);
/* In the order of the keys without the run's id. */
void lake_objects_sort(struct lake_objects *objects);
void lake_objects_release(struct lake_objects *objects);

struct lake_table {
    struct store_listing listed; /* all that was below its folder when the lake was opened */
    int64_t version;             /* in force: that of the last decision; -1: none */
    struct lake_objects files;   /* the files of that version */
    bool is_unchanged;           /* the new files are the same: there is no new version */
};

struct lake {
    struct store *store; /* NULL: nothing is written */
    struct lake_options options;
    char run_id[LAKE_RUN_ID_LEN + 1];
    int64_t now_ms; /* when the run began: all that it writes says so */
    struct buffer rejects_folder;
    struct lake_table tables[TABLE_COUNT];
    struct store_listing unfinished; /* rejects of runs that died */
    struct store_listing own;        /* below "_sparkify" */
    bool had_probe;                  /* when the lake was opened */
    int64_t decision;                /* the number of the last one; -1: there is none */
    bool is_decided;                 /* or may be: the new files stay, whatever happens */
    struct {
        pthread_mutex_t mutex;
        struct lake_objects files[TABLE_COUNT]; /* new ones */
    } shared;
};

/* What is put to see whether the store refuses to put it again. */
#define LAKE_PROBE_KEY "_sparkify/probe"

/* state.c: what the last decision put into force, and the rest of it where the run that took it has
 * died. STATUS_FOREIGN when another program has committed to a table since. */
NODISCARD enum status lake_read_state(struct lake *lake, struct error *error);
/* Puts versions into the logs: each table's log as it stands in the plan. */
struct lake_plan_part {
    int64_t version;
    struct str log;      /* the version's lines; empty: the table stays as it is */
    struct str snapshot; /* the files that are in force */
};
NODISCARD enum status lake_put_logs(struct lake *lake, const struct lake_plan_part *parts,
                                    struct error *error);
/* A snapshot's lines, and back. */
void lake_snapshot_write(const struct lake_objects *files, struct buffer *out);
NODISCARD enum status lake_snapshot_read(struct str text, struct lake_objects *out,
                                         struct error *error);

#endif
