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
    json_scan_fn *again; /* scans what `scan` has found to be no plain record */
};

/* Fastest first; versions that this processor cannot run are at the front (first_version). */
static const struct version versions[] = {
#if defined(__x86_64__)
    {"avx512", json_scan_avx512, json_scan_sse2},
    {"avx2", json_scan_avx2, json_scan_sse2},
    {"sse2", json_scan_sse2, NULL},
#elif defined(__aarch64__)
    {"neon", json_scan_neon, NULL},
#endif
    {"portable", json_scan_portable, NULL},
};

#define VERSION_COUNT (ARRAY_LENGTH(versions))

/* Set by the first scan; threads that set it at the same time store the same value. */
static _Atomic(const struct version *) chosen;

#if defined(__x86_64__)
#define HAS_ALL(flags, wanted) (((flags) & (wanted)) == (wanted))

/* Which registers the operating system saves (Intel's "Software Developer's Manual", volume 1,
 * section 14.3). */
#define SAVES_AVX    0x06
#define SAVES_AVX512 0xE6

static unsigned saved_registers(void)
{
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

/* Uses cpuid and not __builtin_cpu_supports, which is always false where the compiler's runtime
 * library does not initialize its data, as with zig cc. */
static size_t first_version(void)
{
    unsigned a, b, c, d, saved;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !HAS_ALL(c, bit_OSXSAVE | bit_AVX | bit_POPCNT))
        return 2;
    saved = saved_registers();
    if (!HAS_ALL(saved, SAVES_AVX) || !__get_cpuid_count(7, 0, &a, &b, &c, &d) ||
        !HAS_ALL(b, bit_AVX2 | bit_BMI | bit_BMI2))
        return 2;
    bool has_avx512 = HAS_ALL(saved, SAVES_AVX512) && c & bit_AVX512VBMI2 &&
                      HAS_ALL(b, bit_AVX512F | bit_AVX512BW | bit_AVX512VL);
    return has_avx512 ? 0 : 1;
}
#else
static size_t first_version(void)
{
    return 0;
}
#endif

static const struct version *chosen_version(void)
{
    const struct version *version = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (UNLIKELY(!version)) {
        version = &versions[first_version()];
        atomic_store_explicit(&chosen, version, memory_order_relaxed);
    }
    return version;
}

const char *json_version(size_t i)
{
    i += first_version();
    return i < VERSION_COUNT ? versions[i].name : NULL;
}

bool json_use_version(const char *name)
{
    for (size_t i = first_version(); i < VERSION_COUNT; i++)
        if (strcmp(versions[i].name, name) == 0) {
            atomic_store_explicit(&chosen, &versions[i], memory_order_relaxed);
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

static void key_init(struct key *key, struct str name, unsigned field)
{
    size_t len = name.len + KEY_AROUND;
    key->field = (uint8_t)field;
    if (len > KEY_BYTES || !name_is_plain(name))
        return;
    memcpy(key->text, ",\"", 2);
    if (name.len)
        memcpy(key->text + 2, name.data, name.len);
    memcpy(key->text + 2 + name.len, "\":\"", 3);
    key->len = (uint8_t)len;
}

static void wanted_free(struct wanted *wanted)
{
    for (unsigned i = 0; wanted && i < wanted->count; i++) {
        wanted_free(wanted->below[i].keys);
        wanted_free(wanted->below[i].elements);
    }
    mem_free(wanted);
}

/* The places in the value of the place `above`: its keys, or its elements. NULL: there are none. */
static struct wanted *wanted_new(const struct json_place *places, size_t count, size_t above,
                                 bool has_keys)
{
    struct wanted *wanted = mem_zalloc(sizeof *wanted);
    for (size_t i = 0; i < count; i++) {
        unsigned field = wanted->count;
        if (places[i].above != above || (places[i].key.data != NULL) != has_keys)
            continue;
        if (field == 0)
            wanted->first = i;
        assert(field < JSON_MAX_FIELDS && wanted->first + field == i);
        wanted->below[field].keys = wanted_new(places, count, i, true);
        wanted->below[field].elements = wanted_new(places, count, i, false);
        wanted->names[field] = places[i].key;
        wanted->indexes[field] = places[i].index;
        if (has_keys)
            key_init(&wanted->keys[field], places[i].key, field);
        wanted->count++;
    }
    for (unsigned i = 0; i < wanted->count; i++)
        wanted->keys[i].next = &wanted->keys[(i + 1) % wanted->count];
    wanted->keys[wanted->count].next = &wanted->keys[0];
    wanted->key_count = wanted->count + 1;
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
    scanner->record = wanted_new(places, count, JSON_RECORD, true);
    assert(scanner->record);
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
    wanted_free(scanner->record);
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

/* A key that is not wanted, instead of the one that was remembered first. */
static struct key *remember(struct wanted *wanted, struct str name)
{
    struct key *key = &wanted->keys[wanted->count + 1 + wanted->others++ % OTHER_KEYS];
    *key = (struct key){.next = key->next ? key->next : wanted->keys};
    key_init(key, name, FIELD_NONE);
    if (wanted->key_count < wanted->count + 1 + OTHER_KEYS)
        wanted->key_count++;
    return key;
}

unsigned json_scan_find_field(struct scan *scan, struct wanted *wanted, struct str name,
                              bool escaped, struct key **last)
{
    struct json_scanner *scanner = scan->scanner;
    if (escaped) {
        buffer_reset(&scanner->scratch);
        char *decoded = buffer_reserve(&scanner->scratch, name.len + DECODE_SLACK);
        name = (struct str){decoded, json_unescape(name.data, name.len, decoded)};
    }
    unsigned field = find_name(wanted, name);
    if (field == FIELD_NONE && scanner->unknown && wanted == scanner->record) {
        scanner->unknown(scanner->ctx, name);
    } else if (field != FIELD_NONE || (!escaped && name.len <= KEY_BYTES - KEY_AROUND)) {
        struct key *key = field == FIELD_NONE ? remember(wanted, name) : &wanted->keys[field];
        (*last)->next = key;
        *last = key;
    }
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

/* The scan from the beginning. */
static const char *scan_with(json_scan_fn *version, struct scan *scan, const char *at)
{
    memset(scan->values, 0, scan->scanner->places * sizeof *scan->values);
    scan->fault->code = JSON_OK;
    scan->spaces = 0;
    return version(scan, at);
}

const char *json_scan(struct json_scanner *scanner, const char *at, const char *end,
                      enum json_layout layout, struct json_value *values, struct json_fault *fault)
{
    assert(at <= end && *end == '\0');
    struct scan scan = {scanner, end, layout, values, fault, NULL, 0};
    const struct version *version = chosen_version();
    at = json_skip_space(at, end, layout);
    if (UNLIKELY(*at != '{')) {
        *fault = (struct json_fault){JSON_NOT_OBJECT, at,
                                     at == end ? "the text ends where a record should begin"
                                               : "a record must begin with '{'"};
        return NULL;
    }
    const char *stop = scan_with(version->scan, &scan, at);
    if (UNLIKELY(!stop) && version->again)
        stop = scan_with(version->again, &scan, at);
    assert(!stop || stop - at <= (ptrdiff_t)UINT32_MAX); /* what json_value.len can hold */
    return stop;
}
