/* sparkify query: SQL over a lake, and questions by name. */
#include "query_command.h"

#include "commands.h"
#include "query_lake.h"
#include "query_output.h"
#include "query_questions.h"
#include "query_shell.h"
#include "signals.h"
#include "terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- Options -----------------------------------------------------------------------------------
 */

static const struct option_word formats[] = {
#define X(id, name) {name, id},
    QUERY_FORMATS(X)
#undef X
        {NULL, 0}};

#define PLACE(member) offsetof(struct query_settings, member)

static const struct option_word engines[] = {
    {"duckdb", ENGINE_NATIVE}, {"spark", ENGINE_SPARK}, {NULL, 0}};

static const struct option query_options[] = {
    {"list", NULL, "list the questions", NULL, PLACE(list), .on_command_line_alone = true},
    {"show-sql", NULL, "print the question's SQL instead of running it", NULL, PLACE(show_sql),
     .on_command_line_alone = true},
    {"limit", "N", "how many rows at most; a question has its own number", option_parse_count,
     PLACE(limit)},
    {"from", "DAY", "of songplays and time only what began on this day or later, UTC",
     option_parse_day, PLACE(from_us)},
    {"to", "DAY", "… and before this day", option_parse_day, PLACE(to_us)},
    {"at", "N", "this version of the lake; 'sparkify history' lists them", option_parse_count,
     PLACE(at), .on_command_line_alone = true},
    {"format", "NAME",
     "table, csv, json, jsonl, markdown, parquet or arrow; on a\n"
     "terminal a table, else csv, or what --out ends in",
     NULL, PLACE(format), formats},
    {"out", "FILE", "write the result into this file", option_parse_text, PLACE(out),
     .on_command_line_alone = true},
    {"file", "FILE", "read the SQL from this file; - is the standard input", option_parse_text,
     PLACE(file), .letter = 'f', .on_command_line_alone = true},
    {"queries", "DIR", "a folder of your own questions, one .sql file each", option_parse_text,
     PLACE(queries)},
    {"engine", "NAME",
     "duckdb (the default): on this machine; spark: on a cluster, by\n"
     "Spark Connect, in Spark's SQL",
     NULL, PLACE(engine), engines},
    {"spark", "URL", ENGINE_SPARK_HELP, option_parse_text, PLACE(spark)},
    {"spark-plain-keys", NULL, ENGINE_PLAIN_KEYS_HELP, NULL, PLACE(plain_keys),
     .on_command_line_alone = true},
    {"threads", "N", "how many threads work; all processors by default", option_parse_positive,
     PLACE(threads)},
    {"cache-size", "SIZE",
     "how much of S3's files is kept for the next query, below\n"
     "~/.cache/sparkify; 2G by default",
     option_parse_size, PLACE(cache_bytes)},
    {NULL},
};

static void set_defaults(void *settings)
{
    struct query_settings *query = settings;
    query_settings_set_defaults(query);
}

/* ---- What is asked -----------------------------------------------------------------------------
 */

static enum status read_stream(FILE *file, const char *name, struct buffer *out,
                               struct error *error)
{
    size_t got;
    while ((got = fread(buffer_reserve(out, 65536), 1, 65536, file)) > 0)
        out->len += got;
    return ferror(file) ? error_set_errno(error, errno, "cannot read the SQL from %s", name)
                        : STATUS_OK;
}

static enum status read_file(const char *path, struct buffer *out, struct error *error)
{
    if (strcmp(path, "-") == 0)
        return read_stream(stdin, "the standard input", out, error);
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set_errno(error, errno, "cannot read the SQL from %s", path);
    enum status status = read_stream(file, path, out, error);
    fclose(file);
    return status;
}

/* Appends what is to be run: SQL as it is, a question with its limit. */
static enum status append_sql(const struct query_settings *query,
                              const struct query_questions *questions, struct buffer *out,
                              struct error *error)
{
    if (query->file)
        return read_file(query->file, out, error);
    if (!query->text)
        return read_stream(stdin, "the standard input", out, error);
    const struct query_question *question = query_question_find(questions, str_of(query->text));
    if (question)
        query_questions_append(query, question, out);
    else if (!strpbrk(query->text, " \t\n("))
        return query_questions_unknown(questions, query->text, error);
    else
        buffer_append_str(out, str_of(query->text));
    return STATUS_OK;
}

