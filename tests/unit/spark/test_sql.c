/* The statements as text: what stands where, and that the model drives it. That they are right, the
 * whole-run tests show on Spark itself (tests/system/test_spark_sql.py). */
#include "sql.h"

#include <stdio.h>

#include "builtin.h"
#include "unit.h"

static int setup(void **state)
{
    *state = spark_sql_new(model_builtin(), &(struct spark_sql_options){0});
    return 0;
}

static int teardown(void **state)
{
    spark_sql_free(*state);
    return 0;
}

static const struct spark_statement *find(const struct spark_statements *statements,
                                          const char *name)
{
    for (size_t i = 0; i < statements->count; i++)
        if (strcmp(statements->all[i].name, name) == 0)
            return &statements->all[i];
    fail_msg("no statement %s", name);
    return NULL;
}

static void assert_contains(const struct spark_statement *statement, const char *text)
{
    if (!strstr(statement->sql, text))
        fail_msg("%s does not contain\n%s\nbut is\n%s", statement->name, text, statement->sql);
}

static void test_golden_users(void **state)
{
    const struct spark_sql *sql = *state;
    assert_string_equal(
        sql->tables[table_of("users")].sql,
        "-- users: one row for each user_id: the greatest (ts, sessionId, itemInSession, level, "
        "first_name, last_name, gender).\n"
        "SELECT\n"
        "  `.userId` AS `user_id`,\n"
        "  winner.`.firstName` AS `first_name`,\n"
        "  winner.`.lastName` AS `last_name`,\n"
        "  winner.`.gender` AS `gender`,\n"
        "  winner.`.level` AS `level`\n"
        "FROM sparkify_winners_3");
    assert_string_equal(
        find(&sql->prepare, "sparkify_winners_3")->sql,
        "-- Of each key of the logs the record that wins. (What tables and look-ups are made of.)\n"
        "CACHE LAZY TABLE sparkify_winners_3 AS\n"
        "SELECT `.userId`,\n"
        "  max(struct(\n"
        "    `.sessionId`,\n"
        "    `.itemInSession`,\n"
        "    `.level`,\n"
        "    `.firstName`,\n"
        "    `.lastName`,\n"
        "    `.gender`,\n"
        "    `.ts`)) AS winner\n"
        "FROM sparkify_logs_kept LEFT SEMI JOIN sparkify_users_newest USING (`.userId`, `.ts`)\n"
        "GROUP BY `.userId`");
}

static void test_order_of_the_commands(void **state)
{
    static const char *const names[] = {
        "sparkify_songs_lines",    "sparkify_songs_parsed", "sparkify_songs_checked",
        "sparkify_songs_judged",   "sparkify_songs_kept",   "sparkify_winners_0",
        "sparkify_winners_1",      "sparkify_winners_2",    "sparkify_logs_lines",
        "sparkify_logs_parsed",    "sparkify_logs_checked", "sparkify_logs_judged",
        "sparkify_logs_kept",      "sparkify_facts",        "sparkify_repeated_ids",
        "sparkify_repeated_facts", "sparkify_facts_once",   "sparkify_users_newest",
        "sparkify_winners_3",
    };
    const struct spark_sql *sql = *state;
    assert_int_equal(sql->prepare.count, COUNT(names));
    for (size_t i = 0; i < COUNT(names); i++)
        assert_string_equal(sql->prepare.all[i].name, names[i]);
}

static void test_every_column_of_the_model_stands_in_its_table(void **state)
{
    const struct spark_sql *sql = *state;
    for (int id = 0; id < (int)model_builtin()->table_count; id++) {
        const char *at = sql->tables[id].sql;
        for (size_t i = 0; i < model_builtin()->tables[id].column_count; i++) {
            const char *name = model_builtin()->tables[id].columns[i].name;
            at = strstr(at, name);
            if (!at)
                fail_msg("%s: no column %s in its place", model_builtin()->tables[id].name, name);
        }
    }
}

static void test_schema_has_the_fields_that_are_used(void **state)
{
    const struct spark_sql *sql = *state;
    assert_contains(find(&sql->prepare, "sparkify_songs_parsed"),
                    "'record STRUCT<`artist_id`: STRING, `artist_latitude`: DOUBLE, "
                    "`artist_longitude`: DOUBLE, `artist_location`: STRING, `artist_name`: STRING, "
                    "`song_id`: STRING, `title`: STRING, `duration`: DOUBLE, `year`: INT>, "
                    "whole BOOLEAN, broken STRING'");
    const struct spark_statement *logs = find(&sql->prepare, "sparkify_logs_parsed");
    assert_contains(logs, "`ts`: BIGINT");
    assert_null(strstr(logs->sql, "registration`: "));
}

static void test_what_is_cached_is_given_back(void **state)
{
    const struct spark_sql *sql = *state;
    size_t cached = 0;
    for (size_t i = 0; i < sql->prepare.count; i++)
        if (strstr(sql->prepare.all[i].sql, "\nCACHE ")) {
            cached++;
            char drop[128];
            snprintf(drop, sizeof drop, "DROP VIEW IF EXISTS %s", sql->prepare.all[i].name);
            assert_string_equal(find(&sql->finish, sql->prepare.all[i].name)->sql, drop);
        }
    assert_int_equal(cached, 11);
    assert_int_equal(cached, sql->finish.count);
}

