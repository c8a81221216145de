/* What is generated of each field, from its type and need. */
#include "sql_private.h"

#include "shop_model.h"
#include "unit.h"

static const struct text_row {
    const char *value; /* of sql_set_fields */
    int source;
    const char *expected; /* all of it, or, in doubts and checks, a part */
} rows[] = {
    {"names", PRODUCTS, "'sku', 'label', 'price', 'stock', 'weight', 'note'"},
    {"record_fields", PRODUCTS,
     "record.`sku` AS `.sku`, record.`label` AS `.label`, record.`price` AS `.price`, "
     "record.`stock` AS `.stock`, record.`weight` AS `.weight`"},
    {"schema", PRODUCTS,
     "`sku`: STRING, `label`: STRING, `price`: DOUBLE, `stock`: INT, `weight`: BIGINT"},
    {"tagged_schema", PRODUCTS,
     "`~sku` STRING, `~label` STRING, `~price` STRING, `~stock` STRING, `~weight` STRING"},
    {"tagged_fields", PRODUCTS,
     "`tagged.sku`, `tagged.label`, `tagged.price`, `tagged.stock`, `tagged.weight`"},
    {"kept_fields", PRODUCTS,
     "`.sku`, `.label`, `.price`, coalesce(`.stock`, 0) AS `.stock`, `.weight`"},
    {"kept_fields", ORDERS,
     "`.shop`, `.number`, `.placed`, `.ordered`, `.paid`, `.tax`, `.status`, `.buyer`"},
};

static const struct text_row parts[] = {
    /* required in every record, and where records are kept by rule */
    {"doubts", PRODUCTS,
     "\n      WHEN record.`sku` IS NULL OR record.`sku` = '' OR startswith(record.`sku`, '{')"},
    {"doubts", ORDERS,
     "\n      WHEN record.`status` = 'paid' AND (record.`shop` IS NULL OR record.`shop` = '' OR "
     "startswith("},
    {"doubts", ORDERS,
     "\n      WHEN record.`status` = 'paid' AND (record.`number` IS NULL) THEN true"},
    {"doubts", ORDERS,
     "\n      WHEN record.`placed` IS NULL OR record.`placed` NOT BETWEEN 0 AND 253402300799999 "
     "THEN "
     "true"},
    {"doubts", PRODUCTS,
     "\n      WHEN abs(record.`price`) = double('Infinity') OR record.`price` = 0 THEN true"},
    /* "shelf=" leaves 249 of 255 bytes */
    {"doubts", PRODUCTS,
     "\n      WHEN octet_length(record.`label`) * 3 > 249\n"
     "        OR record.`label` = '__HIVE_DEFAULT_PARTITION__' THEN true"},
    {"checks", PRODUCTS, "'%XX')) > 249\n      THEN 'out_of_range label: too long for the name"},
    {"checks", PRODUCTS, "is not in the range of a 32-bit integer')"},
    {"checks", PRODUCTS, "weight: expected an integer, found '"},
    {"checks", PRODUCTS,
     "try_cast(substr(`tagged.weight`, 2) AS BIGINT) IS NULL AND `tagged.weight` <> ''"},
    {"checks", ORDERS,
     "WHEN `tagged.status` <> '~paid' THEN NULL\n    WHEN `tagged.shop` IS NULL THEN"},
    {"values", ORDERS,
     "IF(left(`tagged.shop`, 1) IN ('~', '#'), substr(`tagged.shop`, 2), `tagged.shop`) AS "
     "`.shop`,\n"
     "  try_cast(substr(`tagged.number`, 2) AS BIGINT) AS `.number`,\n"
     "  try_cast(substr(`tagged.placed`, 2) AS BIGINT) AS `.placed`"},
};

static const char *find(struct sql_values *values, const char *name)
{
    for (size_t i = 0; i < values->count; i++)
        if (strcmp(values->all[i].name, name) == 0)
            return buffer_text(&values->all[i].text);
    fail_msg("no value %s", name);
    return NULL;
}

static void test_lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(sql_values_release) struct sql_values values = {0};
        sql_set_fields(&values, &shop, &shop_sources[rows[i].source]);
        assert_string_equal(find(&values, rows[i].value), rows[i].expected);
    }
}

static void test_doubts_and_checks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(parts); i++) {
        CLEANUP(sql_values_release) struct sql_values values = {0};
        sql_set_fields(&values, &shop, &shop_sources[parts[i].source]);
        const char *text = find(&values, parts[i].value);
        if (!strstr(text, parts[i].expected))
            fail_msg("%s\nis not in\n%s", parts[i].expected, text);
    }
}

/* What is optional and tells all by its type is never a reason for a doubt; nor is what no table
 * needs. */
static void test_what_is_not_doubted(void **state)
{
    static const char *const names[] = {"stock", "weight", "note"};
    CLEANUP(sql_values_release) struct sql_values values = {0};
    (void)state;
    sql_set_fields(&values, &shop, &shop_sources[PRODUCTS]);
    for (size_t i = 0; i < COUNT(names); i++)
        assert_null(strstr(find(&values, "doubts"), names[i]));
    assert_null(strstr(find(&values, "checks"), "note"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_doubts_and_checks),
        cmocka_unit_test(test_what_is_not_doubted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
