/* Builds the document, and the page with it. */
#include <report.h>

#include "lake_sections.h"
#include "model_answers.h"
#include "sections.h"

#include <calendar.h>
#include <json.h>
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

static void append_day(struct buffer *out, const char *name, int64_t us, bool is_given)
{
    struct calendar_date date = calendar_date_of_days(is_given ? day_of(us) : 0);
    buffer_appendf(out, "\"%s\":", name);
    if (is_given)
        buffer_appendf(out, "\"%04d-%02d-%02d\"", date.year, date.month, date.day);
    else
        buffer_append_str(out, STR("null"));
}

static void append_instant(struct buffer *out, const char *name, int64_t us, bool is_known)
{
    buffer_appendf(out, ",\"%s\":", name);
    buffer_append_str(out, is_known ? STR("\"") : STR("null"));
    if (is_known) {
        report_append_instant(out, us / 1000);
        buffer_append_char(out, '"');
    }
}

static void append_periods(const struct report_period *periods, size_t count, struct buffer *out)
{
    buffer_append_str(out, STR(",\"periods\":["));
    for (size_t i = 0; i < count; i++) {
        buffer_append_str(out, i ? STR(",{") : STR("{"));
        append_day(out, "from", periods[i].from_us, true);
        buffer_append_char(out, ',');
        append_day(out, "to", periods[i].to_us, true);
        buffer_append_char(out, '}');
    }
    buffer_append_char(out, ']');
}

static void append_head(const struct query_lake *lake, struct buffer *out)
{
    buffer_appendf(out, "{\"format\":%d", REPORT_FORMAT);
    query_append_json_text(out, ",\"lake\":", str_of(store_address(lake->store)));
    buffer_appendf(out, ",\"lake_version\":%lld,\"newest_version\":%lld,",
                   (long long)lake->snapshot->version, (long long)lake->snapshot->newest);
    append_day(out, "from", lake->from_us, lake->from_us != QUERY_NO_FROM);
    buffer_append_char(out, ',');
    append_day(out, "to", lake->to_us, lake->to_us != QUERY_NO_TO);
}

static void append_plays(const struct report_totals *totals, struct buffer *out)
{
    append_instant(out, "first_play", totals->first_us, totals->has_times);
    append_instant(out, "last_play", totals->last_us, totals->has_times);
    buffer_appendf(out, ",\"plays\":%lld,\"users\":%lld", (long long)totals->rows,
                   (long long)totals->users);
}

static void append_facts(const struct report_totals *totals, struct buffer *out)
{
    append_instant(out, "first", totals->first_us, totals->has_times);
    append_instant(out, "last", totals->last_us, totals->has_times);
    buffer_appendf(out, ",\"rows\":%lld", (long long)totals->rows);
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
    append_plays(&totals, out);
    append_periods(periods, count, out);
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
    append_facts(&totals, out);
    buffer_append_str(out, STR(",\n"));
    report_append_model(model, &sections, out);
    buffer_append_str(out, STR(",\n\"answers\":{"));
    return report_append_model_sections(session, lake, &sections, out, error);
}

enum status report_build(struct query_session *session, const struct query_lake *lake,
                         struct buffer *out, struct error *error)
{
    const struct model *model = lake->snapshot->model;
    append_head(lake, out);
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
