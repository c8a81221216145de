/* The input is a record of a source with nested fields. Each value that is read is a whole token of
 * the input, whatever path led to it, and json fields lose their white space and nothing else. */
#include "../unit/model/nested_model.h"

#include <model_record.h>
#include <stdlib.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* The token alone is a value of the same kind and length. */
static void check_token(struct str token, const struct json_value *value)
{
    static const struct str names[] = {{"v", 1}};
    CLEANUP(buffer_release) struct buffer text = {0};
    struct json_value again;
    struct json_fault fault;
    struct json_scanner *scanner = json_scanner_new(names, 1, NULL, NULL);
    buffer_append_str(&text, STR("{\"v\":"));
    buffer_append_str(&text, token);
    buffer_append_char(&text, '}');
    memset(buffer_reserve(&text, JSON_PADDING), 0, JSON_PADDING);
    const char *end = text.data + text.len;
    REQUIRE(json_scan(scanner, text.data, end, JSON_DOCUMENT, &again, &fault) == end);
    REQUIRE(fault.code == JSON_OK && again.kind == value->kind);
    json_scanner_free(scanner);
}

static void check_value(const struct json_value *value, const char *at, const char *stop)
{
    CLEANUP(buffer_release) struct buffer scratch = {0};
    if (value->kind == JSON_KIND_MISSING)
        return;
    REQUIRE(value->text > at && value->text + value->len < stop);
    REQUIRE(value->kind != JSON_KIND_STRING ||
            value->escaped == (memchr(value->text, '\\', value->len) != NULL));
    size_t quote = value->kind == JSON_KIND_STRING;
    check_token((struct str){value->text - quote, value->len + 2 * quote}, value);
    if (value->kind == JSON_KIND_NULL)
        return;
    struct str text = model_json_text(value, &scratch);
    REQUIRE(text.len <= value->len + 2 * quote);
    check_token(text, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct model_checker checker;
    const struct model model = {.sources = &nested_source, .source_count = 1};
    char *text = mem_zalloc(size + JSON_PADDING);
    if (size)
        memcpy(text, data, size);
    model_checker_init(&checker, &model, &nested_source);
    for (int layout = JSON_LINE; layout <= JSON_DOCUMENT; layout++) {
        struct model_reader *reader = model_reader_new(&nested_source, NULL, NULL);
        struct model_record record = {0};
        struct model_fault reject;
        struct json_fault fault;
        const char *stop =
            model_read(reader, text, text + size, (enum json_layout)layout, &record, &fault);
        for (size_t i = 0; stop && fault.code == JSON_OK && i < NESTED_FIELDS; i++)
            check_value(&record.values[i], text, stop);
        if (stop && fault.code == JSON_OK)
            (void)model_check(&checker, &record, &reject);
        model_reader_free(reader);
    }
    mem_free(text);
    return 0;
}
