/* scan, fault: whole records: the positions of the values, the fields that are found, and the
 * messages of faults. */
#include "json_case.h"

#include <stdio.h>

static const struct str names[] = {TEXT("ts"), TEXT("page"), TEXT("userId"), TEXT("length")};
enum { TS, PAGE, USER_ID, LENGTH };

/* A record and its values as text: "-" for a missing one. */
struct record_case {
    const char *record;
    const char *texts[COUNT(names)];
};

static const struct record_case records[] = {
    {"{}", {"-", "-", "-", "-"}},
    {"  {\t}", {"-", "-", "-", "-"}},
    {"{\"ts\":1,\"page\":\"Home\",\"userId\":\"7\",\"length\":1.5}", {"1", "Home", "7", "1.5"}},
    /* json.dumps puts spaces, others even more */
    {"{\"ts\": 1, \"page\": \"Home\", \"userId\": \"7\"}", {"1", "Home", "7", "-"}},
    {"{ \"ts\" : 1 , \"page\"\t:\r\"Home\" }", {"1", "Home", "-", "-"}},
    /* any order, some missing, some unknown */
    {"{\"length\":2,\"userId\":3,\"page\":4,\"ts\":5}", {"5", "4", "3", "2"}},
    {"{\"userId\":3,\"x\":[{\"ts\":9}],\"ts\":5}", {"5", "-", "3", "-"}},
    {"{\"x\":{},\"\":0,\"tsx\":1,\"t\":2,\"Ts\":3,\"ts \":4,\"page\":5}", {"-", "5", "-", "-"}},
    /* the last one counts */
    {"{\"ts\":1,\"ts\":2,\"page\":1,\"ts\":3}", {"3", "1", "-", "-"}},
    {"{\"ts\":1,\"\\u0074s\":null}", {"null", "-", "-", "-"}},
    /* escaped keys are the same keys */
    {"{\"\\u0074\\u0073\":1,\"p\\u0061ge\":2,\"user\\u0049d\":3}", {"1", "2", "3", "-"}},
    {"{\"t\\/s\":1,\"\\\"ts\":2,\"ts\\\\\":3}", {"-", "-", "-", "-"}},
    /* all kinds */
    {"{\"ts\":null,\"page\":true,\"userId\":false,\"length\":[1,[2]]}",
     {"null", "true", "false", "[1,[2]]"}},
    {"{\"ts\":{\"a\":{}},\"page\":\"\",\"userId\":-0.0e-0,\"length\":[]}",
     {"{\"a\":{}}", "", "-0.0e-0", "[]"}},
    {"{\"page\":\"a\\\"b\\\\\",\"ts\":\"{\\u007b\"}", {"{\\u007b", "a\\\"b\\\\", "-", "-"}},
};

static void check_record(struct json_scanner *scanner, const struct record_case *c,
                         const char *version)
{
    CLEANUP(text_release) struct text text = text_of(str_of(c->record));
    struct json_value values[COUNT(names)];
    struct json_fault fault;
    const char *stop = json_scan(scanner, text.at, text.end, JSON_LINE, values, &fault);
    if (!stop)
        fail_msg("%s, %s: %s", version, c->record, fault.message);
    assert_ptr_equal(stop, text.end);
    for (size_t i = 0; i < COUNT(names); i++) {
        struct str got = {values[i].text, values[i].len};
        bool missing = values[i].kind == JSON_KIND_MISSING;
        if (missing != (strcmp(c->texts[i], "-") == 0) ||
            (!missing && !str_equal(got, str_of(c->texts[i]))))
            fail_msg("%s, %s: field %zu is %.*s", version, c->record, i, STR_ARG(got));
        assert_true(missing || values[i].escaped == (values[i].kind == JSON_KIND_STRING &&
                                                     memchr(got.data, '\\', got.len)));
    }
}

