/* Which keys are sparkify's own: what is not must never be removed. */
#include "builtin.h"
#include "unit.h"

#include "names.h"

#include <ctype.h>

#define ID "20181101T120000Z-1f2e3d4c"

static void test_data_keys(void **state)
{
    static const struct {
        const char *table;
        const char *folder;
        enum parquet_codec codec;
        const char *key;
    } cases[] = {
        {"songs", "year=2003/artist_id=A%2FB", PARQUET_ZSTD,
         "songs/year=2003/artist_id=A%2FB/part-00000-" ID ".zstd.parquet"},
        {"artists", "", PARQUET_SNAPPY, "artists/part-00000-" ID ".snappy.parquet"},
        {"users", "", PARQUET_NONE, "users/part-00000-" ID ".parquet"},
        {"time", "year=2018/month=11", PARQUET_ZSTD,
         "time/year=2018/month=11/part-00000-" ID ".zstd.parquet"},
        {"state/users", "", PARQUET_ZSTD, "_sparkify/state/users/part-00000-" ID ".zstd.parquet"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer key = {0};
        lake_data_key(&key, builtin_table(cases[i].table), str_of(cases[i].folder), 0, ID,
                      cases[i].codec);
        assert_string_equal(buffer_text(&key), cases[i].key);
        assert_true(lake_is_data_key(builtin_table(cases[i].table), buffer_str(&key)));
    }
}

static void test_which_keys_are_ours(void **state)
{
    static const struct {
        const char *table;
        const char *key;
        bool ours;
    } cases[] = {
        {"users", "users/part-00000-" ID ".zstd.parquet", true},
        {"users", "users/part-00012-" ID ".parquet", true},
        {"users", "users/.part-00000-" ID ".zstd.parquet.tmp", true},
        {"users", "users/part-00000-" ID ".zstd.parquet.tmp", false},
        {"users", "users/.part-00000-" ID ".zstd.parquet", false},
        {"users", "users/..part-00000-" ID ".zstd.parquet.tmp.tmp", false},
        {"users", "users/.tmp", false},
        {"users", "users/..tmp", false},
        {"users", "users/part-00000-" ID ".zstd.parquet.bak", false},
        {"users", "users/part-00000-" ID ".gzip.parquet", false},
        {"users", "users/part-00000-" ID, false},
        {"users", "users/part-00000-" ID "0.parquet", false},
        {"users", "users/part-0000-" ID ".parquet", false},
        {"users", "users/part-000000-" ID ".parquet", false},
        {"users", "users/part-00000-20181101T120000Z-1f2e3d4.parquet", false},
        {"users", "users/part-00000-20181101T120000Z-1f2e3d4g.parquet", false},
        {"users", "users/part-00000-20181101t120000Z-1f2e3d4c.parquet", false},
        {"users", "users/part-00000-5f0e6b6c-7d3c-4c9e-9d43-c000.snappy.parquet", false},
        {"users", "users/_SUCCESS", false},
        {"users", "users/.part-00000.crc", false},
        {"users", "users/p", false},
        {"users", "users/", false},
        {"users", "users", false},
        {"users", "", false},
        {"users", "artists/part-00000-" ID ".parquet", false},
        {"users", "users2/part-00000-" ID ".parquet", false},
        {"users", "x/users/part-00000-" ID ".parquet", false},
        {"users", "users/x/part-00000-" ID ".parquet", false},
        {"users", "users//part-00000-" ID ".parquet", false},
        {"songs", "songs/year=0/artist_id=A/part-00000-" ID ".zstd.parquet", true},
        {"songs", "songs/year=-5/artist_id=%3D%3D/part-00000-" ID ".zstd.parquet", true},
        {"songs", "songs/year=0/artist_id=A/.part-00000-" ID ".zstd.parquet.tmp", true},
        {"songs", "songs/year=0/artist_id=/part-00000-" ID ".zstd.parquet", false},
        {"songs", "songs/artist_id=A/year=0/part-00000-" ID ".zstd.parquet", false},
        {"songs", "songs/year=0/part-00000-" ID ".zstd.parquet", false},
        {"songs", "songs/part-00000-" ID ".zstd.parquet", false},
        {"songs", "songs/year=0/artist_id=A/x/part-00000-" ID ".zstd.parquet", false},
        {"songs", "songs/years=0/artist_id=A/part-00000-" ID ".zstd.parquet", false},
        {"songs", "songs/year/artist_id=A/part-00000-" ID ".zstd.parquet", false},
        {"songs", "songs/year=0/artist_id=%3D=/part-00000-" ID ".parquet", false},
        {"songs", "songs/year=0/artist_id=%41/part-00000-" ID ".parquet", false},
        {"songs", "songs/year=0/artist_id=%2f/part-00000-" ID ".parquet", false},
        {"songs", "songs/year=0/artist_id=%2/part-00000-" ID ".parquet", false},
        {"songs", "songs/year=0/artist_id=a\x01/part-00000-" ID ".parquet", false},
        {"songs", "songs/year=0/artist_id=../part-00000-" ID ".parquet", true},
        {"songs", "songs/year=0/../part-00000-" ID ".parquet", false},
        {"songs", "songs/../artist_id=a/part-00000-" ID ".parquet", false},
        {"songs", "songs/year=a/artist_id=a/part-00000-" ID ".parquet", false},
        {"songs", "songs/year=00/artist_id=a/part-00000-" ID ".parquet", false},
        {"songs", "songs/year=-0/artist_id=a/part-00000-" ID ".parquet", false},
        {"songs", "songs/year=+1/artist_id=a/part-00000-" ID ".parquet", false},
        {"songs", "songs/year=2147483648/artist_id=a/part-00000-" ID ".parquet", false},
        {"songs", "songs/year=2147483647/artist_id=a/part-00000-" ID ".parquet", true},
        {"songs", "songs/year=-2147483648/artist_id=a/part-00000-" ID ".parquet", true},
        {"songs", "songs/year=99999999999/artist_id=a/part-00000-" ID ".parquet", false},
        {"users", "users/../users/part-00000-" ID ".parquet", false},
        {"users", "users/part-00000-20181101T120000Z-1F2E3D4C.parquet", false},
        {"time", "time/year=2018/month=11/part-00000-" ID ".zstd.parquet", true},
        {"time", "time/year=2018/day=11/part-00000-" ID ".zstd.parquet", false},
        {"songplays", "songplays/year=2018/month=11/part-00000-" ID ".snappy.parquet", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (lake_is_data_key(builtin_table(cases[i].table), str_of(cases[i].key)) != cases[i].ours)
            fail_msg("%s", cases[i].key);
}

#define OTHER "20181101T130000Z-0a1b2c3d"
#define UUID  "c6a3d9f2-8e0b-4a53-9e1f-0d2c4b6a8e10"

/* All that is ever deleted, replaced or moved. */
static void test_what_is_owned(void **state)
{
    static const struct {
        const char *key;
        bool owned;
    } cases[] = {
        {"users/part-00000-" ID ".parquet", true},
        {"users/.part-00000-" ID ".parquet.tmp", true},
        {"_sparkify/state/users/part-00000-" ID ".parquet", true},
        {"users/_delta_log/00000000000000000007.json", true},
        {"users/_delta_log/.00000000000000000007.json.tmp", true},
        {"users/_delta_log/00000000000000000010.checkpoint.parquet", true},
        {"users/_delta_log/_last_checkpoint", true},
        {"users/_delta_log/._last_checkpoint.tmp", true},
        {"users/_delta_log/x/_last_checkpoint", false},
        {"users/_delta_log/0000000000000000007.json", false},
        {"users/_delta_log/00000000000000000007.crc", false},
        {"users/_delta_log/.thesis.txt.tmp", false},
        {"users/_delta_log/../_delta_log/00000000000000000007.json", false},
        {"_sparkify/commits/00000000000000000007.json", true},
        {"_sparkify/commits/.00000000000000000007.json.tmp", true},
        {"_sparkify/commits/.00000000000000000007.json.0123456789abcdef.tmp", true},
        {"_sparkify/commits/.00000000000000000007.json.0123456789abcdeg.tmp", false},
        {"_sparkify/commits/00000000000000000007.json.0123456789abcdef", false},
        {"users/_delta_log/.00000000000000000007.json.0123456789abcdef.tmp", true},
        {"_sparkify/.probe.0123456789abcdef.tmp", true},
        {"_sparkify/.probe\xC3\xA9.0123456789abcdef.tmp", true},
        {"_sparkify/commits/7.json", false},
        {"_sparkify/plans/" ID ".plan", true},
        {"_sparkify/plans/." ID ".plan.tmp", true},
        {"_sparkify/plans/thesis.txt", false},
        {"_sparkify/plans/.thesis.txt.tmp", false},
        {"_sparkify/plans/" ID ".plan/x", false},
        {"_sparkify/plans/deep/" ID ".plan", false},
        {"_sparkify/plans/../plans/" ID ".plan", false},
        {"_sparkify/runs/" ID ".json", true},
        {"_sparkify/runs/." ID ".json.tmp", true},
        {"_sparkify/runs/20181101T120000Z_1f2e3d4c.json", false},
        {"_sparkify/runs/my-important-notes-of-25ch.json", false},
        {"_sparkify/staging/" ID "/songs/year=1/part-0.c000.zstd.parquet", true},
        {"_sparkify/staging/" ID "/songs/_temporary/0/.x.crc", true},
        {"_sparkify/staging/doctor-" UUID "/_SUCCESS", true},
        {"_sparkify/staging/" ID, false},
        {"_sparkify/staging/" ID "/", false},
        {"_sparkify/staging/" ID "x/songs", false},
        {"_sparkify/staging/" ID "/../../../x", false},
        {"_sparkify/staging/" ID "/a//b", false},
        {"_sparkify/staging/" ID "/./b", false},
        {"_sparkify/staging/x/thesis.txt", false},
        {"_sparkify/staging/doctor-x/thesis.txt", false},
        {"_sparkify/probe", true},
        {"_sparkify/doctor-0123456789abcdef", true},
        {"_sparkify/doctor-", false},
        {"_sparki0y/doctor-0123456789abcdef", false},
        {"_sparkify/thesis.txt", false},
        {"_sparkify/..probe.tmp.tmp", false},
        {"_rejects/run=" ID "/part-00000.json", true},
        {"_rejects/run=" ID "/.part-00000.json.tmp", true},
        {"users/_delta_log/.00000000000000000001.json.0123456789abcdef.tmp", true},
        {"users/_delta_log/.00000000000000000001.json.0123456789abcdeX.tmp", false},
        {"users/_delta_log/.00000000000000000001.json.0123456789abcde.tmp", false},
        {"_sparkify/commits/.00000000000000000001.json.0123456789abcdef.tmp", true},
        {"_rejects/run=" ID "/part-00001.json", true},
        {"_rejects/run=" ID "/part-00002.json", false},
        {"_rejects/run=x/part-00000.json", false},
        {"_rejects/run=" ID "/thesis.txt", false},
        {"_rejects/run=/../part-00000.json", false},
        {"../users/part-00000-" ID ".parquet", false},
        {"/users/part-00000-" ID ".parquet", false},
        {"users/" OTHER, false},
        {"users", false},
        {"", false},
        {".", false},
        {"..", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (lake_owns(model_builtin(), str_of(cases[i].key)) != cases[i].owned)
            fail_msg("%s", cases[i].key);
    assert_false(lake_owns(model_builtin(), (struct str){"_sparkify/staging/" ID "/a\0b", 47}));
}

/* "20181101T120000Z-1f2e3d4c" */
static void test_run_ids(void **state)
{
    char id[LAKE_RUN_ID_LEN + 1], other[LAKE_RUN_ID_LEN + 1];
    (void)state;
    lake_run_id_make(id);
    lake_run_id_make(other);
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
        cmocka_unit_test(test_what_is_owned),
        cmocka_unit_test(test_run_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
