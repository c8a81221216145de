/* What is told by its first bytes, and in which words. */
#include "file_kind.h"

#include "unit.h"

static void test_kinds(void **state)
{
    static const struct {
        struct str begin;
        const char *name; /* NULL: none */
    } cases[] = {
#define C(literal, name) {{literal, sizeof(literal) - 1}, name}
        C("", NULL),
        C("{\"a\":1}", NULL),
        C("\x1F\x8B\x08\0", "gzip data"),
        C("\x1F\x8B\x07\0", NULL),
        C("\x1F\x8B", NULL),
        C("\x28\xB5\x2F\xFD", "zstd data"),
        C("\x28\xB5\x2F", NULL),
        C("BZh9", "bzip2 data"),
        C("\xFD"
          "7zXZ\0",
          "xz data"),
        C("PK\3\4", "a zip archive"),
        C("PAR1", "a Parquet file"),
        C("PAR", NULL),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct file_kind *kind = file_kind_of(cases[i].begin);
        if (!kind != !cases[i].name || (kind && strcmp(kind->name, cases[i].name) != 0))
            fail_msg("case %zu: %s", i, kind ? kind->name : "none");
    }
}

static void test_utf16(void **state)
{
    static const struct {
        struct str record;
        bool is_utf16;
    } cases[] = {
        C("\xFF\xFE{\0", true),    C("\xFE\xFF\0{", true), C("\xFF\xFE", true),
        C("{\0\"\0t\0", true),     C("\0{\0\"", true),     C("\0{\0", false),
        C("{\0\"\0", true),        C("{\0\0\0", false), /* UTF-32, or zeros of a disk */
        C("\0\0\0\0", false),      C("{\"a\0", false),     C("\xFF{}", false),
        C("\xEF\xBB\xBF{", false), C("", false),           C("\xE9\0\xE9\0", false),
#undef C
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (file_kind_is_utf16(cases[i].record) != cases[i].is_utf16)
            fail_msg("case %zu", i);
}

static void test_words(void **state)
{
    static const struct {
        struct str begin, key;
        bool is_unpacked;
        const char *message, *hint;
    } cases[] = {
        {STR("\x1F\x8B\x08"), STR("a.json"), false,
         "s3://b/a.json is gzip data, and its name says text", "give it a name that ends in .gz"},
        {STR("\x28\xB5\x2F\xFD"), STR("a.json.GZ"), false,
         "s3://b/a.json.GZ is zstd data, and its name says gzip",
         "give it a name that ends in .zst"},
        {STR("BZh"), STR("a.json"), false, "s3://b/a.json is bzip2 data, and its name says text",
         "it is not read here: unpack it, or move it out of the input"},
        {STR("\x1F\x8B\x08"), STR("a.json.gz"), true,
         "s3://b/a.json.gz, once it is unpacked, is gzip data",
         "unpack it once, and keep its name"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error error;
        const struct file_kind *kind = file_kind_of(cases[i].begin);
        assert_int_equal(
            file_kind_error(kind, "s3://b", cases[i].key, cases[i].is_unpacked, &error),
            STATUS_CORRUPT);
        assert_string_equal(error.message, cases[i].message);
        assert_string_equal(error.hint, cases[i].hint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
