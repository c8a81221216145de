/* A table's files as a plan keeps them. */
#include "builtin.h"
#include "unit.h"

#include "entries.h"

#define ID     "20181101T120000Z-1f2e3d4c"
#define SONG   "year=1/artist_id=a b/part-00000-" ID ".zstd.parquet"
#define SONG_2 "year=2/artist_id=a/part-00000-" ID ".zstd.parquet"
#define NEWEST 9

static void write_all(const struct lake_entries *entries, struct buffer *out)
{
    for (size_t i = 0; i < entries->count; i++)
        lake_entry_write(&entries->entries[i], out);
}

static void test_round_trip(void **state)
{
    static const struct lake_entry files[] = {
        {.key = STR(SONG),
         .bytes = 1,
         .rows = 2,
         .hash = 3,
         .added_ms = 4,
         .since = 5,
         .until = LAKE_CURRENT,
         .stats = STR("{\"numRecords\":2}")},
        {.key = STR(SONG_2),
         .bytes = LAKE_MAX_COUNT - 1,
         .rows = LAKE_MAX_COUNT - 2,
         .hash = UINT64_MAX,
         .since = 0,
         .until = NEWEST,
         .removed_ms = 6,
         .keep_until_ms = LAKE_MAX_COUNT},
    };
    CLEANUP(lake_entries_release) struct lake_entries in = {0}, out = {0}, tombstones = {0};
    CLEANUP(buffer_release) struct buffer text = {0}, again = {0};
    struct error error;
    (void)state;
    for (size_t i = 0; i < COUNT(files); i++)
        lake_entries_add(&in, &files[i]);
    write_all(&in, &text);
    ASSERT_OK(lake_entries_parse(buffer_str(&text), builtin_table("songs"), NEWEST, &out,
                                 &tombstones, &error),
              error);
    assert_int_equal(out.count, COUNT(files));
    for (size_t i = 0; i < COUNT(files); i++) {
        const struct lake_entry *got = &out.entries[i], *put = &files[i];
        assert_true(str_equal(got->key, put->key));
        assert_int_equal(got->stats.len, put->stats.len);
        assert_true(got->bytes == put->bytes && got->rows == put->rows && got->hash == put->hash);
        assert_true(got->since == put->since && got->until == put->until);
        assert_true(got->added_ms == put->added_ms && got->removed_ms == put->removed_ms);
        assert_true(got->keep_until_ms == put->keep_until_ms);
    }
    write_all(&out, &again);
    assert_string_equal(buffer_text(&text), buffer_text(&again));
}

