/* Records that are not lines: one behind the other, cut into pieces anywhere, or under a key. */
#include "model/reading_model.h"
#include "native_case.h"

#include <stdio.h>

static void keep_id(void *ctx, const struct model_record *record)
{
    buffer_appendf(ctx, " %.*s", (int)record->values[READING_ID].len,
                   record->values[READING_ID].text);
}

/* A decoder over no files. */
struct decoding {
    struct model_source source;
    struct model model;
    struct input input;
    struct decoder decoder;
    struct batch batch;
    struct buffer seen; /* kept ids, then rejects */
    uint64_t lines;     /* before the part */
};

static void decoding_release(struct decoding *decoding)
{
    decoder_release(&decoding->decoder);
    batch_release(&decoding->batch);
    buffer_release(&decoding->seen);
}

static void decoding_init(struct decoding *decoding, enum model_layout layout)
{
    *decoding = (struct decoding){.source = reading_source};
    decoding->source.layout = layout;
    decoding->source.records_key = STR("Records");
    decoding->model = (struct model)READING_MODEL(&decoding->source);
    decoding->input.source = &decoding->source;
    decoder_init(&decoding->decoder, &decoding->model, &decoding->input, NULL, keep_id, NULL);
    decoding->decoder.batch = &decoding->batch;
    decoding->decoder.keep_ctx = &decoding->seen;
}

static char *padded(struct str text)
{
    char *copy = mem_zalloc(text.len + JSON_PADDING);
    memcpy(copy, text.data, text.len);
    return copy;
}

static void number_lines(struct decoding *decoding, size_t from)
{
    for (size_t i = from; i < decoding->batch.reject_count; i++)
        decoding->batch.rejects[i].line += decoding->lines;
}

/* Decodes a part from `from` on; returns where the next begins. */
static size_t decode_part(struct decoding *decoding, struct str text, size_t from, size_t end)
{
    size_t before = decoding->batch.reject_count;
    char *copy = padded((struct str){text.data + from, end - from});
    const char *stop = decoder_decode_concatenated(&decoding->decoder, copy, copy + (end - from),
                                                   from, end == text.len);
    size_t done = (size_t)(stop - copy);
    number_lines(decoding, before);
    for (size_t i = 0; i < done; i++)
        decoding->lines += copy[i] == '\n';
    mem_free(copy);
    return from + done;
}

static void show_rejects(struct decoding *decoding)
{
    const struct batch *batch = &decoding->batch;
    assert_int_equal(batch->records, batch->kept + batch->left_out + batch->reject_count);
    assert_int_equal(decoding->decoder.unknown_names.count, 0);
    buffer_append_str(&decoding->seen, STR(" |"));
    for (size_t i = 0; i < batch->reject_count; i++) {
        const struct reject *reject = &batch->rejects[i];
        buffer_appendf(&decoding->seen, " %s@%d+%d:%.*s", reject_code_word(reject->code),
                       (int)reject->line, (int)reject->offset, STR_ARG(reject->record));
    }
}

