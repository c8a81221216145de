/* Converts scanned numbers to integers and doubles.
 *
 * Most numbers have few digits: as an integer, these are below 2^53, so they are exact as a double,
 * as are the powers of ten up to 10^22. One IEEE 754 multiplication or division of two exact
 * doubles is correctly rounded, so the result has the same bits as that of strtod. All other
 * numbers are converted by strtod (Clinger, "How to Read Floating Point Numbers Accurately", 1990).
 */
#include <json.h>

#include <eight.h>
#include <float.h>
#include <math.h>

_Static_assert(FLT_EVAL_METHOD == 0, "doubles are computed as doubles");

#define EXACT_MANTISSA (UINT64_C(1) << DBL_MANT_DIG)
#define EXACT_POWER    22
#define MAX_DIGITS     19 /* of a number that always fits into 64 bits */

/* A number: mantissa × 10^exponent. */
struct decimal {
    uint64_t mantissa;
    int64_t exponent;
    size_t digits; /* as written, with leading zeros */
    bool negative;
    bool whole; /* neither fraction nor exponent */
};

/* The value of `count` digits, 0 to 8, the first in the lowest byte; the bytes after them are
 * ignored. Three steps combine neighbours: digits to pairs, pairs to fours, fours to the value. */
static inline uint64_t digits_value(uint64_t bytes, unsigned count)
{
    if (count == 0)
        return 0;
    uint64_t digits = (bytes << (64 - 8 * count)) & EIGHT(0x0F);
    uint64_t pairs = (digits * (10 * 0x100 + 1)) >> 8 & 0x00FF00FF00FF00FFu;
    uint64_t fours = (pairs * (100 * 0x10000 + 1)) >> 16 & 0x0000FFFF0000FFFFu;
    return (fours * (10000 * 0x100000000u + 1)) >> 32;
}

/* Adds the digits at `at` to *decimal and returns the position after them. Reads up to eight bytes
 * past the token, which JSON_PADDING allows. */
static inline const char *consume_digits(const char *at, struct decimal *decimal)
{
    static const uint32_t powers[] = {1,      10,      100,      1000,     10000,
                                      100000, 1000000, 10000000, 100000000};
    unsigned count;
    do {
        uint64_t bytes = eight_load(at);
        count = eight_before(eight_others(bytes));
        decimal->mantissa = decimal->mantissa * powers[count] + digits_value(bytes, count);
        decimal->digits += count;
        at += count;
    } while (count == 8);
    return at;
}

/* The exponent at [at, end), saturated where it is out of the range of any double. */
static int64_t parse_exponent(const char *at, const char *end)
{
    bool negative = *at == '-';
    int64_t exponent = 0;
    at += *at == '-' || *at == '+';
    for (; at < end; at++)
        exponent = exponent < INT32_MAX ? exponent * 10 + (*at - '0') : exponent;
    return negative ? -exponent : exponent;
}

/* With more than MAX_DIGITS digits, the mantissa may have overflowed. */
static struct decimal parse_decimal(const struct json_value *value)
{
    const char *at = value->text, *end = at + value->len;
    struct decimal decimal = {.negative = *at == '-', .whole = true};
    at = consume_digits(at + decimal.negative, &decimal);
    if (at < end && *at == '.') {
        const char *fraction = at + 1;
        at = consume_digits(fraction, &decimal);
        decimal.exponent = fraction - at;
        decimal.whole = false;
    }
    if (at < end) {
        decimal.exponent += parse_exponent(at + 1, end);
        decimal.whole = false;
    }
    return decimal;
}

/* Converts a token of one to sixteen digits and nothing else, as nearly all integers are: from its
 * first eight and its last eight bytes, which may overlap. False: the token is another one. */