/* Twice with one scanner, so that each record is scanned with the key order of another one. */
static void check_records(const char *version)
{
    CLEANUP(scanner_release)
    struct json_scanner *scanner = json_scanner_new(names, COUNT(names), NULL, NULL);
    for (size_t i = 0; i < 2 * COUNT(records); i++)
        check_record(scanner, &records[i % COUNT(records)], version);
}

static void test_records(void **state)
{
    (void)state;
    with_each_version(check_records);
}

static void check_kinds(const char *version)
{
    static const struct {
        const char *value;
        enum json_kind kind;
    } kinds[] = {
        {"null", JSON_KIND_NULL}, {"false", JSON_KIND_FALSE}, {"true", JSON_KIND_TRUE},
        {"-1", JSON_KIND_NUMBER}, {"0", JSON_KIND_NUMBER},    {"\"null\"", JSON_KIND_STRING},
        {"{}", JSON_KIND_OBJECT}, {"[0]", JSON_KIND_ARRAY},   {" null ", JSON_KIND_NULL}};
    CLEANUP(scanner_release)
    struct json_scanner *scanner = json_scanner_new(names, COUNT(names), NULL, NULL);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        char record[64];
        snprintf(record, sizeof record, "{\"ts\":%s}", kinds[i].value);
        CLEANUP(text_release) struct text text = text_of(str_of(record));
        struct json_value values[COUNT(names)];
        struct json_fault fault;
        assert_non_null(json_scan(scanner, text.at, text.end, JSON_LINE, values, &fault));
        if (values[TS].kind != kinds[i].kind)
            fail_msg("%s, %s: kind %d", version, record, values[TS].kind);
    }
}

static void test_kinds(void **state)
{
    (void)state;
    with_each_version(check_kinds);
}

/* The position of the fault is that of the only '^' in `record`, which is removed first. */
struct fault_case {
    enum json_layout layout;
    enum json_fault_code code;
    const char *record, *message;
};

