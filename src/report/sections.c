/* A section is a query: a file of queries/report. Several sections share a WITH clause, which is
 * computed once into a temporary table of its name: this halves the time of the report. The SQL
 * that is shown has the clause. */
#include "sections.h"

#include <assert.h>
#include <json.h>
#include <report_texts.h>

/* In the order of execution; sections with one WITH clause are adjacent. */
static const struct section {
    const char *name;
    const char *part; /* may be NULL */
} sections[] = {
    {"days", "by_hour"},           {"weekly-users", "by_hour"},  {"monthly-users", "by_hour"},
    {"levels-by-week", "by_hour"}, {"hours", "by_hour"},         {"funnel", "by_hour"},
    {"retention", "by_hour"},      {"matched", "by_hour"},       {"states", "by_place"},
    {"locations", "by_place"},     {"devices", "by_place"},      {"top-songs", "by_song"},
    {"top-artists", "by_song"},    {"missing-songs", "by_song"}, {"nulls", NULL},
};
#define SECTION_COUNT (ARRAY_LENGTH(sections))

static struct query_question find_query(const char *name)
{
    size_t i = 0;
    while (strcmp(report_texts[i].name, name) != 0)
        i++;
    return query_question_of(str_of(name), str_of(report_texts[i].text));
}

static enum status run(struct query_session *session, const struct query_lake *lake, struct str sql,
                       struct query_result **out, struct error *error)
{
    TRY(query_use_tables(session, lake, sql, error));
    return query_run(session, sql, out, error);
}

/* ---- An answer as JSON ----------------------------------------------------------------------- */

/* Longer texts are cut, to bound the size of the page. */
#define MAX_TEXT_BYTES 1000

/* An answer being written: the rows of one result after another. */
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
    if (!answer->has_columns) {
        buffer_append_str(answer->out, STR(",\"columns\":["));
        query_append_json_columns(answer->out, columns, count);
        buffer_append_str(answer->out, STR("],\"rows\":["));
    }
    answer->has_columns = true;
    for (;;) {
        TRY(query_result_next(result, &batch, error));
        if (!batch)
            return STATUS_OK;
        for (size_t row = 0; row < batch->rows; row++) {
            buffer_append_str(answer->out, answer->has_rows ? STR(",\n") : STR("\n"));
            query_append_json_row(answer->out, columns, count, batch, row, MAX_TEXT_BYTES);
            answer->has_rows = true;
        }
    }
}

static enum status append_over(struct query_session *session, struct answer *answer,
                               const struct query_lake *lake, struct str sql, struct error *error)
{
    CLEANUP(query_result_drop) struct query_result *result = NULL;
    TRY(run(session, lake, sql, &result, error));
    return append_result(answer, result, error);
}

void report_append_head(const char *name, struct str summary, struct str sql, struct buffer *out)
{
    json_quote(out, str_of(name));
    query_append_json_text(out, ":{\"summary\":", summary);
    query_append_json_text(out, ",\"sql\":", sql);
}

static enum status say_where(const char *kind, const char *name, struct error *error)
{
    if (error->status == STATUS_INTERRUPTED) /* it does not matter where */
        return STATUS_INTERRUPTED;
    return error_wrap(error, "%s '%s' of the report", kind, name);
}

/* Appends the answer of a section over each of the lakes, which are periods of one lake. `shown`:
 * the SQL as a user can run it. */
static enum status append_answers(struct query_session *session, const struct report_answer *answer,
                                  struct str shown, const struct query_lake *lakes,
                                  size_t lake_count, struct buffer *out, struct error *error)
{
    struct answer rows = {.out = out};
    report_append_head(answer->name, answer->summary, shown, out);
    for (size_t i = 0; i < lake_count; i++) {
        if (lake_count > 1)
            query_forget_tables(session);
        if (append_over(session, &rows, &lakes[i], answer->sql, error) != STATUS_OK)
            return say_where("section", answer->name, error);
    }
    buffer_append_str(out, STR("]}"));
    return STATUS_OK;
}

