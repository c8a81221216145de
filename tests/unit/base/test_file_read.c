/* Files that are read whole, or to a limit. */
#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

static void test_limits(void **state)
{
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 200000};
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        for (size_t over = 0; over < 3; over++) {
            CLEANUP(buffer_release) struct buffer out = {0};
            struct error error;
            FILE *stream = tmpfile();
            assert_non_null(stream);
            for (size_t byte = 0; byte < sizes[i]; byte++)
                putc((int)('a' + byte % 26), stream);
            rewind(stream);
            buffer_append_char(&out, '>');
            size_t max = over == 2 ? SIZE_MAX : sizes[i] ? sizes[i] - over : 0;
            assert_int_equal(file_read_stream(stream, max, "the", "file", &out, &error), STATUS_OK);
            assert_int_equal(out.len, 1 + (max < sizes[i] ? max + 1 : sizes[i]));
            for (size_t byte = 1; byte < out.len; byte++)
                assert_int_equal(out.data[byte], 'a' + (byte - 1) % 26);
            fclose(stream);
        }
    }
}

static void test_faults(void **state)
{
    CLEANUP(buffer_release) struct buffer out = {0};
    struct error error;
    (void)state;
    assert_int_not_equal(file_read("nowhere", 9, "the model", &out, &error), STATUS_OK);
    assert_non_null(strstr(error.message, "cannot read the model nowhere: No such file"));
    assert_int_not_equal(file_read("/", 9, "the model", &out, &error), STATUS_OK);
    assert_non_null(strstr(error.message, "cannot read the model /: Is a directory"));
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
