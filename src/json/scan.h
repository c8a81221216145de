/* Private to the json layer: what the versions of the scanner share.
 *
 * scan_body.h holds the one logic; scan_<version>.c gives it a few block primitives and a name.
 * All that is seldom needed (faults, escapes, finding a key that was not expected) is ordinary
 * code, compiled once. */
#ifndef SPARKIFY_JSON_SCAN_H
#define SPARKIFY_JSON_SCAN_H

#include <json.h>

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define COLD        __attribute__((cold, noinline))

/* Keys up to this long, with quotes and colon, can be guessed; a multiple of every block size. */
#define KEY_BYTES 32

/* A key as it stands in nearly every record: "ts": */
struct key {
    char text[KEY_BYTES];
    size_t len; /* 0: too long to be guessed */
};

#define FIELD_NONE UINT8_MAX

struct json_scanner {
    struct key keys[JSON_MAX_FIELDS];
    uint8_t
        next[JSON_MAX_FIELDS + 1]; /* the field that followed field i; [count] begins a record */
    unsigned count;
    const struct str *names;
    json_unknown_fn *unknown;
    void *ctx;
    struct buffer scratch; /* a decoded key */
    struct buffer deep;    /* json_scan_enter_deep: the stack's words that are full */
};

/* One call of json_scan. */
struct scan {
    struct json_scanner *scanner;
    const char *end;
    enum json_layout layout;
    struct json_value *values;
    struct json_fault *fault;
};

/* Scans a record from its '{' on; returns where it ends, or NULL. */
typedef const char *json_scan_fn(struct scan *scan, const char *at);

json_scan_fn json_scan_portable;
#if defined(__x86_64__)
json_scan_fn json_scan_sse2;
json_scan_fn json_scan_avx2;
#elif defined(__aarch64__)
json_scan_fn json_scan_neon;
#endif

/* ---- Faults: each sets *scan->fault and returns NULL ----------------------------------------- */

/* Whether the text, or the line where that is the record's limit, ends at `at`. */
bool json_scan_is_at_end(const struct scan *scan, const char *at) COLD;
/* Not JSON; where the text or the line ends at `at`, the message says that instead. */
const char *json_scan_fault(struct scan *scan, const char *at, const char *message) COLD;
/* The same inside the string that begins at `text`; a byte that is not UTF-8 before `at` is the
 * one that counts. */
const char *json_scan_fault_in_string(struct scan *scan, const char *text, const char *at,
                                      const char *message) COLD;
/* No value begins at `at`: says what may have been meant. */
const char *json_scan_fault_no_value(struct scan *scan, const char *at) COLD;
/* The string at `text` was left at `at`, and has non-ASCII bytes or does not end with a quote.
 * False: the fault is set. */
bool json_scan_check_string(struct scan *scan, const char *text, const char *at) COLD;

/* ---- Nesting deeper than is allowed ---------------------------------------------------------- */

/* scan_nested has a stack of one word of bits. These keep the words below it, in documents.
 *
 * Called before the bracket at `at`, which is at `depth`, is pushed; false: the fault is set. */
bool json_scan_enter_deep(struct scan *scan, const char *at, size_t depth, uint64_t stack) COLD;
/* Called after a bracket was popped, at the depth that is left; returns the stack. */
uint64_t json_scan_leave_deep(struct scan *scan, size_t depth, uint64_t stack) COLD;

/* ---- What is seldom needed ------------------------------------------------------------------- */

/* Checks the escape that begins with the backslash at `at`, in the string at `text`; returns where
 * it ends. */
const char *json_scan_escape(struct scan *scan, const char *text, const char *at);
/* Decodes escapes that have been checked; `out` has room for len + DECODE_SLACK bytes, and `text`
 * is followed by as many that can be read. Returns the decoded length, which is at most len. */
#define DECODE_SLACK 8
size_t json_unescape(const char *text, size_t len, char *out);
/* true, false or null at `at`. */
const char *json_scan_literal(struct scan *scan, const char *at, struct json_value *value);
/* The field named by the key's text between its quotes, or FIELD_NONE after the scanner's owner was
 * told; learns that it comes after `last`. */
unsigned json_scanner_find_field(struct json_scanner *scanner, struct str key, bool escaped,
                                 unsigned last);

#endif
