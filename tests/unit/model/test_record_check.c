/* Which records are kept, left out and rejected, with which code and in which words
 * (docs/semantics.md, Input and Rejected records). */
#include "builtin.h"
#include "unit.h"

#include <model_record.h>

#include <stdio.h>

/* A record of which one field is looked at: the others hold what is needed to be kept. */
struct base_field {
    const char *name, *value;
};
static const struct base_field song_base[] = {{"song_id", "\"S\""}, {"artist_id", "\"A\""}, {0}};
static const struct base_field log_base[] = {
    {"ts", "1"},        {"page", "\"NextSong\""}, {"userId", "\"7\""},
    {"sessionId", "1"}, {"itemInSession", "0"},   {0}};

static void append_member(struct buffer *out, const char *name, const char *value)
{
    buffer_appendf(out, "%s\"%s\":%s", out->len == 1 ? "" : ",", name, value);
}

/* The base record with `value` for the field, or without it where `value` is NULL. */
static void make_record(struct buffer *out, int source, const char *name, const char *value)
{
    const struct base_field *base = source == source_of("songs") ? song_base : log_base;
    buffer_reset(out);
    buffer_append_char(out, '{');
    for (; base->name; base++)
        if (strcmp(base->name, name) != 0)
            append_member(out, base->name, base->value);
    if (value)
        append_member(out, name, value);
    buffer_append_char(out, '}');
}

static void reader_release(struct model_reader **reader)
{
    model_reader_free(*reader);
}

static enum model_verdict check(int id, struct buffer *text, struct model_record *record,
                                struct model_fault *fault)
{
    const struct model_source *source = &model_builtin()->sources[id];
    CLEANUP(reader_release)
    struct model_reader *reader = model_reader_new(source, NULL, NULL);
    struct json_fault json;
    memset(buffer_reserve(text, JSON_PADDING), 0, JSON_PADDING);
    if (!model_read(reader, text->data, text->data + text->len, JSON_LINE, record, &json))
        fail_msg("%s: %s", text->data, json.message);
    struct model_checker checker;
    model_checker_init(&checker, model_builtin(), source);
    return model_check(&checker, record, fault);
}

struct field_case {
    const char *name, *value;
    enum model_verdict verdict;
    enum reject_code code;
    const char *reason;
};

static void check_fields(int source, const struct field_case *cases, size_t count)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    for (size_t i = 0; i < count; i++) {
        struct model_record record = {0};
        struct model_fault fault = {0};
        make_record(&text, source, cases[i].name, cases[i].value);
        enum model_verdict verdict = check(source, &text, &record, &fault);
        if (verdict != cases[i].verdict)
            fail_msg("%s: verdict %d (%s)", buffer_text(&text), verdict, fault.reason);
        if (verdict != RECORD_REJECTED)
            continue;
        if (fault.code != cases[i].code)
            fail_msg("%s: code %s", buffer_text(&text), reject_code_word(fault.code));
        assert_string_equal(fault.reason, cases[i].reason);
    }
}

#define KEPT    RECORD_KEPT, 0, NULL
#define SKIPPED RECORD_SKIPPED, 0, NULL
#define NULL_TEXT                                                                                  \
    "artist_id: __HIVE_DEFAULT_PARTITION__ stands for null in the name of a partition's folder"
#define MISSING(reason) RECORD_REJECTED, REJECT_MISSING_FIELD, reason
#define WRONG(reason)   RECORD_REJECTED, REJECT_WRONG_TYPE, reason
#define OUTSIDE(reason) RECORD_REJECTED, REJECT_OUT_OF_RANGE, reason

