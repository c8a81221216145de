/* Text to records: the lines of a file, or the one document that the file is (docs/semantics.md,
 * Input). */
#include "decode.h"
#include "file_kind.h"

#include <stdio.h>

/* How much is shown of a rejected record that is too long. */
#define LONG_RECORD_SHOWN 4096

static const char *line_end(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return newline ? newline : end;
}

/* A record with more unknown names than this gets a new index afterwards: emptying so large an
 * index for each record would cost more. */
#define MAX_KEPT_SLOTS 4096

static void forget_unknown(struct decoder *decoder)
{
    if (decoder->unknown_names.index.cap > MAX_KEPT_SLOTS)
        dictionary_release(&decoder->unknown_names);
    else
        dictionary_reset(&decoder->unknown_names);
}

/* Counts the unknown names that were noted during the scan, once the record has turned out to be
 * well-formed. */
static void count_unknown(struct decoder *decoder)
{
    for (size_t i = 0; i < decoder->unknown_names.count; i++)
        unknown_add(&decoder->unknown, dictionary_value(&decoder->unknown_names, (uint32_t)i), 1);
}

/* By the contract of the source: names are counted, or values, or the record has a fault. */
static void note_unknown_names(struct decoder *decoder)
{
    enum model_contract contract = decoder->input->source->unknown;
    if (contract != CONTRACT_DISCARD_VALUE)
        count_unknown(decoder);
    if (contract == CONTRACT_DISCARD_ROW || contract == CONTRACT_FREEZE)
        decoder->record.unknown = dictionary_value(&decoder->unknown_names, 0);
}

/* Of a record that is kept. */
static void count_discarded(struct decoder *decoder)
{
    decoder->batch->faulty_discarded += decoder->record.discarded;
    if (decoder->input->source->unknown == CONTRACT_DISCARD_VALUE)
        decoder->batch->unknown_discarded += decoder->unknown_names.count;
}

/* Once the record has been added to the batch. */
static void end_unknown(struct decoder *decoder)
{
    decoder->record.unknown = STR_NULL;
    forget_unknown(decoder);
}

static void keep_record(struct decoder *decoder, const char *text, const char *end, uint64_t offset,
                        uint64_t line)
{
    struct batch *batch = decoder->batch;
    struct model_fault fault;
    if (decoder->unknown_names.count)
        note_unknown_names(decoder);
    switch (model_check(&decoder->checker, &decoder->record, &fault)) {
    case RECORD_KEPT:
        batch->kept++;
        if (decoder->unknown_names.count || decoder->record.discarded)
            count_discarded(decoder);
        if (decoder->json_texts.count)
            json_texts_set(&decoder->json_texts, &decoder->record);
        decoder->keep(decoder->keep_ctx, &decoder->record);
        break;
    case RECORD_SKIPPED:
        batch->left_out++;
        break;
    case RECORD_REJECTED:
        batch_reject(batch, &fault, decoder->file, line, offset,
                     (struct str){text, (size_t)(end - text)});
        break;
    }
    if (decoder->unknown_names.count)
        end_unknown(decoder);
}

static void reject_text(struct decoder *decoder, struct model_fault *fault, const char *text,
                        const char *end, uint64_t offset, uint64_t line)
{
    if (end > text && end[-1] == '\r')
        end--;
    if (file_kind_is_utf16((struct str){text, (size_t)(end - text)})) {
        fault->code = REJECT_NOT_UTF8;
        snprintf(fault->reason, sizeof fault->reason,
                 "the text is UTF-16; convert it to UTF-8: iconv -f UTF-16 -t UTF-8");
    }
    forget_unknown(decoder);
    batch_reject(decoder->batch, fault, decoder->file, line, offset,
                 (struct str){text, (size_t)(end - text)});
}

static void reject_long_record(struct decoder *decoder, const char *text, const char *end,
                               uint64_t offset, uint64_t line)
{
    struct model_fault fault = {.code = REJECT_TOO_LONG};
    size_t most =
        (size_t)(end - text) < LONG_RECORD_SHOWN ? (size_t)(end - text) : LONG_RECORD_SHOWN;
    size_t shown = utf8_valid_prefix(text, most);
    if (shown + 3 < most) /* invalid, and not merely a character that is cut */
        shown = most;
    snprintf(fault.reason, sizeof fault.reason,
             "the record is longer than %zu MiB; its first %zu bytes are shown",
             MODEL_MAX_RECORD_BYTES >> 20, shown);
    forget_unknown(decoder);
    batch_reject(decoder->batch, &fault, decoder->file, line, offset, (struct str){text, shown});
}

