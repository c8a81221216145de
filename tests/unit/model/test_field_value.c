/* What a value in the JSON is in memory, by the type of its field, and how a value that is none is
 * refused (docs/semantics.md, Types of fields). */
#include "unit.h"

#include "reading_model.h"

#include <model_record.h>
#include <stdio.h>

struct value_case {
    int field;
    const char *json;
    int64_t value;
    const char *reason; /* NULL: it fits */
};

static void reader_release(struct model_reader **reader)
{
    model_reader_free(*reader);
}

static enum model_verdict check(const struct model_source *source, struct buffer *text,
                                struct model_record *record, struct model_fault *fault)
{
    static struct model_checker checker;
    const struct model model = READING_MODEL(source);
    CLEANUP(reader_release)
    struct model_reader *reader = model_reader_new(source, NULL, NULL);
    struct json_fault json;
    memset(buffer_reserve(text, JSON_PADDING), 0, JSON_PADDING);
    if (!model_read(reader, text->data, text->data + text->len, JSON_DOCUMENT, record, &json))
        fail_msg("%s: %s", text->data, json.message);
    model_checker_init(&checker, &model, source);
    return model_check(&checker, record, fault);
}

static void make_record(struct buffer *out, int field, const char *json)
{
    buffer_reset(out);
    buffer_append_str(out, STR("{\"id\":\"i\""));
    if (field != READING_AT)
        buffer_append_str(out, STR(",\"at\":\"2018-11-01T00:00:00Z\""));
    buffer_appendf(out, ",\"%.*s\":%s}", STR_ARG(reading_fields[field].name), json);
}

static void check_values(const struct value_case *cases, size_t count)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    for (size_t i = 0; i < count; i++) {
        struct model_record record = {0};
        struct model_fault fault = {0};
        make_record(&text, cases[i].field, cases[i].json);
        enum model_verdict verdict = check(&reading_source, &text, &record, &fault);
        if (verdict != (cases[i].reason ? RECORD_REJECTED : RECORD_KEPT))
            fail_msg("%s: verdict %d (%s)", cases[i].json, verdict, fault.reason);
        if (cases[i].reason)
            assert_string_equal(fault.reason, cases[i].reason);
        else if (record.numbers[cases[i].field].int64 != cases[i].value)
            fail_msg("%s: %lld", cases[i].json, (long long)record.numbers[cases[i].field].int64);
    }
}

#define DAY INT64_C(86400000000)

static void test_times_as_text(void **state)
{
#define AT(json, value)                                                                            \
    {                                                                                              \
        READING_AT, "\"" json "\"", value, NULL                                                    \
    }
#define NONE(json)                                                                                 \
    {                                                                                              \
        READING_AT, json, 0,                                                                       \
            "at: expected a time in ISO 8601 with its offset, found a string that is none"         \
    }
#define BEYOND(json)                                                                               \
    {                                                                                              \
        READING_AT, "\"" json "\"", 0, "at: " json " is not a time in the years 1970 to 9999"      \
    }
    static const struct value_case cases[] = {
        AT("1970-01-01T00:00Z", 0),
        AT("1970-01-01 00:00Z", 0),
        AT("1970-01-02T01:02:03Z", DAY + INT64_C(3723000000)),
        AT("1970-01-01T00:00:01.5Z", 1500000),
        AT("1970-01-01T00:00:01.000001Z", 1000001),
        AT("1970-01-01T00:00:01.000000999Z", 1000000), /* cut, not rounded */
        AT("1970-01-01T00:00:01.123456789Z", 1123456),
        AT("1970-01-01T01:00:00+01:00", 0),
        AT("1970-01-01T01:00:00+0100", 0),
        AT("1969-12-31T23:30:00-00:30", 0),
        AT("1970-01-01T00:00:00-18:00", INT64_C(64800000000)),
        AT("2018-11-15T00:30:26.796Z", INT64_C(1542241826796000)),
        AT("2016-02-29T12:00Z", INT64_C(1456747200000000)),
        AT("9999-12-31T23:59:59.999999Z", INT64_C(253402300799999999)),
        AT("19\\u00370-01-01T00:00Z", 0),
        BEYOND("1969-12-31T23:59:59.999999Z"),
        BEYOND("1970-01-01T00:59:59+01:00"),
        BEYOND("9999-12-31T23:59:59-00:01"),
        NONE("\"\""),
        NONE("\"1970-01-01\""),
        NONE("\"0000-01-01T00:00Z\""),
        NONE("\"1970-01-01T00:00\""),
        NONE("\"1970-01-01T00:00:00\""),
        NONE("\"1970-01-01T00Z\""),
        NONE("\"1970-01-01T00:00:00.Z\""),
        NONE("\"1970-01-01T00:00:00.1234567890Z\""),
        NONE("\"1970-01-01T00:00.5Z\""),
        NONE("\"1970-01-01T24:00Z\""),
        NONE("\"1970-01-01T23:60Z\""),
        NONE("\"1970-01-01T23:59:60Z\""),
        NONE("\"1970-01-01t00:00Z\""),
        NONE("\"1970-01-01T00:00z\""),
        NONE("\"1970-01-01T00:00Z \""),
        NONE("\" 1970-01-01T00:00Z\""),
        NONE("\"1970-01-01  00:00Z\""),
        NONE("\"1970-1-01T00:00Z\""),
        NONE("\"+1970-01-01T00:00Z\""),
        NONE("\"1970-02-29T00:00Z\""),
        NONE("\"2018-11-31T00:00Z\""),
        NONE("\"1970-01-01T00:00+1\""),
        NONE("\"1970-01-01T00:00+01\""),
        NONE("\"1970-01-01T00:00+18:01\""),
        NONE("\"1970-01-01T00:00+17:60\""),
        NONE("\"1970-01-01T00:00+01:00:00\""),
        NONE("\"1970-01-01T00:00 UTC\""),
        {READING_AT, "1", 0, "at: expected a time in ISO 8601 with its offset, found a number"},
        {READING_AT, "null", 0, "at: required, but null"},
    };
    (void)state;
    check_values(cases, COUNT(cases));
}