static void test_ts_is_an_integer_in_the_years_1970_to_9999(void **state)
{
    static const struct field_case cases[] = {
        {"ts", "0", KEPT},
        {"ts", "-0", KEPT},
        {"ts", "253402300799999", KEPT},
        {"ts", NULL, MISSING("ts: required, but not there")},
        {"ts", "null", MISSING("ts: required, but null")},
        {"ts", "\"1541121934796\"", WRONG("ts: expected an integer, found a string")},
        {"ts", "\"\"", WRONG("ts: expected an integer, found a string")},
        {"ts", "true", WRONG("ts: expected an integer, found a boolean")},
        {"ts", "false", WRONG("ts: expected an integer, found a boolean")},
        {"ts", "{}", WRONG("ts: expected an integer, found an object")},
        {"ts", "[1]", WRONG("ts: expected an integer, found an array")},
        {"ts", "1.0", WRONG("ts: expected an integer, found a number that is not one")},
        {"ts", "1e3", WRONG("ts: expected an integer, found a number that is not one")},
        {"ts", "-1", OUTSIDE("ts: -1 is not a time in the years 1970 to 9999, in milliseconds")},
        {"ts", "253402300800000",
         OUTSIDE("ts: 253402300800000 is not a time in the years 1970 to 9999, in milliseconds")},
        {"ts", "18446744073709551616",
         OUTSIDE("ts: 18446744073709551616 is not a time in the years 1970 to 9999, in "
                 "milliseconds")},
        {"ts", "12345678901234567890123456789012345678901",
         OUTSIDE("ts: 1234567890123456789012345678901234567890… is not a time in the years 1970 to "
                 "9999, in milliseconds")},
    };
    (void)state;
    check_fields(source_of("logs"), cases, COUNT(cases));
}

static void test_only_next_song_is_a_play(void **state)
{
    static const struct field_case cases[] = {
        {"page", "\"NextSong\"", KEPT},
        {"page", "\"Next\\u0053ong\"", KEPT},
        {"page", "\"nextsong\"", SKIPPED},
        {"page", "\"NextSong \"", SKIPPED},
        {"page", "\"NextSon\"", SKIPPED},
        {"page", "\"Home\"", SKIPPED},
        {"page", "\"Next\\/Song\"", SKIPPED},
        {"page", "39", SKIPPED},
        {"page", "false", SKIPPED},
        {"page", NULL, MISSING("page: required, but not there")},
        {"page", "null", MISSING("page: required, but null")},
        {"page", "\"\"", MISSING("page: required, but empty")},
        {"page", "{}", WRONG("page: expected a string, found an object")},
        {"page", "[]", WRONG("page: expected a string, found an array")},
    };
    (void)state;
    check_fields(source_of("logs"), cases, COUNT(cases));
}

static void test_a_play_needs_user_session_and_item(void **state)
{
    static const struct field_case cases[] = {
        {"userId", "\"39\"", KEPT},
        {"userId", "39", KEPT}, /* takes its own text */
        {"userId", "true", KEPT},
        {"userId", NULL, MISSING("userId: required, but not there")},
        {"userId", "null", MISSING("userId: required, but null")},
        {"userId", "\"\"", MISSING("userId: required, but empty")},
        {"userId", "{\"a\":1}", WRONG("userId: expected a string, found an object")},
        {"sessionId", NULL, MISSING("sessionId: required, but not there")},
        {"sessionId", "null", MISSING("sessionId: required, but null")},
        {"sessionId", "9223372036854775807", KEPT},
        {"sessionId", "-9223372036854775808", KEPT},
        {"sessionId", "9223372036854775808",
         OUTSIDE("sessionId: 9223372036854775808 is not in the range of a 64-bit integer")},
        {"sessionId", "-9223372036854775809",
         OUTSIDE("sessionId: -9223372036854775809 is not in the range of a 64-bit integer")},
        {"sessionId", "\"1\"", WRONG("sessionId: expected an integer, found a string")},
        {"itemInSession", NULL, MISSING("itemInSession: required, but not there")},
        {"itemInSession", "-1", KEPT},
        {"itemInSession", "1.5",
         WRONG("itemInSession: expected an integer, found a number that is not one")},
    };
    (void)state;
    check_fields(source_of("logs"), cases, COUNT(cases));
}

