/* A section is a query: a file of queries/report, or one of the questions. */
#include "answers.h"

#include "report_queries.h"

#include <assert.h>
#include <json.h>

/* In the order in which they are asked. */
static const char *const sections[] = {
    "days",      "weekly-users", "monthly-users", "levels-by-week", "hours",
    "funnel",    "retention",    "top-songs",     "top-artists",    "states",
    "locations", "devices",      "matched",       "missing-songs",  "nulls",
};
#define SECTION_COUNT (sizeof sections / sizeof sections[0])

enum status report_answers_open(struct report_answers *answers, struct query_session *session,
                                const struct query_lake *lake, struct error *error)
{
    *answers = (struct report_answers){.session = session, .lake = lake};
    return query_questions_read(NULL, &answers->questions, error);
}

void report_answers_close(struct report_answers *answers)
{
    query_questions_release(&answers->questions);
}

static struct query_question find_query(const struct report_answers *answers, const char *name)
{
    for (size_t i = 0; report_queries[i].name; i++)
        if (strcmp(report_queries[i].name, name) == 0)
            return query_question_of(str_of(name), str_of(report_queries[i].sql));
    return *query_question_find(&answers->questions, str_of(name));
}

static enum status run(const struct report_answers *answers, const struct query_lake *lake,
                       struct str sql, struct query_result **out, struct error *error)
{
    TRY(query_use_tables(answers->session, lake, sql, error));
    return query_run(answers->session, sql, out, error);
}

/* ---- An answer as JSON ------------------------------------------------------------------------
 */

static void append_columns(const struct query_column *columns, size_t count, struct buffer *out)
{
    buffer_append_str(out, STR(",\"columns\":["));
    for (size_t i = 0; i < count; i++) {
        buffer_append_str(out, i ? STR(",{\"name\":") : STR("{\"name\":"));
        json_quote(out, columns[i].name);
        buffer_appendf(out, ",\"type\":\"%s\"}", query_type_word(columns[i].type));
    }
    buffer_append_str(out, STR("],\"rows\":["));
}

#define MAX_TEXT_BYTES 1000

/* A longer text is cut, with "…": a few hostile titles must not make a page of many megabytes. */
static void append_value(const struct query_column *column, const struct query_vector *vector,
                         size_t row, struct buffer *out)
{
    struct str text = STR_NULL;
    if (column->type == QUERY_TEXT && !query_is_null(vector, row))
        text = query_string(vector, row);
    if (text.len <= MAX_TEXT_BYTES) {
        query_append_json(out, column, vector, row);
        return;
    }
    CLEANUP(buffer_release) struct buffer cut = {0};
    buffer_append(&cut, text.data, utf8_valid_prefix(text.data, MAX_TEXT_BYTES));
    buffer_append_str(&cut, STR("…"));
    json_quote(out, buffer_str(&cut));
}

static void append_row(const struct query_column *columns, size_t count,
                       const struct query_batch *batch, size_t row, struct buffer *out)
{
    buffer_append_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        buffer_append_str(out, i ? STR(",") : STR(""));
        append_value(&columns[i], &batch->columns[i], row, out);
    }
    buffer_append_char(out, ']');
}

/* An answer while it is written: the rows of one result after another. */
struct answer {
    struct buffer *out;
    bool has_columns, has_rows;
};

static enum status append_result(struct answer *answer, struct query_result *result,
                                 struct error *error)
{
    size_t count;
    const struct query_column *columns = query_result_columns(result, &count);
    const struct query_batch *batch;
    if (!answer->has_columns)
        append_columns(columns, count, answer->out);
    answer->has_columns = true;
    for (;;) {
        TRY(query_result_next(result, &batch, error));
        if (!batch)
            return STATUS_OK;
        for (size_t row = 0; row < batch->rows; row++) {
            buffer_append_str(answer->out, answer->has_rows ? STR(",\n") : STR("\n"));
            append_row(columns, count, batch, row, answer->out);
            answer->has_rows = true;
        }
    }
}

static enum status append_over(const struct report_answers *answers, struct answer *answer,
                               const struct query_lake *lake, struct str sql, struct error *error)
{
    struct query_result *result;
    TRY(run(answers, lake, sql, &result, error));
    enum status status = append_result(answer, result, error);
    query_result_free(result);
    return status;
}

/* The answer of a section over each of the lakes, which are one lake at other times. */
static enum status append_answer(const struct report_answers *answers, const char *name,
                                 const struct query_lake *lakes, size_t lake_count,
                                 struct buffer *out, struct error *error)
{
    struct query_question question = find_query(answers, name);
    struct answer answer = {.out = out};
    CLEANUP(buffer_release) struct buffer sql = {0};
    query_question_append(&question, question.limit, &sql);
    buffer_appendf(out, "\"%s\":{\"summary\":", name);
    json_quote(out, question.summary);
    buffer_append_str(out, STR(",\"sql\":"));
    json_quote(out, buffer_str(&sql));
    for (size_t i = 0; i < lake_count; i++) {
        if (lake_count > 1)
            query_forget_tables(answers->session);
        if (append_over(answers, &answer, &lakes[i], buffer_str(&sql), error) != STATUS_OK)
            return error_wrap(error, "section '%s' of the report", name);
    }
    buffer_append_str(out, STR("]}"));
    return STATUS_OK;
}

/* ---- The answers ------------------------------------------------------------------------------
 */

enum status report_answers_totals(struct report_answers *answers, struct report_totals *out,
                                  struct error *error)
{
    struct query_question question = find_query(answers, "totals");
    struct query_result *result;
    const struct query_batch *batch;
    query_forget_tables(answers->session);
    TRY(run(answers, answers->lake, question.sql, &result, error));
    enum status status = query_result_next(result, &batch, error);
    if (status == STATUS_OK) {
        const struct query_vector *columns = batch->columns;
        bool has_plays = !query_is_null(&columns[0], 0);
        *out = (struct report_totals){
            .first_us = has_plays ? columns[0].int64s[0] : 0,
            .last_us = has_plays ? columns[1].int64s[0] : 0,
            .plays = columns[2].int64s[0],
            .users = columns[3].int64s[0],
        };
    }
    query_result_free(result);
    return status;
}

enum status report_append_answers(struct report_answers *answers, struct buffer *out,
                                  struct error *error)
{
    query_forget_tables(answers->session);
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        buffer_append_str(out, i ? STR(",\n") : STR(""));
        TRY(append_answer(answers, sections[i], answers->lake, 1, out, error));
    }
    return STATUS_OK;
}

enum status report_append_numbers(struct report_answers *answers,
                                  const struct report_period *periods, size_t count,
                                  struct buffer *out, struct error *error)
{
    struct query_lake lakes[REPORT_PERIODS] = {*answers->lake, *answers->lake};
    assert(count <= REPORT_PERIODS);
    for (size_t i = 0; i < count; i++) {
        lakes[i].from_us = periods[i].from_us;
        lakes[i].to_us = periods[i].to_us;
    }
    return append_answer(answers, "numbers", lakes, count ? count : 1, out, error);
}
