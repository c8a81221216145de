#include "model_answers.h"

#include <json.h>

#define CHART_ROWS 1000 /* at most, where the chart sets no limit */

static void append_table(const struct model_table *table, struct buffer *out)
{
    static const char *const kinds[] = {[ROWS_WINNERS] = "dimension",
                                        [ROWS_FACTS] = "facts",
                                        [ROWS_CALENDAR] = "calendar",
                                        [ROWS_RECORDS] = "state",
                                        [ROWS_OBJECTS] = "state"};
    buffer_append_str(out, STR("{\"name\":"));
    json_quote(out, str_of(table->name));
    buffer_appendf(out, ",\"kind\":\"%s\"}", kinds[table->rows]);
}

static void append_section(const struct model_section *section, struct buffer *out)
{
    buffer_append_str(out, STR("{\"answer\":"));
    json_quote(out, section->name);
    buffer_appendf(out, ",\"kind\":\"%s\",\"about\":", model_section_word(section->kind));
    json_quote(out, section->about);
    buffer_append_char(out, '}');
}

void report_append_model(const struct model *model, const struct model_sections *sections,
                         struct buffer *out)
{
    buffer_append_str(out, STR("\"model\":{\"name\":"));
    json_quote(out, str_of(model->name));
    buffer_append_str(out, STR(",\"tables\":["));
    for (size_t i = 0; i < model->table_count; i++) {
        buffer_append_str(out, i ? STR(",") : STR(""));
        append_table(&model->tables[i], out);
    }
    buffer_append_str(out, STR("],\n\"sections\":["));
    for (size_t i = 0; i < sections->count; i++) {
        buffer_append_str(out, i ? STR(",\n") : STR("\n"));
        append_section(&sections->all[i], out);
    }
    buffer_append_str(out, STR("]}"));
}

/* ---- The answers ----------------------------------------------------------------------------- */

static enum status append_answer(struct query_session *session, const struct query_lake *lake,
                                 const struct model_section *section, struct buffer *out,
                                 struct error *error)
{
    struct query_question question = query_question_of(section->name, section->sql);
    CLEANUP(buffer_release) struct buffer sql = {0}, name = {0};
    buffer_append_str(&name, section->name);
    if (section->kind == SECTION_CHART) {
        query_question_append(&question, question.limit ? question.limit : CHART_ROWS, &sql);
        if (query_guard(session, lake->snapshot->model, buffer_str(&sql), error) != STATUS_OK)
            return error_wrap(error, "section '%s' of the report", buffer_text(&name));
    } else {
        buffer_append_str(&sql, section->sql);
    }
    struct report_answer answer = {buffer_text(&name), question.summary, buffer_str(&sql)};
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
