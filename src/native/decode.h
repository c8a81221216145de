/* decode: a task's bytes → records → a batch. */
#ifndef SPARKIFY_NATIVE_DECODE_H
#define SPARKIFY_NATIVE_DECODE_H

#include "batch.h"
#include "fetch.h"
#include "flow.h"
#include "input.h"
#include "unknown.h"

/* Takes a record that the model keeps. What it borrows from the input is gone when it returns. */
typedef void decoder_keep_fn(void *ctx, const struct model_record *record);
/* Called when the bytes of a piece are about to be given up, in which the values of its records
 * stand. */
typedef void decoder_end_piece_fn(void *ctx);

/* One thread's tools for one source. */
struct decoder {
    const struct input *input;
    struct fetch *fetch; /* borrowed, and shared by the source's decoders */
    struct json_scanner *scanner;
    struct model_checker checker;
    decoder_keep_fn *keep;
    decoder_end_piece_fn *end_piece;
    void *keep_ctx;
    struct batch *batch; /* what is being filled */
    uint32_t file;       /* what is being read */
    struct buffer bytes; /* one piece of input, and JSON_PADDING */
    struct model_record record;
    struct unknown_fields unknown;
    struct dictionary unknown_names; /* unknown names in the record being scanned */
};

void decoder_init(struct decoder *decoder, const struct model *model, const struct input *input,
                  struct fetch *fetch, decoder_keep_fn *keep, decoder_end_piece_fn *end_piece);
void decoder_release(struct decoder *decoder);

/* Decodes a task, one of those of its fetch, into `batch`, whose kept records go to keep(keep_ctx,
 * …). A compressed file that is larger than a piece is yielded part by part. */
NODISCARD enum status decoder_decode_task(struct decoder *decoder, const struct task *task,
                                          struct batch *batch, void *keep_ctx, struct flow *flow,
                                          unsigned worker, size_t slot, struct error *error);

/* The parts of decoder_decode_task, in decode_records.c. */

/* Decodes whole lines [at, end) of the current file; `offset` is where `at` stands in it and
 * `number` is that of the first line. Returns how many lines there were. */
uint64_t decoder_decode_lines(struct decoder *decoder, const char *at, const char *end,
                              uint64_t offset, uint64_t number);
/* Decodes a file that as a whole is one object, or one array of objects; false, and nothing done,
 * when it is not. */
bool decoder_decode_document(struct decoder *decoder, const char *text, const char *end,
                             uint64_t offset);

#endif
