/* What a lake is made of. Private to this layer.
 *
 *   lake.c      opening: what is there, and whose it is
 *   markers.c   which runs are alive: markers with a heartbeat
 *   entries.c   a table's files, with the versions of the lake that hold them
 *   decision.c  what a decision says
 *   lake_state.c  the last decision: what is in force; carrying out one that a dead run left
 *   foreign.c   commits of other programs
 *   new_files.c  new files
 *   change.c    what a commit makes of a table's files
 *   lake_commit.c  how a change comes into force
 *   checkpoint_put.c  a table's state in one file, every tenth version
 *   clear.c     what may go
 *   gate.c      in front of all that deletes, replaces or moves
 *   history.c   the decisions so far
 *   snapshot.c  a version's files, for readers of them */
#ifndef SPARKIFY_LAKE_PRIVATE_H
#define SPARKIFY_LAKE_PRIVATE_H

#include <lake.h>

#include <pthread.h>

/* ---- Entries ------------------------------------------------------------------------------- */

#define LAKE_CURRENT INT64_C(-1)
/* In keep_until_ms: the file is not kept, and only remembered, for checkpoints. */
#define LAKE_TOMBSTONE INT64_C(-1)

/* A table's data file, and the versions of the lake that hold it: since ≤ v < until. */
struct lake_entry {
    struct str key; /* below the table's folder */
    uint64_t bytes, rows;
    uint64_t hash;         /* hash_stored of its bytes; 0: nobody has seen them all */
    int64_t added_ms;      /* when it came into force first */
    int64_t since, until;  /* until: LAKE_CURRENT while it is */
    int64_t removed_ms;    /* when it went out of force; 0 while it is in it */
    int64_t keep_until_ms; /* and readers may still want it for so long */
    struct str stats;      /* for the log; null where it says nothing */
};

/* True when this version of the lake holds the file. */
bool lake_entry_is_of(const struct lake_entry *entry, int64_t version);

struct lake_entries {
    struct lake_entry *entries;
    size_t count, cap;
    struct arena arena;
};
/* Copies the strings, too. */
void lake_entries_add(struct lake_entries *entries, const struct lake_entry *entry);
/* By key: by partition, and then by run. */
void lake_entries_sort(struct lake_entries *entries);
void lake_entries_release(struct lake_entries *entries);
/* A line for each, and back. */
void lake_entries_write(const struct lake_entries *entries, struct buffer *out);
/* STATUS_CORRUPT, with the line, when one is not that of a file of the table in a lake whose newest
 * version is `newest`. They come out sorted, but for the tombstones. */
NODISCARD enum status lake_entries_read(struct str text, enum table_id table, int64_t newest,
                                        struct lake_entries *out, struct lake_entries *tombstones,
                                        struct error *error);

/* ---- The lake ------------------------------------------------------------------------------ */

struct lake_table {
    struct store_listing listed;    /* all that was below its folder when the lake was opened */
    struct lake_entries entries;    /* of the last decision: in force, or kept */
    struct lake_entries tombstones; /* and removed before it */
    int64_t version;                /* of its Delta log: that of the last decision; -1: none */
    char id[37];                    /* of its metaData, a UUID; "" before the first version */
    int schema;                     /* the model_table's that the metaData has */
    int64_t created_ms;
    enum lake_mode mode;
    bool is_unchanged;           /* by this run's commit */
    uint64_t rows, files, bytes; /* in force after this run's commit */
    struct lake_counts said;     /* current by the last decision */
};

/* Keys below the store's root. */
struct lake_keys {
    struct str *keys;
    size_t count, cap;
    struct arena arena;
};
void lake_keys_add(struct lake_keys *list, struct str key);
/* The key of a table's file. */
void lake_keys_add_file(struct lake_keys *list, enum table_id table, struct str key);
void lake_keys_sort(struct lake_keys *list);
bool lake_keys_has(const struct lake_keys *list, struct str key); /* a sorted one */
void lake_keys_release(struct lake_keys *list);

struct lake_decision {
    int64_t number;  /* the lake's version; -1: there is none */
    int64_t oldest;  /* the oldest version of which all files are there */
    int64_t time_ms; /* when its run began, but after that of the decision before */
    unsigned keep_versions;
    struct str plan; /* its key, in the listing of "_sparkify" */
};