/* ---- Running -----------------------------------------------------------------------------------
 */

static enum status run_all(struct query_settings *query, struct query_lake_open *lake,
                           struct str text, struct error *error)
{
    struct str statement;
    bool is_complete, any = false;
    CLEANUP(query_output_release) struct query_output output = {0};
    TRY(query_output_open(&output, query, error));
    while (!output.is_unread && query_next_statement(&text, &statement, &is_complete)) {
        TRY(query_output_run(&output, lake, statement, error));
        any = true;
    }
    if (!any) {
        error_set(error, STATUS_USAGE, "there is no SQL to run");
        return error_hint(error, "give it in quotation marks, by --file, or name a question");
    }
    return query_output_finish(&output, error);
}

static bool wants_shell(const struct query_settings *query)
{
    return !query->text && !query->file && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static enum status ask(struct query_settings *query, const struct query_questions *questions,
                       struct error *error)
{
    CLEANUP(buffer_release) struct buffer sql = {0};
    CLEANUP(query_lake_close) struct query_lake_open lake = {0};
    bool is_shell = wants_shell(query);
    if (!is_shell)
        TRY(append_sql(query, questions, &sql, error));
    TRY(query_lake_open(&lake, query, is_shell ? query_shell_stop_flag() : signals_stop_flag(),
                        error));
    return is_shell ? query_shell_run(query, &lake, questions, error)
                    : run_all(query, &lake, buffer_str(&sql), error);
}

static enum status run_query(void *settings, struct error *error)
{
    struct query_settings *query = settings;
    CLEANUP(query_questions_release) struct query_questions questions = {0};
    enum status status = query_settings_resolve(query, error);
    if (status == STATUS_OK)
        status = query_questions_read(query->queries, &questions, error);
    if (status == STATUS_OK && query->list)
        query_questions_list(query, &questions);
    else if (status == STATUS_OK && query->show_sql)
        status = query_questions_show(query, &questions, error);
    else if (status == STATUS_OK)
        status = ask(query, &questions, error);
    if (status == STATUS_OK)
        query->common.json = false; /* the rows are the document */
    stores_release(&query->stores);
    return status;
}

const struct command query_command = {
    .name = "query",
    .operand = "[LAKE] [SQL|QUESTION]",
    .summary = "ask a lake: SQL, or a question by its name",
    .text =
        "Runs SQL over the tables songplays, users, songs, artists and time of a lake, or one of\n"
        "the questions that 'sparkify query --list' lists. The SQL is DuckDB's, or Spark's with\n"
        "--engine spark. LAKE is a folder or an s3:// address; without it, SPARKIFY_LAKE, the\n"
        "bucket in dl.cfg, or the folder that you are in. Without SQL, on a terminal, a shell\n"
        "begins.\n"
        "\n"
        "Without --engine spark, DuckDB's library libduckdb.so is needed: beside the program, or\n"
        "named by SPARKIFY_DUCKDB.",
    .examples = "  sparkify query lake top-songs --limit 10 --from 2018-11-01\n"
                "  sparkify query lake 'SELECT level, count(*) FROM songplays GROUP BY level'\n"
                "  sparkify query lake top-songs --show-sql\n"
                "  sparkify query lake --file report.sql --out report.parquet\n"
                "  sparkify query s3://my-lake daily-users --format csv\n"
                "  sparkify query s3://my-lake top-songs --engine spark --spark sc://host:15002\n"
                "  sparkify query lake\n",
    .options = query_options,
    .shared = {{"where the lake is", stores_lake_options, PLACE(stores)},
               {"in S3", stores_options, PLACE(stores)}},
    .settings_size = sizeof(struct query_settings),
    .operand_offset = PLACE(operands[0]),
    .operand_count = 2,
    .defaults = set_defaults,
    .run = run_query,
};
