/* json: a strict JSON scanner (RFC 8259) that finds a given set of fields in each record.
 *
 * The scanner is created with the names of the fields. It validates the whole record and returns,
 * for each field, a slice of the input with its value; values of other fields are validated and
 * skipped. Values are converted or copied only on request (json_int64, json_double, json_text). */
#pragma once

#include <base.h>

/* The number of zero bytes that must follow every text given to the scanner. */
#define JSON_PADDING 64
/* The greatest nesting depth; the record itself has depth 1. */
#define JSON_MAX_DEPTH  64
#define JSON_MAX_FIELDS 64

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

/* A value as a slice of the input. A string's text is what lies between its quotes, with its
 * escape sequences if `escaped`; the text of any other kind is the whole token. */
struct json_value {
    const char *text;
    uint32_t len;
    uint8_t kind; /* enum json_kind */
    bool escaped;
    bool spaced; /* of an object or array: there may be white space in it, outside of strings */
};

/* Why a record is rejected. */
enum json_fault_code {
    JSON_OK,
    JSON_NOT_JSON,   /* not well-formed */
    JSON_NOT_OBJECT, /* well-formed or not, it does not begin with '{' */
    JSON_NOT_UTF8,
    JSON_TOO_DEEP,
};

struct json_fault {
    enum json_fault_code code;
    const char *at;      /* position in the text */
    const char *message; /* static: "expected ':' after a key" */
};

/* A scanner for one set of fields. It remembers the key order of the previous record, so it is used
 * by one thread at a time. */
struct json_scanner;

/* Called for each key of a record that is not one of the fields, with its escapes decoded; perhaps
 * more than once for a key. The key is valid until the function returns. */
typedef void json_unknown_fn(void *ctx, struct str key);

/* A value that is wanted: of a key of an object, or an element of an array. */
struct json_place {
    struct str key; /* null: an element */
    uint32_t index; /* of the element */
    size_t above;   /* the place of the object or array; JSON_RECORD: it is the record itself */
};
#define JSON_RECORD SIZE_MAX

/* Creates a scanner for these places, whose values are numbered as they are. The keys of a value,
 * 1 to JSON_MAX_FIELDS, follow one another, and so do its elements, the first of the array first.
 * `unknown`, which may be NULL, is called for keys of the record. The texts of the keys are
 * borrowed. The caller frees the scanner. */
struct json_scanner *json_scanner_of_places(const struct json_place *places, size_t count,
                                            json_unknown_fn *unknown, void *ctx);
/* The same for 1 to JSON_MAX_FIELDS fields of the record itself. */
struct json_scanner *json_scanner_new(const struct str *names, size_t count,
                                      json_unknown_fn *unknown, void *ctx);
void json_scanner_free(struct json_scanner *scanner);

enum json_layout {
    JSON_LINE,     /* on one line: a newline inside the record is a fault */
    JSON_DOCUMENT, /* a newline is white space like any other; see json_scan */
};

/* Scans one object that begins at `at` (white space before it is skipped). On success returns the
 * position after its closing brace and sets values[0 … count - 1]; of a key that occurs twice, the
 * last value is returned. Where the place above is not an object, or an array, as its key or index
 * asks for, a value is not to be used. On failure returns NULL and sets *fault. The bytes after the
 * object are not checked. The text ends at `end` and is followed by JSON_PADDING zero bytes.
 *
 * In a document, other records may follow an invalid one. So with JSON_DOCUMENT an object that is
 * nested too deep or has a string that is not UTF-8, and is well-formed otherwise, is scanned to
 * its end: the position is returned, *fault has the first such fault (otherwise its code is
 * JSON_OK), and the values must not be used. */
const char *json_scan(struct json_scanner *scanner, const char *at, const char *end,
                      enum json_layout layout, struct json_value *values, struct json_fault *fault);

/* White space (RFC 8259, section 2). */
static inline bool json_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
/* Skips white space and returns the position after it; with JSON_LINE it
 * stops at a newline. */
const char *json_skip_space(const char *at, const char *end, enum json_layout layout);

/* ---- Conversions of a scanned value -------------------------------------------------------- */

enum json_fit {
    JSON_FITS,
    JSON_WRONG_TYPE,
    JSON_OUT_OF_RANGE,
};

/* Converts a number without fraction and exponent. JSON_WRONG_TYPE: the value is not such a number;
 * JSON_OUT_OF_RANGE: it does not fit into 64 bits. */
enum json_fit json_int64(const struct json_value *value, int64_t *out);
/* Converts any JSON number, correctly rounded: the result has the same bits as that of strtod(3).
 * JSON_WRONG_TYPE: the value is not a number; JSON_OUT_OF_RANGE: it would be infinite. */
enum json_fit json_double(const struct json_value *value, double *out);
/* Returns the decoded text of a string, or the token of any other value; STR_NULL for null and for
 * a missing field. The text borrows from the input if nothing is escaped, otherwise from `scratch`,
 * which is emptied first. */
struct str json_text(const struct json_value *value, struct buffer *scratch);
/* Returns the kind's name for messages: "a string", "an object", … */
const char *json_kind_name(enum json_kind kind);

/* ---- The scanner's versions ---------------------------------------------------------------- */

/* Returns the name of a version that this processor can run ("avx512", "avx2", "sse2", "neon",
 * "portable"), the fastest of which is number 0; NULL behind the last. */
const char *json_version(size_t i);
/* Makes all scanners use one version, for tests and benchmarks; called before any scanner runs.
 * Returns false if this processor cannot run it. The default is the fastest one. */
bool json_use_version(const char *name);

/* ---- Writing -------------------------------------------------------------------------------- */

/* Appends `text` as a JSON string with its quotes (RFC 8259, section 7): control bytes, quotes and
 * backslashes are escaped, other bytes are copied. */
void json_quote(struct buffer *out, struct str text);
