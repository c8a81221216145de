/* Text to records that are not lines: one document, records one behind the other, or the elements
 * of an array (docs/semantics.md, Input). */
#include "decode.h"

#include "resync.h"

/* The position of a record in a text; lines are counted on from the record before. */
struct document {
    const char *text, *end;
    const char *counted; /* the lines up to here are counted in `line` */
    uint64_t offset, line;
};

static uint64_t offset_of(const struct document *document, const char *at)
{
    return document->offset + (uint64_t)(at - document->text);
}

static uint64_t line_of(struct document *document, const char *at)
{
    if (at < document->counted) {
        document->counted = document->text;
        document->line = 1;
    }
    document->line += decoder_count_lines(document->counted, at);
    document->counted = at;
    return document->line;
}

static const char *scan_object(struct decoder *decoder, const char *at, const char *end,
                               struct json_fault *fault)
{
    return model_read(decoder->reader, at, end, JSON_DOCUMENT, &decoder->record, fault);
}

/* Rejects the text [at, stop) but for the white space at its end. */
static void reject_part(struct decoder *decoder, struct document *document, const char *at,
                        const char *stop, const struct json_fault *json)
{
    struct model_fault fault;
    uint64_t offset = offset_of(document, at), line = line_of(document, at);
    while (stop > at + 1 && json_is_space(stop[-1]))
        stop--;
    decoder->batch->records++;
    if ((size_t)(stop - at) > MODEL_MAX_RECORD_BYTES) {
        decoder_reject_long(decoder, at, stop, offset, line);
        return;
    }
    model_fault_from_json(json, at, &fault);
    decoder_reject_text(decoder, &fault, at, stop, offset, line);
}

/* Adds the object [at, stop), whose scan returned `json`. */
static void keep_object(struct decoder *decoder, struct document *document, const char *at,
                        const char *stop, const struct json_fault *json)
{
    if (json->code != JSON_OK || (size_t)(stop - at) > MODEL_MAX_RECORD_BYTES) {
        reject_part(decoder, document, at, stop, json);
        return;
    }
    decoder->batch->records++;
    decoder_keep_record(decoder, at, stop, offset_of(document, at), line_of(document, at));
}

/* Scans the array that begins at `at`. Returns the position after it, or NULL when it is not an
 * array of objects. With `are_kept` each object becomes a record. */
static const char *walk_array(struct decoder *decoder, struct document *document, const char *at,
                              bool are_kept)
{
    at = json_skip_space(at + 1, document->end, JSON_DOCUMENT);
    if (*at == ']')
        return at + 1;
    for (;; at = json_skip_space(at + 1, document->end, JSON_DOCUMENT)) {
        struct json_fault fault;
        const char *stop = scan_object(decoder, at, document->end, &fault);
        if (!stop)
            return NULL;
        if (are_kept)
            keep_object(decoder, document, at, stop, &fault);
        decoder_forget_unknown(decoder);
        at = json_skip_space(stop, document->end, JSON_DOCUMENT);
        if (*at == ']')
            return at + 1;
        if (*at != ',')
            return NULL;
    }
}

bool decoder_decode_document(struct decoder *decoder, const char *text, const char *end,
                             uint64_t offset)
{
    struct document document = {text, end, text, offset, 1};
    struct json_fault fault;
    const char *at = json_skip_space(text, end, JSON_DOCUMENT);
    bool is_array = *at == '[';
    const char *stop = is_array ? walk_array(decoder, &document, at, false)
                                : scan_object(decoder, at, end, &fault);
    bool is_document = stop && json_skip_space(stop, end, JSON_DOCUMENT) == end;
    if (is_document && is_array)
        walk_array(decoder, &document, at, true);
    else if (is_document)
        keep_object(decoder, &document, at, stop, &fault);
    decoder_forget_unknown(decoder);
    decoder_end_piece(decoder);
    return is_document;
}

/* ---- Records one behind the other ------------------------------------------------------------ */

/* A fault that stands so near to the end may be one only because the text ends there: no token that
 * is checked as a whole is longer. */
#define UNDECIDED_BYTES 16

/* Decodes the record at `at`. Returns its end; NULL when it may go on behind `end`. */
static const char *decode_next(struct decoder *decoder, struct document *document, const char *at,
                               bool is_last)
{
    const char *end = document->end;
    struct json_fault fault;
    const char *stop = scan_object(decoder, at, end, &fault);
    bool may_wait = !is_last && (size_t)(end - at) <= MODEL_MAX_RECORD_BYTES;
    if (stop) {
        keep_object(decoder, document, at, stop, &fault);
        decoder_forget_unknown(decoder);
        return stop;
    }
    decoder_forget_unknown(decoder);
    if (may_wait && end - fault.at <= UNDECIDED_BYTES)
        return NULL;
    stop = resync_next_record(at, fault.at, end);
    if (may_wait && stop == end)
        return NULL;
    reject_part(decoder, document, at, stop, &fault);
    decoder->is_skipping = stop == end && !is_last && stop[-1] != '}' && stop[-1] != ']';
    return stop;
}

