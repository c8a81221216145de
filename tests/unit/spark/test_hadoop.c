/* hadoop: URLs for Hadoop's file systems, and settings of s3a. */
#include "scratch.h"

#include "hadoop.h"

#include <sys/stat.h>

static void test_addresses_on_a_disk(void **state)
{
    static const char folder[] = "in [a]{b,c}*? %41 \\é";
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer read = {0}, write = {0}, path = {0}, expected = {0};
    struct s3_options options = s3_options_default();
    struct store *store = NULL;
    struct error error;
    (void)state;
    scratch_open(&scratch);
    buffer_appendf(&path, "%s/%s", scratch.path, folder);
    assert_int_equal(mkdir(buffer_text(&path), 0700), 0);
    ASSERT_OK(s3_store_open(buffer_text(&path), STORE_USE_INPUT, &options, &store, &error), error);
    hadoop_url(&read, store, "song_data", HADOOP_READ);
    hadoop_url(&write, store, "song_data", HADOOP_WRITE);
    buffer_appendf(&expected, "file://%s/in \\[a\\]\\{b,c\\}\\*\\? %%41 \\\\é/song_data",
                   scratch.path);
    assert_string_equal(buffer_text(&read), buffer_text(&expected));
    buffer_reset(&expected);
    buffer_appendf(&expected, "file://%s/%s/song_data", scratch.path, folder);
    assert_string_equal(buffer_text(&write), buffer_text(&expected));
    store_free(store);
}

static const char *value_of(const struct hadoop_settings *settings, const char *key)
{
    for (size_t i = 0; i < settings->count; i++)
        if (strcmp(settings->pairs[i].key, key) == 0)
            return settings->pairs[i].value;
    return NULL;
}

static void test_settings_of_s3(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer url = {0};
    char access_key[] = "ACCESS", secret_key[] = "SECRET";
    struct config config = {.access_key = access_key, .secret_key = secret_key};
    struct s3_options options = s3_options_default();
    struct hadoop_settings settings;
    struct store *store = NULL;
    struct error error;
    (void)state;
    scratch_open(&scratch);
    options.keys.endpoint = "http://127.0.0.1:1";
    options.keys.region = "eu-central-1";
    options.keys.config = &config;
    options.request_payer = true;
    options.sse = S3_SSE_KMS;
    options.sse_kms_key_id = "alias/lake";
    ASSERT_OK(s3_store_open("s3://bucket/a b/", STORE_USE_INPUT, &options, &store, &error), error);
    hadoop_url(&url, store, "log_data", HADOOP_READ);
    assert_string_equal(buffer_text(&url), "s3a://bucket/a b/log_data");
    ASSERT_OK(hadoop_settings_make(&settings, scratch.store, store, 7, &error), error);
    assert_string_equal(value_of(&settings, "fs.s3a.endpoint"), "http://127.0.0.1:1");
    assert_string_equal(value_of(&settings, "fs.s3a.endpoint.region"), "eu-central-1");
    assert_string_equal(value_of(&settings, "fs.s3a.path.style.access"), "true");
    assert_string_equal(value_of(&settings, "fs.s3a.connection.maximum"), "7");
    assert_string_equal(value_of(&settings, "fs.s3a.access.key"), "ACCESS");
    assert_string_equal(value_of(&settings, "fs.s3a.secret.key"), "SECRET");
    assert_null(value_of(&settings, "fs.s3a.session.token"));
    assert_string_equal(value_of(&settings, "fs.s3a.requester.pays.enabled"), "true");
    assert_string_equal(value_of(&settings, "fs.s3a.encryption.algorithm"), "SSE-KMS");
    assert_string_equal(value_of(&settings, "fs.s3a.encryption.key"), "alias/lake");
    assert_string_equal(value_of(&settings, "fs.s3a.impl.disable.cache"), "true");
    assert_non_null(strstr(value_of(&settings, "fs.s3a.aws.credentials.provider"), ".Simple"));
    hadoop_settings_release(&settings);
    ASSERT_OK(hadoop_settings_make(&settings, scratch.store, NULL, 7, &error), error);
    assert_int_equal(settings.count, 0);
    hadoop_settings_release(&settings);
    store_free(store);
}

