/* Rules as SQL: the order as a struct, its direction, keys, and what else the winner is asked for.
 */
#include "sql_private.h"

#include "shop_model.h"
#include "unit.h"

#define BIT(field)       (UINT64_C(1) << (field))
#define MINUS_ZERO(name) "coalesce(" name " = 0 AND CAST(" name " AS STRING) = '-0.0', false)"

static const struct winner_row {
    const char *what;
    struct model_winner rule;
    uint64_t fields;
    const char *expected;
} rows[] = {
    {"the least; a double has its sign behind it",
     {PRODUCTS, {SKU}, 1, {{LABEL}, {PRICE}}, 2},
     BIT(SKU) | BIT(LABEL),
     "SELECT `.sku`,\n  min(struct(\n    `.label`,\n    `.price`, NOT " MINUS_ZERO(
         "`.price`") " AS `sign.price`)) AS winner\nFROM sparkify_products_kept\nGROUP BY "
                     "`.sku`"},
    {"the greatest; what the order does not have stands behind it",
     {PRODUCTS, {SKU}, 1, {{STOCK, true}, {WEIGHT, true}}, 2},
     BIT(SKU) | BIT(LABEL) | BIT(WEIGHT),
     "SELECT `.sku`,\n  max(struct(\n    `.stock`,\n    `.weight`,\n    "
     "`.label`)) AS "
     "winner\n"
     "FROM sparkify_products_kept\nGROUP BY `.sku`"},
    {"both: what is greatest stands the other way round, null last, and is there as it was, too",
     {PRODUCTS, {SKU}, 1, {{STOCK, true}, {WEIGHT, true}, {LABEL, true}, {PRICE}}, 4},
     BIT(LABEL),
     "SELECT `.sku`,\n  min(struct(\n    ~`.stock` AS `descending.stock`,\n"
     "    `.weight` IS NULL AS `is_null.weight`, ~`.weight` AS `descending.weight`,\n"
     "    `.label` IS NULL AS `is_null.label`, concat(translate(hex(`.label`), "
     "'0123456789ABCDEF', "
     "'FEDCBA9876543210'), 'G') AS `descending.label`,\n"
     "    `.price`, NOT " MINUS_ZERO("`.price`") " AS `sign.price`,\n    `.label`)) AS winner\n"
                                                 "FROM sparkify_products_kept\nGROUP BY `.sku`"},
    {"a double the other way round: 0.0 before -0.0",
     {PRODUCTS, {SKU}, 1, {{PRICE, true}, {LABEL}}, 2},
     0,
     "SELECT `.sku`,\n  min(struct(\n    `.price` IS NULL AS `is_null.price`, "
     "-`.price` AS "
     "`descending.price`, " MINUS_ZERO("`.price`") " AS `sign.price`,\n    `.label`)) AS "
                                                   "winner\nFROM sparkify_products_kept\n"
                                                   "GROUP BY `.sku`"},
    {"keys that may be null, one of them a double",
     {PRODUCTS, {LABEL, PRICE, STOCK}, 3, {{SKU}}, 1},
     BIT(LABEL) | BIT(SKU),
     "SELECT `.label`, `.price`, `minus_zero.price`, `.stock`,\n  min(struct(\n    "
     "`.sku`)) AS "
     "winner\nFROM (SELECT *, " MINUS_ZERO(
         "`.price`") " AS `minus_zero.price` FROM sparkify_products_kept)\n"
                     "WHERE `.label` IS NOT NULL AND `.price` IS NOT NULL\n"
                     "GROUP BY `.label`, `.price`, `minus_zero.price`, `.stock`"},
    {"the keys are all there is",
     {PRODUCTS, {SKU}, 1, {{0}}, 0},
     BIT(SKU),
     "SELECT `.sku`,\n  min(struct(\n    true)) AS winner\n"
     "FROM sparkify_products_kept\nGROUP BY `.sku`"},
    {"facts that do not begin with the time",
     {ORDERS, {BUYER}, 1, {{NUMBER, true}, {PLACED, true}}, 2},
     BIT(BUYER),
     "SELECT `.buyer`,\n  max(struct(\n    `.number`,\n    `.placed`)) AS winner\n"
     "FROM sparkify_orders_kept\nGROUP BY `.buyer`"},
};

static const struct spark_sql shop_sql = {.model = &shop};

static void test_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        sql_append_winners(&out, &shop_sql, &rows[i].rule, rows[i].fields);
        if (strcmp(buffer_text(&out), rows[i].expected) != 0)
            fail_msg("%s:\n%s\nis not\n%s", rows[i].what, buffer_text(&out), rows[i].expected);
    }
}

/* The time is found first, so the order goes without it; a table may ask for it yet. */
static void test_facts_that_begin_with_the_time(void **state)
{
    CLEANUP(buffer_release) struct buffer out = {0};
    (void)state;
    sql_append_winners(&out, &shop_sql, &shop_rules[RULE_BUYERS], BIT(BUYER) | BIT(PLACED));
    assert_string_equal(buffer_text(&out),
                        "SELECT `.buyer`,\n  max(struct(\n    `.number`,\n    `.placed`)) AS "
                        "winner\nFROM sparkify_orders_kept LEFT SEMI JOIN sparkify_buyers_newest "
                        "USING (`.buyer`, `.placed`)\nGROUP BY `.buyer`");
}

static void test_what_is_asked_of_the_winner(void **state)
{
    static const struct {
        int rule, field;
        const char *value;
    } values[] = {
        {RULE_PRODUCTS, SKU, "`.sku`"},
        {RULE_PRODUCTS, PRICE, "winner.`.price`"},
        {RULE_PRICES, PRICE, "IF(`minus_zero.price`, CAST('-0.0' AS DOUBLE), `.price`)"},
        {RULE_PRICES, LABEL, "winner.`.label`"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        sql_append_winning(&out, &shop, &shop_rules[values[i].rule], values[i].field);
        assert_string_equal(buffer_text(&out), values[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_facts_that_begin_with_the_time),
        cmocka_unit_test(test_what_is_asked_of_the_winner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