static void test_damaged(void **state)
{
    static const struct {
        const char *text, *what;
    } cases[] = {
        {"1 2 3 4 5 6 7 8 " SONG "\t", "cannot be read"},
        {"1 2 3 4 5 6 7 x\t\n", "cannot be read"},
        {"1 2 3 4 5 6 7 8 " SONG "\n", "cannot be read"},
        {"1 2 3 4 5 6 7 8 \t{}\n", "names ''"},
        {"1 2 3 4 5 6 7 - " SONG "\t\n", "cannot be read"},
        {"1  3 4 5 6 7 8 " SONG "\t\n", "cannot be read"},
        {"99999999999999999999 2 3 4 5 6 7 8 " SONG "\t\n", "cannot be read"},
        {"x\n", "cannot be read"},
        {"\n", "cannot be read"},
        {"1 2 3\n", "cannot be read"},
        {"1 2 3 4 5 6 7 8 " SONG "\t\n1 2 3\n", "line 2 of its files of songs"},
        /* no number that may overflow, or is negative */
        {"9223372036854775807 2 3 4 5 6 7 8 " SONG "\t\n", "cannot be read"},
        {"-1 2 3 4 5 6 7 8 " SONG "\t\n", "cannot be read"},
        {"1 -2 3 4 5 6 7 8 " SONG "\t\n", "cannot be read"},
        {"1 2 -3 4 5 6 7 8 " SONG "\t\n", "cannot be read"},
        {"1 2 3 -9223372036854775808 5 6 7 8 " SONG "\t\n", "cannot be read"},
        {"1 2 3 4 -1 6 7 8 " SONG "\t\n", "cannot be read"},
        {"1 2 3 4 5 -2 7 8 " SONG "\t\n", "cannot be read"},
        {"1 2 3 4 5 6 7 -2 " SONG "\t\n", "cannot be read"},
        {"1 2 3 4 5 -1 0 -1 " SONG "\t\n", "cannot be read"}, /* current, and a tombstone */
        {"1 2 3 4 5 6 7 --1 " SONG "\t\n", "cannot be read"},
        {"2305843009213693950 1 3 4 5 -1 0 0 " SONG "\t\n"
         "2305843009213693950 1 3 4 5 -1 0 0 " SONG_2 "\t\n",
         "are impossible"},
        {"1 2305843009213693950 3 4 5 -1 0 0 " SONG "\t\n"
         "1 2305843009213693950 3 4 5 -1 0 0 " SONG_2 "\t\n",
         "are impossible"},
        /* no version that has not been */
        {"1 2 3 4 10 -1 7 8 " SONG "\t\n", "versions"},
        {"1 2 3 4 5 10 7 8 " SONG "\t\n", "versions"},
        {"1 2 3 4 5 5 7 8 " SONG "\t\n", "versions"},
        {"1 2 3 4 5 4 7 8 " SONG "\t\n", "versions"},
        /* no file twice */
        {"1 2 3 4 5 -1 0 0 " SONG "\t\n1 2 3 4 6 -1 0 0 " SONG "\t\n", "twice"},
        {"1 2 3 4 5 7 0 0 " SONG "\t\n1 2 3 4 6 -1 0 0 " SONG "\t\n", "twice"},
        {"1 2 3 4 5 -1 0 0 " SONG "\t\n1 2 3 4 4 6 0 0 " SONG "\t\n", "twice"},
        /* no key that is not ours */
        {"9 1 0 1 0 1 1 0 ../../home/docs/thesis.txt\t\n", "names '../../home/docs/thesis.txt'"},
        {"9 1 0 1 0 1 1 0 ../songs/" SONG "\t\n", "which is not one of them"},
        {"9 1 0 1 0 1 1 0 /etc/passwd\t\n", "which is not one of them"},
        {"9 1 0 1 0 1 1 0 year=1/../part-00000-" ID ".parquet\t\n", "which is not one of them"},
        {"9 1 0 1 0 1 1 0 year=1/artist_id=/part-00000-" ID ".parquet\t\n", "not one of them"},
        {"9 1 0 1 0 1 1 0 year=1/artist_id=a/.part-00000-" ID ".parquet.tmp\t\n",
         "not one of them"},
        {"9 1 0 1 0 1 1 0 part-00000-" ID ".parquet\t\n", "which is not one of them"},
        {"9 1 0 1 0 1 1 0 _delta_log/00000000000000000000.json\t\n", "which is not one of them"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(lake_entries_release) struct lake_entries out = {0}, tombstones = {0};
        struct error error = {0};
        if (lake_entries_parse(str_of(cases[i].text), builtin_table("songs"), NEWEST, &out,
                               &tombstones, &error) != STATUS_CORRUPT ||
            !strstr(error.message, cases[i].what))
            fail_msg("%zu: %s: %s", i, cases[i].text, error.message);
    }
}

/* A file that was replaced, and came back. */
static void test_twice_one_after_the_other(void **state)
{
    CLEANUP(lake_entries_release) struct lake_entries out = {0}, tombstones = {0};
    struct error error;
    (void)state;
    ASSERT_OK(lake_entries_parse(STR("1 2 3 4 6 -1 0 0 " SONG "\t\n1 2 3 4 5 6 0 0 " SONG "\t\n"),
                                 builtin_table("songs"), NEWEST, &out, &tombstones, &error),
              error);
    assert_int_equal(out.entries[0].since, 5);
    assert_int_equal(out.entries[1].since, 6);
}

/* What is only remembered for checkpoints stands apart from what is kept. */
static void test_tombstones(void **state)
{
    CLEANUP(lake_entries_release) struct lake_entries out = {0}, tombstones = {0};
    struct error error;
    (void)state;
    ASSERT_OK(lake_entries_parse(STR("1 2 3 4 5 6 7 0 " SONG "\t\n1 2 3 4 5 6 7 -1 " SONG_2 "\t\n"),
                                 builtin_table("songs"), NEWEST, &out, &tombstones, &error),
              error);
    assert_int_equal(out.count, 1);
    assert_str(out.entries[0].key, SONG);
    assert_int_equal(tombstones.count, 1);
    assert_str(tombstones.entries[0].key, SONG_2);
    assert_int_equal(tombstones.entries[0].removed_ms, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_twice_one_after_the_other),
        cmocka_unit_test(test_tombstones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