static void test_what_to_try(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    struct s3_options options = s3_options_default();
    struct store *store = NULL;
    struct error error;
    (void)state;
    scratch_open(&scratch);
    options.keys.no_sign_request = true;
    ASSERT_OK(s3_store_open("s3://bucket", STORE_USE_INPUT, &options, &store, &error), error);
    error_set(&error, STATUS_FAILED, "Class org.apache.hadoop.fs.s3a.S3AFileSystem not found");
    assert_int_equal(hadoop_explain(store, &error), STATUS_FAILED);
    assert_non_null(strstr(error_hint_text(&error), "hadoop-aws"));
    error_set(&error, STATUS_NOT_FOUND, "[PATH_NOT_FOUND]");
    assert_int_equal(hadoop_explain(scratch.store, &error), STATUS_NOT_FOUND);
    assert_non_null(strstr(error_hint_text(&error), "all machines of the cluster"));
    store_free(store);
}

/* Stores with different access get per-bucket settings. */
static void test_settings_of_two_stores(void **state)
{
    static const struct {
        const char *in, *out;                   /* addresses */
        const char *in_endpoint, *out_endpoint; /* of the stores */
        const char *key, *value;                /* a setting; value NULL: there is none */
        bool is_refused;
    } rows[] = {
        {"s3://aaa/x", "s3://bbb", "http://127.0.0.1:1", "http://127.0.0.1:1", "fs.s3a.endpoint",
         "http://127.0.0.1:1", false},
        {"s3://aaa/x", "s3://bbb", "http://127.0.0.1:1", "http://127.0.0.1:1",
         "fs.s3a.bucket.aaa.endpoint", NULL, false},
        {"s3://aaa/x", "s3://b.b", "aws", "http://127.0.0.1:1", "fs.s3a.bucket.b.b.endpoint",
         "http://127.0.0.1:1", false},
        {"s3://aaa/x", "s3://bbb", "aws", "http://127.0.0.1:1", "fs.s3a.bucket.aaa.endpoint", NULL,
         false},
        {"s3://aaa/x", "s3://bbb", "aws", "http://127.0.0.1:1",
         "fs.s3a.bucket.aaa.path.style.access", "false", false},
        {"s3://aaa/x", "s3://bbb", "aws", "http://127.0.0.1:1",
         "fs.s3a.bucket.aaa.aws.credentials.provider",
         "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider", false},
        {"s3://aaa/x", "s3://bbb", "aws", "http://127.0.0.1:1", "fs.s3a.bucket.bbb.secret.key",
         "SECRET", false},
        {"s3://aaa/x", "s3://bbb", "aws", "http://127.0.0.1:1", "fs.s3a.secret.key", NULL, false},
        {"s3://aaa/x", "s3://bbb", "aws", "http://127.0.0.1:1", "fs.s3a.impl.disable.cache", "true",
         false},
        {"s3://aaa/x", "s3://aaa/y", "aws", "http://127.0.0.1:1", NULL, NULL, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct config keys = {.access_key = "ACCESS", .secret_key = "SECRET"};
        struct s3_options in = s3_options_default(), out = in;
        bool is_one = strcmp(rows[i].in_endpoint, rows[i].out_endpoint) == 0;
        struct hadoop_settings settings;
        struct store *from = NULL, *to = NULL;
        struct error error;
        in.keys.endpoint = rows[i].in_endpoint;
        in.keys.no_sign_request = !is_one;
        in.keys.config = out.keys.config = &keys;
        out.keys.endpoint = rows[i].out_endpoint;
        ASSERT_OK(s3_store_open(rows[i].in, STORE_USE_INPUT, &in, &from, &error), error);
        ASSERT_OK(s3_store_open(rows[i].out, STORE_USE_INPUT, &out, &to, &error), error);
        enum status status = hadoop_settings_make(&settings, from, to, 7, &error);
        assert_int_equal(status, rows[i].is_refused ? STATUS_USAGE : STATUS_OK);
        if (rows[i].key) {
            const char *value = value_of(&settings, rows[i].key);
            assert_true(settings.has_keys);
            if (!value != !rows[i].value || (value && strcmp(value, rows[i].value) != 0))
                fail_msg("row %zu: %s", i, value ? value : "nothing");
        }
        hadoop_settings_release(&settings);
        store_free(from);
        store_free(to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_on_a_disk),
        cmocka_unit_test(test_settings_of_s3),
        cmocka_unit_test(test_settings_of_two_stores),
        cmocka_unit_test(test_what_to_try),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
