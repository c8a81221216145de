/* vocabulary, words: words and numbers as JSON text. */
#include "catalogue.h"
#include "unit.h"
#include "vocabulary.h"

static const struct {
    enum list list;
    const char *word, *in_song, *in_log;
} words[] = {
    {LIST_NOUNS, "River", "River", "River"},
    {LIST_LATIN, "Corazón", "Coraz\\u00f3n", "Coraz\\u00f3n"},
    {LIST_CYRILLIC, "Ночь", "\\u041d\\u043e\\u0447\\u044c", "\\u041d\\u043e\\u0447\\u044c"},
    {LIST_DEVANAGARI, "दिल", "\\u0926\\u093f\\u0932", "\\u0926\\u093f\\u0932"},
    {LIST_CJK, "𠮷野家", "\\ud842\\udfb7\\u91ce\\u5bb6", "\\ud842\\udfb7\\u91ce\\u5bb6"},
    {LIST_EMOJI, "🔥", "\\ud83d\\udd25", "\\ud83d\\udd25"},
    {LIST_SYMBOLS, "/", "/", "\\/"},
    {LIST_SYMBOLS, "\"", "\\\"", "\\\""},
    {LIST_SUFFIXES, "(Part 1/2)", "(Part 1/2)", "(Part 1\\/2)"},
    {LIST_SUFFIXES, "No. 3: Allegro \\ Andante", "No. 3: Allegro \\\\ Andante",
     "No. 3: Allegro \\\\ Andante"},
};

static const struct word *find(const struct vocabulary *vocabulary, enum list list,
                               const char *word)
{
    for (uint32_t i = 0; i < word_tables[list].count; i++)
        if (strcmp(word_tables[list].words[i], word) == 0)
            return &vocabulary->lists[list][i];
    fail_msg("no word %s", word);
    return NULL;
}

static void words_are_escaped(void **state)
{
    struct vocabulary CLEANUP(vocabulary_release) vocabulary;
    (void)state;
    vocabulary_init(&vocabulary);
    for (size_t i = 0; i < COUNT(words); i++) {
        const struct word *word = find(&vocabulary, words[i].list, words[i].word);
        assert_str(word->text[IN_SONG], words[i].in_song);
        assert_str(word->text[IN_LOG], words[i].in_log);
    }
}

static void no_word_needs_another_escape(void **state)
{
    (void)state;
    for (int list = 0; list < LIST_COUNT; list++)
        for (uint32_t i = 0; i < word_tables[list].count; i++) {
            struct str word = str_of(word_tables[list].words[i]);
            assert_int_equal(utf8_valid_prefix(word.data, word.len), word.len);
            for (size_t at = 0; at < word.len; at++)
                assert_true((unsigned char)word.data[at] >= ' ');
        }
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
        cmocka_unit_test(no_word_needs_another_escape),
        cmocka_unit_test(seconds_are_the_shortest_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
