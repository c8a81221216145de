/* The rejects of runs, counted from files of the test's own. */
#include "scratch.h"

#include "lake_sections.h"

#define RUN(n) "20181101T12000" #n "Z-0000000" #n
#define KEY(n) "_rejects/run=" RUN(n) "/part-00000.json"

static struct lake_history_entry entries[] = {
    {.version = 1, .run_id = STR(RUN(3))},
    {.version = 0, .run_id = STR(RUN(1))},
};

/* What is said of version `version` of two; the caller frees it. */
static void count(struct scratch *scratch, int64_t version, struct buffer *out)
{
    struct lake_history history = {.entries = entries, .count = 2};
    struct lake_snapshot snapshot = {.model = model_builtin(), .version = version, .newest = 1};
    struct error error;
    ASSERT_OK(report_append_rejects(scratch->store, &history, &snapshot, out, &error), error);
}

static void test_runs_and_codes(void **state)
{
    struct scratch scratch;
    CLEANUP(buffer_release) struct buffer newest = {0}, old = {0};
    (void)state;
    scratch_open(&scratch);
    scratch_put(
        &scratch, KEY(1),
        STR("{\"file\":\"\\\"code\\\":\\\"too_deep\\\"\",\"code\":\"not_json\",\"record\":\"x\"}\n"
            "{\"code\":\"not_json\"}\n{\"code\":\"too_long\",\"record\":\"{\\\"code\\\":"
            "\\\"x\\\"\"}\n"
            "{\"code\":\"not_jso\"}\n{\"code\":\"not_json_at_all\"}\n\n{\"code\":\"not_json"));
    scratch_put(&scratch, KEY(2), STR("{\"code\":\"not_utf8\"}\n"));
    scratch_put(&scratch, "_rejects/run=" RUN(2) "/part-00001.json",
                STR("{\"code\":\"not_utf8\"}\n"));
    scratch_put(&scratch, "_rejects/other.json", STR("{\"code\":\"not_utf8\"}\n"));
    count(&scratch, 1, &newest);
    assert_string_equal(
        buffer_text(&newest),
        "\"rejects\":["
        "{\"run\":\"" RUN(2) "\",\"is_cut\":false,\"codes\":{\"not_utf8\":2}},"
                             "{\"run\":\"" RUN(1) "\",\"is_cut\":false,"
                                                  "\"codes\":{\"not_json\":2,\"too_long\":1}}]");
    count(&scratch, 0, &old); /* the second run has failed since then */
    assert_string_equal(buffer_text(&old),
                        "\"rejects\":["
                        "{\"run\":\"" RUN(1) "\",\"is_cut\":false,"
                                             "\"codes\":{\"not_json\":2,\"too_long\":1}}]");
    scratch_release(&scratch);
}

static void test_very_many_rejects_are_not_all_read(void **state)
{
    static const struct str line = STR("{\"code\":\"too_deep\",\"record\":\"");
    const size_t mib = (size_t)1 << 20;
    struct scratch scratch;
    CLEANUP(buffer_release) struct buffer bytes = {0}, out = {0};
    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < 66; i++) {
        size_t end = (i + 1) * mib;
        buffer_append_str(&bytes, line);
        memset(buffer_reserve(&bytes, end - bytes.len), 'x', end - bytes.len);
        bytes.len = end;
        bytes.data[end - 1] = '\n';
    }
    scratch_put(&scratch, KEY(3), buffer_str(&bytes));
    count(&scratch, 1, &out);
    assert_string_equal(
        buffer_text(&out),
        "\"rejects\":[{\"run\":\"" RUN(3) "\",\"is_cut\":true,\"codes\":{\"too_deep\":64}}]");
    scratch_release(&scratch);
}

static void test_no_rejects(void **state)
{
    struct scratch scratch;
    CLEANUP(buffer_release) struct buffer out = {0};
    (void)state;
    scratch_open(&scratch);
    count(&scratch, 1, &out);
    assert_string_equal(buffer_text(&out), "\"rejects\":[]");
    scratch_release(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_and_codes),
        cmocka_unit_test(test_very_many_rejects_are_not_all_read),
        cmocka_unit_test(test_no_rejects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
