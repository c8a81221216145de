/* Lines of a Delta log: what is escaped, what is null, and which bounds are told. */
#include <unit.h>

#include "delta.h"

static void test_paths_and_partitions(void **state)
{
    struct delta_file file = {STR("year=2003/artist_id=A%2FB é%25/part-00000-x.parquet"), 7, 1};
    CLEANUP(buffer_release) struct buffer out = {0};
    (void)state;
    delta_add(&out, TABLE_SONGS, &file, STR("{\"numRecords\":1}"), 5);
    assert_string_equal(
        buffer_text(&out),
        "{\"add\":{\"path\":\"year=2003/artist_id=A%252FB%20%C3%A9%2525/part-00000-x.parquet\","
        "\"partitionValues\":{\"year\":\"2003\",\"artist_id\":\"A/B \xC3\xA9%\"},\"size\":7,"
        "\"modificationTime\":5,\"dataChange\":true,\"stats\":\"{\\\"numRecords\\\":1}\"}}\n");
    buffer_reset(&out);
    file.key = STR("year=0/artist_id=__HIVE_DEFAULT_PARTITION__/part-00000-x.parquet");
    delta_remove(&out, TABLE_SONGS, &file, 5);
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
    delta_stats(&out, TABLE_ARTISTS, 2, columns);
    assert_string_equal(
        buffer_text(&out),
        "{\"numRecords\":2,\"minValues\":{\"artist_id\":\"A\\\"\\\\\\u000a\",\"latitude\":-1.5},"
        "\"maxValues\":{\"artist_id\":\"B\",\"latitude\":0.10000000000000001},\"nullCount\":{"
        "\"artist_id\":0,\"name\":2,\"location\":0,\"latitude\":0,\"longitude\":0}}");
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
    delta_stats(&out, TABLE_TIME, 1, columns);
    assert_non_null(strstr(buffer_text(&out), "\"minValues\":{\"start_time\":"
                                              "\"2018-11-01T21:01:46.796Z\"}"));
    assert_non_null(strstr(buffer_text(&out), "\"9999-12-31T23:59:59.999Z\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_and_partitions),
        cmocka_unit_test(test_statistics),
        cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
