/* The sections of any model: of the built-in one and of one that has nothing of it. */
#include "../spark/shop_model.h"
#include "builtin.h"
#include "unit.h"

#include <model_sections.h>

static struct model the_shop(void)
{
    struct model model = shop;
    model.table_count = (int)model_builtin()->table_count;
    return model;
}

static void check_names(const struct model *model, const char *const *names)
{
    struct model_sections sections;
    model_sections_init(&sections, model);
    for (size_t i = 0; i < sections.count; i++) {
        assert_non_null(names[i]);
        assert_true(str_equal(sections.all[i].name, str_of(names[i])));
        assert_true(str_starts_with(sections.all[i].sql, STR("-- ")));
    }
    assert_null(names[sections.count]);
    model_sections_release(&sections);
}

static void test_what_sections_there_are(void **state)
{
    static const char *const of_builtin[] = {
        "days",           "months",      "hours",         "top-user_id",
        "top-level",      "top-song_id", "top-artist_id", "top-location",
        "top-user_agent", "top-song",    "top-artist",    "keys",
        "columns",        NULL,
    };
    static const char *const of_shop[] = {
        "days",        "months",      "hours", "top-buyer", "top-list_price",
        "top-product", "top-ordered", "keys",  "columns",   NULL,
    };
    struct model model = the_shop();
    (void)state;
    check_names(model_builtin(), of_builtin);
    check_names(&model, of_shop);
}

static void check_sql(const struct model *model, const char *name, const char *expected)
{
    struct model_sections sections;
    model_sections_init(&sections, model);
    size_t i = 0;
    while (i < sections.count && !str_equal(sections.all[i].name, str_of(name)))
        i++;
    assert_true(i < sections.count);
    CLEANUP(buffer_release) struct buffer sql = {0};
    buffer_append_str(&sql, sections.all[i].sql);
    assert_string_equal(buffer_text(&sql), expected);
    model_sections_release(&sections);
}

static void test_the_sql_of_sections(void **state)
{
    struct model model = the_shop();
    (void)state;
    check_sql(&model, "days",
              "-- Rows of each of the last 400 days that have any.\n"
              "SELECT \"day\", \"rows\"\nFROM (\n"
              "    SELECT CAST(\"placed_at\" AS DATE) AS \"day\", count(*) AS \"rows\"\n"
              "    FROM \"sales\"\n    GROUP BY 1\n    ORDER BY 1 DESC\n    LIMIT 400\n"
              ") AS newest\nORDER BY \"day\"");
    check_sql(model_builtin(), "top-level",
              "-- The most frequent values of level.\n"
              "SELECT \"level\" AS \"value\", count(*) AS \"rows\"\nFROM \"songplays\"\n"
              "WHERE (SELECT approx_count_distinct(\"level\") FROM \"songplays\") <= 1000000\n"
              "GROUP BY 1\nORDER BY 2 DESC, 1\nLIMIT 10");
    check_sql(model_builtin(), "top-song_id", /* with the title of the dimension */
              "-- The most frequent values of song_id.\n"
              "SELECT top.\"value\", named.\"title\" AS \"name\", top.\"rows\"\nFROM (\n"
              "    SELECT \"song_id\" AS \"value\", count(*) AS \"rows\"\n"
              "    FROM \"songplays\"\n    WHERE (SELECT approx_count_distinct(\"song_id\") FROM "
              "\"songplays\") <= 1000000\n    GROUP BY 1\n    ORDER BY 2 DESC, 1\n    LIMIT 10\n"
              ") AS top\nLEFT JOIN \"songs\" AS named ON named.\"song_id\" = top.\"value\"\n"
              "ORDER BY top.\"rows\" DESC, top.\"value\"");
}

/* What a look-up searches for alone is a key of the dimension whose records it searches, though it
 * may find nothing. */
static void test_keys_of_a_look_up(void **state)
{
    struct model model = the_shop();
    (void)state;
    model.facts.lookups[0] =
        (struct model_lookup){.winner = &shop_rules[RULE_PRODUCTS], .fields = {ORDER_SKU}};
    struct model_sections sections;
    model_sections_init(&sections, &model);
    const struct model_section *keys = &sections.all[sections.count - 2];
    assert_true(str_equal(keys->name, STR("keys")));
    static const struct str expected =
        STR("SELECT 'ordered' AS \"column\", 'shelves' AS \"dimension\",\n"
            "       (SELECT count(*) FROM \"shelves\") AS \"dimension_rows\",\n"
            "       count(DISTINCT facts.\"ordered\") AS \"keys\", count(*) AS \"rows\",\n"
            "       count(*) - count(found.\"sku\") AS \"unmatched\"\n"
            "FROM \"sales\" AS facts\n"
            "LEFT JOIN \"shelves\" AS found ON found.\"sku\" = facts.\"ordered\"");
    assert_non_null(memmem(keys->sql.data, keys->sql.len, expected.data, expected.len));
    model_sections_release(&sections);
    check_sql(&model, "top-buyer", /* no column of buyers is a name of them */
              "-- The most frequent values of buyer.\n"
              "SELECT \"buyer\" AS \"value\", count(*) AS \"rows\"\nFROM \"sales\"\n"
              "WHERE (SELECT approx_count_distinct(\"buyer\") FROM \"sales\") <= 1000000\n"
              "GROUP BY 1\nORDER BY 2 DESC, 1\nLIMIT 10");
}

