/* json: from bytes to fields, by schema (RFC 8259, strict).
 *
 * The scanner is given the names of the fields that matter. It checks the whole record, and leaves
 * for each field where its value stands in the input; values of other fields are skipped, but must
 * be well-formed. Nothing is converted or copied until someone asks for it. */
#ifndef SPARKIFY_JSON_H
#define SPARKIFY_JSON_H

#include <base.h>

/* Every text given to the scanner is followed by this many zero bytes. */
#define JSON_PADDING 64
/* The record itself is depth 1. */
#define JSON_MAX_DEPTH  64
#define JSON_MAX_FIELDS 32

enum json_kind {
    JSON_KIND_MISSING, /* the record does not have the field */
    JSON_KIND_NULL,
    JSON_KIND_FALSE,
    JSON_KIND_TRUE,
    JSON_KIND_NUMBER,
    JSON_KIND_STRING,
    JSON_KIND_OBJECT,
    JSON_KIND_ARRAY,
};

/* A value where it stands in the input. A string's text lies between its quotes and is still
 * escaped when `escaped`; any other kind's text is the token itself. */
struct json_value {
    const char *text;
    uint32_t len;
    uint8_t kind; /* enum json_kind */
    bool escaped;
};

/* Why a record is refused. */
enum json_fault_code {
    JSON_OK,
    JSON_NOT_JSON,   /* not well-formed */
    JSON_NOT_OBJECT, /* well-formed or not, it does not begin with '{' */
    JSON_NOT_UTF8,
    JSON_TOO_DEEP,
};

struct json_fault {
    enum json_fault_code code;
    const char *at;      /* where in the text */
    const char *message; /* static: "expected ':' after a key" */
};

/* The order in which keys are expected is learned from the record before, so a scanner belongs to
 * one thread. */
struct json_scanner;

/* Told of each key in a record that is none of the fields (decoded only if it has escapes; the
 * text as it stands otherwise). */
typedef void json_unknown_fn(void *ctx, struct str key);

/* Fields are numbered 0 … count - 1 in the order given; the names are borrowed and must outlive the
 * scanner. `unknown` may be NULL. */
struct json_scanner *json_scanner_new(const struct str *names, size_t count,
                                      json_unknown_fn *unknown, void *ctx);
void json_scanner_free(struct json_scanner *scanner);

/* How the record may be laid out. */
enum json_layout {
    JSON_LINE,     /* on one line: a newline inside the record is a fault */
    JSON_DOCUMENT, /* a newline is white space like any other; see json_scan */
};

/* Scans one object that begins at `at` (white space before it is skipped). On success returns the
 * position right after its closing brace and has set values[0 … count - 1]; a key that occurs twice
 * counts with its last value. On failure returns NULL and sets *fault. What stands after the
 * object is the caller's concern. The text ends at `end`, and JSON_PADDING zero bytes follow.
 *
 * In a document other records may follow a bad one. So with JSON_DOCUMENT an object that is nested
 * too deep or has a string that is not UTF-8, and is well-formed otherwise, is scanned to its end:
 * the position is returned, *fault has the first such fault (else its code is JSON_OK), and the
 * values must not be used. */
const char *json_scan(struct json_scanner *scanner, const char *at, const char *end,
                      enum json_layout layout, struct json_value *values, struct json_fault *fault);

/* Skips JSON white space; with JSON_LINE it stops at a newline. */
const char *json_skip_space(const char *at, const char *end, enum json_layout layout);

/* ---- Conversions of a scanned value -------------------------------------------------------- */

enum json_fit {
    JSON_FITS,
    JSON_WRONG_TYPE,
    JSON_OUT_OF_RANGE,
};

/* A JSON integer (no fraction, no exponent). */
enum json_fit json_int64(const struct json_value *value, int64_t *out);
/* Any JSON number, correctly rounded: the same bits as strtod. Infinity is out of range. */
enum json_fit json_double(const struct json_value *value, double *out);
/* The decoded text of a string, or the token's own text of a number, true or false. Borrows from
 * the input where nothing is escaped, else from `scratch`, which is emptied first. */
struct str json_text(const struct json_value *value, struct buffer *scratch);
/* "a string", "an object", … for messages. */
const char *json_kind_name(enum json_kind kind);

/* ---- Which machine instructions are used --------------------------------------------------- */

/* The names of the scanner's versions that this processor can run, best first: "avx2", "sse2",
 * "portable"; ends with NULL. */
const char *const *json_versions(void);
/* Makes all scanners use one version; for tests and benchmarks, before any scanner runs. Returns
 * false when this processor cannot run it. The default is the best one. */
bool json_use_version(const char *name);

/* Appends `text` as a JSON string with its quotes; control bytes, quotes and backslashes are
 * escaped, UTF-8 stays as it is. */
void json_quote(struct buffer *out, struct str text);

#endif
