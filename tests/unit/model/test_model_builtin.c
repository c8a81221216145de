/* The model that is in the program: its text is a model, and that of docs/semantics.md. */
#include "builtin.h"
#include "unit.h"

#include <model_parse.h>
#include <pthread.h>

/* Rows are told by their columns (? may be null, p is a partition) and by which record wins. */
static const struct {
    const char *folder;
    int schema;
    const char *columns, *partitions, *winner;
} tables[] = {
    {"songs", 1,
     "song_id string, title string?, artist_id string p, year int32 p, duration double?",
     "year/artist_id/", "least (title, artist_id, year, duration)"},
    {"artists", 1,
     "artist_id string, name string?, location string?, latitude double?, longitude double?", "",
     "greatest year; then least (song_id, name, location, latitude, longitude)"},
    {"users", 1,
     "user_id string, first_name string?, last_name string?, gender string?, level string?", "",
     "greatest (ts, sessionId, itemInSession, level, first_name, last_name, gender)"},
    {"time", 1,
     "start_time timestamp, hour int32, day int32, week int32, month int32 p, year int32 p, "
     "weekday int32",
     "year/month/", ""},
    {"songplays", 2,
     "songplay_id int64, start_time timestamp, user_id string, level string?, song_id string?, "
     "artist_id string?, session_id int64, location string?, user_agent string?, song string?, "
     "artist string?, length double?, year int32 p, month int32 p",
     "year/month/", ""},
    {"_sparkify/state/objects", 4,
     "key string, bytes int64, identity int64, format int32?, gone_since string?, lacks string?",
     "", ""},
    {"_sparkify/state/matches", 1,
     "title string, artist_name string, duration double, song_id string, artist_id string", "",
     "least (song_id, artist_id)"},
    {"_sparkify/state/users", 1,
     "user_id string, ts int64, session_id int64, item_in_session int64, first_name string?, "
     "last_name string?, gender string?, level string?",
     "", "as in users"},
    {"_sparkify/state/songs", 1,
     "song_id string, title string?, artist_id string, year int32, duration double?", "",
     "as in songs"},
    {"_sparkify/state/records", 1,
     "song_id string, title string?, artist_id string, artist_name string?, location string?, "
     "latitude double?, longitude double?, duration double?, year int32",
     "", "as in songs, artists and matches"},
};

static void append_columns(const struct model_table *table, struct buffer *out)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct model_column *column = &table->columns[i];
        buffer_appendf(out, "%s%s %s%s%s", i ? ", " : "", column->name,
                       model_type_name(column->type), column->nullable ? "?" : "",
                       column->partition ? " p" : "");
    }
}

static void test_tables(void **state)
{
    const struct model *model = model_builtin();
    (void)state;
    assert_int_equal(model->table_count, 5);
    assert_int_equal(model->all_count, COUNT(tables));
    for (size_t i = 0; i < COUNT(tables); i++) {
        const struct model_table *table = &model->tables[i];
        CLEANUP(buffer_release) struct buffer columns = {0}, partitions = {0};
        append_columns(table, &columns);
        for (size_t j = 0; j < table->partition_count; j++)
            buffer_appendf(&partitions, "%s/", table->columns[table->partitions[j]].name);
        assert_string_equal(table->folder, tables[i].folder);
        assert_int_equal(table->schema, tables[i].schema);
        assert_string_equal(buffer_text(&columns), tables[i].columns);
        assert_string_equal(buffer_text(&partitions), tables[i].partitions);
        assert_string_equal(table->winner, tables[i].winner);
    }
}

/* Fields stand in the order of the records that the app writes: "!" is required, "!!" in plays,
 * "-" ignored, "0" for null. */
static void test_sources(void **state)
{
    static const char *const needs[] = {
        [NEED_ALWAYS] = "!", [NEED_KEPT] = "!!", [NEED_OPTIONAL] = "", [NEED_NOT_AT_ALL] = "-"};
    static const struct {
        const char *name, *noun, *folder, *kept, *fields;
        enum model_layout layout;
    } sources[] = {
        {"songs", "song", "song_data", NULL,
         "num_songs- artist_id! artist_latitude artist_longitude artist_location artist_name "
         "song_id! title duration year0 ",
         LAYOUT_DOCUMENT},
        {"logs", "log", "log_data", "NextSong",
         "artist auth- firstName gender itemInSession!! lastName length level location method- "
         "page! registration- sessionId!! song status- ts! userAgent userId!! ",
         LAYOUT_LINES},
    };
    (void)state;
    assert_int_equal(model_builtin()->source_count, COUNT(sources));
    for (size_t i = 0; i < COUNT(sources); i++) {
        const struct model_source *source = &model_builtin()->sources[i];
        CLEANUP(buffer_release) struct buffer fields = {0};
        for (size_t j = 0; j < source->field_count; j++)
            buffer_appendf(&fields, "%.*s%s%s ", STR_ARG(source->fields[j].name),
                           needs[source->fields[j].need],
                           source->fields[j].zero_for_null ? "0" : "");
        assert_string_equal(source->name, sources[i].name);
        assert_string_equal(source->noun, sources[i].noun);
        assert_string_equal(source->folder, sources[i].folder);
        assert_int_equal(source->layout, sources[i].layout);
        assert_str(source->kept_value, sources[i].kept);
        assert_string_equal(buffer_text(&fields), sources[i].fields);
    }
}

/* A lake of this model is one of the same model after any change that keeps its tables. */
static void test_its_hash(void **state)
{
    (void)state;
    assert_string_equal(model_builtin()->name, "sparkify");
    assert_string_equal(model_builtin()->row_noun, "play");
    assert_true(model_hash(model_builtin()) == 0x79ed9b4f31d3fdc3);
}

static void *ask(void *out)
{
    *(const struct model **)out = model_builtin();
    return NULL;
}

static void test_all_threads_have_the_same(void **state)
{
    const struct model *models[4];
    pthread_t threads[COUNT(models)];
    (void)state;
    for (size_t i = 0; i < COUNT(models); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &models[i]), 0);
    for (size_t i = 0; i < COUNT(models); i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < COUNT(models); i++)
        assert_ptr_equal(models[i], model_builtin());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_threads_have_the_same), /* before any other asks */
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_its_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
