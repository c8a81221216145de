/* What libcurl says of a proxy is told without the password in the proxy's address. */
#include "unit.h"

#include <http.h>
#include <stdlib.h>

/* libcurl has the whole address in some of its messages. */
static void test_proxies(void **state)
{
    static const struct {
        const char *name, *value;
        bool is_hidden;
    } rows[] = {
        {"https_proxy", "http://me:HIDDEN@host", true}, {"HTTPS_PROXY", "me:HID/DEN@host", true},
        {"ALL_PROXY", "x://HIDDEN@host", true},         {"all_proxy", "a@b", true},
        {"http_proxy", "http://me@host", true},         {"https_proxy", "http://host:3128", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char problem[CURL_ERROR_SIZE] = "Unsupported proxy syntax in 'http://me:HIDDEN@host'";
        assert_int_equal(setenv(rows[i].name, rows[i].value, 1), 0);
        http_proxy_hide_login(CURLE_COULDNT_RESOLVE_PROXY, problem, sizeof problem);
        assert_int_equal(strstr(problem, "HIDDEN") == NULL, rows[i].is_hidden);
        assert_int_equal(strstr(problem, rows[i].name) != NULL, rows[i].is_hidden);
        unsetenv(rows[i].name);
    }
}

int main(void)
{
    static const char *const variables[] = {"https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy",
                                            "ALL_PROXY"};
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_proxies)};
    for (size_t i = 0; i < COUNT(variables); i++)
        unsetenv(variables[i]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
