/* Addresses of servers: their parts, a login in them, encryption, this machine. */
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

static void test_parts(void **state)
{
    static const struct {
        const char *url, *scheme, *host, *port, *path;
    } rows[] = {
        {"https://host", "https", "host", NULL, "/"},
        {"https://host:443/", "https", "host", NULL, "/"},
        {"http://host:443/a/b?c=d#e", "http", "host", "443", "/a/b"},
        {"HTTP://me:p%40ss@host:9000/a%2Fb%20c", "http", "host", "9000", "/a%2Fb%20c"},
        {"https://me@[fd00:ec2::23]:8443/x", "https", "[fd00:ec2::23]", "8443", "/x"},
        {"http://[::1]", "http", "[::1]", NULL, "/"},
        {"http://host:65536/", NULL, NULL, NULL, NULL},
        {"http://[::1/", NULL, NULL, NULL, NULL},
        {"http://ho st/", NULL, NULL, NULL, NULL},
        {"host/x", NULL, NULL, NULL, NULL},
        {"", NULL, NULL, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(http_url_release) struct http_url parts = {0};
        if (http_url_parse(rows[i].url, &parts) != (rows[i].host != NULL))
            fail_msg("%s", rows[i].url);
        if (!rows[i].host)
            continue;
        assert_string_equal(parts.scheme, rows[i].scheme);
        assert_string_equal(parts.host, rows[i].host);
        assert_string_equal(parts.path, rows[i].path);
        assert_string_equal(parts.port ? parts.port : "none", rows[i].port ? rows[i].port : "none");
    }
}

static void test_hosts(void **state)
{
    static const struct {
        const char *host;
        bool is_loopback;
    } rows[] = {
        {"localhost", true},    {"Localhost", true},
        {"[::1]", true},        {"127.0.0.1", true},
        {"127.255.0.9", true},  {"127.256.0.1", false},
        {"127.0.0", false},     {"127.0.0.1.x", false},
        {"128.0.0.1", false},   {"a.localhost", false},
        {"localhost.a", false}, {"127.-0.0.1", false},
        {"127.0.09.1", false},  {"", false},
        {"127.1", false},
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
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
