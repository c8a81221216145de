/* Who may ask: names, origins, tokens, and the address of a proxy. */
#include "unit.h"

#include "access.h"

static struct access access_of(const char *address, const char *public_url)
{
    struct access access;
    struct serve_options options = {
        .token = "0123456789abcdef", .address = address, .public_url = public_url};
    access_init(&access, &options);
    return access;
}

static void test_hosts(void **state)
{
    static const struct {
        const char *address, *public_url, *host;
        bool expected;
    } cases[] = {
        {"127.0.0.1", NULL, "127.0.0.1", true},
        {"127.0.0.1", NULL, "127.0.0.1:8080", true},
        {"127.0.0.1", NULL, "LocalHost:1", true},
        {"127.0.0.1", NULL, "[::1]:8080", true},
        {"127.0.0.1", NULL, NULL, false},
        {"127.0.0.1", NULL, "", false},
        {"127.0.0.1", NULL, ":8080", false},
        {"127.0.0.1", NULL, "[]", false},
        {"127.0.0.1", NULL, "[::1", false},
        {"127.0.0.1", NULL, "[::1]x", false},
        {"127.0.0.1", NULL, "localhost:8080:1", false},
        {"127.0.0.1", NULL, "localhost.", false},
        {"127.0.0.1", NULL, "localhost.evil.example", false},
        {"127.0.0.1", NULL, "evil.example", false},
        {"127.0.0.1", NULL, "192.0.2.7", false},
        {"192.0.2.7", NULL, "192.0.2.7:8080", true},
        {"192.0.2.7", NULL, "192.0.2.8:8080", false},
        {"0.0.0.0", NULL, "192.0.2.8:8080", true},
        {"0.0.0.0", NULL, "[2001:db8::1]:8080", true},
        {"0.0.0.0", NULL, "evil.example", false},
        {"::", NULL, "[2001:db8::1]", true},
        {"2001:db8::1", NULL, "[2001:db8::1]:80", true},
        {"127.0.0.1", "https://lake.example.org", "lake.example.org", true},
        {"127.0.0.1", "https://lake.example.org/x/", "Lake.Example.org", true},
        {"127.0.0.1", "https://lake.example.org:8443", "lake.example.org:8443", true},
        {"127.0.0.1", "https://lake.example.org:8443", "lake.example.org", false},
        {"127.0.0.1", "https://lake.example.org", "example.org", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(access_release)
        struct access access = access_of(cases[i].address, cases[i].public_url);
        if (access_allows_host(&access, cases[i].host) != cases[i].expected)
            fail_msg("%s asked as %s", cases[i].address, cases[i].host ? cases[i].host : "nothing");
    }
}

static void test_origins(void **state)
{
    static const struct {
        const char *public_url, *host, *origin;
        bool expected;
    } cases[] = {
        {NULL, "127.0.0.1:8080", NULL, true},
        {NULL, "127.0.0.1:8080", "http://127.0.0.1:8080", true},
        {NULL, "127.0.0.1:8080", "HTTP://127.0.0.1:8080", true},
        {NULL, "127.0.0.1:8080", "http://127.0.0.1:8081", false},
        {NULL, "127.0.0.1:8080", "http://localhost:8080", false},
        {NULL, "127.0.0.1:8080", "https://127.0.0.1:8080", false},
        {NULL, "127.0.0.1:8080", "null", false},
        {NULL, "127.0.0.1:8080", "", false},
        {NULL, "127.0.0.1:8080", "http://127.0.0.1:8080.evil.example", false},
        {"https://a.example/x/", "a.example", "https://a.example", true},
        {"https://a.example/x/", "127.0.0.1:8080", "https://a.example", true},
        {"https://a.example/x/", "a.example", "https://a.example/x", false},
        {"https://a.example/x/", "a.example", "https://a.example.org", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(access_release)
        struct access access = access_of("127.0.0.1", cases[i].public_url);
        if (access_allows_origin(&access, cases[i].host, cases[i].origin) != cases[i].expected)
            fail_msg("%s from %s", cases[i].host, cases[i].origin ? cases[i].origin : "nowhere");
    }
}

static void test_tokens(void **state)
{
    static const struct {
        const char *header;
        bool expected;
    } cases[] = {
        {"Bearer 0123456789abcdef", true},
        {"bearer 0123456789abcdef", true},
        {NULL, false},
        {"", false},
        {"Bearer", false},
        {"Bearer ", false},
        {"0123456789abcdef", false},
        {"Bearer 0123456789abcdeF", false},
        {"Bearer 0123456789abcde", false},
        {"Bearer 0123456789abcdef0", false},
        {"Bearer  0123456789abcdef", false},
        {"Basic 0123456789abcdef", false},
    };
    char made[2][SERVE_TOKEN_LEN + 1];
    struct error error;
    CLEANUP(access_release) struct access access = access_of("127.0.0.1", NULL);
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (access_allows_token(&access, cases[i].header) != cases[i].expected)
            fail_msg("%s", cases[i].header ? cases[i].header : "nothing");
    for (size_t i = 0; i < COUNT(made); i++) {
        assert_int_equal(serve_make_token(made[i], &error), STATUS_OK);
        assert_int_equal(strlen(made[i]), SERVE_TOKEN_LEN);
        assert_true(serve_is_token(made[i]));
    }
    assert_string_not_equal(made[0], made[1]);
    assert_false(serve_is_token("short"));
    assert_false(serve_is_token("0123456789abcde\xC3\xA9"));
    assert_false(serve_is_token("0123456789 abcdef"));
}

static void test_public_urls(void **state)
{
    static const struct {
        const char *url;
        bool expected;
    } cases[] = {
        {"https://lake.example.org", true},
        {"http://a:8080/x/", true},
        {"https://", false},
        {"https:///x", false},
        {"ftp://a", false},
        {"lake.example.org", false},
        {"", false},
        {"https://a/?x", false},
        {"https://a/#x", false},
        {"https://u@a", false},
        {"https://a b", false},
        {"https://\"a\"", false},
    };
    struct error error;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if ((serve_check_url(cases[i].url, &error) == STATUS_OK) != cases[i].expected)
            fail_msg("%s", cases[i].url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_public_urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
