/* Tables as Parquet, and the names of their partitions' folders. */
#include "builtin.h"
#include "unit.h"

#include <model.h>

static void test_files_have_all_columns_but_the_partitions(void **state)
{
    static const size_t in_file[] = {3, 5, 5, 5, 12, 6, 5, 8, 5, 9};
    const struct parquet_options options = parquet_options_default();
    (void)state;
    for (size_t i = 0; i < COUNT(in_file); i++) {
        struct parquet_schema *schema = model_parquet_schema(&model_builtin()->tables[i], &options);
        assert_int_equal(parquet_schema_columns(schema), in_file[i]);
        parquet_schema_free(schema);
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
        cmocka_unit_test(test_files_have_all_columns_but_the_partitions),
        cmocka_unit_test(test_every_byte_of_a_partition_value),
        cmocka_unit_test(test_folders_as_spark_names_them),
        cmocka_unit_test(test_null_and_empty_are_the_default_partition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