static const struct fault_case faults[] = {
    {JSON_LINE, JSON_NOT_OBJECT, "^", "the text ends where a record should begin"},
    {JSON_LINE, JSON_NOT_OBJECT, "  ^", "the text ends where a record should begin"},
    {JSON_LINE, JSON_NOT_OBJECT, " ^\n{}", "a record must begin with '{'"},
    {JSON_LINE, JSON_NOT_OBJECT, "^[1]", "a record must begin with '{'"},
    {JSON_LINE, JSON_NOT_OBJECT, "^\"ts\":1", "a record must begin with '{'"},
    {JSON_LINE, JSON_NOT_OBJECT, "^\xEF\xBB\xBF{}", "a record must begin with '{'"},
    {JSON_LINE, JSON_NOT_JSON, "{^", "the text ends before the record does"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":1^", "the text ends before the record does"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":1^\n}", "the line ends before the record does"},
    {JSON_LINE, JSON_NOT_JSON, "{^\n}", "the line ends before the record does"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":[1,^\n2]}", "the line ends before the record does"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":tr^\nue}", "the line ends before the record does"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":1.^\n0}", "the line ends before the record does"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":\"a^\nb\"}", "the line ends inside a string"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x^\n\":1}", "the line ends inside a string"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":\"\\^\n\"}", "the line ends inside a string"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":\"\\uD83D\\^\n\"}", "the line ends inside a string"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":\"abc^", "the text ends inside a string"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":\"\\u00^", "the text ends inside a string"},
    {JSON_DOCUMENT, JSON_NOT_JSON, "{\"x\":\"a^\nb\"}",
     "a control byte inside a string must be escaped"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":\"a^\tb\"}",
     "a control byte inside a string must be escaped"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":\"a\\^qb\"}",
     "a backslash must be followed by one of \" \\ / b f n r t u"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":\"a\\u12^x\"}",
     "\\u must be followed by four hexadecimal digits"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":\"a^\\ud800b\"}",
     "half of a surrogate pair in a \\u escape"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":\"^\\udc00\"}", "half of a surrogate pair in a \\u escape"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":\"^\\ud800\\u0041",
     "half of a surrogate pair in a \\u escape"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\" ^1}", "expected ':' after a key"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\"^}", "expected ':' after a key"},
    {JSON_LINE, JSON_NOT_JSON, "{^ts:1}", "expected a key in double quotes"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":1,^}", "expected a key in double quotes"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":{^'a':1}}", "expected a key in double quotes"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":1 ^\"page\":2}", "expected ',' or '}' after a value"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":1^]", "expected ',' or '}' after a value"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":1^\xC2\xA0}", "expected ',' or '}' after a value"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":{\"a\":1^]}", "expected ',' or '}' after a value"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":[1^}", "expected ',' or ']' after a value"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":^}", "a value is missing"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":[1,^]}", "a value is missing"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":^NaN}",
     "a word without quotes is not a value (only true, false and null are)"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":^nil}",
     "a word without quotes is not a value (only true, false and null are)"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":^'a'}", "a string must have double quotes"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":^+1}", "a number must begin with a digit or '-'"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":^.5}", "a number must begin with a digit or '-'"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":^/*1*/1}", "JSON has no comments"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":^*}", "expected a value"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":-^x}", "expected a digit after '-'"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":-^007}",
     "a number must not begin with 0 and another digit"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":1.^}", "expected a digit after the decimal point"},
    {JSON_LINE, JSON_NOT_JSON, "{\"ts\":1e+^}", "expected a digit in the exponent"},
    {JSON_LINE, JSON_NOT_UTF8, "{\"x\":\"ab^\xFF\"}", "a byte inside a string is not valid UTF-8"},
    {JSON_LINE, JSON_NOT_UTF8, "{\"k^\xE9\":1}", "a byte inside a string is not valid UTF-8"},
    {JSON_LINE, JSON_NOT_UTF8, "{\"ts\":\"^\xE2\x82", "a byte inside a string is not valid UTF-8"},
    /* of two faults the first counts */
    {JSON_LINE, JSON_NOT_UTF8, "{\"x\":\"^\xFF\t\"}", "a byte inside a string is not valid UTF-8"},
    {JSON_LINE, JSON_NOT_UTF8, "{\"x\":\"^\xFF\\q\"}", "a byte inside a string is not valid UTF-8"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":\"^\t\xFF\"}",
     "a control byte inside a string must be escaped"},
    {JSON_LINE, JSON_NOT_JSON, "{\"x\":\"\\^q\xFF\"}",
     "a backslash must be followed by one of \" \\ / b f n r t u"},
};

static void check_fault(const struct fault_case *c, const char *version)
{
    CLEANUP(buffer_release) struct buffer record = {0};
    const char *mark = strchr(c->record, '^');
    buffer_append(&record, c->record, (size_t)(mark - c->record));
    buffer_append_str(&record, str_of(mark + 1));
    CLEANUP(text_release) struct text text = text_of(buffer_str(&record));
    CLEANUP(scanner_release)
    struct json_scanner *scanner = json_scanner_new(names, COUNT(names), NULL, NULL);
    struct json_value values[COUNT(names)];
    struct json_fault fault = {0};
    assert_null(json_scan(scanner, text.at, text.end, c->layout, values, &fault));
    if (fault.code != c->code || fault.at - text.at != mark - c->record ||
        strcmp(fault.message, c->message) != 0)
        fail_msg("%s, %s: code %d at %td: %s", version, c->record, (int)fault.code,
                 fault.at - text.at, fault.message);
}

static void check_faults(const char *version)
{
    for (size_t i = 0; i < COUNT(faults); i++)
        check_fault(&faults[i], version);
}

static void test_faults(void **state)
{
    (void)state;
    with_each_version(check_faults);
}

/* A record with something of everything. */
static const char rich[] =
    "{\"ts\":1543537327796 , \"page\":\"Next\\/Song "
    "\\\"\\\\\\u00e9\\ud83d\\ude39\",\"x\":[1,{\"a\":"
    "-0.5e+10,\"\xC3\xA9\xE2\x82\xAC\":[true,false,null,[]],\"\\n\":{}},\"\xF0\x9D\x84\x9E\"],"
    "\"userId\":\"0123456789012345678901234567890123456789012345678901234567890123456789\","
    "\"length\":123456789012345678901234567890123456789012345.25E-3}";

