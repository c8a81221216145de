/* Addresses that mean a path on this machine, and those that are refused with the form that was
 * meant; no message holds what may be secret in one. */
#include "unit.h"

#include <store.h>

static void test_paths(void **state)
{
    static const struct {
        const char *address, *path; /* path NULL: it is refused, */
        const char *hint;           /* with this in the hint */
    } rows[] = {
        {"lake", "lake", NULL},
        {"/data/lake", "/data/lake", NULL},
        {".", ".", NULL},
        {"./s3:/x", "./s3:/x", NULL},
        {"./~", "./~", NULL},
        {"a:b", "a:b", NULL},
        {"2018:/x", "2018:/x", NULL}, /* no scheme begins with a digit */
        {"~x", "~x", NULL},
        {"x@y", "x@y", NULL},
        {"file:///a%20b", "/a%20b", NULL},
        {"", NULL, "'.' is the current folder"},
        {"file://", NULL, "file:///path"},
        {"file://host/x", NULL, "file:///path"},
        {"file:/a/b", NULL, "give /a/b, or file:///a/b"},
        {"file:a", NULL, "file:///a"},
        {"FILE:///a", NULL, "file:///a"},
        {"s3:/lake", NULL, "give s3://lake; a folder of this name is ./s3:/lake"},
        {"s3:/lake/a b", NULL, "give s3://lake/a b;"},
        {"s3:lake", NULL, "give s3://lake;"},
        {"s3a:/lake", NULL, "give s3://lake;"},
        {"s3n:lake", NULL, "give s3://lake;"},
        {"S3:/lake", NULL, "give s3://lake;"},
        {"S3://lake", NULL, "give s3://lake;"},
        {"s3:///lake", NULL, "in a folder"}, /* s3_address.c has words for that */
        {"dbfs:/mnt/x", NULL, "give /dbfs/mnt/x"},
        {"dbfs://x", NULL, "give /dbfs/x"},
        {"dbfs:x", NULL, "give /dbfs/x"},
        {"gs://b/x", NULL, "give s3://b/x with --endpoint https://storage.googleapis.com"},
        {"gs:/b/x", NULL, "give s3://b/x with"},
        {"abfss://c@account.dfs.core.windows.net/x", NULL, "give s3://bucket/prefix, a path"},
        {"hdfs:/x", NULL, "give s3://bucket/prefix"},
        {"https://b.s3.amazonaws.com/x", NULL, "the server by --endpoint URL"},
        {"https:/b.s3.amazonaws.com/x", NULL, "the server by --endpoint URL"},
        {"whatever:/x", NULL, "a folder of this name is ./whatever:/x"},
        {"C:\\data\\lake", NULL, "in WSL, give /mnt/c/data/lake"},
        {"d:/data", NULL, "give /mnt/d/data"},
        {"C:", NULL, "give /mnt/c/"},
        {"\\\\host\\share", NULL, "at which the share is mounted"},
        {"~", NULL, "\"$HOME\""},
        {"~/lake", NULL, "\"$HOME/lake\"; a folder of this name is ./~/lake"},
        {"arn:aws:s3:::lake", NULL, "give s3://lake"},
        {"arn:aws-cn:s3:::lake/a/b", NULL, "give s3://lake/a/b"},
        {"arn:aws:s3:eu-west-1:123456789012:accesspoint/x", NULL, "give the bucket"},
        {"arn:aws:iam::1:role/x", NULL, "give the bucket"},
        {"arn:x", NULL, "give the bucket"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *path = NULL;
        struct error error = {0};
        enum status status = store_address_path(rows[i].address, &path, &error);
        if ((status == STATUS_OK) != (rows[i].path != NULL))
            fail_msg("%s: status %d: %s", rows[i].address, status, error.message);
        if (rows[i].path)
            assert_string_equal(path, rows[i].path);
        else if (status != STATUS_USAGE || !strstr(error_hint_text(&error), rows[i].hint))
            fail_msg("%s: %s", rows[i].address, error_hint_text(&error));
    }
}

static void test_refusals_hide(void **state)
{
    static const char *const addresses[] = {
        "s3:/KEY:HIDDEN@bucket/x",  "S3://KEY:HIDDEN@bucket/x", "s3:KEY:HIDDEN@bucket",
        "gs://KEY:HIDDEN@bucket",   "https://me:HIDDEN@host/x", "https:/me:HIDDEN@host/x",
        "https://host/x?y=HIDDEN",  "dbfs:/me:HIDDEN@host",     "ftp://me:HIDDEN@host",
        "whatever:/me:HIDDEN@host",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(addresses); i++) {
        const char *path;
        struct error error = {0};
        assert_int_equal(store_address_path(addresses[i], &path, &error), STATUS_USAGE);
        if (strstr(error.message, "HIDDEN") || strstr(error.hint, "HIDDEN"))
            fail_msg("%s: %s: %s", addresses[i], error.message, error.hint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_refusals_hide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
