/* Another model's facts and tables: ids, each fact once, the look-up, partitions and order. */
#include "sql_private.h"

#include "builtin.h"
#include "shop_model.h"
#include "unit.h"

static int setup(void **state)
{
    *state = spark_sql_new(&shop, &(struct spark_sql_options){0});
    return 0;
}

static int teardown(void **state)
{
    spark_sql_free(*state);
    return 0;
}

#define FACTS                                                                                      \
    "`.placed`, `.ordered`, `.paid`, `minus_zero.paid`, `.tax`, `minus_zero.tax`, `.buyer`, "      \
    "fact_id"

static const struct command_row {
    const char *name, *part;
} commands[] = {
    {"sparkify_products_lines", "value AS text\nFROM sparkify_products_text"},
    {"sparkify_orders_lines", "coalesce(objects,"},
    {"sparkify_orders_kept",
     "FROM sparkify_orders_judged WHERE fault IS NULL AND `.status` = 'paid'"},
    {"sparkify_facts",
     "SELECT *, xxhash64(`.shop`, `.number`) AS fact_id,\n  coalesce(`.paid` = 0"},
    {"sparkify_facts", "AS `minus_zero.tax`\nFROM sparkify_orders_kept"},
    {"sparkify_repeated_facts", "SELECT " FACTS ", count(*) AS times\n"},
    {"sparkify_repeated_facts", "GROUP BY " FACTS},
    {"sparkify_facts_once", "UNION ALL\nSELECT " FACTS " FROM sparkify_repeated_facts"},
    {"sparkify_buyers_newest",
     "SELECT `.buyer`, max(`.placed`) AS `.placed` FROM sparkify_orders_kept\nGROUP BY `.buyer`"},
    {"sparkify_winners_0", "SELECT `.sku`,\n  max(struct(\n    `.stock`,\n    `.weight`,\n    "
                           "`.label`,\n    `.price`)) AS winner\nFROM sparkify_products_kept"},
    {"sparkify_winners_2",
     "SELECT `.buyer`,\n  max(struct(\n    `.number`)) AS winner\nFROM sparkify_orders_kept LEFT "
     "SEMI JOIN sparkify_buyers_newest USING (`.buyer`, `.placed`)\nGROUP BY `.buyer`"},
};

static void test_commands(void **state)
{
    const struct spark_sql *sql = *state;
    for (size_t row = 0; row < COUNT(commands); row++) {
        size_t i = 0;
        while (i < sql->prepare.count && strcmp(sql->prepare.all[i].name, commands[row].name) != 0)
            i++;
        if (i == sql->prepare.count)
            fail_msg("no statement %s", commands[row].name);
        if (!strstr(sql->prepare.all[i].sql, commands[row].part))
            fail_msg("%s is not in\n%s", commands[row].part, sql->prepare.all[i].sql);
    }
}

static void test_which_source_a_command_reads(void **state)
{
    const struct spark_sql *sql = *state;
    for (size_t i = 0; i < sql->prepare.count; i++)
        assert_int_equal(sql->prepare.all[i].source, i < 8    ? PRODUCTS
                                                     : i < 13 ? ORDERS
                                                              : SPARK_ALL_SOURCES);
}

