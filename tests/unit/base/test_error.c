/* Errors, and the crew of threads. */
#include "unit.h"

#include <errno.h>

static void test_errno_becomes_a_status_with_its_hint(void **state)
{
    static const struct {
        int error_number;
        enum status status;
        int exit_code;
    } cases[] = {
        {ENOENT, STATUS_NOT_FOUND, 1}, {EACCES, STATUS_DENIED, 1},
        {EROFS, STATUS_DENIED, 1},     {ENOSPC, STATUS_NO_SPACE, 1},
        {EDQUOT, STATUS_NO_SPACE, 1},  {EFBIG, STATUS_NO_SPACE, 1},
        {EIO, STATUS_IO, 1},           {ENOTDIR, STATUS_NOT_A_FOLDER, 1},
        {EMFILE, STATUS_LIMIT, 1},     {EINVAL, STATUS_FAILED, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error error;
        assert_int_equal(error_set_errno(&error, cases[i].error_number, "reading %s", "x"),
                         cases[i].status);
        assert_non_null(strstr(error.message, "reading x: "));
        assert_non_null(strstr(error.message, strerror(cases[i].error_number)));
        assert_int_equal(status_exit_code(error.status), cases[i].exit_code);
    }
    assert_int_equal(status_exit_code(STATUS_USAGE), 2);
    assert_int_equal(status_exit_code(STATUS_TOO_MANY_REJECTS), 3);
    assert_int_equal(status_exit_code(STATUS_INTERRUPTED), 130);
}

static void test_words_are_added_and_hints_replaced(void **state)
{
    struct error error;
    (void)state;
    error_set(&error, STATUS_NO_SPACE, "write failed");
    assert_non_null(strstr(error_hint_text(&error), "free some space"));
    assert_int_equal(error_wrap(&error, "put %s", "songs/a"), STATUS_NO_SPACE);
    assert_string_equal(error.message, "put songs/a: write failed");
    assert_int_equal(error_hint(&error, "try %d", 2), STATUS_NO_SPACE);
    assert_string_equal(error_hint_text(&error), "try 2");
    assert_string_equal(status_name(STATUS_CORRUPT), "CORRUPT");
}

/* A message that does not fit is cut, not written past its end. */
static void test_long_messages_are_cut(void **state)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    struct error error;
    (void)state;
    for (int i = 0; i < 5000; i++)
        buffer_append_char(&text, 'x');
    error_set(&error, STATUS_FAILED, "%s", buffer_text(&text));
    error_wrap(&error, "%s", buffer_text(&text));
    error_set_errno(&error, EIO, "%s", buffer_text(&text));
    error_hint(&error, "%s", buffer_text(&text));
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    assert_int_equal(strlen(error.hint), sizeof error.hint - 1);
}

struct crew {
    atomic_uint seen[16];
    atomic_uint at_work;
};

static void note_worker(void *ctx, unsigned worker)
{
    struct crew *crew = ctx;
    atomic_fetch_add(&crew->seen[worker], 1);
    atomic_fetch_add(&crew->at_work, 1);
}

static void test_each_worker_runs_once(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= 16; count++) {
        struct crew crew = {0};
        threads_run(count, note_worker, &crew);
        assert_int_equal(crew.at_work, count);
        for (unsigned i = 0; i < count; i++)
            assert_int_equal(crew.seen[i], 1);
    }
    assert_true(threads_available() >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errno_becomes_a_status_with_its_hint),
        cmocka_unit_test(test_words_are_added_and_hints_replaced),
        cmocka_unit_test(test_long_messages_are_cut),
        cmocka_unit_test(test_each_worker_runs_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
