/* The statements in their order, the views of raw text, and the session's settings. */
#include "sql.h"

#include "sql_private.h"

/* ---- Inputs and settings -----------------------------------------------------------------------
 */

/* The names that run_list_source takes, and none that begin with '_' or '.'. Spark skips such
 * folders itself, but takes a file named _metadata or _a=b. */
#define GLOB "[!_.]*.{[jJ][sS][oO][nN],[nN][dD][jJ][sS][oO][nN],[jJ][sS][oO][nN][lL]}{,.gz,.zst}"

static const struct spark_pair song_options[] = {
    {"wholetext", "true", "a file may be one document on many lines"},
    {"recursiveFileLookup", "true", "folders of any depth; a folder a=b is no partition"},
    {"pathGlobFilter", GLOB, "the names that are read"},
};
static const struct spark_pair log_options[] = {
    {"lineSep", "\n", "a lone carriage return ends no line"},
    {"mapreduce.input.linerecordreader.line.maxlength", "2147483647", "no line is left out"},
    {"recursiveFileLookup", "true", "folders of any depth; a folder a=b is no partition"},
    {"pathGlobFilter", GLOB, "the names that are read"},
};
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

const struct spark_input spark_inputs[SOURCE_COUNT] = {
    [SOURCE_SONGS] = {"sparkify_songs_text", "text", song_options, COUNT(song_options)},
    [SOURCE_LOGS] = {"sparkify_logs_text", "text", log_options, COUNT(log_options)},
};

const struct spark_pair spark_sql_settings[] = {
    {"spark.sql.session.timeZone", "UTC", "the calendar is UTC's"},
    {"spark.sql.ansi.enabled", "true", "a cast that fails is an error, not a null"},
    {"spark.sql.files.ignoreCorruptFiles", "false", "nothing is lost"},
    {"spark.sql.files.ignoreMissingFiles", "false", "nothing is lost"},
    {"spark.sql.parser.escapedStringLiterals", "false", "what a backslash in these texts means"},
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
     "the songs' index goes to the plays, not the plays to it"},
    {"spark.sql.maxConcurrentOutputFileWriters", "64",
     "plays of a few months are not sorted before they are written"},
};
const size_t spark_sql_setting_count = COUNT(spark_sql_settings);

/* What is shuffled is some 50 bytes of a play's 450. Spark's default of 200 tasks would take longer
 * to start than to run. */
unsigned spark_sql_shuffle_partitions(uint64_t input_bytes)
{
    uint64_t tasks = input_bytes / ((uint64_t)128 << 20);
    return tasks < 2 ? 2 : tasks > 2000 ? 2000 : (unsigned)tasks;
}

/* ---- Statements --------------------------------------------------------------------------------
 */

char *statement_text(struct buffer *text)
{
    char *copy = str_dup(buffer_str(text));
    buffer_reset(text);
    return copy;
}

void statement_add(struct spark_statements *statements, const char *name, const char *purpose,
                   struct buffer *text)
{
    statements->all[statements->count++] =
        (struct spark_statement){name, purpose, statement_text(text)};
}

/* A view that is dropped is no longer cached. */
static void add_finish(struct spark_statements *finish)
{
    static const char *const cached[] = {
        "sparkify_repeated_plays", "sparkify_repeated_ids", "sparkify_newest_plays",
        "sparkify_logs_checked",   "sparkify_logs_parsed",  "sparkify_songs_checked",
        "sparkify_songs_parsed",
    };
    CLEANUP(buffer_release) struct buffer text = {0};
    for (size_t i = 0; i < COUNT(cached); i++) {
        buffer_appendf(&text, "DROP VIEW IF EXISTS %s", cached[i]);
        statement_add(finish, cached[i], "giving memory back", &text);
    }
}

struct spark_sql *spark_sql_new(const struct spark_sql_options *options)
{
    struct spark_sql *sql = mem_zalloc(sizeof *sql);
    for (int source = 0; source < SOURCE_COUNT; source++)
        sql_add_records(&sql->prepare, (enum source_id)source);
    sql_add_plays(&sql->prepare);
    sql_tables(sql->tables, options);
    sql->counts = sql_counts();
    sql->rejects = sql_rejects();
    sql->unknown = sql_unknown();
    add_finish(&sql->finish);
    return sql;
}

static void statements_release(struct spark_statement *statements, size_t count)
{
    for (size_t i = 0; i < count; i++)
        mem_free(statements[i].sql);
}

void spark_sql_free(struct spark_sql *sql)
{
    if (!sql)
        return;
    statements_release(sql->prepare.all, sql->prepare.count);
    statements_release(sql->finish.all, sql->finish.count);
    statements_release(sql->tables, TABLE_COUNT);
    statements_release(&sql->counts, 1);
    statements_release(&sql->rejects, 1);
    statements_release(&sql->unknown, 1);
    mem_free(sql);
}
