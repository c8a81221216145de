/* Decodes the bytes of a task: small files as a whole, large files by ranges, compressed files, and
 * large ones whose records are not lines, as a stream.
 *
 * The lines of a range are those that begin in it. fetch.h reads one byte before the range and some
 * more behind it, so a range can be decoded without its neighbours. Only the number of lines before
 * it is unknown; it is added when batches are put in order. */
#include "decode.h"

#include "file_kind.h"

#include "stream.h"

/* How much is read at a time of a last line that ends behind the fetched range. */
#define MORE_BYTES ((size_t)16 << 10)
/* A line of this length without an end, "\r" included, is too long. */
#define LINE_LIMIT_BYTES (MODEL_MAX_RECORD_BYTES + 2)

static void note_unknown(void *ctx, struct str key)
{
    struct decoder *decoder = ctx;
    dictionary_add(&decoder->unknown_names, key, hash_str(key));
}

void decoder_init(struct decoder *decoder, const struct model *model, const struct input *input,
                  struct fetch *fetch, decoder_keep_fn *keep, decoder_end_piece_fn *end_piece)
{
    *decoder =
        (struct decoder){.input = input, .fetch = fetch, .keep = keep, .end_piece = end_piece};
    model_checker_init(&decoder->checker, model, input->source);
    json_texts_init(&decoder->json_texts, input->source);
    decoder->reader = model_reader_new(input->source, note_unknown, decoder);
    if (input->source->layout == LAYOUT_RECORDS)
        decoder->outer = json_scanner_new(&input->source->records_key, 1, NULL, NULL);
}

void decoder_release(struct decoder *decoder)
{
    model_reader_free(decoder->reader);
    json_texts_release(&decoder->json_texts);
    json_scanner_free(decoder->outer);
    buffer_release(&decoder->bytes);
    dictionary_release(&decoder->unknown_names);
    unknown_release(&decoder->unknown);
    *decoder = (struct decoder){0};
}

static const struct store_object *current_object(const struct decoder *decoder)
{
    return &decoder->input->files.objects[decoder->file];
}

static enum status changed(const struct decoder *decoder, const char *how, struct error *error)
{
    return error_set(error, STATUS_CHANGED, "%s/%.*s %s while it was read",
                     store_address(decoder->input->store), STR_ARG(current_object(decoder)->key),
                     how);
}

/* Checks a read of [offset, offset + length) that was appended to decoder->bytes, which had
 * `before` bytes: the object must be as long as it was listed. STATUS_CHANGED when it is not. */
static enum status check_read(struct decoder *decoder, enum status status, uint64_t offset,
                              size_t length, size_t before, struct error *error)
{
    const struct store_object *object = current_object(decoder);
    if (status == STATUS_NOT_FOUND)
        return changed(decoder, "vanished", error);
    TRY(status);
    uint64_t end = offset + (decoder->bytes.len - before);
    uint64_t wanted = offset + length < object->size_bytes ? offset + length : object->size_bytes;
    if (end < wanted)
        return changed(decoder, "shrank", error);
    return end > object->size_bytes ? changed(decoder, "grew", error) : STATUS_OK;
}

/* Reads file `i` of the task, or its range, into decoder->bytes. */
static enum status read_range_of(struct decoder *decoder, const struct task *task, uint32_t i,
                                 struct error *error)
{
    struct fetch_range range = fetch_range_of(decoder->fetch, task, i);
    uint64_t size = decoder->input->files.objects[range.file].size_bytes;
    decoder->file = range.file;
    buffer_reset(&decoder->bytes);
    buffer_reserve(&decoder->bytes, (range.length < size ? range.length : size + 1) + JSON_PADDING);
    enum status status = fetch_take(decoder->fetch, task, i, &decoder->bytes, error);
    return check_read(decoder, status, range.offset, range.length, 0, error);
}

static enum status read_more(struct decoder *decoder, uint64_t offset, size_t length,
                             struct error *error)
{
    size_t before = decoder->bytes.len;
    enum status status = store_get(decoder->input->store, current_object(decoder), offset, length,
                                   &decoder->bytes, error);
    return check_read(decoder, status, offset, length, before, error);
}

static void pad(struct buffer *bytes)
{
    memset(buffer_reserve(bytes, JSON_PADDING), 0, JSON_PADDING);
}

