/* Scanners: creation, selection of the version for the processor, lookup of keys, and json_scan,
 * which checks the beginning of a record and calls the version. */
#include "scan.h"

#include <assert.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

struct version {
    const char *name;
    json_scan_fn *scan;
};

/* Fastest first; versions that this processor cannot run are at the front (first_version). */
static const struct version versions[] = {
#if defined(__x86_64__)
    {"avx2", json_scan_avx2},
    {"sse2", json_scan_sse2},
#elif defined(__aarch64__)
    {"neon", json_scan_neon},
#endif
    {"portable", json_scan_portable},
};

static const char *const version_names[] = {
#if defined(__x86_64__)
    "avx2",
    "sse2",
#elif defined(__aarch64__)
    "neon",
#endif
    "portable",
    NULL,
};

#define VERSION_COUNT (ARRAY_LENGTH(versions))
_Static_assert(ARRAY_LENGTH(version_names) == VERSION_COUNT + 1, "same list");

/* Set by the first scan; threads that set it at the same time store the same value. */
static _Atomic(json_scan_fn *) chosen;

#if defined(__x86_64__)
/* Whether the operating system saves the AVX registers: bits 1 and 2 of XCR0 (Intel's "Software
 * Developer's Manual", volume 1, section 14.3). */
static bool saves_avx_registers(void)
{
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & 6) == 6;
}

/* Uses cpuid and not __builtin_cpu_supports, which is always false where the compiler's runtime
 * library does not initialize its data, as with zig cc. */
static bool has_avx2_and_bmi(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && c & bit_OSXSAVE && c & bit_AVX &&
           saves_avx_registers() && __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_AVX2 &&
           b & bit_BMI;
}
#endif

static size_t first_version(void)
{
#if defined(__x86_64__)
    return has_avx2_and_bmi() ? 0 : 1;
#else
    return 0;
#endif
}

static json_scan_fn *chosen_version(void)
{
    json_scan_fn *scan = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (UNLIKELY(!scan)) {
        scan = versions[first_version()].scan;
        atomic_store_explicit(&chosen, scan, memory_order_relaxed);
    }
    return scan;
}

const char *const *json_versions(void)
{
    return version_names + first_version();
}

bool json_use_version(const char *name)
{
    for (size_t i = first_version(); i < VERSION_COUNT; i++)
        if (strcmp(versions[i].name, name) == 0) {
            atomic_store_explicit(&chosen, versions[i].scan, memory_order_relaxed);
            return true;
        }
    return false;
}

/* Whether the name needs no escapes in JSON: comparing the text of the input with any other name
 * would accept text that is not JSON. */
static bool name_is_plain(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.data[i] < ' ' || name.data[i] == '"' || name.data[i] == '\\')
            return false;
    return utf8_valid_prefix(name.data, name.len) == name.len;
}

static void key_init(struct key *key, struct str name)
{
    size_t len = name.len + sizeof "\"\":" - 1;
    if (len > KEY_BYTES || !name_is_plain(name))
        return;
    key->text[0] = '"';
    if (name.len)
        memcpy(key->text + 1, name.data, name.len);
    key->text[len - 2] = '"';
    key->text[len - 1] = ':';
    key->len = len;
}

struct json_scanner *json_scanner_new(const struct str *names, size_t count,
                                      json_unknown_fn *unknown, void *ctx)
{
    assert(count >= 1 && count <= JSON_MAX_FIELDS);
    struct json_scanner *scanner = mem_zalloc(sizeof *scanner);
    scanner->count = (unsigned)count;
    scanner->names = names;
    scanner->unknown = unknown;
    scanner->ctx = ctx;
    for (size_t i = 0; i < count; i++) {
        key_init(&scanner->keys[i], names[i]);
        scanner->next[i] = (uint8_t)((i + 1) % count);
    }
    return scanner;
}

void json_scanner_free(struct json_scanner *scanner)
{
    if (!scanner)
        return;
    buffer_release(&scanner->scratch);
    buffer_release(&scanner->deep);
    mem_free(scanner);
}

static unsigned find_name(const struct json_scanner *scanner, struct str name)
{
    for (unsigned i = 0; i < scanner->count; i++)
        if (scanner->names[i].len == name.len &&
            memcmp(scanner->names[i].data, name.data, name.len) == 0)
            return i;
    return FIELD_NONE;
}

unsigned json_scanner_find_field(struct json_scanner *scanner, struct str key, bool escaped,
                                 unsigned last)
{
    if (escaped) {
        buffer_reset(&scanner->scratch);
        char *decoded = buffer_reserve(&scanner->scratch, key.len + DECODE_SLACK);
        key = (struct str){decoded, json_unescape(key.data, key.len, decoded)};
    }
    unsigned field = find_name(scanner, key);
    if (field != FIELD_NONE)
        scanner->next[last] = (uint8_t)field;
    else if (scanner->unknown)
        scanner->unknown(scanner->ctx, key);
    return field;
}

const char *json_skip_space(const char *at, const char *end, enum json_layout layout)
{
    while (at < end &&
           (*at == ' ' || *at == '\t' || *at == '\r' || (*at == '\n' && layout == JSON_DOCUMENT)))
        at++;
    return at;
}

const char *json_scan(struct json_scanner *scanner, const char *at, const char *end,
                      enum json_layout layout, struct json_value *values, struct json_fault *fault)
{
    assert(at <= end && *end == '\0');
    struct scan scan = {scanner, end, layout, values, fault};
    at = json_skip_space(at, end, layout);
    if (UNLIKELY(*at != '{')) {
        *fault = (struct json_fault){JSON_NOT_OBJECT, at,
                                     at == end ? "the text ends where a record should begin"
                                               : "a record must begin with '{'"};
        return NULL;
    }
    memset(values, 0, scanner->count * sizeof *values);
    fault->code = JSON_OK;
    const char *stop = chosen_version()(&scan, at);
    assert(!stop || stop - at <= (ptrdiff_t)UINT32_MAX); /* what json_value.len can hold */
    return stop;
}
