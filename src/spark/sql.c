/* The statements in their order, the views of raw text, and the session's settings. */
#include "sql.h"

#include "sql_private.h"

#include <assert.h>

/* ---- Inputs and settings --------------------------------------------------------------------- */

/* The names that run_list_source takes, and none that begin with '_' or '.'. Spark skips such
 * folders itself, but takes a file named _metadata or _a=b. */
#define GLOB "[!_.]*.{[jJ][sS][oO][nN],[nN][dD][jJ][sS][oO][nN],[jJ][sS][oO][nN][lL]}{,.gz,.zst}"

static const struct spark_pair document_options[] = {
    {"wholetext", "true", "records may have many lines"},
    {"recursiveFileLookup", "true", "folders of any depth; a folder a=b is no partition"},
    {"pathGlobFilter", GLOB, "the names that are read"},
};
static const struct spark_pair line_options[] = {
    {"lineSep", "\n", "a lone carriage return ends no line"},
    {"mapreduce.input.linerecordreader.line.maxlength", "2147483647", "no line is left out"},
    {"recursiveFileLookup", "true", "folders of any depth; a folder a=b is no partition"},
    {"pathGlobFilter", GLOB, "the names that are read"},
};

struct spark_input spark_input_of(const struct model_source *source)
{
    struct spark_input input;
    snprintf(input.view, sizeof input.view, "sparkify_%s_text", source->name);
    bool are_lines = source->layout == LAYOUT_LINES;
    input.options = are_lines ? line_options : document_options;
    input.option_count = are_lines ? ARRAY_LENGTH(line_options) : ARRAY_LENGTH(document_options);
    return input;
}

const struct spark_pair spark_sql_settings[] = {
    {"spark.sql.session.timeZone", "UTC", "the calendar is UTC's"},
    {"spark.sql.ansi.enabled", "true", "a cast that fails is an error, not a null"},
    {"spark.sql.files.ignoreCorruptFiles", "false", "nothing is lost"},
    {"spark.sql.files.ignoreMissingFiles", "false", "nothing is lost"},
    {"spark.sql.parser.escapedStringLiterals", "false", "what a backslash in these texts means"},
    {"spark.sql.variable.substitute", "false", "nor is ${…} in them anything but text"},
    {"spark.sql.caseSensitive", "true", "fields a and A are two"},
    {"spark.sql.execution.arrow.useLargeVarTypes", "false", "how rows come to sparkify"},
    {"spark.sql.execution.arrow.compression.codec", "none", "how rows come to sparkify"},
    {"spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS", "as the native engine writes"},
    {"spark.sql.files.openCostInBytes", "16384", "many small files make one task"},
    {"spark.sql.codegen.hugeMethodLimit", "8000",
     "what the JVM would refuse to compile is compiled in parts: twice as fast"},
    {"spark.sql.legacy.storeAnalyzedPlanForView", "true",
     "a view is analysed once, not at each use"},
    {"spark.sql.adaptive.enabled", "true", "small shuffles are joined to one task"},
    {"spark.sql.adaptive.coalescePartitions.parallelismFirst", "false",
     "tasks of the advised size, not as many as there are cores: fewer, larger files"},
    {"spark.sql.autoBroadcastJoinThreshold", "67108864",
     "what facts are looked up in goes to the facts, not the facts to it"},
    {"spark.sql.maxConcurrentOutputFileWriters", "64",
     "rows of a few partitions are not sorted before they are written"},
};
const size_t spark_sql_setting_count = ARRAY_LENGTH(spark_sql_settings);

#define SMALL_INPUT_BYTES  ((uint64_t)16 << 20)
#define SMALL_PACKED_BYTES ((uint64_t)1 << 20) /* 16 times as many when unpacked, or more */

/* What is shuffled is some 50 bytes of a fact's 450. Spark's default of 200 tasks would take longer
 * to start than to run. What earlier runs have left may be of any size. */
