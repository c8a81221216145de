/* Which values of a record the fields of its source have, by their paths. */
#include "unit.h"

#include "nested_model.h"

#include <model_record.h>

static void reader_release(struct model_reader **reader)
{
    model_reader_free(*reader);
}

static void note_unknown(void *ctx, struct str key)
{
    buffer_appendf(ctx, " ?%.*s", STR_ARG(key));
}

/* " number=text" of each field that has a value, then what is misplaced, then unknown keys. */
static void show(const struct model_record *record, struct buffer *out)
{
    for (size_t i = 0; i < NESTED_FIELDS; i++) {
        bool is_misplaced = (record->no_object | record->no_array) >> i & 1;
        if (is_misplaced)
            buffer_appendf(out, " %zu!%s", i, record->no_object >> i & 1 ? "object" : "array");
        else if (record->values[i].kind != JSON_KIND_MISSING)
            buffer_appendf(out, " %zu=%.*s", i, (int)record->values[i].len, record->values[i].text);
    }
}

static const struct {
    const char *json, *seen;
} cases[] = {
    {"{}", ""},
    {"{\"id\":1}", " 0=1"},
    {"{\"actor\":{\"login\":\"x\",\"org\":{\"id\":7}}}",
     " 1=x 2=7 8={\"login\":\"x\",\"org\":{\"id\":7}}"},
    {"{\"actor\": { \"org\" : { \"x\" : [{}] , \"id\" : -7 } , \"login\" : \"a\\\"}\" } , \"id\": "
     "2}",
     " 0=2 1=a\\\"} 2=-7 8={ \"org\" : { \"x\" : [{}] , \"id\" : -7 } , \"login\" : \"a\\\"}\" }"},
    /* of a key that occurs twice the last value counts, at each depth */
    {"{\"actor\":{\"login\":1},\"actor\":{\"org\":{},\"org\":{\"id\":1,\"id\":2}}}",
     " 2=2 8={\"org\":{},\"org\":{\"id\":1,\"id\":2}}"},
    {"{\"\\u0061ctor\":{\"log\\u0069n\":\"x\"}}", " 1=x 8={\"log\\u0069n\":\"x\"}"},
    /* null and missing parents */
    {"{\"actor\":null}", " 1=null 2=null 8=null"},
    {"{\"actor\":{}}", " 8={}"},
    {"{\"actor\":{\"org\":null}}", " 2=null 8={\"org\":null}"},
    /* parents of another kind */
    {"{\"actor\":{\"org\":5},\"actor\":null}", " 1=null 2=null 8=null"},
    {"{\"actor\":{\"login\":1},\"actor\":7}", " 1!object 2!object 8=7"},
    {"{\"actor\":\"x\"}", " 1!object 2!object 8=x"},
    {"{\"actor\":[{\"login\":1}]}", " 1!object 2!object 8=[{\"login\":1}]"},
    {"{\"actor\":{\"org\":5,\"login\":\"y\"}}", " 1=y 2!object 8={\"org\":5,\"login\":\"y\"}"},
    {"{\"tags\":{\"0\":\"x\"}}", " 3!array 4!array"},
    {"{\"tags\":true}", " 3!array 4!array"},
    {"{\"grid\":[1,2]}", " 6!array"},
    {"{\"items\":[1,\"x\"]}", " 5!object"},
    {"{\"items\":[1,[\"x\"]]}", " 5!object"},
    {"{\"items\":[1]}", ""},
    /* elements */
    {"{\"tags\":[]}", ""},
    {"{\"tags\":[ ]}", ""},
    {"{\"tags\":[\"a\"]}", " 3=a"},
    {"{\"tags\":[null,1]}", " 3=null"},
    {"{\"tags\":[ \"a\" , \"b]\" , \"c\\\"]\" , \"d\" ]}", " 3=a 4=c\\\"]"},
    {"{\"tags\":[\"\\\\\",{\"x\":[\"]\",\"}\",{\"y\":\"\\\\\\\"\"}]},-1.5e3,4]}",
     " 3=\\\\ 4=-1.5e3"},
    {"{\"tags\":[[[],[\"a\"]],[],true]}", " 3=[[],[\"a\"]] 4=true"},
    {"{\"items\":[{\"name\":1},{\"name\":2},{\"name\":3}]}", " 5=2"},
    {"{\"items\":[null,null]}", " 5=null"},
    {"{\"items\":[{},{}]}", ""},
    {"{\"grid\":[[1,2],[3,4]]}", " 6=3"},
    {"{\"grid\":[[1,2],[]]}", ""},
    /* keys with a dot are no paths */
    {"{\"a.b\":{\"c\":true}}", " 7=true"},
    {"{\"a\":{\"b\":{\"c\":true}}}", " ?a"},
    {"{\"actor.login\":1,\"tags[0]\":2}", " ?actor.login ?tags[0]"},
    /* only the record's own keys can be unknown; one of an ignored field is known */
    {"{\"actor\":{\"x\":1},\"tags\":[{\"y\":2}],\"seen\":5,\"at\":1}",
     " 3={\"y\":2} 8={\"x\":1} ?at"},
};

