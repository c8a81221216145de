/* Pages of listings: what is read of them, and which are refused. */
#include "s3_page.h"
#include "unit.h"

#define PAGE(text) "<ListBucketResult>" text "</ListBucketResult>"
#define LAST       "<IsTruncated>false</IsTruncated>"
#define MORE       "<IsTruncated>true</IsTruncated>"
#define OBJECT(k, s)                                                                               \
    "<Contents><Key>" k "</Key><Size>" s "</Size><ETag>&quot;e&quot;</ETag></Contents>"
#define FOLDER(name) "<CommonPrefixes><Prefix>" name "</Prefix></CommonPrefixes>"
#define KEY_COUNT(n) "<KeyCount>" n "</KeyCount>"
#define NEXT(token)  "<NextContinuationToken>" token "</NextContinuationToken>"

static void test_pages(void **state)
{
    static const struct {
        const char *answer, *problem; /* a part of it; NULL: the page is right */
        size_t objects, folders;
    } rows[] = {
        {PAGE(LAST), NULL, 0, 0},
        {PAGE(OBJECT("a", "1") OBJECT("b/c", "0") LAST), NULL, 2, 0},
        {PAGE(OBJECT("a", "1") FOLDER("b/") KEY_COUNT("2") LAST), NULL, 1, 1},
        {PAGE(OBJECT("a", "1") MORE NEXT("t")), NULL, 1, 0},
        {PAGE(OBJECT("a", "1") MORE), NULL, 1, 0}, /* ListObjects goes on after "a" */
        {PAGE(MORE "<NextMarker>m</NextMarker>"), NULL, 0, 0},
        {PAGE(OBJECT("a", "50000000000000") LAST), NULL, 1, 0},
        {"", "no listing", 0, 0},
        {"<html/>", "no listing", 0, 0},
        {PAGE(""), "no listing", 0, 0},
        {PAGE(LAST LAST), "no listing", 0, 0},
        {PAGE("<Contents><Key>a</Key></Contents>" LAST), "no listing", 0, 0},
        {PAGE("<IsTruncated>perhaps</IsTruncated>"), "whether there is more", 0, 0},
        {PAGE(MORE), "and not where", 0, 0},
        {PAGE(LAST NEXT("t")), "where to go on", 0, 0},
        {PAGE(OBJECT("a", "-1") LAST), "a size", 0, 0},
        {PAGE(OBJECT("a", "99999999999999999") LAST), "a size", 0, 0},
        {PAGE(OBJECT("", "1") LAST), "without a key", 0, 0},
        {PAGE(OBJECT("a", "1") KEY_COUNT("2") LAST), "as it says (KeyCount)", 0, 0},
        {PAGE(KEY_COUNT("x") LAST), "not a number", 0, 0},
    };
    (void)state;
    struct s3_page page = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *problem = s3_page_read(&page, str_of(rows[i].answer));
        if ((problem == NULL) != (rows[i].problem == NULL))
            fail_msg("row %zu: %s", i, problem ? problem : "no problem");
        if (problem && !strstr(problem, rows[i].problem))
            fail_msg("row %zu: %s", i, problem);
        if (problem)
            continue;
        assert_int_equal(page.count, rows[i].objects);
        assert_int_equal(page.folder_count, rows[i].folders);
    }
    s3_page_release(&page);
}

static void test_an_object(void **state)
{
    static const char answer[] =
        PAGE(OBJECT("a%2Fb+c", "12") "<EncodingType>url</EncodingType>" LAST);
    CLEANUP(buffer_release) struct buffer key = {0};
    (void)state;
    struct s3_page page = {0};
    assert_null(s3_page_read(&page, str_of(answer)));
    assert_int_equal(page.entries[0].size_bytes, 12);
    assert_str(page.entries[0].etag, "\"e\"");
    assert_true(s3_page_decode(&page, page.entries[0].key, &key));
    assert_string_equal(buffer_text(&key), "a/b c");
    assert_false(s3_page_decode(&page, STR("a%00"), &key)); /* no key has that byte */
    page.is_encoded = false;
    assert_true(s3_page_decode(&page, STR("a%2F+"), &key));
    assert_string_equal(buffer_text(&key), "a%2F+");
    s3_page_release(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_an_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
