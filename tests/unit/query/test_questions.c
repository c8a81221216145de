/* Questions: those of the program, a user's own, and what their comments say. */
#include "scratch.h"

#include <query.h>

static void test_ours(void **state)
{
    CLEANUP(query_questions_release) struct query_questions questions = {0};
    struct error error;
    (void)state;
    ASSERT_OK(query_questions_read(model_builtin(), NULL, &questions, &error), error);
    assert_true(questions.count >= 29);
    for (size_t i = 0; i < questions.count; i++) {
        const struct query_question *question = &questions.all[i];
        assert_true(question->summary.len > 10);
        assert_true(str_ends_with(question->summary, STR(".")));
        assert_null(memmem(question->sql.data, question->sql.len, "LIMIT", 5));
        assert_ptr_equal(query_question_find(&questions, question->name), question);
        if (i)
            assert_true(str_compare(questions.all[i - 1].name, question->name) < 0);
    }
    const struct query_question *top = query_question_find(&questions, STR("top-songs"));
    assert_int_equal(top->limit, 10);
    assert_null(query_question_find(&questions, STR("top")));
}

static void test_a_users_own(void **state)
{
    CLEANUP(query_questions_release) struct query_questions ours = {0}, all = {0};
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer sql = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    scratch_put(&scratch, "top-songs.sql", STR("-- Mine. And more.\n-- limit: 3\nSELECT 1\n"));
    scratch_put(&scratch, "bare.sql", STR("SELECT 2 -- limit: 9"));
    scratch_put(&scratch, "notes.txt", STR("no question"));
    ASSERT_OK(query_questions_read(model_builtin(), NULL, &ours, &error), error);
    ASSERT_OK(query_questions_read(model_builtin(), scratch.path, &all, &error), error);
    assert_int_equal(all.count, ours.count + 1);
    const struct query_question *mine = query_question_find(&all, STR("top-songs"));
    assert_true(str_equal(mine->summary, STR("Mine.")));
    query_question_append(mine, mine->limit, &sql);
    assert_string_equal(buffer_text(&sql), "-- Mine. And more.\n-- limit: 3\nSELECT 1\nLIMIT 3");
    assert_int_equal(query_question_find(&all, STR("bare"))->limit, 0);
}

/* A model has its own; one that includes the built-in model has the bundled ones, too. */
static void test_of_a_model(void **state)
{
    static const struct model_text texts[] = {
        {STR("top-songs"), STR("-- Of the model.\nSELECT 1")},
        {STR("by-day"), STR("-- By day.\n-- limit: 7\nSELECT 2")},
    };
    static const struct model_table table = {.name = "sales", .rows = ROWS_FACTS};
    struct model larger = *model_builtin();
    struct model other = {.tables = &table, .table_count = 1, .questions = texts};
    CLEANUP(query_questions_release) struct query_questions of_larger = {0}, of_other = {0};
    CLEANUP(query_questions_release) struct query_questions mine = {0}, none = {0};
    CLEANUP(scratch_release) struct scratch scratch = {0};
    struct error error;
    (void)state;
    ASSERT_OK(query_questions_read(&other, NULL, &none, &error), error);
    assert_int_equal(none.count, 0);
    other.question_count = larger.question_count = COUNT(texts);
    larger.questions = texts;
    ASSERT_OK(query_questions_read(&other, NULL, &of_other, &error), error);
    assert_int_equal(of_other.count, 2);
    assert_true(str_equal(of_other.all[0].name, STR("by-day")));
    assert_int_equal(of_other.all[0].limit, 7);
    assert_true(of_other.all[0].is_of_model);
    ASSERT_OK(query_questions_read(&larger, NULL, &of_larger, &error), error);
    assert_true(of_larger.count >= 30);
    assert_true(str_equal(query_question_find(&of_larger, STR("top-songs"))->summary,
                          STR("Of the model.")));
    scratch_open(&scratch);
    scratch_put(&scratch, "by-day.sql", STR("-- Mine.\nSELECT 3"));
    ASSERT_OK(query_questions_read(&other, scratch.path, &mine, &error), error);
    assert_int_equal(mine.count, 2);
    assert_true(str_equal(query_question_find(&mine, STR("by-day"))->summary, STR("Mine.")));
    assert_false(query_question_find(&mine, STR("by-day"))->is_of_model);
    assert_false(query_question_find(&of_larger, STR("top-artists"))->is_of_model);
}

static void test_a_folder_that_is_not_there(void **state)
{
    struct query_questions questions = {0};
    struct error error;
    (void)state;
    assert_int_equal(query_questions_read(model_builtin(), "/no/such/folder", &questions, &error),
                     STATUS_NOT_FOUND);
    assert_non_null(strstr(error.message, "/no/such/folder"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ours),
        cmocka_unit_test(test_a_users_own),
        cmocka_unit_test(test_of_a_model),
        cmocka_unit_test(test_a_folder_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
