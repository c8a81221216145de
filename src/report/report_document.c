/* Builds the document, and the page with it. */
#include <report.h>

#include "lake_sections.h"
#include "model_answers.h"
#include "sections.h"

#include <calendar.h>
#include <web.h>

#define US_PER_DAY (MS_PER_DAY * 1000)

/* ---- Periods --------------------------------------------------------------------------------- */

static int64_t day_of(int64_t us)
{
    return us / US_PER_DAY - (us % US_PER_DAY < 0);
}

/* The longest of 28, 7 and 1 days that fits twice into the plays' range; the whole range where none
 * does. */
static int64_t usual_days(int64_t days)
{
    static const int64_t usual[] = {28, 7, 1};
    for (size_t i = 0; i < ARRAY_LENGTH(usual); i++)
        if (days >= 2 * usual[i])
            return usual[i];
    return days;
}

/* The period of the key numbers, and the one of equal length before it: the days that were asked
 * for, else the last four weeks, or fewer days where there are not eight weeks. Returns how many of
 * the two have plays. */
static size_t choose_periods(const struct query_lake *lake, const struct report_totals *totals,
                             struct report_period out[REPORT_PERIODS])
{
    if (totals->rows == 0)
        return 0;
    bool has_from = lake->from_us != QUERY_NO_FROM;
    int64_t last_day = day_of(totals->last_us) + 1, to_us = last_day * US_PER_DAY;
    int64_t days = usual_days(last_day - day_of(totals->first_us));
    if (has_from && lake->to_us != QUERY_NO_TO)
        to_us = lake->to_us;
    out[0] = (struct report_period){has_from ? lake->from_us : to_us - days * US_PER_DAY, to_us};
    out[1] = (struct report_period){2 * out[0].from_us - to_us, out[0].from_us};
    int64_t earliest_us = has_from ? 0 : day_of(totals->first_us) * US_PER_DAY;
    return out[1].from_us >= earliest_us ? 2 : 1;
}

/* ---- The head -------------------------------------------------------------------------------- */

static json_t *day_json(int64_t us)
{
    struct calendar_date date = calendar_date_of_days(day_of(us));
    return json_sprintf("%04d-%02d-%02d", date.year, date.month, date.day);
}

static json_t *instant_json(const struct report_totals *totals, int64_t us)
{
    return totals->has_times ? report_instant_json(us / 1000) : json_null();
}

static json_t *periods_json(const struct report_period *periods, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{so so}", "from", day_json(periods[i].from_us), "to",
                                              day_json(periods[i].to_us)));
    return list;
}

static json_t *head_json(const struct query_lake *lake)
{
    bool has_from = lake->from_us != QUERY_NO_FROM, has_to = lake->to_us != QUERY_NO_TO;
    return json_pack("{si so sI sI so so}", "format", REPORT_FORMAT, "lake",
                     query_json_text(str_of(store_address(lake->store))), "lake_version",
                     (json_int_t)lake->snapshot->version, "newest_version",
                     (json_int_t)lake->snapshot->newest, "from",
                     has_from ? day_json(lake->from_us) : json_null(), "to",
                     has_to ? day_json(lake->to_us) : json_null());
}

/* ---- The whole ------------------------------------------------------------------------------- */

static enum status append_state(const struct query_lake *lake, struct buffer *out,
                                struct error *error)
{
    CLEANUP(lake_history_release) struct lake_history history = {0};
    TRY(lake_history_read(lake->store, &history, error));
    report_append_versions(&history, lake->snapshot, out);
    buffer_append_str(out, STR(",\n"));
    return report_append_rejects(lake->store, &history, lake->snapshot, out, error);
}

/* The charts of Sparkify's model. */
static enum status append_sparkify(struct query_session *session, const struct query_lake *lake,
                                   struct buffer *out, struct error *error)
{
    struct report_totals totals;
    struct report_period periods[REPORT_PERIODS];
    TRY(report_read_totals(session, lake, report_totals_sql(), &totals, error));
    size_t count = choose_periods(lake, &totals, periods);
    query_append_json(out,
                      json_pack("{so so sI sI so}", "first_play",
                                instant_json(&totals, totals.first_us), "last_play",
                                instant_json(&totals, totals.last_us), "plays",
                                (json_int_t)totals.rows, "users", (json_int_t)totals.users,
                                "periods", periods_json(periods, count)),
                      JSON_EMBED);
    buffer_append_str(out, STR(",\n\"answers\":{"));
    TRY(report_append_numbers(session, lake, periods, count, out, error));
    buffer_append_str(out, STR(",\n"));
    return report_append_sections(session, lake, out, error);
}

/* What can be shown of any model. */
static enum status append_any(struct query_session *session, const struct query_lake *lake,
                              const struct model *model, struct buffer *out, struct error *error)
{
    CLEANUP(model_sections_release) struct model_sections sections = {0};
    CLEANUP(buffer_release) struct buffer sql = {0};
    struct report_totals totals;
    model_sections_append_totals(model, &sql);
    TRY(report_read_totals(session, lake, buffer_str(&sql), &totals, error));
    model_sections_init(&sections, model);
    query_append_json(out,
                      json_pack("{so so sI so}", "first", instant_json(&totals, totals.first_us),
                                "last", instant_json(&totals, totals.last_us), "rows",
                                (json_int_t)totals.rows, "model",
                                report_model_json(model, &sections)),
                      JSON_EMBED);
    buffer_append_str(out, STR(",\n\"answers\":{"));
    return report_append_model_sections(session, lake, &sections, out, error);
}

enum status report_build(struct query_session *session, const struct query_lake *lake,
                         struct buffer *out, struct error *error)
{
    const struct model *model = lake->snapshot->model;
    buffer_append_char(out, '{');
    query_append_json(out, head_json(lake), JSON_EMBED);
    buffer_append_str(out, STR(",\n"));
    if (model_includes(model, model_builtin()))
        TRY(append_sparkify(session, lake, out, error));
    else
        TRY(append_any(session, lake, model, out, error));
    buffer_append_str(out, STR("},\n"));
    TRY(append_state(lake, out, error));
    buffer_append_str(out, STR("}\n"));
    return STATUS_OK;
}

/* In an HTML script element '<' may begin the end tag; in JSON it occurs in strings only. */
static void append_escaped(struct str document, struct buffer *out)
{
    for (const char *end; document.len;
         document.len -= (size_t)(end - document.data) + 1, document.data = end + 1) {
        end = memchr(document.data, '<', document.len);
        if (!end) {
            buffer_append_str(out, document);
            return;
        }
        buffer_append(out, document.data, (size_t)(end - document.data));
        buffer_append_str(out, STR("\\u003c"));
    }
}

enum status report_append_page(struct str document, struct buffer *out, struct error *error)
{
    static const struct str marker = STR("{{data}}");
    struct str page = web_asset("report.html");
    const char *found = page.len ? memmem(page.data, page.len, marker.data, marker.len) : NULL;
    if (!found) {
        error_set(error, STATUS_NOT_FOUND, "this program was built without its pages");
        return error_hint(error, "build it where there is npm, or from the release archive; "
                                 "--json gives the same answers as data");
    }
    const char *rest = found + marker.len;
    buffer_append(out, page.data, (size_t)(found - page.data));
    append_escaped(document, out);
    buffer_append(out, rest, (size_t)(page.data + page.len - rest));
    return STATUS_OK;
}
