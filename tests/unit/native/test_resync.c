/* Where reading goes on in text that is not well-formed. */
#include "unit.h"

#include "resync.h"

static void test_ends_of_values(void **state)
{
    static const struct {
        const char *text;
        int end; /* -1: none */
    } cases[] = {
        {"{}x", 2},
        {"{bad}{}", 5},
        {"{\"a\":NaN,}]", 10},
        {"[1,[2,{}],]]", 11},
        {"{\"}\":1}", 7},
        {"{\"\\\"}\":1}", 9},
        {"{\"a\":\"\\\\\"}", 10},
        {"\"a]\" ]", 4},
        {"\"\\\"\" ]", 4},
        {"12,3", 2},
        {"tru]", 3},
        {"nul", 3},
        {", 1", 1},
        {"a{b", 1},
        {"{", -1},
        {"[{}", -1},
        {"{\"a}", -1},
        {"\"a", -1},
        {"{\"a\n\":1}", -1},
        {"{\"a\\", -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *at = cases[i].text, *stop = resync_skip_value(at, at + strlen(at));
        if ((stop ? stop - at : -1) != cases[i].end)
            fail_msg("%s: %d", at, stop ? (int)(stop - at) : -1);
    }
}

static void test_next_records(void **state)
{
    static const struct {
        const char *text;
        int fault, next;
    } cases[] = {
        {"{bad}{}", 1, 5},
        {"{bad} {}", 1, 5},
        {"{\"a\":1,}\n{}", 7, 8},
        {"{\"a\":\"b\n{\"c\":1}\n{}", 7, 8}, /* cut off in a string */
        {"{\"a\":1\n{\"c\":1}\n{}", 7, 7},   /* cut off before its end */
        {"{\"a\":{\n{\"c\":1}}}\n{}", 7, 7},
        {"{\"a\"\n  {\"c\":1}\n}\n{}", 8, 16}, /* not at the begin of a line */
        {"x{}", 0, 1},
        {", {}", 0, 2},
        {"x\n{}", 0, 2},
        {"x y\n", 0, 4},
        {"{bad", 1, 4},
        {"{bad\n", 1, 5},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *at = cases[i].text;
        const char *next = resync_next_record(at, at + cases[i].fault, at + strlen(at));
        if (next - at != cases[i].next)
            fail_msg("%s: %d", at, (int)(next - at));
    }
}

static void test_any_record(void **state)
{
    static const struct {
        const char *text;
        int next;
    } cases[] = {
        {"abc", 3}, {"{abc", 4}, {"ab\n{", 3}, {"a{}{", 3}, {"\"}{}", 2}, {"a} {", 4}, {"x", 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *at = cases[i].text;
        assert_int_equal(resync_any_record(at, at + strlen(at)) - at, cases[i].next);
    }
}

static void test_arrays_by_their_keys(void **state)
{
    static const struct {
        const char *text;
        int array; /* -1: none */
    } cases[] = {
        {"{\"R\":[", 5},
        {" { \"a\" : {\"R\":[]} , \"R\" : [1", 26},
        {"{\"x\":bad,\"R\":[]}", 13},
        {"{\"x\":\"R\",\"R\":[", 13},
        {"{\"x\":\"\\\"R\\\":[\",\"R\":[", 19},
        {"{\"R\":1}", -1},
        {"[{\"R\":[]}]", -1},
        {"{\"RR\":[]}", -1},
        {"{\"x\":\"cut\n", -1},
        {"", -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *at = cases[i].text, *array = resync_find_array(at, at + strlen(at), STR("R"));
        if ((array ? array - at : -1) != cases[i].array)
            fail_msg("%s: %d", at, array ? (int)(array - at) : -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_of_values),
        cmocka_unit_test(test_next_records),
        cmocka_unit_test(test_any_record),
        cmocka_unit_test(test_arrays_by_their_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
