/* Records to the batch; and text to records where each line is one (docs/semantics.md, Input). */
#include "decode.h"
#include "file_kind.h"

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

void decoder_forget_unknown(struct decoder *decoder)
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
    decoder_forget_unknown(decoder);
}

void decoder_keep_record(struct decoder *decoder, const char *text, const char *end,
                         uint64_t offset, uint64_t line)
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

void decoder_reject_text(struct decoder *decoder, struct model_fault *fault, const char *text,
                         const char *end, uint64_t offset, uint64_t line)
{
    if (end > text && end[-1] == '\r')
        end--;
    if (file_kind_is_utf16((struct str){text, (size_t)(end - text)})) {
        fault->code = REJECT_NOT_UTF8;
        snprintf(fault->reason, sizeof fault->reason,
                 "the text is UTF-16; convert it to UTF-8: iconv -f UTF-16 -t UTF-8");
    }
    decoder_forget_unknown(decoder);
    batch_reject(decoder->batch, fault, decoder->file, line, offset,
                 (struct str){text, (size_t)(end - text)});
}

void decoder_reject_long(struct decoder *decoder, const char *text, const char *end,
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
    decoder_forget_unknown(decoder);
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
        decoder_keep_record(decoder, text, stop, line->offset, line->number);
        return after;
    }
    const char *eol = line_end(after ? after : text, end);
    if (is_too_long(line->begin, eol)) {
        decoder_reject_long(decoder, text, end, line->offset, line->number);
        return eol;
    }
    if (after)
        json = (struct json_fault){JSON_NOT_JSON, after, "there is more text after the object"};
    struct model_fault fault;
    model_fault_from_json(&json, text, &fault);
    decoder_reject_text(decoder, &fault, text, eol, line->offset, line->number);
    return eol;
}

void decoder_end_piece(struct decoder *decoder)
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
                decoder_reject_long(decoder, at, end, offset + (uint64_t)(at - begin), line.number);
            }
            at = line.text;
        }
        lines++;
        at++;
    }
    decoder_end_piece(decoder);
    return lines;
}
