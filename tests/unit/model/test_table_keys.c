/* What follows from the rules about keys: of the built-in model, told by names. */
#include "unit.h"

#include <model.h>

static void test_the_key_of_each_table(void **state)
{
    static const char *const keys[TABLE_ALL] = {
        [TABLE_SONGS] = "song_id",   [TABLE_ARTISTS] = "artist_id",     [TABLE_USERS] = "user_id",
        [TABLE_TIME] = "start_time", [TABLE_SONGPLAYS] = "songplay_id", [STATE_USERS] = "user_id",
        [STATE_SONGS] = "song_id",
    };
    (void)state;
    for (int i = 0; i < TABLE_ALL; i++) {
        int column = model_key_column(&model_tables[i]);
        assert_int_equal(column >= 0, keys[i] != NULL);
        if (column >= 0)
            assert_string_equal(model_tables[i].columns[column].name, keys[i]);
    }
}

static void test_what_the_columns_of_the_facts_refer_to(void **state)
{
    static const struct {
        const char *column;
        int table;
    } references[] = {
        {"start_time", TABLE_TIME},
        {"user_id", TABLE_USERS},
        {"song_id", TABLE_SONGS},
        {"artist_id", TABLE_ARTISTS},
    };
    const struct model_table *facts = &model_tables[TABLE_SONGPLAYS];
    (void)state;
    for (size_t i = 0; i < facts->column_count; i++) {
        int expected = -1;
        for (size_t j = 0; j < COUNT(references); j++)
            if (strcmp(facts->columns[i].name, references[j].column) == 0)
                expected = references[j].table;
        assert_int_equal(model_referenced_table(&model_builtin, &facts->columns[i]), expected);
    }
}

static void test_lists_of_partitioned_tables(void **state)
{
    (void)state;
    for (int i = 0; i < TABLE_ALL; i++)
        assert_int_equal(model_list_of(&model_builtin, i), i == TABLE_SONGS ? STATE_SONGS : -1);
}

static void test_roles_of_tables(void **state)
{
    const struct model *model = &model_builtin;
    struct model bare = *model; /* with one table, and no state */
    (void)state;
    assert_int_equal(model_facts_table(model), TABLE_SONGPLAYS);
    assert_int_equal(model_calendar_table(model), TABLE_TIME);
    assert_int_equal(model_objects_table(model), STATE_OBJECTS);
    assert_int_equal(model_state_of(model, model->facts.lookups[0].winner), STATE_MATCHES);
    assert_int_equal(model_state_of(model, model->tables[TABLE_USERS].rule), STATE_USERS);
    assert_int_equal(model_state_of(model, model->tables[TABLE_ARTISTS].rule), -1);
    assert_int_equal(model_records_of(model, SOURCE_SONGS), STATE_RECORDS);
    assert_int_equal(model_records_of(model, SOURCE_LOGS), -1);
    assert_int_equal(model_find_table(model, "users"), TABLE_USERS);
    assert_int_equal(model_find_table(model, "all songs"), -1); /* of the state */
    assert_int_equal(model_find_source(model, "logs"), SOURCE_LOGS);
    assert_int_equal(model_find_source(model, "log"), -1);
    bare.table_count = bare.all_count = 1;
    assert_int_equal(model_calendar_table(&bare), -1);
    assert_int_equal(model_objects_table(&bare), -1);
}

static void test_places_in_files(void **state)
{
    const struct model_table *songs = &model_tables[TABLE_SONGS];
    (void)state;
    assert_int_equal(model_column_in_file(songs, SONGS_SONG_ID), 0);
    assert_int_equal(model_column_in_file(songs, SONGS_TITLE), 1);
    assert_int_equal(model_column_in_file(songs, SONGS_DURATION), 2); /* two partitions before it */
}

/* The built-in model with one table changed. */
static bool includes_with(const struct model_table *table)
{
    struct model_table tables[TABLE_ALL];
    struct model model = model_builtin;
    memcpy(tables, model_tables, sizeof tables);
    tables[TABLE_USERS] = *table;
    model.tables = tables;
    return model_includes(&model, &model_builtin);
}

static void test_a_model_that_includes_another(void **state)
{
    const struct model_table *users = &model_tables[TABLE_USERS];
    struct model_column columns[USERS_LEVEL + 2];
    struct model_table changed = *users;
    struct model fewer = model_builtin;
    (void)state;
    memcpy(columns, users->columns, users->column_count * sizeof *columns);
    columns[USERS_LEVEL + 1] = (struct model_column){.name = "age", .type = MODEL_INT32};
    changed.columns = columns;
    changed.column_count = COUNT(columns);
    assert_true(includes_with(users));
    assert_true(includes_with(&changed)); /* one column more */
    columns[USERS_GENDER].type = MODEL_INT32;
    assert_false(includes_with(&changed));
    columns[USERS_GENDER].type = MODEL_STRING;
    columns[USERS_GENDER].name = "sex";
    assert_false(includes_with(&changed));
    changed = *users;
    changed.name = "people";
    assert_false(includes_with(&changed));
    changed = *users;
    changed.rows = ROWS_CALENDAR;
    assert_false(includes_with(&changed));
    fewer.table_count--;
    assert_false(model_includes(&fewer, &model_builtin));
    assert_true(model_includes(&model_builtin, &fewer));
}

/* The state's table of winners over the facts is no list of them. */
static void test_partitioned_winners_over_facts(void **state)
{
    struct model_table tables[TABLE_ALL];
    struct model model = model_builtin;
    (void)state;
    memcpy(tables, model_tables, sizeof tables);
    tables[TABLE_USERS].partitions[0] = USERS_LEVEL;
    tables[TABLE_USERS].partition_count = 1;
    model.tables = tables;
    assert_int_equal(model_list_of(&model, TABLE_USERS), -1);
    assert_int_equal(model_list_of(&model, TABLE_SONGS), STATE_SONGS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partitioned_winners_over_facts),
        cmocka_unit_test(test_the_key_of_each_table),
        cmocka_unit_test(test_what_the_columns_of_the_facts_refer_to),
        cmocka_unit_test(test_lists_of_partitioned_tables),
        cmocka_unit_test(test_roles_of_tables),
        cmocka_unit_test(test_places_in_files),
        cmocka_unit_test(test_a_model_that_includes_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
