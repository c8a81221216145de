/* The statements of sparkify schema --sql. Where an engine reads Delta Lake, the statement names
 * the table's folder alone: types, partitions and versions come from the log. Redshift Spectrum
 * does not read the log: its statements list columns and partitions of the current version. */
#include "schema_sql.h"

#include <query.h>

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* The limit of partitions in one ALTER TABLE ("ALTER TABLE", Amazon Redshift Database Developer
 * Guide). */
#define PARTITIONS_AT_ONCE 100

const struct option_word sql_dialect_words[] = {
#define X(id, name, title) {name, id},
    SQL_DIALECTS(X)
#undef X
        {NULL, 0}};

static const char *const titles[] = {[SQL_UNSET] = "",
#define X(id, name, title) [id] = title,
                                     SQL_DIALECTS(X)
#undef X
};

/* ---- Where the lake is ----------------------------------------------------------------------- */

static bool needs_s3(enum sql_dialect dialect)
{
    return dialect != SQL_DUCKDB && dialect != SQL_SPARK;
}

/* Appends a string literal of Hive's dialects, with backslash escapes. */
static void append_hive_literal(struct str text, struct buffer *out)
{
    buffer_append_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("'\\", text.data[i]))
            buffer_append_char(out, '\\');
        buffer_append_char(out, text.data[i]);
    }
    buffer_append_char(out, '\'');
}

static void append_location(struct str root, const char *folder, enum sql_dialect dialect,
                            struct buffer *out)
{
    CLEANUP(buffer_release) struct buffer location = {0};
    buffer_append_str(&location, root);
    buffer_append_str(&location, str_of(folder));
    if (dialect == SQL_SPARK || dialect == SQL_ATHENA)
        append_hive_literal(buffer_str(&location), out);
    else
        query_append_literal(out, buffer_str(&location));
}

/* ---- Engines that read Delta Lake ------------------------------------------------------------ */

/* The statement before and after the table's folder; %s is the table. */
static const struct delta_statement {
    const char *before, *after;
} delta_statements[] = {
    [SQL_ATHENA] = {"CREATE EXTERNAL TABLE IF NOT EXISTS `%s`\n  LOCATION ",
                    "\n  TBLPROPERTIES ('table_type' = 'DELTA');\n"},
    [SQL_DUCKDB] = {"CREATE OR REPLACE VIEW \"%s\" AS SELECT * FROM delta_scan(", ");\n"},
    [SQL_SPARK] = {"CREATE TABLE IF NOT EXISTS `%s` USING delta LOCATION ", ";\n"},
    [SQL_TRINO] = {"CALL delta.system.register_table(schema_name => 'default', table_name => '%s', "
                   "table_location => ",
                   ");\n"},
};

static void append_delta(const struct model_table *table, enum sql_dialect dialect, struct str root,
                         struct buffer *out)
{
    const char *before = delta_statements[dialect].before, *name = strstr(before, "%s");
    buffer_append(out, before, (size_t)(name - before));
    buffer_append_str(out, str_of(table->name));
    buffer_append_str(out, str_of(name + 2));
    append_location(root, table->folder, dialect, out);
    buffer_append_str(out, str_of(delta_statements[dialect].after));
}

/* ---- Redshift Spectrum ----------------------------------------------------------------------- */

/* "Supported data types", CREATE EXTERNAL TABLE in the same guide. */
static void append_redshift_type(const struct model_column *column, struct buffer *out)
{
    static const char *const types[] = {
        [MODEL_STRING] = "VARCHAR(65535)",
        [MODEL_INT32] = "INTEGER",
        [MODEL_INT64] = "BIGINT",
        [MODEL_DOUBLE] = "DOUBLE PRECISION",
        [MODEL_TIMESTAMP] = "TIMESTAMP",
        [MODEL_BOOL] = "BOOLEAN",
        [MODEL_DATE] = "DATE",
        [MODEL_DECIMAL] = "DECIMAL",
        [MODEL_JSON] = "VARCHAR(65535)",
    };
    buffer_append_str(out, str_of(types[column->type]));
    if (column->type == MODEL_DECIMAL)
        buffer_appendf(out, "(%d,%d)", column->precision, column->scale);
}

static void append_columns(const struct model_table *table, bool partitions, struct buffer *out)
{
    bool is_first = true;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct model_column *column = &table->columns[i];
        if (column->partition != partitions)
            continue;
        buffer_appendf(out, "%s\n  \"%s\" ", is_first ? "" : ",", column->name);
        append_redshift_type(column, out);
        is_first = false;
    }
}

/* The partition of a key below the table's folder, such as "year=2018/month=11"; null where there
 * is none. */
static struct str partition_of(const struct model_table *table, struct str key)
{
    size_t begin = strlen(table->folder) + 1, end = key.len;
    while (end > begin && key.data[end - 1] != '/')
        end--;
    return end > begin ? (struct str){key.data + begin, end - 1 - begin} : STR_NULL;
}