static void test_optional_fields_of_a_play(void **state)
{
    static const struct field_case cases[] = {
        {"level", NULL, KEPT},
        {"level", "null", KEPT},
        {"level", "\"\"", KEPT},
        {"level", "1", KEPT},
        {"level", "{}", WRONG("level: expected a string, found an object")},
        {"firstName", "[]", WRONG("firstName: expected a string, found an array")},
        {"lastName", "[]", WRONG("lastName: expected a string, found an array")},
        {"gender", "[]", WRONG("gender: expected a string, found an array")},
        {"location", "[]", WRONG("location: expected a string, found an array")},
        {"userAgent", "[]", WRONG("userAgent: expected a string, found an array")},
        {"artist", "[]", WRONG("artist: expected a string, found an array")},
        {"song", "[]", WRONG("song: expected a string, found an array")},
        {"length", "200", KEPT},
        {"length", "-2.5e-3", KEPT},
        {"length", "null", KEPT},
        {"length", "1e-999", KEPT},
        {"length", "1e999", OUTSIDE("length: 1e999 is not in the range of a double")},
        {"length", "\"200\"", WRONG("length: expected a number, found a string")},
        {"length", "true", WRONG("length: expected a number, found a boolean")},
    };
    (void)state;
    check_fields(source_of("logs"), cases, COUNT(cases));
}

static void test_fields_that_no_table_uses_may_hold_anything(void **state)
{
    static const struct field_case logs[] = {
        {"auth", "{}", KEPT},      {"method", "[1]", KEPT},
        {"status", "\"x\"", KEPT}, {"registration", "{\"a\":[]}", KEPT},
        {"unknown", "{}", KEPT},
    };
    static const struct field_case songs[] = {{"num_songs", "\"x\"", KEPT}};
    (void)state;
    check_fields(source_of("logs"), logs, COUNT(logs));
    check_fields(source_of("songs"), songs, COUNT(songs));
}

static void test_songs(void **state)
{
    static const struct field_case cases[] = {
        {"song_id", NULL, MISSING("song_id: required, but not there")},
        {"song_id", "null", MISSING("song_id: required, but null")},
        {"song_id", "\"\"", MISSING("song_id: required, but empty")},
        {"song_id", "5", KEPT},
        {"song_id", "{}", WRONG("song_id: expected a string, found an object")},
        {"artist_id", NULL, MISSING("artist_id: required, but not there")},
        {"artist_id", "\"\"", MISSING("artist_id: required, but empty")},
        {"artist_id", "\"__HIVE_DEFAULT_PARTITION__\"", OUTSIDE(NULL_TEXT)},
        {"artist_id", "\"__HIVE_DEFAULT\\u005FPARTITION__\"", OUTSIDE(NULL_TEXT)},
        {"artist_id", "\"__HIVE_DEFAULT_PARTITION_\"", KEPT},
        {"artist_id", "\"__HIVE_DEFAULT_PARTITION___\"", KEPT},
        {"artist_id", "\"__hive_default_partition__\"", KEPT},
        {"title", "\"\"", KEPT},
        {"title", "{}", WRONG("title: expected a string, found an object")},
        {"artist_name", "[]", WRONG("artist_name: expected a string, found an array")},
        {"artist_location", "[]", WRONG("artist_location: expected a string, found an array")},
        {"artist_latitude", "\"1\"", WRONG("artist_latitude: expected a number, found a string")},
        {"artist_longitude", "-1e400",
         OUTSIDE("artist_longitude: -1e400 is not in the range of a double")},
        {"duration", "null", KEPT},
        {"duration", "\"\"", WRONG("duration: expected a number, found a string")},
        {"year", "null", KEPT},
        {"year", "-2147483648", KEPT},
        {"year", "2147483647", KEPT},
        {"year", "2147483648", OUTSIDE("year: 2147483648 is not in the range of a 32-bit integer")},
        {"year", "-2147483649",
         OUTSIDE("year: -2147483649 is not in the range of a 32-bit integer")},
        {"year", "99999999999999999999",
         OUTSIDE("year: 99999999999999999999 is not in the range of a 32-bit integer")},
        {"year", "2003.0", WRONG("year: expected an integer, found a number that is not one")},
        {"year", "\"2003\"", WRONG("year: expected an integer, found a string")},
    };
    (void)state;
    check_fields(source_of("songs"), cases, COUNT(cases));
}

