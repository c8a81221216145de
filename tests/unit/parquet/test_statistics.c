/* statistics: strings shortened, zeros and NaN, and the order of bounds. */
#include "statistics.h"

#include "check.h"

#include <math.h>

#define TEN   "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

/* Bounds of the string `prefix` + `tail`; NULL where there is none. */
static void test_shortened_strings(void **state)
{
    (void)state;
    static const struct {
        const char *value, *below, *above;
    } rows[] = {
        {"", "", ""},
        {"short", "short", "short"},
        {SIXTY "abcd", SIXTY "abcd", SIXTY "abcd"}, /* 64 bytes: whole */
        {SIXTY "abcde", SIXTY "abcd", SIXTY "abce"},
        /* Characters are never cut in two. */
        {SIXTY "abc\u00e9", SIXTY "abc", SIXTY "abd"},
        {SIXTY "ab\u00e9x", SIXTY "ab\u00e9", SIXTY "ab\u00ea"},
        {SIXTY "ab\u6771", SIXTY "ab", SIXTY "ac"},
        {SIXTY "\U0001F600x", SIXTY "\U0001F600", SIXTY "\U0001F601"},
        /* Carries inside a character, and over the surrogates. */
        {SIXTY "ab\u00ffx", SIXTY "ab\u00ff", SIXTY "ab\u0100"},
        {SIXTY "a\u0fffx", SIXTY "a\u0fff", SIXTY "a\u1000"},
        {SIXTY "a\ud7ffx", SIXTY "a\ud7ff", SIXTY "a\ue000"},
        {SIXTY "\U0003FFFFx", SIXTY "\U0003FFFF", SIXTY "\U00040000"},
        /* The last character of its length is dropped. */
        {SIXTY "abc\x7fx", SIXTY "abc\x7f", SIXTY "abd"},
        {SIXTY "ab\u07ffx", SIXTY "ab\u07ff", SIXTY "ac"},
        {SIXTY "a\uffffx", SIXTY "a\uffff", SIXTY "b"},
        {SIXTY "\U0010FFFFx", SIXTY "\U0010FFFF",
         "012345678901234567890123456789"
         "01234567890123456789012345678:"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str value = str_of(rows[i].value);
        struct parquet_bound below = bound_lower(value), above = bound_upper(value);
        assert_true(below.is_set &&
                    str_equal(bound_plain(PARQUET_STRING, &below), str_of(rows[i].below)));
        assert_true(above.is_set &&
                    str_equal(bound_plain(PARQUET_STRING, &above), str_of(rows[i].above)));
        assert_int_equal(below.is_exact, str_equal(value, str_of(rows[i].below)));
        assert_int_equal(above.is_exact, str_equal(value, str_of(rows[i].above)));
        assert_true(str_compare(bound_plain(PARQUET_STRING, &below), value) <= 0);
        assert_true(str_compare(bound_plain(PARQUET_STRING, &above), value) >= 0);
    }
}

static void test_no_upper_bound(void **state)
{
    (void)state;
    char greatest[80];
    for (size_t i = 0; i < sizeof greatest; i += 4)
        memcpy(greatest + i, "\U0010FFFF", 4);
    struct str value = {greatest, sizeof greatest};
    assert_false(bound_upper(value).is_set);
    assert_int_equal(bound_lower(value).string.len, 64);
    /* Not UTF-8: no bound is allowed, a wrong one is not. */
    memset(greatest, 0xFF, sizeof greatest);
    assert_false(bound_upper(value).is_set);
    assert_int_equal(bound_lower(value).string.len, 0);
}

static struct parquet_statistics of_doubles(const double *doubles, size_t count)
{
    struct values values = {.type = PARQUET_DOUBLE, .count = count, .doubles = doubles};
    struct extremes extremes = extremes_find(&values, 0, count, NULL, 0);
    return statistics_make(PARQUET_DOUBLE, &extremes, count, 0);
}

/* parquet.thrift, ColumnOrder, on TYPE_ORDER: rules for writing floating point columns. */
static void test_doubles(void **state)
{
    (void)state;
    static const struct {
        size_t count;
        double values[3];
        size_t nans;
        bool any;
        double min, max;
    } rows[] = {
        {0, {0}, 0, false, 0, 0},
        {2, {1.5, -2.5}, 0, true, -2.5, 1.5},
        {1, {0.0}, 0, true, -0.0, 0.0},
        {1, {-0.0}, 0, true, -0.0, 0.0},
        {2, {0.0, 3}, 0, true, -0.0, 3},
        {2, {-3, -0.0}, 0, true, -3, 0.0},
        {1, {NAN}, 1, false, 0, 0},
        {3, {NAN, 1, NAN}, 2, true, 1, 1},
        {3, {2, NAN, 1}, 1, true, 1, 2},
        {2, {INFINITY, -INFINITY}, 0, true, -INFINITY, INFINITY},
        {2, {NAN, INFINITY}, 1, true, INFINITY, INFINITY},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct parquet_statistics statistics = of_doubles(rows[i].values, rows[i].count);
        assert_int_equal(statistics.nans, rows[i].nans);
        assert_int_equal(statistics.min.is_set, rows[i].any);
        assert_int_equal(statistics.max.is_set, rows[i].any);
        if (!rows[i].any)
            continue;
        assert_memory_equal(&statistics.min.float64, &rows[i].min, sizeof(double));
        assert_memory_equal(&statistics.max.float64, &rows[i].max, sizeof(double));
    }
}

static void test_merged_doubles(void **state)
{
    (void)state;
    const double doubles[] = {NAN, NAN, 4, NAN, -1, 2};
    struct values values = {.type = PARQUET_DOUBLE, .count = 6, .doubles = doubles};
    struct extremes all = {0};
    for (size_t i = 0; i < 6; i += 2) {
        struct extremes part = extremes_find(&values, i, 2, NULL, 0);
        extremes_merge(PARQUET_DOUBLE, &all, &part);
    }
    assert_true(all.any && all.nans == 3 && all.doubles.min == -1 && all.doubles.max == 4);
}

/* Strings that differ before, at and after the eighth byte, in each order of two. */
static void test_extremes_of_strings(void **state)
{
    const struct str sorted[] = {STR(""),
                                 STR("\0"),
                                 STR("\0\0\0\0\0\0\0\0"),
                                 STR("a"),
                                 STR("a\0"),
                                 STR("abcdefg"),
                                 STR("abcdefg\0"),
                                 STR("abcdefgh"),
                                 STR("abcdefgh\0"),
                                 STR("abcdefghi"),
                                 STR("b"),
                                 STR("\x80"),
                                 STR("\xff\xff\xff\xff\xff\xff\xff\xff"),
                                 STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff")};
    (void)state;
    for (size_t i = 0; i < COUNT(sorted) * COUNT(sorted) * COUNT(sorted); i++) {
        size_t picked[3] = {i % COUNT(sorted), i / COUNT(sorted) % COUNT(sorted),
                            i / COUNT(sorted) / COUNT(sorted)};
        size_t min = COUNT(sorted), max = 0;
        uint32_t offsets[4] = {0};
        CLEANUP(buffer_release) struct buffer data = {0};
        for (size_t k = 0; k < 3; k++) {
            buffer_append_str(&data, sorted[picked[k]]);
            offsets[k + 1] = (uint32_t)data.len;
            min = picked[k] < min ? picked[k] : min;
            max = picked[k] > max ? picked[k] : max;
        }
        struct values values = {.type = PARQUET_STRING,
                                .count = 3,
                                .offsets = offsets,
                                .data = data.data ? data.data : "",
                                .strings = 3};
        struct extremes extremes = extremes_find(&values, 0, 3, NULL, 0);
        assert_true(str_equal(extremes.strings.min, sorted[min]));
        assert_true(str_equal(extremes.strings.max, sorted[max]));
    }
}

/* Of pages of strings that repeat, with the marks of earlier pages. */
static void test_coded_strings(void **state)
{
    (void)state;
    const uint32_t offsets[] = {0, 1, 2, 3}, codes[] = {2, 2, 1, 0, 1, 1};
    uint32_t seen[3] = {0};
    struct values values = {.type = PARQUET_STRING,
                            .count = 6,
                            .codes = codes,
                            .offsets = offsets,
                            .data = "bca",
                            .strings = 3};
    struct extremes first = extremes_find(&values, 0, 3, seen, 1);
    struct extremes second = extremes_find(&values, 3, 3, seen, 2);
    assert_true(str_equal(first.strings.min, STR("a")) && str_equal(first.strings.max, STR("c")));
    assert_true(str_equal(second.strings.min, STR("b")) && str_equal(second.strings.max, STR("c")));
    extremes_merge(PARQUET_STRING, &second, &first);
    assert_true(str_equal(second.strings.min, STR("a")));
}

static void test_order(void **state)
{
    (void)state;
    const struct {
        enum parquet_type type;
        struct parquet_bound a, b;
        int order;
    } rows[] = {
        {PARQUET_INT32, {.int64 = -1}, {.int64 = 1}, -1},
        {PARQUET_INT64, {.int64 = INT64_MAX}, {.int64 = INT64_MIN}, 1},
        {PARQUET_TIMESTAMP, {.int64 = INT64_MIN}, {.int64 = INT64_MIN}, 0},
        {PARQUET_DOUBLE, {.float64 = -0.0}, {.float64 = 0.0}, 0},
        {PARQUET_DOUBLE, {.float64 = -1e300}, {.float64 = 0.0}, -1},
        {PARQUET_BOOLEAN, {.int64 = 0}, {.int64 = 1}, -1},
        {PARQUET_STRING, bound_lower(STR("a\xff")), bound_lower(STR("a\x01")), 1},
        {PARQUET_STRING, bound_lower(STR("a")), bound_lower(STR("ab")), -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int order = bound_compare(rows[i].type, &rows[i].a, &rows[i].b);
        assert_int_equal((order > 0) - (order < 0), rows[i].order);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shortened_strings),
        cmocka_unit_test(test_no_upper_bound),
        cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_merged_doubles),
        cmocka_unit_test(test_extremes_of_strings),
        cmocka_unit_test(test_coded_strings),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
