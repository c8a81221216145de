/* From text to records: which lines are records, and where the rejected ones stand. */
#include "builtin.h"
#include "model/reading_model.h"
#include "native_case.h"

#include <stdio.h>

/* What a text gives: "kept left_out | code@line+offset:record, …". */
struct seen_records {
    struct buffer text;
    uint64_t lines;
    bool is_document;
};

static void seen_records_release(struct seen_records *seen)
{
    buffer_release(&seen->text);
}

static void keep_nothing(void *ctx, const struct model_record *record)
{
    (void)ctx;
    (void)record;
}

static void show(const struct batch *batch, struct buffer *out)
{
    buffer_appendf(out, "%d %d |", (int)batch->kept, (int)batch->left_out);
    for (size_t i = 0; i < batch->reject_count; i++) {
        const struct reject *reject = &batch->rejects[i];
        buffer_appendf(out, " %s@%d+%d:%.*s", reject_code_word(reject->code), (int)reject->line,
                       (int)reject->offset, STR_ARG(reject->record));
    }
}

static void decode_text(int source, struct str s, bool as_document, struct seen_records *out)
{
    struct input input = {.source = &model_builtin()->sources[source]};
    CLEANUP(buffer_release) struct buffer text = {0};
    CLEANUP(decoder_release) struct decoder decoder;
    CLEANUP(batch_release) struct batch batch = {0};
    buffer_append_str(&text, s);
    memset(buffer_reserve(&text, JSON_PADDING), 0, JSON_PADDING);
    decoder_init(&decoder, model_builtin(), &input, NULL, keep_nothing, NULL);
    decoder.batch = &batch;
    if (as_document)
        out->is_document = decoder_decode_document(&decoder, text.data, text.data + text.len, 0);
    else
        out->lines = decoder_decode_lines(&decoder, text.data, text.data + text.len, 0, 1);
    assert_int_equal(batch.records, batch.kept + batch.left_out + batch.reject_count);
    assert_int_equal(decoder.unknown_names.count, 0);
    show(&batch, &out->text);
}

#define E    "{\"ts\":1,\"page\":\"Home\"}"
#define SONG "{\"song_id\":\"1\",\"artist_id\":\"A\"}"

/* 64 arrays, which a record makes 65. */
#define EIGHT(text) text text text text text text text text
#define DEEP        EIGHT(EIGHT("[")) EIGHT(EIGHT("]"))

static void test_lines(void **state)
{
    static const struct {
        struct str text;
        uint64_t lines;
        const char *expected;
    } cases[] = {
#define C(literal, lines, expected) {{literal, sizeof(literal) - 1}, lines, expected}
        C("", 0, "0 0 |"),
        C("\n", 1, "0 0 |"),
        C("\r\n \t\n\r", 3, "0 0 |"),
        C(E, 1, "0 1 |"),
        C(E "\n", 1, "0 1 |"),
        C(E "\r\n" E "\r\n", 2, "0 2 |"),
        C(E "\n\n\n" E, 4, "0 2 |"),
        C("  " E " \t\r\n", 1, "0 1 |"),
        C("bad", 1, "0 0 | not_object@1+0:bad"),
        C("bad\r\n", 1, "0 0 | not_object@1+0:bad"),
        C("bad \n", 1, "0 0 | not_object@1+0:bad "),
        C("\n\n  {bad}\n" E, 4, "0 1 | not_json@3+4:{bad}"),
        C("[]\n\"x\"\n1\nnull\n", 4,
          "0 0 | not_object@1+0:[] not_object@2+3:\"x\" not_object@3+7:1 not_object@4+9:null"),
        C(E E "\n", 1, "0 0 | not_json@1+0:" E E),
        C(E ",\n" E, 2, "0 1 | not_json@1+0:" E ","),
        C("{\"a\":\n1}\n", 2, "0 0 | not_json@1+0:{\"a\": not_object@2+6:1}"),
        C("{\"a\":\"\n\"}\n", 2, "0 0 | not_json@1+0:{\"a\":\" not_object@2+7:\"}"),
        C("{\"a\":NaN}\n{\"a\":1,}\n{'a':1}\n", 3,
          "0 0 | not_json@1+0:{\"a\":NaN} not_json@2+10:{\"a\":1,} not_json@3+19:{'a':1}"),
        C("{\"a\":\"\\ud800\"}\n", 1, "0 0 | not_json@1+0:{\"a\":\"\\ud800\"}"),
        C("{\"a\":\"\t\"}\n", 1, "0 0 | not_json@1+0:{\"a\":\"\t\"}"),
        C("{\"a\":\"\xFF\"}\n", 1, "0 0 | not_utf8@1+0:{\"a\":\"\xFF\"}"),
        C("  {\"ts\":1}  \n", 1, "0 0 | missing_field@1+2:{\"ts\":1}"),
        C("{\"ts\":\"x\",\"page\":\"Home\"}", 1,
          "0 0 | wrong_type@1+0:{\"ts\":\"x\",\"page\":\"Home\"}"),
        C("{", 1, "0 0 | not_json@1+0:{"),
        C("{\n" E, 2, "0 1 | not_json@1+0:{"),
#undef C
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(seen_records_release) struct seen_records seen = {0};
        decode_text(source_of("logs"), cases[i].text, false, &seen);
        if (strcmp(buffer_text(&seen.text), cases[i].expected) != 0)
            fail_msg("%.*s: %s", STR_ARG(cases[i].text), buffer_text(&seen.text));
        assert_int_equal(seen.lines, cases[i].lines);
    }
}

