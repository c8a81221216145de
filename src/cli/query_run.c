/* sparkify query: statements from the command line, a file, the standard input, or a shell. */
#include "command_line.h"
#include "query_output.h"
#include "query_shell.h"
#include "signals.h"

#include <document.h>
#include <query_lake.h>
#include <query_questions.h>
#include <unistd.h>

/* ---- Options that can be combined ------------------------------------------------------------ */

static bool is_among(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* True for options of every command, except --json, which not every mode has. */
static bool is_common(const struct option *given)
{
    EACH_OPTION (option, options_common)
        if (option == given)
            return strcmp(option->name, "json") != 0;
    return false;
}

static enum status refuse_others(const struct query_settings *query, const char *mode,
                                 const char *const *allowed, const char *hint, struct error *error)
{
    for (size_t i = 0; i < query->common.given_count; i++) {
        const char *name = query->common.given[i]->name;
        if (is_common(query->common.given[i]) || is_among(name, allowed))
            continue;
        error_set(error, STATUS_USAGE, "--%s cannot be combined with --%s", name, mode);
        return error_hint(error, "%s", hint);
    }
    return STATUS_OK;
}

/* STATUS_USAGE where --list or --show-sql is combined with what it would ignore. */
static enum status check_combination(const struct query_settings *query, struct error *error)
{
    static const char *const with_list[] = {"list", "queries", "json", NULL};
    static const char *const with_show[] = {"show-sql", "limit", "queries", NULL};
    if (query->list) {
        TRY(refuse_others(query, "list", with_list,
                          "--list prints the questions, with --queries and --json alone", error));
        if (query->text)
            return error_set(error, STATUS_USAGE, "--list runs no query: '%s' would be ignored",
                             query->text);
        return STATUS_OK;
    }
    if (!query->show_sql)
        return STATUS_OK;
    TRY(refuse_others(query, "show-sql", with_show,
                      "--show-sql prints a question's SQL, with --limit and --queries alone",
                      error));
    if (query->text)
        return STATUS_OK;
    error_set(error, STATUS_USAGE, "--show-sql needs the name of a question");
    return error_hint(error, "'sparkify query --list' lists them");
}

/* ---- Questions ------------------------------------------------------------------------------- */

static void print_lines(const struct query_questions *questions)
{
    size_t widest = 0;
    for (size_t i = 0; i < questions->count; i++)
        widest = questions->all[i].name.len > widest ? questions->all[i].name.len : widest;
    for (size_t i = 0; i < questions->count; i++)
        printf("%-*.*s  %.*s\n", (int)widest, STR_ARG(questions->all[i].name),
               STR_ARG(questions->all[i].summary));
}

static void print_document(const struct query_questions *questions)
{
    json_auto_t *list = query_questions_json(questions, false);
    document_write_value(stdout, list);
}

static enum status print_sql(const struct query_settings *query,
                             const struct query_questions *questions, struct error *error)
{
    CLEANUP(buffer_release) struct buffer sql = {0};
    const struct query_question *question = query_question_find(questions, str_of(query->text));
    if (!question)
        return query_questions_unknown(questions, query->text, error);
    query_questions_append(query, question, &sql);
    printf("%s\n", buffer_text(&sql));
    return STATUS_OK;
}

/* ---- The SQL to run -------------------------------------------------------------------------- */

/* Appends what is to be run: SQL as it is, a question with its limit. */
static enum status append_sql(const struct query_settings *query,
                              const struct query_lake_open *lake,
                              const struct query_questions *questions, struct buffer *out,
                              struct error *error)
{
    bool is_file = query->file && strcmp(query->file, "-") != 0;
    if (is_file)
        return file_read(query->file, SIZE_MAX, "the SQL from", out, error);
    if (query->file || !query->text)
        return file_read_stream(stdin, SIZE_MAX, "the SQL from", "the standard input", out, error);
    return query_questions_append_text(lake, query, questions, query->text, out, error);
}

/* ---- Running --------------------------------------------------------------------------------- */

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

static enum status ask(struct query_settings *query, struct query_lake_open *lake,
                       const struct query_questions *questions, struct error *error)
{
    CLEANUP(buffer_release) struct buffer sql = {0};
    if (wants_shell(query))
        return query_shell_run(query, lake, questions, error);
    TRY(append_sql(query, lake, questions, &sql, error));
    return run_all(query, lake, buffer_str(&sql), error);
}

/* --list and --show-sql need no lake: without one they are about the built-in model. */
static bool needs_lake(const struct query_settings *query)
{
    return (!query->list && !query->show_sql) || query->stores.lake;
}

/* Where no lake is given, a word that is no question either is one that was misspelled. */
static enum status explain_word(const struct query_settings *query, struct error *error)
{
    CLEANUP(query_questions_release) struct query_questions questions = {0};
    const struct stores_settings *stores = &query->stores;
    if (!query->text || strpbrk(query->text, " \t\n(") || stores->lake || stores->output ||
        stores->bucket)
        return error->status;
    struct error ignored;
    if (query_questions_read(model_builtin(), query->queries, &questions, &ignored) != STATUS_OK ||
        query_question_find(&questions, str_of(query->text)))
        return error->status;
    return query_questions_unknown(&questions, query->text, error);
}

static enum status open_lake(struct query_settings *query, struct query_lake_open *out,
                             struct error *error)
{
    bool is_shell = !query->list && !query->show_sql && wants_shell(query);
    if (query_lake_resolve(query, error) != STATUS_OK)
        return explain_word(query, error);
    return query_lake_open(out, query, is_shell ? query_shell_stop_flag() : signals_stop_flag(),
                           error);
}

static enum status answer(struct query_settings *query, struct error *error)
{
    CLEANUP(query_questions_release) struct query_questions questions = {0};
    CLEANUP(query_lake_close) struct query_lake_open lake = {0};
    if (needs_lake(query))
        TRY(open_lake(query, &lake, error));
    TRY(query_questions_read(lake.store ? lake.snapshot.model : model_builtin(), query->queries,
                             &questions, error));
    if (query->list)
        (query->common.json ? print_document : print_lines)(&questions);
    else if (query->show_sql)
        TRY(print_sql(query, &questions, error));
    else
        TRY(ask(query, &lake, &questions, error));
    return STATUS_OK;
}

enum status cli_run_query(void *settings, struct error *error)
{
    struct query_settings *query = settings;
    TRY(query_settings_resolve(query, error));
    TRY(check_combination(query, error));
    if (!query->list && !query->show_sql)
        TRY(query_settings_check(query, error));
    TRY(answer(query, error));
    query->common.json = false; /* the rows are the document */
    return STATUS_OK;
}
