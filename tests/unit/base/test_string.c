/* Strings, buffers and UTF-8. */
#include "unit.h"

static void test_compare_is_by_bytes_and_null_is_least(void **state)
{
    static const struct {
        struct str a, b;
        int order;
    } cases[] = {
        {{NULL, 0}, {NULL, 0}, 0},   {{NULL, 0}, {"", 0}, -1},   {{"", 0}, {NULL, 0}, 1},
        {{"", 0}, {"a", 1}, -1},     {{"a", 1}, {"ab", 2}, -1},  {{"b", 1}, {"ab", 2}, 1},
        {{"a", 1}, {"\xC3", 1}, -1}, {{"a\0b", 3}, {"a", 1}, 1}, {{"same", 4}, {"same", 4}, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int order = str_compare(cases[i].a, cases[i].b);
        if ((order > 0) - (order < 0) != cases[i].order)
            fail_msg("case %zu: %d", i, order);
        assert_int_equal(str_equal(cases[i].a, cases[i].b), cases[i].order == 0);
    }
}

/* Copies of just that length, so that a read past their end is seen. */
static void test_bytes_of_every_length_differ_anywhere(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 40; len++) {
        char *a = mem_zalloc(len + 1), *b = mem_zalloc(len + 1);
        char *left = a + 1, *right = b + 1; /* not aligned; the end is the block's */
        assert_true(bytes_equal(left, right, len));
        for (size_t at = 0; at < len; at++) {
            right[at] = 'x';
            assert_false(bytes_equal(left, right, len));
            assert_true(bytes_equal(left, right, at));
            right[at] = 0;
        }
        mem_free(a);
        mem_free(b);
    }
}

static void test_begins_and_ends(void **state)
{
    (void)state;
    assert_true(str_starts_with(STR("part-0"), STR("part-")));
    assert_true(str_starts_with(STR("x"), STR("")));
    assert_false(str_starts_with(STR("par"), STR("part")));
    assert_true(str_consists_of(STR("a-1"), ASCII_LETTERS ASCII_DIGITS "-"));
    assert_true(str_consists_of(STR(""), ""));
    assert_false(str_consists_of(STR("a\0"), ASCII_LETTERS));
    assert_true(str_ends_with(STR("a.json"), STR(".json")));
    assert_false(str_ends_with(STR("json"), STR(".json")));
}

static void test_trim(void **state)
{
    static const struct {
        struct str text, trimmed;
    } cases[] = {
        {{"", 0}, {"", 0}},   {{" \t\r\n\v\f", 6}, {"", 0}},      {{" a b \n", 6}, {"a b", 3}},
        {{"a", 1}, {"a", 1}}, {{"\xC2\xA0", 2}, {"\xC2\xA0", 2}}, /* a blank elsewhere: no white
                                                                     space of ASCII */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_true(str_equal(str_trim(cases[i].text), cases[i].trimmed));
}

/* RFC 3629: a decoder that knows nothing but the definition of the code points. */
static size_t sequence_by_definition(const unsigned char *s, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = s[0] < 0x80       ? 1
                  : s[0] >> 5 == 6  ? 2
                  : s[0] >> 4 == 14 ? 3
                  : s[0] >> 3 == 30 ? 4
                                    : 0;
    if (size < 2 || len < size)
        return size == 1;
    uint32_t code = s[0] & (0x7F >> size);
    for (size_t i = 1; i < size; i++) {
        if (s[i] >> 6 != 2)
            return 0;
        code = code << 6 | (s[i] & 0x3F);
    }
    bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code >= least[size] && code <= 0x10FFFF && !is_surrogate ? size : 0;
}

static void test_utf8_of_every_short_sequence(void **state)
{
    (void)state;
    for (uint32_t bytes = 0; bytes < 1 << 24; bytes++) {
        unsigned char s[3] = {(unsigned char)(bytes >> 16), (unsigned char)(bytes >> 8),
                              (unsigned char)bytes};
        size_t valid = 0, step;
        while (valid < 3 && (step = sequence_by_definition(s + valid, 3 - valid)) > 0)
            valid += step;
        if (utf8_valid_prefix((const char *)s, 3) != valid)
            fail_msg("%06x: %zu instead of %zu", bytes, utf8_valid_prefix((const char *)s, 3),
                     valid);
    }
}

static void test_utf8_of_four_bytes_and_after_a_run_of_ascii(void **state)
{
    static const struct {
        const char *bytes;
        size_t len, valid;
    } cases[] = {
        {"\xF0\x90\x80\x80", 4, 4},
        {"\xF0\x8F\xBF\xBF", 4, 0},
        {"\xF4\x8F\xBF\xBF", 4, 4},
        {"\xF4\x90\x80\x80", 4, 0},
        {"\xF5\x80\x80\x80", 4, 0},
        {"\xF0\x9F\x98", 3, 0},
        {"eight by\xC3\xA9", 10, 10},
        {"eight byt\xC3", 10, 9},
        {"sixteen bytes!!!\xED\xA0\x80", 19, 16},
        {"more than forty bytes, then two and one more\xC3\xA9\xFF.......", 54, 46},
        {"some\xC3\xA9thing, then more than thirty-two bytes\xED\xA0\x80", 47, 44},
        {"", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(utf8_valid_prefix(cases[i].bytes, cases[i].len), cases[i].valid);
}

static void test_buffer_grows_and_keeps_its_memory(void **state)
{
    CLEANUP(buffer_release) struct buffer buffer = {0};
    (void)state;
    assert_non_null(buffer_reserve(&buffer, 0));
    assert_string_equal(buffer_text(&buffer), "");
    for (int i = 0; i < 1000; i++)
        buffer_appendf(&buffer, "%d,", i);
    assert_int_equal(buffer.len, 10 * 2 + 90 * 3 + 900 * 4);
    size_t cap = buffer.cap;
    buffer_reset(&buffer);
    buffer_append(&buffer, NULL, 0);
    buffer_append_str(&buffer, STR("ab"));
    buffer_append_char(&buffer, 'c');
    assert_str(buffer_str(&buffer), "abc");
    assert_int_equal(buffer.cap, cap);
}

static void test_lines(void **state)
{
    static const struct {
        const char *text, *lines[4];
    } cases[] = {
        {"", {NULL}},
        {"a", {"a"}},
        {"a\n", {"a"}},
        {"a\nbc", {"a", "bc"}},
        {"\n\na\r\n", {"", "", "a\r"}},
    };
    struct str null = STR_NULL;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str text = str_of(cases[i].text);
        for (size_t line = 0; cases[i].lines[line]; line++) {
            assert_true(text.len > 0);
            assert_str(str_consume_line(&text), cases[i].lines[line]);
        }
        assert_int_equal(text.len, 0);
    }
    assert_int_equal(str_consume_line(&null).len, 0);
}

static void test_texts(void **state)
{
    (void)state;
    char *copy = text_dup("text");
    assert_string_equal(copy, "text");
    assert_true(text_equal(copy, "text"));
    assert_false(text_equal(copy, "texts"));
    assert_false(text_equal(copy, NULL));
    assert_false(text_equal(NULL, ""));
    assert_true(text_equal(NULL, NULL));
    assert_null(text_dup(NULL));
    mem_free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare_is_by_bytes_and_null_is_least),
        cmocka_unit_test(test_bytes_of_every_length_differ_anywhere),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_begins_and_ends),
        cmocka_unit_test(test_utf8_of_every_short_sequence),
        cmocka_unit_test(test_utf8_of_four_bytes_and_after_a_run_of_ascii),
        cmocka_unit_test(test_buffer_grows_and_keeps_its_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