static const struct table_row {
    int table;
    const char *sql, *order;
} tables[] = {
    {SHOP_ORDERS,
     "-- sales: one row for each order.\n"
     "SELECT /*+ REBALANCE(`day`) */ * FROM (\n"
     "SELECT\n"
     "  timestamp_millis(fact.`.placed`) AS `placed_at`,\n"
     "  fact_id AS `order_id`,\n"
     "  fact.`.buyer` AS `buyer`,\n"
     "  IF(fact.`minus_zero.tax`, CAST('-0.0' AS DOUBLE), fact.`.tax`) AS `tax`,\n"
     "  IF(found_0.`minus_zero.price`, CAST('-0.0' AS DOUBLE), found_0.`.price`) AS `list_price`,\n"
     "  found_0.winner.`.weight` AS `weight`,\n"
     "  found_0.winner.`.sku` AS `product`,\n"
     "  fact.`.ordered` AS `ordered`,\n"
     "  IF(fact.`minus_zero.paid`, CAST('-0.0' AS DOUBLE), fact.`.paid`) AS `paid`,\n"
     "  day(timestamp_millis(fact.`.placed`)) AS `day`\n"
     "FROM sparkify_facts_once AS fact\n"
     "LEFT JOIN sparkify_winners_1 AS found_0\n"
     "  ON fact.`.ordered` = found_0.`.label`\n"
     "    AND fact.`.paid` = found_0.`.price`"
     " AND fact.`minus_zero.paid` = found_0.`minus_zero.price`\n"
     ")",
     "`day`, `placed_at`, `order_id`"},
    {SHOP_DAYS,
     "-- moments: one row for each moment.\n"
     "SELECT\n"
     "  at AS `moment`,\n"
     "  weekofyear(at) AS `week`\n"
     "FROM (\n"
     "  SELECT timestamp_millis(`.placed`) AS at\n"
     "  FROM (SELECT /*+ REPARTITION_BY_RANGE(`.placed`) */ `.placed` FROM sparkify_orders_kept)\n"
     "  GROUP BY `.placed`\n"
     ")\n"
     "SORT BY `moment`",
     "`moment`"},
    {SHOP_PRODUCTS,
     "-- shelves: one row for each sku: the greatest (stock, weight).\n"
     "SELECT /*+ REBALANCE(`shelf`) */ * FROM (\n"
     "SELECT\n"
     "  `.sku` AS `sku`,\n"
     "  winner.`.price` AS `price`,\n"
     "  winner.`.label` AS `shelf`\n"
     "FROM sparkify_winners_0\n"
     ")",
     "coalesce(`shelf`, ''), `sku`"},
    {SHOP_BUYERS,
     "-- buyers: one row for each name.\n"
     "SELECT\n"
     "  `.buyer` AS `name`\n"
     "FROM sparkify_winners_2",
     "`name`"},
};

static void test_tables(void **state)
{
    const struct spark_sql *sql = *state;
    for (size_t i = 0; i < COUNT(tables); i++) {
        assert_string_equal(sql->tables[tables[i].table].sql, tables[i].sql);
        assert_string_equal(sql->tables[tables[i].table].order, tables[i].order);
    }
}

static void test_what_is_told_of_the_records(void **state)
{
    const struct spark_sql *sql = *state;
    assert_string_equal(sql->rejects.order, "source = 'orders', source, file, line, record");
    assert_non_null(strstr(sql->counts.sql,
                           "' ', 1), 'kept') AS name,\n  CAST(NULL AS STRING) AS field\nFROM "
                           "sparkify_products_judged"));
    assert_non_null(strstr(sql->counts.sql, "IF(`.status` = 'paid', 'kept', 'left_out')) AS name"));
    assert_non_null(strstr(sql->counts.sql, "GROUP BY fact_id\n"));
    assert_non_null(
        strstr(sql->counts.sql, "FROM sparkify_orders_judged\nLATERAL VIEW explode(unknown)"));
}

/* Only the facts say it, if they are looked up, and only where it is asked for. */
static void test_whether_a_record_is_found(void **state)
{
    static const char found[] = ",\n  found_0.`.label` IS NOT NULL AS `is found`\nFROM";
    const struct spark_sql *without = *state;
    struct spark_sql *sql = spark_sql_new(&shop, &(struct spark_sql_options){.counts_found = true});
    assert_non_null(strstr(sql->tables[SHOP_ORDERS].sql, found));
    assert_true(sql->tables[SHOP_ORDERS].has_found);
    assert_false(sql->tables[SHOP_DAYS].has_found);
    assert_false(without->tables[SHOP_ORDERS].has_found);
    assert_null(strstr(without->tables[SHOP_ORDERS].sql, "is found"));
    spark_sql_free(sql);
}

static void test_inputs(void **state)
{
    struct spark_input lines = spark_input_of(&shop_sources[PRODUCTS]),
                       documents = spark_input_of(&shop_sources[ORDERS]);
    (void)state;
    assert_string_equal(lines.view, "sparkify_products_text");
    assert_string_equal(lines.options[0].key, "lineSep");
    assert_string_equal(documents.view, "sparkify_orders_text");
    assert_string_equal(documents.options[0].key, "wholetext");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_which_source_a_command_reads),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_what_is_told_of_the_records),
        cmocka_unit_test(test_whether_a_record_is_found),
        cmocka_unit_test(test_inputs),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
