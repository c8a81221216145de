/* native: the embedded engine: song and log JSON in, the five tables out, in this process. */
#ifndef SPARKIFY_NATIVE_H
#define SPARKIFY_NATIVE_H

#include <base.h>
#include <lake.h>
#include <model.h>

/* How many of a source's records may be rejected: a number, or a share of them. */
struct reject_limit {
    bool is_percent;
    uint64_t count;
    double percent;
};

struct run_options {
    const char *input;
    const char *output; /* may be NULL with dry_run */
    const char *version;
    unsigned threads;
    enum parquet_codec codec;
    struct reject_limit max_rejects;
    unsigned keep_versions; /* of the lake; 0: as before */
    int64_t grace_ms;       /* for so long replaced files stay */
    bool incremental;       /* read what has come since the last run, where that is enough */
    bool dry_run;
    struct store_options store; /* of the input and of the output */
};
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
const char *run_phase_name(enum run_phase phase);

/* Where a run stands; read by another thread while it goes on. */
struct run_progress {
    _Atomic int phase;
    _Atomic uint64_t bytes_total, bytes_done, records_done, files_total, files_done;
};

/* A field that no source knows, and in how many records it was seen. */
struct unknown_field {
    struct str name;
    uint64_t records;
};

struct source_report {
    uint64_t files, bytes, records, left_out, rejected;
    uint64_t rejected_by_code[REJECT_CODE_COUNT];
    struct unknown_field *unknown; /* sorted by name */
    size_t unknown_count;
    uint64_t unknown_more; /* sightings of further names, not kept apart */
};

struct table_report {
    uint64_t rows, files, bytes;
    double seconds;              /* of all threads together: making and writing its files */
    struct lake_version version; /* that the commit made, or left in force */
};

struct run_report {
    char run_id[LAKE_RUN_ID_LEN + 1];
    struct source_report sources[SOURCE_COUNT];
    struct table_report tables[TABLE_COUNT];
    uint64_t plays;               /* kept log records */
    uint64_t matched;             /* rows of songplays with a song */
    uint64_t identical;           /* plays left out because the same play was there already */
    uint64_t shared_keys;         /* (user, session, ts, item) that differing plays share */
    int64_t lake_version;         /* in force afterwards; -1: none */
    struct lake_cleared cleared;  /* what was removed */
    struct store_counts requests; /* of both stores */
    double seconds[PHASE_COUNT], total_seconds;
    uint64_t peak_memory_bytes;
    /* With options->incremental: */
    uint64_t log_files, new_log_files; /* that there are; that no earlier run has read */
    char full_because[512];            /* why all was read; "" where it was not */
    char rejects_path[1024];           /* where rejected records are, "" when there are none */
    struct arena arena;                /* names of unknown fields */
};
void run_report_release(struct run_report *report);

/* Runs the job. `cancel` becomes true when the user wants it to stop (STATUS_INTERRUPTED). The
 * report is filled as far as the run came, also on failure; the old tables stay in force unless
 * STATUS_OK comes back. */
NODISCARD enum status native_run(const struct run_options *options, const atomic_bool *cancel,
                                 struct run_progress *progress, struct run_report *report,
                                 struct error *error);

#endif
