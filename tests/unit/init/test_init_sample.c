/* Layouts of files, as they follow from how values lie in them. */
#include "unit.h"

#include <init_sample.h>

static void test_layouts(void **state)
{
    static const struct {
        const char *text;
        enum model_layout layout;
        size_t records, faulty;
    } cases[] = {
        {"{\"a\":1}\n{\"a\":2}\n", LAYOUT_LINES, 2, 0},
        {"\xEF\xBB\xBF{\"a\":1}\r\n\r\n{\"a\":2}", LAYOUT_LINES, 2, 0},
        {"{\"a\":1}\n{broken\n{\"a\":2}\n", LAYOUT_LINES, 2, 1},
        {"{\"a\":1}\n[1]\n{\"a\":2}\n", LAYOUT_LINES, 2, 1},
        {"{\"a\":1}", LAYOUT_DOCUMENT, 1, 0},
        {"{\n\"a\":1\n}\n", LAYOUT_DOCUMENT, 1, 0},
        {"{\"a\":1}{\"a\":2}", LAYOUT_CONCATENATED, 2, 0},
        {"{\"a\":1} {\"a\":2}", LAYOUT_CONCATENATED, 2, 0},
        {"{\n\"a\":1}\n{\n\"a\":2}\n", LAYOUT_CONCATENATED, 2, 0},
        {"{\"Records\":[{\"a\":1},{\"a\":2}]}", LAYOUT_RECORDS, 2, 0},
        {"{\"v\":1,\"Records\":[{\"a\":1},5]}", LAYOUT_RECORDS, 1, 1},
        {"{\"v\":{},\"Items\":[{\"a\":1}]}", LAYOUT_DOCUMENT, 1, 0},
        {"{\"Items\":[{\"a\":1}],\"tags\":[]}", LAYOUT_DOCUMENT, 1, 0},
        {"{\"v\":{},\"Records\":[{\"a\":1}],\"bbox\":[1,2]}", LAYOUT_RECORDS, 1, 0},
        {"{\"Records\":[]}", LAYOUT_RECORDS, 0, 0},
        {"{\"tags\":[]}", LAYOUT_DOCUMENT, 1, 0},
        {"{\"a\\u0000b\":1,\"c\":\"\\\\u0000\"}\n{\"a\":2}\n", LAYOUT_LINES, 2, 0},
        {"{\"Records\":[1]}", LAYOUT_DOCUMENT, 1, 0},
        {"[{\"a\":1},{\"a\":2}]", LAYOUT_DOCUMENT, 2, 0},
        {"{\"a\":18446744073709551615}\n{\"a\":1e999}\n{\"a\":-9223372036854775809}\n",
         LAYOUT_LINES, 3, 0},
        {"{\"a\":[1e5,-1,\"\\\"99999999999999999999\"]}\n{\"a\":\"99999999999999999999\n",
         LAYOUT_DOCUMENT, 1, 1},
        {"no JSON\nat all", LAYOUT_LINES, 0, 2},
        {" \n", LAYOUT_LINES, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(arena_release) struct arena arena = {0};
        struct sample sample = {0};
        init_sample_add_text(&sample, str_of(cases[i].text), false, &arena);
        init_sample_finish(&sample);
        if (sample.layout != cases[i].layout || sample.profile.records != cases[i].records ||
            sample.faulty != cases[i].faulty)
            fail_msg("%s: layout %d, %zu records, %d faulty", cases[i].text, sample.layout,
                     sample.profile.records, (int)sample.faulty);
        if (sample.records_key.data)
            assert_true(str_equal(sample.records_key, STR("Records")));
        init_profile_release(&sample.profile);
    }
}

/* Which of the files come first is not known. */
static void test_lists_without_records(void **state)
{
    static const char *const texts[] = {"{\"Items\":[]}", "{\"Items\":[{\"a\":1}]}",
                                        "{\"n\":0,\"Items\":[]}"};
    CLEANUP(arena_release) struct arena arena = {0};
    struct sample sample = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        init_sample_add_text(&sample, str_of(texts[i]), false, &arena);
    init_sample_finish(&sample);
    assert_int_equal(sample.layout, LAYOUT_RECORDS);
    assert_int_equal(sample.profile.records, 1);
    assert_true(str_equal(sample.records_key, STR("Items")));
    init_profile_release(&sample.profile);
}

/* No model names a key with \u0000; its record counts. */
static void test_a_key_with_zero(void **state)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct sample sample = {0};
    (void)state;
    init_sample_add_text(&sample, STR("{\"a\\u0000\":{\"b\":1},\"c\":\"\\u0000\"}\n"), false,
                         &arena);
    init_sample_finish(&sample);
    assert_int_equal(sample.profile.records, 1);
    assert_int_equal(sample.profile.field_count, 1);
    assert_true(str_equal(sample.profile.fields[0].name, STR("c")));
    init_profile_release(&sample.profile);
}

/* The last record of a file that goes on is no fault. */
static void test_a_text_that_is_cut(void **state)
{
    (void)state;
    for (int is_cut = 0; is_cut < 2; is_cut++) {
        CLEANUP(arena_release) struct arena arena = {0};
        struct sample sample = {0};
        init_sample_add_text(&sample, STR("{\"a\":1}\n{\"a\":2}\n{\"a\":"), is_cut, &arena);
        assert_int_equal(sample.profile.records, 2);
        assert_int_equal(sample.faulty, !is_cut);
        init_profile_release(&sample.profile);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_lists_without_records),
        cmocka_unit_test(test_a_key_with_zero),
        cmocka_unit_test(test_a_text_that_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
