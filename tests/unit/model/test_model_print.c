/* model_print: the model that is made of the text is the model that was printed. */
#include "model_files.h"

static void assert_round_trip(const struct model *model)
{
    CLEANUP(buffer_release) struct buffer text = {0}, again = {0};
    model_print(model, true, &text);
    struct model *other = parse_text(buffer_str(&text));
    model_print(other, true, &again);
    assert_string_equal(buffer_text(&again), buffer_text(&text));
    assert_true(model_hash(other) == model_hash(model));
    assert_int_equal(other->all_count, model->all_count);
    model_free(other);
}

static void test_round_trip(void **state)
{
    (void)state;
    struct model *model = parse_text(STR(EVENTS_MODEL));
    assert_round_trip(model);
    assert_round_trip(model_builtin());
    model_free(model);
}

/* Texts that YAML would read as something else, or not at all. */
static void test_texts_are_quoted(void **state)
{
    static const char text[] =
        "model: m\n"
        "sources: {s: {folder: \"a b/ü: #\", noun: \"no \\\"one\\\"\", keep: {k: \"\\t- x\\\\\"}, "
        "fields: {k: {type: string, required: true}, t: {type: timestamp_s, required: true}, "
        "\"-a: b\": string, \"*\": json, \"`x.y`\": string}}}\n"
        "dimensions: {d: {from: s, key: k, order: [\"--a: b\", \"-`x.y`\"], columns: {k: k, a: "
        "\"-a: b\"}}}\n"
        "facts: {f: {rows: \"[x]\", from: s, time: t, id: {i: [t]}, columns: {t: t, s: \"*\"}}}\n";
    (void)state;
    struct model *model = parse_text(STR(text));
    assert_string_equal(model->sources[0].folder, "a b/ü: #");
    assert_str(model->sources[0].kept_value, "\t- x\\");
    assert_round_trip(model);
    model_free(model);
}

/* In which order fields are read no table depends on. */
static void test_ignored_fields_have_a_place(void **state)
{
    static const char *const fields[] = {"t: ignored, v: string, w: ignored, x: ignored",
                                         "v: string}, ignored: [t, w, x"};
    struct model *models[COUNT(fields)];
    CLEANUP(buffer_release) struct buffer printed = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(fields); i++) {
        CLEANUP(buffer_release) struct buffer text = {0};
        buffer_appendf(&text,
                       "model: m\nsources: {s: {folder: s, fields: {at: {type: timestamp_s, "
                       "required: true}, %s%s}}\nfacts: {f: {from: s, time: at, id: {i: at}, "
                       "columns: {at: at, v: v}}}\n",
                       fields[i], i ? "]" : "}");
        models[i] = parse_text(buffer_str(&text));
        assert_round_trip(models[i]);
    }
    assert_true(model_hash(models[0]) == model_hash(models[1]));
    assert_str(models[0]->sources[0].fields[1].name, "t");
    assert_str(models[1]->sources[0].fields[1].name, "v");
    model_print(models[0], true, &printed);
    assert_non_null(strstr(buffer_text(&printed), "      t: ignored\n      v: string\n"
                                                  "    ignored: [w, x]\n"));
    for (size_t i = 0; i < COUNT(models); i++)
        model_free(models[i]);
}

/* What no file of a table depends on. */
static void test_words_do_not_change_the_hash(void **state)
{
    static const struct {
        const char *rest;
        bool is_same;
    } cases[] = {
        {"facts: {f: {from: s, time: t, id: {i: t}, columns: {t: t, v: v}}}", true},
        {"facts: {f: {columns: {t: {of: t}, v: v}, id: {i: [t]}, time: t, from: s}}", true},
        {"facts: {f: {from: s, time: t, rows: x, id: {i: t}, columns: {t: t, v: {of: v, comment: "
         "c}}}}\nquestions: q",
         true},
        {"facts: {f: {from: s, time: t, id: {i: t}, columns: {t: t, w: v}}}", false},
        {"facts: {f: {from: s, time: t, id: {i: t}, columns: {v: v, t: t}}}", false},
        {"facts: {g: {from: s, time: t, id: {i: t}, columns: {t: t, v: v}}}", false},
        {"facts: {f: {from: s, time: t, id: {i: t}, columns: {t: t, v: v}, schema: 2}}", false},
    };
    uint64_t first = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer text = {0};
        buffer_appendf(&text,
                       "model: m\nsources: {s: {folder: s, fields: {t: {type: timestamp_s, "
                       "required: true}, v: string}}}\n%s\n",
                       cases[i].rest);
        struct model *model = parse_text(buffer_str(&text));
        first = i ? first : model_hash(model);
        assert_int_equal(model_hash(model) == first, cases[i].is_same);
        model_free(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_texts_are_quoted),
        cmocka_unit_test(test_ignored_fields_have_a_place),
        cmocka_unit_test(test_words_do_not_change_the_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
