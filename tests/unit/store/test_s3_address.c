/* Addresses and endpoints: what is taken, where it leads, and what is refused. */
#include <unit.h>

#include "s3.h"

static const struct {
    const char *address, *endpoint, *region;
    enum store_path_style style;
    const char *prefix, *authority; /* prefix NULL: it is refused */
    bool is_https;
} cases[] = {
    {"s3://my-lake", NULL, "us-east-1", STORE_PATH_AUTO, "", "my-lake.s3.us-east-1.amazonaws.com",
     true},
    {"s3a://my-lake/", NULL, "eu-west-3", STORE_PATH_AUTO, "", "my-lake.s3.eu-west-3.amazonaws.com",
     true},
    {"s3://abc/a/b//", NULL, "cn-north-1", STORE_PATH_AUTO, "a/b/",
     "abc.s3.cn-north-1.amazonaws.com.cn", true},
    {"s3://abc//a b%+=\xC3\xA9", NULL, "x", STORE_PATH_ON, "a b%+=\xC3\xA9/", "s3.x.amazonaws.com",
     true},
    /* a certificate for *.s3.amazonaws.com is not one for these */
    {"s3://a.b.c", NULL, "x", STORE_PATH_AUTO, "", "s3.x.amazonaws.com", true},
    {"s3://a.b.c", NULL, "x", STORE_PATH_OFF, "", "a.b.c.s3.x.amazonaws.com", true},
    {"s3://abc", "http://127.0.0.1:9000", "x", STORE_PATH_AUTO, "", "127.0.0.1:9000", false},
    {"s3://abc", "http://[::1]:9000/", "x", STORE_PATH_AUTO, "", "[::1]:9000", false},
    {"s3://abc", "HTTPS://store.example", "x", STORE_PATH_OFF, "", "abc.store.example", true},
    /* the Host header of these ports has none */
    {"s3://abc", "https://store.example:443", "x", STORE_PATH_ON, "", "store.example", true},
    {"s3://abc", "http://store.example:80", "x", STORE_PATH_ON, "", "store.example", false},
    {"s3://abc", "http://store.example:443", "x", STORE_PATH_ON, "", "store.example:443", false},

    {"s3://", NULL, "x", STORE_PATH_AUTO, NULL, NULL, false},
    {"s3:///a", NULL, "x", STORE_PATH_AUTO, NULL, NULL, false},
    {"s3://ab", NULL, "x", STORE_PATH_AUTO, NULL, NULL, false},
    {"s3://My-Lake", NULL, "x", STORE_PATH_AUTO, NULL, NULL, false},
    {"s3://-ab", NULL, "x", STORE_PATH_AUTO, NULL, NULL, false},
    {"s3://a..b", NULL, "x", STORE_PATH_AUTO, NULL, NULL, false},
    {"s3://a_b", NULL, "x", STORE_PATH_AUTO, NULL, NULL, false},
    {"s3://abc", "127.0.0.1:9000", "x", STORE_PATH_AUTO, NULL, NULL, false},
    {"s3://abc", "ftp://host", "x", STORE_PATH_AUTO, NULL, NULL, false},
    {"s3://abc", "http://", "x", STORE_PATH_AUTO, NULL, NULL, false},
    {"s3://abc", "http://host/path", "x", STORE_PATH_AUTO, NULL, NULL, false},
    {"s3://abc", "http://user@host", "x", STORE_PATH_AUTO, NULL, NULL, false},
    {"s3://abc", "http://ho st", "x", STORE_PATH_AUTO, NULL, NULL, false},
};

static void places(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(s3_place_release) struct s3_place place = {0};
        CLEANUP(buffer_release) struct buffer authority = {0};
        struct error error;
        enum status status =
            s3_place_init(&place, cases[i].address, cases[i].endpoint, cases[i].style, &error);
        assert_int_equal(status, cases[i].prefix ? STATUS_OK : STATUS_USAGE);
        if (!cases[i].prefix)
            continue;
        s3_place_authority(&place, cases[i].region, &authority);
        assert_string_equal(place.prefix, cases[i].prefix);
        assert_string_equal(buffer_text(&authority), cases[i].authority);
        assert_int_equal(place.is_https, cases[i].is_https);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(places)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
