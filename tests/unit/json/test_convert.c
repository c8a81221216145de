/* convert, escape: doubles compared with strtod bit for bit, integers at their limits, and texts
 * with escape sequences. */
#include "json_case.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const struct str names[] = {TEXT("v")};

/* The value of {"v":…}, which stays in `text`. */
static struct json_value scan_value(struct str token, struct text *text)
{
    CLEANUP(buffer_release) struct buffer record = {0};
    CLEANUP(scanner_release)
    struct json_scanner *scanner = json_scanner_new(names, 1, NULL, NULL);
    struct json_value value;
    struct json_fault fault;
    buffer_append_str(&record, STR("{\"v\":"));
    buffer_append_str(&record, token);
    buffer_append_char(&record, '}');
    *text = text_of(buffer_str(&record));
    if (!json_scan(scanner, text->at, text->end, JSON_LINE, &value, &fault))
        fail_msg("%.*s: %s", STR_ARG(token), fault.message);
    return value;
}

/* ---- Integers -------------------------------------------------------------------------------- */

static void test_int64(void **state)
{
    static const struct {
        const char *token;
        enum json_fit fit;
        int64_t value;
    } cases[] = {
        {"0", JSON_FITS, 0},
        {"-0", JSON_FITS, 0},
        {"7", JSON_FITS, 7},
        {"-7", JSON_FITS, -7},
        {"1234567", JSON_FITS, 1234567},
        {"12345678", JSON_FITS, 12345678},
        {"123456789", JSON_FITS, 123456789},
        {"1543537327796", JSON_FITS, 1543537327796},
        {"1234567890123456", JSON_FITS, 1234567890123456},
        {"12345678901234567", JSON_FITS, 12345678901234567},
        {"9007199254740993", JSON_FITS, 9007199254740993},
        {"9223372036854775807", JSON_FITS, INT64_MAX},
        {"-9223372036854775807", JSON_FITS, -INT64_MAX},
        {"-9223372036854775808", JSON_FITS, INT64_MIN},
        {"9223372036854775808", JSON_OUT_OF_RANGE, 0},
        {"-9223372036854775809", JSON_OUT_OF_RANGE, 0},
        {"9999999999999999999", JSON_OUT_OF_RANGE, 0},
        {"18446744073709551615", JSON_OUT_OF_RANGE, 0},
        {"18446744073709551616", JSON_OUT_OF_RANGE, 0}, /* 2^64 wraps to 0 */
        {"18446744073709551623", JSON_OUT_OF_RANGE, 0}, /* and this to 7 */
        {"340282366920938463463374607431768211457", JSON_OUT_OF_RANGE, 0},
        {"-100000000000000000000000000000000000000000", JSON_OUT_OF_RANGE, 0},
        {"1.0", JSON_WRONG_TYPE, 0},
        {"1e3", JSON_WRONG_TYPE, 0},
        {"0E0", JSON_WRONG_TYPE, 0},
        {"1540991795796.0", JSON_WRONG_TYPE, 0},
        {"99999999999999999999.5", JSON_WRONG_TYPE, 0},
        {"\"1\"", JSON_WRONG_TYPE, 0},
        {"null", JSON_WRONG_TYPE, 0},
        {"true", JSON_WRONG_TYPE, 0},
        {"{}", JSON_WRONG_TYPE, 0},
        {"[1]", JSON_WRONG_TYPE, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(text_release) struct text text = {0};
        struct json_value value = scan_value(str_of(cases[i].token), &text);
        int64_t got = 0;
        if (json_int64(&value, &got) != cases[i].fit || got != cases[i].value)
            fail_msg("%s: %" PRId64, cases[i].token, got);
    }
}

/* Numbers of every length, which are parsed in one piece or two, with a decimal point at each
 * position. */
static void test_integers_of_each_length(void **state)
{
    static const char digits[] = "987654321987654321";
    (void)state;
    for (size_t len = 1; len < sizeof digits; len++)
        for (size_t point = 1; point <= len; point++) {
            CLEANUP(text_release) struct text text = {0};
            CLEANUP(buffer_release) struct buffer token = {0};
            int64_t got = 0;
            buffer_append(&token, digits, len);
            if (point < len - 1)
                token.data[point] = '.';
            struct json_value value = scan_value(buffer_str(&token), &text);
            bool is_whole = point >= len - 1;
            if (json_int64(&value, &got) != (is_whole ? JSON_FITS : JSON_WRONG_TYPE) ||
                got != (is_whole ? strtoll(buffer_text(&token), NULL, 10) : 0))
                fail_msg("%s: %" PRId64, buffer_text(&token), got);
        }
}

static void test_missing_is_a_wrong_type(void **state)
{
    (void)state;
    struct json_value missing = {0};
    int64_t integer;
    double real;
    assert_int_equal(json_int64(&missing, &integer), JSON_WRONG_TYPE);
    assert_int_equal(json_double(&missing, &real), JSON_WRONG_TYPE);
}

/* ---- Doubles --------------------------------------------------------------------------------- */

static uint64_t bits_of(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* The tests run in the C locale, so the result must be that of strtod. */
static void check_double(const char *token)
{
    CLEANUP(text_release) struct text text = {0};
    struct json_value value = scan_value(str_of(token), &text);
    double expected = strtod(token, NULL), got = 0;
    bool infinite = expected - expected != 0;
    enum json_fit fit = json_double(&value, &got);
    if (fit != (infinite ? JSON_OUT_OF_RANGE : JSON_FITS))
        fail_msg("%s: fit %d", token, (int)fit);
    if (!infinite && bits_of(got) != bits_of(expected))
        fail_msg("%s: %a, not %a", token, got, expected);
}

static void test_doubles(void **state)
{
    static const char *const tokens[] = {
        "0",
        "-0",
        "0.0",
        "-0.0",
        "0e5",
        "-0e-999999999999999999999",
        "0e999999999999999999999",
        "1",
        "-1.5",
        "182.85669",
        "247.562",
        "35.14968",
        "-90.04892",
        "1540991795796.0",
        "0.1",
        "123456789012345678",
        "9007199254740991",
        "9007199254740992",
        "9007199254740993",
        "9007199254740993.0",
        "9007199254740995e0",
        "900719925474099.3e1",
        "9007199254740992e22",
        "9007199254740993e22",
        "1e22",
        "1e23",
        "1e-22",
        "1e-23",
        "8.5e22",
        "9007199254740991e-22",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "1e308",
        "1e309",
        "1e400",
        "-1e400",
        "1e2147483648",
        "1e-2147483649",
        "1e99999999999999999999999",
        "1e-99999999999999999999999",
        "2.2250738585072014e-308",
        "2.2250738585072011e-308",
        "5e-324",
        "2.4703282292062328e-324",
        "2.4703282292062327e-324",
        "1e-324",
        "0.000000000000000000000000000000000000000000000000000000000000000000000000000001",
        "100000000000000000000000000000000000000000000000000000000000000000000000000000000000",
        "12345678901234567890.12345678901234567890",
        "1234567890123456789",
        "12345678901234567890",
        "18446744073709551615",
        "18446744073709551616",
        "18446744073709551617e-5",
        "0.5000000000000000000000000000000000000000000000000000000000000000000000000000000000001",
        "1.00000000000000011102230246251565404236316680908203125",
        "1.00000000000000011102230246251565404236316680908203124",
        "1.00000000000000011102230246251565404236316680908203126",
        "0.00000012345678",
        "12345678.5",
        "123456789.5e-3",
        "1E+2",
        "1.25E-0005",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(tokens); i++)
        check_double(tokens[i]);
}

/* Digits on both sides of the point, in one piece of eight or more. */
static void test_doubles_of_each_length(void **state)
{
    static const char *const ends[] = {"", "e3", "E-2"};
    (void)state;
    for (int whole = 1; whole <= 10; whole++)
        for (int digits = 1; digits <= 10; digits++)
            for (size_t end = 0; end < COUNT(ends); end++) {
                char token[40];
                snprintf(token, sizeof token, "-%.*s.%.*s%s", whole, "9876543219", digits,
                         "1234567891", ends[end]);
                check_double(token);
                check_double(token + 1);
            }
}

/* 1 followed by many zeros, with a negative exponent: every digit counts. */
static void test_long_doubles(void **state)
{
    (void)state;
    for (unsigned zeros = 0; zeros < 900; zeros += 37) {
        CLEANUP(buffer_release) struct buffer token = {0};
        buffer_append_str(&token, STR("9007199254740993"));
        for (unsigned i = 0; i < zeros; i++)
            buffer_append_char(&token, '0');
        buffer_appendf(&token, "%se-%u", zeros % 2 ? ".0" : "1", zeros);
        check_double(buffer_text(&token));
    }
}

static void add_digits(struct buffer *token, uint64_t *random, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        buffer_append_char(token, (char)('0' + random_below(random, 10)));
}

static void test_random_doubles(void **state)
{
    (void)state;
    uint64_t random = 20181130;
    CLEANUP(buffer_release) struct buffer token = {0};
    for (int i = 0; i < 50000; i++) {
        buffer_reset(&token);
        if (random_below(&random, 2))
            buffer_append_char(&token, '-');
        buffer_append_char(&token, (char)('1' + random_below(&random, 9)));
        add_digits(&token, &random, random_below(&random, i % 4 ? 6 : 25));
        if (random_below(&random, 3)) {
            buffer_append_char(&token, '.');
            add_digits(&token, &random, 1 + random_below(&random, i % 4 ? 9 : 25));
        }
        if (random_below(&random, 3) == 0)
            buffer_appendf(&token, "e%d", (int)random_below(&random, 700) - 350);
        else if (random_below(&random, 3) == 0)
            buffer_appendf(&token, "E%+d", (int)random_below(&random, 60) - 30);
        check_double(buffer_text(&token));
    }
}

/* All finite doubles come back from their shortest and their longest forms. */
static void test_doubles_come_back(void **state)
{
    (void)state;
    uint64_t random = 1542241826796;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = random_next(&random);
        double number;
        char token[64];
        memcpy(&number, &bits, sizeof number);
        if (number - number != 0)
            continue;
        snprintf(token, sizeof token, "%.17g", number);
        check_double(token);
        snprintf(token, sizeof token, "%.5e", number);
        check_double(token);
    }
}

static void test_double_wrong_types(void **state)
{
    static const char *const tokens[] = {"\"1.5\"", "null", "false", "[]", "{}"};
    (void)state;
    for (size_t i = 0; i < COUNT(tokens); i++) {
        CLEANUP(text_release) struct text text = {0};
        struct json_value value = scan_value(str_of(tokens[i]), &text);
        double got;
        assert_int_equal(json_double(&value, &got), JSON_WRONG_TYPE);
    }
}

/* ---- Text ------------------------------------------------------------------------------------ */

static const struct {
    struct str token, text;
} texts[] = {
    {TEXT("\"\""), TEXT("")},
    {TEXT("\"plain\""), TEXT("plain")},
    {TEXT("\"caf\xC3\xA9\""), TEXT("caf\xC3\xA9")},
    {TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), TEXT("\"\\/\b\f\n\r\t")},
    {TEXT("\"\\u0000\\u0041\\u007f\\u0080\\u07ff\\u0800\\uFFFF\""),
     TEXT("\0A\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF")},
    {TEXT("\"\\ud800\\udc00\\uD83D\\uDE39\\udbff\\udfff\""),
     TEXT("\xF0\x90\x80\x80\xF0\x9F\x98\xB9\xF4\x8F\xBF\xBF")},
    {TEXT("\"\\\\u0041\""), TEXT("\\u0041")},
    {TEXT("\"Mozilla\\/5.0 (compatible; Trident\\/6.0)\""),
     TEXT("Mozilla/5.0 (compatible; Trident/6.0)")},
    {TEXT("\"1234567\\n\""), TEXT("1234567\n")},
    {TEXT("\"12345678\\n\""), TEXT("12345678\n")},
    {TEXT("\"\\n12345678\""), TEXT("\n12345678")},
    {TEXT("\"\\n123456789012345\\/\""), TEXT("\n123456789012345/")},
    {TEXT("39"), TEXT("39")},
    {TEXT("-1.50e+1"), TEXT("-1.50e+1")},
    {TEXT("true"), TEXT("true")},
    {TEXT("false"), TEXT("false")},
};

