/* The tables as Spark SQL, generated from a model.
 *
 * The caller makes one temporary view of raw text for each source (spark_input_of), sets the
 * session's settings (spark_sql_settings), runs the commands of `prepare` in their order, and then
 * takes what it wants: each table, the rejects and the counts are a SELECT of their own, whose rows
 * may be streamed to the client or written by Spark. Last come the commands of `finish`, whatever
 * happened.
 *
 * No statement holds a path, a secret or a value that a user gave: those go into the views. */
#pragma once

#include <model.h>

struct spark_pair {
    const char *key, *value;
    const char *why; /* for people: one line */
};

/* The view of a source's text: Read.DataSource of the format "text" and these options over
 * <input>/<source->folder>, made a temporary view of this name. */
struct spark_input {
    char view[96];
    const struct spark_pair *options;
    size_t option_count;
};
struct spark_input spark_input_of(const struct model_source *source);

/* Settings of the session. The results depend on the time zone and the variants' one; the rest is
 * speed. */
extern const struct spark_pair spark_sql_settings[];
extern const size_t spark_sql_setting_count;

/* Whether records that are kept may have null there. */
static inline bool spark_sql_may_be_null(const struct model_field *field)
{
    return field->need == NEED_OPTIONAL && !field->zero_for_null;
}
/* Appends the type of a column in Spark. */
void spark_sql_append_type(struct buffer *out, const struct model_column *column);
/* The function that makes a timestamp of an integer, as the field of a timestamp has it. */
const char *spark_sql_to_timestamp(const struct model_field *field);

/* The column of facts that says whether the first look-up has found a record. No column of a table
 * can have this name. */
#define SPARK_FOUND "is found"

/* Statements that read more than one source. */
#define SPARK_ALL_SOURCES (-1)

struct spark_statement {
    char *name;          /* the view that is made, or the table */
    const char *purpose; /* one line, for progress and errors; static, or the model's */
    char *sql;           /* begins with its comment; no semicolon at its end */
    char *order;         /* of the rows of a SELECT, as ORDER BY has it; "": any */
    int source;          /* that a command reads, or SPARK_ALL_SOURCES */
    bool has_found;      /* SPARK_FOUND is behind the table's columns */
};

#define SPARK_MAX_STATEMENTS 128

struct spark_statements {
    struct spark_statement all[SPARK_MAX_STATEMENTS];
    size_t count;
};

struct spark_sql_options {
    bool counts_found;             /* facts that are looked up have the column SPARK_FOUND, too */
    bool is_increment;             /* only new facts are read, and added to what the lake holds */
    bool keeps[MODEL_MAX_SOURCES]; /* a full run: what came of a source's files that are gone stays
                                    */
    /* Of rows of the lake that came of such files, by the rule: fields in which they may have null
     * that is no value of their record. */
    uint64_t nulls_last[MODEL_MAX_WINNERS];
    /* Columns of the facts' table that its rows may lack, written before these came; borrowed. */
    const uint64_t *lacked;
    size_t lacked_count;
};

/* A view that the caller makes before the commands: of files of the lake, with the columns that the
 * model has. */
struct spark_stored {
    char view[96];
    int table;
};

struct spark_sql {
    const struct model *model; /* borrowed */
    struct spark_sql_options options;
    struct spark_stored stored[MODEL_MAX_TABLES];
    size_t stored_count;
    /* In an increment, before the commands that read all sources: the partitions of the new facts
     * (their columns in the order of the path, then first_time and last_time in the unit of the
     * time's field). Of the facts of the lake, only those in these partitions and between these
     * times are needed. Without SQL otherwise: all are needed. */
    struct spark_statement partitions;
    /* Commands. Those of one source do not need those of another. The first use of a cached view is
     * what reads its input. */
    struct spark_statements prepare;
    /* (source, name, field, records): name is "kept", "left_out" or a reject's code for the
     * sources, or "unknown" for each field that no table knows; for the source "" it is "identical"
     * (facts that are there again), "shared_keys", or "of_gone_files" (facts that are kept). */
    struct spark_statement counts;
    /* (source, file, line, byte_offset, code, reason, record, record_base64): file is the URL as
     * Spark names it; line and byte_offset are null where Spark cannot tell. The facts' source
     * comes last. */
    struct spark_statement rejects;
    /* Of the tables, and of those of the state: the columns in the model's order, partition columns
     * among them, to be written with partitionBy(model->tables[t].partitions). */
    struct spark_statement tables[MODEL_MAX_TABLES]; /* without SQL: Spark makes no rows of it */
    /* Commands that give the cluster's memory back. Each may be run alone. */
    struct spark_statements finish;
};

/* The model is borrowed as long as the SQL lives. */
struct spark_sql *spark_sql_new(const struct model *model, const struct spark_sql_options *options);
void spark_sql_free(struct spark_sql *sql);

/* The setting spark.sql.shuffle.partitions, for an input of this size, of which so much is packed.
 * 1: planning takes longer than running, so that no stage need be planned anew when those before it
 * are done. */
unsigned spark_sql_shuffle_partitions(const struct spark_sql *sql, uint64_t input_bytes,
                                      uint64_t packed_bytes);
/* Whether the source's files are read. */
bool spark_sql_reads(const struct spark_sql *sql, int source);
