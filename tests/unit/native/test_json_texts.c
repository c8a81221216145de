/* Fields that are kept as JSON: the whole token, without white space outside of strings. */
#include "unit.h"

#include "json_texts.h"

static const struct model_field fields[] = {
    {.name = {"a", 1}, .type = MODEL_JSON, .need = NEED_OPTIONAL},
    {.name = {"b", 1}, .type = MODEL_STRING, .need = NEED_OPTIONAL},
    {.name = {"c", 1}, .type = MODEL_JSON, .need = NEED_NOT_AT_ALL},
    {.name = {"d", 1}, .type = MODEL_JSON, .need = NEED_OPTIONAL},
};
static const struct model_source source = {.fields = fields, .field_count = ARRAY_LENGTH(fields)};

static struct json_value value(const char *text, enum json_kind kind)
{
    bool is_string = kind == JSON_KIND_STRING;
    return (struct json_value){.text = text + is_string,
                               .len = (uint32_t)(strlen(text) - 2 * is_string),
                               .kind = kind,
                               .spaced = true,
                               .escaped = is_string && strchr(text, '\\')};
}

static void texts_are_whole_and_short(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum json_kind kind;
        const char *expected;
    } rows[] = {
        {"{\"k\" : [1,\t2]}", JSON_KIND_OBJECT, "{\"k\":[1,2]}"},
        {"{\"k\":\"a b\"}", JSON_KIND_OBJECT, "{\"k\":\"a b\"}"},
        {"\"a \\u00e9\"", JSON_KIND_STRING, "\"a \\u00e9\""},
        {"1.50", JSON_KIND_NUMBER, "1.50"},
    };
    struct json_texts texts;
    json_texts_init(&texts, &source);
    assert_int_equal(texts.count, 2);
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct model_record record = {0};
        record.values[0] = value(rows[i].text, rows[i].kind);
        record.values[1] = value("\"\\n\"", JSON_KIND_STRING);
        record.values[3] = value("[ ]", JSON_KIND_ARRAY);
        json_texts_set(&texts, &record);
        struct str first = json_text(&record.values[0], NULL);
        assert_true(str_equal(first, str_of(rows[i].expected)));
        assert_true(record.values[1].escaped);
        assert_true(str_equal(json_text(&record.values[3], NULL), str_of("[]")));
    }
    json_texts_release(&texts);
}

static void null_stays_null(void **state)
{
    (void)state;
    struct json_texts texts;
    struct model_record record = {0};
    json_texts_init(&texts, &source);
    record.values[3] = value("null", JSON_KIND_NULL);
    json_texts_set(&texts, &record);
    assert_true(model_is_null(&record, 0) && model_is_null(&record, 3));
    json_texts_release(&texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_whole_and_short),
        cmocka_unit_test(null_stays_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
