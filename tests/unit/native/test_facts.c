/* Decoded facts, here plays: ids, months, look-ups, and which are identical. */
#include "builtin.h"
#include "native_case.h"

#include "dimensions.h"
#include "facts.h"
#include "month.h"

#include <calendar.h>
#include <spark_hash.h>
#include <stdio.h>

static struct fact_layout layout;
static const struct lookup no_lookup;

static void batch_init(struct facts_batch *batch)
{
    fact_layout_init(&layout, model_builtin());
    facts_batch_init(batch, &layout, &no_lookup, NULL);
}

/* The number of a column among those that are kept in one way. */
static size_t number_of(const struct fact_columns *columns, int field)
{
    size_t number = 0;
    while (columns->all[number].field != field)
        number++;
    return number;
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
        CLEANUP(facts_batch_release) struct facts_batch batch;
        CLEANUP(buffer_release) struct buffer other = {0};
        batch_init(&batch);
        buffer_appendf(&other, "%.*s,%s}", (int)sizeof base_play - 2, base_play, cases[i].members);
        keep_json(source_of("logs"), base_play, facts_batch_keep, &batch);
        keep_json(source_of("logs"), buffer_text(&other), facts_batch_keep, &batch);
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
    CLEANUP(facts_batch_release) struct facts_batch batch;
    (void)state;
    batch_init(&batch);
    for (size_t i = 0; i < COUNT(members); i++) {
        CLEANUP(buffer_release) struct buffer play = {0};
        buffer_appendf(&play,
                       "{\"ts\":1,\"page\":\"NextSong\",\"userId\":\"1\",\"sessionId\":1,"
                       "\"itemInSession\":1%s}",
                       members[i]);
        keep_json(source_of("logs"), buffer_text(&play), facts_batch_keep, &batch);
    }
    for (size_t i = 0; i < COUNT(members); i++)
        for (size_t j = 0; j < i; j++)
            if (batch.contents[i] == batch.contents[j])
                fail_msg("'%s' and '%s'", members[i], members[j]);
}

static void test_columns_of_a_play(void **state)
{
    CLEANUP(facts_batch_release) struct facts_batch batch;
    CLEANUP(buffer_release) struct buffer scratch = {0};
    (void)state;
    batch_init(&batch);
    for (int round = 0; round < 3; round++) {
        keep_json(source_of("logs"), base_play, facts_batch_keep, &batch);
        keep_json(source_of("logs"),
                  "{\"ts\":0,\"page\":\"NextSong\",\"userId\":\"a\\/b\",\"sessionId\":-1,"
                  "\"itemInSession\":5,\"userAgent\":\"\\\"x\\\"\"}",
                  facts_batch_keep, &batch);
        assert_int_equal(batch.rows, 2);
        assert_int_equal(batch.times[0], 1541121934796);
        assert_int_equal(batch.periods[0], (2018 - 1970) << 14 | 11 << 10);
        assert_int_equal(batch.periods[1], 1 << 10);
        assert_int_equal(batch.int64s[0][1], -1);
        assert_int_equal(batch.found[0].matches[0], INDEX_NONE);
        uint64_t id = spark_hash_string(SPARK_HASH_SEED, STR("a/b"));
        id = spark_hash_int64(spark_hash_int64(spark_hash_int64(id, (uint64_t)-1), 0), 5);
        assert_int_equal(batch.ids[1], id);
        size_t level = number_of(&layout.coded, field_of("logs", "level"));
        assert_int_equal(batch.codes[level][1], 0); /* null */
        const struct distinct *agents =
            &batch.strings[number_of(&layout.coded, field_of("logs", "userAgent"))];
        uint32_t agent = batch.codes[number_of(&layout.coded, field_of("logs", "userAgent"))][1];
        struct str raw = dictionary_value(&agents->raw, agent - 1);
        assert_str(raw_decode(raw, &scratch), "\"x\"");
        assert_int_equal(agents->hashes[agent - 1], hash_str(STR("\"x\"")));
        facts_batch_reset(&batch);
        assert_int_equal(batch.rows, 0);
    }
}