/* In every event ts and page are checked; the other fields only in plays. */
static void test_whole_records(void **state)
{
    static const struct {
        const char *json;
        enum model_verdict verdict;
        const char *reason;
    } cases[] = {
        {"{\"page\":\"Home\",\"ts\":1}", RECORD_SKIPPED, NULL},
        {"{\"page\":\"Home\",\"ts\":1,\"sessionId\":\"x\",\"userId\":{},\"length\":\"\"}",
         RECORD_SKIPPED, NULL},
        {"{\"page\":\"Home\",\"ts\":\"x\"}", RECORD_REJECTED,
         "ts: expected an integer, found a string"},
        {"{\"page\":\"Home\"}", RECORD_REJECTED, "ts: required, but not there"},
        {"{}", RECORD_REJECTED, "page: required, but not there"},
        /* A key that occurs twice: the last one counts. */
        {"{\"ts\":\"x\",\"page\":\"NextSong\",\"ts\":1,\"page\":\"Home\"}", RECORD_SKIPPED, NULL},
        {"{\"ts\":1,\"page\":\"Home\",\"ts\":null}", RECORD_REJECTED, "ts: required, but null"},
    };
    (void)state;
    CLEANUP(buffer_release) struct buffer text = {0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct model_record record = {0};
        struct model_fault fault = {0};
        buffer_reset(&text);
        buffer_append_str(&text, str_of(cases[i].json));
        if (check(source_of("logs"), &text, &record, &fault) != cases[i].verdict)
            fail_msg("%s: %s", cases[i].json, fault.reason);
        if (cases[i].reason)
            assert_string_equal(fault.reason, cases[i].reason);
    }
}

static void repeat(struct buffer *out, const char *text, size_t times)
{
    buffer_append_char(out, '"');
    for (size_t i = 0; i < times; i++)
        buffer_append_str(out, str_of(text));
    buffer_append_char(out, '"');
}

/* "artist_id=" and the escaped id must be a folder's name of at most 255 bytes. */
static void test_artist_id_that_makes_too_long_a_folder(void **state)
{
    static const struct {
        const char *text;
        size_t times, bytes; /* bytes: of a folder that is too long */
    } cases[] = {
        {"a", 245, 0},         {"a", 246, 256},     {"/", 81, 0},  {"/", 82, 256},
        {"\\u002f", 82, 256},  {"\\u0061", 245, 0}, {"é", 122, 0}, {"é", 123, 256},
        {"\\u0061", 246, 256}, {"\\u0000", 81, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer id = {0}, text = {0};
        char expected[160];
        struct model_record record = {0};
        struct model_fault fault = {0};
        repeat(&id, cases[i].text, cases[i].times);
        make_record(&text, source_of("songs"), "artist_id", buffer_text(&id));
        enum model_verdict verdict = check(source_of("songs"), &text, &record, &fault);
        assert_int_equal(verdict, cases[i].bytes ? RECORD_REJECTED : RECORD_KEPT);
        if (!cases[i].bytes)
            continue;
        snprintf(expected, sizeof expected,
                 "artist_id: as the name of a partition's folder it has %zu bytes; at most 255 are "
                 "possible",
                 cases[i].bytes);
        assert_int_equal(fault.code, REJECT_OUT_OF_RANGE);
        assert_string_equal(fault.reason, expected);
    }
}

static void test_numbers_are_converted(void **state)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    struct model_record record = {0};
    struct model_fault fault = {0};
    (void)state;
    buffer_append_str(&text, STR("{\"ts\":1541121934796,\"page\":\"NextSong\",\"userId\":\"u\","
                                 "\"sessionId\":-5,\"itemInSession\":3,\"length\":0.1}"));
    assert_int_equal(check(source_of("logs"), &text, &record, &fault), RECORD_KEPT);
    assert_int_equal(record.numbers[field_of("logs", "ts")].int64, 1541121934796);
    assert_int_equal(record.numbers[field_of("logs", "sessionId")].int64, -5);
    assert_int_equal(record.numbers[field_of("logs", "itemInSession")].int64, 3);
    assert_true(record.numbers[field_of("logs", "length")].float64 == 0.1);
    assert_true(model_is_null(&record, field_of("logs", "level")));
    assert_false(model_is_null(&record, field_of("logs", "ts")));
}

