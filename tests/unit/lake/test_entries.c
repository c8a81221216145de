/* A table's files as a plan keeps them. */
#include "unit.h"

#include "lake_private.h"

static void test_round_trip(void **state)
{
    static const struct lake_entry files[] = {
        {.key = STR("year=1/artist_id=a b/part"),
         .bytes = 1,
         .rows = 2,
         .hash = 3,
         .added_ms = 4,
         .since = 5,
         .until = IN_FORCE,
         .stats = STR("{\"numRecords\":2}")},
        {.key = STR("x"),
         .bytes = UINT64_MAX,
         .hash = UINT64_MAX,
         .since = INT64_MAX,
         .until = INT64_MAX,
         .removed_ms = 6,
         .keep_until_ms = 7},
    };
    CLEANUP(lake_entries_release) struct lake_entries in = {0}, out = {0};
    CLEANUP(buffer_release) struct buffer text = {0}, again = {0};
    struct error error;
    (void)state;
    for (size_t i = 0; i < COUNT(files); i++)
        lake_entries_add(&in, &files[i]);
    lake_entries_write(&in, &text);
    ASSERT_OK(lake_entries_read(buffer_str(&text), &out, &error), error);
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
    lake_entries_write(&out, &again);
    assert_string_equal(buffer_text(&text), buffer_text(&again));
}

static void test_damaged(void **state)
{
    static const char *const texts[] = {
        "1 2 3 4 5 6 7 8 x\t",
        "1 2 3 4 5 6 7 x\t\n",
        "1 2 3 4 5 6 7 8 x\n",
        "1 2 3 4 5 6 7 8 \t{}\n",
        "1 2 3 4 5 6 7 - x\t\n",
        "1  3 4 5 6 7 8 x\t\n",
        "99999999999999999999 2 3 4 5 6 7 8 x\t\n",
        "x\n",
        "\n",
        "1 2 3\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        CLEANUP(lake_entries_release) struct lake_entries out = {0};
        struct error error;
        assert_int_equal(lake_entries_read(str_of(texts[i]), &out, &error), STATUS_CORRUPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