static void test_times_as_integers(void **state)
{
    static const struct value_case cases[] = {
        {READING_SECONDS, "0", 0, NULL},
        {READING_SECONDS, "253402300799", INT64_C(253402300799), NULL},
        {READING_SECONDS, "253402300800", 0,
         "seconds: 253402300800 is not a time in the years 1970 to 9999, in seconds"},
        {READING_SECONDS, "-1", 0,
         "seconds: -1 is not a time in the years 1970 to 9999, in seconds"},
        {READING_SECONDS, "1.5", 0, "seconds: expected an integer, found a number that is not one"},
        {READING_MILLIS, "253402300799999", INT64_C(253402300799999), NULL},
        {READING_MILLIS, "253402300800000", 0,
         "millis: 253402300800000 is not a time in the years 1970 to 9999, in milliseconds"},
        {READING_MICROS, "253402300799999999", INT64_C(253402300799999999), NULL},
        {READING_MICROS, "253402300800000000", 0,
         "micros: 253402300800000000 is not a time in the years 1970 to 9999, in microseconds"},
        {READING_MICROS, "\"1\"", 0, "micros: expected an integer, found a string"},
    };
    (void)state;
    check_values(cases, COUNT(cases));
}

static void test_booleans_and_dates(void **state)
{
#define NO_DATE(json)                                                                              \
    {                                                                                              \
        READING_DAY, json, 0, "day: expected a date, found a string that is none"                  \
    }
    static const struct value_case cases[] = {
        {READING_OK, "true", 1, NULL},
        {READING_OK, "false", 0, NULL},
        {READING_OK, "1", 0, "ok: expected a boolean, found a number"},
        {READING_OK, "\"true\"", 0, "ok: expected a boolean, found a string"},
        {READING_OK, "[]", 0, "ok: expected a boolean, found an array"},
        {READING_DAY, "\"1970-01-01\"", 0, NULL},
        {READING_DAY, "\"1969-12-31\"", -1, NULL},
        {READING_DAY, "\"2016-02-29\"", 16860, NULL},
        {READING_DAY, "\"2000-02-29\"", 11016, NULL},
        {READING_DAY, "\"0001-01-01\"", -719162, NULL},
        {READING_DAY, "\"9999-12-31\"", 2932896, NULL},
        {READING_DAY, "\"\\u0031970-01-01\"", 0, NULL},
        NO_DATE("\"0000-12-31\""),
        NO_DATE("\"\""),
        NO_DATE("\"1900-02-29\""),
        NO_DATE("\"2018-02-30\""),
        NO_DATE("\"2018-04-31\""),
        NO_DATE("\"2018-13-01\""),
        NO_DATE("\"2018-00-01\""),
        NO_DATE("\"2018-01-00\""),
        NO_DATE("\"2018-01-32\""),
        NO_DATE("\"2018-1-1\""),
        NO_DATE("\"2018/01/01\""),
        NO_DATE("\"20180101\""),
        NO_DATE("\"2018-01-01 \""),
        NO_DATE("\"2018-01-01T00:00Z\""),
        NO_DATE("\"-018-01-01\""),
        NO_DATE("\"2018-01-0\\u00e9\""),
        {READING_DAY, "20180101", 0, "day: expected a date, found a number"},
        {READING_DAY, "{}", 0, "day: expected a date, found an object"},
    };
    (void)state;
    check_values(cases, COUNT(cases));
}