#define R(id) "{\"at\":\"2018-11-01T00:00Z\",\"id\":\"" id "\"}"
#define DEEP                                                                                       \
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["                         \
    "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"

static void test_one_behind_the_other(void **state)
{
    static const struct {
        const char *text, *seen;
    } cases[] = {
        {"", " |"},
        {" \n\r\n\t", " |"},
        {R("a"), " a |"},
        {R("a") R("b") R("c"), " a b c |"},
        {" " R("a") "\n" R("b") "\r\n\n  " R("c") "\n", " a b c |"},
        {"{\n\"id\":\n\"a\",\"at\":\"2018-11-01T00:00Z\"\n}\n{\n}", " a | missing_field@5+39:{\n}"},
        {R("a") "{\"at\":1}" R("b"), " a b | wrong_type@1+35:{\"at\":1}"},
        /* not well-formed */
        {R("a") "{bad}" R("b"), " a b | not_json@1+35:{bad}"},
        {R("a") "\n{\"x\":NaN,}\n" R("b"), " a b | not_json@2+36:{\"x\":NaN,}"},
        {R("a") "\n{\"x\":\"cut\n" R("b"), " a b | not_json@2+36:{\"x\":\"cut"},
        {R("a") "\n{\"x\":{\"y\":1\n" R("b"), " a b | not_json@2+36:{\"x\":{\"y\":1"},
        {R("a") "\n{\"x\"", " a | not_json@2+36:{\"x\""},
        /* cut off on a line: the record behind it is lost with it, those behind that are not */
        {R("a") "{\"x\":17" R("b") R("c") R("d"), " a c d | not_json@1+35:{\"x\":17" R("b")},
        {R("a") "{\"x\":[1," R("b") " \n " R("c"), " a c | not_json@1+35:{\"x\":[1," R("b")},
        {R("a") "{\"x\":\"cu" R("b") R("c") R("d"), " a c d | not_json@1+35:{\"x\":\"cu" R("b")},
        {"{\"x\":\"c\\\"u" R("a") R("b"), " b | not_json@1+0:{\"x\":\"c\\\"u" R("a")},
        {"{\"x\":[1}" R("a") R("b"), " a b | not_json@1+0:{\"x\":[1}"},
        {"{\"x\":\"}{\",\"y\":5,}" R("a"), " a | not_json@1+0:{\"x\":\"}{\",\"y\":5,}"},
        {"{\"}{\":\":\",\"}{\":1,}" R("a"), " a | not_json@1+0:{\"}{\":\":\",\"}{\":1,}"},
        {R("a") ",\n" R("b"), " a b | not_object@1+35:,"},
        {"[" R("a") "," R("b") "]", " a b | not_object@1+0:[ not_object@1+36:, not_object@1+72:]"},
        {"null 5\n" R("a"), " a | not_object@1+0:null 5"},
        {R("a") "}" R("b"), " a b | not_object@1+35:}"},
        /* faults that leave the end */
        {R("a") "{\"x\":\"\xFF\"}" R("b"), " a b | not_utf8@1+35:{\"x\":\"\xFF\"}"},
        {R("a") "{\"x\":" DEEP "}" R("b"), " a b | too_deep@1+35:{\"x\":" DEEP "}"},
        {R("a") "{\"x\":\"Zo\xC3\xAB \\u00e9\\ud83d\\ude00\",\"at\":true,\"n\":-1.5e3}" R("b"),
         " a b | wrong_type@1+35:{\"x\":\"Zo\xC3\xAB \\u00e9\\ud83d\\ude00\",\"at\":true,\"n\":"
         "-1.5e3}"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str text = str_of(cases[i].text);
        for (size_t cut = 0; cut <= text.len; cut++) {
            CLEANUP(decoding_release) struct decoding decoding;
            decoding_init(&decoding, LAYOUT_CONCATENATED);
            size_t from = cut < text.len ? decode_part(&decoding, text, 0, cut) : 0;
            assert_int_equal(decode_part(&decoding, text, from, text.len), text.len);
            show_rejects(&decoding);
            if (strcmp(buffer_text(&decoding.seen), cases[i].seen) != 0)
                fail_msg("%s\ncut at %zu:%s\ninstead of%s", cases[i].text, cut,
                         buffer_text(&decoding.seen), cases[i].seen);
        }
    }
}

/* A record that is too long is rejected once, however long it is, and reading goes on behind it. */
static void test_too_long_a_record(void **state)
{
    static const size_t lengths[] = {MODEL_MAX_RECORD_BYTES + 1, MODEL_MAX_RECORD_BYTES * 3};
    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        CLEANUP(buffer_release) struct buffer text = {0};
        CLEANUP(decoding_release) struct decoding decoding;
        char expected[80];
        buffer_append_str(&text, STR(R("a") "{\"x\":\""));
        memset(buffer_reserve(&text, lengths[i]), 'x', lengths[i]);
        text.len += lengths[i];
        buffer_append_str(&text, STR("\"}" R("b") "\n" R("c") "{\"at\":1}"));
        decoding_init(&decoding, LAYOUT_CONCATENATED);
        size_t from = 0;
        for (size_t end = 0; from < text.len;) {
            end = text.len - end > INPUT_PIECE_BYTES ? end + INPUT_PIECE_BYTES : text.len;
            from = decode_part(&decoding, buffer_str(&text), from, end);
            assert_true(end - from <= MODEL_MAX_RECORD_BYTES);
        }
        assert_int_equal(decoding.batch.reject_count, 2);
        assert_int_equal(decoding.batch.rejects[0].code, REJECT_TOO_LONG);
        assert_int_equal(decoding.batch.rejects[0].offset, sizeof R("a") - 1);
        assert_int_equal(decoding.batch.rejects[1].code, REJECT_WRONG_TYPE);
        assert_int_equal(decoding.batch.rejects[1].line, 2);
        snprintf(expected, sizeof expected, " a b c");
        assert_string_equal(buffer_text(&decoding.seen), expected);
    }
}

static void test_records_under_a_key(void **state)
{
    static const struct {
        const char *text, *seen;
    } cases[] = {
        {"{\"Records\":[]}", " |"},
        {"{\"Records\":[" R("a") "]}", " a |"},
        {" {\"v\":{\"Records\":[1]},\n\"Records\" : [ " R("a") " ,\n" R("b") "\n] , \"x\":[{}]}\n",
         " a b |"},
        {"{\"R\\u0065cords\":[" R("a") "]}", " a |"},
        {"{\"Records\":5,\"Records\":[" R("a") "]}", " a |"},
        /* faults of records leave the others */
        {"{\"Records\":[" R("a") ",\n{\"at\":1},\n" R("b") "]}",
         " a b | wrong_type@2+49:{\"at\":1}"},
        {"{\"Records\":[" R("a") ",5,null,\"]\",[{}]," R("b") "]}",
         " a b | not_object@1+48:5 not_object@1+50:null not_object@1+55:\"]\" "
         "not_object@1+59:[{}]"},
        {"{\"Records\":[" R("a") ",{\"x\":\"\xFF\"}," R("b") "]}",
         " a b | not_utf8@1+48:{\"x\":\"\xFF\"}"},
        {"{\"Records\":[" R("a") ",{\"x\":" DEEP "}," R("b") "]}",
         " a b | too_deep@1+48:{\"x\":" DEEP "}"},
        /* so do records that are not well-formed */
        {"{\"Records\":[" R("a") ",\n{\"x\":NaN}," R("b") "]}", " a b | not_json@2+49:{\"x\":NaN}"},
        {"{\"Records\":[" R("a") ",{\"x\":1,}," R("b") "],\"z\":1}",
         " a b | not_json@1+48:{\"x\":1,}"},
        {"{\"Records\":[" R("a") ",\n{\"x\":\"cut", " a | not_json@2+49:{\"x\":\"cut"},
        {"{\"Records\":[" R("a") ",\n{\"x\":[1", " a | not_json@2+49:{\"x\":[1"},
        /* what is wrong around them is a reject beside them */
        {"{\"Records\":[" R("a") "]", " a | not_json@1+48:"},
        {"{\"Records\":[" R("a") " " R("b") "]}", " a b | not_json@1+48:" R("b") "]}"},
        {"{\"x\":NaN,\"Records\":[\n" R("a") "]}",
         " a | not_json@1+5:NaN,\"Records\":[\n" R("a") "]}"},
        {"{\"Records\":[" R("a") "],\n\"x\":}", " a | not_json@2+54:}"},
        {"{\"Records\":[" R("a") "]} 5", " a | not_json@1+50:5"},
        {"{\"x\":\"\xFF\",\"Records\":[" R("a") "]}",
         " a | not_utf8@1+6:\xFF\",\"Records\":[" R("a") "]}"},
        /* no array of records */
        {"{}", " | missing_field@1+0:{}"},
        {"{\"Records\":null}", " | missing_field@1+0:{\"Records\":null}"},
        {"{\"Records\":{}}", " | wrong_type@1+0:{\"Records\":{}}"},
        {"[" R("a") "]", " | not_object@1+0:[" R("a") "]"},
        {"bad", " | not_object@1+0:bad"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str text = str_of(cases[i].text);
        CLEANUP(decoding_release) struct decoding decoding;
        decoding_init(&decoding, LAYOUT_RECORDS);
        char *copy = padded(text);
        decoder_decode_elements(&decoding.decoder, copy, copy + text.len, 0);
        show_rejects(&decoding);
        if (strcmp(buffer_text(&decoding.seen), cases[i].seen) != 0)
            fail_msg("%s:%s\ninstead of%s", cases[i].text, buffer_text(&decoding.seen),
                     cases[i].seen);
        mem_free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_behind_the_other),
        cmocka_unit_test(test_too_long_a_record),
        cmocka_unit_test(test_records_under_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