static void test_nested_deeper_than_64(void **state)
{
    (void)state;
    for (int depth = 63; depth <= 65; depth++) {
        CLEANUP(seen_records_release) struct seen_records seen = {0};
        CLEANUP(buffer_release) struct buffer text = {0};
        buffer_append_str(&text, STR("{\"ts\":1,\"page\":\"Home\",\"x\":"));
        for (int i = 1; i < depth; i++)
            buffer_append_char(&text, '[');
        for (int i = 1; i < depth; i++)
            buffer_append_char(&text, ']');
        buffer_append_char(&text, '}');
        decode_text(source_of("logs"), buffer_str(&text), false, &seen);
        const char *expected = depth <= 64 ? "0 1 |" : "0 0 | too_deep@1+0:";
        assert_memory_equal(buffer_text(&seen.text), expected, strlen(expected));
    }
}

static void test_documents(void **state)
{
    static const struct {
        struct str text;
        bool is_document;
        const char *expected;
    } cases[] = {
#define C(literal, is, expected) {{literal, sizeof(literal) - 1}, is, expected}
        C(SONG, true, "1 0 |"),
        C(" \r\n" SONG "\n\n", true, "1 0 |"),
        C("{\n \"song_id\" : \"1\" ,\n\n \"artist_id\":\"A\"\n}", true, "1 0 |"),
        /* each object has a fault of its own; they are records all the same */
        C("\n{\"song_id\":\n\"\xFF\"}\n", true, "0 0 | not_utf8@2+1:{\"song_id\":\n\"\xFF\"}"),
        C("[" SONG ",\n{\"x\":\"\xE2\x82\"},\n" SONG "]", true,
          "2 0 | not_utf8@2+34:{\"x\":\"\xE2\x82\"}"),
        C("[{\"\xFF\":1,\"song_id\":\"1\",\"artist_id\":\"A\"}," SONG "]", true,
          "1 0 | not_utf8@1+1:{\"\xFF\":1,\"song_id\":\"1\",\"artist_id\":\"A\"}"),
        C("[" SONG ",{\"x\":" DEEP "}," SONG "]", true, "2 0 | too_deep@1+33:{\"x\":" DEEP "}"),
        /* a syntax error anywhere: lines */
        C("[{\"x\":\"\xFF\"}," SONG ",]", false, "0 0 |"),
        C("[{\"x\":" DEEP "}," SONG, false, "0 0 |"),
        C("[" SONG ",\xFF" SONG "]", false, "0 0 |"),
        C("{\"x\":" DEEP "} x", false, "0 0 |"),
        C("[{\"x\":\"\\ud800\"}]", false, "0 0 |"),
        C("[]", true, "0 0 |"),
        C("[\n]\n", true, "0 0 |"),
        C("[" SONG "]", true, "1 0 |"),
        C("[" SONG ",\n" SONG "\n,\t" SONG "]\n", true, "3 0 |"),
        C("[\n" SONG ",\n\n {},\n{\"song_id\":\n1}]", true,
          "1 0 | missing_field@4+37:{} missing_field@5+41:{\"song_id\":\n1}"),
        C("\n\n {}", true, "0 0 | missing_field@3+3:{}"),
        C("", false, "0 0 |"),
        C(" ", false, "0 0 |"),
        C("x", false, "0 0 |"),
        C("[", false, "0 0 |"),
        C("[" SONG, false, "0 0 |"),
        C("[" SONG ",", false, "0 0 |"),
        C("[" SONG ",]", false, "0 0 |"),
        C("[," SONG "]", false, "0 0 |"),
        C("[" SONG " " SONG "]", false, "0 0 |"),
        C("[[" SONG "]]", false, "0 0 |"),
        C("[" SONG ",1]", false, "0 0 |"),
        C("[" SONG "]]", false, "0 0 |"),
        C("[]{}", false, "0 0 |"),
        C(SONG SONG, false, "0 0 |"),
        C(SONG "\n" SONG, false, "0 0 |"),
        C(SONG ",", false, "0 0 |"),
        C(SONG "\0", false, "0 0 |"),
        C("[" SONG "\0]", false, "0 0 |"),
#undef C
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(seen_records_release) struct seen_records seen = {0};
        decode_text(source_of("songs"), cases[i].text, true, &seen);
        if (seen.is_document != cases[i].is_document ||
            strcmp(buffer_text(&seen.text), cases[i].expected) != 0)
            fail_msg("%.*s: %d %s", STR_ARG(cases[i].text), seen.is_document,
                     buffer_text(&seen.text));
    }
}