static enum json_fault_code scan_cut(struct str part, size_t cut, const char *message_start)
{
    CLEANUP(text_release) struct text text = text_of(part);
    CLEANUP(scanner_release)
    struct json_scanner *scanner = json_scanner_new(names, COUNT(names), NULL, NULL);
    struct json_value values[COUNT(names)];
    struct json_fault fault = {0};
    assert_null(json_scan(scanner, text.at, text.end, JSON_LINE, values, &fault));
    if (fault.code == JSON_NOT_JSON) {
        assert_int_equal(fault.at - text.at, cut);
        assert_memory_equal(fault.message, message_start, strlen(message_start));
    }
    return fault.code;
}

/* Cut off after each byte, by the end of the text or by a newline. */
static void check_cuts(const char *version)
{
    (void)version;
    for (size_t cut = 0; cut + 1 < sizeof rich; cut++) {
        char line[sizeof rich + 1];
        memcpy(line, rich, cut);
        line[cut] = '\n';
        memcpy(line + cut + 1, rich + cut, sizeof rich - cut);
        bool in_character = (rich[cut] & 0xC0) == 0x80;
        enum json_fault_code code = in_character ? JSON_NOT_UTF8
                                    : cut == 0   ? JSON_NOT_OBJECT
                                                 : JSON_NOT_JSON;
        assert_int_equal(scan_cut((struct str){rich, cut}, cut, "the text ends "), code);
        assert_int_equal(scan_cut(str_of(line), cut, "the line ends "), code);
    }
}

static void test_cuts(void **state)
{
    (void)state;
    with_each_version(check_cuts);
}

static void check_depth(const char *version)
{
    static const struct {
        unsigned depth; /* with the record itself */
        bool objects, ok;
    } cases[] = {
        {2, false, true},     {JSON_MAX_DEPTH, false, true},     {JSON_MAX_DEPTH, true, true},
        {65, false, false},   {JSON_MAX_DEPTH + 1, true, false}, {100000, false, false},
        {100000, true, false}};
    CLEANUP(scanner_release)
    struct json_scanner *scanner = json_scanner_new(names, COUNT(names), NULL, NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer record = {0};
        buffer_append_str(&record, STR("{\"ts\":"));
        for (unsigned d = 1; d < cases[i].depth; d++)
            buffer_append_str(&record, cases[i].objects ? STR("{\"a\":") : STR("["));
        buffer_append_str(&record, cases[i].objects ? STR("1") : STR(""));
        for (unsigned d = 1; d < cases[i].depth; d++)
            buffer_append_char(&record, cases[i].objects ? '}' : ']');
        buffer_append_char(&record, '}');
        CLEANUP(text_release) struct text text = text_of(buffer_str(&record));
        struct json_value values[COUNT(names)];
        struct json_fault fault = {0};
        const char *stop = json_scan(scanner, text.at, text.end, JSON_LINE, values, &fault);
        if (!!stop != cases[i].ok || fault.code != (cases[i].ok ? JSON_OK : JSON_TOO_DEEP))
            fail_msg("%s, depth %u: code %d", version, cases[i].depth, (int)fault.code);
    }
}

static void test_depth(void **state)
{
    (void)state;
    with_each_version(check_depth);
}

/* In a document, the end of the record can be found after some faults: its position, otherwise
 * NULL. */
