/* Look-ups as SQL: views of the state, and joins; and values of all types on their way into columns
 * and back. */
#include "sql_private.h"

#include "unit.h"

#include <model_parse.h>

static const char visits[] =
    "model: visits\n"
    "sources:\n"
    "  visits: {folder: visits, fields: {at: {type: timestamp_s, required: true},\n"
    "    id: {type: int64, required: true}, page: string, price: double, seen: timestamp_iso}}\n"
    "  pages: {folder: pages, fields: {page: string, title: string, cost: double, made: "
    "timestamp_us}}\n"
    "  prices: {folder: prices, fields: {price: double, day: date, seen: timestamp_iso, is_new: "
    "bool,\n"
    "    amount: \"decimal(9,2)\", note: json}}\n"
    "dimensions:\n"
    "  offers: {from: prices, key: seen, order: [-day, -is_new, -amount, -note, price],\n"
    "    columns: {seen: seen, amount: amount}}\n"
    "  days: {calendar: true, columns: {at: time, day: date}}\n"
    "facts:\n"
    "  visits:\n"
    "    {from: visits, time: at, id: {id: [id]},\n"
    "     lookups: {page: {in: pages, on: {page: page}, order: [-title]},\n"
    "               price: {in: prices, on: {price: price, seen: seen}}},\n"
    "     columns: {at: at, page: page, price: price, seen: seen, title: page.title,\n"
    "               cost: page.cost, made: page.made, day: price.day, list: price.price,\n"
    "               date: {part: date}}}\n";

static int setup(void **state)
{
    struct error error;
    struct model *model;
    ASSERT_OK(model_parse(STR(visits), "model.yaml", &model, &error), error);
    *state = model;
    return 0;
}

static int teardown(void **state)
{
    model_free(*state);
    return 0;
}

static const char *find(const struct spark_sql *sql, const char *name)
{
    for (size_t i = 0; i < sql->prepare.count; i++)
        if (strcmp(sql->prepare.all[i].name, name) == 0)
            return sql->prepare.all[i].sql;
    fail_msg("no statement %s", name);
    return NULL;
}

static void expect(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("%s\nis not in\n%s", part, text);
}

/* Times in the state are integers as in their fields. */
static void test_views_of_the_state(void **state)
{
    struct spark_sql *sql = spark_sql_new(*state, &(struct spark_sql_options){.is_increment = 1});
    expect(find(sql, "sparkify_lookup_0"), "SELECT *, struct(*) AS winner\nFROM (SELECT `page` AS "
                                           "`.page`, `title` AS `.title`, `cost` AS `.cost`, "
                                           "`made` AS `.made` FROM sparkify_stored_");
    expect(find(sql, "sparkify_lookup_1"),
           "SELECT *,\n  coalesce(`.price` = 0 AND CAST(`.price` AS STRING) = '-0.0', false) AS "
           "`minus_zero.price`, struct(*) AS winner\nFROM (SELECT `price` AS `.price`, `day` AS "
           "`.day`, `seen` AS "
           "`.seen` FROM sparkify_stored_");
    expect(find(sql, "sparkify_facts_stored"),
           "`price` AS `.price`, unix_micros(`seen`) AS `.seen`, `id` AS fact_id");
    expect(find(sql, "sparkify_facts_stored"), "unix_seconds(`at`) AS `.at`");
    expect(sql->partitions.sql, "SELECT min(`.at`) AS first_time, max(`.at`) AS last_time\n"
                                "FROM sparkify_visits_kept\nHAVING count(*) > 0");
    spark_sql_free(sql);
}

static void test_joins(void **state)
{
    const struct model *model = *state;
    struct spark_sql *sql = spark_sql_new(model, &(struct spark_sql_options){0});
    assert_string_equal(
        sql->tables[model_facts_table(model)].sql,
        "-- visits: one row for each row.\n"
        "SELECT\n"
        "  fact_id AS `id`,\n"
        "  timestamp_seconds(fact.`.at`) AS `at`,\n"
        "  fact.`.page` AS `page`,\n"
        "  IF(fact.`minus_zero.price`, CAST('-0.0' AS DOUBLE), fact.`.price`) AS `price`,\n"
        "  timestamp_micros(fact.`.seen`) AS `seen`,\n"
        "  found_0.winner.`.title` AS `title`,\n"
        "  found_0.winner.`.cost` AS `cost`,\n"
        "  timestamp_micros(found_0.winner.`.made`) AS `made`,\n"
        "  found_1.winner.`.day` AS `day`,\n"
        "  IF(found_1.`minus_zero.price`, CAST('-0.0' AS DOUBLE), found_1.`.price`) AS `list`,\n"
        "  to_date(timestamp_seconds(fact.`.at`)) AS `date`\n"
        "FROM sparkify_facts_once AS fact\n"
        "LEFT JOIN sparkify_winners_1 AS found_0\n"
        "  ON fact.`.page` = found_0.`.page`\n"
        "LEFT JOIN sparkify_winners_2 AS found_1\n"
        "  ON fact.`.price` = found_1.`.price` AND fact.`minus_zero.price` = "
        "found_1.`minus_zero.price`\n"
        "    AND fact.`.seen` = found_1.`.seen`");
    expect(sql->tables[model_calendar_table(model)].sql, "SELECT timestamp_seconds(`.at`) AS at\n");
    spark_sql_free(sql);
}

/* The other way round, with null last. */
static void test_orders_of_all_types(void **state)
{
    const struct model *model = *state;
    struct spark_sql *sql = spark_sql_new(model, &(struct spark_sql_options){0});
    expect(sql->tables[model_find_table(model, "offers")].sql,
           "timestamp_micros(`.seen`) AS `seen`,\n  winner.`.amount` AS `amount`\n"
           "FROM sparkify_winners_0");
    const char *offers = find(sql, "sparkify_winners_0");
    expect(offers,
           "min(struct(\n"
           "    `.day` IS NULL AS `is_null.day`, -unix_date(`.day`) AS `descending.day`,\n");
    expect(offers, "    `.is_new` IS NULL AS `is_null.is_new`, NOT `.is_new` AS ");
    expect(offers, "    `.amount` IS NULL AS `is_null.amount`, -`.amount` AS ");
    expect(offers, "    `.note` IS NULL AS `is_null.note`, concat(translate(hex(`.note`), ");
    expect(offers, "    `.price`, NOT coalesce(`.price` = 0 ");
    expect(offers, " AS `sign.price`,\n    `.day`,\n    `.is_new`,\n    `.amount`,\n    `.note`)) "
                   "AS winner\n");
    expect(offers, "FROM sparkify_prices_kept\nWHERE `.seen` IS NOT NULL\nGROUP BY `.seen`");
    spark_sql_free(sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_views_of_the_state),
        cmocka_unit_test(test_joins),
        cmocka_unit_test(test_orders_of_all_types),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
