/* run: what the engines share: the options of a run, its progress, its report, and the steps that
 * do not depend on the engine. */
#pragma once

#include <base.h>
#include <lake.h>
#include <model.h>
#include <output.h>
#include <s3.h>
#include <store.h>

/* How many of a source's records may be rejected: a number, or a share of them. */
struct reject_limit {
    bool is_percent;
    uint64_t count;
    double percent;
};

/* What happens to the records of input that an earlier run has read and that is gone. */
enum run_missing {
    RUN_MISSING_FAIL,    /* the run fails */
    RUN_MISSING_KEEP,    /* they stay */
    RUN_MISSING_REBUILD, /* the tables are made from what is there */
};

/* All strings are borrowed. */
struct run_options {
    const struct model *model; /* NULL: the one that the lake remembers, or the built-in one */
    const char *input;
    const char *output; /* may be NULL with dry_run */
    const char *version;
    const char *spark; /* "sc://host:port/;…" of the Spark engine's server; NULL: the native one */
    bool spark_plain_keys; /* S3 keys may go to another machine without TLS */
    unsigned threads;
    enum parquet_codec codec;
    struct reject_limit max_rejects;
    unsigned keep_versions; /* of the lake; 0: as before */
    int64_t grace_ms;       /* for so long replaced files stay */
    bool rebuild;           /* replace the tables of another model by those of `model` */
    bool incremental;       /* read what has come since the last run, where that is enough */
    bool dry_run;
    enum run_missing missing_facts;      /* of the facts' source */
    enum run_missing missing_dimensions; /* of the others */
    bool allow_empty;                    /* tables that hold something may become empty */
    struct s3_options stores[STORE_SIDES];
    const char
        *ca_file; /* certificates to trust of the Spark engine's server; NULL: the system's */
};
/* The model that is asked for, before a lake is open: the built-in one where none is. */
static inline const struct model *run_options_model(const struct run_options *options)
{
    return options->model ? options->model : model_builtin();
}
/* All processors, zstd, 1 % rejects. */
struct run_options run_options_default(void);

enum run_phase {
    PHASE_LIST,
    PHASE_SONGS,
    PHASE_LOGS,
    PHASE_WRITE,
    PHASE_COMMIT,
    PHASE_COUNT,
};
/* "list", "songs", "logs", "write", "commit": in documents of any model. */
const char *run_phase_name(enum run_phase phase);
/* The same in the model's words: a source is read in the phase of its name, and several that are
 * not the facts' are "other sources". */
const char *run_phase_title(const struct model *model, enum run_phase phase);

/* The progress of a run; read by another thread while the run goes on. */
struct run_progress {
    const struct model *_Atomic model; /* whose input is read; NULL: it is not known yet */
    _Atomic int phase;
    _Atomic uint64_t bytes_total, bytes_done, records_done, files_total, files_done;
    /* On a cluster: what is done there ("" where nothing is), and how far it is. The total grows
     * while more is planned; without any running task, the cluster is busy with something else. */
    const char *_Atomic step;
    _Atomic uint64_t tasks_total, tasks_done, tasks_running;
};

/* A field that no source knows, and in how many records it was seen. */
struct unknown_field {
    struct str name;
    uint64_t records;
};

struct source_report {
    uint64_t files, bytes, records, left_out, rejected;
    uint64_t passed_over; /* files that were not read because of their names */
    char passed_over_example[256];
    uint64_t rejected_by_code[REJECT_CODE_COUNT];
    struct reject_sample first_rejects[REJECTS_SHOWN]; /* strings in the report's arena */
    size_t first_reject_count;
    bool has_too_many_rejects;
    uint64_t gone;                 /* files that are gone and whose records are kept */
    struct unknown_field *unknown; /* sorted by name */
    size_t unknown_count;
    uint64_t unknown_more; /* occurrences of further names, counted together */
    /* Values of records that are kept, which a contract of the source dropped: of unknown keys, and
     * faulty ones. */
    uint64_t unknown_discarded, faulty_discarded;
};
static inline uint64_t source_report_kept(const struct source_report *source)
{
    return source->records - source->left_out - source->rejected;
}

struct table_report {
    uint64_t rows, files, bytes;
    double seconds;              /* of all threads together: making and writing its files */
    bool is_new;                 /* no version was there before */
    uint64_t rows_before;        /* current when the run began */
    struct lake_version version; /* that the commit made, or left as it was */
};

#define RUN_MAX_WARNINGS 8

