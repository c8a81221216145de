/* The words that the shell completes. */
#include "unit.h"

#include "query_words.h"

static void test_completion(void **state)
{
    static const struct {
        const char *typed;
        size_t count;       /* of words with this prefix */
        const char *common; /* in any case of letters; NULL: there is no word */
    } cases[] = {
        {"song_i", 1, "song_id"},  {"SONG_I", 1, "song_id"}, {"songpl", 2, "songplay"},
        {"top-s", 1, "top-songs"}, {".qui", 1, ".quit"},     {"users", 2, "users"},
        {"xyz", 0, NULL},
    };
    struct query_question question = {.name = STR("top-songs")};
    struct query_questions questions = {.all = &question, .count = 1};
    CLEANUP(query_words_release) struct query_words words = {0};
    (void)state;
    query_words_init(&words, model_builtin(), &questions);
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t first, count;
        query_words_find(&words, str_of(cases[i].typed), &first, &count);
        if (count != cases[i].count)
            fail_msg("'%s': %zu words", cases[i].typed, count);
        if (count)
            assert_str(
                (struct str){words.all[first].data, query_words_common(&words, first, count)},
                cases[i].common);
    }
}

static void test_each_word_once(void **state)
{
    struct query_questions questions = {0};
    CLEANUP(query_words_release) struct query_words words = {0};
    (void)state;
    query_words_init(&words, model_builtin(), &questions);
    for (size_t i = 0; i < words.count; i++) {
        size_t first, count, same = 0;
        query_words_find(&words, words.all[i], &first, &count);
        for (size_t j = first; j < first + count; j++)
            same += words.all[j].len == words.all[i].len;
        assert_int_equal(same, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_completion),
        cmocka_unit_test(test_each_word_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
