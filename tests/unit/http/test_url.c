/* Addresses of servers: a login in them, encryption, this machine. */
#include "unit.h"

#include <http.h>

static void test_urls(void **state)
{
    static const struct {
        const char *url;
        bool has_login, is_plain;
    } rows[] = {
        {"https://host", false, false},
        {"http://host:9000/x", false, true},
        {"http://me:password@host", true, true},
        {"https://me@host/", true, false},
        {"http://127.0.0.1:9000", false, false},
        {"http://[::1]:9000", false, false},
        {"http://LOCALHOST", false, false},
        {"http://127.0.0.1.example.org", false, true},
        {"http://ho st", false, false}, /* nothing goes there */
        {"", false, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (http_url_has_login(rows[i].url) != rows[i].has_login ||
            http_url_is_plain(rows[i].url) != rows[i].is_plain)
            fail_msg("%s", rows[i].url);
    }
}

static void test_hosts(void **state)
{
    static const struct {
        const char *host;
        bool is_loopback;
    } rows[] = {
        {"localhost", true},    {"Localhost", true},    {"[::1]", true},
        {"127.0.0.1", true},    {"127.255.0.9", true},  {"127.256.0.1", false},
        {"127.0.0", false},     {"127.0.0.1.x", false}, {"128.0.0.1", false},
        {"a.localhost", false}, {"localhost.a", false}, {"", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (http_host_is_loopback(rows[i].host) != rows[i].is_loopback)
            fail_msg("%s", rows[i].host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
