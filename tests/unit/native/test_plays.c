/* Decoded plays: ids, months, which plays are identical, and each user's newest play in a batch. */
#include "native_case.h"

#include "plays.h"

#include <stdio.h>

static struct songs no_songs;

static void batch_init(struct plays_batch *batch)
{
    *batch = (struct plays_batch){.songs = &no_songs};
}

static const char base_play[] =
    "{\"ts\":1541121934796,\"page\":\"NextSong\",\"userId\":\"39\",\"sessionId\":38,"
    "\"itemInSession\":0,\"level\":\"free\",\"location\":\"L\",\"userAgent\":\"U\",\"artist\":"
    "\"A\",\"song\":\"S\",\"length\":1.5,\"firstName\":\"F\",\"lastName\":\"N\",\"gender\":\"M\"}";

/* Identical: equal in userId, sessionId, itemInSession, ts, level, location, userAgent, artist,
 * song and length. */
static void test_which_plays_are_identical(void **state)
{
    static const struct {
        const char *members; /* written after those of the base play: the last one counts */
        bool same_id, same_content;
    } cases[] = {
        {"\"userId\":\"39\"", true, true},
        {"\"userId\":39", true, true}, /* a number takes its own text */
        {"\"userId\":\"\\u00339\"", true, true},
        {"\"userId\":\"3\"", false, false},
        {"\"sessionId\":39", false, false},
        {"\"itemInSession\":1", false, true},
        {"\"ts\":1541121934797", false, false},
        {"\"level\":\"paid\"", true, false},
        {"\"level\":null", true, false},
        {"\"level\":\"\"", true, false},
        {"\"level\":\"fr\\u0065e\"", true, true},
        {"\"location\":\"U\"", true, false},
        {"\"location\":\"U\",\"userAgent\":\"L\"", true, false},
        {"\"location\":null", true, false},
        {"\"userAgent\":\"L\"", true, false},
        {"\"userAgent\":null", true, false},
        {"\"artist\":\"S\",\"song\":\"A\"", true, false},
        {"\"artist\":\"\\u0041\"", true, true},
        {"\"artist\":null", true, false},
        {"\"artist\":\"\"", true, false},
        {"\"song\":\"s\"", true, false},
        {"\"song\":null", true, false},
        {"\"length\":1.5e0", true, true},
        {"\"length\":1.50", true, true},
        {"\"length\":1.6", true, false},
        {"\"length\":null", true, false},
        {"\"length\":0", true, false},
        {"\"firstName\":\"X\",\"lastName\":\"X\",\"gender\":\"X\"", true, true},
        {"\"method\":\"X\",\"other\":1", true, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(plays_batch_release) struct plays_batch batch;
        CLEANUP(buffer_release) struct buffer other = {0};
        batch_init(&batch);
        buffer_appendf(&other, "%.*s,%s}", (int)sizeof base_play - 2, base_play, cases[i].members);
        keep_json(SOURCE_LOGS, base_play, plays_batch_keep, &batch);
        keep_json(SOURCE_LOGS, buffer_text(&other), plays_batch_keep, &batch);
        if ((batch.ids[0] == batch.ids[1]) != cases[i].same_id ||
            (batch.contents[0] == batch.contents[1]) != cases[i].same_content)
            fail_msg("%s", cases[i].members);
    }
}

/* Null, empty and zero are all different values of each field. */
static void test_null_is_not_empty_and_not_zero(void **state)
{
    static const char *const members[] = {
        "",
        ",\"level\":\"\"",
        ",\"location\":\"\"",
        ",\"userAgent\":\"\"",
        ",\"artist\":\"\"",
        ",\"song\":\"\"",
        ",\"length\":0",
        ",\"length\":-0.0",
    };
    CLEANUP(plays_batch_release) struct plays_batch batch;
    (void)state;
    batch_init(&batch);
    for (size_t i = 0; i < COUNT(members); i++) {
        CLEANUP(buffer_release) struct buffer play = {0};
        buffer_appendf(&play,
                       "{\"ts\":1,\"page\":\"NextSong\",\"userId\":\"1\",\"sessionId\":1,"
                       "\"itemInSession\":1%s}",
                       members[i]);
        keep_json(SOURCE_LOGS, buffer_text(&play), plays_batch_keep, &batch);
    }
    for (size_t i = 0; i < COUNT(members); i++)
        for (size_t j = 0; j < i; j++)
            if (batch.contents[i] == batch.contents[j])
                fail_msg("'%s' and '%s'", members[i], members[j]);
}

static void test_columns_of_a_play(void **state)
{
    CLEANUP(plays_batch_release) struct plays_batch batch;
    CLEANUP(buffer_release) struct buffer scratch = {0};
    (void)state;
    batch_init(&batch);
    for (int round = 0; round < 3; round++) {
        keep_json(SOURCE_LOGS, base_play, plays_batch_keep, &batch);
        keep_json(SOURCE_LOGS,
                  "{\"ts\":0,\"page\":\"NextSong\",\"userId\":\"a\\/b\",\"sessionId\":-1,"
                  "\"itemInSession\":5,\"userAgent\":\"\\\"x\\\"\"}",
                  plays_batch_keep, &batch);
        assert_int_equal(batch.rows, 2);
        assert_int_equal(batch.ts_ms[0], 1541121934796);
        assert_int_equal(batch.months[0], (2018 - 1970) * 12 + 10);
        assert_int_equal(batch.months[1], 0);
        assert_int_equal(batch.sessions[1], -1);
        assert_int_equal(batch.matches[0], INDEX_NONE);
        assert_int_equal(batch.ids[1], songplay_id(songplay_id_seed(STR("a/b")), -1, 0, 5));
        assert_int_equal(batch.codes[PLAY_LEVEL][1], 0); /* null */
        uint32_t agent = batch.codes[PLAY_USER_AGENT][1];
        struct str raw = dictionary_value(&batch.strings[PLAY_USER_AGENT].raw, agent - 1);
        assert_str(raw_decode(raw, &scratch), "\"x\"");
        assert_int_equal(batch.strings[PLAY_USER_AGENT].hashes[agent - 1], hash_str(STR("\"x\"")));
        plays_batch_reset(&batch);
        assert_int_equal(batch.rows, 0);
    }
}

/* Looks for songs are made many at once, the last ones when the batch is finished; rows between
 * them have none. */
static void test_each_play_has_its_song(void **state)
{
    CLEANUP(songs_release) struct songs songs = {0};
    CLEANUP(songs_batch_release) struct songs_batch records = {0};
    CLEANUP(plays_batch_release) struct plays_batch batch = {.songs = &songs};
    enum { SONGS = 7, PLAYS = 3 * SONGS_LOOKS + 5 };
    char json[256];
    (void)state;
    for (int i = 0; i < SONGS; i++) {
        snprintf(json, sizeof json,
                 "{\"song_id\":\"S%d\",\"artist_id\":\"A\",\"title\":\"t%d\",\"artist_name\":"
                 "\"n\",\"duration\":%d.5}",
                 i, i, i);
        keep_json(SOURCE_SONGS, json, songs_batch_keep, &records);
    }
    songs_add(&songs, &records);
    songs_index(&songs);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < PLAYS; i++) {
            const char *artist = i % 3 == 1 ? "null" : "\"\\u006e\"";
            snprintf(
                json, sizeof json,
                "{\"ts\":1,\"page\":\"NextSong\",\"userId\":1,\"sessionId\":1,\"itemInSession\""
                ":%d,\"song\":\"t%d\",\"length\":%d.5,\"artist\":%s}",
                i, i % SONGS, i % SONGS + (i % 5 == 2), artist);
            keep_json(SOURCE_LOGS, json, plays_batch_keep, &batch);
        }
        plays_batch_finish(&batch);
        for (int i = 0; i < PLAYS; i++) {
            bool has_song = i % 3 != 1 && i % 5 != 2;
            uint32_t match = batch.matches[i];
            assert_int_equal(match != INDEX_NONE, has_song);
            if (has_song)
                assert_int_equal(songs.all[songs.matches[match].song].song_id.data[1],
                                 '0' + i % SONGS);
        }
        plays_batch_reset(&batch);
    }
}

