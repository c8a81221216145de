/* Which keys are sparkify's own: what is not must never be removed. */
#include "unit.h"

#include "names.h"

#include <ctype.h>

#define ID "20181101T120000Z-1f2e3d4c"

static void test_data_keys(void **state)
{
    static const struct {
        enum table_id table;
        const char *folder;
        enum parquet_codec codec;
        const char *key;
    } cases[] = {
        {TABLE_SONGS, "year=2003/artist_id=A%2FB", PARQUET_ZSTD,
         "songs/year=2003/artist_id=A%2FB/part-00000-" ID ".zstd.parquet"},
        {TABLE_ARTISTS, "", PARQUET_SNAPPY, "artists/part-00000-" ID ".snappy.parquet"},
        {TABLE_USERS, "", PARQUET_NONE, "users/part-00000-" ID ".parquet"},
        {TABLE_TIME, "year=2018/month=11", PARQUET_ZSTD,
         "time/year=2018/month=11/part-00000-" ID ".zstd.parquet"},
        {STATE_USERS, "", PARQUET_ZSTD, "_sparkify/state/users/part-00000-" ID ".zstd.parquet"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer key = {0};
        data_key(&key, cases[i].table, str_of(cases[i].folder), 0, ID, cases[i].codec);
        assert_string_equal(buffer_text(&key), cases[i].key);
        assert_true(is_our_data_key(cases[i].table, buffer_str(&key)));
        assert_true(is_of_run(buffer_str(&key), ID));
    }
}

static void test_which_keys_are_ours(void **state)
{
    static const struct {
        enum table_id table;
        const char *key;
        bool ours;
    } cases[] = {
        {TABLE_USERS, "users/part-00000-" ID ".zstd.parquet", true},
        {TABLE_USERS, "users/part-00012-" ID ".parquet", true},
        {TABLE_USERS, "users/.part-00000-" ID ".zstd.parquet.tmp", true},
        {TABLE_USERS, "users/part-00000-" ID ".zstd.parquet.tmp", false},
        {TABLE_USERS, "users/.part-00000-" ID ".zstd.parquet", false},
        {TABLE_USERS, "users/..part-00000-" ID ".zstd.parquet.tmp.tmp", false},
        {TABLE_USERS, "users/.tmp", false},
        {TABLE_USERS, "users/..tmp", false},
        {TABLE_USERS, "users/part-00000-" ID ".zstd.parquet.bak", false},
        {TABLE_USERS, "users/part-00000-" ID ".gzip.parquet", false},
        {TABLE_USERS, "users/part-00000-" ID, false},
        {TABLE_USERS, "users/part-00000-" ID "0.parquet", false},
        {TABLE_USERS, "users/part-0000-" ID ".parquet", false},
        {TABLE_USERS, "users/part-000000-" ID ".parquet", false},
        {TABLE_USERS, "users/part-00000-20181101T120000Z-1f2e3d4.parquet", false},
        {TABLE_USERS, "users/part-00000-20181101T120000Z-1f2e3d4g.parquet", false},
        {TABLE_USERS, "users/part-00000-20181101t120000Z-1f2e3d4c.parquet", false},
        {TABLE_USERS, "users/part-00000-5f0e6b6c-7d3c-4c9e-9d43-c000.snappy.parquet", false},
        {TABLE_USERS, "users/_SUCCESS", false},
        {TABLE_USERS, "users/.part-00000.crc", false},
        {TABLE_USERS, "users/p", false},
        {TABLE_USERS, "users/", false},
        {TABLE_USERS, "users", false},
        {TABLE_USERS, "", false},
        {TABLE_USERS, "artists/part-00000-" ID ".parquet", false},
        {TABLE_USERS, "users2/part-00000-" ID ".parquet", false},
        {TABLE_USERS, "x/users/part-00000-" ID ".parquet", false},
        {TABLE_USERS, "users/x/part-00000-" ID ".parquet", false},
        {TABLE_USERS, "users//part-00000-" ID ".parquet", false},
        {TABLE_SONGS, "songs/year=0/artist_id=A/part-00000-" ID ".zstd.parquet", true},
        {TABLE_SONGS, "songs/year=-5/artist_id=%3D=/part-00000-" ID ".zstd.parquet", true},
        {TABLE_SONGS, "songs/year=0/artist_id=A/.part-00000-" ID ".zstd.parquet.tmp", true},
        {TABLE_SONGS, "songs/year=0/artist_id=/part-00000-" ID ".zstd.parquet", false},
        {TABLE_SONGS, "songs/artist_id=A/year=0/part-00000-" ID ".zstd.parquet", false},
        {TABLE_SONGS, "songs/year=0/part-00000-" ID ".zstd.parquet", false},
        {TABLE_SONGS, "songs/part-00000-" ID ".zstd.parquet", false},
        {TABLE_SONGS, "songs/year=0/artist_id=A/x/part-00000-" ID ".zstd.parquet", false},
        {TABLE_SONGS, "songs/years=0/artist_id=A/part-00000-" ID ".zstd.parquet", false},
        {TABLE_SONGS, "songs/year/artist_id=A/part-00000-" ID ".zstd.parquet", false},
        {TABLE_TIME, "time/year=2018/month=11/part-00000-" ID ".zstd.parquet", true},
        {TABLE_TIME, "time/year=2018/day=11/part-00000-" ID ".zstd.parquet", false},
        {TABLE_SONGPLAYS, "songplays/year=2018/month=11/part-00000-" ID ".snappy.parquet", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (is_our_data_key(cases[i].table, str_of(cases[i].key)) != cases[i].ours)
            fail_msg("%s", cases[i].key);
}

static void test_files_of_a_run(void **state)
{
    (void)state;
    assert_false(is_of_run(STR("users/part-00000-20181101T120000Z-1f2e3d4d.parquet"), ID));
    assert_true(is_of_run(STR("users/.part-00000-" ID ".parquet.tmp"), ID));
}

/* "20181101T120000Z-1f2e3d4c" */
static void test_run_ids(void **state)
{
    char id[LAKE_RUN_ID_LEN + 1], other[LAKE_RUN_ID_LEN + 1];
    (void)state;
    run_id_make(id);
    run_id_make(other);
    assert_int_equal(strlen(id), LAKE_RUN_ID_LEN);
    for (size_t i = 0; i < LAKE_RUN_ID_LEN; i++) {
        char c = id[i];
        if (i == 8 || i == 15 || i == 16)
            assert_int_equal(c, "T......Z-"[i - 8]);
        else
            assert_true(i < 16 ? isdigit((unsigned char)c) : isxdigit((unsigned char)c));
    }
    assert_string_not_equal(id, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data_keys),
        cmocka_unit_test(test_which_keys_are_ours),
        cmocka_unit_test(test_files_of_a_run),
        cmocka_unit_test(test_run_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
