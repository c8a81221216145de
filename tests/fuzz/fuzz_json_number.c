/* The input is the value of a member. If it is a number, json_double must return the bits of
 * strtod, and json_int64 the value of strtoll. (The fuzzer runs in the C locale.) */
#include <json.h>

#include <errno.h>
#include <stdlib.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static void check_double(const struct json_value *value, const char *token)
{
    double expected = strtod(token, NULL), got = 0;
    enum json_fit fit = json_double(value, &got);
    if (expected - expected != 0)
        REQUIRE(fit == JSON_OUT_OF_RANGE);
    else
        REQUIRE(fit == JSON_FITS && memcmp(&got, &expected, sizeof got) == 0);
}

static void check_int64(const struct json_value *value, const char *token)
{
    int64_t got = 0;
    enum json_fit fit = json_int64(value, &got);
    errno = 0;
    long long expected = strtoll(token, NULL, 10);
    if (strpbrk(token, ".eE"))
        REQUIRE(fit == JSON_WRONG_TYPE);
    else if (errno == ERANGE)
        REQUIRE(fit == JSON_OUT_OF_RANGE);
    else
        REQUIRE(fit == JSON_FITS && got == expected);
}

static void check_number(const struct json_value *value)
{
    char *token = mem_zalloc((size_t)value->len + 1);
    memcpy(token, value->text, value->len);
    check_double(value, token);
    check_int64(value, token);
    mem_free(token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct str names[] = {{"v", 1}};
    struct json_scanner *scanner = json_scanner_new(names, 1, NULL, NULL);
    struct buffer record = {0};
    struct json_value value;
    struct json_fault fault;
    buffer_append_str(&record, STR("{\"v\":"));
    buffer_append(&record, data, size);
    buffer_append_char(&record, '}');
    memset(buffer_reserve(&record, JSON_PADDING), 0, JSON_PADDING);
    if (json_scan(scanner, record.data, record.data + record.len, JSON_LINE, &value, &fault) &&
        value.kind == JSON_KIND_NUMBER)
        check_number(&value);
    buffer_release(&record);
    json_scanner_free(scanner);
    return 0;
}