/* Empty strings are strings, also where a batch has no others. */
static void test_empty_strings_match(void **state)
{
    CLEANUP(songs_release) struct songs songs = {0};
    CLEANUP(songs_batch_release) struct songs_batch records = {0};
    CLEANUP(plays_batch_release) struct plays_batch batch = {.songs = &songs};
    (void)state;
    keep_json(SOURCE_SONGS,
              "{\"song_id\":\"S\",\"artist_id\":\"A\",\"title\":\"\",\"artist_name\":\"\","
              "\"duration\":1}",
              songs_batch_keep, &records);
    songs_add(&songs, &records);
    songs_index(&songs);
    keep_json(SOURCE_LOGS,
              "{\"ts\":1,\"page\":\"NextSong\",\"userId\":1,\"sessionId\":1,\"itemInSession\":1,"
              "\"song\":\"\",\"artist\":\"\",\"length\":1}",
              plays_batch_keep, &batch);
    plays_batch_finish(&batch);
    assert_int_equal(batch.matches[0], 0);
}

static void test_raw_text_is_decoded(void **state)
{
    static const struct {
        const char *raw, *text;
    } cases[] = {{NULL, NULL},     {"", ""},           {"a/b", "a/b"},
                 {"a\\/b", "a/b"}, {"\\u00e9", "é"},   {"\\ud83d\\udcbe", "💾"},
                 {"\\\\", "\\"},   {"\\n\\t", "\n\t"}, {"39", "39"}};
    CLEANUP(buffer_release) struct buffer scratch = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_str(raw_decode(cases[i].raw ? str_of(cases[i].raw) : STR_NULL, &scratch),
                   cases[i].text);
}