static const struct {
    enum json_fault_code code;
    bool ends;
    const char *record; /* '^' as above */
} passed[] = {
    {JSON_OK, true, "{\"x\":\"\xC3\xA9\"}^"},
    {JSON_NOT_UTF8, true, "{\"x\":\"ab^\xFF\"}"},
    {JSON_NOT_UTF8, true, "{\"x\":[{\"k^\xE9\":\"\xFE\"}],\n\"y\":\"\xFD\"}"},
    {JSON_NOT_UTF8, true, "{\"ts\":\"^\xE2\x82\"}"}, /* the quote is no part of the character */
    {JSON_NOT_UTF8, true, "{\"x\":\"\\\"\\u00e9^\xFF\\\\\",\"page\":\"\"}"},
    {JSON_NOT_JSON, false, "{\"x\":\"\xFF\",\"y\":^nil}"},
    {JSON_NOT_JSON, false, "{\"x\":\"\xFF\"^\xFF}"},
    {JSON_NOT_UTF8, false, "{\"x\":\"^\xFF\n\"}"},
    {JSON_NOT_UTF8, false, "{\"x\":\"^\xFF\\q\"}"},
    {JSON_NOT_UTF8, false, "{\"x\":\"^\xFF"},
};

static void check_passed(const char *version)
{
    CLEANUP(scanner_release)
    struct json_scanner *scanner = json_scanner_new(names, COUNT(names), NULL, NULL);
    for (size_t i = 0; i < COUNT(passed); i++) {
        CLEANUP(buffer_release) struct buffer record = {0};
        const char *mark = strchr(passed[i].record, '^');
        buffer_append(&record, passed[i].record, (size_t)(mark - passed[i].record));
        buffer_append_str(&record, str_of(mark + 1));
        CLEANUP(text_release) struct text text = text_of(buffer_str(&record));
        struct json_value values[COUNT(names)];
        struct json_fault fault = {JSON_TOO_DEEP, NULL, NULL}; /* of a record before */
        const char *stop = json_scan(scanner, text.at, text.end, JSON_DOCUMENT, values, &fault);
        bool is_there = !fault.code || fault.at - text.at == mark - passed[i].record;
        if (stop != (passed[i].ends ? text.end : NULL) || fault.code != passed[i].code || !is_there)
            fail_msg("%s, %s: code %d", version, passed[i].record, (int)fault.code);
    }
}

static void test_faults_that_leave_the_end(void **state)
{
    (void)state;
    with_each_version(check_passed);
}

/* Brackets of both kinds in random order, so that the scanner must remember each level. */
static char bracket(unsigned level, bool open)
{
    bool is_object = (level * 2654435761u) >> 16 & 1;
    return is_object ? (open ? '{' : '}') : (open ? '[' : ']');
}

/* `wrong`: the level whose closing bracket is of the other kind. */
static void append_nested(struct buffer *out, unsigned levels, unsigned wrong)
{
    buffer_append_str(out, STR("{\"x\":"));
    for (unsigned level = 0; level < levels; level++) {
        buffer_append_char(out, bracket(level, true));
        if (bracket(level, true) == '{' && level + 1 < levels)
            buffer_append_str(out, STR("\"a\":"));
    }
    for (unsigned level = levels; level-- > 0;) {
        char end = bracket(level, false);
        buffer_append_char(out, level != wrong ? end : end == '}' ? ']' : '}');
        if (level % 3 == 0 && level > 0)
            buffer_append_str(out, bracket(level - 1, true) == '{' ? STR(",\"b\":1") : STR(",2"));
    }
    buffer_append_char(out, '}');
}

static void check_levels(struct json_scanner *scanner, unsigned levels, unsigned wrong)
{
    CLEANUP(buffer_release) struct buffer record = {0};
    append_nested(&record, levels, wrong);
    CLEANUP(text_release) struct text text = text_of(buffer_str(&record));
    struct json_value values[COUNT(names)];
    struct json_fault fault;
    const char *stop = json_scan(scanner, text.at, text.end, JSON_DOCUMENT, values, &fault);
    bool is_right = wrong >= levels;
    enum json_fault_code code = levels < JSON_MAX_DEPTH ? JSON_OK : JSON_TOO_DEEP;
    if (stop != (is_right ? text.end : NULL) || fault.code != (is_right ? code : JSON_NOT_JSON))
        fail_msg("%u levels, %u wrong: code %d", levels, wrong, (int)fault.code);
}

