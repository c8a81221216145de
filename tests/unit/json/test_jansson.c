/* Compares the scanner with Jansson: both accept or reject random documents, valid and damaged, and
 * find the same values. Jansson is as strict as the scanner, except for what is named below. */
#include <jansson.h>

#include "json_case.h"

static const struct str names[] = {TEXT("a"), TEXT("b"), TEXT("\xC3\xA9"), TEXT("long key"),
                                   TEXT("")};

static void add_string(struct buffer *out, uint64_t *random)
{
    static const struct str pieces[] = {
        TEXT("a"),
        TEXT("long key"),
        TEXT("\\/"),
        TEXT("\\\""),
        TEXT("\\\\"),
        TEXT("\\n"),
        TEXT("\\u00e9"),
        TEXT("\\ud83d\\ude39"),
        TEXT("\xC3\xA9"),
        TEXT("\\t"),
        TEXT("0"),
        TEXT("\\u0062"),
        TEXT("\xE2\x82\xAC"),
        TEXT(" and so on "),
        TEXT("\x7F"),
    };
    buffer_append_char(out, '"');
    for (unsigned n = random_below(random, 5); n > 0; n--)
        buffer_append_str(out, pieces[random_below(random, COUNT(pieces))]);
    buffer_append_char(out, '"');
}

static void add_number(struct buffer *out, uint64_t *random)
{
    buffer_appendf(out, "%s%u", random_below(random, 2) ? "-" : "", random_below(random, 2000));
    if (random_below(random, 2))
        buffer_appendf(out, ".%0*u", (int)(1 + random_below(random, 20)),
                       random_below(random, 100000));
    if (random_below(random, 3) == 0)
        buffer_appendf(out, "e%+d", (int)random_below(random, 200) - 100);
}

static void add_value(struct buffer *out, uint64_t *random, unsigned depth);

static void add_members(struct buffer *out, uint64_t *random, unsigned depth)
{
    buffer_append_char(out, '{');
    for (unsigned i = 0, n = random_below(random, 7); i < n; i++) {
        if (i > 0)
            buffer_append_char(out, ',');
        struct str name = names[random_below(random, COUNT(names))];
        if (random_below(random, 3))
            buffer_appendf(out, "\"%.*s\"", STR_ARG(name));
        else
            add_string(out, random);
        buffer_append_str(out, random_below(random, 9) ? STR(":") : STR(" \n:\t"));
        add_value(out, random, depth + 1);
    }
    buffer_append_char(out, '}');
}

static void add_value(struct buffer *out, uint64_t *random, unsigned depth)
{
    static const struct str literals[] = {TEXT("true"), TEXT("false"), TEXT("null")};
    switch (random_below(random, depth < 5 ? 8 : 5)) {
    case 0:
    case 1:
        add_string(out, random);
        return;
    case 2:
    case 3:
        add_number(out, random);
        return;
    case 4:
        buffer_append_str(out, literals[random_below(random, COUNT(literals))]);
        return;
    case 5:
    case 6:
        add_members(out, random, depth);
        return;
    default:
        buffer_append_char(out, '[');
        for (unsigned i = 0, n = random_below(random, 4); i < n; i++) {
            if (i > 0)
                buffer_append_str(out, STR(" , "));
            add_value(out, random, depth + 1);
        }
        buffer_append_char(out, ']');
    }
}

static void damage(struct buffer *document, uint64_t *random)
{
    static const char bytes[] = "\"\\{}[],:0123-.eE \n\t\x1F\x80\xC3\xED\xF4\xFFtu/na";
    size_t at = random_below(random, (unsigned)document->len);
    if (random_below(random, 2)) {
        document->data[at] = bytes[random_below(random, sizeof bytes - 1)];
    } else {
        memmove(document->data + at, document->data + at + 1, document->len - at - 1);
        document->len--;
    }
}