/* Agents that are nearly all new get a code each after a while; users are winners' keys. */
static void test_columns_become_loose(void **state)
{
    enum { PLAYS = 1100 };
    CLEANUP(facts_batch_release) struct facts_batch batch;
    CLEANUP(buffer_release) struct buffer scratch = {0};
    (void)state;
    batch_init(&batch);
    size_t agent = number_of(&layout.coded, field_of("logs", "userAgent"));
    size_t user = number_of(&layout.coded, field_of("logs", "userId"));
    for (int i = 0; i < PLAYS; i++) {
        char play[200];
        snprintf(play, sizeof play,
                 "{\"ts\":1,\"page\":\"NextSong\",\"userId\":%d,\"sessionId\":1,"
                 "\"itemInSession\":1,\"level\":\"paid\",\"userAgent\":%s%d\"}",
                 i, i % 100 == 99 ? "null,\"x\":\"" : "\"a\\/", i % 1000);
        keep_json(source_of("logs"), play, facts_batch_keep, &batch);
    }
    assert_true(batch.strings[agent].is_loose);
    assert_false(batch.strings[user].is_loose);
    assert_false(batch.strings[number_of(&layout.coded, field_of("logs", "level"))].is_loose);
    for (int i = 0; i < PLAYS; i++) {
        char wanted[16];
        uint32_t code = batch.codes[agent][i];
        snprintf(wanted, sizeof wanted, "a/%d", i % 1000);
        assert_int_equal(code == 0, i % 100 == 99);
        if (code == 0)
            continue;
        assert_str(distinct_value(&batch.strings[agent], code - 1, &scratch), wanted);
        assert_int_equal(distinct_hash(&batch.strings[agent], code), hash_str(str_of(wanted)));
    }
    assert_int_equal(batch.codes[agent][2], 3);
    assert_true(batch.codes[agent][1002] != batch.codes[agent][2]);
    for (int batches = 1; batches <= 16; batches++) { /* then it is judged again */
        facts_batch_reset(&batch);
        keep_json(source_of("logs"), base_play, facts_batch_keep, &batch);
        assert_int_equal(batch.strings[agent].is_loose, batches < 16);
        assert_false(batch.strings[user].is_loose);
    }
}

/* Codes are guessed by eight bytes of a value, and by what a batch before has found. */
static void test_values_that_end_alike(void **state)
{
    static const char *const users[] = {"1",          "11", "same-end",   "x-same-end", "1",
                                        "y-same-end", "z",  "x-same-end", "\\u0031",    "same-end"};
    CLEANUP(facts_batch_release) struct facts_batch batch;
    (void)state;
    batch_init(&batch);
    size_t user = number_of(&layout.coded, field_of("logs", "userId"));
    for (size_t first = 0; first < 4; first++) { /* of each batch another one */
        for (size_t i = first; i < COUNT(users); i++) {
            CLEANUP(buffer_release) struct buffer play = {0};
            buffer_appendf(&play,
                           "{\"ts\":1,\"page\":\"NextSong\",\"userId\":\"%s\",\"sessionId\":1,"
                           "\"itemInSession\":1}",
                           users[i]);
            keep_json(source_of("logs"), buffer_text(&play), facts_batch_keep, &batch);
            uint32_t code = batch.codes[user][i - first];
            assert_str(dictionary_value(&batch.strings[user].raw, code - 1), users[i]);
            for (size_t j = first; j < i; j++)
                assert_int_equal(batch.codes[user][j - first] == code,
                                 strcmp(users[i], users[j]) == 0);
        }
        facts_batch_reset(&batch);
    }
}

static void add_song(struct rows_batch *batch, const char *song_id, const char *title,
                     double duration)
{
    CLEANUP(buffer_release) struct buffer json = {0};
    buffer_appendf(&json,
                   "{\"song_id\":\"%s\",\"artist_id\":\"A\",\"title\":\"%s\",\"artist_name\":"
                   "\"%s\",\"duration\":%g}",
                   song_id, title, title[0] ? "n" : "", duration);
    keep_json(source_of("songs"), buffer_text(&json), rows_batch_keep, batch);
}

static void index_songs(struct dimensions *songs, struct rows_batch *batch)
{
    struct error error;
    rows_append(&songs->sources[source_of("songs")].rows, &batch->rows);
    assert_int_equal(dimensions_index(songs, 2, &error), STATUS_OK);
    rows_batch_release(batch);
}

/* Look-ups are made many at once, the last ones when the batch is finished; rows between them have
 * none. */