static bool is_too_long(const char *begin, const char *end)
{
    if (end > begin && end[-1] == '\r')
        end--;
    return (size_t)(end - begin) > MODEL_MAX_RECORD_BYTES;
}

/* A line that is not blank: its beginning, that of its record, and the record's position. */
struct line {
    const char *begin, *text;
    uint64_t offset; /* of the text in the file */
    uint64_t number;
};

/* Decodes the record on a line; returns the line's end. */
static const char *decode_line(struct decoder *decoder, const struct line *line, const char *end)
{
    const char *text = line->text;
    struct json_fault json = {0};
    const char *stop = model_read(decoder->reader, text, end, JSON_LINE, &decoder->record, &json);
    const char *after = stop ? json_skip_space(stop, end, JSON_LINE) : NULL;
    decoder->batch->records++;
    if (after && (after == end || *after == '\n') && !is_too_long(line->begin, after)) {
        keep_record(decoder, text, stop, line->offset, line->number);
        return after;
    }
    const char *eol = line_end(after ? after : text, end);
    if (is_too_long(line->begin, eol)) {
        reject_long_record(decoder, text, end, line->offset, line->number);
        return eol;
    }
    if (after)
        json = (struct json_fault){JSON_NOT_JSON, after, "there is more text after the object"};
    struct model_fault fault;
    model_fault_from_json(&json, text, &fault);
    reject_text(decoder, &fault, text, eol, line->offset, line->number);
    return eol;
}

static void end_piece(struct decoder *decoder)
{
    if (decoder->end_piece)
        decoder->end_piece(decoder->keep_ctx);
}

/* A blank text may be the beginning of a line that is too long, cut by its reader: then it is
 * rejected, not dropped. */
uint64_t decoder_decode_lines(struct decoder *decoder, const char *at, const char *end,
                              uint64_t offset, uint64_t number)
{
    const char *begin = at;
    uint64_t lines = 0;
    while (at < end) {
        struct line line = {at, json_skip_space(at, end, JSON_LINE), 0, number + lines};
        line.offset = offset + (uint64_t)(line.text - begin);
        if (line.text < end && *line.text != '\n') {
            at = decode_line(decoder, &line, end);
        } else {
            if (is_too_long(line.begin, line.text)) {
                decoder->batch->records++;
                reject_long_record(decoder, at, end, offset + (uint64_t)(at - begin), line.number);
            }
            at = line.text;
        }
        lines++;
        at++;
    }
    end_piece(decoder);
    return lines;
}

/* The position of a record in a document; lines are counted on from the record before. */
struct document {
    const char *text, *end;
    const char *counted; /* the lines up to here are counted in `line` */
    uint64_t offset, line;
};

static uint64_t line_of(struct document *document, const char *at)
{
    const char *newline = document->counted;
    while (newline < at && (newline = memchr(newline, '\n', (size_t)(at - newline)))) {
        document->line++;
        newline++;
    }
    document->counted = at;
    return document->line;
}

static const char *scan_object(struct decoder *decoder, const char *at, const char *end,
                               struct json_fault *fault)
{
    return model_read(decoder->reader, at, end, JSON_DOCUMENT, &decoder->record, fault);
}

/* Adds the object [at, stop), whose scan returned `json`. */
static void keep_object(struct decoder *decoder, struct document *document, const char *at,
                        const char *stop, const struct json_fault *json)
{
    uint64_t offset = document->offset + (uint64_t)(at - document->text);
    uint64_t line = line_of(document, at);
    struct model_fault fault;
    decoder->batch->records++;
    if ((size_t)(stop - at) > MODEL_MAX_RECORD_BYTES) {
        reject_long_record(decoder, at, stop, offset, line);
    } else if (json->code != JSON_OK) {
        model_fault_from_json(json, at, &fault);
        reject_text(decoder, &fault, at, stop, offset, line);
    } else {
        keep_record(decoder, at, stop, offset, line);
    }
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
        forget_unknown(decoder);
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
    forget_unknown(decoder);
    end_piece(decoder);
    return is_document;
}