static size_t byte_order_mark(const char *text, size_t len)
{
    return len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

/* ---- Small files ----------------------------------------------------------------------------- */

/* STATUS_CORRUPT when the bytes are of another kind than the file's name says: such a file is
 * refused as a whole, not rejected line by line. */
static enum status check_kind(const struct decoder *decoder, bool is_unpacked, struct error *error)
{
    const struct file_kind *kind = file_kind_of(buffer_str(&decoder->bytes));
    return kind ? file_kind_error(kind, store_address(decoder->input->store),
                                  current_object(decoder)->key, is_unpacked, error)
                : STATUS_OK;
}

static void decode_whole(struct decoder *decoder)
{
    pad(&decoder->bytes);
    const char *end = decoder->bytes.data + decoder->bytes.len;
    size_t mark = byte_order_mark(decoder->bytes.data, decoder->bytes.len);
    const char *text = decoder->bytes.data + mark;
    switch (decoder->input->source->layout) {
    case LAYOUT_CONCATENATED:
        decoder->is_skipping = false;
        decoder_decode_concatenated(decoder, text, end, mark, true);
        return;
    case LAYOUT_RECORDS:
        decoder_decode_elements(decoder, text, end, mark);
        return;
    case LAYOUT_DOCUMENT:
        if (decoder_decode_document(decoder, text, end, mark))
            return;
        break;
    case LAYOUT_LINES:
        break;
    }
    decoder_decode_lines(decoder, text, end, mark, 1);
}

static enum status decode_files(struct decoder *decoder, const struct task *task,
                                struct error *error)
{
    for (uint32_t i = 0; i < task->file_count; i++) {
        TRY(read_range_of(decoder, task, i, error));
        TRY(check_kind(decoder, false, error));
        decode_whole(decoder);
        decoder->batch->bytes += current_object(decoder)->size_bytes;
    }
    decoder->batch->files += task->file_count;
    return STATUS_OK;
}

/* ---- Ranges ---------------------------------------------------------------------------------- */

/* Reads on until the last line that begins before `limit` (a position in decoder->bytes) is
 * complete, or is longer than a record may be. */
static enum status complete_last_line(struct decoder *decoder, uint64_t from, size_t limit,
                                      size_t *out_end, struct error *error)
{
    struct buffer *bytes = &decoder->bytes;
    size_t searched = limit - 1;
    uint64_t size = current_object(decoder)->size_bytes;
    for (;;) {
        const char *newline = memchr(bytes->data + searched, '\n', bytes->len - searched);
        if (newline) {
            *out_end = (size_t)(newline + 1 - bytes->data);
            return STATUS_OK;
        }
        if (from + bytes->len >= size || bytes->len > limit + LINE_LIMIT_BYTES) {
            *out_end = bytes->len;
            return STATUS_OK;
        }
        searched = bytes->len;
        size_t more = bytes->len / 2 > MORE_BYTES ? bytes->len / 2 : MORE_BYTES;
        TRY(read_more(decoder, from + bytes->len, more, error));
    }
}

static enum status decode_range(struct decoder *decoder, const struct task *task,
                                struct error *error)
{
    struct batch *batch = decoder->batch;
    struct buffer *bytes = &decoder->bytes;
    uint64_t from = fetch_range_of(decoder->fetch, task, 0).offset;
    size_t limit =
        (size_t)(task->offset + task->length - from); /* the lines of the range begin before this */
    batch->is_part = true;
    batch->begins_file = task->offset == 0;
    batch->bytes = task->length;
    batch->files = batch->begins_file;
    TRY(read_range_of(decoder, task, 0, error));

    size_t begin = byte_order_mark(bytes->data, bytes->len);
    if (!task->offset)
        TRY(check_kind(decoder, false, error));
    if (task->offset) {
        const char *newline = memchr(bytes->data, '\n', limit);
        begin = newline ? (size_t)(newline + 1 - bytes->data) : limit;
    }
    if (begin >= limit)
        return STATUS_OK;
    size_t end;
    TRY(complete_last_line(decoder, from, limit, &end, error));
    bytes->len = end;
    pad(bytes);
    batch->lines =
        decoder_decode_lines(decoder, bytes->data + begin, bytes->data + end, from + begin, 1);
    return STATUS_OK;
}

/* ---- Streams --------------------------------------------------------------------------------- */

/* The state of a file that is decoded part by part. */
struct unpacking {
    struct stream *stream;
    struct flow *flow;
    unsigned worker;
    size_t slot;
    uint64_t offset; /* of decoder->bytes in the unpacked file */
    bool skipping;   /* skipping the rest of a line that was too long */
};

static void unpacking_release(struct unpacking *unpacking)
{
    stream_free(unpacking->stream);
}

/* Returns the end of what can be decoded: the end of the last whole line; the end of all bytes when
 * the file ends there, or when the first line is longer than a record may be. */
static size_t decodable(const struct buffer *bytes, bool is_last)
{
    const char *newline = bytes->len ? memrchr(bytes->data, '\n', bytes->len) : NULL;
    if (is_last || (!newline && bytes->len > LINE_LIMIT_BYTES))
        return bytes->len;
    return newline ? (size_t)(newline + 1 - bytes->data) : 0;
}

/* Skips the rest of a line whose beginning was rejected. */
static size_t skip_long_line(struct unpacking *unpacking, const struct buffer *bytes, size_t end)
{
    if (!unpacking->skipping)
        return 0;
    const char *newline = memchr(bytes->data, '\n', end);
    unpacking->skipping = newline == NULL;
    return newline ? (size_t)(newline + 1 - bytes->data) : end;
}

uint64_t decoder_count_lines(const char *at, const char *end)
{
    uint64_t lines = 0;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
        lines++;
        at++;
    }
    return lines;
}

