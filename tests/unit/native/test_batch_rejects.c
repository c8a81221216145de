/* The file of rejects: its lines, their numbers across the parts of a file, and odd bytes. */
#include "builtin.h"
#include "scratch.h"

#include "batch_rejects.h"

static const struct lake_options dry = {.version = "0", .is_dry = true},
                                 wet = {.version = "0", .operation = "test"};

static void add(struct batch *batch, uint32_t file, uint64_t line, uint64_t offset,
                struct str record)
{
    struct model_fault fault = {REJECT_WRONG_TYPE, "ts: expected an integer, found a string"};
    batch_reject(batch, &fault, file, line, offset, record);
}

static void test_each_line_is_one_object(void **state)
{
    static const struct {
        struct str key, record;
        const char *line; /* what differs of it */
    } cases[] = {
#define C(key, record, line) {{key, sizeof(key) - 1}, {record, sizeof(record) - 1}, line}
        C("log_data/a.json", "{\"a\":1}", "log_data/a.json|\"record\":\"{\\\"a\\\":1}\""),
        C("log_data/a.json", "", "log_data/a.json|\"record\":\"\""),
        C("log_data/a.json", "a\\b\t\x01\x7F é",
          "log_data/a.json|\"record\":\"a\\\\b\\t\\u0001\x7F é\""),
        C("log_data/a.json", "\xFF", "log_data/a.json|\"record_base64\":\"/w==\""),
        C("log_data/a.json", "a\xFF", "log_data/a.json|\"record_base64\":\"Yf8=\""),
        C("log_data/a.json", "ab\xFF", "log_data/a.json|\"record_base64\":\"YWL/\""),
        C("log_data/a.json", "abc\xFB\xF0", "log_data/a.json|\"record_base64\":\"YWJj+/A=\""),
        C("log_data/\"q\"\\.json", "x", "log_data/\\\"q\\\"\\\\.json|\"record\":\"x\""),
        C("log_data/\xFFz\xC3.json", "x",
          "log_data/\xEF\xBF\xBDz\xEF\xBF\xBD.json|\"record\":\"x\""),
        C("log_data/é.json", "x", "log_data/é.json|\"record\":\"x\""),
#undef C
    };
    struct lake *lake = NULL;
    struct error error;
    (void)state;
    ASSERT_OK(lake_open(NULL, &dry, &lake, &error), error);
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(rejects_release) struct rejects rejects;
        uint64_t lines_before = 0;
        CLEANUP(batch_release) struct batch batch = {0};
        CLEANUP(buffer_release) struct buffer expected = {0};
        struct store_object object = {cases[i].key, 1};
        struct input input = {.source = builtin_source("logs")};
        const char *bar = strchr(cases[i].line, '|');
        input.files.objects = &object;
        rejects = (struct rejects){.lake = lake, .most = UINT64_MAX};
        add(&batch, 0, 7, 1234, cases[i].record);
        ASSERT_OK(batch_rejects_write(&rejects, &lines_before, &input, &batch, &error), error);
        buffer_appendf(&expected,
                       "{\"source\":\"logs\",\"file\":\"%.*s\",\"line\":7,\"byte_offset\":1234,"
                       "\"code\":\"wrong_type\",\"reason\":\"ts: expected an integer, found a "
                       "string\",%s}\n",
                       (int)(bar - cases[i].line), cases[i].line, bar + 1);
        buffer_append_char(&rejects.first.text, '\0');
        assert_string_equal(rejects.first.text.data, buffer_text(&expected));
    }
    lake_free(lake);
}

