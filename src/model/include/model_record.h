/* Records of a source: how they are read and checked, and why they are refused. */
#pragma once

#include <json.h>
#include <model.h>

/* A scanned record. numbers[f] is valid where values[f] is not null and its field, which was
 * checked, is a number in memory (enum model_type). */
struct model_record {
    struct json_value values[MODEL_MAX_FIELDS];
    union model_number {
        int64_t int64;
        double float64;
    } numbers[MODEL_MAX_FIELDS];
    /* Bits of nested fields: on the path to it lies a value that should be an object, or an array,
     * and is neither that nor null. values[f] is that value, and the field has none. */
    uint64_t no_object, no_array;
    /* A key that no field has, where the source's contract does not allow any; null otherwise. */
    struct str unknown;
    uint32_t discarded; /* by model_check: faulty values that are null now */
};

static inline bool model_is_null(const struct model_record *record, int field)
{
    return record->values[field].kind <= JSON_KIND_NULL;
}

/* The text of a field of type json: its token, without white space outside of strings; STR_NULL
 * where it is null. Borrows from the input, or from `scratch`, which is emptied first. */
struct str model_json_text(const struct json_value *value, struct buffer *scratch);

/* Why a record is refused: a short stable word for each. */
#define REJECT_CODES(X)                                                                            \
    X(REJECT_NOT_JSON, "not_json")                                                                 \
    X(REJECT_NOT_OBJECT, "not_object")                                                             \
    X(REJECT_NOT_UTF8, "not_utf8")                                                                 \
    X(REJECT_TOO_DEEP, "too_deep")                                                                 \
    X(REJECT_TOO_LONG, "too_long")                                                                 \
    X(REJECT_MISSING_FIELD, "missing_field")                                                       \
    X(REJECT_WRONG_TYPE, "wrong_type")                                                             \
    X(REJECT_OUT_OF_RANGE, "out_of_range")                                                         \
    X(REJECT_UNKNOWN_FIELD, "unknown_field")

#define X(id, word) id,
enum reject_code { REJECT_CODES(X) REJECT_CODE_COUNT };
#undef X
/* "not_json", … */
const char *reject_code_word(enum reject_code code);

struct model_fault {
    enum reject_code code;
    char reason[256];
};

enum model_verdict {
    RECORD_KEPT,
    RECORD_SKIPPED, /* by rule: an event that is no play */
    RECORD_REJECTED,
};

/* Whether the contract of the source is that the run fails where a record has such a fault. */
bool model_is_frozen(const struct model_source *source, enum reject_code code);

/* The fault of a record that could not be scanned; `line` is where the record begins. */
void model_fault_from_json(const struct json_fault *json, const char *record,
                           struct model_fault *fault);

/* A record is at most this long. */
#define MODEL_MAX_RECORD_BYTES ((size_t)16 << 20)
/* A longer song file is read as lines. */
#define MODEL_MAX_DOCUMENT_BYTES ((size_t)64 << 20)

/* What a record must hold for a field, as rejects say it: "a string", "a number", "a date". */
const char *model_field_expected(const struct model_field *field);
/* Whether a text is a value of a field of dates, decimals or times in ISO 8601. */
bool model_text_fits(const struct model_field *field, struct str text);

/* ---- Reading records ----------------------------------------------------------------------- */

/* Scans records for the fields of a source, at any depth of them. It is used by one thread at a
 * time. */
struct model_reader;
/* `unknown`, which may be NULL, is called for each key of a record with which the path of no field
 * begins. All arguments are borrowed; the caller frees the reader. */
struct model_reader *model_reader_new(const struct model_source *source, json_unknown_fn *unknown,
                                      void *ctx);
void model_reader_free(struct model_reader *reader);
/* Scans one record, as json_scan does, into record->values. */
const char *model_read(struct model_reader *reader, const char *at, const char *end,
                       enum json_layout layout, struct model_record *record,
                       struct json_fault *fault);

/* ---- Checking records ---------------------------------------------------------------------- */

/* What is required of a number. */
struct model_check {
    uint8_t field;
    bool is_required;
    int64_t least, greatest; /* of an integer */
};
/* Fields by what is required of them. */
struct model_checks {
    uint64_t fields;                                                       /* a bit for each */
    uint8_t strings[MODEL_MAX_FIELDS], required_strings[MODEL_MAX_FIELDS]; /* these among those */
    uint8_t others[MODEL_MAX_FIELDS]; /* booleans, dates, decimals, JSON, times as text */
    struct model_check integers[MODEL_MAX_FIELDS], doubles[MODEL_MAX_FIELDS];
    size_t string_count, required_string_count, integer_count, double_count, other_count;
};

/* The checks of a source, prepared once. */
struct model_checker {
    const struct model_source *source;
    struct model_checks always, kept; /* of every record; of those that are kept */
    struct model_folder {
        int field;
        const char *column; /* "artist_id": partitions are by it */
    } folders[MODEL_MAX_PARTITIONS * MODEL_MAX_TABLES];
    size_t folder_count;
};
void model_checker_init(struct model_checker *checker, const struct model *model,
                        const struct model_source *source);
/* Checks a scanned record against its source's fields and converts its numbers. Where the source's
 * contract says so, a faulty value of an optional field becomes null instead of a fault. */
enum model_verdict model_check(const struct model_checker *checker, struct model_record *record,
                               struct model_fault *fault);
