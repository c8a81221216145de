/* Values as they stand in the JSON, converted to integers: whole numbers, booleans, dates, decimals
 * and times (docs/semantics.md, Types of fields). */
#include "field_value.h"

#include <calendar.h>
#include <model_record.h>

#define MAX_SECONDS    (MODEL_MAX_TS / 1000)
#define MAX_MICROS     (MODEL_MAX_TS * 1000 + 999)
#define US_PER_SECOND  INT64_C(1000000)
#define MAX_DIGITS     18 /* of a decimal */
#define MAX_EXPONENT   (1 << 28)
#define MAX_ZONE_HOURS 18

/* ---- Ranges ---------------------------------------------------------------------------------- */

int64_t field_least(const struct model_field *field)
{
    return field->type == MODEL_INT32 ? INT32_MIN : field->type == MODEL_TIMESTAMP ? 0 : INT64_MIN;
}

int64_t field_greatest(const struct model_field *field)
{
    static const int64_t times[] = {[TIME_MILLISECONDS] = MODEL_MAX_TS,
                                    [TIME_SECONDS] = MAX_SECONDS,
                                    [TIME_MICROSECONDS] = MAX_MICROS,
                                    [TIME_ISO_8601] = MAX_MICROS};
    if (field->type == MODEL_TIMESTAMP)
        return times[field->time_form];
    return field->type == MODEL_INT32 ? INT32_MAX : INT64_MAX;
}

const char *field_range(const struct model_field *field, char out[static FIELD_RANGE_TEXT])
{
    static const char *const times[] = {
        [TIME_MILLISECONDS] = "a time in the years 1970 to 9999, in milliseconds",
        [TIME_SECONDS] = "a time in the years 1970 to 9999, in seconds",
        [TIME_MICROSECONDS] = "a time in the years 1970 to 9999, in microseconds",
        [TIME_ISO_8601] = "a time in the years 1970 to 9999"};
    switch (field->type) {
    case MODEL_TIMESTAMP:
        return times[field->time_form];
    case MODEL_INT32:
        return "in the range of a 32-bit integer";
    case MODEL_DOUBLE:
        return "in the range of a double";
    case MODEL_DECIMAL:
        snprintf(out, FIELD_RANGE_TEXT, "in the range of decimal(%d,%d)", field->precision,
                 field->scale);
        return out;
    default:
        return "in the range of a 64-bit integer";
    }
}

/* ---- Texts ----------------------------------------------------------------------------------- */

/* A text that is consumed from its beginning. */
struct text {
    const char *at, *end;
};

static bool is_digit(char c)
{
    return (unsigned)(c - '0') < 10;
}

static bool consume(struct text *text, char c)
{
    bool is_there = text->at < text->end && *text->at == c;
    text->at += is_there;
    return is_there;
}

/* A number of two digits; 100 or more: it is none. */
static unsigned two_digits(const char *at)
{
    unsigned tens = (unsigned)(at[0] - '0'), ones = (unsigned)(at[1] - '0');
    return tens < 10 && ones < 10 ? tens * 10 + ones : 100;
}

static bool consume_number(struct text *text, int32_t *out)
{
    if (text->end - text->at < 2 || two_digits(text->at) > 99)
        return false;
    *out = (int32_t)two_digits(text->at);
    text->at += 2;
    return true;
}

static bool consume_date(struct text *text, int64_t *days)
{
    const size_t len = strlen("2018-11-30");
    if ((size_t)(text->end - text->at) < len || !calendar_parse((struct str){text->at, len}, days))
        return false;
    text->at += len;
    return true;
}

/* ---- Dates and times ------------------------------------------------------------------------- */

static enum field_fit parse_date(struct text text, int64_t *out)
{
    return consume_date(&text, out) && text.at == text.end ? FIELD_FITS : FIELD_WRONG_TYPE;
}

/* The digits behind a second's point, 1 to 9, cut to microseconds. */
static bool consume_fraction(struct text *text, int64_t *micros)
{
    int count = 0;
    for (; text->at < text->end && is_digit(*text->at); text->at++, count++)
        if (count < 6)
            *micros = *micros * 10 + (*text->at - '0');
    for (int i = count; i < 6; i++)
        *micros *= 10;
    return count >= 1 && count <= 9;
}

/* Hours and minutes, and perhaps seconds; in microseconds. */
static bool consume_time_of_day(struct text *text, int64_t *out)
{
    int32_t hour, minute, second = 0;
    int64_t micros = 0;
    if (!consume_number(text, &hour) || !consume(text, ':') || !consume_number(text, &minute) ||
        hour > 23 || minute > 59)
        return false;
    if (consume(text, ':')) {
        if (!consume_number(text, &second) || second > 59)
            return false;
        if (consume(text, '.') && !consume_fraction(text, &micros))
            return false;
    }
    *out = ((hour * 60 + minute) * 60 + second) * US_PER_SECOND + micros;
    return true;
}

