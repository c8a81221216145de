/* Which record wins by a rule, for the tables and for look-ups (docs/semantics.md, Tables). */
#include "builtin.h"
#include "native_case.h"

#include "dimensions.h"

static void songs_init(struct dimensions *songs, struct rows_batch *batch)
{
    dimensions_init(songs, model_builtin());
    rows_batch_init(batch, &songs->sources[source_of("songs")].layout);
}

/* A song record of these members; what it needs beside them is "s" and "a". */
static void add_record(struct rows_batch *batch, const char *members)
{
    CLEANUP(buffer_release) struct buffer json = {0};
    buffer_append_char(&json, '{');
    if (!strstr(members, "song_id"))
        buffer_append_str(&json, STR("\"song_id\":\"s\","));
    if (!strstr(members, "artist_id"))
        buffer_append_str(&json, STR("\"artist_id\":\"a\","));
    buffer_appendf(&json, "%s}", members);
    keep_json(source_of("songs"), buffer_text(&json), rows_batch_keep, batch);
}

static void add_all(struct dimensions *songs, const char *const *records, size_t count)
{
    struct rows_batch batch;
    struct error error;
    songs_init(songs, &batch);
    for (size_t i = 0; i < count; i++)
        add_record(&batch, records[i]);
    rows_append(&songs->sources[source_of("songs")].rows, &batch.rows);
    assert_int_equal(dimensions_index(songs, 2, &error), STATUS_OK);
    rows_batch_release(&batch);
}

struct pair {
    const char *winner, *loser;
};

/* The record of the only winner, from the records given in either order. */
static void check_pairs(const struct pair *pairs, size_t count, int table)
{
    for (size_t i = 0; i < count * 2; i++) {
        CLEANUP(dimensions_release) struct dimensions songs;
        const struct pair *pair = &pairs[i / 2];
        const char *orders[2][2] = {{pair->winner, pair->loser}, {pair->loser, pair->winner}};
        add_all(&songs, orders[i % 2], 2);
        const struct winners *winners = dimensions_winners(&songs, &model_builtin()->tables[table]);
        assert_int_equal(winners->count, 1);
        if (winners->winners[0] != i % 2)
            fail_msg("pair %zu: the wrong record wins when it comes %s", i / 2,
                     i % 2 ? "last" : "first");
    }
}

static void test_songs_keep_the_least_title_artist_year_duration(void **state)
{
    static const struct pair pairs[] = {
        {"\"song_id\":\"s\",\"title\":\"A\",\"artist_id\":\"z\",\"year\":9",
         "\"song_id\":\"s\",\"title\":\"B\",\"artist_id\":\"a\",\"year\":1"},
        {"\"song_id\":\"s\",\"artist_id\":\"z\"", /* null is less than the empty string */
         "\"song_id\":\"s\",\"title\":\"\",\"artist_id\":\"a\""},
        {"\"song_id\":\"s\",\"title\":\"Z\",\"artist_id\":\"a\"",
         "\"song_id\":\"s\",\"title\":\"a\",\"artist_id\":\"a\""},
        {"\"song_id\":\"s\",\"title\":\"z\",\"artist_id\":\"a\"", /* as bytes */
         "\"song_id\":\"s\",\"title\":\"é\",\"artist_id\":\"a\""},
        {"\"song_id\":\"s\",\"title\":\"a\",\"artist_id\":\"a\"",
         "\"song_id\":\"s\",\"title\":\"a\\u0000\",\"artist_id\":\"a\""},
        {"\"song_id\":\"s\",\"artist_id\":\"a\",\"year\":9",
         "\"song_id\":\"s\",\"artist_id\":\"b\",\"year\":1"},
        {"\"song_id\":\"s\",\"artist_id\":\"a\",\"year\":0,\"duration\":9",
         "\"song_id\":\"s\",\"artist_id\":\"a\",\"year\":1,\"duration\":1"},
        {"\"song_id\":\"s\",\"artist_id\":\"a\",\"year\":-1",
         "\"song_id\":\"s\",\"artist_id\":\"a\",\"year\":0"},
        {"\"song_id\":\"s\",\"artist_id\":\"a\",\"duration\":1.5",
         "\"song_id\":\"s\",\"artist_id\":\"a\",\"duration\":2"},
        {"\"song_id\":\"s\",\"artist_id\":\"a\"",
         "\"song_id\":\"s\",\"artist_id\":\"a\",\"duration\":-1"},
        {"\"song_id\":\"s\",\"artist_id\":\"a\",\"duration\":-0.0",
         "\"song_id\":\"s\",\"artist_id\":\"a\",\"duration\":0.0"},
    };
    (void)state;
    check_pairs(pairs, COUNT(pairs), table_of("songs"));
}

