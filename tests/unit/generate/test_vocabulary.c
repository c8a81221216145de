/* vocabulary: words and numbers as JSON text. */
#include "catalogue.h"
#include "unit.h"
#include "vocabulary.h"

static const struct {
    enum list list;
    const char *in_song, *in_log;
} words[] = {
    {LIST_NOUNS, "River", "River"},
    {LIST_LATIN, "Coraz\\u00f3n", "Coraz\\u00f3n"},
    {LIST_CYRILLIC, "\\u041d\\u043e\\u0447\\u044c", "\\u041d\\u043e\\u0447\\u044c"},
    {LIST_DEVANAGARI, "\\u0926\\u093f\\u0932", "\\u0926\\u093f\\u0932"},
    {LIST_CJK, "\\ud842\\udfb7\\u91ce\\u5bb6", "\\ud842\\udfb7\\u91ce\\u5bb6"},
    {LIST_EMOJI, "\\ud83d\\udd25", "\\ud83d\\udd25"},
    {LIST_SYMBOLS, "/", "\\/"},
    {LIST_SYMBOLS, "\\\"", "\\\""},
    {LIST_SUFFIXES, "(Part 1/2)", "(Part 1\\/2)"},
    {LIST_SUFFIXES, "No. 3: Allegro \\\\ Andante", "No. 3: Allegro \\\\ Andante"},
    {LIST_SUFFIXES, "[Extended]", "[Extended]"},
    {LIST_PLACES, "Null Island", "Null Island"},
};

static void words_are_escaped(void **state)
{
    struct vocabulary CLEANUP(vocabulary_release) vocabulary;
    (void)state;
    vocabulary_init(&vocabulary);
    for (size_t i = 0; i < COUNT(words); i++) {
        const struct word_list *list = &vocabulary.lists[words[i].list];
        size_t at = 0;
        while (at < list->count &&
               !str_equal(list->words[at].text[IN_SONG], str_of(words[i].in_song)))
            at++;
        if (at == list->count)
            fail_msg("no word %s", words[i].in_song);
        assert_str(list->words[at].text[IN_LOG], words[i].in_log);
    }
}

static void all_lists_have_words_of_ascii(void **state)
{
    struct vocabulary CLEANUP(vocabulary_release) vocabulary;
    (void)state;
    vocabulary_init(&vocabulary);
    for (int list = LIST_NONE + 1; list < LIST_COUNT; list++) {
        assert_true(vocabulary.lists[list].count > 0);
        for (size_t i = 0; i < vocabulary.lists[list].count; i++) {
            struct str word = vocabulary.lists[list].words[i].text[IN_LOG];
            for (size_t at = 0; at < word.len; at++)
                assert_in_range(word.data[at], ' ', '~');
        }
    }
}

/* The reader of words relies on it. */
static void words_are_utf8(void **state)
{
    char line[256];
    FILE *file = fopen(TEST_FOLDER "/../../../src/generate/words.txt", "re");
    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        assert_int_equal(utf8_valid_prefix(line, strlen(line)), strlen(line));
    fclose(file);
}

static void places_have_coordinates(void **state)
{
    struct vocabulary CLEANUP(vocabulary_release) vocabulary;
    (void)state;
    vocabulary_init(&vocabulary);
    for (size_t i = 0; i < vocabulary.lists[LIST_PLACES].count; i++) {
        assert_true(vocabulary.lists[LIST_PLACES].words[i].latitude.len > 0);
        assert_true(vocabulary.lists[LIST_PLACES].words[i].longitude.len > 0);
    }
    assert_str(vocabulary.lists[LIST_PLACES].words[0].latitude, "51.50632");
    assert_str(vocabulary.lists[LIST_PLACES].words[0].longitude, "-0.12714");
}

static const struct {
    uint32_t units;
    const char *text;
} seconds[] = {
    {0, "0.0"},
    {1, "0.00001"},
    {10, "0.0001"},
    {99999, "0.99999"},
    {100000, "1.0"},
    {1000000, "10.0"},
    {1010000, "10.1"},
    {21893179, "218.93179"},
    {26770240, "267.7024"},
    {17718800, "177.188"},
    {84012000, "840.12"},
    {100000001, "1000.00001"},
};

static void seconds_are_the_shortest_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(seconds); i++) {
        char text[32];
        *catalogue_write_duration(text, seconds[i].units) = '\0';
        assert_string_equal(text, seconds[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_escaped),
        cmocka_unit_test(all_lists_have_words_of_ascii),
        cmocka_unit_test(words_are_utf8),
        cmocka_unit_test(places_have_coordinates),
        cmocka_unit_test(seconds_are_the_shortest_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
