/* Files that may hold secrets. */
#include "scratch_folder.h"
#include "secret.h"

static void write_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(fputc('x', file), 'x');
    assert_int_equal(fclose(file), 0);
}

static void test_files(void **state)
{
    enum { LIMIT = 1 << 20 };
    char folder[256], path[300];
    (void)state;
    scratch_folder(folder);
    static const struct {
        const char *name;
        long size; /* -1: there is no such file; -2: a folder; -3: a pipe */
        enum status status;
    } rows[] = {
        {"gone", -1, STATUS_OK},
        {"empty", 0, STATUS_OK},
        {"small", 9, STATUS_OK},
        {"most", LIMIT, STATUS_OK},
        {"large", LIMIT + 1, STATUS_LIMIT},
        {"folder", -2, STATUS_FAILED},
        {"pipe", -3, STATUS_FAILED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(secret_file_release) struct secret_file file = {0};
        struct error error = {0};
        snprintf(path, sizeof path, "%s/%s", folder, rows[i].name);
        if (rows[i].size >= 0)
            write_file(path, (size_t)rows[i].size);
        else if (rows[i].size == -2)
            assert_int_equal(mkdir(path, 0700), 0);
        else if (rows[i].size == -3)
            assert_int_equal(mkfifo(path, 0600), 0);
        if (secret_file_read(path, &file, &error) != rows[i].status)
            fail_msg("%s: %s", rows[i].name, error.message);
        bool is_read = rows[i].status == STATUS_OK && rows[i].size >= 0;
        assert_int_equal(file.is_there, is_read);
        assert_int_equal(file.text.len, is_read ? rows[i].size : 0);
    }
    scratch_folder_release(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
