/* Values in objects and arrays of a record are found in the scan of the record: the same as by
 * jansson, for each version, whatever stands around them. */
#include "json_case.h"

#include <jansson.h>
#include <stdio.h>

enum { A, TAGS, A_B, A_C, FIRST, THIRD, A_B_A, THIRD_A, PLACES };

#define KEY(name, above)                                                                           \
    {                                                                                              \
        TEXT(name), 0, above                                                                       \
    }
#define ELEMENT(index, above)                                                                      \
    {                                                                                              \
        {NULL, 0}, index, above                                                                    \
    }
static const struct json_place places[PLACES] = {
    [A] = KEY("a", JSON_RECORD), [TAGS] = KEY("tags", JSON_RECORD), [A_B] = KEY("b", A),
    [A_C] = KEY("c", A),         [FIRST] = ELEMENT(0, TAGS),        [THIRD] = ELEMENT(2, TAGS),
    [A_B_A] = KEY("a", A_B),     [THIRD_A] = KEY("a", THIRD),
};

static struct json_scanner *places_scanner(void)
{
    return json_scanner_of_places(places, PLACES, NULL, NULL);
}

/* ---- White space, and keys that occur again -------------------------------------------------- */

static void check_spaced(const char *version)
{
    static const struct {
        const char *record;
        bool is_spaced; /* the value of a */
    } cases[] = {
        {"{\"a\":{\"b\":{},\"x\":[1,{\"y\":\" \\t\"}]}}", false},
        {" { \"a\" : {\"b\":1} , \"c\" : [ ] } ", false},
        {"{\"a\":{ \"b\":1}}", true},
        {"{\"a\":{\"b\" :1}}", true},
        {"{\"a\":{\"b\":1 }}", true},
        {"{\"a\":{\"b\":{\"a\":\t1}}}", true},
        {"{\"a\":{\"x\":[1, 2]}}", true},
        {"{\"a\":[1,\t{}]}", true},
        {"{\"a\":{ }}", true},
        {"{\"a\":[ ]}", true},
        {"{\"a\":{ \"b\":1},\"a\":{\"b\":1}}", false},
    };
    CLEANUP(scanner_release) struct json_scanner *scanner = places_scanner();
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(text_release) struct text text = text_of(str_of(cases[i].record));
        struct json_value values[PLACES];
        struct json_fault fault;
        assert_non_null(json_scan(scanner, text.at, text.end, JSON_LINE, values, &fault));
        if (values[A].spaced != cases[i].is_spaced)
            fail_msg("%s: %s", version, cases[i].record);
    }
}

static void test_white_space_is_seen(void **state)
{
    (void)state;
    with_each_version(check_spaced);
}

/* ---- As jansson ------------------------------------------------------------------------------ */

static void add_space(struct buffer *out, uint64_t *random)
{
    if (random_below(random, 8) == 0)
        buffer_append_char(out, " \t\n"[random_below(random, 3)]);
}

static void add_value(struct buffer *out, uint64_t *random, unsigned depth);

static void add_members(struct buffer *out, uint64_t *random, unsigned depth, bool is_object)
{
    static const char *const keys[] = {"a", "b", "tags", "a", "c", "\\u0061", "other key"};
    for (unsigned i = 0, n = random_below(random, 6); i < n; i++) {
        if (i > 0)
            buffer_append_char(out, ',');
        add_space(out, random);
        if (is_object)
            buffer_appendf(out, "\"%s\":", keys[random_below(random, COUNT(keys))]);
        add_value(out, random, depth + 1);
    }
    add_space(out, random);
}

static void add_value(struct buffer *out, uint64_t *random, unsigned depth)
{
    static const char *const tokens[] = {"1", "-2.5", "true", "null", "\"x\\\"]}\"", "\"\""};
    unsigned choice = random_below(random, depth < 4 ? 12 : 4);
    add_space(out, random);
    if (choice < 4) {
        buffer_append_str(out, str_of(tokens[random_below(random, COUNT(tokens))]));
    } else {
        bool is_object = choice < 9;
        buffer_append_char(out, is_object ? '{' : '[');
        add_members(out, random, depth, is_object);
        buffer_append_char(out, is_object ? '}' : ']');
    }
    add_space(out, random);
}

static const json_t *wanted_at(const json_t *record, size_t place)
{
    const struct json_place *step = &places[place];
    const json_t *above = step->above == JSON_RECORD ? record : wanted_at(record, step->above);
    return step->key.data ? json_object_get(above, step->key.data)
                          : json_array_get(above, step->index);
}