static void test_months(void **state)
{
    uint32_t month = 0;
    (void)state;
    for (int year = 1970; year <= 9999; year++)
        for (int in_year = 1; in_year <= 12; in_year++, month++) {
            int64_t begin = days_from_civil(year, in_year, 1) * MS_PER_DAY;
            assert_int_equal(month_begin_ms(month), begin);
            assert_int_equal(month_of_ms(begin), month);
            if (month > 0)
                assert_int_equal(month_of_ms(begin - 1), month - 1);
        }
    assert_int_equal(month_begin_ms(month), MODEL_MAX_TS + 1);
}

static void test_folders_of_months(void **state)
{
    static const struct {
        uint32_t month;
        const char *folder;
    } cases[] = {{0, "year=1970/month=1"},
                 {(2018 - 1970) * 12 + 10, "year=2018/month=11"},
                 {(9999 - 1970) * 12 + 11, "year=9999/month=12"}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer folder = {0};
        month_folder(&folder, cases[i].month);
        assert_string_equal(buffer_text(&folder), cases[i].folder);
    }
}

/* Times that go back and forth over the ends of months. */
static void test_months_of_rows(void **state)
{
    static const int64_t times[] = {
        0,          MODEL_MAX_TS, 2678399999, 2678400000,   2678399999,
        5097600000, 5097599999,   0,          MODEL_MAX_TS, 1541121934796};
    CLEANUP(plays_batch_release) struct plays_batch batch;
    (void)state;
    batch_init(&batch);
    for (size_t i = 0; i < COUNT(times); i++) {
        char play[160];
        snprintf(play, sizeof play,
                 "{\"ts\":%lld,\"page\":\"NextSong\",\"userId\":1,\"sessionId\":1,"
                 "\"itemInSession\":1}",
                 (long long)times[i]);
        keep_json(SOURCE_LOGS, play, plays_batch_keep, &batch);
        assert_int_equal(batch.months[i], month_of_ms(times[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_plays_are_identical),
        cmocka_unit_test(test_null_is_not_empty_and_not_zero),
        cmocka_unit_test(test_columns_of_a_play),
        cmocka_unit_test(test_each_play_has_its_song),
        cmocka_unit_test(test_empty_strings_match),
        cmocka_unit_test(test_raw_text_is_decoded),
        cmocka_unit_test(test_months),
        cmocka_unit_test(test_folders_of_months),
        cmocka_unit_test(test_months_of_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
