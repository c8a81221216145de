/* Valid and invalid JSON, with the kinds of cases of nst/JSONTestSuite: each case is the value of a
 * member, once of a field and once of an unknown key, which must be validated as well. Whole
 * records and the messages of faults are in test_scan.c. */
#include "json_case.h"

enum verdict { YES, NO, BAD_UTF8 };

struct suite_case {
    enum verdict verdict;
    struct str value;
};

static const struct suite_case cases[] = {
    /* arrays */
    {YES, TEXT("[]")},
    {YES, TEXT("[[]   ]")},
    {YES, TEXT("[\"\"]")},
    {YES, TEXT("[1,null,true,false,\"x\",{},[]]")},
    {YES, TEXT(" [1] ")},
    {YES, TEXT("[ 1 , 2 ]")},
    {YES, TEXT("[[[[[[1]]]]]]")},
    {NO, TEXT("[1,]")},
    {NO, TEXT("[,1]")},
    {NO, TEXT("[1,,2]")},
    {NO, TEXT("[,]")},
    {NO, TEXT("[1 2]")},
    {NO, TEXT("[1:2]")},
    {NO, TEXT("[1")},
    {NO, TEXT("[")},
    {NO, TEXT("]")},
    {NO, TEXT("[1]]")},
    {NO, TEXT("[1}")},
    {NO, TEXT("[[1]")},
    {NO, TEXT("[*]")},
    {NO, TEXT("[\f1]")},
    {NO, TEXT("[\v1]")},
    {NO, TEXT("[1]x")},
    {NO, TEXT("[a")},
    {NO, TEXT("[\"a\",\n")},
    /* objects */
    {YES, TEXT("{}")},
    {YES, TEXT("{ }")},
    {YES, TEXT("{\"a\":1}")},
    {YES, TEXT("{\"a\" : 1 , \"b\" : [ ] }")},
    {YES, TEXT("{\"\":0}")},
    {YES, TEXT("{\"a\":1,\"a\":2}")},
    {YES, TEXT("{\"a\\u0000b\":1}")},
    {YES, TEXT("{\"a\":{\"b\":{\"c\":[{}]}}}")},
    {NO, TEXT("{")},
    {NO, TEXT("{]")},
    {NO, TEXT("{a:1}")},
    {NO, TEXT("{'a':1}")},
    {NO, TEXT("{\"a\"}")},
    {NO, TEXT("{\"a\":}")},
    {NO, TEXT("{\"a\" 1}")},
    {NO, TEXT("{\"a\",1}")},
    {NO, TEXT("{\"a\"::1}")},
    {NO, TEXT("{:1}")},
    {NO, TEXT("{1:1}")},
    {NO, TEXT("{null:1}")},
    {NO, TEXT("{\"a\":1,}")},
    {NO, TEXT("{\"a\":1,,\"b\":2}")},
    {NO, TEXT("{,\"a\":1}")},
    {NO, TEXT("{\"a\":1 \"b\":2}")},
    {NO, TEXT("{\"a\":1]")},
    {NO, TEXT("{\"a\":1 2}")},
    {NO, TEXT("{\"a\":/*comment*/1}")},
    {NO, TEXT("{\"a\":1}#")},
    {NO, TEXT("{\"a\\\":1}")},
    {NO, TEXT("{[]:1}")},
    {BAD_UTF8, TEXT("{\"\xB9\":1}")},
    /* numbers */
    {YES, TEXT("0")},
    {YES, TEXT("-0")},
    {YES, TEXT("0.0")},
    {YES, TEXT("-0.1")},
    {YES, TEXT("1")},
    {YES, TEXT("-1")},
    {YES, TEXT("1234567890")},
    {YES, TEXT("12345678901234567890123456789012345678901234567890123456789012345678901234567890")},
    {YES, TEXT("0.00000000000000000000000000000000000000000000000000000000000000000000000000001")},
    {YES, TEXT("1e5")},
    {YES, TEXT("1E5")},
    {YES, TEXT("1e+5")},
    {YES, TEXT("1E-5")},
    {YES, TEXT("0e0")},
    {YES, TEXT("0e+1")},
    {YES, TEXT("1.5e10")},
    {YES, TEXT("123.456e-789")},
    {YES, TEXT("1e0000000000000000000000000000000000000000000000001")},
    {YES, TEXT("1e999999")},
    {YES, TEXT("20 ")},
    {NO, TEXT("")},
    {NO, TEXT("-")},
    {NO, TEXT("+1")},
    {NO, TEXT("++1")},
    {NO, TEXT("--1")},
    {NO, TEXT("-+1")},
    {NO, TEXT("- 1")},
    {NO, TEXT("00")},
    {NO, TEXT("01")},
    {NO, TEXT("-01")},
    {NO, TEXT("-012")},
    {NO, TEXT("00.5")},
    {NO, TEXT(".5")},
    {NO, TEXT("-.5")},
    {NO, TEXT("1.")},
    {NO, TEXT("-1.")},
    {NO, TEXT("1.e5")},
    {NO, TEXT("0.e1")},
    {NO, TEXT("0.3e")},
    {NO, TEXT("0.3e+")},
    {NO, TEXT("1e")},
    {NO, TEXT("1e-")},
    {NO, TEXT("1eE2")},
    {NO, TEXT("1e+-2")},
    {NO, TEXT("1e1.5")},
    {NO, TEXT("1.2.3")},
    {NO, TEXT("1..2")},
    {NO, TEXT("1 000")},
    {NO, TEXT("1_000")},
    {NO, TEXT("1,000")},
    {NO, TEXT("0x1F")},
    {NO, TEXT("0b1")},
    {NO, TEXT("1a")},
    {NO, TEXT("1-2")},
    {NO, TEXT("1+2")},
    {NO, TEXT("1f")},
    {NO, TEXT("1L")},
    {NO, TEXT("NaN")},
    {NO, TEXT("-NaN")},
    {NO, TEXT("nan")},
    {NO, TEXT("Infinity")},
    {NO, TEXT("-Infinity")},
    {NO, TEXT("inf")},
    {NO, TEXT("\xEF\xBC\x91")}, /* a full-width 1 */
    {NO, TEXT("1\xE5")},
    {NO, TEXT("1/2")},
    {NO, TEXT("1;")},
    {NO, TEXT("1:")},
    /* literals */
    {YES, TEXT("true")},
    {YES, TEXT("false")},
    {YES, TEXT("null")},
    {YES, TEXT("\ttrue\r")},
    {NO, TEXT("tru")},
    {NO, TEXT("truee")},
    {NO, TEXT("fals")},
    {NO, TEXT("nul")},
    {NO, TEXT("nulll")},
    {NO, TEXT("True")},
    {NO, TEXT("FALSE")},
    {NO, TEXT("None")},
    {NO, TEXT("undefined")},
    {NO, TEXT("true false")},
    {NO, TEXT("tr\0ue")},
    /* strings */
    {YES, TEXT("\"\"")},
    {YES, TEXT("\" \"")},
    {YES, TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"")},
    {YES, TEXT("\"\\\\\"")},
    {YES, TEXT("\"\\\\\\\\\"")},
    {YES, TEXT("\"\\u0000\"")},
    {YES, TEXT("\"\\u0022\\u005c\"")},
    {YES, TEXT("\"\\uABCD\\uabcd\\uAbCd\"")},
    {YES, TEXT("\"\\uD801\\udc37\"")},
    {YES, TEXT("\"\\ud83d\\ude39\\ud83d\\udc8d\"")},
    {YES, TEXT("\"\\uDBFF\\uDFFE\"")},
    {YES, TEXT("\"\\uFFFF\\uFDD0\"")},
    {YES, TEXT("\"a/*b*/c/*d//e\"")},
    {YES, TEXT("\"\x7F\"")},
    {YES, TEXT("\"asd\xC3\xA9\"")},
    {YES, TEXT("\"\xE2\x82\xAC\xF0\x9D\x84\x9E\"")},
    {YES, TEXT("\"\xE2\x80\xA8\xE2\x80\xA9\"")},
    {YES, TEXT("\"\xEF\xBB\xBF\"")},
    {YES, TEXT("\"\xEF\xBF\xBF\xF4\x8F\xBF\xBF\"")},
    {NO, TEXT("\"")},
    {NO, TEXT("\"\\\"")},
    {NO, TEXT("\"a")},
    {NO, TEXT("'a'")},
    {NO, TEXT("\"a\"b")},
    {NO, TEXT("\"a\"\"b\"")},
    {NO, TEXT("abc")},
    {NO, TEXT("\\n")},
    {NO, TEXT("\"\\x00\"")},
    {NO, TEXT("\"\\a\"")},
    {NO, TEXT("\"\\'\"")},
    {NO, TEXT("\"\\0\"")},
    {NO, TEXT("\"\\ \"")},
    {NO, TEXT("\"\\\t\"")},
    {NO, TEXT("\"\\\xC3\xA9\"")},
    {NO, TEXT("\"\\U0041\"")},
    {NO, TEXT("\"\\u\"")},
    {NO, TEXT("\"\\u0\"")},
    {NO, TEXT("\"\\u004\"")},
    {NO, TEXT("\"\\u00G0\"")},
    {NO, TEXT("\"\\u00 0\"")},
    {NO, TEXT("\"\\u-123\"")},
    {NO, TEXT("\"\\uD800\"")},
    {NO, TEXT("\"\\uD800abc\"")},
    {NO, TEXT("\"\\uD800\\n\"")},
    {NO, TEXT("\"\\uD800\\u\"")},
    {NO, TEXT("\"\\uD800\\u1\"")},
    {NO, TEXT("\"\\uD800\\uD800\"")},
    {NO, TEXT("\"\\uD800\\u0041\"")},
    {NO, TEXT("\"\\uDC00\"")},
    {NO, TEXT("\"\\uDD1E\\uD834\"")},
    {NO, TEXT("\"\\uDFFF\\uDC00\"")},
    {NO, TEXT("\"\x01\"")},
    {NO, TEXT("\"a\0b\"")},
    {NO, TEXT("\"\t\"")},
    {NO, TEXT("\"\n\"")},
    {NO, TEXT("\"\r\"")},
    {NO, TEXT("\"\x1F\"")},
    {BAD_UTF8, TEXT("\"\x80\"")},
    {BAD_UTF8, TEXT("\"\xFF\"")},
    {BAD_UTF8, TEXT("\"\xE9\"")},             /* Latin-1 */
    {BAD_UTF8, TEXT("\"\xC0\xAF\"")},         /* overlong */
    {BAD_UTF8, TEXT("\"\xC1\xBF\"")},         /* overlong */
    {BAD_UTF8, TEXT("\"\xE0\x80\xAF\"")},     /* overlong */
    {BAD_UTF8, TEXT("\"\xF0\x80\x80\xAF\"")}, /* overlong */
    {BAD_UTF8, TEXT("\"\xED\xA0\x80\"")},     /* a surrogate */
    {BAD_UTF8, TEXT("\"\xED\xBF\xBF\"")},     /* a surrogate */
    {BAD_UTF8, TEXT("\"\xF4\x90\x80\x80\"")}, /* above U+10FFFF */
    {BAD_UTF8, TEXT("\"\xF8\x88\x80\x80\x80\"")},
    {BAD_UTF8, TEXT("\"\xE2\x82\"")},
    {BAD_UTF8, TEXT("\"\xC3\"")},
    {BAD_UTF8, TEXT("\"\xF0\x9D\x84\"")},
    {BAD_UTF8, TEXT("\"ok\\n\xC3\\n\"")},
    {BAD_UTF8, TEXT("[\"\xE6\x97\xA5\xD1\x88\xFA\"]")},
    /* between tokens */
    {NO, TEXT("\xEF\xBB\xBF"
              "1")},
    {NO, TEXT("\xC2\xA0"
              "1")},
    {NO, TEXT("\xE2\x81\xA0"
              "1")},
    {NO, TEXT("\0"
              "1")},
    {NO, TEXT("1\0")},
    {NO, TEXT("1 // one")},
    {NO, TEXT("<1>")},
    {NO, TEXT("(1)")},
    {NO, TEXT("&")},
    {NO, TEXT("@")},
};

