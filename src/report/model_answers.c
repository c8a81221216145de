#include "model_answers.h"

#define CHART_ROWS 1000 /* at most, where the chart sets no limit */

json_t *report_model_json(const struct model *model, const struct model_sections *sections)
{
    static const char *const kinds[] = {[ROWS_WINNERS] = "dimension",
                                        [ROWS_FACTS] = "facts",
                                        [ROWS_CALENDAR] = "calendar",
                                        [ROWS_RECORDS] = "state",
                                        [ROWS_OBJECTS] = "state"};
    json_t *tables = json_array(), *shown = json_array();
    for (size_t i = 0; i < model->table_count; i++)
        json_array_append_new(tables, json_pack("{ss ss}", "name", model->tables[i].name, "kind",
                                                kinds[model->tables[i].rows]));
    for (size_t i = 0; i < sections->count; i++)
        json_array_append_new(shown, json_pack("{so ss so}", "answer",
                                               query_json_text(sections->all[i].name), "kind",
                                               sections->all[i].kind, "about",
                                               query_json_text(sections->all[i].about)));
    return json_pack("{so so so}", "name", query_json_text(str_of(model->name)), "tables", tables,
                     "sections", shown);
}

/* ---- The answers ----------------------------------------------------------------------------- */

/* In place of a chart whose SQL is wrong: the others are shown still. */
static void append_fault(const struct report_answer *answer, const char *message,
                         struct buffer *out)
{
    CLEANUP(buffer_release) struct buffer summary = {0};
    buffer_appendf(&summary, "Not shown: %s", message);
    report_append_head(answer->name, buffer_str(&summary), answer->sql, out);
    buffer_append_str(out, STR(",\"columns\":[],\"rows\":[]}"));
}

/* `question`: one of the model's own, so that anything may stand in it. */
static enum status append_chart(struct query_session *session, const struct query_lake *lake,
                                const char *name, const struct query_question *question,
                                struct buffer *out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer sql = {0};
    size_t before = out->len;
    query_question_append(question, question->limit ? question->limit : CHART_ROWS, &sql);
    struct report_answer answer = {name, question->summary, buffer_str(&sql)};
    enum status status = query_guard(session, lake->snapshot->model, answer.sql, error);
    if (status == STATUS_OK)
        status = report_append_answer(session, &answer, lake, out, error);
    if (status != STATUS_FAILED)
        return status;
    out->len = before;
    append_fault(&answer, error->message, out);
    *error = (struct error){0};
    return STATUS_OK;
}

static enum status append_answer(struct query_session *session, const struct query_lake *lake,
                                 const struct model_section *section, struct buffer *out,
                                 struct error *error)
{
    struct query_question question = query_question_of(section->name, section->sql);
    CLEANUP(buffer_release) struct buffer name = {0};
    buffer_append_str(&name, section->name);
    if (text_equal(section->kind, "chart"))
        return append_chart(session, lake, buffer_text(&name), &question, out, error);
    struct report_answer answer = {buffer_text(&name), question.summary, section->sql};
    return report_append_answer(session, &answer, lake, out, error);
}

enum status report_append_model_sections(struct query_session *session,
                                         const struct query_lake *lake,
                                         const struct model_sections *sections, struct buffer *out,
                                         struct error *error)
{
    query_forget_tables(session);
    for (size_t i = 0; i < sections->count; i++) {
        buffer_append_str(out, i ? STR(",\n") : STR(""));
        TRY(append_answer(session, lake, &sections->all[i], out, error));
    }
    return STATUS_OK;
}