static void test_decimals(void **state)
{
#define LARGE(json)                                                                                \
    {                                                                                              \
        READING_PRICE, json, 0, "price: " json " is not in the range of decimal(7,2)"              \
    }
#define FINE(json)                                                                                 \
    {                                                                                              \
        READING_PRICE, json, 0, "price: " json " has more than 2 digits behind the point"          \
    }
#define NO_DECIMAL(json)                                                                           \
    {                                                                                              \
        READING_PRICE, json, 0, "price: expected a decimal number, found a string that is none"    \
    }
    static const struct value_case cases[] = {
        {READING_PRICE, "0", 0, NULL},
        {READING_PRICE, "-0.0", 0, NULL},
        {READING_PRICE, "0.0000", 0, NULL},
        {READING_PRICE, "0e99", 0, NULL},
        {READING_PRICE, "1", 100, NULL},
        {READING_PRICE, "-1.5", -150, NULL},
        {READING_PRICE, "0.05", 5, NULL},
        {READING_PRICE, "19.99", 1999, NULL},
        {READING_PRICE, "19.990000", 1999, NULL}, /* zeros at the end do not count */
        {READING_PRICE, "99999.99", 9999999, NULL},
        {READING_PRICE, "-99999.99", -9999999, NULL},
        {READING_PRICE, "1e2", 10000, NULL},
        {READING_PRICE, "1.25E+1", 1250, NULL},
        {READING_PRICE, "12300e-4", 123, NULL},
        {READING_PRICE, "100000000000000000000000e-21", 10000, NULL},
        {READING_PRICE, "\"19.99\"", 1999, NULL},
        {READING_PRICE, "\"-1e2\"", -10000, NULL},
        {READING_PRICE, "\"\\u0031\"", 100, NULL},
        {READING_UNITS, "999999999999999999", INT64_C(999999999999999999), NULL},
        {READING_UNITS, "-999999999999999999", INT64_C(-999999999999999999), NULL},
        {READING_UNITS, "1e17", INT64_C(100000000000000000), NULL},
        {READING_UNITS, "1000000000000000000", 0,
         "units: 1000000000000000000 is not in the range of decimal(18,0)"},
        {READING_UNITS, "0.1", 0, "units: 0.1 has more than 0 digits behind the point"},
        LARGE("100000"),
        LARGE("-100000"),
        LARGE("99999999.999"),
        LARGE("1e5"),
        LARGE("1e999999999999999999999"),
        LARGE("123456789012345678901234567890"),
        FINE("0.001"),
        FINE("99999.999"),
        FINE("1.0000000000000000000001"),
        FINE("1e-3"),
        FINE("1e-999999999999999999999"),
        FINE("0.30000000000000004"),
        NO_DECIMAL("\"\""),
        NO_DECIMAL("\"-\""),
        NO_DECIMAL("\"+1\""),
        NO_DECIMAL("\"01\""),
        NO_DECIMAL("\".5\""),
        NO_DECIMAL("\"5.\""),
        NO_DECIMAL("\"1e\""),
        NO_DECIMAL("\"1 \""),
        NO_DECIMAL("\"1,5\""),
        NO_DECIMAL("\"NaN\""),
        {READING_PRICE, "true", 0, "price: expected a decimal number, found a boolean"},
        {READING_PRICE, "\"1e-3\"", 0, "price: 1e-3 has more than 2 digits behind the point"},
        {READING_PRICE, "1000000000000000000000000000000000000000000", 0,
         "price: 1000000000000000000000000000000000000000… is not in the range of decimal(7,2)"},
    };
    (void)state;
    check_values(cases, COUNT(cases));
}

