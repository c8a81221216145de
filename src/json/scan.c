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

static void set_place(struct wanted *wanted, unsigned field, const struct json_place *place)
{
    wanted->names[field] = place->key;
    wanted->indexes[field] = place->index;
    if (place->key.data)
        key_init(&wanted->keys[field], place->key);
}

/* The places in the value of the place `above`: its keys, or its elements. NULL: there are none. */
static struct wanted *wanted_new(const struct json_place *places, size_t count, size_t above,
                                 bool has_keys);

static void wanted_init(struct wanted *wanted, const struct json_place *places, size_t count,
                        size_t above, bool has_keys)
{
    for (size_t i = 0; i < count; i++) {
        if (places[i].above != above || (places[i].key.data != NULL) != has_keys)
            continue;
        if (wanted->count == 0)
            wanted->first = i;
        assert(wanted->count < JSON_MAX_FIELDS && wanted->first + wanted->count == i);
        wanted->below[wanted->count].keys = wanted_new(places, count, i, true);
        wanted->below[wanted->count].elements = wanted_new(places, count, i, false);
        set_place(wanted, wanted->count++, &places[i]);
    }
    for (unsigned i = 0; i < wanted->count; i++)
        wanted->next[i] = (uint8_t)((i + 1) % wanted->count);
}

static void wanted_free(struct wanted *wanted);

static void wanted_release(struct wanted *wanted)
{
    for (unsigned i = 0; i < wanted->count; i++) {
        wanted_free(wanted->below[i].keys);
        wanted_free(wanted->below[i].elements);
    }
}

static void wanted_free(struct wanted *wanted)
{
    if (wanted)
        wanted_release(wanted);
    mem_free(wanted);
}

static struct wanted *wanted_new(const struct json_place *places, size_t count, size_t above,
                                 bool has_keys)
{
    struct wanted *wanted = mem_zalloc(sizeof *wanted);
    wanted_init(wanted, places, count, above, has_keys);
    if (wanted->count)
        return wanted;
    wanted_free(wanted);
    return NULL;
}

struct json_scanner *json_scanner_of_places(const struct json_place *places, size_t count,
                                            json_unknown_fn *unknown, void *ctx)
{
    struct json_scanner *scanner = mem_zalloc(sizeof *scanner);
    scanner->places = count;
    scanner->unknown = unknown;
    scanner->ctx = ctx;
    wanted_init(&scanner->record, places, count, JSON_RECORD, true);
    assert(scanner->record.count > 0);
    return scanner;
}

struct json_scanner *json_scanner_new(const struct str *names, size_t count,
                                      json_unknown_fn *unknown, void *ctx)
{
    struct json_place places[JSON_MAX_FIELDS];
    assert(count <= JSON_MAX_FIELDS);
    for (size_t i = 0; i < count; i++)
        places[i] = (struct json_place){.key = names[i], .above = JSON_RECORD};
    return json_scanner_of_places(places, count, unknown, ctx);
}

void json_scanner_free(struct json_scanner *scanner)
{
    if (!scanner)
        return;
    wanted_release(&scanner->record);
    buffer_release(&scanner->scratch);
    buffer_release(&scanner->deep);
    mem_free(scanner);
}

static unsigned find_name(const struct wanted *wanted, struct str name)
{
    for (unsigned i = 0; i < wanted->count; i++)
        if (wanted->names[i].len == name.len &&
            memcmp(wanted->names[i].data, name.data, name.len) == 0)
            return i;
    return FIELD_NONE;
}

unsigned json_scan_find_field(struct scan *scan, struct wanted *wanted, struct str key,
                              bool escaped, unsigned last)
{
    struct json_scanner *scanner = scan->scanner;
    if (escaped) {
        buffer_reset(&scanner->scratch);
        char *decoded = buffer_reserve(&scanner->scratch, key.len + DECODE_SLACK);
        key = (struct str){decoded, json_unescape(key.data, key.len, decoded)};
    }
    unsigned field = find_name(wanted, key);
    if (field != FIELD_NONE)
        wanted->next[last] = (uint8_t)field;
    else if (scanner->unknown && wanted == &scanner->record)
        scanner->unknown(scanner->ctx, key);
    return field;
}

void json_scan_forget(struct scan *scan, const struct wanted *wanted)
{
    memset(scan->values + wanted->first, 0, wanted->count * sizeof *scan->values);
    for (unsigned i = 0; i < wanted->count; i++) {
        if (wanted->below[i].keys)
            json_scan_forget(scan, wanted->below[i].keys);
        if (wanted->below[i].elements)
            json_scan_forget(scan, wanted->below[i].elements);
    }
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
    struct scan scan = {scanner, end, layout, values, fault, 0};
    at = json_skip_space(at, end, layout);
    if (UNLIKELY(*at != '{')) {
        *fault = (struct json_fault){JSON_NOT_OBJECT, at,
                                     at == end ? "the text ends where a record should begin"
                                               : "a record must begin with '{'"};
        return NULL;
    }
    memset(values, 0, scanner->places * sizeof *values);
    fault->code = JSON_OK;
    const char *stop = chosen_version()(&scan, at);
    assert(!stop || stop - at <= (ptrdiff_t)UINT32_MAX); /* what json_value.len can hold */
    return stop;
}