enum status report_append_answer(struct query_session *session, const struct report_answer *answer,
                                 const struct query_lake *lake, struct buffer *out,
                                 struct error *error)
{
    return append_answers(session, answer, answer->sql, lake, 1, out, error);
}

static enum status append_section(struct query_session *session, const struct section *section,
                                  const struct query_lake *lakes, size_t lake_count,
                                  struct buffer *out, struct error *error)
{
    struct query_question question = find_query(section->name);
    CLEANUP(buffer_release) struct buffer sql = {0}, whole = {0};
    query_question_append(&question, question.limit, &sql);
    if (section->part) {
        buffer_appendf(&whole, "WITH %s AS (\n", section->part);
        buffer_append_str(&whole, find_query(section->part).sql);
        buffer_append_str(&whole, STR("\n)\n"));
    }
    buffer_append_str(&whole, buffer_str(&sql));
    struct report_answer answer = {section->name, question.summary, buffer_str(&sql)};
    return append_answers(session, &answer, buffer_str(&whole), lakes, lake_count, out, error);
}

static enum status make_part(struct query_session *session, const struct query_lake *lake,
                             const char *part, struct error *error)
{
    CLEANUP(buffer_release) struct buffer sql = {0};
    buffer_appendf(&sql, "CREATE OR REPLACE TEMP TABLE %s AS ", part);
    buffer_append_str(&sql, find_query(part).sql);
    TRY(query_use_tables(session, lake, buffer_str(&sql), error));
    if (query_execute(session, buffer_str(&sql), error) != STATUS_OK)
        return say_where("part", part, error);
    return STATUS_OK;
}

static enum status drop_part(struct query_session *session, const char *part, struct error *error)
{
    CLEANUP(buffer_release) struct buffer sql = {0};
    buffer_appendf(&sql, "DROP TABLE %s", part);
    return query_execute(session, buffer_str(&sql), error);
}

/* ---- The answers ----------------------------------------------------------------------------- */

enum status report_read_totals(struct query_session *session, const struct query_lake *lake,
                               struct str sql, struct report_totals *out, struct error *error)
{
    CLEANUP(query_result_drop) struct query_result *result = NULL;
    const struct query_batch *batch;
    query_forget_tables(session);
    TRY(run(session, lake, sql, &result, error));
    size_t count;
    (void)query_result_columns(result, &count);
    TRY(query_result_next(result, &batch, error));
    const struct query_vector *columns = batch->columns;
    bool has_times = !query_is_null(&columns[0], 0);
    *out = (struct report_totals){
        .has_times = has_times,
        .first_us = has_times ? columns[0].int64s[0] : 0,
        .last_us = has_times ? columns[1].int64s[0] : 0,
        .rows = columns[2].int64s[0],
        .users = count > 3 ? columns[3].int64s[0] : 0,
    };
    return STATUS_OK;
}

struct str report_totals_sql(void)
{
    return find_query("totals").sql;
}

enum status report_append_sections(struct query_session *session, const struct query_lake *lake,
                                   struct buffer *out, struct error *error)
{
    const char *part = NULL;
    query_forget_tables(session);
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        const char *wanted = sections[i].part;
        if (part && wanted != part)
            TRY(drop_part(session, part, error));
        if (wanted && wanted != part)
            TRY(make_part(session, lake, wanted, error));
        part = wanted;
        buffer_append_str(out, i ? STR(",\n") : STR(""));
        TRY(append_section(session, &sections[i], lake, 1, out, error));
    }
    return STATUS_OK;
}

enum status report_append_numbers(struct query_session *session, const struct query_lake *lake,
                                  const struct report_period *periods, size_t count,
                                  struct buffer *out, struct error *error)
{
    static const struct section numbers = {"numbers", NULL};
    struct query_lake lakes[REPORT_PERIODS] = {*lake, *lake};
    assert(count <= REPORT_PERIODS);
    for (size_t i = 0; i < count; i++) {
        lakes[i].from_us = periods[i].from_us;
        lakes[i].to_us = periods[i].to_us;
    }
    return append_section(session, &numbers, lakes, count ? count : 1, out, error);
}
