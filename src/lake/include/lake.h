/* lake: a model's tables on a store: where their files lie, and how a run replaces them.
 *
 * A run's files carry its run id in their names, so writing never touches what is there.
 * lake_commit flushes the new files, makes them current by one object that only one of several runs
 * can put, writes the tables' Delta logs, and then deletes the files that no kept version holds;
 * lake_abort deletes the run's own. All calls but open, commit, abort and free may be made from any
 * thread. */
#pragma once

#include <base.h>
#include <model.h>
#include <store.h>

struct lake;

/* "20181101T120000Z-1f2e3d4c": when the run began, and 32 random bits. */
#define LAKE_RUN_ID_LEN 25

struct lake_options {
    /* Whose tables the lake has; borrowed. NULL: the one that it remembers, or the built-in one. */
    const struct model *model;
    enum parquet_codec codec;
    const char *version;    /* of the program, for the logs; borrowed */
    const char *operation;  /* "etl": the command, for the history; borrowed */
    unsigned threads;       /* that make the texts of a commit; 0: one */
    unsigned keep_versions; /* how many versions stay readable; 0: as the run before has it, or 1 */
    int64_t grace_ms;       /* for so long removed files are kept, for their readers */
    bool is_dry;            /* everything is counted, and nothing is written */
    const atomic_bool *cancel; /* ends lake_check once it is true; may be NULL */
    bool is_rebuild;  /* `model` may be any other than the lake's: the commit replaces all tables */
    bool is_snapshot; /* is_dry, and the tables' folders are not listed */
};
/* Lists the output, reads the newest version, and writes the Delta logs that a crashed run had
 * decided and not written. `store` is borrowed; NULL is a dry lake of an empty store.
 * STATUS_FOREIGN when a table's folder holds something that sparkify did not write, or another
 * program has committed; STATUS_CORRUPT when the lake is damaged; STATUS_FAILED when the store
 * overwrites what it must not, or the lake is of a model whose tables are not those of the options'
 * model, with new columns that may be null, and no rebuild is asked for. */
NODISCARD enum status lake_open(struct store *store, const struct lake_options *options,
                                struct lake **out, struct error *error);
void lake_free(struct lake *lake);
/* For CLEANUP. */
static inline void lake_drop(struct lake **lake)
{
    lake_free(*lake);
}
/* Whose tables the lake has. */
const struct model *lake_model(const struct lake *lake);
/* The model whose tables the commit replaces by those of another one; NULL: it replaces none. */
const struct model *lake_replaced_model(const struct lake *lake);
/* The lake's model, to be freed by the caller after the lake; NULL: it is not the lake's own. */
struct model *lake_take_model(struct lake *lake);
const char *lake_run_id(const struct lake *lake);

/* True for the names directly below an output that a run may write to: the tables', "_rejects" and
 * "_sparkify". Nothing else in an output is ever touched. */
bool lake_is_own_name(const struct model *model, struct str name);
/* True for the keys that sparkify itself gives to objects, finished or not. No other object is ever
 * deleted, replaced or moved. */
bool lake_owns(const struct model *model, struct str key);

/* A data file of a table; `folder` is its partition's path ("year=2018/month=11", or "" where the
 * table has no partitions). */
struct lake_file {
    int table;
    struct str folder;
    uint64_t rows;
    /* One for each column that is in the file; NULL: the log has no statistics of the file. */
    const struct parquet_statistics *columns;
    unsigned number; /* another one for each file of the run in the folder */
};

/* Puts a whole small file. Before its first file a run puts its marker, so that other runs leave
 * its files alone. */
NODISCARD enum status lake_put(struct lake *lake, const struct lake_file *file, struct str bytes,
                               struct error *error);

/* A large file, put in parts. It appears when it is finished. */
struct lake_upload;
/* `number` is another one for each file of the run in the folder. */
NODISCARD enum status lake_upload_begin(struct lake *lake, int table, struct str folder,
                                        unsigned number, struct lake_upload **out,
                                        struct error *error);
NODISCARD enum status lake_upload_write(struct lake_upload *upload, struct str bytes,
                                        struct error *error);
/* Makes the file appear and frees the upload, also on failure. */
NODISCARD enum status lake_upload_finish(struct lake_upload *upload, uint64_t rows,
                                         const struct parquet_statistics *columns,
                                         struct error *error);
/* Frees the upload, and nothing of the file stays; NULL is fine. */
void lake_upload_abort(struct lake_upload *upload);

/* Files that another program writes for the run, as Parquet of the table's columns. */

