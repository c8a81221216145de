/* Lines of a Delta log: what is escaped, what is null, and which bounds are told. */
#include <unit.h>

#include "builtin.h"
#include "delta_log.h"

static void test_paths_and_partitions(void **state)
{
    struct lake_entry file = {
        .key = STR("year=2003/artist_id=A%2FB é%25/part-00000-x.parquet"),
        .bytes = 7,
        .added_ms = 5,
        .stats = STR("{\"numRecords\":1}"),
    };
    CLEANUP(buffer_release) struct buffer out = {0};
    (void)state;
    delta_add(&out, builtin_table("songs"), &file);
    assert_string_equal(
        buffer_text(&out),
        "{\"add\":{\"path\":\"year=2003/artist_id=A%252FB%20%C3%A9%2525/part-00000-x.parquet\","
        "\"partitionValues\":{\"year\":\"2003\",\"artist_id\":\"A/B \xC3\xA9%\"},\"size\":7,"
        "\"modificationTime\":5,\"dataChange\":true,\"stats\":\"{\\\"numRecords\\\":1}\"}}\n");
    buffer_reset(&out);
    file.key = STR("year=0/artist_id=__HIVE_DEFAULT_PARTITION__/part-00000-x.parquet");
    delta_remove(&out, builtin_table("songs"), &file, 5);
    assert_string_equal(buffer_text(&out),
                        "{\"remove\":{\"path\":\"year=0/artist_id=__HIVE_DEFAULT_PARTITION__/"
                        "part-00000-x.parquet\",\"deletionTimestamp\":5,\"dataChange\":true,"
                        "\"extendedFileMetadata\":true,\"partitionValues\":{\"year\":\"0\","
                        "\"artist_id\":null},\"size\":7}}\n");
}

static void test_statistics(void **state)
{
    /* artists: artist_id, name, location, latitude, longitude */
    struct parquet_statistics columns[5] = {
        [0] = {.min = {.is_set = true, .string = {"A\"\\\n", 4}},
               .max = {.is_set = true, .string = {"B", 1}}},
        [1] = {.nulls = 2},
        [3] = {.min = {.is_set = true, .float64 = -1.5}, .max = {.is_set = true, .float64 = 0.1}},
        [4] = {.min = {.is_set = true, .float64 = 1.0 / 0.0}},
    };
    CLEANUP(buffer_release) struct buffer out = {0};
    (void)state;
    delta_stats(&out, builtin_table("artists"), 2, columns, true);
    assert_string_equal(
        buffer_text(&out),
        "{\"numRecords\":2,\"minValues\":{\"artist_id\":\"A\\\"\\\\\\u000a\",\"latitude\":-1.5},"
        "\"maxValues\":{\"artist_id\":\"B\",\"latitude\":0.10000000000000001},\"nullCount\":{"
        "\"artist_id\":0,\"name\":2,\"location\":0,\"latitude\":0,\"longitude\":0}}");
}

/* What is greater than any string of its length has no greatest. */
static void test_a_bound_alone(void **state)
{
    /* artists: artist_id, name, location, latitude, longitude */
    struct parquet_statistics columns[5] = {
        [0] = {.min = {.is_set = true, .string = {"A", 1}}},
        [1] = {.max = {.is_set = true, .string = {"B", 1}}},
        [3] = {.min = {.is_set = true, .float64 = 1},
               .max = {.is_set = true, .float64 = 1.0 / 0.0}},
    };
    CLEANUP(buffer_release) struct buffer out = {0}, before = {0};
    (void)state;
    delta_stats(&out, builtin_table("artists"), 1, columns, true);
    assert_non_null(strstr(buffer_text(&out), "\"minValues\":{},\"maxValues\":{},"));
    delta_stats(&before, builtin_table("artists"), 1, columns, false);
    assert_non_null(strstr(buffer_text(&before),
                           "\"minValues\":{\"artist_id\":\"A\",\"latitude\":1},"
                           "\"maxValues\":{\"name\":\"B\"},"));
}

/* Of a damaged file. */
static void test_a_time_that_cannot_be(void **state)
{
    static const int64_t times[] = {INT64_MIN, INT64_MAX, -1};
    (void)state;
    for (size_t i = 0; i < COUNT(times); i++) {
        struct parquet_statistics columns[5] = {
            [0] = {.min = {.is_set = true, .int64 = times[i]},
                   .max = {.is_set = true, .int64 = times[i]}},
        };
        CLEANUP(buffer_release) struct buffer out = {0};
        delta_stats(&out, builtin_table("time"), 1, columns, true);
        assert_non_null(strstr(buffer_text(&out), "start_time"));
    }
}