static const struct str names[] = {TEXT("v")};

/* Whether the text is one record and nothing else. */
static enum json_fault_code judge(struct json_scanner *scanner, struct str record)
{
    CLEANUP(text_release) struct text text = text_of(record);
    struct json_value values[COUNT(names)];
    struct json_fault fault;
    const char *stop = json_scan(scanner, text.at, text.end, JSON_LINE, values, &fault);
    if (!stop) {
        assert_true(fault.code != JSON_OK && fault.message && *fault.message);
        assert_true(fault.at >= text.at && fault.at <= text.end);
        return fault.code;
    }
    return stop == text.end ? JSON_OK : JSON_NOT_JSON;
}

static void check_case(struct json_scanner *scanner, const struct suite_case *c, const char *frame)
{
    static const enum json_fault_code codes[] = {
        [YES] = JSON_OK, [NO] = JSON_NOT_JSON, [BAD_UTF8] = JSON_NOT_UTF8};
    CLEANUP(buffer_release) struct buffer record = {0};
    const char *hole = strchr(frame, '?');
    buffer_append(&record, frame, (size_t)(hole - frame));
    buffer_append_str(&record, c->value);
    buffer_append_str(&record, str_of(hole + 1));
    enum json_fault_code code = judge(scanner, buffer_str(&record));
    if (code != codes[c->verdict])
        fail_msg("%s: code %d, not %d", buffer_text(&record), (int)code, (int)codes[c->verdict]);
}

static void check_suite(const char *version)
{
    static const char *const frames[] = {"{\"v\":?}",           "{\"unasked\":?}",
                                         "{\"v\": ? ,\"w\":0}", "{\"unasked\":[?,0]}",
                                         "{\"v\":{\"a\":?}}",   "{\"w\":[0,?],\"v\":1}"};
    (void)version;
    CLEANUP(scanner_release)
    struct json_scanner *scanner = json_scanner_new(names, COUNT(names), NULL, NULL);
    for (size_t f = 0; f < COUNT(frames); f++)
        for (size_t i = 0; i < COUNT(cases); i++)
            check_case(scanner, &cases[i], frames[f]);
}

static void test_values(void **state)
{
    (void)state;
    with_each_version(check_suite);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