static void test_artists_keep_the_greatest_year_then_the_least_rest(void **state)
{
    static const struct pair pairs[] = {
        {"\"artist_id\":\"a\",\"song_id\":\"z\",\"year\":2",
         "\"artist_id\":\"a\",\"song_id\":\"a\",\"year\":1"},
        {"\"artist_id\":\"a\",\"song_id\":\"z\",\"year\":0", /* null counts as 0 */
         "\"artist_id\":\"a\",\"song_id\":\"a\",\"year\":-1"},
        {"\"artist_id\":\"a\",\"song_id\":\"s\",\"artist_name\":\"z\"",
         "\"artist_id\":\"a\",\"song_id\":\"t\",\"artist_name\":\"a\""},
        {"\"artist_id\":\"a\",\"song_id\":\"s\",\"artist_name\":\"a\",\"artist_location\":\"z\"",
         "\"artist_id\":\"a\",\"song_id\":\"s\",\"artist_name\":\"b\",\"artist_location\":\"a\""},
        {"\"artist_id\":\"a\",\"song_id\":\"s\",\"artist_location\":\"z\"",
         "\"artist_id\":\"a\",\"song_id\":\"s\",\"artist_name\":\"\",\"artist_location\":\"a\""},
        {"\"artist_id\":\"a\",\"song_id\":\"s\",\"artist_latitude\":9",
         "\"artist_id\":\"a\",\"song_id\":\"s\",\"artist_location\":\"\""},
        {"\"artist_id\":\"a\",\"song_id\":\"s\",\"artist_longitude\":9",
         "\"artist_id\":\"a\",\"song_id\":\"s\",\"artist_latitude\":-9"},
        {"\"artist_id\":\"a\",\"song_id\":\"s\",\"artist_latitude\":-9",
         "\"artist_id\":\"a\",\"song_id\":\"s\",\"artist_latitude\":-8"},
        {"\"artist_id\":\"a\",\"song_id\":\"s\",\"artist_longitude\":-9",
         "\"artist_id\":\"a\",\"song_id\":\"s\",\"artist_longitude\":-8"},
        {"\"artist_id\":\"a\",\"song_id\":\"s\"",
         "\"artist_id\":\"a\",\"song_id\":\"s\",\"artist_longitude\":-8"},
    };
    (void)state;
    check_pairs(pairs, COUNT(pairs), table_of("artists"));
}

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint32_t match(const struct dimensions *songs, const char *title, const char *artist_name,
                      double duration)
{
    struct lookup_key key = {.values = {{.string = str_of(title)},
                                        {.string = str_of(artist_name)},
                                        {.bits = bits_of(duration)}}};
    const uint64_t words[] = {hash_str(str_of(title)), hash_str(str_of(artist_name)),
                              bits_of(duration)};
    uint32_t found;
    key.hash = lookup_hash(words, COUNT(words));
    lookup_find(&songs->lookups[0], &key, 1, &found);
    assert_true(found == INDEX_NONE || lookup_may_have(&songs->lookups[0], key.hash));
    return found;
}

static void test_a_play_matches_title_artist_name_and_duration(void **state)
{
    static const char *const records[] = {
        "\"song_id\":\"s2\",\"title\":\"t\",\"artist_name\":\"n\",\"artist_id\":\"a\","
        "\"duration\":0.1",
        "\"song_id\":\"s1\",\"title\":\"t\",\"artist_name\":\"n\",\"artist_id\":\"b\","
        "\"duration\":0.1",
        "\"song_id\":\"s1\",\"title\":\"t\",\"artist_name\":\"n\",\"artist_id\":\"a2\","
        "\"duration\":0.1",
        "\"song_id\":\"s0\",\"title\":\"\",\"artist_name\":\"\",\"duration\":0.0",
        "\"song_id\":\"n1\",\"artist_name\":\"n\",\"duration\":0",
        "\"song_id\":\"n2\",\"title\":\"t\",\"duration\":0",
        "\"song_id\":\"n3\",\"title\":\"t\",\"artist_name\":\"n\"",
    };
    static const struct {
        const char *title, *artist_name;
        double duration;
        const char *song_id, *artist_id; /* NULL: no match */
    } cases[] = {
        {"t", "n", 0.1, "s1", "a2"}, /* of several, the least (song_id, artist_id) */
        {"t", "n", 0.1 + 1e-18, "s1", "a2"},
        {"t", "n", 0.30000000000000004 - 0.2, NULL, NULL}, /* bit for bit */
        {"T", "n", 0.1, NULL, NULL},
        {"t", "n ", 0.1, NULL, NULL},
        {"tn", "", 0.1, NULL, NULL},
        {"n", "t", 0.1, NULL, NULL},
        {"", "", 0.0, "s0", "a"},
        {"", "", -0.0, NULL, NULL},
        {"", "n", 0.0, NULL, NULL}, /* null matches nothing */
        {"t", "", 0.0, NULL, NULL},
        {"t", "n", 0.0, NULL, NULL},
    };
    uint64_t random = 3;
    (void)state;
    for (int round = 0; round < 20; round++) {
        CLEANUP(dimensions_release) struct dimensions songs;
        const char *order[COUNT(records)];
        size_t numbers[COUNT(records)];
        random_order(&random, numbers, COUNT(records));
        for (size_t i = 0; i < COUNT(records); i++)
            order[i] = records[numbers[i]];
        add_all(&songs, order, COUNT(records));
        assert_int_equal(songs.lookups[0].keys.count, 2);
        for (size_t i = 0; i < COUNT(cases); i++) {
            uint32_t found = match(&songs, cases[i].title, cases[i].artist_name, cases[i].duration);
            assert_int_equal(found != INDEX_NONE, cases[i].song_id != NULL);
            if (found == INDEX_NONE)
                continue;
            const void *song = lookup_row(&songs.lookups[0], found);
            const struct row_layout *layout = songs.lookups[0].rows->layout;
            assert_str(row_string(layout, song, field_of("songs", "song_id")), cases[i].song_id);
            assert_str(row_string(layout, song, field_of("songs", "artist_id")),
                       cases[i].artist_id);
        }
    }
}