/* Lines are counted on from part to part of a file, and from 1 again in the next. */
static void test_lines_across_parts(void **state)
{
    static const struct {
        bool is_part, begins_file;
        uint64_t lines, line;
        const char *expected;
    } batches[] = {
        {true, true, 10, 3, "\"line\":3,"},  {true, false, 0, 0, NULL},
        {true, false, 5, 1, "\"line\":11,"}, {true, false, 2, 2, "\"line\":17,"},
        {false, false, 0, 4, "\"line\":4,"}, {true, true, 4, 0, NULL},
        {true, false, 1, 1, "\"line\":5,"},  {true, true, 1, 1, "\"line\":1,"},
        {false, false, 0, 1, "\"line\":1,"},
    };
    CLEANUP(rejects_release) struct rejects rejects;
    uint64_t lines_before = 0;
    struct store_object object = {STR("log_data/a.json"), 1};
    struct input input = {.source = builtin_source("logs")};
    struct lake *lake = NULL;
    struct error error;
    (void)state;
    ASSERT_OK(lake_open(NULL, &dry, &lake, &error), error);
    input.files.objects = &object;
    rejects = (struct rejects){.lake = lake, .most = UINT64_MAX};
    for (size_t i = 0; i < COUNT(batches); i++) {
        CLEANUP(batch_release)
        struct batch batch = {.is_part = batches[i].is_part,
                              .begins_file = batches[i].begins_file,
                              .lines = batches[i].lines};
        buffer_reset(&rejects.first.text);
        if (batches[i].expected)
            add(&batch, 0, batches[i].line, 0, STR("x"));
        ASSERT_OK(batch_rejects_write(&rejects, &lines_before, &input, &batch, &error), error);
        if (batches[i].expected)
            assert_non_null(strstr(buffer_text(&rejects.first.text), batches[i].expected));
    }
    assert_int_equal(rejects.first.count, 7);
    lake_free(lake);
}

static void count_lines(const struct buffer *text, size_t *lines)
{
    *lines = 0;
    for (size_t i = 0; i < text->len; i++)
        *lines += text->data[i] == '\n';
}

/* More than is written at once; and no file where nothing is rejected. */
static void test_the_file(void **state)
{
    static const size_t counts[] = {0, 1, 3000};
    (void)state;
    for (size_t i = 0; i < COUNT(counts); i++) {
        CLEANUP(scratch_release) struct scratch scratch = {0};
        CLEANUP(rejects_release) struct rejects rejects;
        uint64_t lines_before = 0;
        CLEANUP(batch_release) struct batch batch = {0};
        CLEANUP(buffer_release) struct buffer record = {0}, keys = {0}, text = {0};
        struct store_object object = {STR("log_data/a.json"), 1};
        struct input input = {.source = builtin_source("logs")};
        struct lake *lake = NULL;
        struct error error;
        size_t lines;
        scratch_open(&scratch);
        ASSERT_OK(lake_open(scratch.store, &wet, &lake, &error), error);
        input.files.objects = &object;
        rejects = (struct rejects){.lake = lake, .most = UINT64_MAX};
        memset(buffer_reserve(&record, 500), 'r', 500);
        record.len = 500;
        for (size_t j = 0; j < counts[i]; j++)
            add(&batch, 0, j + 1, 0, buffer_str(&record));
        ASSERT_OK(batch_rejects_write(&rejects, &lines_before, &input, &batch, &error), error);
        ASSERT_OK(rejects_finish(&rejects, true, &error), error);
        scratch_keys(&scratch, &keys);
        if (counts[i]) {
            assert_non_null(strstr(buffer_text(&keys), lake_run_id(lake)));
            keys.data[keys.len - 1] = '\0';
            scratch_get(&scratch, keys.data, &text);
        }
        count_lines(&text, &lines);
        assert_int_equal(lines, counts[i]);
        lake_free(lake);
    }
}

static size_t lines_of(struct scratch *scratch, const struct lake *lake, unsigned number)
{
    CLEANUP(buffer_release) struct buffer key = {0}, keys = {0}, text = {0};
    size_t lines;
    buffer_appendf(&key, "%s/part-%05u.json", lake_rejects_folder(lake), number);
    scratch_keys(scratch, &keys);
    if (strstr(buffer_text(&keys), buffer_text(&key)))
        scratch_get(scratch, buffer_text(&key), &text);
    count_lines(&text, &lines);
    return lines;
}

/* Of a run that fails only the first are written; where the limit is a number, nothing more is even
 * begun. */