/* "Z", "+01:00" or "+0100"; in minutes. */
static bool consume_zone(struct text *text, int32_t *out)
{
    int32_t hours, minutes;
    *out = 0;
    if (consume(text, 'Z'))
        return true;
    bool is_east = consume(text, '+');
    if (!is_east && !consume(text, '-'))
        return false;
    if (!consume_number(text, &hours))
        return false;
    consume(text, ':');
    if (!consume_number(text, &minutes) || minutes > 59 ||
        hours * 60 + minutes > MAX_ZONE_HOURS * 60)
        return false;
    *out = is_east ? hours * 60 + minutes : -(hours * 60 + minutes);
    return true;
}

/* "2018-11-30T12:00:00Z", as nearly all times are written. False: it may be one of another form, or
 * none, or a last day of February. */
static bool parse_usual_time(struct text text, int64_t *out)
{
    static const unsigned char month_days[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const char *at = text.at;
    if (text.end - at != sizeof "2018-11-30T12:00:00Z" - 1 || at[4] != '-' || at[7] != '-' ||
        at[10] != 'T' || at[13] != ':' || at[16] != ':' || at[19] != 'Z')
        return false;
    unsigned century = two_digits(at), year = two_digits(at + 2), month = two_digits(at + 5);
    unsigned day = two_digits(at + 8), hour = two_digits(at + 11), minute = two_digits(at + 14);
    unsigned second = two_digits(at + 17);
    if (century > 99 || year > 99 || century * 100 + year < 1970 || month - 1 > 11 ||
        day - 1 >= month_days[month] || hour > 23 || minute > 59 || second > 59)
        return false;
    int64_t days =
        calendar_days_of_date((int32_t)(century * 100 + year), (int32_t)month, (int32_t)day);
    *out = (days * 86400 + (int64_t)((hour * 60 + minute) * 60 + second)) * US_PER_SECOND;
    return true;
}

static enum field_fit parse_time(struct text text, int64_t *out)
{
    if (parse_usual_time(text, out))
        return FIELD_FITS;
    int64_t days, time_of_day;
    int32_t zone;
    if (!consume_date(&text, &days) || (!consume(&text, 'T') && !consume(&text, ' ')) ||
        !consume_time_of_day(&text, &time_of_day) || !consume_zone(&text, &zone) ||
        text.at < text.end)
        return FIELD_WRONG_TYPE;
    *out = days * MS_PER_DAY * 1000 + time_of_day - zone * 60 * US_PER_SECOND;
    return *out >= 0 && *out <= MAX_MICROS ? FIELD_FITS : FIELD_OUT_OF_RANGE;
}

/* ---- Decimals -------------------------------------------------------------------------------- */

/* A number: mantissa × 10^exponent, where the mantissa does not end in 0. With more than MAX_DIGITS
 * digits the mantissa is not kept. */
struct number {
    uint64_t mantissa;
    int64_t digits, exponent;
    int64_t zeros; /* read, and not in the mantissa yet */
};

static void add_digit(struct number *number, int digit)
{
    if (digit == 0) {
        number->zeros += number->digits > 0;
        return;
    }
    number->digits += number->zeros + 1;
    for (; number->digits <= MAX_DIGITS && number->zeros > 0; number->zeros--)
        number->mantissa *= 10;
    number->zeros = 0;
    if (number->digits <= MAX_DIGITS)
        number->mantissa = number->mantissa * 10 + (uint64_t)digit;
}

/* Returns how many there are. */
static size_t consume_digits(struct text *text, struct number *number)
{
    const char *begin = text->at;
    for (; text->at < text->end && is_digit(*text->at); text->at++)
        add_digit(number, *text->at - '0');
    return (size_t)(text->at - begin);
}

static bool consume_exponent(struct text *text, int64_t *out)
{
    if (!consume(text, 'e') && !consume(text, 'E'))
        return true;
    bool is_negative = consume(text, '-');
    if (!is_negative)
        consume(text, '+');
    const char *begin = text->at;
    int64_t exponent = 0;
    for (; text->at < text->end && is_digit(*text->at); text->at++)
        exponent = exponent < MAX_EXPONENT ? exponent * 10 + (*text->at - '0') : exponent;
    *out += is_negative ? -exponent : exponent;
    return text->at > begin;
}

/* RFC 8259, section 6. */
static bool parse_number(struct text *text, struct number *number)
{
    const char *begin = text->at;
    size_t whole = consume_digits(text, number), fraction = 0;
    if (whole == 0 || (*begin == '0' && whole > 1))
        return false;
    if (consume(text, '.') && (fraction = consume_digits(text, number)) == 0)
        return false;
    number->exponent = number->zeros - (int64_t)fraction;
    return consume_exponent(text, &number->exponent) && text->at == text->end;
}

/* The exact value, times ten to the power of the scale. */
static enum field_fit parse_decimal(const struct model_field *field, struct text text, int64_t *out)
{
    struct number number = {0};
    bool is_negative = consume(&text, '-');
    if (!parse_number(&text, &number))
        return FIELD_WRONG_TYPE;
    *out = 0;
    if (number.digits == 0)
        return FIELD_FITS;
    if (number.digits + number.exponent > field->precision - field->scale)
        return FIELD_OUT_OF_RANGE;
    if (number.exponent < -field->scale)
        return FIELD_TOO_PRECISE;
    int64_t value = (int64_t)number.mantissa;
    for (int64_t i = -field->scale; i < number.exponent; i++)
        value *= 10;
    *out = is_negative ? -value : value;
    return FIELD_FITS;
}

/* ---- Fields ---------------------------------------------------------------------------------- */

static enum field_fit parse_text(const struct model_field *field, struct str value, int64_t *out)
{
    struct text text = {value.data, value.data + value.len};
    if (field->type == MODEL_DECIMAL)
        return parse_decimal(field, text, out);
    return field->type == MODEL_DATE ? parse_date(text, out) : parse_time(text, out);
}

/* Only the reason for a reject needs it, and in pass_integers json_int64 shall be inlined: 0.7 % of
 * a run's instructions. */
static __attribute__((cold, noinline)) enum field_fit
whole_number(const struct model_field *field, const struct json_value *value, int64_t *out)
{
    switch (json_int64(value, out)) {
    case JSON_WRONG_TYPE:
        return FIELD_WRONG_TYPE;
    case JSON_OUT_OF_RANGE:
        return FIELD_OUT_OF_RANGE;
    case JSON_FITS:
        break;
    }
    bool fits = *out >= field_least(field) && *out <= field_greatest(field);
    return fits ? FIELD_FITS : FIELD_OUT_OF_RANGE;
}

bool field_is_text(const struct model_field *field)
{
    return field->type == MODEL_DATE || field->type == MODEL_DECIMAL ||
           (field->type == MODEL_TIMESTAMP && field->time_form == TIME_ISO_8601);
}

bool field_is_integer(const struct model_field *field)
{
    return field->type == MODEL_INT32 || field->type == MODEL_INT64 ||
           (field->type == MODEL_TIMESTAMP && field->time_form != TIME_ISO_8601);
}

enum field_fit field_integer(const struct model_field *field, const struct json_value *value,
                             int64_t *out)
{
    if (field->type == MODEL_BOOL) {
        *out = value->kind == JSON_KIND_TRUE;
        return *out || value->kind == JSON_KIND_FALSE ? FIELD_FITS : FIELD_WRONG_TYPE;
    }
    if (!field_is_text(field))
        return whole_number(field, value, out);
    bool is_number = value->kind == JSON_KIND_NUMBER && field->type == MODEL_DECIMAL;
    if (value->kind != JSON_KIND_STRING && !is_number)
        return FIELD_WRONG_TYPE;
    if (!value->escaped)
        return parse_text(field, (struct str){value->text, value->len}, out);
    CLEANUP(buffer_release) struct buffer scratch = {0};
    return parse_text(field, json_text(value, &scratch), out);
}

bool model_text_fits(const struct model_field *field, struct str text)
{
    int64_t value;
    return parse_text(field, text, &value) == FIELD_FITS;
}

const char *model_field_expected(const struct model_field *field)
{
    switch (field->type) {
    case MODEL_STRING:
        return "a string";
    case MODEL_DOUBLE:
        return "a number";
    case MODEL_BOOL:
        return "a boolean";
    case MODEL_DATE:
        return "a date";
    case MODEL_DECIMAL:
        return "a decimal number";
    case MODEL_JSON:
        return "any value";
    case MODEL_TIMESTAMP:
        if (field->time_form == TIME_ISO_8601)
            return "a time in ISO 8601 with its offset";
        break;
    default:
        break;
    }
    return "an integer";
}

/* ---- JSON values as text --------------------------------------------------------------------- */

/* The end of the string that begins at `at`; the text is well-formed. */
static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++)
        at += *at == '\\';
    return at + 1;
}

/* The next white space outside of strings; `end` where there is none. */
static const char *find_space(const char *at, const char *end)
{
    while (at < end && !json_is_space(*at))
        at = *at == '"' ? skip_string(at) : at + 1;
    return at;
}

struct str model_json_text(const struct json_value *value, struct buffer *scratch)
{
    if (value->kind <= JSON_KIND_NULL)
        return STR_NULL;
    if (value->kind == JSON_KIND_STRING) /* with its quotes */
        return (struct str){value->text - 1, (size_t)value->len + 2};
    const char *at = value->text, *end = at + value->len;
    const char *space = value->spaced ? find_space(at, end) : end;
    if (space == end)
        return (struct str){value->text, value->len};
    buffer_reset(scratch);
    while (at < end) {
        buffer_append(scratch, at, (size_t)(space - at));
        at = json_skip_space(space, end, JSON_DOCUMENT);
        space = find_space(at, end);
    }
    return buffer_str(scratch);
}
