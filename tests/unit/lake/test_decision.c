/* A decision's fields, each damaged in the ways that it can be: the error names the object, the
 * field, and what to try. */
#include "builtin.h"
#include "unit.h"

#include "decision.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define KEY    "_sparkify/commits/00000000000000000007.json"
#define NUMBER 7

static const char right[] =
    "{\"format\":2,\"run\":\"20181101T120000Z-1f2e3d4c\",\"time\":1541073600000,"
    "\"operation\":\"etl\",\"keep_versions\":1,\"oldest\":7,"
    "\"plan\":\"_sparkify/plans/20181101T120000Z-1f2e3d4c.plan\","
    "\"plan_hash\":\"0123456789abcdef\",\"tables\":{}}";
static const char table[] =
    "{\"version\":3,\"log\":10,\"entries\":20,\"id\":\"c6a3d9f2-8e0b-4a53-9e1f-0d2c4b6a8e10\","
    "\"created\":1541073600000,\"rows\":5,\"files\":4,\"bytes\":6,\"added\":1,\"removed\":2}";

static json_t *make(void)
{
    json_t *decision = json_loads(right, 0, NULL);
    for (int i = 0; i < (int)model_builtin()->all_count; i++)
        json_object_set_new(json_object_get(decision, "tables"), model_builtin()->tables[i].folder,
                            json_loads(table, 0, NULL));
    return decision;
}

static enum status read_it(json_t *text, struct decision *out, struct error *error)
{
    char *bytes = json_dumps(text, 0);
    enum status status =
        decision_parse("lake", STR(KEY), NUMBER, str_of(bytes), model_builtin(), out, error);
    free(bytes);
    json_decref(text);
    return status;
}

static void test_right(void **state)
{
    CLEANUP(decision_release) struct decision decision = {0};
    struct error error;
    (void)state;
    ASSERT_OK(read_it(make(), &decision, &error), error);
    assert_int_equal(decision.version.oldest, 7);
    assert_str(decision.run_id, "20181101T120000Z-1f2e3d4c");
    assert_str(decision.plan_hash, "0123456789abcdef");
    assert_int_equal(decision.tables[table_of("time")].log.version, 3);
    assert_int_equal(decision.tables[table_of("state/users")].entries_bytes, 20);
    assert_int_equal(decision.tables[table_of("songs")].removed, 2);
}

static void test_what_is_written_is_parsed(void **state)
{
    CLEANUP(decision_release) struct decision first = {0}, second = {0};
    CLEANUP(buffer_release) struct buffer text = {0}, again = {0};
    struct error error;
    (void)state;
    ASSERT_OK(read_it(make(), &first, &error), error);
    for (int i = 0; i < (int)model_builtin()->all_count; i++)
        first.tables[i].counts.rows = 100 + (uint64_t)i;
    decision_write(&first, &text);
    ASSERT_OK(decision_parse("lake", STR(KEY), NUMBER, buffer_str(&text), model_builtin(), &second,
                             &error),
              error);
    assert_memory_equal(second.tables, first.tables, sizeof first.tables);
    assert_int_equal(second.version.time_ms, first.version.time_ms);
    assert_int_equal(second.version.keep_versions, first.version.keep_versions);
    assert_str(second.version.plan, "_sparkify/plans/20181101T120000Z-1f2e3d4c.plan");
    decision_write(&second, &again);
    assert_string_equal(buffer_text(&again), buffer_text(&text));
}

/* What earlier programs did not write. */
static void test_what_may_be_missing(void **state)
{
    CLEANUP(decision_release) struct decision decision = {0};
    struct error error;
    json_t *text = make();
    (void)state;
    json_object_del(text, "plan_hash");
    json_object_del(json_object_get(text, "tables"), builtin_table("state/users")->folder);
    ASSERT_OK(read_it(text, &decision, &error), error);
    assert_null(decision.plan_hash.data);
    assert_int_equal(decision.tables[table_of("state/users")].log.version, -1);
    assert_int_equal(decision.tables[table_of("state/users")].entries_bytes, 0);
}