const char *decoder_decode_concatenated(struct decoder *decoder, const char *text, const char *end,
                                        uint64_t offset, bool is_last)
{
    struct document document = {text, end, text, offset, 1};
    const char *at = text, *stop;
    if (decoder->is_skipping) {
        at = resync_any_record(text, end);
        decoder->is_skipping = at == end;
        if (at == end && !is_last && end > text)
            return end - 1; /* the byte before a record that begins behind it */
    }
    for (at = json_skip_space(at, end, JSON_DOCUMENT); at < end;
         at = json_skip_space(stop, end, JSON_DOCUMENT)) {
        stop = decode_next(decoder, &document, at, is_last);
        if (!stop)
            break;
    }
    decoder_end_piece(decoder);
    return at;
}

/* ---- Elements of an array -------------------------------------------------------------------- */

/* How much is shown of a file that has no array of records. */
#define FILE_SHOWN 4096

/* Rejects a file, or what is wrong with it outside of its records, from `at` on. */
static void reject_file(struct decoder *decoder, struct document *document, const char *at,
                        struct model_fault *fault)
{
    size_t left = (size_t)(document->end - at);
    size_t shown = left > FILE_SHOWN ? utf8_valid_prefix(at, FILE_SHOWN) : left;
    decoder->batch->records++;
    decoder_reject_text(decoder, fault, at, at + shown, offset_of(document, at),
                        line_of(document, at));
}

static void reject_outside(struct decoder *decoder, struct document *document,
                           const struct json_fault *json)
{
    struct model_fault fault;
    model_fault_from_json(json, document->text, &fault);
    snprintf(fault.reason, sizeof fault.reason, "%s, at byte %td of the file", json->message,
             json->at - document->text + 1);
    reject_file(decoder, document, json->at, &fault);
}

static void reject_no_array(struct decoder *decoder, struct document *document,
                            const struct json_value *value)
{
    struct model_fault fault = {.code = REJECT_MISSING_FIELD};
    struct str key = decoder->input->source->records_key;
    int shown = (int)utf8_valid_prefix(key.data, key.len < 100 ? key.len : 100);
    if (value->kind > JSON_KIND_NULL)
        fault.code = REJECT_WRONG_TYPE;
    snprintf(fault.reason, sizeof fault.reason, "%.*s: expected an array of records, found %s",
             shown, key.data, json_kind_name(value->kind));
    reject_file(decoder, document, document->text, &fault);
}

/* Decodes the elements of the array at `at`. Returns whether one of them is not well-formed. */
static bool decode_elements(struct decoder *decoder, struct document *document, const char *at)
{
    const char *end = document->end;
    bool is_broken = false;
    at = json_skip_space(at + 1, end, JSON_DOCUMENT);
    while (at < end && *at != ']') {
        struct json_fault fault;
        const char *stop = scan_object(decoder, at, end, &fault);
        if (stop) {
            keep_object(decoder, document, at, stop, &fault);
        } else {
            is_broken |= fault.code != JSON_NOT_OBJECT;
            stop = resync_skip_value(at, end);
            if (!stop)
                stop = end;
            reject_part(decoder, document, at, stop, &fault);
        }
        decoder_forget_unknown(decoder);
        at = json_skip_space(stop, end, JSON_DOCUMENT);
        if (at < end && *at == ',')
            at = json_skip_space(at + 1, end, JSON_DOCUMENT);
    }
    return is_broken;
}

/* In a file that is not well-formed, its records are found all the same. */
static void decode_broken(struct decoder *decoder, struct document *document,
                          const struct json_fault *json)
{
    const char *array =
        resync_find_array(document->text, document->end, decoder->input->source->records_key);
    bool is_before = !array || json->at < array;
    if (is_before)
        reject_outside(decoder, document, json);
    if (array && !decode_elements(decoder, document, array) && !is_before)
        reject_outside(decoder, document, json);
}

/* A file that is well-formed, or has only faults that leave the end of a value to be found. */
static void decode_array(struct decoder *decoder, struct document *document,
                         const struct json_value *array, const struct json_fault *fault)
{
    const char *end = array->text + array->len;
    decode_elements(decoder, document, array->text);
    if (fault->code != JSON_OK && (fault->at < array->text || fault->at >= end))
        reject_outside(decoder, document, fault);
}

void decoder_decode_elements(struct decoder *decoder, const char *text, const char *end,
                             uint64_t offset)
{
    struct document document = {text, end, text, offset, 1};
    struct json_fault fault;
    struct json_value value;
    const char *stop = json_scan(decoder->outer, text, end, JSON_DOCUMENT, &value, &fault);
    const char *after = stop ? json_skip_space(stop, end, JSON_DOCUMENT) : NULL;
    if (after && after < end)
        fault = (struct json_fault){JSON_NOT_JSON, after, "there is more text after the object"};
    if (after != end)
        decode_broken(decoder, &document, &fault);
    else if (value.kind == JSON_KIND_ARRAY)
        decode_array(decoder, &document, &value, &fault);
    else
        reject_no_array(decoder, &document, &value);
    decoder_end_piece(decoder);
}