/* Each case after each other, so that nothing of the record before is left. */
static void test_values_by_their_paths(void **state)
{
    CLEANUP(buffer_release) struct buffer seen = {0}, unknown = {0};
    CLEANUP(reader_release)
    struct model_reader *reader = model_reader_new(&nested_source, note_unknown, &unknown);
    struct model_record record = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(cases) * COUNT(cases); i++) {
        size_t number = i % 2 ? i % COUNT(cases) : i / COUNT(cases);
        struct str json = str_of(cases[number].json);
        char *text = mem_zalloc(json.len + JSON_PADDING);
        struct json_fault fault;
        memcpy(text, json.data, json.len);
        buffer_reset(&seen);
        buffer_reset(&unknown);
        const char *stop = model_read(reader, text, text + json.len,
                                      i % 3 ? JSON_LINE : JSON_DOCUMENT, &record, &fault);
        assert_ptr_equal(stop, text + json.len);
        show(&record, &seen);
        buffer_append_str(&seen, buffer_str(&unknown));
        if (strcmp(buffer_text(&seen), cases[number].seen) != 0)
            fail_msg("%s:%s\ninstead of %s", cases[number].json, buffer_text(&seen),
                     cases[number].seen);
        mem_free(text);
    }
}

static void test_faults_are_those_of_the_scanner(void **state)
{
    static const struct {
        const char *json;
        enum json_fault_code code;
    } faults[] = {
        {"[]", JSON_NOT_OBJECT},
        {"{\"actor\":{\"login\":}}", JSON_NOT_JSON},
        {"{\"actor\":{\"login\":\"\xFF\"}}", JSON_NOT_UTF8},
    };
    CLEANUP(reader_release)
    struct model_reader *reader = model_reader_new(&nested_source, NULL, NULL);
    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        char text[128] = {0};
        struct model_record record = {0};
        struct json_fault fault;
        size_t len = strlen(faults[i].json);
        memcpy(text, faults[i].json, len);
        assert_null(model_read(reader, text, text + len, JSON_LINE, &record, &fault));
        assert_int_equal(fault.code, faults[i].code);
    }
}

static void test_misplaced_values_are_faults_of_their_fields(void **state)
{
    static const struct {
        const char *json, *reason;
    } records[] = {
        {"{\"id\":\"i\",\"actor\":null,\"tags\":null}", NULL},
        {"{\"id\":\"i\",\"actor\":\"x\"}",
         "actor.login: expected an object that holds it, found a string"},
        {"{\"id\":\"i\",\"actor\":{\"org\":[]}}",
         "actor.org.id: expected an object that holds it, found an array"},
        {"{\"id\":\"i\",\"tags\":{}}", "tags[0]: expected an array that holds it, found an object"},
        {"{\"id\":\"i\",\"items\":[0,1]}",
         "items[1].name: expected an object that holds it, found a number"},
        {"{\"id\":\"i\",\"seen\":1}", NULL},
    };
    static struct model_checker checker;
    const struct model model = {.sources = &nested_source, .source_count = 1};
    CLEANUP(reader_release)
    struct model_reader *reader = model_reader_new(&nested_source, NULL, NULL);
    (void)state;
    model_checker_init(&checker, &model, &nested_source);
    for (size_t i = 0; i < COUNT(records); i++) {
        char text[256] = {0};
        struct model_record record = {0};
        struct model_fault fault = {0};
        struct json_fault json;
        size_t len = strlen(records[i].json);
        memcpy(text, records[i].json, len);
        assert_non_null(model_read(reader, text, text + len, JSON_LINE, &record, &json));
        enum model_verdict verdict = model_check(&checker, &record, &fault);
        assert_int_equal(verdict, records[i].reason ? RECORD_REJECTED : RECORD_KEPT);
        if (!records[i].reason)
            continue;
        assert_int_equal(fault.code, REJECT_WRONG_TYPE);
        assert_string_equal(fault.reason, records[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_by_their_paths),
        cmocka_unit_test(test_faults_are_those_of_the_scanner),
        cmocka_unit_test(test_misplaced_values_are_faults_of_their_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
