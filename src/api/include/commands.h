/* The commands, each in a file of its own, and their settings: the options, and after the command
 * has run its result. */
#pragma once

#include <after_run.h>
#include <generate.h>
#include <init.h>
#include <lake.h>
#include <query_command.h>
#include <schema_sql.h>

extern const struct command etl_command, query_command, report_command, serve_command,
    history_command, restore_command, check_command, vacuum_command, doctor_command,
    generate_command, schema_command, init_command, help_command;

struct etl_settings {
    struct common_settings common;
    struct run_options run;
    const char *model_file; /* NULL: the lake's model, or the built-in one */
    struct model *model;    /* in that file */
    enum engine engine;
    struct stores_settings stores;
    struct after_run_settings after;
    struct run_progress progress; /* updated while the job runs */
    struct run_report *report;    /* NULL: the run did not begin, or printed its SQL */
    struct buffer script;         /* with the Spark engine and dry_run: the SQL */
};

#define HISTORY_ALL_TABLES (-1)

struct history_settings {
    struct common_settings common;
    struct stores_settings stores;
    const char *table_name; /* NULL: all */
    int table;              /* that one of the lake, or HISTORY_ALL_TABLES */
    struct lake_history history;
};
/* The table of this name; the hint of STATUS_USAGE names those that there are. */
NODISCARD enum status history_find_table(const struct model *model, const char *name, int *out,
                                         struct error *error);
/* Reads the lake's versions; STATUS_NOT_FOUND where it has none. */
NODISCARD enum status history_read(struct store *store, struct lake_history *out,
                                   struct error *error);
/* The document of --json: of one table, or of all. */
json_t *history_document(const char *lake, const struct lake_history *history, int table);
/* True where the version changed the table. */
static inline bool history_has_changed(const struct lake_history_table *table)
{
    return table->added || table->removed;
}

struct restore_settings {
    struct common_settings common;
    struct stores_settings stores;
    uint64_t at; /* a version of the lake */
    unsigned keep_versions;
    int64_t grace_ms;
    bool dry_run;
    int64_t lake_version;      /* the new one */
    const struct model *model; /* whose tables follow */
    struct model *own_model;   /* the same, where the lake has remembered it */
    struct lake_version tables[MODEL_MAX_TABLES];
};

/* So many problems are kept; more are counted only. */
#define CHECK_PROBLEMS_KEPT 50

struct check_settings {
    struct common_settings common;
    struct stores_settings stores;
    unsigned threads; /* 0: not given */
    struct lake_check_report report;
    int64_t lake_version;
    double seconds;
    struct buffer problems;    /* the first problems, each ending with '\0' */
    size_t problem_count;      /* problems in the buffer */
    struct buffer other_key;   /* the text of report.other_key */
    const struct model *model; /* the lake's */
    struct model *own_model;   /* the same, where the lake has remembered it */
    bool is_complete;          /* the whole lake was read */
};

struct vacuum_settings {
    struct common_settings common;
    struct stores_settings stores;
    int64_t retain_ms;
    bool dry_run;
    int64_t lake_version;
    struct lake_cleared cleared;
};

struct generate_settings {
    struct common_settings common;
    struct generate_options generate;
    struct generate_report report;
    double seconds;
};

struct schema_settings {
    struct common_settings common;
    struct stores_settings stores;
    enum sql_dialect dialect;
    bool markdown, print_model;
    const char *check, *model_file; /* files of a model; or NULL */
    struct lake_snapshot snapshot;  /* its model is shown; files only of a lake */
    struct buffer sql;              /* with --sql: the statements; with --print-model: the model */
};
/* Appends "string", "decimal(10,2)", … */
void schema_append_type(const struct model_column *column, struct buffer *out);

struct init_settings {
    struct common_settings common;
    struct stores_settings stores;
    const char *path; /* of the file to write; NULL: it is printed */
    struct init_proposal proposal;
};

struct report_settings {
    struct query_settings query; /* first */
    const char *path;            /* the page that was written; NULL: none */
    size_t page_bytes;
};

struct serve_settings {
    struct query_settings query; /* first */
    uint16_t port;
    const char *address, *token_file, *public_url;
    int64_t time_limit_ms;
    uint64_t memory_bytes;
};

struct doctor_settings {
    struct common_settings common;
    struct stores_settings stores;
    const char *model_file; /* NULL: the lake's model, or the built-in one */
    enum engine engine;
    const char *spark;
    bool plain_keys;
};

enum shell { SHELL_NONE, SHELL_BASH, SHELL_ZSH, SHELL_FISH };

struct help_settings {
    struct common_settings common;
    const char *topic;
    bool man;
    enum shell shell; /* whose completion is wanted */
};
