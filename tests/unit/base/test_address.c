/* Addresses as text: which are S3's, and that nothing is shown that may be secret in one. */
#include "unit.h"

static void test_kinds(void **state)
{
    (void)state;
    assert_true(address_is_s3("s3://x"));
    assert_true(address_is_s3("s3a://x"));
    assert_true(address_is_s3("s3n://"));
    assert_false(address_is_s3("S3://x"));
    assert_false(address_is_s3("s3:/x"));
    assert_false(address_is_s3("s3x://x"));
    assert_false(address_is_s3("./s3://x"));
    assert_false(address_is_s3(""));
}

static void test_shown(void **state)
{
    static const struct {
        const char *address, *shown;
    } rows[] = {
        {"/data/a@b", "/data/a@b"},
        {"file:///a@b", "file:///a@b"},
        {"s3://bucket/a@b?c#d:e", "s3://bucket/a@b?c#d:e"},
        {"s3n://KEY:HIDDEN@bucket/x", "s3n://…@bucket/x"},
        {"s3n://KEY:HID/DEN@bucket/x", "s3n://…@bucket/x"},
        {"s3n://KEY:1/HIDDEN@bucket/x", "s3n://…@bucket/x"},
        {"s3a://HIDDEN@bucket", "s3a://…@bucket"},
        {"s3a://KEY:HIDDEN", "s3a://…"},
        {"s3a://KEY:HIDDEN/bucket", "s3a://…"},
        {"s3:/KEY:HIDDEN@bucket", "s3:/…@bucket"},
        {"S3://KEY:HIDDEN@bucket", "S3://…@bucket"},
        {"http://host:9000", "http://host:9000"},
        {"http://[::1]:9000/x", "http://[::1]:9000/x"},
        {"http://me:HIDDEN@host:9000/x", "http://…@host:9000/x"},
        {"http://me:HID/DEN@host:9000", "http://…@host:9000"},
        {"http://me:1/HIDDEN@host:9000", "http://…@host:9000"},
        {"http://me:HID#DEN?@host:9000", "http://…@host:9000"},
        {"http://me:HIDDEN", "http://…"},
        {"https://b.s3.amazonaws.com/x?X-Amz-Signature=HIDDEN", "https://b.s3.amazonaws.com/x?…"},
        {"http://host/x#HIDDEN", "http://host/x?…"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buffer_release) struct buffer shown = {0};
        address_show(rows[i].address, &shown);
        assert_string_equal(buffer_text(&shown), rows[i].shown);
    }
}

static void test_arns(void **state)
{
    static const struct {
        const char *arn, *address; /* NULL: it is no name of a bucket */
    } rows[] = {
        {"arn:aws:s3:::lake", "s3://lake"},
        {"arn:aws-cn:s3:::lake/a/b", "s3://lake/a/b"},
        {"arn:aws:s3:eu-west-1:123456789012:accesspoint/x", NULL},
        {"arn:aws:iam::1:role/x", NULL},
        {"arn:", NULL},
        {"arn:::::", NULL},
        {"s3://lake", NULL},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buffer_release) struct buffer address = {0};
        bool is_name = address_of_arn(str_of(rows[i].arn), &address);
        assert_int_equal(is_name, rows[i].address != NULL);
        assert_string_equal(buffer_text(&address), rows[i].address ? rows[i].address : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_shown),
        cmocka_unit_test(test_arns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