/* Puts each of these values in the place of each field. */
static const char *const unusual[] = {
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "\"x\"",
    "\"../../x\"",
    "1.5",
    "-2",
    "-9223372036854775808",
    "9223372036854775807",
    "1e999",
};

static void assert_damaged(json_t *text, const char *field)
{
    CLEANUP(decision_release) struct decision decision = {0};
    struct error error = {0};
    assert_int_equal(read_it(text, &decision, &error), STATUS_CORRUPT);
    if (!strstr(error.message, "lake/" KEY " is damaged: ") || !strstr(error.message, field) ||
        !error.hint[0])
        fail_msg("%s: %s", field, error.message);
}

static bool may_be(const char *field, const char *value)
{
    return (strcmp(field, "operation") == 0 || strcmp(field, "plan_hash") == 0) && value[0] == '"';
}

static void test_damaged(void **state)
{
    static const char *const fields[] = {"run",    "time", "operation", "keep_versions",
                                         "oldest", "plan", "plan_hash"};
    (void)state;
    for (size_t i = 0; i < COUNT(fields); i++)
        for (size_t j = 0; j < COUNT(unusual); j++) {
            json_t *text = make(), *value = json_loads(unusual[j], JSON_DECODE_ANY, NULL);
            if (!value || may_be(fields[i], unusual[j])) {
                json_decref(text);
                json_decref(value);
                continue;
            }
            json_object_set_new(text, fields[i], value);
            assert_damaged(text, fields[i]);
        }
}

static void test_damaged_table(void **state)
{
    static const char *const fields[] = {"version", "log",    "entries", "id",
                                         "created", "schema", "rows",    "files",
                                         "bytes",   "added",  "removed"};
    (void)state;
    for (size_t i = 0; i < COUNT(fields); i++)
        for (size_t j = 0; j < COUNT(unusual); j++) {
            json_t *text = make(), *value = json_loads(unusual[j], JSON_DECODE_ANY, NULL);
            json_t *time = json_object_get(json_object_get(text, "tables"), "time");
            if (!value) {
                json_decref(text);
                continue;
            }
            json_object_set_new(time, fields[i], value);
            assert_damaged(text, fields[i]);
        }
    for (size_t j = 0; j < COUNT(unusual); j++) {
        json_t *text = make(), *value = json_loads(unusual[j], JSON_DECODE_ANY, NULL);
        json_object_set_new(text, "tables", value ? value : json_null());
        assert_damaged(text, "songs");
    }
}

/* What only lakes have whose model was replaced. */
static void test_a_lake_that_began_anew(void **state)
{
    static const struct {
        const char *field, *value;
    } wrong[] = {{"began", "8"},        {"began", "-1"},           {"began", "\"7\""},
                 {"began", "1.5"},      {"others_until", "-1"},    {"others_until", "[]"},
                 {"retired", "[1, 2]"}, {"retired", "{\"x\": 1}"}, {"retired", "\"x\""}};
    CLEANUP(decision_release) struct decision decision = {0}, again = {0};
    CLEANUP(buffer_release) struct buffer text = {0};
    struct error error;
    (void)state;
    ASSERT_OK(read_it(make(), &decision, &error), error);
    assert_int_equal(decision.version.began, 0);
    decision.version.began = NUMBER;
    decision.version.others_until_ms = 5;
    decision.tables[table_of("users")].log.began = 3;
    decision.retired_count = 1;
    strcpy(decision.retired[0].name, "gone");
    decision.retired[0].table = decision.tables[table_of("users")];
    decision_write(&decision, &text);
    assert_non_null(strstr(buffer_text(&text), "\"format\": 3"));
    ASSERT_OK(decision_parse("lake", STR(KEY), NUMBER, buffer_str(&text), model_builtin(), &again,
                             &error),
              error);
    assert_true(again.version.began == NUMBER && again.version.others_until_ms == 5 &&
                again.retired_count == 1);
    assert_int_equal(again.tables[table_of("users")].log.began, 3);
    assert_string_equal(again.retired[0].name, "gone");
    assert_memory_equal(&again.retired[0].table, &decision.retired[0].table,
                        sizeof again.retired[0].table);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        json_t *damaged = make();
        json_object_set_new(damaged, wrong[i].field,
                            json_loads(wrong[i].value, JSON_DECODE_ANY, NULL));
        assert_damaged(damaged, strstr(wrong[i].value, "{") ? "version" : wrong[i].field);
    }
}