/* Appends the key of the folder, without '/' at its end, that such files are to be put into. What
 * is left in it is deleted by the commit, or the abort. */
NODISCARD enum status lake_staging_begin(struct lake *lake, struct buffer *out,
                                         struct error *error);
/* Moves a file from there into the table's folder `file->folder`. */
NODISCARD enum status lake_adopt(struct lake *lake, const struct lake_file *file,
                                 const struct store_object *from, struct error *error);

/* A file of the run's rejected records, "_rejects/run=<id>/part-<number>.json", the number being 0
 * or 1; finished with lake_upload_finish, in no table. */
NODISCARD enum status lake_rejects_begin(struct lake *lake, unsigned number,
                                         struct lake_upload **out, struct error *error);
/* The key of that folder, borrowed. */
const char *lake_rejects_folder(const struct lake *lake);

/* What the run has written to a table so far. */
struct lake_counts {
    uint64_t files, bytes, rows;
};
struct lake_counts lake_table_counts(const struct lake *lake, int table);
/* What was current when the lake was opened, also of a table that is replaced; and how many rows
 * the commit will make of it. */
struct lake_counts lake_counts_before(const struct lake *lake, int table);
uint64_t lake_rows_after(const struct lake *lake, int table);
/* True when the run has written to a table, and only to partitions below this folder. */
bool lake_is_all_below(const struct lake *lake, int table, struct str folder);
/* Adds the files of a table, or of the state, that were current when the lake was opened and are of
 * its model: keys below the output, in their order. */
void lake_list_files(const struct lake *lake, int table, struct store_listing *out);
/* The same of a table of the model that is replaced. */
void lake_list_replaced_files(const struct lake *lake, int table, struct store_listing *out);
/* True when there were any. */
bool lake_has_files(const struct lake *lake, int table);
/* The columns that the run's model has added to a table of the lake, or of its state: bit i for
 * column i. */
uint64_t lake_gained_columns(const struct lake *lake, int table);
/* How many files of tables were there when the lake was opened. */
uint64_t lake_old_files(const struct lake *lake);
/* How many files are not finished, of crashed or running runs. */
uint64_t lake_unfinished(const struct lake *lake);

/* What a commit makes of a table's current files. */
enum lake_mode {
    LAKE_REPLACE, /* the new files replace them */
    LAKE_APPEND,  /* the new files are added to them */
    LAKE_KEEP,    /* there are no new files: they stay */
};
void lake_set_mode(struct lake *lake, int table, enum lake_mode mode);
/* Another operation for the history than that of the options; borrowed. */
void lake_set_operation(struct lake *lake, const char *operation);

/* What the run's commit has made of a table; in a dry lake: would make. */
struct lake_version {
    int64_t version;           /* of its Delta log; -1: there is none */
    bool is_unchanged;         /* the files would be the same: no new version was made */
    struct lake_counts counts; /* of its current files */
};
struct lake_version lake_table_version(const struct lake *lake, int table);
/* The version of the lake, which all tables have in common: 0, 1, 2, …; -1 before the first. */
int64_t lake_version(const struct lake *lake);
/* True when the commit has made a version of the lake, even if no table has changed; in a dry lake:
 * would make. */
bool lake_is_committed(const struct lake *lake);

/* All new files are there: flushes them, makes them current, then deletes the old ones that no kept
 * version holds. STATUS_CONFLICT, which names the other run, when one has committed since this one
 * began. What a run that crashes after its decision has not done is done by the next one. */
NODISCARD enum status lake_commit(struct lake *lake, struct error *error);
/* STATUS_CONFLICT when another run has committed since the lake was opened, so that files which
 * this one reads may be deleted. Otherwise STATUS_OK, and `error` stays as it is. */
NODISCARD enum status lake_still_newest(struct lake *lake, struct error *error);
/* Deletes what the run has put into the tables; its rejects stay. New files stay once the commit is
 * decided, or may be. */
void lake_abort(struct lake *lake);

/* What the commit has deleted; in a dry lake: would delete. */
struct lake_cleared {
    uint64_t files, bytes; /* of tables' versions that are not kept */
    uint64_t unfinished;   /* files that crashed runs have left */
    uint64_t kept;         /* files of older versions that stay */
};
struct lake_cleared lake_cleared(const struct lake *lake);

/* ---- Old versions -------------------------------------------------------------------------- */

/* The commit is to make a version of the lake current again. STATUS_NOT_FOUND when it is not kept,
 * STATUS_CORRUPT when one of its files is missing. */