static void check_deep_documents(const char *version)
{
    static const unsigned levels[] = {62, 63, 64, 65, 126, 127, 128, 129, 191, 192, 193};
    (void)version;
    CLEANUP(scanner_release)
    struct json_scanner *scanner = json_scanner_new(names, COUNT(names), NULL, NULL);
    for (size_t i = 0; i < COUNT(levels); i++)
        for (unsigned wrong = 0; wrong <= levels[i]; wrong++)
            check_levels(scanner, levels[i], wrong);
    check_levels(scanner, 100000, 100000);
}

static void test_deep_documents(void **state)
{
    (void)state;
    with_each_version(check_deep_documents);
}

static void list_unknown(void *ctx, struct str key)
{
    struct buffer *list = ctx;
    buffer_append_str(list, key);
    buffer_append_char(list, ';');
}

static void check_unknown(const char *version)
{
    static const char record[] = "{\"auth\":1,\"ts\":2,\"\\u0061\\/b\":{\"inner\":3},\"\":4,"
                                 "\"auth\":5,\"page\":6,\"a key of more than thirty-two bytes\":7,"
                                 "\"caf\xC3\xA9\":8}";
    (void)version;
    CLEANUP(buffer_release) struct buffer list = {0};
    CLEANUP(text_release) struct text text = text_of(str_of(record));
    CLEANUP(scanner_release)
    struct json_scanner *scanner = json_scanner_new(names, COUNT(names), list_unknown, &list);
    struct json_value values[COUNT(names)];
    struct json_fault fault;
    for (int i = 0; i < 2; i++) {
        buffer_reset(&list);
        assert_non_null(json_scan(scanner, text.at, text.end, JSON_LINE, values, &fault));
        assert_string_equal(buffer_text(&list),
                            "auth;a/b;;auth;a key of more than thirty-two bytes;caf\xC3\xA9;");
        assert_int_equal(*values[PAGE].text, '6');
    }
}

static void test_unknown_keys(void **state)
{
    (void)state;
    with_each_version(check_unknown);
}

/* Names of each length around the blocks' sizes, each the beginning of the next. */
static void check_name_lengths(const char *version)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
    static const unsigned char lengths[] = {0,  1,  4,  5,  6,  12, 13, 14,
                                            20, 21, 22, 28, 29, 30, 31, 40};
    struct str fields[COUNT(lengths)];
    for (size_t i = 0; i < COUNT(lengths); i++)
        fields[i] = (struct str){letters, lengths[i]};
    CLEANUP(scanner_release)
    struct json_scanner *scanner = json_scanner_new(fields, COUNT(fields), NULL, NULL);
    for (unsigned step = 1; step < COUNT(lengths); step += 2) { /* odd: visits them all */
        CLEANUP(buffer_release) struct buffer record = {0};
        for (unsigned i = 0; i < COUNT(lengths); i++) {
            unsigned field = i * step % COUNT(lengths);
            buffer_appendf(&record, "%c\"%.*s\":%u", i ? ',' : '{', STR_ARG(fields[field]), field);
        }
        buffer_append_char(&record, '}');
        CLEANUP(text_release) struct text text = text_of(buffer_str(&record));
        for (int again = 0; again < 2; again++) {
            struct json_value values[COUNT(lengths)];
            struct json_fault fault;
            assert_ptr_equal(json_scan(scanner, text.at, text.end, JSON_LINE, values, &fault),
                             text.end);
            for (unsigned i = 0; i < COUNT(lengths); i++) {
                int64_t number = -1;
                assert_int_equal(json_int64(&values[i], &number), JSON_FITS);
                if (number != i)
                    fail_msg("%s, step %u, name of %u bytes: %d", version, step, lengths[i],
                             (int)number);
            }
        }
    }
}

static void test_name_lengths(void **state)
{
    (void)state;
    with_each_version(check_name_lengths);
}

