/* Which song record wins, for the tables and for the plays (docs/semantics.md, Tables). */
#include "native_case.h"

#include "songs.h"

#define S(text)                                                                                    \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static void add_all(struct songs *songs, const struct song *const *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct song copy = *records[i];
        struct songs_batch batch = {.songs = &copy, .count = 1};
        songs_add(songs, &batch);
    }
    songs_index(songs);
}

struct pair {
    struct song winner, loser;
};

/* The record of the only winner, from the records given in either order. */
static void check_pair(const struct pair *pair, size_t which_winners, size_t number)
{
    const struct song *orders[2][2] = {{&pair->winner, &pair->loser},
                                       {&pair->loser, &pair->winner}};
    for (size_t order = 0; order < 2; order++) {
        CLEANUP(songs_release) struct songs songs = {0};
        add_all(&songs, orders[order], 2);
        const struct winners *winners = which_winners == 0 ? &songs.ids : &songs.artists;
        assert_int_equal(winners->count, 1);
        if (winners->records[0] != order)
            fail_msg("pair %zu: the wrong record wins when it comes %s", number,
                     order ? "first" : "last");
    }
}

static void test_songs_keep_the_least_title_artist_year_duration(void **state)
{
    static const struct pair pairs[] = {
        {{.song_id = S("s"), .title = S("A"), .artist_id = S("z"), .year = 9},
         {.song_id = S("s"), .title = S("B"), .artist_id = S("a"), .year = 1}},
        {{.song_id = S("s"), .artist_id = S("z")}, /* null is less than the empty string */
         {.song_id = S("s"), .title = S(""), .artist_id = S("a")}},
        {{.song_id = S("s"), .title = S("Z"), .artist_id = S("a")},
         {.song_id = S("s"), .title = S("a"), .artist_id = S("a")}},
        {{.song_id = S("s"), .title = S("z"), .artist_id = S("a")}, /* as bytes */
         {.song_id = S("s"), .title = S("é"), .artist_id = S("a")}},
        {{.song_id = S("s"), .title = S("a"), .artist_id = S("a")},
         {.song_id = S("s"), .title = S("a\0"), .artist_id = S("a")}},
        {{.song_id = S("s"), .artist_id = S("a"), .year = 9},
         {.song_id = S("s"), .artist_id = S("b"), .year = 1}},
        {{.song_id = S("s"), .artist_id = S("a"), .year = 0, .has_duration = true, .duration = 9},
         {.song_id = S("s"), .artist_id = S("a"), .year = 1, .has_duration = true, .duration = 1}},
        {{.song_id = S("s"), .artist_id = S("a"), .year = -1},
         {.song_id = S("s"), .artist_id = S("a"), .year = 0}},
        {{.song_id = S("s"), .artist_id = S("a"), .has_duration = true, .duration = 1.5},
         {.song_id = S("s"), .artist_id = S("a"), .has_duration = true, .duration = 2}},
        {{.song_id = S("s"), .artist_id = S("a"), .has_duration = false, .duration = 9},
         {.song_id = S("s"), .artist_id = S("a"), .has_duration = true, .duration = -1}},
        {{.song_id = S("s"), .artist_id = S("a"), .has_duration = true, .duration = -0.0},
         {.song_id = S("s"), .artist_id = S("a"), .has_duration = true, .duration = 0.0}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++)
        check_pair(&pairs[i], 0, i);
}

static void test_artists_keep_the_greatest_year_then_the_least_rest(void **state)
{
    static const struct pair pairs[] = {
        {{.artist_id = S("a"), .song_id = S("z"), .year = 2},
         {.artist_id = S("a"), .song_id = S("a"), .year = 1}},
        {{.artist_id = S("a"), .song_id = S("z"), .year = 0}, /* null counts as 0 */
         {.artist_id = S("a"), .song_id = S("a"), .year = -1}},
        {{.artist_id = S("a"), .song_id = S("s"), .artist_name = S("z")},
         {.artist_id = S("a"), .song_id = S("t"), .artist_name = S("a")}},
        {{.artist_id = S("a"), .song_id = S("s"), .artist_name = S("a"), .location = S("z")},
         {.artist_id = S("a"), .song_id = S("s"), .artist_name = S("b"), .location = S("a")}},
        {{.artist_id = S("a"), .song_id = S("s"), .location = S("z")},
         {.artist_id = S("a"), .song_id = S("s"), .artist_name = S(""), .location = S("a")}},
        {{.artist_id = S("a"), .song_id = S("s"), .has_latitude = true, .latitude = 9},
         {.artist_id = S("a"), .song_id = S("s"), .location = S("")}},
        {{.artist_id = S("a"), .song_id = S("s"), .has_longitude = true, .longitude = 9},
         {.artist_id = S("a"), .song_id = S("s"), .has_latitude = true, .latitude = -9}},
        {{.artist_id = S("a"), .song_id = S("s"), .has_latitude = true, .latitude = -9},
         {.artist_id = S("a"), .song_id = S("s"), .has_latitude = true, .latitude = -8}},
        {{.artist_id = S("a"), .song_id = S("s"), .has_longitude = true, .longitude = -9},
         {.artist_id = S("a"), .song_id = S("s"), .has_longitude = true, .longitude = -8}},
        {{.artist_id = S("a"), .song_id = S("s")},
         {.artist_id = S("a"), .song_id = S("s"), .has_longitude = true, .longitude = -8}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++)
        check_pair(&pairs[i], 1, i);
}

static uint32_t match(const struct songs *songs, struct str title, struct str artist_name,
                      double duration)
{
    struct song_look look = {
        .title = title,
        .artist_name = artist_name,
        .duration = duration,
        .hash = songs_match_hash(hash_str(title), hash_str(artist_name), duration),
    };
    uint32_t found;
    songs_match(songs, &look, 1, &found);
    return found;
}

static void test_a_play_matches_title_artist_name_and_duration(void **state)
{
    static const struct song records[] = {
        {.song_id = S("s2"),
         .title = S("t"),
         .artist_name = S("n"),
         .artist_id = S("a"),
         .has_duration = true,
         .duration = 0.1},
        {.song_id = S("s1"),
         .title = S("t"),
         .artist_name = S("n"),
         .artist_id = S("b"),
         .has_duration = true,
         .duration = 0.1},
        {.song_id = S("s1"),
         .title = S("t"),
         .artist_name = S("n"),
         .artist_id = S("a2"),
         .has_duration = true,
         .duration = 0.1},
        {.song_id = S("s0"),
         .title = S(""),
         .artist_name = S(""),
         .artist_id = S("a"),
         .has_duration = true,
         .duration = 0.0},
        {.song_id = S("n1"), .artist_name = S("n"), .artist_id = S("a"), .has_duration = true},
        {.song_id = S("n2"), .title = S("t"), .artist_id = S("a"), .has_duration = true},
        {.song_id = S("n3"), .title = S("t"), .artist_name = S("n"), .artist_id = S("a")},
    };
    static const struct {
        struct str title, artist_name;
        double duration;
        const char *song_id, *artist_id; /* NULL: no match */
    } cases[] = {
        {S("t"), S("n"), 0.1, "s1", "a2"}, /* of several, the least (song_id, artist_id) */
        {S("t"), S("n"), 0.1 + 1e-18, "s1", "a2"},
        {S("t"), S("n"), 0.30000000000000004 - 0.2, NULL, NULL}, /* bit for bit */
        {S("T"), S("n"), 0.1, NULL, NULL},
        {S("t"), S("n "), 0.1, NULL, NULL},
        {S("tn"), S(""), 0.1, NULL, NULL},
        {S("n"), S("t"), 0.1, NULL, NULL},
        {S(""), S(""), 0.0, "s0", "a"},
        {S(""), S(""), -0.0, NULL, NULL},
        {S(""), S("n"), 0.0, NULL, NULL}, /* null matches nothing */
        {S("t"), S(""), 0.0, NULL, NULL},
        {S("t"), S("n"), 0.0, NULL, NULL},
    };
    uint64_t random = 3;
    (void)state;
    for (int round = 0; round < 20; round++) {
        CLEANUP(songs_release) struct songs songs = {0};
        const struct song *order[COUNT(records)];
        size_t numbers[COUNT(records)];
        random_order(&random, numbers, COUNT(records));
        for (size_t i = 0; i < COUNT(records); i++)
            order[i] = &records[numbers[i]];
        add_all(&songs, order, COUNT(records));
        assert_int_equal(songs.match_count, 2);
        for (size_t i = 0; i < COUNT(cases); i++) {
            uint32_t found = match(&songs, cases[i].title, cases[i].artist_name, cases[i].duration);
            assert_int_equal(found != INDEX_NONE, cases[i].song_id != NULL);
            if (found == INDEX_NONE)
                continue;
            const struct song *song = &songs.all[songs.matches[found].song];
            assert_str(song->song_id, cases[i].song_id);
            assert_str(song->artist_id, cases[i].artist_id);
        }
    }
}

/* ---- Any order gives the same winners ---------------------------------------------------------
 */

#define RECORDS 300

static const struct str words[] = {{NULL, 0}, S(""), S("a"), S("b"), S("ab"), S("é")};

static struct song random_song(uint64_t *random)
{
    static const double numbers[] = {-1.5, -0.0, 0.0, 2.25};
    return (struct song){
        .song_id = words[2 + random_below(random, 4)],
        .artist_id = words[2 + random_below(random, 4)],
        .title = words[random_below(random, COUNT(words))],
        .artist_name = words[random_below(random, COUNT(words))],
        .location = words[random_below(random, COUNT(words))],
        .has_latitude = random_below(random, 2),
        .latitude = numbers[random_below(random, COUNT(numbers))],
        .has_longitude = random_below(random, 2),
        .longitude = numbers[random_below(random, COUNT(numbers))],
        .has_duration = random_below(random, 2),
        .duration = numbers[random_below(random, COUNT(numbers))],
        .year = (int32_t)random_below(random, 3) - 1,
    };
}

static void show_string(struct buffer *out, struct str s)
{
    buffer_appendf(out, "%s%.*s|", s.data ? "=" : "-", STR_ARG(s));
}

static void show_double(struct buffer *out, bool has, double value)
{
    if (has)
        buffer_appendf(out, "%a|", value);
    else
        buffer_append_str(out, STR("null|"));
}

/* The values that the tables show of the winners, in the order of their keys. */
static void show_songs(const struct songs *songs, struct buffer *out)
{
    for (size_t word = 2; word < COUNT(words); word++) {
        for (size_t i = 0; i < songs->ids.count; i++) {
            const struct song *song = &songs->all[songs->ids.records[i]];
            if (!str_equal(song->song_id, words[word]))
                continue;
            show_string(out, song->song_id);
            show_string(out, song->title);
            show_string(out, song->artist_id);
            show_double(out, song->has_duration, song->duration);
            buffer_appendf(out, "%d\n", song->year);
        }
        for (size_t i = 0; i < songs->artists.count; i++) {
            const struct song *song = &songs->all[songs->artists.records[i]];
            if (!str_equal(song->artist_id, words[word]))
                continue;
            show_string(out, song->artist_id);
            show_string(out, song->artist_name);
            show_string(out, song->location);
            show_double(out, song->has_latitude, song->latitude);
            show_double(out, song->has_longitude, song->longitude);
            buffer_append_char(out, '\n');
        }
    }
}

static void test_winners_do_not_depend_on_the_order(void **state)
{
    CLEANUP(buffer_release) struct buffer expected = {0}, got = {0};
    struct song records[RECORDS];
    uint64_t random = 7;
    (void)state;
    for (size_t i = 0; i < RECORDS; i++)
        records[i] = random_song(&random);
    for (int round = 0; round < 30; round++) {
        CLEANUP(songs_release) struct songs songs = {0};
        const struct song *order[RECORDS];
        size_t numbers[RECORDS];
        random_order(&random, numbers, RECORDS);
        for (size_t i = 0; i < RECORDS; i++)
            order[i] = &records[numbers[i]];
        add_all(&songs, order, RECORDS);
        buffer_reset(&got);
        show_songs(&songs, round == 0 ? &expected : &got);
        if (round > 0)
            assert_string_equal(buffer_text(&got), buffer_text(&expected));
    }
}

/* ---- Decoding ---------------------------------------------------------------------------------
 */

static void test_a_record_becomes_a_song(void **state)
{
    CLEANUP(songs_batch_release) struct songs_batch batch = {0};
    (void)state;
    keep_json(SOURCE_SONGS,
              "{\"song_id\":\"S\\u0031\",\"artist_id\":39,\"title\":\"a\\/\\\"b\",\"artist_name\":"
              "null,\"artist_location\":\"\",\"artist_latitude\":1.5,\"duration\":0.1,\"year\":"
              "2003}",
              songs_batch_keep, &batch);
    keep_json(SOURCE_SONGS, "{\"song_id\":\"S2\",\"artist_id\":\"A\",\"year\":null}",
              songs_batch_keep, &batch);
    const struct song *song = batch.songs;
    assert_int_equal(batch.count, 2);
    assert_str(song[0].song_id, "S1");
    assert_str(song[0].artist_id, "39");
    assert_str(song[0].title, "a/\"b");
    assert_str(song[0].artist_name, NULL);
    assert_str(song[0].location, "");
    assert_true(song[0].has_latitude && song[0].latitude == 1.5);
    assert_false(song[0].has_longitude);
    assert_true(song[0].has_duration && song[0].duration == 0.1);
    assert_int_equal(song[0].year, 2003);
    assert_int_equal(song[1].year, 0);
    assert_false(song[1].has_duration);
    songs_batch_reset(&batch);
    assert_int_equal(batch.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_songs_keep_the_least_title_artist_year_duration),
        cmocka_unit_test(test_artists_keep_the_greatest_year_then_the_least_rest),
        cmocka_unit_test(test_a_play_matches_title_artist_name_and_duration),
        cmocka_unit_test(test_winners_do_not_depend_on_the_order),
        cmocka_unit_test(test_a_record_becomes_a_song),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