static void test_what_is_written_of_very_many(void **state)
{
    enum { MANY = 3 * REJECTS_ALWAYS_WRITTEN };
    static const struct {
        uint64_t most;
        bool all, is_begun; /* the second file */
        size_t rest;        /* lines in it */
    } cases[] = {
        {UINT64_MAX, true, true, MANY - REJECTS_ALWAYS_WRITTEN},
        {UINT64_MAX, false, true, 0},
        {MANY, true, true, MANY - REJECTS_ALWAYS_WRITTEN},
        {MANY - 1, false, false, 0},
        {0, false, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(scratch_release) struct scratch scratch = {0};
        CLEANUP(rejects_release) struct rejects rejects;
        struct lake *lake = NULL;
        struct error error;
        struct reject_line line = {.source = builtin_source("logs"),
                                   .file = STR("log_data/a.json"),
                                   .reason = STR("wrong"),
                                   .record = STR("a record of some length, written many times")};
        scratch_open(&scratch);
        ASSERT_OK(lake_open(scratch.store, &wet, &lake, &error), error);
        rejects = (struct rejects){.lake = lake, .most = cases[i].most};
        for (line.line = 1; line.line <= MANY; line.line++)
            ASSERT_OK(rejects_write(&rejects, &line, &error), error);
        assert_int_equal(rejects.rest.upload != NULL, cases[i].is_begun);
        assert_int_equal(rejects.sources[source_of("logs")].count, MANY);
        assert_int_equal(rejects.sources[source_of("logs")].sample_count, REJECTS_SHOWN);
        assert_int_equal(rejects.sources[source_of("logs")].samples[4].line, 5);
        ASSERT_OK(rejects_finish(&rejects, cases[i].all, &error), error);
        assert_int_equal(lines_of(&scratch, lake, 0), REJECTS_ALWAYS_WRITTEN);
        assert_int_equal(lines_of(&scratch, lake, 1), cases[i].rest);
        lake_free(lake);
    }
}

/* A reject that the contract of the source does not allow is the end of the run. */
static void test_frozen_sources(void **state)
{
    static const struct {
        struct model_fault fault;
        struct model_source source;
        const char *message;
    } cases[] = {
        {{REJECT_UNKNOWN_FIELD, "new: the model has no such field"},
         {.name = "logs", .unknown = CONTRACT_FREEZE},
         "line 107: new: the model has no such field; the contract of the source logs is 'unknown: "
         "freeze', so the run fails"},
        {{REJECT_WRONG_TYPE, "ts: expected an integer, found a string"},
         {.name = "logs", .faulty = CONTRACT_FREEZE},
         "line 107: ts: expected an integer, found a string; the contract of the source logs is "
         "'faulty: freeze', so the run fails"},
        {{REJECT_NOT_JSON, "no"}, {.name = "logs", .faulty = CONTRACT_FREEZE}, NULL},
        {{REJECT_WRONG_TYPE, "no"}, {.name = "logs", .unknown = CONTRACT_FREEZE}, NULL},
    };
    CLEANUP(scratch_release) struct scratch scratch = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct model model = *model_builtin();
        const struct lake_options options = {.version = "0", .is_dry = true, .model = &model};
        struct lake *lake = NULL;
        CLEANUP(rejects_release) struct rejects rejects;
        CLEANUP(batch_release) struct batch batch = {.is_part = true};
        uint64_t lines_before = 100;
        struct store_object object = {STR("log_data/a.json"), 1};
        struct input input = {.source = &cases[i].source, .store = scratch.store};
        input.files.objects = &object;
        model.sources = &cases[i].source;
        model.source_count = 1;
        ASSERT_OK(lake_open(NULL, &options, &lake, &error), error);
        rejects = (struct rejects){.lake = lake, .most = UINT64_MAX};
        batch_reject(&batch, &cases[i].fault, 0, 7, 1234, STR("{}"));
        enum status status = batch_rejects_write(&rejects, &lines_before, &input, &batch, &error);
        assert_int_equal(status, cases[i].message ? STATUS_FAILED : STATUS_OK);
        if (cases[i].message && (!strstr(error.message, "/log_data/a.json, ") ||
                                 !strstr(error.message, cases[i].message)))
            fail_msg("%s", error.message);
        lake_free(lake);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frozen_sources),
        cmocka_unit_test(test_each_line_is_one_object),
        cmocka_unit_test(test_lines_across_parts),
        cmocka_unit_test(test_the_file),
        cmocka_unit_test(test_what_is_written_of_very_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