/* Versions before a rebuild have other tables. */
static void test_a_decision_of_another_model(void **state)
{
    CLEANUP(decision_release) struct decision decision = {0};
    struct error error;
    json_t *text = make(), *tables = json_object_get(text, "tables");
    (void)state;
    json_object_set_new(text, "model", json_string("_sparkify/models/0123456789abcdef.yaml"));
    json_object_set(tables, "others", json_object_get(tables, "users"));
    json_object_del(tables, "users");
    ASSERT_OK(read_it(text, &decision, &error), error);
    assert_int_equal(decision.tables[table_of("users")].log.version, -1);
    struct lake_history_table total = decision_total(&decision, NUMBER);
    uint64_t rows = (uint64_t)json_integer_value(
        json_object_get(json_object_get(json_object_get(decision.text, "tables"), "time"), "rows"));
    assert_int_equal(total.counts.rows, 5 * rows);
    assert_int_equal(total.version, NUMBER);
}

static void test_missing(void **state)
{
    static const char *const fields[] = {"run",           "time",   "operation",
                                         "keep_versions", "oldest", "plan"};
    (void)state;
    for (size_t i = 0; i < COUNT(fields); i++) {
        json_t *text = make();
        json_object_del(text, fields[i]);
        assert_damaged(text, fields[i]);
    }
}

static void test_no_json(void **state)
{
    static const char *const texts[] = {"", "x", "[]", "1", "{", "null", "{\"format\":2"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        CLEANUP(decision_release) struct decision decision = {0};
        struct error error = {0};
        assert_int_equal(decision_parse("lake", STR(KEY), NUMBER, str_of(texts[i]), model_builtin(),
                                        &decision, &error),
                         STATUS_CORRUPT);
        assert_non_null(strstr(error.message, "it is not a JSON object"));
    }
}

static void test_formats(void **state)
{
    static const struct {
        const char *format;
        enum status expected;
    } cases[] = {
        {"2", STATUS_OK},        {"99", STATUS_FOREIGN},   {"9223372036854775807", STATUS_FOREIGN},
        {"0", STATUS_CORRUPT},   {"-1", STATUS_CORRUPT},   {"\"2\"", STATUS_CORRUPT},
        {"2.0", STATUS_CORRUPT}, {"null", STATUS_CORRUPT},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(decision_release) struct decision decision = {0};
        struct error error = {0};
        json_t *text = make();
        json_object_set_new(text, "format", json_loads(cases[i].format, JSON_DECODE_ANY, NULL));
        assert_int_equal(read_it(text, &decision, &error), cases[i].expected);
    }
}

/* Of what is nested as deep as an attacker likes, nothing is read. */
static void test_deep(void **state)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    CLEANUP(decision_release) struct decision decision = {0};
    struct error error = {0};
    (void)state;
    for (size_t i = 0; i < 500000; i++)
        buffer_append_str(&text, STR("{\"a\":"));
    assert_int_equal(decision_parse("lake", STR(KEY), NUMBER, buffer_str(&text), model_builtin(),
                                    &decision, &error),
                     STATUS_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right),
        cmocka_unit_test(test_what_is_written_is_parsed),
        cmocka_unit_test(test_what_may_be_missing),
        cmocka_unit_test(test_a_lake_that_began_anew),
        cmocka_unit_test(test_a_decision_of_another_model),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_damaged_table),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_no_json),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