static void test_each_play_has_its_song(void **state)
{
    CLEANUP(dimensions_release) struct dimensions songs;
    CLEANUP(facts_batch_release) struct facts_batch batch;
    struct rows_batch records;
    enum { SONGS = 7, PLAYS = 3 * LOOKUP_KEYS + 5 };
    char json[256];
    (void)state;
    batch_init(&batch);
    batch.lookups = songs.lookups;
    dimensions_init(&songs, model_builtin());
    rows_batch_init(&records, &songs.sources[source_of("songs")].layout);
    for (int i = 0; i < SONGS; i++) {
        char id[16], title[16];
        snprintf(id, sizeof id, "S%d", i);
        snprintf(title, sizeof title, "t%d", i);
        add_song(&records, id, title, i + 0.5);
    }
    index_songs(&songs, &records);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < PLAYS; i++) {
            const char *artist = i % 3 == 1 ? "null" : "\"\\u006e\"";
            snprintf(
                json, sizeof json,
                "{\"ts\":1,\"page\":\"NextSong\",\"userId\":1,\"sessionId\":1,\"itemInSession\""
                ":%d,\"song\":\"t%d\",\"length\":%d.5,\"artist\":%s}",
                i, i % SONGS, i % SONGS + (i % 5 == 2), artist);
            keep_json(source_of("logs"), json, facts_batch_keep, &batch);
        }
        facts_batch_finish(&batch);
        for (int i = 0; i < PLAYS; i++) {
            bool has_song = i % 3 != 1 && i % 5 != 2;
            uint32_t match = batch.found[0].matches[i];
            assert_int_equal(match != INDEX_NONE, has_song);
            if (has_song)
                assert_int_equal(row_string(songs.lookups[0].rows->layout,
                                            lookup_row(&songs.lookups[0], match),
                                            field_of("songs", "song_id"))
                                     .data[1],
                                 '0' + i % SONGS);
        }
        facts_batch_reset(&batch);
    }
}

/* Empty strings are strings, also where a batch has no others. */
static void test_empty_strings_match(void **state)
{
    CLEANUP(dimensions_release) struct dimensions songs;
    CLEANUP(facts_batch_release) struct facts_batch batch;
    struct rows_batch records;
    (void)state;
    batch_init(&batch);
    batch.lookups = songs.lookups;
    dimensions_init(&songs, model_builtin());
    rows_batch_init(&records, &songs.sources[source_of("songs")].layout);
    add_song(&records, "S", "", 1);
    index_songs(&songs, &records);
    keep_json(source_of("logs"),
              "{\"ts\":1,\"page\":\"NextSong\",\"userId\":1,\"sessionId\":1,\"itemInSession\":1,"
              "\"song\":\"\",\"artist\":\"\",\"length\":1}",
              facts_batch_keep, &batch);
    facts_batch_finish(&batch);
    assert_int_equal(batch.found[0].matches[0], 0);
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
            int64_t begin = calendar_days_of_date(year, in_year, 1);
            assert_int_equal(month_begin_day(month), begin);
            assert_int_equal(month_of_day(begin), month);
            if (month > 0)
                assert_int_equal(month_of_day(begin - 1), month - 1);
        }
    assert_int_equal(month_begin_day(month) * MS_PER_DAY, MODEL_MAX_TS + 1);
}

/* Times that go back and forth over the ends of months. */
static void test_months_of_rows(void **state)
{
    static const int64_t times[] = {
        0,          MODEL_MAX_TS, 2678399999, 2678400000,   2678399999,
        5097600000, 5097599999,   0,          MODEL_MAX_TS, 1541121934796};
    CLEANUP(facts_batch_release) struct facts_batch batch;
    (void)state;
    batch_init(&batch);
    for (size_t i = 0; i < COUNT(times); i++) {
        char play[160];
        snprintf(play, sizeof play,
                 "{\"ts\":%lld,\"page\":\"NextSong\",\"userId\":1,\"sessionId\":1,"
                 "\"itemInSession\":1}",
                 (long long)times[i]);
        keep_json(source_of("logs"), play, facts_batch_keep, &batch);
        assert_int_equal(batch.periods[i], period_of_time(&layout.periods, times[i]).period);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_plays_are_identical),
        cmocka_unit_test(test_null_is_not_empty_and_not_zero),
        cmocka_unit_test(test_columns_of_a_play),
        cmocka_unit_test(test_columns_become_loose),
        cmocka_unit_test(test_values_that_end_alike),
        cmocka_unit_test(test_each_play_has_its_song),
        cmocka_unit_test(test_empty_strings_match),
        cmocka_unit_test(test_raw_text_is_decoded),
        cmocka_unit_test(test_months),
        cmocka_unit_test(test_months_of_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