struct lake {
    struct store *store; /* where all is read and written */
    struct store
        *dry_store; /* owned: the same, and nothing is written; NULL: the lake is not dry */
    struct lake_options options;
    char run_id[LAKE_RUN_ID_LEN + 1];
    int64_t now_ms;               /* when the run began */
    struct buffer rejects_folder; /* terminated */
    struct lake_table tables[TABLE_ALL];
    struct store_listing rejects; /* below "_rejects" */
    struct store_listing own;     /* below "_sparkify" */
    struct lake_keys alive;       /* run ids of other runs that are at work */
    bool has_put_probe;           /* there was none when the lake was opened */
    bool has_staging;             /* others may have put files for this run */
    struct lake_decision last;
    int64_t restore;             /* the version to put back in force, or -1 */
    int64_t retain_ms;           /* of what was replaced longer ago nothing is kept; -1: by rule */
    bool is_decided;             /* or may be: the new files stay, whatever happens */
    bool is_committed;           /* this run's commit makes a version */
    uint64_t old_files;          /* of tables, when the lake was opened */
    struct lake_cleared cleared; /* by this run */
    struct {
        pthread_mutex_t mutex;
        struct lake_entries files[TABLE_ALL]; /* new ones */
        struct lake_keys begun;               /* all that this run may have put into tables */
        struct lake_heartbeat *_Atomic beat;  /* this run's marker; NULL: there is none */
    } shared;
};

/* NULL where there is no such object; listings are in the order of their keys. */
const struct store_object *lake_find_object(const struct store_listing *listed, struct str key);
/* True when the file was there, with its size, when the lake was opened. */
bool lake_is_whole(const struct lake *lake, enum table_id table, const struct lake_entry *entry);
/* STATUS_NOT_FOUND unless there is a version of the lake. */
NODISCARD enum status lake_check_any(const struct lake *lake, struct error *error);
/* STATUS_NOT_FOUND unless the lake has this version, and keeps it. */
NODISCARD enum status lake_check_kept(const struct lake *lake, int64_t version,
                                      struct error *error);

/* So many times a lake is looked at again because a run has committed meanwhile. */
#define LAKE_MAX_LOOKS 100

/* ---- new_files.c -------------------------------------------------------------------------------
 */

/* STATUS_EXISTS where the file system took the name of a new file for another one: it would be
 * missing, or lost. */
NODISCARD enum status lake_check_names(const struct lake *lake, struct error *error);

/* ---- lake_commit.c ------------------------------------------------------------------------------
 */

/* Whether no decision has come after the one that was the last when the lake was opened. */
NODISCARD enum status lake_look_for_next(const struct lake *lake, bool *out_is_newest,
                                         struct error *error);

/* ---- history.c ----------------------------------------------------------------------------- */

/* Told of a decision that cannot be read, and why. */
typedef void lake_damaged_fn(void *ctx, const char *message);
/* Reads all decisions. */
NODISCARD enum status lake_history_examine(struct store *store, lake_damaged_fn *damaged, void *ctx,
                                           struct error *error);

/* ---- markers.c --------------------------------------------------------------------------------
 */

/* Finds out which of the runs that have a marker are at work. */
NODISCARD enum status lake_find_running(struct lake *lake, struct error *error);
/* Unless it has been done: puts this run's marker, and again every half minute from a thread of its
 * own. To be called before anything else is put. */
NODISCARD enum status lake_heartbeat_begin(struct lake *lake, struct error *error);
/* Ends the thread, and adds the marker's key to what is to go. */
void lake_heartbeat_end(struct lake *lake, struct lake_keys *out);
/* True when the key carries the id of another run that is at work. */
bool lake_is_running(const struct lake *lake, struct str key);

/* ---- lake_state.c -------------------------------------------------------------------------------
 */