/* ---- Any order gives the same winners -------------------------------------------------------- */

#define RECORDS 300

static void random_record(uint64_t *random, struct buffer *out)
{
    static const char *const words[] = {"null", "\"\"", "\"a\"", "\"b\"", "\"ab\"", "\"é\""};
    static const char *const numbers[] = {"null", "-1.5", "-0.0", "0.0", "2.25"};
    static const char *const fields[] = {"title", "artist_name", "artist_location"};
    static const char *const doubles[] = {"artist_latitude", "artist_longitude", "duration"};
    buffer_appendf(out, "\"song_id\":%s,\"artist_id\":%s,\"year\":%d",
                   words[2 + random_below(random, 4)], words[2 + random_below(random, 4)],
                   (int)random_below(random, 3) - 1);
    for (size_t i = 0; i < COUNT(fields); i++) {
        buffer_appendf(out, ",\"%s\":%s", fields[i], words[random_below(random, COUNT(words))]);
        buffer_appendf(out, ",\"%s\":%s", doubles[i],
                       numbers[random_below(random, COUNT(numbers))]);
    }
}

/* The values that a table shows of its winners, in the order of its files. */
static void show_table(const struct dimensions *songs, int id, struct buffer *out)
{
    const struct model_table *table = &model_builtin()->tables[id];
    const struct winners *winners = dimensions_winners(songs, table);
    const struct row_layout *layout = winners->rows->layout;
    CLEANUP(sorted_rows_release)
    struct sorted_rows sorted = rows_sorted(winners->rows, winners->winners, winners->count, table);
    for (size_t i = 0; i < winners->count; i++) {
        const void *row = sorted_row(&sorted, i);
        for (size_t column = 0; column < table->column_count; column++) {
            int field = table->columns[column].part;
            if (row_is_null(row, field))
                buffer_append_str(out, STR("null|"));
            else if (row_is_string(layout, field))
                buffer_appendf(out, "=%.*s|", STR_ARG(row_string(layout, row, field)));
            else
                buffer_appendf(out, "%llx|", (long long)row_number(layout, row, field).int64);
        }
        buffer_append_char(out, '\n');
    }
}

/* By year, the artist's id, the song's id: also where these begin with the same bytes, are empty or
 * null. */
static void test_rows_of_a_table_in_order(void **state)
{
    static const char *const records[] = {
        "\"song_id\":\"9\",\"artist_id\":\"a\",\"year\":2000",
        "\"song_id\":\"8\",\"artist_id\":\"z\",\"year\":-5",
        "\"song_id\":\"7\",\"artist_id\":\"b\"",
        "\"song_id\":\"6\",\"artist_id\":\"ARTIST123\",\"year\":1999",
        "\"song_id\":\"5\",\"artist_id\":\"ARTIST12\",\"year\":1999",
        "\"song_id\":\"4\",\"artist_id\":\"ARTIST122\",\"year\":1999",
        "\"song_id\":\"11111111b\",\"artist_id\":\"ARTIST122\",\"year\":1999",
        "\"song_id\":\"11111111a\",\"artist_id\":\"ARTIST122\",\"year\":1999",
        "\"song_id\":\"3\",\"artist_id\":\"\u00e9\",\"year\":1999",
        "\"song_id\":\"2\",\"artist_id\":\"a\\u0000\",\"year\":2000",
    };
    static const uint32_t wanted[] = {1, 2, 4, 7, 6, 5, 3, 8, 0, 9};
    static const uint32_t partitions[] = {0, 1, 2, 3, 6, 7, 8, 9, 10};
    CLEANUP(dimensions_release) struct dimensions songs;
    (void)state;
    add_all(&songs, records, COUNT(records));
    const struct model_table *table = &model_builtin()->tables[table_of("songs")];
    CLEANUP(sorted_rows_release)
    struct sorted_rows sorted =
        rows_sorted(&songs.sources[source_of("songs")].rows, NULL, COUNT(records), table);
    assert_int_equal(table->partition_count, 2);
    assert_memory_equal(sorted.numbers, wanted, sizeof wanted);
    assert_int_equal(sorted.partition_count, COUNT(partitions) - 1);
    assert_memory_equal(sorted.partitions, partitions, sizeof partitions);
}

