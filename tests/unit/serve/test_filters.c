/* Filters from parameters and JSON, and what they make of what is shown at most. */
#include "unit.h"

#include "filters.h"

#define DAY_US INT64_C(86400000000)

static void test_json(void **state)
{
    static const struct {
        const char *json, *key; /* NULL: an error */
    } cases[] = {
        {"null", "\n\n\n\n\n"},
        {"{}", "\n\n\n\n\n"},
        {"{\"level\": \"paid\"}", "\n\npaid\n\n\n"},
        {"{\"level\": \"\", \"state\": null}", "\n\n\n\n\n"},
        {"{\"from\": \"2018-11-01\", \"to\": \"x\", \"artist\": \"'\"}", "2018-11-01\nx\n\n\n'\n"},
        {"{\"level\": 1}", NULL},
        {"{\"other\": \"x\"}", NULL},
        {"[]", NULL},
        {"\"x\"", NULL},
    };
    struct error error;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(filters_release) struct filters filters = {0};
        CLEANUP(buffer_release) struct buffer key = {0};
        json_t *json = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
        enum status status = filters_from_json(json, &filters, &error);
        json_decref(json);
        assert_int_equal(status, cases[i].key ? STATUS_OK : STATUS_USAGE);
        filters_append_key(&filters, &key);
        if (cases[i].key)
            assert_string_equal(buffer_text(&key), cases[i].key);
    }
}

static void test_days(void **state)
{
    static const struct {
        const char *from, *to;
        int64_t shown_from, shown_to, expected_from, expected_to; /* days; 0, 0: an error */
    } cases[] = {
        {"", "", 10, 20, 10, 20},
        {"1970-01-13", "", 10, 20, 12, 20},
        {"1970-01-01", "1970-01-06", 2, 20, 2, 5},
        {"1970-01-01", "2018-11-01", 10, 20, 10, 20},
        {"1970-1-1", "", 10, 20, 0, 0},
        {"1970-02-30", "", 10, 20, 0, 0},
        {"1970-00-01", "", 10, 20, 0, 0},
        {"1970-13-01", "", 10, 20, 0, 0},
        {"", "tomorrow", 10, 20, 0, 0},
        {"1969-12-31", "", 10, 20, 0, 0},
        {"+970-01-01", "", 10, 20, 0, 0},
        {"1970-01-01x", "", 10, 20, 0, 0},
    };
    struct error error;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(filters_release) struct filters filters = {0};
        const struct lake_snapshot snapshot = {.model = model_builtin()};
        struct query_lake lake = {.snapshot = &snapshot,
                                  .from_us = cases[i].shown_from * DAY_US,
                                  .to_us = cases[i].shown_to * DAY_US};
        assert_int_equal(filters_set(&filters, "from", cases[i].from, &error), STATUS_OK);
        assert_int_equal(filters_set(&filters, "to", cases[i].to, &error), STATUS_OK);
        enum status status = filters_apply(&filters, &lake, &error);
        if (cases[i].expected_to == 0) {
            assert_int_equal(status, STATUS_USAGE);
            continue;
        }
        assert_int_equal(status, STATUS_OK);
        assert_int_equal(lake.from_us, cases[i].expected_from * DAY_US);
        assert_int_equal(lake.to_us, cases[i].expected_to * DAY_US);
    }
}

static void test_filters_of_plays_in_a_lake_of_another_model(void **state)
{
    static const char *const names[] = {"level", "state", "artist"};
    static const struct model_table facts = {.name = "sales", .rows = ROWS_FACTS};
    static const struct model other = {.name = "shop", .tables = &facts, .table_count = 1};
    struct lake_snapshot snapshot = {.model = &other};
    struct query_lake lake = {.snapshot = &snapshot, .to_us = 10 * DAY_US};
    struct error error;
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        CLEANUP(filters_release) struct filters filters = {0};
        assert_int_equal(filters_set(&filters, names[i], "x", &error), STATUS_OK);
        snapshot.model = &other;
        assert_int_equal(filters_apply(&filters, &lake, &error), STATUS_USAGE);
        assert_non_null(strstr(error.message, names[i]));
        snapshot.model = model_builtin();
        assert_int_equal(filters_apply(&filters, &lake, &error), STATUS_OK);
    }
    CLEANUP(filters_release) struct filters days = {0};
    snapshot.model = &other;
    assert_int_equal(filters_set(&days, "from", "1970-01-02", &error), STATUS_OK);
    assert_int_equal(filters_apply(&days, &lake, &error), STATUS_OK);
    assert_int_equal(lake.from_us, DAY_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json), cmocka_unit_test(test_days),
        cmocka_unit_test(test_filters_of_plays_in_a_lake_of_another_model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