static void test_totals(void **state)
{
    CLEANUP(buffer_release) struct buffer sql = {0};
    struct model model = the_shop();
    (void)state;
    model_sections_append_totals(&model, &sql);
    assert_string_equal(buffer_text(&sql),
                        "SELECT CAST(min(\"placed_at\") AS TIMESTAMP) AS \"first\", "
                        "CAST(max(\"placed_at\") AS TIMESTAMP) AS \"last\", count(*) AS \"rows\"\n"
                        "FROM \"sales\"");
}

/* Facts without a time: what is left of it in other columns. */
static void check_time(const struct model_column *columns, size_t count, const char *day,
                       const char *month)
{
    const struct model_table tables[] = {
        {.name = "facts", .rows = ROWS_FACTS, .columns = columns, .column_count = count},
    };
    const struct model model = {.tables = tables, .table_count = 1};
    struct model_sections sections;
    const char *expected[] = {day, month};
    model_sections_init(&sections, &model);
    for (size_t i = 0; i < COUNT(expected); i++) {
        const struct model_section *found = NULL;
        for (size_t j = 0; j < sections.count; j++)
            if (text_equal(sections.all[j].kind, i ? "months" : "days"))
                found = &sections.all[j];
        assert_int_equal(found != NULL, expected[i] != NULL);
        if (found)
            assert_non_null(
                memmem(found->sql.data, found->sql.len, expected[i], strlen(expected[i])));
    }
    model_sections_release(&sections);
}

static void test_facts_without_their_time(void **state)
{
    static const struct model_column all[] = {
        COLUMN("the_year", MODEL_INT32, FROM_CALENDAR, CALENDAR_YEAR),
        COLUMN("the_month", MODEL_INT32, FROM_CALENDAR, CALENDAR_MONTH),
        COLUMN("the_day", MODEL_INT32, FROM_CALENDAR, CALENDAR_DAY),
        COLUMN("the_date", MODEL_DATE, FROM_CALENDAR, CALENDAR_DATE),
    };
    (void)state;
    check_time(all, 4, "CAST(\"the_date\" AS DATE)", "date_trunc('month', \"the_date\")");
    check_time(all, 3, "make_date(\"the_year\", \"the_month\", \"the_day\")",
               "make_date(\"the_year\", \"the_month\", 1)");
    check_time(all, 2, NULL, "make_date(\"the_year\", \"the_month\", 1)");
    check_time(all, 1, NULL, NULL);
}

static void test_the_models_own_charts(void **state)
{
    static const struct model_text charts[] = {{STR("days"), STR("-- By day.\nSELECT 1")}};
    struct model model = the_shop();
    (void)state;
    model.charts = charts;
    model.chart_count = COUNT(charts);
    check_sql(&model, "chart-days", "-- By day.\nSELECT 1"); /* beside the section "days" */
}

static void test_limits(void **state)
{
    struct model_column columns[MODEL_MAX_COLUMNS];
    struct model_table tables[5];
    struct model model = {.tables = tables, .table_count = COUNT(tables)};
    struct model_sections sections;
    size_t tops = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(columns); i++)
        columns[i] =
            (struct model_column){.name = "text", .type = MODEL_STRING, .origin = FROM_FIELD};
    for (size_t i = 0; i < COUNT(tables); i++)
        tables[i] = (struct model_table){.name = i ? "more" : "facts",
                                         .rows = i ? ROWS_WINNERS : ROWS_FACTS,
                                         .rule = &shop_rules[RULE_MATCHES],
                                         .columns = columns,
                                         .column_count = COUNT(columns)};
    model_sections_init(&sections, &model);
    for (size_t i = 0; i < sections.count; i++)
        tops += text_equal(sections.all[i].kind, "top");
    assert_int_equal(tops, 12);
    struct str sql = sections.all[sections.count - 1].sql;
    size_t tables_of_columns = 0;
    for (size_t at = 0; at + 9 <= sql.len; at++)
        tables_of_columns += memcmp(sql.data + at, "AS \"table\"", 9) == 0;
    assert_int_equal(tables_of_columns, 2); /* 128 columns */
    model_sections_release(&sections);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_sections_there_are),
        cmocka_unit_test(test_the_sql_of_sections),
        cmocka_unit_test(test_keys_of_a_look_up),
        cmocka_unit_test(test_totals),
        cmocka_unit_test(test_facts_without_their_time),
        cmocka_unit_test(test_the_models_own_charts),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
