/* What follows from the rules about keys: of the built-in model, told by names. */
#include "builtin.h"
#include "unit.h"

#include <model.h>

static void test_the_key_of_each_table(void **state)
{
    static const struct {
        const char *table, *key;
    } keys[] = {
        {"songs", "song_id"},    {"artists", "artist_id"},     {"users", "user_id"},
        {"time", "start_time"},  {"songplays", "songplay_id"}, {"state/objects", NULL},
        {"state/matches", NULL}, {"state/users", "user_id"},   {"state/songs", "song_id"},
        {"state/records", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++) {
        const struct model_table *table = builtin_table(keys[i].table);
        int column = model_key_column(table);
        assert_int_equal(column >= 0, keys[i].key != NULL);
        if (column >= 0)
            assert_string_equal(table->columns[column].name, keys[i].key);
    }
}

static void test_what_the_columns_of_the_facts_refer_to(void **state)
{
    static const struct {
        const char *column;
        const char *table;
    } references[] = {
        {"start_time", "time"},
        {"user_id", "users"},
        {"song_id", "songs"},
        {"artist_id", "artists"},
    };
    const struct model_table *facts = builtin_table("songplays");
    (void)state;
    for (size_t i = 0; i < facts->column_count; i++) {
        int expected = -1;
        for (size_t j = 0; j < COUNT(references); j++)
            if (strcmp(facts->columns[i].name, references[j].column) == 0)
                expected = table_of(references[j].table);
        assert_int_equal(model_referenced_table(model_builtin(), &facts->columns[i]), expected);
    }
}

static void test_lists_of_partitioned_tables(void **state)
{
    (void)state;
    for (int i = 0; i < (int)model_builtin()->all_count; i++)
        assert_int_equal(model_list_of(model_builtin(), i),
                         i == table_of("songs") ? table_of("state/songs") : -1);
}

static void test_roles_of_tables(void **state)
{
    const struct model *model = model_builtin();
    struct model bare = *model; /* with one table, and no state */
    (void)state;
    assert_int_equal(model_facts_table(model), table_of("songplays"));
    assert_int_equal(model_calendar_table(model), table_of("time"));
    assert_int_equal(model_objects_table(model), table_of("state/objects"));
    assert_int_equal(model_state_of(model, model->facts.lookups[0].winner),
                     table_of("state/matches"));
    assert_int_equal(model_state_of(model, model->tables[table_of("users")].rule),
                     table_of("state/users"));
    assert_int_equal(model_state_of(model, model->tables[table_of("artists")].rule), -1);
    assert_int_equal(model_records_of(model, source_of("songs")), table_of("state/records"));
    assert_int_equal(model_records_of(model, source_of("logs")), -1);
    assert_int_equal(model_find_table(model, "users"), table_of("users"));
    assert_int_equal(model_find_table(model, "all songs"), -1); /* of the state */
    bare.table_count = bare.all_count = 1;
    assert_int_equal(model_calendar_table(&bare), -1);
    assert_int_equal(model_objects_table(&bare), -1);
}

static void test_places_in_files(void **state)
{
    const struct model_table *songs = builtin_table("songs");
    (void)state;
    assert_int_equal(model_column_in_file(songs, column_of("songs", "song_id")), 0);
    assert_int_equal(model_column_in_file(songs, column_of("songs", "title")), 1);
    assert_int_equal(model_column_in_file(songs, column_of("songs", "duration")),
                     2); /* two partitions before it */
}

/* The built-in model with one table changed. */
static bool includes_with(const struct model_table *table)
{
    struct model_table tables[MODEL_MAX_TABLES];
    struct model model = *model_builtin();
    memcpy(tables, model.tables, model.all_count * sizeof *tables);
    tables[table_of("users")] = *table;
    model.tables = tables;
    return model_includes(&model, model_builtin());
}

static void test_a_model_that_includes_another(void **state)
{
    const struct model_table *users = builtin_table("users");
    struct model_column columns[MODEL_MAX_COLUMNS];
    struct model_table changed = *users;
    struct model fewer = *model_builtin();
    (void)state;
    memcpy(columns, users->columns, users->column_count * sizeof *columns);
    columns[users->column_count] = (struct model_column){.name = "age", .type = MODEL_INT32};
    changed.columns = columns;
    changed.column_count++;
    assert_true(includes_with(users));
    assert_true(includes_with(&changed)); /* one column more */
    columns[column_of("users", "gender")].type = MODEL_INT32;
    assert_false(includes_with(&changed));
    columns[column_of("users", "gender")].type = MODEL_STRING;
    columns[column_of("users", "gender")].name = "sex";
    assert_false(includes_with(&changed));
    changed = *users;
    changed.name = "people";
    assert_false(includes_with(&changed));
    changed = *users;
    changed.rows = ROWS_CALENDAR;
    assert_false(includes_with(&changed));
    fewer.table_count--;
    assert_false(model_includes(&fewer, model_builtin()));
    assert_true(model_includes(model_builtin(), &fewer));
}

/* The state's table of winners over the facts is no list of them. */
static void test_partitioned_winners_over_facts(void **state)
{
    struct model_table tables[MODEL_MAX_TABLES];
    struct model model = *model_builtin();
    (void)state;
    memcpy(tables, model.tables, model.all_count * sizeof *tables);
    tables[table_of("users")].partitions[0] = column_of("users", "level");
    tables[table_of("users")].partition_count = 1;
    model.tables = tables;
    assert_int_equal(model_list_of(&model, table_of("users")), -1);
    assert_int_equal(model_list_of(&model, table_of("songs")), table_of("state/songs"));
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