static void test_rebalance_brings_partitions_together(void **state)
{
    const struct spark_sql *sql = *state;
    assert_contains(&sql->tables[table_of("songplays")],
                    "SELECT /*+ REBALANCE(`year`, `month`) */ * FROM (");
    assert_contains(&sql->tables[table_of("songs")],
                    "SELECT /*+ REBALANCE(`year`, `artist_id`) */ * FROM (");
    assert_null(strstr(sql->tables[table_of("users")].sql, "REBALANCE"));
}

static void test_statements_are_one_each(void **state)
{
    const struct spark_sql *sql = *state;
    for (size_t i = 0; i < sql->prepare.count; i++) {
        assert_memory_equal(sql->prepare.all[i].sql, "-- ", 3);
        size_t len = strlen(sql->prepare.all[i].sql);
        assert_int_not_equal(sql->prepare.all[i].sql[len - 1], ';');
    }
}

static void test_shuffle_partitions(void **state)
{
    struct spark_sql *increment =
        spark_sql_new(model_builtin(), &(struct spark_sql_options){.is_increment = true});
    assert_int_equal(spark_sql_shuffle_partitions(*state, 16 << 20, 0), 1);
    assert_int_equal(spark_sql_shuffle_partitions(*state, (16 << 20) + 1, 0), 2);
    assert_int_equal(spark_sql_shuffle_partitions(*state, 16 << 20, 1 << 20), 1);
    assert_int_equal(spark_sql_shuffle_partitions(*state, 2 << 20, (1 << 20) + 1), 2);
    assert_int_equal(spark_sql_shuffle_partitions(*state, UINT64_C(1) << 30, 0), 8);
    assert_int_equal(spark_sql_shuffle_partitions(*state, UINT64_MAX, 0), 2000);
    assert_int_equal(spark_sql_shuffle_partitions(increment, 0, 0), 2);
    spark_sql_free(increment);
}

static size_t count_tables(const struct spark_sql *sql)
{
    size_t count = 0;
    for (int i = 0; i < (int)model_builtin()->all_count; i++)
        count += sql->tables[i].sql != NULL;
    return count;
}

/* What each kind of run reads of earlier ones, and what it makes. */
static void test_what_earlier_runs_have_left(void **state)
{
    const struct kind_row {
        struct spark_sql_options options;
        size_t stored[4], stored_count, tables;
        bool has_partitions;
        const char *view, *part; /* a statement, and what it contains */
    } rows[] = {
        {{0}, {0}, 0, 8, false, "sparkify_logs_kept", "sparkify_logs_judged"},
        {{.is_increment = true},
         {table_of("songplays"), table_of("state/users"), table_of("state/matches")},
         3,
         4,
         true,
         "sparkify_facts_again",
         "LEFT SEMI JOIN sparkify_facts_stored AS stored\n  ON fact.fact_id = stored.fact_id\n"
         "    AND fact.`.artist` <=> stored.`.artist`\n"
         "    AND fact.`.length` <=> stored.`.length`"
         " AND fact.`minus_zero.length` = stored.`minus_zero.length`"},
        {{.keeps = {false, true}} /* songs, logs */,
         {table_of("songplays"), table_of("state/users")},
         2,
         8,
         false,
         "sparkify_users_records",
         "UNION ALL\nSELECT `first_name` AS `.firstName`, `gender` AS `.gender`,"},
        {{.keeps = {true, false}},
         {table_of("state/records")},
         1,
         8,
         false,
         "sparkify_songs_kept",
         "`location` AS `.artist_location`"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct spark_sql *sql = spark_sql_new(model_builtin(), &rows[i].options);
        assert_int_equal(sql->stored_count, rows[i].stored_count);
        for (size_t j = 0; j < rows[i].stored_count; j++)
            assert_int_equal(sql->stored[j].table, rows[i].stored[j]);
        assert_int_equal(count_tables(sql), rows[i].tables);
        assert_int_equal(sql->partitions.sql != NULL, rows[i].has_partitions);
        assert_int_equal(spark_sql_reads(sql, source_of("songs")), !rows[i].options.is_increment);
        assert_contains(find(&sql->prepare, rows[i].view), rows[i].part);
        spark_sql_free(sql);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_earlier_runs_have_left),
        cmocka_unit_test(test_golden_users),
        cmocka_unit_test(test_order_of_the_commands),
        cmocka_unit_test(test_every_column_of_the_model_stands_in_its_table),
        cmocka_unit_test(test_schema_has_the_fields_that_are_used),
        cmocka_unit_test(test_what_is_cached_is_given_back),
        cmocka_unit_test(test_rebalance_brings_partitions_together),
        cmocka_unit_test(test_statements_are_one_each),
        cmocka_unit_test(test_shuffle_partitions),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