/* Unknown fields count once a record, and only in well-formed records. */
static void test_unknown_fields_are_counted(void **state)
{
    static const struct {
        const char *source;
        bool as_document;
        const char *text, *expected;
    } cases[] = {
        {"logs", false, "{\"ts\":1,\"page\":\"Home\",\"x\":1,\"x\":2,\"y\":{\"z\":1}}", "x1 y1 "},
        {"logs", false, "{\"x\":1}\n{\"y\":1}\n{\"x\":[]}", "x2 y1 "},
        {"logs", false, "{\"x\":1\n{\"y\":1}\n{\"z\":1} z\n{\"y\":1}", "y2 "},
        {"logs", false, "{\"\\u0078\":1}\n{\"x\":1}\n{\"\":1}", "x2 1 "},
        {"logs", false, "{\"auth\":1,\"status\":2}", ""},
        {"songs", true, "[{\"x\":1},{\"x\":1,\"y\":1}]", "x2 y1 "},
        {"songs", true, "[{\"x\":1},{\"x\":1,\"y\":1}", ""},
        {"songs", true, "[{\"x\":1},{\"x\":\"\xFF\"},{\"x\":1,\"z\":" DEEP "}]", "x1 "},
        {"songs", true, "{\"x\":1}", "x1 "},
        {"songs", true, "{\"x\":1} 2", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct input input = {.source = builtin_source(cases[i].source)};
        CLEANUP(buffer_release) struct buffer text = {0}, shown = {0};
        CLEANUP(decoder_release) struct decoder decoder;
        CLEANUP(batch_release) struct batch batch = {0};
        buffer_append_str(&text, str_of(cases[i].text));
        memset(buffer_reserve(&text, JSON_PADDING), 0, JSON_PADDING);
        decoder_init(&decoder, model_builtin(), &input, NULL, keep_nothing, NULL);
        decoder.batch = &batch;
        if (cases[i].as_document)
            decoder_decode_document(&decoder, text.data, text.data + text.len, 0);
        else
            decoder_decode_lines(&decoder, text.data, text.data + text.len, 0, 1);
        for (uint32_t code = 0; code < decoder.unknown.names.count; code++)
            buffer_appendf(&shown, "%.*s%d ",
                           STR_ARG(dictionary_value(&decoder.unknown.names, code)),
                           (int)decoder.unknown.records[code]);
        assert_string_equal(buffer_text(&shown), cases[i].expected);
    }
}

/* " id" of each record that is kept, with "!" for each field that is null. */
static void show_kept(void *ctx, const struct model_record *record)
{
    buffer_appendf(ctx, " %.*s", (int)record->values[READING_ID].len,
                   record->values[READING_ID].text);
    for (int i = READING_OK; i <= READING_DAY; i++)
        if (record->values[i].kind == JSON_KIND_NULL)
            buffer_append_char(ctx, '!');
}

/* What the lines give: the kept records, then counts, rejects and unknown names. */
static void decode_readings(const struct model_source *source, struct str lines, struct buffer *out)
{
    const struct model model = READING_MODEL(source);
    struct input input = {.source = source};
    CLEANUP(buffer_release) struct buffer text = {0};
    CLEANUP(decoder_release) struct decoder decoder;
    CLEANUP(batch_release) struct batch batch = {0};
    buffer_append_str(&text, lines);
    memset(buffer_reserve(&text, JSON_PADDING), 0, JSON_PADDING);
    decoder_init(&decoder, &model, &input, NULL, show_kept, NULL);
    decoder.batch = &batch;
    decoder.keep_ctx = out;
    decoder_decode_lines(&decoder, text.data, text.data + text.len, 0, 1);
    assert_int_equal(decoder.unknown_names.count, 0);
    buffer_appendf(out, " | %d skipped %d unknown %d faulty |", (int)batch.left_out,
                   (int)batch.unknown_discarded, (int)batch.faulty_discarded);
    for (size_t i = 0; i < batch.reject_count; i++)
        buffer_appendf(out, " %s@%d %.*s;", reject_code_word(batch.rejects[i].code),
                       (int)batch.rejects[i].line, STR_ARG(batch.rejects[i].reason));
    for (uint32_t i = 0; i < decoder.unknown.names.count; i++)
        buffer_appendf(out, " ?%.*s", STR_ARG(dictionary_value(&decoder.unknown.names, i)));
}

#define AT "\"at\":\"2018-11-01T00:00Z\""

static void test_contracts(void **state)
{
    static const char lines[] = "{" AT ",\"id\":\"a\",\"note\":\"n\"}\n"
                                "{" AT ",\"id\":\"b\",\"note\":\"n\",\"ok\":5,\"day\":\"today\"}\n"
                                "{" AT ",\"id\":\"c\",\"note\":\"n\",\"new\":1,\"newer\":2}\n"
                                "{" AT ",\"id\":\"d\",\"note\":\"other\",\"new\":1,\"ok\":5}\n"
                                "{" AT ",\"id\":[],\"note\":\"n\",\"new\":1,\"ok\":5}\n"
                                "{\"at\":1,\"id\":\"e\",\"note\":\"n\",\"new\":1}\n"
                                "{\"new\":}\n"
                                "{" AT ",\"id\":\"f\",\"note\":\"n\"}\n";
#define WRONG_AT                                                                                   \
    "wrong_type@6 at: expected a time in ISO 8601 with its offset, found a number; "               \
    "not_json@7 a value is missing, at byte 8 of the record;"
#define WRONG_OK  "wrong_type@2 ok: expected a boolean, found a number; "
#define WRONG_ID  "wrong_type@5 id: expected a string, found an array; "
#define NEW(line) "unknown_field@" line " new: the model has no such field; "
    static const struct {
        enum model_contract unknown, faulty;
        const char *expected;
    } cases[] = {
        {CONTRACT_EVOLVE, CONTRACT_EVOLVE,
         " a c f | 1 skipped 0 unknown 0 faulty | " WRONG_OK WRONG_ID WRONG_AT " ?new ?newer"},
        {CONTRACT_EVOLVE, CONTRACT_DISCARD_ROW,
         " a c f | 1 skipped 0 unknown 0 faulty | " WRONG_OK WRONG_ID WRONG_AT " ?new ?newer"},
        {CONTRACT_DISCARD_ROW, CONTRACT_DISCARD_ROW,
         " a f | 1 skipped 0 unknown 0 faulty | " WRONG_OK NEW("3") NEW("5") WRONG_AT
         " ?new ?newer"},
        {CONTRACT_FREEZE, CONTRACT_FREEZE,
         " a f | 1 skipped 0 unknown 0 faulty | " WRONG_OK NEW("3") NEW("5") WRONG_AT
         " ?new ?newer"},
        {CONTRACT_DISCARD_VALUE, CONTRACT_DISCARD_VALUE,
         " a b!! c f | 1 skipped 2 unknown 2 faulty | " WRONG_ID WRONG_AT},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct model_source source = reading_source;
        CLEANUP(buffer_release) struct buffer seen = {0};
        source.unknown = cases[i].unknown;
        source.faulty = cases[i].faulty;
        source.kept_field = READING_NOTE;
        source.kept_value = STR("n");
        decode_readings(&source, STR(lines), &seen);
        assert_string_equal(buffer_text(&seen), cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contracts),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_nested_deeper_than_64),
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_unknown_fields_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
