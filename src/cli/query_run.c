/* sparkify query: statements from the command line, a file, the standard input, or a shell. */
#include "command_line.h"
#include "query_list.h"
#include "query_output.h"
#include "query_shell.h"
#include "signals.h"

#include <query_lake.h>
#include <query_questions.h>
#include <unistd.h>

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
        query_list_print(query, &questions);
    else if (query->show_sql)
        TRY(query_list_show(query, &questions, error));
    else
        TRY(ask(query, &lake, &questions, error));
    return STATUS_OK;
}

enum status cli_run_query(void *settings, struct error *error)
{
    struct query_settings *query = settings;
    TRY(query_settings_resolve(query, error));
    TRY(query_list_check(query, error));
    if (!query->list && !query->show_sql)
        TRY(query_settings_check(query, error));
    TRY(answer(query, error));
    query->common.json = false; /* the rows are the document */
    return STATUS_OK;
}
