/* The certificates to trust where the user names none. */
#include "unit.h"

#include <http.h>
#include <stdlib.h>
#include <unistd.h>

static void test_the_environment_names_a_file(void **state)
{
    (void)state;
    assert_int_equal(setenv("SSL_CERT_FILE", "/nowhere/certificates.pem", 1), 0);
    assert_string_equal(http_system_ca_file(), "/nowhere/certificates.pem");
    unsetenv("SSL_CERT_FILE");
}

/* libcurl has a path built in, or a file of the distribution is found. */
static void test_without_it(void **state)
{
    (void)state;
    unsetenv("SSL_CERT_FILE");
    const char *file = http_system_ca_file();
    assert_true(!file || access(file, R_OK) == 0);
    assert_int_equal(setenv("SSL_CERT_FILE", "", 1), 0); /* empty: as unset */
    const char *again = http_system_ca_file();
    assert_true(file ? again && strcmp(file, again) == 0 : !again);
    unsetenv("SSL_CERT_FILE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_environment_names_a_file),
        cmocka_unit_test(test_without_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