/* Rounded to milliseconds, they must be times that all readers know. */
static void test_times_at_the_ends(void **state)
{
    static const struct {
        int64_t min, max;
        const char *least, *greatest; /* NULL: no bounds */
    } cases[] = {
        {0, 253402300799999000, "1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"},
        {0, 253402300799998001, "1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"},
        {0, 253402300799999001, NULL, NULL},
        {0, 253402300799999999, NULL, NULL},
        {0, 253402300800000000, NULL, NULL},
        {-1, -1, "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00.000Z"},
        {-62135596800000000, 0, "0001-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z"},
        {-62135596800000001, 0, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct parquet_statistics columns[5] = {
            [0] = {.min = {.is_set = true, .int64 = cases[i].min},
                   .max = {.is_set = true, .int64 = cases[i].max}},
        };
        CLEANUP(buffer_release) struct buffer out = {0}, wanted = {0}, before = {0};
        if (cases[i].least)
            buffer_appendf(&wanted,
                           "\"minValues\":{\"start_time\":\"%s\"},"
                           "\"maxValues\":{\"start_time\":\"%s\"},",
                           cases[i].least, cases[i].greatest);
        else
            buffer_append_str(&wanted, STR("\"minValues\":{},\"maxValues\":{},"));
        delta_stats(&out, builtin_table("time"), 1, columns, true);
        assert_non_null(strstr(buffer_text(&out), buffer_text(&wanted)));
        delta_stats(&before, builtin_table("time"), 1, columns, false);
        assert_non_null(strstr(buffer_text(&before), "\"maxValues\":{\"start_time\":\""));
    }
}

#define FILE "part-00000-20181101T120000Z-1f2e3d4c.zstd.parquet"

static void test_keys_of_paths(void **state)
{
    static const struct {
        const char *path, *key; /* NULL: none of ours */
    } cases[] = {
        {"year=1/artist_id=a%20b/" FILE, "year=1/artist_id=a b/" FILE},
        {"year=1/artist_id=A%252FB/" FILE, "year=1/artist_id=A%2FB/" FILE},
        {"year=1/artist_id=A%2FB/" FILE, NULL},
        {"year=1/artist_id=a/%2E%2E/" FILE, NULL},
        {"%2E%2E/x", NULL},
        {"../x", NULL},
        {"file:///year=1/artist_id=a/" FILE, NULL},
        {"year=1/artist_id=a/x.parquet", NULL},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer key = {0};
        bool is_ours = delta_key(builtin_table("songs"), str_of(cases[i].path), &key);
        assert_int_equal(is_ours, cases[i].key != NULL);
        if (is_ours)
            assert_string_equal(buffer_text(&key), cases[i].key);
    }
}

static void test_lines(void **state)
{
    static const struct {
        const char *lines;
        enum status expected;
    } cases[] = {
        {"", STATUS_OK},
        {"{\"commitInfo\":{}}\n{\"add\":{\"path\":\"year=1/artist_id=a/" FILE "\"}}\n", STATUS_OK},
        {"{\"remove\":{\"path\":\"year=1/artist_id=a/" FILE "\"}}", STATUS_OK},
        {"{\"add\":{\"path\":\"../x\"}}\n", STATUS_CORRUPT},
        {"{\"commitInfo\":{},\"remove\":{\"path\":\"../x\"}}\n", STATUS_CORRUPT},
        {"{\"remove\":{}}\n", STATUS_CORRUPT},
        {"{\"txn\":{}}\n", STATUS_CORRUPT},
        {"{\"commitInfo\":1}\n", STATUS_CORRUPT},
        {"{}\n", STATUS_CORRUPT},
        {"\n", STATUS_CORRUPT},
        {"{\"commitInfo\":{}}\n{", STATUS_CORRUPT},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct model_table *songs = builtin_table("songs");
        struct error error;
        assert_int_equal(delta_check_lines(&songs, 1, str_of(cases[i].lines), &error),
                         cases[i].expected);
    }
}

static void test_times(void **state)
{
    /* time: start_time first */
    struct parquet_statistics columns[5] = {
        [0] = {.min = {.is_set = true, .int64 = 1541106106796000},
               .max = {.is_set = true, .int64 = 253402300799999000}},
    };
    CLEANUP(buffer_release) struct buffer out = {0};
    (void)state;
    delta_stats(&out, builtin_table("time"), 1, columns, true);
    assert_non_null(strstr(buffer_text(&out), "\"minValues\":{\"start_time\":"
                                              "\"2018-11-01T21:01:46.796Z\"}"));
    assert_non_null(strstr(buffer_text(&out), "\"9999-12-31T23:59:59.999Z\""));
}

static void append_slowly(struct buffer *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < 0x20)
            buffer_appendf(out, "\\u%04x", c);
        else if (c == '"' || c == '\\')
            buffer_appendf(out, "\\%c", c);
        else
            buffer_append_char(out, (char)c);
    }
}

static void assert_escaped(struct str text)
{
    CLEANUP(buffer_release) struct buffer line = {0}, wanted = {0};
    delta_add(&line, builtin_table("songs"), &(struct lake_entry){.key = STR("x"), .stats = text});
    buffer_append_str(&wanted, STR("\"stats\":\""));
    append_slowly(&wanted, text);
    buffer_append_str(&wanted, STR("\"}}\n"));
    assert_true(str_ends_with(buffer_str(&line), buffer_str(&wanted)));
}

/* Eight bytes are looked at at once: each byte, at each place among others that are near to it. */
static void test_each_byte_is_escaped_at_each_place(void **state)
{
    static const char others[] = "a!#[]\x7f\x80\xff";
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++)
        for (size_t len = 1; len < 20; len++)
            for (size_t at = 0; at < len; at++) {
                char text[20];
                for (size_t i = 0; i < len; i++)
                    text[i] = others[(i + byte) % (sizeof others - 1)];
                text[at] = text[len / 2] = (char)byte;
                assert_escaped((struct str){text, len});
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_byte_is_escaped_at_each_place),
        cmocka_unit_test(test_paths_and_partitions),
        cmocka_unit_test(test_statistics),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_a_bound_alone),
        cmocka_unit_test(test_a_time_that_cannot_be),
        cmocka_unit_test(test_times_at_the_ends),
        cmocka_unit_test(test_keys_of_paths),
        cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
