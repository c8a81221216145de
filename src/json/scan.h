/* Private to the json layer: what all versions of the scanner share.
 *
 * scan_body.h has the scanner's logic; each scan_<version>.c defines the block operations of one
 * instruction set and includes it. The end of a string is searched block by block (scan_search.h),
 * or found by an index that was made before (scan_index.h). The rare paths (faults, escapes,
 * looking up a key that was not expected) are ordinary functions, compiled once. */
#pragma once

#include <json.h>

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define COLD        __attribute__((cold, noinline))

/* What is between the two is compiled for these instructions, whatever the compiler's flags are. */
#define PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define TARGET_BEGIN(set)                                                                          \
    PRAGMA(clang attribute push(__attribute__((target(set))), apply_to = function))
#define TARGET_END PRAGMA(clang attribute pop)
#else
#define TARGET_BEGIN(set) PRAGMA(GCC push_options) PRAGMA(GCC target(set))
#define TARGET_END        PRAGMA(GCC pop_options)
#endif

/* The greatest length of a key, with quotes and colon, that is compared block by block; a multiple
 * of every block size. */
#define KEY_BYTES  32
#define KEY_AROUND (sizeof ",\"\":\"" - 1) /* of them: what stands around the name */

/* How many keys are remembered that are not wanted. */
#define OTHER_KEYS 16

#define FIELD_NONE UINT8_MAX

/* A key as it is written in nearly every record, before a string: ,"song":" */
struct key {
    char text[KEY_BYTES];
    struct key *next; /* the one that followed it in the previous object */
    uint8_t len;      /* 0: not compared: too long, or its JSON text has escapes */
    uint8_t field;    /* FIELD_NONE: it is not wanted */
};

/* What is wanted of an object or of an array. */
struct wanted {
    /* Of each field; then, what is before an object's first; then, what the last objects had and
     * is not wanted. */
    struct key keys[JSON_MAX_FIELDS + 1 + OTHER_KEYS];
    unsigned count, key_count;
    unsigned others; /* how many keys there were that are not wanted */
    struct str names[JSON_MAX_FIELDS];
    uint32_t indexes[JSON_MAX_FIELDS]; /* of the elements of an array */
    size_t first;                      /* the place of the first; the others follow */
    struct {
        struct wanted *keys, *elements; /* where its value is an object, or an array */
    } below[JSON_MAX_FIELDS];
};

/* The longest line, in bytes, whose strings are found by an index (scan_index.h). */
#define INDEX_BYTES 16384
/* How far ahead the text is prefetched, in bytes: a line or two. */
#define INDEX_AHEAD 1024
/* How many entries more index_put may write. */
#define INDEX_SLACK 64

/* Of 64 bytes, a bit for each that is one of these; the first byte's is the lowest. */
struct index_bits {
    uint64_t quotes, backslashes;
    uint64_t controls; /* < 0x20 */
    uint64_t high;     /* >= 0x80 */
};

struct quote_index {
    uint16_t quotes[INDEX_BYTES + INDEX_SLACK]; /* where they are, but for those in strings */
    uint64_t escaped[INDEX_BYTES / 64]; /* closing quotes of strings with escape sequences */
};
_Static_assert(INDEX_BYTES <= UINT16_MAX + 1, "positions have 16 bits");

struct json_scanner {
    struct wanted *record;
    size_t places;
    json_unknown_fn *unknown;
    void *ctx;
    struct quote_index index;
    struct buffer scratch; /* a decoded key */
    struct buffer deep;    /* json_scan_enter_deep: the full words of the stack */
};

/* Where a scan is. */
struct cursor {
    const char *at;        /* NULL: the fault is set */
    const uint16_t *quote; /* with an index: its entry of the next opening quote */
};

/* One call of json_scan. */
struct scan {
    struct json_scanner *scanner;
    const char *end;
    enum json_layout layout;
    struct json_value *values; /* by the places */
    struct json_fault *fault;
    const char *record; /* with an index: where it begins */
    size_t spaces;      /* places with white space so far, or where some might be */
};