unsigned spark_sql_shuffle_partitions(const struct spark_sql *sql, uint64_t input_bytes,
                                      uint64_t packed_bytes)
{
    if (input_bytes <= SMALL_INPUT_BYTES && packed_bytes <= SMALL_PACKED_BYTES &&
        sql->stored_count == 0)
        return 1;
    uint64_t tasks = input_bytes / ((uint64_t)128 << 20);
    return tasks < 2 ? 2 : tasks > 2000 ? 2000 : (unsigned)tasks;
}

/* ---- Statements ------------------------------------------------------------------------------ */

static char *text_of(struct buffer *text)
{
    char *copy = str_dup(buffer_str(text));
    buffer_reset(text);
    return copy;
}

static void add(struct spark_statements *statements, struct spark_statement statement)
{
    assert(statements->count < SPARK_MAX_STATEMENTS);
    statements->all[statements->count++] = statement;
}

struct spark_statement sql_select(const char *name, const char *purpose, struct buffer *text,
                                  struct buffer *order)
{
    return (struct spark_statement){.name = str_dup(str_of(name)),
                                    .purpose = purpose,
                                    .sql = text_of(text),
                                    .order = text_of(order),
                                    .source = SPARK_ALL_SOURCES};
}

static bool is_cached(const struct spark_statement *statement)
{
    return strstr(statement->sql, "\nCACHE ") != NULL;
}

/* The name of the view that a command makes, which stands behind VIEW or TABLE. */
static char *view_of(const char *command)
{
    const char *name = strstr(strstr(command, "\nC"), "sparkify_");
    return str_dup((struct str){name, strcspn(name, " ")});
}

void sql_add_command(struct spark_sql *sql, int source, const char *name, const char *purpose,
                     const struct sql_values *values)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    sql_fill(&text, name, values);
    char *command = text_of(&text);
    add(&sql->prepare, (struct spark_statement){.name = view_of(command),
                                                .purpose = purpose,
                                                .sql = command,
                                                .order = text_of(&text),
                                                .source = source});
}

/* A view that is dropped is no longer cached. What others are made of comes last. */
static void add_finish(struct spark_sql *sql)
{
    CLEANUP(buffer_release) struct buffer text = {0}, none = {0};
    for (size_t i = sql->prepare.count; i-- > 0;) {
        const char *view = sql->prepare.all[i].name;
        if (!is_cached(&sql->prepare.all[i]))
            continue;
        buffer_appendf(&text, "DROP VIEW IF EXISTS %s", view);
        add(&sql->finish, sql_select(view, "giving memory back", &text, &none));
    }
}

bool spark_sql_reads(const struct spark_sql *sql, int source)
{
    return !sql->options.is_increment || source == sql->model->facts.source;
}

struct spark_sql *spark_sql_new(const struct model *model, const struct spark_sql_options *options)
{
    struct spark_sql *sql = mem_zalloc(sizeof *sql);
    sql->model = model;
    sql->options = *options;
    for (int source = 0; source < (int)model->source_count; source++)
        if (spark_sql_reads(sql, source))
            sql_add_records(sql, source);
    sql_add_facts(sql);
    sql_add_tables(sql);
    sql->counts = sql_counts(sql);
    sql->rejects = sql_rejects(sql);
    add_finish(sql);
    return sql;
}

static void statements_release(struct spark_statement *statements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mem_free(statements[i].name);
        mem_free(statements[i].sql);
        mem_free(statements[i].order);
    }
}

void spark_sql_free(struct spark_sql *sql)
{
    if (!sql)
        return;
    statements_release(sql->prepare.all, sql->prepare.count);
    statements_release(sql->finish.all, sql->finish.count);
    statements_release(sql->tables, ARRAY_LENGTH(sql->tables));
    statements_release(&sql->partitions, 1);
    statements_release(&sql->counts, 1);
    statements_release(&sql->rejects, 1);
    mem_free(sql);
}
