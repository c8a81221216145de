/* Addresses and endpoints: what is taken, where it leads, and what is refused. */
#include <unit.h>

#include "s3_private.h"

static const struct {
    const char *address, *endpoint, *region;
    enum config_path_style style;
    const char *prefix, *authority; /* prefix NULL: it is refused */
    bool is_https;
} cases[] = {
    {"s3://my-lake", NULL, "us-east-1", CONFIG_PATH_AUTO, "", "my-lake.s3.us-east-1.amazonaws.com",
     true},
    {"s3a://my-lake/", NULL, "eu-west-3", CONFIG_PATH_AUTO, "",
     "my-lake.s3.eu-west-3.amazonaws.com", true},
    {"s3://abc/a/b//", NULL, "cn-north-1", CONFIG_PATH_AUTO, "a/b/",
     "abc.s3.cn-north-1.amazonaws.com.cn", true},
    {"s3://abc//a b%+=\xC3\xA9", NULL, "x", CONFIG_PATH_ON, "a b%+=\xC3\xA9/", "s3.x.amazonaws.com",
     true},
    /* a certificate for *.s3.amazonaws.com is not one for these */
    {"s3://a.b.c", NULL, "x", CONFIG_PATH_AUTO, "", "s3.x.amazonaws.com", true},
    {"s3://a.b.c", NULL, "x", CONFIG_PATH_OFF, "", "a.b.c.s3.x.amazonaws.com", true},
    {"s3://abc", "http://127.0.0.1:9000", "x", CONFIG_PATH_AUTO, "", "127.0.0.1:9000", false},
    {"s3://abc", "http://[::1]:9000/", "x", CONFIG_PATH_AUTO, "", "[::1]:9000", false},
    {"s3://abc", "http://[fe80::1%25eth0]:9000", "x", CONFIG_PATH_AUTO, "", "[fe80::1%25eth0]:9000",
     false},
    {"s3://abc", "HTTPS://store.example", "x", CONFIG_PATH_OFF, "", "abc.store.example", true},
    /* the Host header of these ports has none */
    {"s3://abc", "https://store.example:443", "x", CONFIG_PATH_ON, "", "store.example", true},
    {"s3://abc", "http://store.example:80", "x", CONFIG_PATH_ON, "", "store.example", false},
    {"s3://abc", "http://store.example:443", "x", CONFIG_PATH_ON, "", "store.example:443", false},

    {"s3://", NULL, "x", CONFIG_PATH_AUTO, NULL, NULL, false},
    {"s3:///a", NULL, "x", CONFIG_PATH_AUTO, NULL, NULL, false},
    {"s3://ab", NULL, "x", CONFIG_PATH_AUTO, NULL, NULL, false},
    {"s3://My-Lake", NULL, "x", CONFIG_PATH_AUTO, NULL, NULL, false},
    {"s3://-ab", NULL, "x", CONFIG_PATH_AUTO, NULL, NULL, false},
    {"s3://a..b", NULL, "x", CONFIG_PATH_AUTO, NULL, NULL, false},
    {"s3://a_b", NULL, "x", CONFIG_PATH_AUTO, NULL, NULL, false},
    {"s3://abc", "127.0.0.1:9000", "x", CONFIG_PATH_AUTO, NULL, NULL, false},
    {"s3://abc", "ftp://host", "x", CONFIG_PATH_AUTO, NULL, NULL, false},
    {"s3://abc", "http://", "x", CONFIG_PATH_AUTO, NULL, NULL, false},
    {"s3://abc", "http:/host", "x", CONFIG_PATH_AUTO, NULL, NULL, false},
    {"s3://abc", "http:///lake", "x", CONFIG_PATH_AUTO, NULL, NULL, false},
    {"s3://abc", "http://host/path", "x", CONFIG_PATH_AUTO, NULL, NULL, false},
    {"s3://abc", "http://user@host", "x", CONFIG_PATH_AUTO, NULL, NULL, false},
    {"s3://abc", "http://ho st", "x", CONFIG_PATH_AUTO, NULL, NULL, false},
};

static void places(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(s3_location_release) struct s3_location location = {0};
        CLEANUP(buffer_release) struct buffer authority = {0};
        struct error error;
        enum status status = s3_location_init(&location, cases[i].address, cases[i].endpoint,
                                              cases[i].style, &error);
        assert_int_equal(status, cases[i].prefix ? STATUS_OK : STATUS_USAGE);
        if (!cases[i].prefix)
            continue;
        s3_location_authority(&location, cases[i].region, &authority);
        assert_string_equal(location.prefix, cases[i].prefix);
        assert_string_equal(buffer_text(&authority), cases[i].authority);
        assert_int_equal(strcmp(location.scheme, "https") == 0, cases[i].is_https);
    }
}

/* What may be secret in an address is in no message; what was meant is in the hint. */
static void refusals(void **state)
{
    static const struct {
        const char *address, *endpoint, *message, *hint;
    } rows[] = {
        {"s3n://KEY:HIDDEN@abc/x", NULL, "s3n://…@abc/x: keys in an address are not read", "[AWS]"},
        {"s3a://KEY:HID/DEN+@abc", NULL, "s3a://…@abc: keys in an address", "s3://bucket/prefix"},
        {"s3://KEY:HIDDEN", NULL, "s3://…: keys in an address", "[AWS]"},
        {"s3://abc", "http://me:HIDDEN@host:1", "'http://…@host:1' has a name and a password",
         "[AWS]"},
        {"s3://abc", "http://me:HID/DEN@host", "has a name and a password", NULL},
        {"s3://abc", "https://host/?X-Amz-Signature=HIDDEN", "is not the address of a server",
         NULL},
        {"s3://abc", "me:HIDDEN@host", "has a name and a password", NULL},
        {"s3://arn:aws:s3:::lake/a", NULL, "an ARN is not a bucket's name", "give s3://lake/a"},
        {"s3://arn:aws:s3:eu-west-1:1:accesspoint/a", NULL, "an ARN is not a bucket",
         "s3://bucket/"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(s3_location_release) struct s3_location location = {0};
        struct error error = {0};
        assert_int_equal(s3_location_init(&location, rows[i].address, rows[i].endpoint,
                                          CONFIG_PATH_AUTO, &error),
                         STATUS_USAGE);
        assert_null(strstr(error.message, "HID"));
        assert_null(strstr(error.hint, "HID"));
        if (!strstr(error.message, rows[i].message) ||
            (rows[i].hint && !strstr(error.hint, rows[i].hint)))
            fail_msg("row %zu: %s: %s", i, error.message, error.hint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(places), cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