static void check_text(const struct json_value *value, const json_t *theirs)
{
    CLEANUP(buffer_release) struct buffer scratch = {0};
    struct str got = json_text(value, &scratch);
    assert_int_equal(got.len, json_string_length(theirs));
    assert_memory_equal(got.data, json_string_value(theirs), got.len);
}

static void check_number(const struct json_value *value, const json_t *theirs)
{
    double got, expected = json_real_value(theirs);
    assert_int_equal(json_double(value, &got), JSON_FITS);
    assert_memory_equal(&got, &expected, sizeof got);
}

static void check_value(const struct json_value *value, const json_t *theirs)
{
    static const enum json_kind kinds[] = {
        [JSON_OBJECT] = JSON_KIND_OBJECT, [JSON_ARRAY] = JSON_KIND_ARRAY,
        [JSON_STRING] = JSON_KIND_STRING, [JSON_REAL] = JSON_KIND_NUMBER,
        [JSON_TRUE] = JSON_KIND_TRUE,     [JSON_FALSE] = JSON_KIND_FALSE,
        [JSON_NULL] = JSON_KIND_NULL,
    };
    if (!theirs) {
        assert_int_equal(value->kind, JSON_KIND_MISSING);
        return;
    }
    assert_int_equal(value->kind, kinds[json_typeof(theirs)]);
    if (value->kind == JSON_KIND_STRING)
        check_text(value, theirs);
    else if (value->kind == JSON_KIND_NUMBER)
        check_number(value, theirs);
}

/* Jansson rejects what it cannot represent: a number beyond double, a zero byte in a key. */
static bool beyond_jansson(const json_error_t *error)
{
    return json_error_code(error) == json_error_numeric_overflow ||
           json_error_code(error) == json_error_null_byte_in_key;
}

static void json_release(json_t **json)
{
    json_decref(*json);
}

/* Returns whether both accepted the document. */
static bool compare(struct json_scanner *scanner, struct str document)
{
    CLEANUP(text_release) struct text text = text_of(document);
    struct json_value values[COUNT(names)];
    struct json_fault fault = {0};
    json_error_t error;
    /* All numbers as doubles, for its integers have a limit. */
    CLEANUP(json_release)
    json_t *theirs =
        json_loadb(text.at, document.len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &error);
    const char *stop = json_scan(scanner, text.at, text.end, JSON_DOCUMENT, values, &fault);
    bool taken =
        stop && fault.code == JSON_OK && json_skip_space(stop, text.end, JSON_DOCUMENT) == text.end;
    bool their_verdict = theirs && json_typeof(theirs) == JSON_OBJECT;
    if (taken != their_verdict && (theirs || !beyond_jansson(&error)))
        fail_msg("%.*s: we say %s, jansson says %s", STR_ARG(document),
                 taken ? "yes" : fault.message, theirs ? "yes" : error.text);
    if (!taken || !theirs)
        return false;
    for (size_t i = 0; i < COUNT(names); i++) {
        char name[16] = {0};
        memcpy(name, names[i].data, names[i].len);
        check_value(&values[i], json_object_get(theirs, name));
    }
    return true;
}

static void check_documents(const char *version)
{
    (void)version;
    CLEANUP(scanner_release)
    struct json_scanner *scanner = json_scanner_new(names, COUNT(names), NULL, NULL);
    CLEANUP(buffer_release) struct buffer document = {0};
    uint64_t random = 88172645463325252;
    unsigned taken = 0, tried = 8000;
    for (unsigned i = 0; i < tried; i++) {
        buffer_reset(&document);
        add_members(&document, &random, 0);
        assert_true(compare(scanner, buffer_str(&document)));
        damage(&document, &random);
        taken += compare(scanner, buffer_str(&document));
        if (random_below(&random, 2) && document.len) {
            damage(&document, &random);
            taken += compare(scanner, buffer_str(&document));
        }
    }
    assert_true(taken > tried / 20 && taken < tried); /* else the damage is no test */
}

static void test_documents(void **state)
{
    (void)state;
    with_each_version(check_documents);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_documents)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
