#include "query_list.h"

#include <query_questions.h>

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

enum status query_list_check(const struct query_settings *query, struct error *error)
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

/* ---- Printing -------------------------------------------------------------------------------- */

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
    json_dumpf(list, stdout, JSON_INDENT(2));
    putchar('\n');
}

void query_list_print(const struct query_settings *query, const struct query_questions *questions)
{
    if (query->common.json)
        print_document(questions);
    else
        print_lines(questions);
}

enum status query_list_show(const struct query_settings *query,
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
