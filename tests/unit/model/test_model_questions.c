/* A model's questions and charts: from its folder, and in its text. */
#include "model_files.h"
#include "scratch.h"

#define REST                                                                                       \
    "sources: {s: {folder: s, fields: {t: {type: timestamp_s, required: true}}}}\n"                \
    "facts: {f: {from: s, time: t, id: {i: t}, columns: {t: t}}}\n"
#define PLAIN "model: m\n" REST

static void read_all(struct model *model, const struct scratch *scratch, enum status expected,
                     const char *message)
{
    CLEANUP(buffer_release) struct buffer file = {0};
    struct error error;
    buffer_appendf(&file, "%s/model.yaml", scratch->path);
    enum status status = model_read_questions(model, buffer_text(&file), &error);
    assert_int_equal(status, expected);
    if (message)
        assert_non_null(strstr(error.message, message));
}

static void test_a_folder(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer text = {0};
    struct model *model = parse_text(STR(PLAIN));
    uint64_t hash = model_hash(model);
    (void)state;
    scratch_open(&scratch);
    read_all(model, &scratch, STATUS_OK, NULL); /* there need not be any */
    assert_int_equal(model->question_count, 0);
    scratch_put(&scratch, "questions/zulu.sql", STR("-- Last.\nSELECT 1"));
    scratch_put(&scratch, "questions/by-day.sql",
                STR("-- \"By day\":\t\\ \xC2\x85\xE2\x80\xA8\xEF\xBB\xBF ü.\r\nSELECT 'x'\n"));
    scratch_put(&scratch, "questions/notes.md", STR("\0"));
    scratch_put(&scratch, "questions/report/null.sql", STR("-- A chart.\nSELECT 2"));
    read_all(model, &scratch, STATUS_OK, NULL);
    assert_int_equal(model->question_count, 2);
    assert_str(model->questions[0].name, "by-day");
    assert_str(model->questions[1].sql, "-- Last.\nSELECT 1");
    assert_int_equal(model->chart_count, 1);
    assert_true(model_hash(model) == hash);
    model_print(model, true, &text);
    struct model *again = parse_text(buffer_str(&text));
    assert_int_equal(again->question_count, 2);
    assert_true(str_equal(again->questions[0].sql, model->questions[0].sql));
    assert_str(again->charts[0].name, "null");
    assert_str(again->charts[0].sql, "-- A chart.\nSELECT 2");
    scratch_put(&scratch, "questions/more.sql", STR("SELECT 3"));
    read_all(again, &scratch, STATUS_OK, NULL); /* the text has them already */
    assert_int_equal(again->question_count, 2);
    model_free(again);
    model_free(model);
}

static void test_a_folder_with_a_name(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    struct model *model = parse_text(STR("questions: asked\n" PLAIN));
    (void)state;
    scratch_open(&scratch);
    read_all(model, &scratch, STATUS_NOT_FOUND, "asked");
    scratch_put(&scratch, "asked/one.sql", STR("SELECT 1"));
    read_all(model, &scratch, STATUS_OK, NULL);
    assert_int_equal(model->question_count, 1);
    model_free(model);
}

static void test_files_that_are_no_questions(void **state)
{
    static char large[(256 << 10) + 2];
    static const struct {
        const char *file;
        struct str sql;
        const char *message;
    } cases[] = {
        {"questions/a b.sql", STR("SELECT 1"), "a b.sql cannot be the file of a question"},
        {"questions/-a.sql", STR("SELECT 1"), "cannot be the file"},
        {"questions/a.sql", STR(""), "empty"},
        {"questions/a.sql", STR("SELECT '\x1B'"), "not text"},
        {"questions/a.sql", STR("SELECT '\xFF'"), "not text"},
        {"questions/report/a.sql", STR("\0"), "not text"},
        {"questions/a.sql", {large, sizeof large - 1}, "longer than 256 KiB"},
    };
    (void)state;
    memset(large, '-', sizeof large - 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(scratch_release) struct scratch scratch = {0};
        struct model *model = parse_text(STR(PLAIN));
        scratch_open(&scratch);
        scratch_put(&scratch, cases[i].file, cases[i].sql);
        read_all(model, &scratch, STATUS_USAGE, cases[i].message);
        model_free(model);
    }
}

static void test_too_many(void **state)
{
    static char large[100 << 10];
    (void)state;
    memset(large, '-', sizeof large);
    for (int of_all = 0; of_all < 2; of_all++) {
        CLEANUP(scratch_release) struct scratch scratch = {0};
        struct model *model = parse_text(STR(PLAIN));
        scratch_open(&scratch);
        for (int i = 0; i < (of_all ? 3 : 201); i++) {
            char name[64];
            snprintf(name, sizeof name, "questions/%d.sql", i);
            scratch_put(&scratch, name, of_all ? (struct str){large, sizeof large} : STR("-"));
        }
        read_all(model, &scratch, STATUS_USAGE, of_all ? "more than 256 KiB" : "more than 200");
        model_free(model);
    }
}

static void test_texts_that_are_no_questions(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"questions: {\"a\\eb\": SELECT 1}\n" PLAIN, "m.yaml:1: "},
        {"questions: {a: \"SELECT \\e\"}\n" PLAIN, "m.yaml:1: the question 'a' has control"},
        {"charts: {a: [1]}\n" PLAIN, "m.yaml:1: expected SQL"},
        {"charts: folder\n" PLAIN, "m.yaml:1: expected SQL by the names of questions"},
        {"questions: {}\n" PLAIN, "m.yaml:1: expected SQL by the names"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct model *model = NULL;
        struct error error;
        assert_int_equal(model_parse(str_of(cases[i].text), "m.yaml", &model, &error),
                         STATUS_USAGE);
        assert_non_null(strstr(error.message, cases[i].message));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_folder),
        cmocka_unit_test(test_a_folder_with_a_name),
        cmocka_unit_test(test_files_that_are_no_questions),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_texts_that_are_no_questions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