static void append_partition(const struct model_table *table, struct str folder, struct str root,
                             struct buffer *out)
{
    CLEANUP(buffer_release) struct buffer value = {0}, location = {0};
    buffer_append_str(out, STR("\n  PARTITION ("));
    for (size_t i = 0; i < table->partition_count; i++) {
        const char *name = table->columns[table->partitions[i]].name;
        buffer_reset(&value);
        if (!model_partition_value(folder, name, &value))
            buffer_append_str(&value, STR(MODEL_NULL_PARTITION));
        buffer_appendf(out, "%s\"%s\" = ", i ? ", " : "", name);
        query_append_literal(out, buffer_str(&value));
    }
    buffer_appendf(&location, "%s/%.*s/", table->folder, STR_ARG(folder));
    buffer_append_str(out, STR(") LOCATION "));
    append_location(root, buffer_text(&location), SQL_REDSHIFT, out);
}

static void append_partitions(const struct model_table *table,
                              const struct lake_snapshot_table *files, struct str root,
                              struct buffer *out)
{
    struct str last = STR_NULL;
    size_t count = 0;
    for (size_t i = 0; i < files->count; i++) {
        struct str folder = partition_of(table, files->files[i].key);
        if (!folder.data || (last.data && str_equal(folder, last)))
            continue;
        if (count++ % PARTITIONS_AT_ONCE == 0)
            buffer_appendf(out, "%sALTER TABLE lake.\"%s\" ADD IF NOT EXISTS",
                           count > 1 ? ";\n" : "", table->name);
        append_partition(table, folder, root, out);
        last = folder;
    }
    if (count)
        buffer_append_str(out, STR(";\n"));
}

static void append_spectrum(const struct model_table *table,
                            const struct lake_snapshot_table *files, struct str root,
                            struct buffer *out)
{
    CLEANUP(buffer_release) struct buffer folder = {0};
    buffer_appendf(out, "CREATE EXTERNAL TABLE lake.\"%s\" (", table->name);
    append_columns(table, false, out);
    buffer_append_str(out, STR("\n)\n"));
    if (table->partition_count) {
        buffer_append_str(out, STR("PARTITIONED BY ("));
        append_columns(table, true, out);
        buffer_append_str(out, STR("\n)\n"));
    }
    buffer_appendf(&folder, "%s/", table->folder);
    buffer_append_str(out, STR("STORED AS PARQUET\nLOCATION "));
    append_location(root, buffer_text(&folder), SQL_REDSHIFT, out);
    buffer_append_str(out, STR(";\n"));
    append_partitions(table, files, root, out);
}

/* Redshift reads all files of a folder. */
static enum status check_one_version(const struct lake_snapshot *snapshot, struct str root,
                                     struct error *error)
{
    if (snapshot->oldest == snapshot->newest)
        return STATUS_OK;
    error_set(error, STATUS_FAILED,
              "%.*s keeps older versions, whose files lie beside the current "
              "ones: Redshift would read all of them",
              (int)root.len - 1, root.data);
    return error_hint(error, "a run with --keep-versions 1 removes them");
}

/* ---- All ------------------------------------------------------------------------------------- */

static const char *remark_of(enum sql_dialect dialect)
{
    switch (dialect) {
    case SQL_DUCKDB:
        return "-- With DuckDB's extension delta; for S3 also httpfs and a secret.\n";
    case SQL_SPARK:
        return "-- In a session with Delta Lake.\n";
    case SQL_TRINO:
        return "-- The catalog of the connector delta_lake is delta, with "
               "delta.register-table-procedure.enabled=true.\n";
    case SQL_REDSHIFT:
        return "-- In an external schema: CREATE EXTERNAL SCHEMA lake FROM DATA CATALOG DATABASE "
               "….\n"
               "-- Partitions of later runs are added by running this again.\n";
    default:
        return "";
    }
}

enum status schema_sql_root(const struct stores_settings *stores, enum sql_dialect dialect,
                            struct buffer *out, struct error *error)
{
    char absolute[PATH_MAX];
    const char *lake = stores->output;
    const char *scheme_end = strstr(lake, "://");
    if (address_is_s3(lake)) {
        buffer_append_str(out, dialect == SQL_SPARK ? STR("s3a://") : STR("s3://"));
        buffer_append_str(out, str_of(scheme_end + 3));
    } else if (needs_s3(dialect)) {
        error_set(error, STATUS_USAGE, "%s reads tables in S3, and %s is not in S3",
                  titles[dialect], lake);
        return error_hint(error, "give an s3:// address, or --bucket");
    } else if (!realpath(lake, absolute)) {
        return error_set_errno(error, errno, "there is no lake %s", lake);
    } else {
        buffer_append_str(out, str_of(absolute));
    }
    assert(out->data);
    if (out->data[out->len - 1] != '/')
        buffer_append_char(out, '/');
    return STATUS_OK;
}

enum status schema_sql_append(const struct lake_snapshot *snapshot, struct str root,
                              enum sql_dialect dialect, struct buffer *out, struct error *error)
{
    const struct model *model = snapshot->model;
    if (dialect == SQL_REDSHIFT)
        TRY(check_one_version(snapshot, root, error));
    buffer_append_str(out, str_of(remark_of(dialect)));
    for (size_t table = 0; table < model->table_count; table++)
        if (dialect == SQL_REDSHIFT)
            append_spectrum(&model->tables[table], &snapshot->tables[table], root, out);
        else
            append_delta(&model->tables[table], dialect, root, out);
    return STATUS_OK;
}