/* Markers and decisions are small. */
#define LAKE_MAX_MARKER_BYTES   ((size_t)64 << 10)
#define LAKE_MAX_DECISION_BYTES ((size_t)1 << 20)
/* Of a plan, in its decision. */
#define LAKE_HASH_LEN 16
void lake_hash_text(struct str bytes, char out[static LAKE_HASH_LEN + 1]);
/* Of decisions and plans; a program knows only its own. */
#define LAKE_FORMAT 2
/* What numbers in a decision or a plan are at most: a sum of two does not overflow. */
#define LAKE_MAX_COUNT   (INT64_MAX / 4)
#define LAKE_MAX_VERSION (INT64_MAX / 4)

/* A table's part of a plan. */
struct lake_plan_part {
    int64_t version;
    struct str log;     /* the version's lines; empty: the table stays as it is */
    struct str entries; /* lake_entries_write */
};

/* What the last decision put into force, and the rest of it where the run that took it has died.
 * STATUS_FOREIGN when another program has committed to a table since, STATUS_NOT_FOUND when another
 * run has committed while we read. */
NODISCARD enum status lake_read_state(struct lake *lake, struct error *error);
/* Puts versions into the logs: each table's log as it stands in the plan. */
NODISCARD enum status lake_put_logs(struct lake *lake, const struct lake_plan_part *parts,
                                    struct error *error);

/* STATUS_OK, or STATUS_FOREIGN: all that lies in the tables' folders is ours. */
NODISCARD enum status lake_check_stock(const struct lake *lake, struct error *error);

/* ---- foreign.c ----------------------------------------------------------------------------- */

/* STATUS_FOREIGN when another program has committed to a table, STATUS_CORRUPT when versions of a
 * log are gone. */
/* By what was listed when the lake was opened; `parts` of the last decision, or NULL. */
NODISCARD enum status lake_check_logs(const struct lake *lake, const struct lake_plan_part *parts,
                                      struct error *error);
/* Right before the decision, by a new listing. STATUS_CONFLICT when it was another run of ours. */
NODISCARD enum status lake_check_no_other(struct lake *lake, struct error *error);
/* A version of ours could not be put, since there is one. STATUS_OK when it is the same. */
NODISCARD enum status lake_check_put(const struct lake *lake, const struct lake_plan_part *parts,
                                     enum table_id table, struct error *error);
/* The newest version in a table's log; -1: none. */
int64_t lake_newest_log(const struct store_listing *listed, enum table_id table);

/* ---- change.c ------------------------------------------------------------------------------ */

/* What a commit makes of a table: entries are borrowed from the lake, but for their versions. */
struct lake_change {
    struct lake_entries next;       /* in force or kept afterwards; its strings are borrowed */
    struct lake_entries tombstones; /* removed within a week, and no longer kept */
    struct lake_entries added;      /* come into force */
    struct lake_entries removed;    /* go out of it */
    struct lake_keys obsolete;      /* new files that are the same as some in force */
    bool has_changes;               /* something is no longer kept */
};
struct lake_changes {
    struct lake_change tables[TABLE_ALL];
    struct lake_decision decision; /* the next one */
    struct str replaced_plan;      /* that of the last one */
    bool has_changes;
};
void lake_changes_make(struct lake *lake, struct lake_changes *out);
void lake_changes_release(struct lake_changes *changes);

/* ---- checkpoint_put.c -------------------------------------------------------------------------
 */

/* Of the tables whose new version wants one. */
NODISCARD enum status lake_put_checkpoints(struct lake *lake, const struct lake_changes *changes,
                                           struct error *error);

/* ---- clear.c ------------------------------------------------------------------------------- */

/* Adds what is not needed after the change, as far as it was there when the lake was opened, and
 * counts it. `is_decided`: the change is in force. */
void lake_find_obsolete(struct lake *lake, const struct lake_changes *changes, bool is_decided,
                        struct lake_keys *out);
/* Adds what lies in this run's staging folder, if it has one. */
NODISCARD enum status lake_find_staging(struct lake *lake, struct lake_keys *out,
                                        struct error *error);
/* True when there were folders with nothing in them, which no run that is at work needs. */
bool lake_has_empty_folders(const struct lake *lake);
/* True when a run that died has left files. */
bool lake_has_leftovers(const struct lake *lake);
/* Of the tables: data files that no version holds, and no run at work has put. */
uint64_t lake_count_leftovers(const struct lake *lake);

#endif