static inline bool parse_short_integer(const struct json_value *value, int64_t *out)
{
    uint64_t first = eight_load(value->text);
    unsigned digits = eight_before(eight_others(first));
    if (digits >= value->len) {
        *out = (int64_t)digits_value(first, value->len);
        return true;
    }
    if (digits < 8 || value->len > 16)
        return false;
    uint64_t last = eight_load(value->text + value->len - 8);
    if (eight_others(last))
        return false;
    *out = (int64_t)(digits_value(first, value->len - 8) * 100000000 + digits_value(last, 8));
    return true;
}

enum json_fit json_int64(const struct json_value *value, int64_t *out)
{
    if (value->kind != JSON_KIND_NUMBER)
        return JSON_WRONG_TYPE;
    if (parse_short_integer(value, out))
        return JSON_FITS;
    struct decimal decimal = parse_decimal(value);
    if (!decimal.whole)
        return JSON_WRONG_TYPE;
    uint64_t limit = (uint64_t)INT64_MAX + decimal.negative;
    if (decimal.digits > MAX_DIGITS || decimal.mantissa > limit)
        return JSON_OUT_OF_RANGE;
    *out = (int64_t)(decimal.negative ? 0 - decimal.mantissa : decimal.mantissa);
    return JSON_FITS;
}

/* Converts a copy of the token, because parse_double needs a terminated string. */
static double parse_terminated(const struct json_value *value)
{
    char near[64], *copy = value->len < sizeof near ? near : mem_alloc((size_t)value->len + 1);
    memcpy(copy, value->text, value->len);
    copy[value->len] = '\0';
    double number = double_parse(copy, NULL);
    if (copy != near)
        mem_free(copy);
    return number;
}

static bool is_exact(const struct decimal *decimal)
{
    return decimal->digits <= MAX_DIGITS && decimal->mantissa <= EXACT_MANTISSA &&
           decimal->exponent >= -EXACT_POWER && decimal->exponent <= EXACT_POWER;
}

static double compute(const struct decimal *decimal)
{
    static const double powers[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    double mantissa = (double)decimal->mantissa;
    double size = decimal->exponent < 0 ? mantissa / powers[-decimal->exponent]
                                        : mantissa * powers[decimal->exponent];
    return decimal->negative ? -size : size;
}

/* Converts digits, a point and digits, at most eight of each, as nearly all doubles are: fifteen
 * digits are exact. False: the token is another one. */
static inline bool parse_short_double(const struct json_value *value, double *out)
{
    static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
    uint64_t first = eight_load(value->text);
    unsigned whole = eight_before(eight_others(first)), digits = value->len - whole - 1;
    if (whole == 0 || whole == 8 || value->text[whole] != '.' || digits > 8)
        return false;
    uint64_t last = eight_load(value->text + whole + 1);
    if (eight_before(eight_others(last)) < digits)
        return false;
    double mantissa = (double)digits_value(first, whole) * powers[digits];
    *out = (mantissa + (double)digits_value(last, digits)) / powers[digits];
    return true;
}

enum json_fit json_double(const struct json_value *value, double *out)
{
    if (value->kind != JSON_KIND_NUMBER)
        return JSON_WRONG_TYPE;
    if (parse_short_double(value, out))
        return JSON_FITS;
    struct decimal decimal = parse_decimal(value);
    double number = is_exact(&decimal) ? compute(&decimal) : parse_terminated(value);
    if (isinf(number))
        return JSON_OUT_OF_RANGE;
    *out = number;
    return JSON_FITS;
}

const char *json_kind_name(enum json_kind kind)
{
    static const char *const names[] = {
        [JSON_KIND_MISSING] = "nothing",  [JSON_KIND_NULL] = "null",
        [JSON_KIND_FALSE] = "a boolean",  [JSON_KIND_TRUE] = "a boolean",
        [JSON_KIND_NUMBER] = "a number",  [JSON_KIND_STRING] = "a string",
        [JSON_KIND_OBJECT] = "an object", [JSON_KIND_ARRAY] = "an array",
    };
    return names[kind];
}