static void test_faults_of_the_scanner(void **state)
{
    static const struct {
        enum json_fault_code json;
        enum reject_code code;
        const char *word;
    } cases[] = {
        {JSON_NOT_JSON, REJECT_NOT_JSON, "not_json"},
        {JSON_NOT_OBJECT, REJECT_NOT_OBJECT, "not_object"},
        {JSON_NOT_UTF8, REJECT_NOT_UTF8, "not_utf8"},
        {JSON_TOO_DEEP, REJECT_TOO_DEEP, "too_deep"},
    };
    const char *text = "0123456789";
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json_fault json = {cases[i].json, text + 4, "what is wrong"};
        struct model_fault fault;
        model_fault_from_json(&json, text, &fault);
        assert_int_equal(fault.code, cases[i].code);
        assert_string_equal(fault.reason, "what is wrong, at byte 5 of the record");
        assert_string_equal(reject_code_word(fault.code), cases[i].word);
    }
}

static void test_what_is_frozen(void **state)
{
    const struct model_source any = {0}, unknown = {.unknown = CONTRACT_FREEZE},
                              faulty = {.faulty = CONTRACT_FREEZE};
    (void)state;
    for (int i = 0; i < REJECT_CODE_COUNT; i++) {
        enum reject_code code = (enum reject_code)i;
        bool is_of_a_value = code == REJECT_MISSING_FIELD || code == REJECT_WRONG_TYPE ||
                             code == REJECT_OUT_OF_RANGE;
        assert_false(model_is_frozen(&any, code));
        assert_int_equal(model_is_frozen(&unknown, code), code == REJECT_UNKNOWN_FIELD);
        assert_int_equal(model_is_frozen(&faulty, code), is_of_a_value);
    }
}

static void test_words_of_the_codes(void **state)
{
    static const char *const words[REJECT_CODE_COUNT] = {
        "not_json",      "not_object", "not_utf8",     "too_deep",     "too_long",
        "missing_field", "wrong_type", "out_of_range", "unknown_field"};
    (void)state;
    for (int code = 0; code < REJECT_CODE_COUNT; code++)
        assert_string_equal(reject_code_word((enum reject_code)code), words[code]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ts_is_an_integer_in_the_years_1970_to_9999),
        cmocka_unit_test(test_only_next_song_is_a_play),
        cmocka_unit_test(test_a_play_needs_user_session_and_item),
        cmocka_unit_test(test_optional_fields_of_a_play),
        cmocka_unit_test(test_fields_that_no_table_uses_may_hold_anything),
        cmocka_unit_test(test_songs),
        cmocka_unit_test(test_whole_records),
        cmocka_unit_test(test_artist_id_that_makes_too_long_a_folder),
        cmocka_unit_test(test_numbers_are_converted),
        cmocka_unit_test(test_faults_of_the_scanner),
        cmocka_unit_test(test_words_of_the_codes),
        cmocka_unit_test(test_what_is_frozen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
