/* What is no YAML, or YAML without end: refused with the line, and soon. */
#include "model_files.h"

#define MODEL                                                                                      \
    "model: m\n"                                                                                   \
    "sources: {s: {folder: s, fields: {t: {type: timestamp_s, required: true}}}}\n"                \
    "facts: {f: {from: s, time: t, id: {i: t}, columns: {t: t}}}\n"

static void assert_refused(struct str text, const char *message, const char *hint)
{
    struct error error = {0};
    struct model *model = NULL;
    assert_int_equal(model_parse(text, "m.yaml", &model, &error), STATUS_USAGE);
    assert_string_equal(error.message, message);
    assert_string_equal(error_hint_text(&error), hint);
}

static void test_what_is_no_yaml(void **state)
{
    static const struct {
        const char *text, *message, *hint;
    } cases[] = {
        {"model: m\nx: \xFC\n", "m.yaml:2: invalid leading UTF-8 octet",
         "a model is text in UTF-8"},
        {"model: m\n\nx: \xED\xA0\x80\n", "m.yaml:3: invalid Unicode character",
         "a model is text in UTF-8"},
        {"model: m\nx: a\001b\n", "m.yaml:2: control characters are not allowed",
         "a model is text in UTF-8"},
        {"model: m\nsources:\n\ts: 1\n", "m.yaml:3: found character that cannot start any token",
         "indent by blanks, not by tabs; quote a text that begins with a special character"},
        {"model: m\nsources: a: b\n", "m.yaml:2: mapping values are not allowed in this context",
         "indent the keys of a mapping alike, write a blank behind ':', and quote a text that has "
         "': ' in it"},
        {"model: \"m\nsources: 1\n",
         "m.yaml:3: found unexpected end of stream, while scanning a quoted scalar that begins in "
         "line 1",
         "close the quotation mark or bracket"},
        {"model: m\n sources: 1\n", "m.yaml:2: mapping values are not allowed in this context",
         NULL},
        {"model: m\n- a\n",
         "m.yaml:2: did not find expected key, while parsing a block mapping that begins in line 1",
         "indent what belongs together alike, and quote texts that have special characters"},
        {"model: {a: b[0].c}\n", "m.yaml:1: did not find expected ',' or '}'",
         "inside of { } and [ ] quote texts that have one of ,:[]{} in them, as \"tags[0]\""},
        {"model: *m\n", "m.yaml:1: found undefined alias", ""},
        {"&m {model: *m, sources: *m, facts: *m}\n",
         "m.yaml:1: expected the name of a model, found a mapping", ""},
        {"model: m\nmodel: n\n", "m.yaml:2: 'model' is there twice, first in line 1", ""},
        {MODEL "---\n", "m.yaml:5: a second document begins here; a file holds one model", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error error = {0};
        struct model *model = NULL;
        assert_int_equal(model_parse(str_of(cases[i].text), "m.yaml", &model, &error),
                         STATUS_USAGE);
        assert_string_equal(error.message, cases[i].message);
        if (cases[i].hint)
            assert_string_equal(error_hint_text(&error), cases[i].hint);
    }
}

/* Lines may end as on other systems, and the mark of UTF-8 may stand before them. */
static void test_forms_of_text(void **state)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    (void)state;
    buffer_append_str(&text, STR("\xEF\xBB\xBF---\r\n"));
    for (const char *at = MODEL; *at; at++)
        buffer_append_str(&text, *at == '\n' ? STR("\r\n") : (struct str){at, 1});
    buffer_append_str(&text, STR("...\r\n"));
    struct model *model = parse_text(buffer_str(&text));
    assert_string_equal(model->sources[0].folder, "s");
    model_free(model);
}

/* Text of a beginning, a part many times, and an end; each takes long where something is done for
 * each pair of its parts. */
static void test_much_of_something(void **state)
{
    static const struct {
        const char *begin, *part, *end, *message, *hint;
    } cases[] = {
        {"model: ", "[", "", "m.yaml:1: lists and mappings lie more than 32 deep", ""},
        {"model: ", "{a: ", "", "m.yaml:1: lists and mappings lie more than 32 deep", ""},
        {"", "k:\n", "", "m.yaml:1: the model has no key 'k'",
         "its keys are: model, questions, charts, sources, dimensions, facts"},
        {"model: m\nsources: {s: {fields: 1, folder: ", "f", "}}\nfacts: 1\n",
         "m.yaml:2: expected a folder of at most 512 bytes, found a text of 200000", ""},
        {"model: m\nsources: {s: {folder: s, fields: {a: ", "t", "}}}\nfacts: 1\n",
         "m.yaml:2: expected a type of at most 512 bytes, found a text of 200000", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer text = {0};
        buffer_append_str(&text, str_of(cases[i].begin));
        for (int n = 0; n < 200000; n++)
            buffer_append_str(&text, str_of(cases[i].part));
        buffer_append_str(&text, str_of(cases[i].end));
        assert_refused(buffer_str(&text), cases[i].message, cases[i].hint);
    }
}

/* Brackets in texts are no lists. */
static void test_brackets_in_texts(void **state)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    (void)state;
    buffer_append_str(&text, STR(MODEL "questions: {q: \"SELECT '"));
    for (int n = 0; n < 100; n++)
        buffer_append_char(&text, '[');
    buffer_append_str(&text, STR("'\"}\n"));
    struct model *model = parse_text(buffer_str(&text));
    assert_int_equal(model->questions[0].sql.len, strlen("SELECT ''") + 100);
    model_free(model);
    buffer_append_str(&text, STR("sources: [\n")); /* the first pass sees what is wrong */
    assert_refused(buffer_str(&text), "m.yaml:6: did not find expected node content",
                   "indent what belongs together alike, and quote texts that have special "
                   "characters");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_yaml),
        cmocka_unit_test(test_forms_of_text),
        cmocka_unit_test(test_much_of_something),
        cmocka_unit_test(test_brackets_in_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
