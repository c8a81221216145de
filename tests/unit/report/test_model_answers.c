/* What a report says of a model. */
#include "../spark/shop_model.h"
#include "builtin.h"
#include "unit.h"

#include <model_answers.h>

static void test_a_model_is_described(void **state)
{
    static const struct model_text charts[] = {{STR("by \"day\""), STR("SELECT 1")}};
    struct model_sections sections;
    struct model model = shop;
    (void)state;
    model.name = "shop";
    model.table_count = (int)model_builtin()->table_count;
    model.charts = charts;
    model.chart_count = COUNT(charts);
    model_sections_init(&sections, &model);
    json_t *described = report_model_json(&model, &sections);
    assert_non_null(described);
    assert_string_equal(json_string_value(json_object_get(described, "name")), "shop");
    const json_t *tables = json_object_get(described, "tables");
    static const char *const kinds[] = {"facts", "calendar", "dimension", "dimension", "dimension"};
    assert_int_equal(json_array_size(tables), COUNT(kinds));
    for (size_t i = 0; i < COUNT(kinds); i++) {
        const json_t *table = json_array_get(tables, i);
        assert_string_equal(json_string_value(json_object_get(table, "name")), shop_tables[i].name);
        assert_string_equal(json_string_value(json_object_get(table, "kind")), kinds[i]);
    }
    const json_t *all = json_object_get(described, "sections");
    assert_int_equal(json_array_size(all), sections.count);
    for (size_t i = 0; i < sections.count; i++) {
        const json_t *section = json_array_get(all, i);
        const char *kind = json_string_value(json_object_get(section, "kind"));
        assert_string_equal(kind, sections.all[i].kind);
        if (strcmp(kind, "chart") == 0)
            assert_string_equal(json_string_value(json_object_get(section, "answer")),
                                "chart-by \"day\"");
    }
    json_decref(described);
    model_sections_release(&sections);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_model_is_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
