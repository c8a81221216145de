/* The tables as docs/semantics.md lists them, and the names of their partitions' folders. */
#include "unit.h"

#include <model.h>

/* Name, type, p = partition column, as docs/semantics.md writes them. */
static void test_columns_in_their_order(void **state)
{
    static const struct {
        const char *name, *columns;
        size_t in_file;
    } tables[TABLE_COUNT] = {
        {"songs", "song_id string, title string, artist_id string p, year int32 p, duration double",
         3},
        {"artists",
         "artist_id string, name string, location string, latitude double, longitude double", 5},
        {"users",
         "user_id string, first_name string, last_name string, gender string, level string", 5},
        {"time",
         "start_time timestamp, hour int32, day int32, week int32, month int32 p, year int32 p, "
         "weekday int32",
         5},
        {"songplays",
         "songplay_id int64, start_time timestamp, user_id string, level string, song_id string, "
         "artist_id string, session_id int64, location string, user_agent string, song string, "
         "artist string, length double, year int32 p, month int32 p",
         12},
    };
    (void)state;
    for (int id = 0; id < TABLE_COUNT; id++) {
        const struct model_table *table = &model_tables[id];
        CLEANUP(buffer_release) struct buffer text = {0};
        for (size_t i = 0; i < table->column_count; i++)
            buffer_appendf(&text, "%s%s %s%s", i ? ", " : "", table->columns[i].name,
                           model_type_name(table->columns[i].type),
                           table->columns[i].partition ? " p" : "");
        assert_string_equal(table->name, tables[id].name);
        assert_string_equal(buffer_text(&text), tables[id].columns);
        struct parquet_options options = parquet_options_default();
        struct parquet_schema *schema = model_parquet_schema(&model_builtin.tables[id], &options);
        assert_int_equal(parquet_schema_columns(schema), tables[id].in_file);
        parquet_schema_free(schema);
    }
}

static void test_partitions_are_the_partition_columns(void **state)
{
    static const char *const paths[TABLE_COUNT] = {"year/artist_id/", "", "", "year/month/",
                                                   "year/month/"};
    (void)state;
    for (int id = 0; id < TABLE_COUNT; id++) {
        const struct model_table *table = &model_tables[id];
        CLEANUP(buffer_release) struct buffer text = {0};
        size_t marked = 0;
        for (size_t i = 0; i < table->column_count; i++)
            marked += table->columns[i].partition;
        for (size_t i = 0; i < table->partition_count; i++) {
            assert_true(table->columns[table->partitions[i]].partition);
            buffer_appendf(&text, "%s/", table->columns[table->partitions[i]].name);
        }
        assert_int_equal(marked, table->partition_count);
        assert_string_equal(buffer_text(&text), paths[id]);
    }
}

static bool spark_escapes(int byte)
{
    static const unsigned char others[] = "\"#%'*/:=?[\\]^{\x7F";
    for (size_t i = 0; i < sizeof others - 1; i++)
        if (others[i] == byte)
            return true;
    return byte < 0x20;
}

static void test_every_byte_of_a_partition_value(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        CLEANUP(buffer_release) struct buffer folder = {0}, expected = {0};
        char value = (char)byte;
        model_partition_folder(&folder, "p", (struct str){&value, 1});
        if (spark_escapes(byte))
            buffer_appendf(&expected, "p=%%%02X", (unsigned)byte);
        else
            buffer_appendf(&expected, "p=%c", value);
        assert_string_equal(buffer_text(&folder), buffer_text(&expected));
    }
}

static void test_folders_as_spark_names_them(void **state)
{
    static const struct {
        const char *value, *folder;
    } cases[] = {
        {"a b", "p=a b"},     {"q\"q", "p=q%22q"}, {"a=b", "p=a%3Db"},
        {"s'q", "p=s%27q"},   {"a/b", "p=a%2Fb"},  {"a#b", "p=a%23b"},
        {"a:b", "p=a%3Ab"},   {"a?b", "p=a%3Fb"},  {"a%b", "p=a%25b"},
        {"%41", "p=%2541"},   {"a*b", "p=a%2Ab"},  {"a+b", "p=a+b"},
        {"ünï💾", "p=ünï💾"}, {"{}", "p=%7B}"},    {".", "p=."},
        {"..", "p=.."},       {"_u", "p=_u"},      {" x ", "p= x "},
        {"2003", "p=2003"},   {"-5", "p=-5"},      {"!$&(),-.;<>@_`|}~", "p=!$&(),-.;<>@_`|}~"},
    };
    (void)state;
    CLEANUP(buffer_release) struct buffer folder = {0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        buffer_reset(&folder);
        model_partition_folder(&folder, "p", str_of(cases[i].value));
        assert_string_equal(buffer_text(&folder), cases[i].folder);
    }
}

static void test_null_and_empty_are_the_default_partition(void **state)
{
    const struct str values[] = {STR_NULL, STR("")};
    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        CLEANUP(buffer_release) struct buffer folder = {0};
        model_partition_folder(&folder, "p", values[i]);
        assert_string_equal(buffer_text(&folder), "p=__HIVE_DEFAULT_PARTITION__");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_in_their_order),
        cmocka_unit_test(test_partitions_are_the_partition_columns),
        cmocka_unit_test(test_every_byte_of_a_partition_value),
        cmocka_unit_test(test_folders_as_spark_names_them),
        cmocka_unit_test(test_null_and_empty_are_the_default_partition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
