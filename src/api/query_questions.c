#include <query_questions.h>

#include <document.h>

#include <suggestion.h>

void query_questions_append(const struct query_settings *query,
                            const struct query_question *question, struct buffer *out)
{
    bool is_given = query->limit != UINT64_MAX;
    query_question_append(question, is_given ? query->limit : question->limit, out);
}

enum status query_questions_unknown(const struct query_questions *questions, const char *name,
                                    struct error *error)
{
    struct suggestion suggestion;
    suggestion_init(&suggestion, name);
    for (size_t i = 0; i < questions->count; i++)
        suggestion_consider(&suggestion, questions->all[i].name.data);
    error_set(error, STATUS_USAGE, "there is no question '%s'", name);
    if (suggestion_hint(&suggestion, "", error))
        return STATUS_USAGE;
    if (questions->count == 0)
        return error_hint(error,
                          "the model has none: a file NAME.sql in the folder questions beside "
                          "it is one; SQL must be in quotation marks");
    return error_hint(error,
                      "'sparkify query LAKE --list' lists them; SQL must be in quotation marks");
}

enum status query_questions_check(const struct query_lake_open *lake,
                                  const struct query_settings *query,
                                  const struct query_question *question, struct error *error)
{
    if (!question->is_of_model)
        return STATUS_OK;
    if (query->engine == ENGINE_SPARK) {
        error_set(error, STATUS_USAGE,
                  "the question '%.*s' comes with the lake: on Spark its SQL cannot be checked",
                  STR_ARG(question->name));
        return error_hint(error, "--show-sql prints it; --file runs a file of SQL that you trust");
    }
    if (query_guard(lake->session, lake->snapshot.model, question->sql, error) == STATUS_OK)
        return STATUS_OK;
    return error_wrap(error, "the question '%.*s', which comes with the lake",
                      STR_ARG(question->name));
}

enum status query_questions_append_text(const struct query_lake_open *lake,
                                        const struct query_settings *query,
                                        const struct query_questions *questions, const char *text,
                                        struct buffer *out, struct error *error)
{
    const struct query_question *question = query_question_find(questions, str_of(text));
    if (question) {
        TRY(query_questions_check(lake, query, question, error));
        query_questions_append(query, question, out);
    } else if (!strpbrk(text, " \t\n(")) {
        return query_questions_unknown(questions, text, error);
    } else {
        buffer_append_str(out, str_of(text));
    }
    return STATUS_OK;
}

json_t *query_questions_json(const struct query_questions *questions, bool with_sql)
{
    json_t *list = json_array();
    for (size_t i = 0; i < questions->count; i++) {
        const struct query_question *question = &questions->all[i];
        json_t *limit = question->limit ? document_count(question->limit) : json_null();
        json_t *summary = question->summary.len ? query_json_text(question->summary) : json_null();
        json_t *made = json_pack("{so so so}", "name", query_json_text(question->name), "summary",
                                 summary, "limit", limit);
        if (with_sql)
            json_object_set_new(made, "sql", query_json_text(question->sql));
        json_array_append_new(list, made);
    }
    return list;
}
