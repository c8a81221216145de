/* sparkify.yaml, where it cannot be read. */
#include "unit.h"

#include <settings_file.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

/* In a process that is nobody's, in a folder of which it is not the owner. */
static int read_as_nobody(const char *path, const char *use)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct settings_file file;
        struct error error = {0};
        if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
            _exit(100);
        enum status status = settings_file_read(path, use, &file, &error);
        _exit(status == STATUS_OK && file.path == NULL ? 0 : (int)status);
    }
    int ended;
    assert_int_equal(waitpid(pid, &ended, 0), pid);
    assert_true(WIFEXITED(ended));
    return WEXITSTATUS(ended);
}

static void test_a_folder_that_may_not_be_entered(void **state)
{
    char folder[] = "/tmp/settings-XXXXXX", before[4096];
    (void)state;
    assert_non_null(getcwd(before, sizeof before));
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(read_as_nobody(NULL, NULL), 0); /* there is none */
    assert_int_equal(chmod(folder, 0), 0);
    assert_int_equal(read_as_nobody(NULL, NULL), 0); /* nobody knows of a file */
    assert_int_not_equal(read_as_nobody(NULL, "daily"), 0);
    assert_int_not_equal(read_as_nobody("mine.yaml", NULL), 0);
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_folder_that_may_not_be_entered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