/* As many fields as there can be, in any order. */
static void check_most_fields(const char *version)
{
    char letters[JSON_MAX_FIELDS][8];
    struct str fields[JSON_MAX_FIELDS];
    for (unsigned i = 0; i < JSON_MAX_FIELDS; i++) {
        snprintf(letters[i], sizeof letters[i], "f%u", i);
        fields[i] = str_of(letters[i]);
    }
    CLEANUP(scanner_release)
    struct json_scanner *scanner = json_scanner_new(fields, COUNT(fields), NULL, NULL);
    for (unsigned step = 1; step < JSON_MAX_FIELDS; step += 6) { /* odd: visits them all */
        CLEANUP(buffer_release) struct buffer record = {0};
        for (unsigned i = 0; i < JSON_MAX_FIELDS; i++) {
            unsigned field = i * step % JSON_MAX_FIELDS;
            buffer_appendf(&record, "%c\"f%u\":%u", i ? ',' : '{', field, field);
        }
        buffer_append_char(&record, '}');
        CLEANUP(text_release) struct text text = text_of(buffer_str(&record));
        struct json_value values[JSON_MAX_FIELDS];
        struct json_fault fault;
        assert_ptr_equal(json_scan(scanner, text.at, text.end, JSON_LINE, values, &fault),
                         text.end);
        for (unsigned i = 0; i < JSON_MAX_FIELDS; i++) {
            int64_t number = -1;
            if (json_int64(&values[i], &number) != JSON_FITS || number != i)
                fail_msg("%s, step %u, field %u: %d", version, step, i, (int)number);
        }
    }
}

static void test_most_fields(void **state)
{
    (void)state;
    with_each_version(check_most_fields);
}

static void check_layouts(const char *version)
{
    static const char record[] = " \n{\r\n\t\"ts\":\n1,\n\n\"page\"\n:\"x\"\n}\n";
    (void)version;
    CLEANUP(text_release) struct text text = text_of(str_of(record));
    CLEANUP(scanner_release)
    struct json_scanner *scanner = json_scanner_new(names, COUNT(names), NULL, NULL);
    struct json_value values[COUNT(names)];
    struct json_fault fault;
    const char *stop = json_scan(scanner, text.at, text.end, JSON_DOCUMENT, values, &fault);
    assert_ptr_equal(stop, text.end - 1);
    assert_int_equal(values[PAGE].kind, JSON_KIND_STRING);
    assert_null(json_scan(scanner, text.at + 2, text.end, JSON_LINE, values, &fault));
    assert_int_equal(fault.at - text.at, 4);
}

static void test_layouts(void **state)
{
    (void)state;
    with_each_version(check_layouts);
}

static void test_skip_space(void **state)
{
    (void)state;
    CLEANUP(text_release) struct text text = text_of(str_of(" \t\r\n {"));
    assert_ptr_equal(json_skip_space(text.at, text.end, JSON_LINE), text.at + 3);
    assert_ptr_equal(json_skip_space(text.at, text.end, JSON_DOCUMENT), text.at + 5);
    assert_ptr_equal(json_skip_space(text.at, text.at + 2, JSON_DOCUMENT), text.at + 2);
    assert_ptr_equal(json_skip_space(text.end, text.end, JSON_DOCUMENT), text.end);
}

static void test_version_names(void **state)
{
    (void)state;
    size_t count = 0;
    while (json_version(count))
        count++;
    assert_true(count >= 1);
    assert_string_equal(json_version(count - 1), "portable");
    assert_false(json_use_version("mmx"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_faults),         cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_depth),          cmocka_unit_test(test_unknown_keys),
        cmocka_unit_test(test_name_lengths),   cmocka_unit_test(test_most_fields),
        cmocka_unit_test(test_layouts),        cmocka_unit_test(test_faults_that_leave_the_end),
        cmocka_unit_test(test_deep_documents), cmocka_unit_test(test_skip_space),
        cmocka_unit_test(test_version_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
