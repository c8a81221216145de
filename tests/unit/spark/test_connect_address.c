#include "connect_address.h"

#include "unit.h"

#include <stdlib.h>

static int clean_environment(void **state)
{
    (void)state;
    unsetenv("SPARK_CONNECT_AUTHENTICATE_TOKEN");
    unsetenv("SPARK_USER");
    setenv("USER", "somebody", 1);
    return 0;
}

static void parse(const char *text, struct connect_address *out)
{
    struct error error;
    ASSERT_OK(connect_address_parse(text, out, &error), error);
}

static void hosts_and_ports(void **state)
{
    (void)state;
    static const struct {
        const char *text, *host, *endpoint;
        unsigned port;
    } cases[] = {
        {"sc://localhost", "localhost", "localhost:15002", 15002},
        {"sc://localhost/", "localhost", "localhost:15002", 15002},
        {"sc://localhost/;", "localhost", "localhost:15002", 15002},
        {"sc://my-host.example.com:443", "my-host.example.com", "my-host.example.com:443", 443},
        {"sc://10.0.0.1:1/;user_id=a", "10.0.0.1", "10.0.0.1:1", 1},
        {"sc://[::1]", "::1", "[::1]:15002", 15002},
        {"sc://[fe80::1]:65535/", "fe80::1", "[fe80::1]:65535", 65535},
        {"sc://bücher.example:2", "bücher.example", "bücher.example:2", 2},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(connect_address_release) struct connect_address address = {0};
        parse(cases[i].text, &address);
        assert_string_equal(address.server.host, cases[i].host);
        assert_string_equal(address.endpoint, cases[i].endpoint);
        assert_int_equal(address.server.port, cases[i].port);
    }
}

static void parameters(void **state)
{
    (void)state;
    CLEANUP(connect_address_release) struct connect_address address = {0};
    parse("sc://host:443/;use_ssl=TRUE;token=ab%3Bc==;user_id=J%C3%BCrgen;user_agent=my%20app;"
          "session_id=550E8400-e29b-41d4-a716-446655440000;grpc_max_message_size=1000;"
          "grpc_keepalive_enabled=false;grpc_keepalive_time_ms=1500;grpc_keepalive_timeout_ms=1;"
          "grpc_keepalive_without_calls=true;X-Cluster-Id=0123-abc;",
          &address);
    assert_true(address.server.use_tls);
    assert_string_equal(address.server.token, "ab;c==");
    assert_string_equal(address.user_id, "Jürgen");
    assert_string_equal(address.user_agent, "my app");
    assert_string_equal(address.session_id, "550e8400-e29b-41d4-a716-446655440000");
    assert_int_equal(address.server.max_message_bytes, 1000);
    assert_false(address.server.keepalive);
    assert_int_equal(address.server.keepalive_s, 2);
    assert_int_equal(address.server.keepalive_timeout_s, 1);
    assert_int_equal(address.server.header_count, 1);
    assert_string_equal(address.server.headers[0].name, "x-cluster-id");
    assert_string_equal(address.server.headers[0].value, "0123-abc");
}

static void defaults(void **state)
{
    (void)state;
    CLEANUP(connect_address_release) struct connect_address address = {0};
    parse("sc://host", &address);
    assert_false(address.server.use_tls);
    assert_null(address.server.token);
    assert_null(address.session_id);
    assert_null(address.user_agent);
    assert_string_equal(address.user_id, "somebody");
    assert_int_equal(address.server.max_message_bytes, 128 << 20);
    assert_true(address.server.keepalive);
    assert_int_equal(address.server.header_count, 0);
}

static void the_last_of_two_counts(void **state)
{
    (void)state;
    CLEANUP(connect_address_release) struct connect_address address = {0};
    parse("sc://host/;user_id=a;token=x;user_id=b;token=y", &address);
    assert_string_equal(address.user_id, "b");
    assert_string_equal(address.server.token, "y");
}

static void tokens_mean_tls(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool use_tls;
    } cases[] = {
        {"sc://host/;token=t", true},
        {"sc://host/;token=t;use_ssl=true", true},
        {"sc://localhost/;token=t", false},
        {"sc://127.0.0.1/;token=t", false},
        {"sc://127.9.9.9/;token=t", false},
        {"sc://127.example.com/;token=t", true},
        {"sc://127.0.0.1.nip.io/;token=t", true},
        {"sc://[::1]/;token=t", false},
        {"sc://localhost/;token=t;use_ssl=true", true},
        {"sc://localhost/;token=t;use_ssl=false", false},
        {"sc://host/;use_ssl=true", true},
        {"sc://host/;use_ssl=False", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(connect_address_release) struct connect_address address = {0};
        parse(cases[i].text, &address);
        assert_int_equal(address.server.use_tls, cases[i].use_tls);
    }
}