/* Decodes the records that are whole, and moves the others to the front for the next part. Returns
 * whether there was any. */
static bool decode_concatenated_part(struct decoder *decoder, struct unpacking *unpacking,
                                     bool is_last)
{
    struct buffer *bytes = &decoder->bytes;
    pad(bytes);
    const char *begin = bytes->data, *end = begin + bytes->len;
    size_t mark = unpacking->offset ? 0 : byte_order_mark(begin, bytes->len);
    const char *stop =
        decoder_decode_concatenated(decoder, begin + mark, end, unpacking->offset + mark, is_last);
    size_t done = (size_t)(stop - begin);
    decoder->batch->lines += decoder_count_lines(begin, stop);
    unpacking->offset += done;
    memmove(bytes->data, stop, bytes->len - done);
    bytes->len -= done;
    return done > 0;
}

static bool decode_lines_part(struct decoder *decoder, struct unpacking *unpacking, bool is_last)
{
    struct buffer *bytes = &decoder->bytes;
    size_t end = decodable(bytes, is_last);
    if (end == 0)
        return false;
    /* Moves what follows `end` to the front for the next part; the scanner needs zeros behind
     * `end`. */
    CLEANUP(buffer_release) struct buffer rest = {0};
    buffer_append(&rest, bytes->data + end, bytes->len - end);
    bytes->len = end;
    pad(bytes);
    size_t begin = unpacking->offset ? 0 : byte_order_mark(bytes->data, end);
    begin += skip_long_line(unpacking, bytes, end);
    bool is_cut = end > begin && bytes->data[end - 1] != '\n';
    uint64_t lines = decoder_decode_lines(decoder, bytes->data + begin, bytes->data + end,
                                          unpacking->offset + begin, 1);
    unpacking->skipping |= is_cut;
    decoder->batch->lines += lines; /* a line that is cut is counted here, not where it ends */
    unpacking->offset += end;
    buffer_reset(bytes);
    buffer_append(bytes, rest.data, rest.len);
    return true;
}

static bool decode_part(struct decoder *decoder, struct unpacking *unpacking, bool is_last)
{
    return decoder->input->source->layout == LAYOUT_CONCATENATED
               ? decode_concatenated_part(decoder, unpacking, is_last)
               : decode_lines_part(decoder, unpacking, is_last);
}

static void begin_part(struct decoder *decoder, bool begins_file)
{
    decoder->batch->is_part = true;
    decoder->batch->begins_file = begins_file;
}

static enum status decode_stream(struct decoder *decoder, const struct task *task,
                                 struct unpacking *unpacking, struct error *error)
{
    TRY(read_range_of(decoder, task, 0, error));
    const struct store_object *object = current_object(decoder);
    struct buffer *bytes = &decoder->bytes;
    enum model_layout layout = decoder->input->source->layout;
    bool may_be_document = layout == LAYOUT_DOCUMENT || layout == LAYOUT_RECORDS;
    size_t want = may_be_document ? MODEL_MAX_DOCUMENT_BYTES + 1 : INPUT_PIECE_BYTES;
    unpacking->stream =
        stream_new(decoder->input->store, object, run_packing(object->key), buffer_str(bytes));
    buffer_reset(bytes);
    begin_part(decoder, true);
    decoder->is_skipping = false;
    for (bool is_last = false; !is_last;) {
        size_t before = bytes->len;
        TRY(stream_read(unpacking->stream, want, bytes, error));
        if (unpacking->offset == 0)
            TRY(check_kind(decoder, true, error));
        is_last = bytes->len - before < want;
        if (is_last && may_be_document && unpacking->offset == 0) {
            decode_whole(decoder);
            break;
        }
        if (!is_last && layout == LAYOUT_RECORDS)
            return input_too_large(decoder->input, object, error);
        may_be_document = false;
        bool is_decoded = decode_part(decoder, unpacking, is_last);
        if (!is_last && is_decoded) {
            TRY(flow_yield(unpacking->flow, unpacking->worker, unpacking->slot, error));
            begin_part(decoder, false);
        }
        want = INPUT_PIECE_BYTES;
    }
    decoder->batch->bytes = object->size_bytes;
    decoder->batch->files = 1;
    if (run_packing(object->key) == PACKING_NONE && unpacking->offset != object->size_bytes)
        return changed(decoder, unpacking->offset < object->size_bytes ? "shrank" : "grew", error);
    return STATUS_OK;
}

enum status decoder_decode_task(struct decoder *decoder, const struct task *task,
                                struct batch *batch, void *keep_ctx, struct flow *flow,
                                unsigned worker, size_t slot, struct error *error)
{
    decoder->batch = batch;
    decoder->keep_ctx = keep_ctx;
    switch (task->kind) {
    case TASK_FILES:
        return decode_files(decoder, task, error);
    case TASK_RANGE:
        return decode_range(decoder, task, error);
    case TASK_STREAM:
        break;
    }
    CLEANUP(unpacking_release)
    struct unpacking unpacking = {.flow = flow, .worker = worker, .slot = slot};
    return decode_stream(decoder, task, &unpacking, error);
}
