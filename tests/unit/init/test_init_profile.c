/* Types of fields, as they follow from values. */
#include "unit.h"

#include <init_profile.h>

/* Records {"<name>": <value>} of values with a blank between. */
static void add_records(struct profile *profile, const char *name, const char *values, int times)
{
    json_error_t error;
    CLEANUP(buffer_release) struct buffer text = {0};
    buffer_appendf(&text, "[%s]", values);
    json_t *list = json_loads(buffer_text(&text), 0, &error);
    assert_non_null(list);
    for (int n = 0; n < times; n++)
        for (size_t i = 0; i < json_array_size(list); i++) {
            json_t *record = json_pack("{sO}", name, json_array_get(list, i));
            init_profile_add(profile, record);
            json_decref(record);
        }
    json_decref(list);
}

static void test_types(void **state)
{
    static const struct {
        const char *name, *values;
        enum model_type type;
        enum model_time_form form;
    } cases[] = {
        {"a", "\"x\", \"2018-11-30\"", MODEL_STRING, 0},
        {"a", "\"x\", 1", MODEL_STRING, 0},
        {"a", "\"x\", true", MODEL_STRING, 0},
        {"a", "1, 2", MODEL_INT64, 0},
        {"a", "1, 2.5", MODEL_DOUBLE, 0},
        {"a", "1.5, null", MODEL_DOUBLE, 0},
        {"a", "true, false", MODEL_BOOL, 0},
        {"a", "true, 1", MODEL_STRING, 0},
        {"a", "[1]", MODEL_JSON, 0},
        {"a", "1, [1]", MODEL_JSON, 0},
        {"a", "\"2018-11-30\", \"1950-01-31\"", MODEL_DATE, 0},
        {"a", "\"2018-13-30\"", MODEL_STRING, 0},
        {"a", "\"2018-02-29\"", MODEL_STRING, 0},
        {"a", "\"0000-01-01\"", MODEL_STRING, 0},
        {"a", "\"2018-11-30T12:00:00Z\", \"2018-11-30 12:00+01:00\"", MODEL_TIMESTAMP,
         TIME_ISO_8601},
        {"a", "\"2018-11-30T12:00:00.123456-0500\"", MODEL_TIMESTAMP, TIME_ISO_8601},
        {"a", "\"2018-11-30T12:00:00\"", MODEL_STRING, 0}, /* of an unknown zone */
        {"a", "\"2018-11-30T25:00:00Z\"", MODEL_STRING, 0},
        {"a", "\"1969-11-30T12:00:00Z\"", MODEL_STRING, 0},
        {"a", "\"1970-01-01T00:00:00+02:00\"", MODEL_STRING, 0},
        {"a", "\"9999-12-31T23:59:59-01:00\"", MODEL_STRING, 0},
        {"a", "\"2018-02-29T12:00:00Z\"", MODEL_STRING, 0},
        {"a", "\"2016-12-31T23:59:60Z\"", MODEL_STRING, 0},
        {"a", "\"2018-11-30T12:00:00.1234567891Z\"", MODEL_STRING, 0},
        {"a", "\"2018-11-30T12:00:00+99:00\"", MODEL_STRING, 0},
        {"ts", "1541121934, 1541121935", MODEL_TIMESTAMP, TIME_SECONDS},
        {"ts", "1541121934796", MODEL_TIMESTAMP, TIME_MILLISECONDS},
        {"createdAt", "1541121934796000", MODEL_TIMESTAMP, TIME_MICROSECONDS},
        {"ts", "17, 1541121934796", MODEL_INT64, 0},
        {"count", "1541121934796", MODEL_INT64, 0}, /* whose name speaks of no time */
        {"year", "2003, 0", MODEL_INT32, 0},
        {"year", "20030000000", MODEL_INT64, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(init_profile_release) struct profile profile = {0};
        add_records(&profile, cases[i].name, cases[i].values, 1);
        init_profile_finish(&profile);
        assert_int_equal(profile.field_count, 1);
        const struct profile_field *field = &profile.fields[0];
        if (!field->is_used || field->type != cases[i].type || field->form != cases[i].form)
            fail_msg("%s %s: type %d, form %d", cases[i].name, cases[i].values, field->type,
                     field->form);
    }
}

/* One percent of other kinds does not decide. */
static void test_few_faults(void **state)
{
    static const struct {
        int good, bad;
        enum model_type type;
        bool is_whole;
    } cases[] = {{99, 1, MODEL_INT64, true}, {98, 2, MODEL_STRING, true}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(init_profile_release) struct profile profile = {0};
        add_records(&profile, "a", "1", cases[i].good);
        add_records(&profile, "a", "\"x\"", cases[i].bad);
        init_profile_finish(&profile);
        assert_int_equal(profile.fields[0].type, cases[i].type);
        assert_int_equal(profile.fields[0].is_whole, cases[i].is_whole);
    }
}

static void test_values_are_counted(void **state)
{
    CLEANUP(init_profile_release) struct profile profile = {0};
    (void)state;
    add_records(&profile, "a", "1, 2, 2, null, \"\"", 2);
    add_records(&profile, "b", "1", 1);
    init_profile_finish(&profile);
    const struct profile_field *a = &profile.fields[0];
    assert_int_equal(profile.records, 11);
    assert_int_equal(profile.distinct, 5);
    assert_int_equal(a->present, 10);
    assert_int_equal(a->null, 2);
    assert_int_equal(a->empty, 2);
    assert_int_equal(a->distinct, 3);
    assert_false(a->is_whole);
    assert_int_equal(init_profile_combinations(&profile, (const size_t[]){0, 1}, 2), 3);
    assert_int_equal(init_profile_combinations(&profile, (const size_t[]){1, 0}, 2), 1);
}

/* "path: used" of all fields. */
static void assert_used(const char *records, const char *expected)
{
    CLEANUP(init_profile_release) struct profile profile = {0};
    CLEANUP(buffer_release) struct buffer text = {0};
    json_error_t error;
    json_t *list = json_loads(records, 0, &error);
    for (size_t i = 0; i < json_array_size(list); i++)
        init_profile_add(&profile, json_array_get(list, i));
    json_decref(list);
    init_profile_finish(&profile);
    for (size_t i = 0; i < profile.field_count; i++)
        if (profile.fields[i].is_used)
            buffer_appendf(&text, "%.*s%s ", STR_ARG(profile.fields[i].name),
                           profile.fields[i].type == MODEL_JSON ? "=json" : "");
    assert_string_equal(buffer_text(&text), expected);
}

static void test_nested_fields(void **state)
{
    (void)state;
    assert_used("[{\"a\":{\"b\":1,\"c\":{\"d\":2}}}]", "a.b a.c.d ");
    assert_used("[{\"a.b\":{\"c\":1}}]", "`a.b`.c ");
    assert_used("[{\"a\":[1]},{\"a\":null}]", "a=json ");
    /* Keys that differ from record to record. */
    assert_used("[{\"a\":{\"x\":1}},{\"a\":{\"y\":1}},{\"a\":{\"z\":1}}]", "a=json ");
    assert_used("[{\"a\":{\"x\":1}},{\"a\":5}]", "a=json ");
    assert_used("[{\"a\":null}]", "");
    assert_used("[{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":1}}}}}}]", "a.b.c.d.e=json ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_few_faults),
        cmocka_unit_test(test_values_are_counted),
        cmocka_unit_test(test_nested_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