/* Scans a record from its '{'; returns the position after it, or NULL with scan->fault set, which
 * does not count with a version that has an index. */
typedef const char *json_scan_fn(struct scan *scan, const char *at);

json_scan_fn json_scan_portable;
#if defined(__x86_64__)
json_scan_fn json_scan_sse2;
json_scan_fn json_scan_avx2;
json_scan_fn json_scan_avx512;
#elif defined(__aarch64__)
json_scan_fn json_scan_neon;
#endif

/* ---- Faults: each sets *scan->fault and returns NULL ----------------------------------------- */

/* Whether the text ends at `at`, or the line, if the layout is JSON_LINE. */
bool json_scan_is_at_end(const struct scan *scan, const char *at) COLD;
/* JSON_NOT_JSON with this message, or, if the text or the line ends at `at`, with a message that
 * says so. */
const char *json_scan_fault(struct scan *scan, const char *at, const char *message) COLD;
/* The same inside the string that begins at `text`; a byte before `at` that is not UTF-8 is
 * reported instead, as JSON_NOT_UTF8. */
const char *json_scan_fault_in_string(struct scan *scan, const char *text, const char *at,
                                      const char *message) COLD;
/* JSON_NOT_JSON where no value begins at `at`; the message depends on the byte there. */
const char *json_scan_fault_no_value(struct scan *scan, const char *at) COLD;
/* Checks the string [text, at) that has non-ASCII bytes or is not followed by a quote. Returns
 * false, with the fault set, if the scan must not go on. */
bool json_scan_check_string(struct scan *scan, const char *text, const char *at) COLD;

/* ---- Nesting deeper than JSON_MAX_DEPTH, in documents ---------------------------------------- */

/* scan_nested keeps its stack in one word of bits; these two keep the words below it.
 *
 * Called before the bracket at `at`, which is at `depth`, is pushed. Returns false, with the fault
 * set, if the scan must not go on. */
bool json_scan_enter_deep(struct scan *scan, const char *at, size_t depth, uint64_t stack) COLD;
/* Called after a bracket was popped, with the depth after it; returns the new stack. */
uint64_t json_scan_leave_deep(struct scan *scan, size_t depth, uint64_t stack) COLD;

/* ---- Rare paths ------------------------------------------------------------------------------ */

/* Checks the escape sequence that begins with the backslash at `at`, in the string that begins at
 * `text`. Returns the position after it, or NULL with the fault set. */
const char *json_scan_escape(struct scan *scan, const char *text, const char *at);
/* The same without a fault: NULL if there is one. */
const char *json_scan_skip_escape(const char *backslash);
/* 1 + the value of a hexadecimal digit; 0 for all other bytes. */
extern const uint8_t json_hex_digits[256];
/* Whether u and four digits stand at `at`, and make no surrogate. */
static inline bool json_scan_is_plain_unit(const char *at)
{
    const unsigned char *s = (const unsigned char *)at;
    return s[0] == 'u' && (s[1] | 0x20) != 'd' && json_hex_digits[s[1]] && json_hex_digits[s[2]] &&
           json_hex_digits[s[3]] && json_hex_digits[s[4]];
}
/* Decodes a text whose escapes have been checked. `out` has room for len + DECODE_SLACK bytes.
 * Returns the decoded length, which is at most len. */
#define DECODE_SLACK 8
size_t json_unescape(const char *text, size_t len, char *out);
/* Scans true, false or null at `at`; returns the position after it, or NULL with the fault set. */
const char *json_scan_literal(struct scan *scan, const char *at, struct json_value *value);
/* Returns the field with this name (the text between its quotes); FIELD_NONE if there is none: then
 * scanner->unknown is called where it is the record's. Its key is expected after *last from now on,
 * and becomes *last. */
unsigned json_scan_find_field(struct scan *scan, struct wanted *wanted, struct str name,
                              bool escaped, struct key **last);
/* Forgets the values in a value whose key occurs again. */
void json_scan_forget(struct scan *scan, const struct wanted *wanted) COLD;