struct run_report {
    char run_id[LAKE_RUN_ID_LEN + 1];
    const struct model *model; /* whose sources and tables follow */
    struct model *own_model;   /* the same, where the lake has remembered it */
    struct source_report sources[MODEL_MAX_SOURCES];
    struct table_report tables[MODEL_MAX_TABLES];
    uint64_t plays;               /* records of the facts' source that are kept */
    uint64_t matched;             /* facts for which the first look-up found a record */
    uint64_t kept;                /* facts that were kept of files that are gone */
    uint64_t identical;           /* facts skipped because the same one was there already */
    uint64_t shared_keys;         /* fields of the id that differing facts share */
    int64_t lake_version;         /* current afterwards; -1: none */
    bool is_committed;            /* by this run; in a dry run: would be */
    struct lake_cleared cleared;  /* what was removed */
    struct store_counts requests; /* of both stores */
    double seconds[PHASE_COUNT], total_seconds;
    uint64_t peak_memory_bytes;
    /* with options->incremental: */
    uint64_t log_files, new_log_files; /* that there are; that no earlier run has read */
    /* with options->rebuild: the name of the model that was replaced, and its tables that the new
     * one has not; NULL: the lake's model is the same */
    const char *replaced_model;
    const char *removed_tables[MODEL_MAX_TABLES];
    size_t removed_table_count;
    char full_because[512];                 /* why all was read; "" where it was not */
    char rejects_path[1024];                /* where rejected records are, "" when there are none */
    const char *warnings[RUN_MAX_WARNINGS]; /* in the arena */
    size_t warning_count;
    struct arena arena; /* names of unknown fields, warnings */
};
void run_report_release(struct run_report *report);
/* Fills in what is known once the lake is open: the model, the run's id, the current versions. */
void run_report_begin(struct run_report *report, struct lake *lake);
/* Adds a warning: one sentence. */
void run_warn(struct run_report *report, const char *format, ...) PRINTF(2, 3);

/* ---- Steps that all engines take ----------------------------------------------------------- */

/* Opens the input, where there is one the output, and the lake in it, and begins the report; the
 * caller frees all three, also on failure. STATUS_FAILED when one is inside the other and the run
 * would read or overwrite the wrong objects; errors are also those of lake_open. */
NODISCARD enum status run_open(const struct run_options *options, const char *operation,
                               struct run_report *report, struct store **in, struct store **out,
                               struct lake **lake, struct error *error);

/* A phase of an engine, and what it does. */
struct run_step {
    enum run_phase phase;
    enum status (*step)(void *ctx, struct error *error);
};
/* Takes the steps in their order, until one fails: sets the progress to the phase of each, and its
 * seconds in the report. Returns the status of the last step that was taken. */
NODISCARD enum status run_steps(const struct run_step *steps, size_t count, void *ctx,
                                struct run_progress *progress, struct run_report *report,
                                struct error *error);

/* How a source's file is packed, by its name. */
enum packing {
    PACKING_NONE,
    PACKING_GZIP,
    PACKING_ZSTD,
};
/* By the ending of the key, in upper or lower case. */
enum packing run_packing(struct str key);
/* Whether files with such a name are read: .json, .jsonl, .ndjson, also packed. */
bool run_is_json_name(struct str key);
/* Lists the source's files: .json, .ndjson and .jsonl in upper or lower case, packed or not, and
 * not empty. STATUS_NO_INPUT when there is none; with `allow_empty`, when there is not even an
 * empty one. Files skipped because of their names are counted in report->passed_over. */
NODISCARD enum status run_list_source(const struct model_source *source, struct store *store,
                                      bool allow_empty, struct store_listing *out,
                                      struct source_report *report, struct error *error);

/* ---- What earlier runs have read ----------------------------------------------------------- */

/* Some objects: how many, and the first of them. */
#define INPUT_NAMES 3
struct input_names {
    uint64_t count;
    struct str first[INPUT_NAMES];
};

/* What is recorded of an object that a run has read. */
struct recorded_object {
    struct str key;
    int64_t bytes, identity;
    int32_t format;   /* MODEL_FORMAT when it was read */
    struct str lacks; /* columns: OBJECTS_LACKS as of this run's model */
    struct str since; /* the run that found it gone and kept its records; null: none has */
};

/* How the input differs from what earlier runs have read. */
struct input_diff {
    const struct model *model;
    bool is_replaced;   /* the model is that of tables which another model's replace */
    bool has_state;     /* earlier runs have recorded what they read */
    bool is_old_format; /* some rows could be read again and have no song, artist and length */
    bool is_increment;  /* only new files of facts are read, and added to what the lake holds */
    struct source_diff {
        bool *is_new;                               /* by the number of the file */
        struct input_names added, changed, missing; /* missing: gone, and nobody has settled it */
        struct recorded_object *gone;               /* whose records are to be kept */
        size_t gone_count, gone_cap;
        struct str *lacks;   /* of each file, by its number; NULL: no file lacks anything */
        struct str *lacking; /* what objects lack, there or gone, each once: borrowed */
        size_t lacking_count, lacking_cap;
        bool is_dropped; /* what came from such objects is dropped */
    } sources[MODEL_MAX_SOURCES];
    /* What facts of the lake may lack, each set of columns once: bit i for column i of their table.
     */
    uint64_t *lacked;
    size_t lacked_count, lacked_cap;
    struct arena arena; /* keys */
};
/* Whether the run needs the record of what earlier runs have read; false where the tables are made
 * from the present input alone. */
