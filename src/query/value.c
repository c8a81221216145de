/* Values as text, in the form common to all text formats. */
#include "value.h"

#include <calendar.h>
#include <math.h>

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY    (86400 * US_PER_SECOND)

/* Uses the fewest of 15, 16 or 17 digits that round-trip. */
void query_append_double(struct buffer *out, double value)
{
    char text[32];
    if (!isfinite(value)) {
        buffer_append_str(out, isnan(value) ? STR("nan") : value > 0 ? STR("inf") : STR("-inf"));
        return;
    }
    locale_t before = locale_use_c();
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (double_parse(text, NULL) == value)
            break;
    }
    locale_restore(before);
    buffer_append_str(out, str_of(text));
}

static void append_date(struct buffer *out, int64_t days)
{
    struct calendar_date date = calendar_date_of_days(days);
    buffer_appendf(out, "%04d-%02d-%02d", date.year, date.month, date.day);
}

/* Appends the fraction without trailing zeros. */
static void append_fraction(struct buffer *out, int64_t us)
{
    char digits[16];
    int len = snprintf(digits, sizeof digits, ".%06d", (int)us);
    while (digits[len - 1] == '0')
        len--;
    if (us)
        buffer_append(out, digits, (size_t)len);
}

/* DuckDB's infinite dates are the ends of the range; years must fit into int32. */
static bool is_infinite(int64_t value, int64_t unit)
{
    return value / unit > 700000000 || value / unit < -700000000;
}

static void append_infinite(struct buffer *out, int64_t value)
{
    buffer_append_str(out, value > 0 ? STR("infinity") : STR("-infinity"));
}

void query_append_timestamp(struct buffer *out, int64_t us, char between)
{
    int64_t days = us / US_PER_DAY - (us % US_PER_DAY < 0);
    int64_t rest = us - days * US_PER_DAY, seconds = rest / US_PER_SECOND;
    append_date(out, days);
    buffer_appendf(out, "%c%02d:%02d:%02d", between, (int)(seconds / 3600),
                   (int)(seconds / 60 % 60), (int)(seconds % 60));
    append_fraction(out, rest % US_PER_SECOND);
}

const char *query_type_word(enum query_type type)
{
    static const char *const words[] = {
        [QUERY_BOOL] = "bool",     [QUERY_INT64] = "integer", [QUERY_DOUBLE] = "double",
        [QUERY_NUMBER] = "number", [QUERY_DATE] = "date",     [QUERY_TIMESTAMP] = "timestamp",
        [QUERY_TEXT] = "text",     [QUERY_JSON] = "json",     [QUERY_BLOB] = "blob",
    };
    return words[type];
}

void query_append_value(struct buffer *out, enum query_type type, const struct query_vector *column,
                        size_t row)
{
    switch (type) {
    case QUERY_BOOL:
        buffer_append_str(out, column->int64s[row] ? STR("true") : STR("false"));
        break;
    case QUERY_INT64:
        buffer_appendf(out, "%lld", (long long)column->int64s[row]);
        break;
    case QUERY_DOUBLE:
        query_append_double(out, column->doubles[row]);
        break;
    case QUERY_DATE:
        if (is_infinite(column->int64s[row], 1))
            append_infinite(out, column->int64s[row]);
        else
            append_date(out, column->int64s[row]);
        break;
    case QUERY_TIMESTAMP:
        if (is_infinite(column->int64s[row], US_PER_DAY))
            append_infinite(out, column->int64s[row]);
        else
            query_append_timestamp(out, column->int64s[row], ' ');
        break;
    default:
        buffer_append_str(out, query_string(column, row));
    }
}