static void test_text(void **state)
{
    (void)state;
    CLEANUP(buffer_release) struct buffer scratch = {0};
    for (size_t i = 0; i < COUNT(texts); i++) {
        CLEANUP(text_release) struct text text = {0};
        struct json_value value = scan_value(texts[i].token, &text);
        struct str got = json_text(&value, &scratch);
        if (!str_equal(got, texts[i].text))
            fail_msg("%.*s: %.*s", STR_ARG(texts[i].token), STR_ARG(got));
        /* Borrowed from the input unless it was escaped. */
        assert_int_equal(value.escaped, got.data == scratch.data);
    }
}

static void test_text_of_nothing(void **state)
{
    (void)state;
    CLEANUP(buffer_release) struct buffer scratch = {0};
    CLEANUP(text_release) struct text text = {0};
    struct json_value null = scan_value(STR("null"), &text), missing = {0};
    assert_null(json_text(&null, &scratch).data);
    assert_null(json_text(&missing, &scratch).data);
}

static void test_quote(void **state)
{
    static const struct {
        struct str text, quoted;
    } cases[] = {
        {TEXT(""), TEXT("\"\"")},
        {TEXT("a/b"), TEXT("\"a/b\"")},
        {TEXT("say \"hi\"\\"), TEXT("\"say \\\"hi\\\"\\\\\"")},
        {TEXT("\b\f\n\r\t"), TEXT("\"\\b\\f\\n\\r\\t\"")},
        {TEXT("\0\x01\x1F\x7F"), TEXT("\"\\u0000\\u0001\\u001f\x7F\"")},
        {TEXT("\xC3\xA9\xF0\x9F\x98\xB9"), TEXT("\"\xC3\xA9\xF0\x9F\x98\xB9\"")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        buffer_append_str(&out, STR("before"));
        json_quote(&out, cases[i].text);
        struct str got = {out.data + 6, out.len - 6};
        if (!str_equal(got, cases[i].quoted))
            fail_msg("%.*s", STR_ARG(got));
    }
}

/* A quoted text is valid JSON, and is scanned as the original text. */
static void test_quote_comes_back(void **state)
{
    (void)state;
    uint64_t random = 42;
    CLEANUP(buffer_release) struct buffer scratch = {0};
    for (int i = 0; i < 3000; i++) {
        char bytes[80];
        struct str original = {bytes, random_below(&random, sizeof bytes)};
        for (size_t j = 0; j < original.len; j++)
            bytes[j] = (char)random_below(&random, 128);
        CLEANUP(buffer_release) struct buffer quoted = {0};
        json_quote(&quoted, original);
        CLEANUP(text_release) struct text text = {0};
        struct json_value value = scan_value(buffer_str(&quoted), &text);
        struct str got = json_text(&value, &scratch);
        assert_int_equal(got.len, original.len);
        assert_memory_equal(got.data, original.data, original.len);
    }
}

static void test_kind_names(void **state)
{
    (void)state;
    assert_string_equal(json_kind_name(JSON_KIND_STRING), "a string");
    assert_string_equal(json_kind_name(JSON_KIND_NULL), "null");
    assert_string_equal(json_kind_name(JSON_KIND_TRUE), json_kind_name(JSON_KIND_FALSE));
    for (int kind = JSON_KIND_MISSING; kind <= JSON_KIND_ARRAY; kind++)
        assert_non_null(json_kind_name((enum json_kind)kind));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_int64),
        cmocka_unit_test(test_integers_of_each_length),
        cmocka_unit_test(test_missing_is_a_wrong_type),
        cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_doubles_of_each_length),
        cmocka_unit_test(test_long_doubles),
        cmocka_unit_test(test_random_doubles),
        cmocka_unit_test(test_doubles_come_back),
        cmocka_unit_test(test_double_wrong_types),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_text_of_nothing),
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_quote_comes_back),
        cmocka_unit_test(test_kind_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