bool run_needs_records(const struct run_options *options);
void input_diff_release(struct input_diff *diff);
/* Compares the sources' files with what the output's lake has recorded; with `store` NULL nothing
 * is recorded. Errors are those of read_back_table. */
NODISCARD enum status input_diff_make(const struct output *output, struct store *store,
                                      const struct store_listing *const files[],
                                      struct input_diff *out, struct error *error);
/* STATUS_FAILED where the lake's tables are to be replaced by another model's, and hold records of
 * objects that are gone from the input, unless the options say that these are dropped. */
NODISCARD enum status run_check_replaced(const struct lake *lake, const struct run_options *options,
                                         struct store *in, struct store *out, struct error *error);
/* Applies the options to the missing objects. STATUS_FAILED where they say that the run fails, or
 * where an object has changed while the records of others are kept: then no run can be right. */
NODISCARD enum status input_diff_settle(struct input_diff *diff, const struct run_options *options,
                                        struct error *error);
/* Appends the reason why all input must be read; nothing where reading new logs is enough. */
void input_diff_reason(const struct input_diff *diff, struct buffer *out);
/* The fields of a rule's records that rows of the lake may lack: a bit for each. */
uint64_t input_lacked_fields(const struct input_diff *diff, const struct model_winner *rule);
/* Writes the record of the input for the next run. */
NODISCARD enum status input_diff_write(const struct input_diff *diff, struct output *output,
                                       const struct store_listing *const files[], unsigned worker,
                                       struct error *error);

/* ---- Increments ---------------------------------------------------------------------------- */

/* Whether it is enough to read the new files of facts; else the report gets the reason. `files` are
 * those of facts that are there. */
bool run_can_add(const struct output *output, const struct model *model,
                 const struct input_diff *diff, size_t files, struct run_report *report);
/* Has the commit add to the tables of an increment, or keep them; the operation is the history's,
 * and borrowed. */
void run_set_modes(struct lake *lake, const struct model *model, const char *operation);
/* STATUS_FAILED where files of the source are gone, and earlier runs have not recorded what is to
 * be kept of them. */
NODISCARD enum status run_check_recorded(const struct output *output, const struct model *model,
                                         int source, struct error *error);
/* Whether facts of the lake may lack the columns that they are looked up by. */
bool run_lacks_keys(const struct input_diff *diff);

/* ---- Rejects and counts -------------------------------------------------------------------- */

/* Begins the run's rejects. */
void run_begin_rejects(struct rejects *rejects, struct lake *lake,
                       const struct run_options *options);
/* Finishes the run's rejects, once all are written and the report has the counts: makes their files
 * appear, and reports their path at `store`'s address (NULL in a dry run) and the first of them.
 * STATUS_TOO_MANY_REJECTS when a source has more than the limit allows; then only the first of them
 * are written. */
NODISCARD enum status run_finish_rejects(struct rejects *rejects, const struct run_options *options,
                                         const struct store *store, struct run_report *report,
                                         struct error *error);
/* Checks the limit only: STATUS_TOO_MANY_REJECTS when a source has more rejects. */
NODISCARD enum status run_check_rejects(const struct run_report *report,
                                        const struct reject_limit *limit, struct error *error);
/* Copies what the lake has counted of each table into the report. */
void run_report_tables(struct run_report *report, const struct output *output);
/* A count, and what it must be by other counts. */
struct run_equation {
    const char *what;
    uint64_t is, should_be;
};
/* STATUS_INTERNAL when a count is not what it must be. */
NODISCARD enum status run_check_sums(const struct run_equation *equations, size_t count,
                                     struct error *error);
/* Commits, and reports the new versions, with warnings where they look wrong. STATUS_FAILED, and no
 * commit, where a table would become empty or no play would exist, unless the options allow it. */
NODISCARD enum status run_commit(struct lake *lake, const struct run_options *options,
                                 struct run_report *report, struct error *error);

/* Reports the requests, time and memory of the whole run; stores may be NULL. */
void run_report_cost(struct run_report *report, const struct store *in, const struct store *out,
                     uint64_t start_ns);
