/* The input is a record, in both layouts. No version of the scanner may read out of bounds, all
 * must return the same, and the results must be as json.h says. */
#include <json.h>

#include <stdlib.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static const struct str names[] = {{"a", 1}, {"ts", 2}, {"itemInSession", 13}, {"userAgent", 9}};
#define FIELD_COUNT (sizeof names / sizeof names[0])

struct outcome {
    const char *stop;
    struct json_value values[FIELD_COUNT];
    struct json_fault fault;
};

static void check_text(const struct json_value *value)
{
    CLEANUP(buffer_release) struct buffer scratch = {0};
    struct str text = json_text(value, &scratch);
    REQUIRE(text.len <= value->len);
    REQUIRE(utf8_valid_prefix(text.data, text.len) == text.len);
}

static void check_values(const struct outcome *outcome, const char *at)
{
    int64_t integer;
    double real;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const struct json_value *value = &outcome->values[i];
        if (value->kind == JSON_KIND_MISSING)
            continue;
        REQUIRE(value->text > at && value->text + value->len < outcome->stop);
        if (outcome->fault.code != JSON_OK)
            continue; /* the values must not be used */
        check_text(value);
        if (json_int64(value, &integer) == JSON_FITS)
            REQUIRE(json_double(value, &real) == JSON_FITS && real == (double)integer);
    }
}

static void check_outcome(const struct outcome *outcome, const char *at, const char *end)
{
    if (outcome->stop) {
        REQUIRE(outcome->stop > at && outcome->stop <= end && outcome->stop[-1] == '}');
        check_values(outcome, at);
    } else {
        REQUIRE(outcome->fault.code != JSON_OK && outcome->fault.message);
        REQUIRE(outcome->fault.at >= at && outcome->fault.at <= end);
    }
}

static void check_same(const struct outcome *a, const struct outcome *b)
{
    REQUIRE(a->stop == b->stop && a->fault.code == b->fault.code);
    for (size_t i = 0; a->stop && i < FIELD_COUNT; i++) {
        const struct json_value *v = &a->values[i], *w = &b->values[i];
        REQUIRE(v->text == w->text && v->len == w->len && v->kind == w->kind);
        REQUIRE(v->escaped == w->escaped);
    }
    if (a->fault.code != JSON_OK) {
        REQUIRE(a->fault.at == b->fault.at);
        REQUIRE(strcmp(a->fault.message, b->fault.message) == 0);
    }
}

/* Scans twice: the second time, the scanner expects the keys in the order of the first. */
static void scan_twice(const char *at, const char *end, enum json_layout layout,
                       struct outcome *out)
{
    struct json_scanner *scanner = json_scanner_new(names, FIELD_COUNT, NULL, NULL);
    struct outcome again = {0};
    out->stop = json_scan(scanner, at, end, layout, out->values, &out->fault);
    again.stop = json_scan(scanner, at, end, layout, again.values, &again.fault);
    check_same(out, &again);
    json_scanner_free(scanner);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_zalloc(size + JSON_PADDING);
    if (size)
        memcpy(text, data, size);
    for (int layout = JSON_LINE; layout <= JSON_DOCUMENT; layout++) {
        struct outcome first = {0};
        for (size_t i = 0; json_version(i); i++) {
            struct outcome outcome = {0};
            json_use_version(json_version(i));
            scan_twice(text, text + size, (enum json_layout)layout, &outcome);
            check_outcome(&outcome, text, text + size);
            if (i == 0)
                first = outcome;
            check_same(&first, &outcome);
        }
    }
    mem_free(text);
    return 0;
}