static void test_json_as_text(void **state)
{
    static const struct {
        const char *json, *text;
    } cases[] = {
        {"null", NULL},
        {"true", "true"},
        {"-1.50", "-1.50"},
        {"\"a b\"", "\"a b\""},
        {"\"\"", "\"\""},
        {"\"\\u0041\\n\"", "\"\\u0041\\n\""},
        {"{}", "{}"},
        {"[ ]", "[]"},
        {"{\"a\":[1,{\"b c\":null}]}", "{\"a\":[1,{\"b c\":null}]}"},
        {" {\n \"a b\" :\t[ 1 , \" x \\\" y \\\\\" ,\r\n \"\\\\\" ] } ",
         "{\"a b\":[1,\" x \\\" y \\\\\",\"\\\\\"]}"},
        {"[[ \"Zo\xC3\xAB \" ]]", "[[\"Zo\xC3\xAB \"]]"},
    };
    CLEANUP(buffer_release) struct buffer text = {0}, scratch = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct model_record record = {0};
        struct model_fault fault = {0};
        make_record(&text, READING_DATA, cases[i].json);
        assert_int_equal(check(&reading_source, &text, &record, &fault), RECORD_KEPT);
        assert_str(model_json_text(&record.values[READING_DATA], &scratch), cases[i].text);
    }
}

static const struct model_field required[] = {
    READING_FIELD("data", MODEL_JSON, NEED_ALWAYS, ),
    READING_FIELD("ok", MODEL_BOOL, NEED_ALWAYS, ),
};

static void test_fields_that_are_not_there(void **state)
{
    const struct model_source source = {.fields = required, .field_count = 2, .kept_field = -1};
    static const struct {
        const char *json, *reason;
    } cases[] = {
        {"{\"data\":[],\"ok\":false}", NULL},
        {"{\"data\":\"\",\"ok\":true}", NULL},
        {"{\"ok\":true}", "data: required, but not there"},
        {"{\"data\":null,\"ok\":true}", "data: required, but null"},
        {"{\"data\":1}", "ok: required, but not there"},
    };
    CLEANUP(buffer_release) struct buffer text = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct model_record record = {0};
        struct model_fault fault = {0};
        buffer_reset(&text);
        buffer_append_str(&text, str_of(cases[i].json));
        enum model_verdict verdict = check(&source, &text, &record, &fault);
        assert_int_equal(verdict, cases[i].reason ? RECORD_REJECTED : RECORD_KEPT);
        if (cases[i].reason)
            assert_string_equal(fault.reason, cases[i].reason);
    }
}

/* A time ends in Z or in an offset of nothing: the one is read in one step, the other part by part.
 */
static void test_usual_times_are_those_read_part_by_part(void **state)
{
    static const unsigned years[] = {0, 1969, 1970, 1999, 2000, 2018, 2024, 2100, 9999};
    CLEANUP(buffer_release) struct buffer text = {0};
    uint64_t random = 3;
    size_t fitting = 0;
    (void)state;
    for (size_t i = 0; i < 20000; i++) {
        struct model_record records[2] = {0};
        enum model_verdict verdicts[2];
        char time[40], json[48];
        snprintf(time, sizeof time, "%04u-%02u-%02uT%02u:%02u:%02u",
                 years[random_below(&random, COUNT(years))], random_below(&random, 14),
                 random_below(&random, 33), random_below(&random, 25), random_below(&random, 61),
                 random_below(&random, 61));
        if (random_below(&random, 16) == 0)
            time[random_below(&random, 19)] = "/:x -9T"[random_below(&random, 7)];
        for (size_t form = 0; form < 2; form++) {
            struct model_fault fault = {0};
            snprintf(json, sizeof json, "\"%s%s\"", time, form ? "+00:00" : "Z");
            make_record(&text, READING_AT, json);
            verdicts[form] = check(&reading_source, &text, &records[form], &fault);
        }
        if (verdicts[0] != verdicts[1] ||
            records[0].numbers[READING_AT].int64 != records[1].numbers[READING_AT].int64)
            fail_msg("%s", time);
        fitting += verdicts[0] == RECORD_KEPT;
    }
    assert_true(fitting > 5000 && fitting < 18000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual_times_are_those_read_part_by_part),
        cmocka_unit_test(test_times_as_text),
        cmocka_unit_test(test_times_as_integers),
        cmocka_unit_test(test_booleans_and_dates),
        cmocka_unit_test(test_decimals),
        cmocka_unit_test(test_json_as_text),
        cmocka_unit_test(test_fields_that_are_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
