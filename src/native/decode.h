/* decode: turns the bytes of a task into records, and adds them to a batch. */
#pragma once

#include "batch.h"
#include "fetch.h"
#include "flow.h"
#include "input.h"
#include "json_texts.h"
#include "unknown.h"

/* Called with each record that the model keeps; the strings that the record borrows from the input
 * are valid until it returns. */
typedef void decoder_keep_fn(void *ctx, const struct model_record *record);
/* Called before the bytes of a piece of input, which its records borrow, are reused. */
typedef void decoder_end_piece_fn(void *ctx);

/* The state of one thread that decodes one source. */
struct decoder {
    const struct input *input;
    struct fetch *fetch; /* borrowed, and shared by the source's decoders */
    struct model_reader *reader;
    struct json_scanner *outer; /* with LAYOUT_RECORDS: for the key of the records */
    struct model_checker checker;
    decoder_keep_fn *keep;
    decoder_end_piece_fn *end_piece;
    void *keep_ctx;
    struct batch *batch; /* the batch being filled */
    uint32_t file;       /* the file being read */
    bool is_skipping;    /* the rest of a record that was too long, of records without lines */
    struct buffer bytes; /* one piece of input, with JSON_PADDING behind it */
    struct model_record record;
    struct json_texts json_texts; /* of the record */
    struct unknown_fields unknown;
    struct dictionary unknown_names; /* unknown field names in the record being scanned */
};

/* A decoder of one source for one thread; all arguments are borrowed. `end_piece` may be NULL. */
void decoder_init(struct decoder *decoder, const struct model *model, const struct input *input,
                  struct fetch *fetch, decoder_keep_fn *keep, decoder_end_piece_fn *end_piece);
void decoder_release(struct decoder *decoder);

/* Decodes one of the fetch's tasks into `batch`; each kept record goes to keep(keep_ctx, …). A
 * compressed file larger than a piece is handed over part by part with flow_yield. STATUS_CHANGED
 * when a file changed while it was read; STATUS_CORRUPT when its content is not what its name says.
 */
NODISCARD enum status decoder_decode_task(struct decoder *decoder, const struct task *task,
                                          struct batch *batch, void *keep_ctx, struct flow *flow,
                                          unsigned worker, size_t slot, struct error *error);

/* Parts of decoder_decode_task, in decode_records.c and decode_documents.c. */

/* Adds the record [text, end), which was scanned into decoder->record. */
void decoder_keep_record(struct decoder *decoder, const char *text, const char *end,
                         uint64_t offset, uint64_t line);
/* Adds a reject of the text [text, end). */
void decoder_reject_text(struct decoder *decoder, struct model_fault *fault, const char *text,
                         const char *end, uint64_t offset, uint64_t line);
/* The same of one that is longer than a record may be: its beginning is shown. */
void decoder_reject_long(struct decoder *decoder, const char *text, const char *end,
                         uint64_t offset, uint64_t line);
/* Forgets the unknown names of a record that is not to be added. */
void decoder_forget_unknown(struct decoder *decoder);
/* The ends of lines in [at, end). */
uint64_t decoder_count_lines(const char *at, const char *end);
/* Called before the bytes that were decoded are reused. */
void decoder_end_piece(struct decoder *decoder);

/* Decodes the whole lines [at, end) of the current file. `offset` is the position of `at` in the
 * file, `number` the number of its first line. Returns the number of lines. */
uint64_t decoder_decode_lines(struct decoder *decoder, const char *at, const char *end,
                              uint64_t offset, uint64_t number);
/* Decodes a file that is one JSON object or one array of objects. Returns false, and changes
 * nothing, for any other text. */
bool decoder_decode_document(struct decoder *decoder, const char *text, const char *end,
                             uint64_t offset);
/* Decodes records that follow one another, with white space between them or without. Unless
 * `is_last`, more text follows, and the last record may not be whole. Returns the end of what was
 * decoded. */
const char *decoder_decode_concatenated(struct decoder *decoder, const char *text, const char *end,
                                        uint64_t offset, bool is_last);
/* Decodes a file that is an object with the source's records in an array under records_key. */
void decoder_decode_elements(struct decoder *decoder, const char *text, const char *end,
                             uint64_t offset);
