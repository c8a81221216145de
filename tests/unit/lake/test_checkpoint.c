/* Checkpoints: which columns they have, what a file's key becomes in them, and what is told of
 * them. That readers take them is for tests/system/test_checkpoint.py to say. */
#include <unit.h>

#include "builtin.h"
#include "checkpoint.h"
#include "names.h"

static struct lake_entry files[] = {
    {.key = STR("year=2003/artist_id=A%2FB \xC3\xA9/part-00000-x.parquet"),
     .bytes = 7,
     .added_ms = 5,
     .removed_ms = 5,
     .stats = STR("{\"numRecords\":1}")},
    {.key = STR("year=0/artist_id=__HIVE_DEFAULT_PARTITION__/part-00000-x.parquet"),
     .bytes = 8,
     .added_ms = 5},
};
static const struct lake_log log_of_songs = {
    .version = 20, .created_ms = 3, .id = "70e05884-bacb-4678-b842-42e2de5a350b"};
static const struct lake_entries both = {.entries = files, .count = COUNT(files)},
                                 first = {.entries = files, .count = 1}, none = {0};

static struct checkpoint songs_of(enum parquet_codec codec)
{
    return (struct checkpoint){
        .table = builtin_table("songs"),
        .log = &log_of_songs,
        .files = &both,
        .removed = &first,
        .codec = codec,
        .created_by = "sparkify version 0.0.1",
    };
}

static void assert_holds(const struct buffer *bytes, struct str part)
{
    if (memmem(bytes->data, bytes->len, part.data, part.len) == NULL)
        fail_msg("\"%.*s\" is not in it", STR_ARG(part));
}

static size_t count_of(const struct buffer *bytes, struct str part)
{
    size_t count = 0;
    const char *at = bytes->data, *end = bytes->data + bytes->len;
    while ((at = memmem(at, (size_t)(end - at), part.data, part.len)) != NULL) {
        count++;
        at += part.len;
    }
    return count;
}

/* With so few rows all values stand in PLAIN, a length before each string. */
static void test_values(void **state)
{

    const struct str path = STR("\x39\0\0\0"
                                "year=2003/artist_id=A%252FB%20%C3%A9/part-00000-x.parquet");
    const struct str strings[] = {
        STR("\x04\0\0\0year\x09\0\0\0artist_id\x04\0\0\0year\x09\0\0\0artist_id"), /* two adds */
        STR("\x04\0\0\0"
            "2003\x06\0\0\0A/B \xC3\xA9\x01\0\0\0"
            "0"), /* the second id is null */
        STR("\x10\0\0\0{\"numRecords\":1}"),
        STR("\x18\0\0\0delta.checkpointInterval"),
        STR("\x07\0\0\0parquet"),
        STR("{\"type\":\"struct\",\"fields\":[{\"name\":\"song_id\""),
    };
    CLEANUP(buffer_release) struct buffer out = {0};
    struct checkpoint checkpoint = songs_of(PARQUET_NONE);
    (void)state;
    checkpoint_write(&out, &checkpoint);
    for (size_t i = 0; i < COUNT(strings); i++)
        assert_holds(&out, strings[i]);
    assert_int_equal(count_of(&out, path), 2); /* added, and removed */
}

static void test_appends_the_same_bytes(void **state)
{
    CLEANUP(buffer_release) struct buffer one = {0}, two = {0};
    struct checkpoint checkpoint = songs_of(PARQUET_ZSTD);
    (void)state;
    checkpoint_write(&one, &checkpoint);
    buffer_append_str(&two, STR("before"));
    checkpoint_write(&two, &checkpoint);
    struct str appended = {two.data + 6, two.len - 6};
    assert_true(str_equal(appended, buffer_str(&one)));
}

/* Those of a file that a plan lists without any are not null, but empty, which is no JSON. */
static void test_a_file_without_statistics(void **state)
{
    CLEANUP(buffer_release) struct buffer null = {0}, empty = {0};
    struct checkpoint checkpoint = songs_of(PARQUET_NONE);
    struct lake_entry entry = {.key = files[0].key, .bytes = 7, .added_ms = 5};
    const struct lake_entries one = {.entries = &entry, .count = 1};
    (void)state;
    checkpoint.files = &one;
    checkpoint_write(&null, &checkpoint);
    entry.stats = STR("");
    checkpoint_write(&empty, &checkpoint);
    assert_true(str_equal(buffer_str(&empty), buffer_str(&null)));
}

/* No partitions, nothing removed, no file: each a list or a map without elements. */
static void test_an_empty_table(void **state)
{
    CLEANUP(buffer_release) struct buffer out = {0};
    struct checkpoint checkpoint = {.table = builtin_table("users"),
                                    .log = &log_of_songs,
                                    .files = &none,
                                    .removed = &none,
                                    .created_by = "sparkify version 0.0.1"};
    (void)state;
    checkpoint_write(&out, &checkpoint);
    assert_true(str_starts_with(buffer_str(&out), STR("PAR1")));
    assert_true(str_ends_with(buffer_str(&out), STR("PAR1")));
}

static void test_last_checkpoint(void **state)
{
    CLEANUP(buffer_release) struct buffer out = {0};
    struct checkpoint checkpoint = songs_of(PARQUET_ZSTD);
    (void)state;
    checkpoint_write_pointer(&out, &checkpoint, 4711);
    assert_string_equal(buffer_text(&out),
                        "{\"version\":20,\"size\":5,\"sizeInBytes\":4711,\"numOfAddFiles\":2}");
}

static void test_keys(void **state)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    int64_t version;
    (void)state;
    lake_checkpoint_key(&key, builtin_table("songs"), 20);
    assert_string_equal(buffer_text(&key),
                        "songs/_delta_log/00000000000000000020.checkpoint.parquet");
    assert_true(lake_is_log_extra(builtin_table("songs"), buffer_str(&key)));
    assert_false(lake_is_log_key(builtin_table("songs"), buffer_str(&key), &version));
    buffer_reset(&key);
    lake_last_checkpoint_key(&key, builtin_table("time"));
    assert_string_equal(buffer_text(&key), "time/_delta_log/_last_checkpoint");
    assert_true(lake_is_log_extra(builtin_table("time"), buffer_str(&key)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_a_file_without_statistics),
        cmocka_unit_test(test_appends_the_same_bytes),
        cmocka_unit_test(test_an_empty_table),
        cmocka_unit_test(test_last_checkpoint),
        cmocka_unit_test(test_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