/* Whether the value counts: those above it are what their steps ask for. */
static bool is_reached(const struct json_value *values, size_t place)
{
    const struct json_place *step = &places[place];
    if (step->above == JSON_RECORD)
        return true;
    enum json_kind kind = step->key.data ? JSON_KIND_OBJECT : JSON_KIND_ARRAY;
    return is_reached(values, step->above) && values[step->above].kind == kind;
}

static void check_value(const struct json_value *values, size_t place, const json_t *wanted,
                        struct str record)
{
    const struct json_value *value = &values[place];
    bool is_there = is_reached(values, place) && value->kind != JSON_KIND_MISSING;
    size_t quote = value->kind == JSON_KIND_STRING;
    json_t *got =
        is_there ? json_loadb(value->text - quote, value->len + 2 * quote, JSON_DECODE_ANY, NULL)
                 : NULL;
    if (is_there != (wanted != NULL) || (is_there && !json_equal(got, wanted)))
        fail_msg("place %zu of %.*s is %.*s", place, STR_ARG(record), (int)value->len,
                 is_there ? value->text : "");
    json_decref(got);
}

static void check_random(const char *version)
{
    CLEANUP(scanner_release) struct json_scanner *scanner = places_scanner();
    CLEANUP(buffer_release) struct buffer record = {0};
    uint64_t random = 0x2545F491;
    size_t found = 0;
    (void)version;
    for (size_t i = 0; i < 5000; i++) {
        buffer_reset(&record);
        buffer_append_char(&record, '{');
        add_members(&record, &random, 0, true);
        buffer_append_char(&record, '}');
        CLEANUP(text_release) struct text text = text_of(buffer_str(&record));
        struct json_value values[PLACES];
        struct json_fault fault;
        json_t *wanted = json_loadb(record.data, record.len, 0, NULL);
        assert_non_null(wanted);
        assert_ptr_equal(json_scan(scanner, text.at, text.end, JSON_DOCUMENT, values, &fault),
                         text.end);
        for (size_t place = 0; place < PLACES; place++) {
            check_value(values, place, wanted_at(wanted, place), buffer_str(&record));
            found += place >= A_B_A && wanted_at(wanted, place) != NULL;
        }
        json_decref(wanted);
    }
    assert_true(found > 100);
}

static void test_values_as_by_jansson(void **state)
{
    (void)state;
    with_each_version(check_random);
}

/* ---- Depth ----------------------------------------------------------------------------------- */

/* {"a":{"b":{"a":[[…]]}}} of so many levels. */
static void check_levels(struct json_scanner *scanner, unsigned levels, enum json_layout layout)
{
    CLEANUP(buffer_release) struct buffer record = {0};
    buffer_append_str(&record, STR("{\"a\":{\"b\":{\"a\":"));
    for (unsigned i = 3; i < levels; i++)
        buffer_append_char(&record, '[');
    for (unsigned i = 3; i < levels; i++)
        buffer_append_char(&record, ']');
    buffer_append_str(&record, STR("},\"c\":7}}"));
    CLEANUP(text_release) struct text text = text_of(buffer_str(&record));
    struct json_value values[PLACES];
    struct json_fault fault;
    bool is_deep = levels > JSON_MAX_DEPTH;
    const char *stop = json_scan(scanner, text.at, text.end, layout, values, &fault);
    assert_ptr_equal(stop, is_deep && layout == JSON_LINE ? NULL : text.end);
    assert_int_equal(fault.code, is_deep ? JSON_TOO_DEEP : JSON_OK);
    if (is_deep)
        assert_int_equal(fault.at - text.at, strlen("{\"a\":{\"b\":{\"a\":") + JSON_MAX_DEPTH - 3);
    else
        assert_int_equal(*values[A_C].text, '7');
}

static void check_depth(const char *version)
{
    static const unsigned levels[] = {4, 63, 64, 65, 66, 67, 68, 126, 127, 128, 129, 130, 200};
    CLEANUP(scanner_release) struct json_scanner *scanner = places_scanner();
    (void)version;
    for (size_t i = 0; i < COUNT(levels); i++) {
        check_levels(scanner, levels[i], JSON_LINE);
        check_levels(scanner, levels[i], JSON_DOCUMENT);
    }
}

static void test_depth_counts_from_the_record(void **state)
{
    (void)state;
    with_each_version(check_depth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_white_space_is_seen),
        cmocka_unit_test(test_values_as_by_jansson),
        cmocka_unit_test(test_depth_counts_from_the_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