static void test_winners_do_not_depend_on_the_order(void **state)
{
    CLEANUP(buffer_release) struct buffer expected = {0}, got = {0};
    struct buffer records[RECORDS] = {{0}};
    uint64_t random = 7;
    (void)state;
    for (size_t i = 0; i < RECORDS; i++)
        random_record(&random, &records[i]);
    for (int round = 0; round < 30; round++) {
        CLEANUP(dimensions_release) struct dimensions songs;
        const char *order[RECORDS];
        size_t numbers[RECORDS];
        struct buffer *out = round == 0 ? &expected : &got;
        random_order(&random, numbers, RECORDS);
        for (size_t i = 0; i < RECORDS; i++)
            order[i] = buffer_text(&records[numbers[i]]);
        add_all(&songs, order, RECORDS);
        buffer_reset(out);
        show_table(&songs, table_of("songs"), out);
        show_table(&songs, table_of("artists"), out);
        if (round > 0)
            assert_string_equal(buffer_text(&got), buffer_text(&expected));
    }
    for (size_t i = 0; i < RECORDS; i++)
        buffer_release(&records[i]);
}

/* ---- Decoding -------------------------------------------------------------------------------- */

static void test_a_record_becomes_a_row(void **state)
{
    CLEANUP(dimensions_release) struct dimensions songs;
    CLEANUP(rows_batch_release) struct rows_batch batch;
    (void)state;
    songs_init(&songs, &batch);
    keep_json(source_of("songs"),
              "{\"song_id\":\"S\\u0031\",\"artist_id\":39,\"title\":\"a\\/\\\"b\",\"artist_name\":"
              "null,\"artist_location\":\"\",\"artist_latitude\":1.5,\"duration\":0.1,\"year\":"
              "2003}",
              rows_batch_keep, &batch);
    keep_json(source_of("songs"), "{\"song_id\":\"S2\",\"artist_id\":\"A\",\"year\":null}",
              rows_batch_keep, &batch);
    const struct row_layout *layout = batch.rows.layout;
    const void *first = rows_at(&batch.rows, 0), *second = rows_at(&batch.rows, 1);
    assert_int_equal(batch.rows.count, 2);
    assert_str(row_string(layout, first, field_of("songs", "song_id")), "S1");
    assert_str(row_string(layout, first, field_of("songs", "artist_id")), "39");
    assert_str(row_string(layout, first, field_of("songs", "title")), "a/\"b");
    assert_str(row_string(layout, first, field_of("songs", "artist_name")), NULL);
    assert_str(row_string(layout, first, field_of("songs", "artist_location")), "");
    assert_false(row_is_null(first, field_of("songs", "artist_latitude")));
    assert_true(row_number(layout, first, field_of("songs", "artist_latitude")).float64 == 1.5);
    assert_true(row_is_null(first, field_of("songs", "artist_longitude")));
    assert_true(row_number(layout, first, field_of("songs", "duration")).float64 == 0.1);
    assert_int_equal(row_number(layout, first, field_of("songs", "year")).int64, 2003);
    assert_false(row_is_null(second, field_of("songs", "year"))); /* null is 0 */
    assert_int_equal(row_number(layout, second, field_of("songs", "year")).int64, 0);
    assert_true(row_is_null(second, field_of("songs", "duration")));
    rows_batch_reset(&batch);
    assert_int_equal(batch.rows.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_songs_keep_the_least_title_artist_year_duration),
        cmocka_unit_test(test_artists_keep_the_greatest_year_then_the_least_rest),
        cmocka_unit_test(test_a_play_matches_title_artist_name_and_duration),
        cmocka_unit_test(test_rows_of_a_table_in_order),
        cmocka_unit_test(test_winners_do_not_depend_on_the_order),
        cmocka_unit_test(test_a_record_becomes_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
