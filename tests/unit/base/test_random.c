/* Random bytes and UUIDs. */
#include "refuse_call.h"
#include "unit.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_bytes_are_not_the_same_twice(void **state)
{
    unsigned char a[64] = {0}, b[64] = {0};
    (void)state;
    assert_true(random_bytes(a, sizeof a, false));
    assert_true(random_bytes(b, sizeof b, true));
    assert_memory_not_equal(a, b, sizeof a);
}

static void test_uuids_are_of_version_4(void **state)
{
    char a[UUID_TEXT], b[UUID_TEXT];
    (void)state;
    uuid_make(a);
    uuid_make(b);
    assert_string_not_equal(a, b);
    assert_int_equal(strlen(a), UUID_TEXT - 1);
    assert_int_equal(strspn(a, "0123456789abcdef-"), UUID_TEXT - 1);
    for (size_t i = 0; i < UUID_TEXT - 1; i++)
        assert_int_equal(a[i] == '-', i == 8 || i == 13 || i == 18 || i == 23);
    assert_int_equal(a[14], '4');
    assert_non_null(strchr("89ab", a[19]));
}

/* What a child without getrandom sees. 77: filters cannot be set here. */
static int run_without_getrandom(unsigned error_number)
{
    unsigned char bytes[16] = {0}, zeros[16] = {0};
    char a[UUID_TEXT], b[UUID_TEXT];
    if (!refuse_call(SYS_getrandom, error_number))
        return 77;
    errno = 0;
    bool has_bytes = random_bytes(bytes, sizeof bytes, false);
    if (error_number == ENOSYS) /* an old kernel: /dev/urandom */
        return has_bytes && memcmp(bytes, zeros, sizeof bytes) != 0 ? 0 : 1;
    uuid_make(a);
    uuid_make(b);
    return !has_bytes && errno == (int)error_number && strcmp(a, b) != 0 ? 0 : 1;
}

static void test_without_getrandom(void **state)
{
    static const unsigned errors[] = {ENOSYS, EAGAIN};
    (void)state;
    for (size_t i = 0; i < COUNT(errors); i++) {
        int status;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            _exit(run_without_getrandom(errors[i]));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == 77)
            skip();
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_are_not_the_same_twice),
        cmocka_unit_test(test_uuids_are_of_version_4),
        cmocka_unit_test(test_without_getrandom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