static void environment(void **state)
{
    (void)state;
    CLEANUP(connect_address_release) struct connect_address address = {0};
    CLEANUP(connect_address_release) struct connect_address given = {0};
    CLEANUP(connect_address_release) struct connect_address nobody = {0};
    setenv("SPARK_CONNECT_AUTHENTICATE_TOKEN", "from-env", 1);
    setenv("SPARK_USER", "spark-user", 1);
    parse("sc://host", &address);
    parse("sc://host/;token=own;user_id=me", &given);
    unsetenv("SPARK_USER");
    unsetenv("USER");
    parse("sc://host", &nobody);
    clean_environment(NULL);
    assert_string_equal(address.server.token, "from-env");
    assert_true(address.server.use_tls);
    assert_string_equal(address.user_id, "spark-user");
    assert_string_equal(given.server.token, "own");
    assert_string_equal(given.user_id, "me");
    assert_string_equal(nobody.user_id, "sparkify");
}

static void wrong_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message; /* a part of it */
    } cases[] = {
        {"", "does not begin with sc://"},
        {"spark://host:7077", "does not begin with sc://"},
        {"SC://host", "does not begin with sc://"},
        {"sc://", "names no host"},
        {"sc://:15002", "names no host"},
        {"sc:///;token=s3cret", "names no host"},
        {"sc://ho st", "characters that no host's name has"},
        {"sc://host:0", "not a number from 1 to 65535"},
        {"sc://host:65536", "not a number from 1 to 65535"},
        {"sc://host:", "not a number from 1 to 65535"},
        {"sc://host:1x", "not a number from 1 to 65535"},
        {"sc://::1", "names no host"},
        {"sc://[::1", "no ']'"},
        {"sc://[host]", "not an IPv6 address"},
        {"sc://[::1]15002", "only \":port\""},
        {"sc://me:s3cret@host", "a user before the host"},
        {"sc://host;token=s3cret", "begin with \"/;\""},
        {"sc://host?token=s3cret", "not with \"?\""},
        {"sc://host/?token=s3cret", "not with \"?\""},
        {"sc://host/path", "has a path"},
        {"sc://host/path;token=s3cret", "has a path"},
        {"sc://host/;s3cret", "parameter 1 is not of the form name=value"},
        {"sc://host/;user_id=a;s3cret", "parameter 2 is not of the form name=value"},
        {"sc://host/;=s3cret", "parameter 1 is not of the form name=value"},
        {"sc://host/;;user_id=a", "parameter 1 is not of the form name=value"},
        {"sc://host/;token=", "the token is empty"},
        {"sc://host/;token=s3cret%20s3cret", "characters that no token has"},
        {"sc://host/;token=s3cret%0d%0ax:y", "the value of token has a control character"},
        {"sc://host/;token=s3cret%00", "the value of token has a control character"},
        {"sc://host/;token=s3cret%4", "'%' is not followed"},
        {"sc://host/;token=s3cret%zz", "'%' is not followed"},
        {"sc://host/;use_ssl=yes", "use_ssl is neither true nor false"},
        {"sc://host/;token=s3cret;use_ssl=false", "not sent to another machine without TLS"},
        {"sc://host/;user_id=", "user_id is empty"},
        {"sc://host/;user_id=%FF", "not UTF-8"},
        {"sc://host/;session_id=1234", "session_id is not a UUID"},
        {"sc://host/;session_id=550e8400+e29b-41d4-a716-446655440000", "session_id is not a UUID"},
        {"sc://host/;grpc_max_message_size=0", "grpc_max_message_size is not a number"},
        {"sc://host/;grpc_max_message_size=99999999999", "grpc_max_message_size is not a number"},
        {"sc://host/;grpc_keepalive_time_ms=x", "grpc_keepalive_time_ms is not a number"},
        {"sc://host/;authorization=s3cret", "authorization cannot be the name"},
        {"sc://host/;grpc-timeout=1S", "grpc-timeout cannot be the name"},
        {"sc://host/;x-y-bin=1", "x-y-bin cannot be the name"},
        {"sc://host/;a b=1", "a b cannot be the name"},
        {"sc://host/;x-y=", "the value of x-y is empty"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct connect_address address;
        struct error error;
        assert_int_equal(connect_address_parse(cases[i].text, &address, &error), STATUS_USAGE);
        if (!strstr(error.message, cases[i].message))
            fail_msg("%s: \"%s\" instead of \"%s\"", cases[i].text, error.message,
                     cases[i].message);
        assert_null(strstr(error.message, "s3cret"));
        assert_null(strstr(error.hint, "s3cret"));
    }
}

static void a_wrong_token_of_the_environment(void **state)
{
    (void)state;
    struct connect_address address;
    struct error error;
    setenv("SPARK_CONNECT_AUTHENTICATE_TOKEN", "s3cret\n", 1);
    assert_int_equal(connect_address_parse("sc://host", &address, &error), STATUS_USAGE);
    clean_environment(NULL);
    assert_non_null(strstr(error.message, "SPARK_CONNECT_AUTHENTICATE_TOKEN"));
    assert_null(strstr(error.message, "s3cret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_and_ports), cmocka_unit_test(parameters),
        cmocka_unit_test(defaults),        cmocka_unit_test(the_last_of_two_counts),
        cmocka_unit_test(tokens_mean_tls), cmocka_unit_test(environment),
        cmocka_unit_test(wrong_addresses), cmocka_unit_test(a_wrong_token_of_the_environment),
    };
    return cmocka_run_group_tests(tests, clean_environment, NULL);
}