NODISCARD enum status lake_restore(struct lake *lake, int64_t version, struct error *error);
/* The commit is to change no table, and to delete what no kept version holds; versions that were
 * replaced more than `retain_ms` ago are not kept, unless that is negative. STATUS_CONFLICT when
 * another run is running. */
NODISCARD enum status lake_vacuum(struct lake *lake, int64_t retain_ms, struct error *error);

struct lake_history_table {
    int64_t version; /* of its Delta log */
    struct lake_counts counts;
    uint64_t added, removed; /* files; 0 and 0: it is as in the version before */
};
struct lake_history_entry {
    int64_t version; /* of the lake */
    int64_t time_ms; /* when its run began */
    bool is_kept;    /* it can be read and restored */
    struct str run_id, operation;
    struct lake_history_table total; /* of all tables, also those of another model before */
    struct lake_history_table tables[MODEL_MAX_TABLES];
};
/* From the newest to the oldest. */
struct lake_history {
    /* Of the newest version. Those before a rebuild may lack tables of it: their version is -1. */
    const struct model *model;
    struct model *own_model; /* NULL: it is the built-in one */
    struct lake_history_entry *entries;
    size_t count, cap;
    struct arena arena;
};
/* Reads the decisions so far. STATUS_CORRUPT when one is damaged. */
NODISCARD enum status lake_history_read(struct store *store, struct lake_history *out,
                                        struct error *error);
void lake_history_release(struct lake_history *history);
/* STATUS_FOREIGN when another program has committed to a table since the newest of them,
 * STATUS_CORRUPT when versions of a table's log are missing. Where a run has committed meanwhile,
 * `history` is read again. */
NODISCARD enum status lake_history_check(struct store *store, struct lake_history *history,
                                         struct error *error);

/* ---- Snapshots ----------------------------------------------------------------------------- */

/* The files of a version of the lake, for readers of them. */
struct lake_snapshot_file {
    struct str key; /* below the output: "time/year=2018/month=11/part-…" */
    uint64_t bytes, rows;
    struct str stats; /* Delta's statistics as JSON; null: there are none */
};
struct lake_snapshot {
    const struct model *model;
    struct model *own_model; /* NULL: it is the built-in one */
    int64_t version;         /* of the lake */
    int64_t oldest;          /* the oldest version that can be read */
    int64_t newest;
    int64_t time_ms; /* when the run that made the newest version began */
    struct lake_snapshot_table {
        struct lake_snapshot_file *files; /* in the order of their keys */
        size_t count;
        uint64_t rows, bytes;
    } tables[MODEL_MAX_TABLES];
    struct arena arena;
};
/* Reads what a version holds (-1: the newest) from the newest decision and its plan: no data folder
 * is listed. STATUS_NOT_FOUND when there is no lake, or no such version is kept; STATUS_FOREIGN
 * when another program has committed to a table, with the reader to use instead. */
NODISCARD enum status lake_snapshot_read(struct store *store, int64_t version,
                                         struct lake_snapshot *out, struct error *error);
void lake_snapshot_release(struct lake_snapshot *snapshot);
/* True where a file's statistics have the column; false where there are none of it. */
bool lake_snapshot_has_column(const struct lake_snapshot_file *file, const char *column);
/* Appends the least or the greatest time of a column in a file as its statistics write it, such as
 * "2018-11-01T21:01:46.796Z"; such texts are ordered as their times are. False where they have
 * none of this form: it may be any time. */
bool lake_snapshot_bound(const struct lake_snapshot_file *file, bool is_greatest,
                         const char *column, struct buffer *out);

/* ---- Checking ------------------------------------------------------------------------------ */

/* Called for each problem, with a sentence that names it; on any thread, one at a time. */
typedef void lake_problem_fn(void *ctx, const char *text);
struct lake_check_report {
    uint64_t files, rows, bytes; /* that were read */
    uint64_t problems;
    uint64_t leftovers;   /* data files that are in no version */
    uint64_t shared_ids;  /* facts whose id another one has, too */
    uint64_t others;      /* objects in the lake's folders that are not ours, and are left alone */
    struct str other_key; /* the key of one of them, borrowed from the lake */
};
/* Reads all current files of the lake, which is dry, and compares them with what decisions, plan
 * and logs have of them. STATUS_OK also when there are problems; STATUS_INTERRUPTED after
 * options->cancel. */
NODISCARD enum status lake_check(struct lake *lake, unsigned threads, lake_problem_fn *problem,
                                 void *ctx, struct lake_check_report *out, struct error *error);
