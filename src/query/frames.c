/* Sends, receives, encodes and decodes frames. */
#include "frames.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- The socket ------------------------------------------------------------------------------ */

static bool send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return false;
        if (sent > 0) {
            bytes += sent;
            len -= (size_t)sent;
        }
    }
    return true;
}

bool frame_send(int fd, enum frame_kind kind, struct str bytes)
{
    struct frame_head head = {kind, bytes.len};
    return send_all(fd, (const char *)&head, sizeof head) && send_all(fd, bytes.data, bytes.len);
}

static bool receive(int fd, void *out, size_t len)
{
    char *at = out;
    while (len > 0) {
        ssize_t got = read(fd, at, len);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        if (got > 0) {
            at += got;
            len -= (size_t)got;
        }
    }
    return true;
}

bool frame_receive_head(int fd, struct frame_head *out)
{
    return receive(fd, out, sizeof *out) && out->bytes <= FRAME_MAX_BYTES;
}

bool frame_receive_bytes(int fd, const struct frame_head *head, struct buffer *out)
{
    buffer_reset(out);
    if (!receive(fd, buffer_reserve(out, head->bytes), head->bytes))
        return false;
    out->len = head->bytes;
    return true;
}

/* ---- Decoding -------------------------------------------------------------------------------- */

/* Consumes bytes of a frame; after a read out of bounds, all later reads fail. */
struct cursor {
    const char *at;
    size_t left;
    bool is_bad;
};

static const void *next_bytes(struct cursor *cursor, size_t len)
{
    size_t padded = (len + 7) & ~(size_t)7;
    if (cursor->is_bad || len > cursor->left || padded > cursor->left) {
        cursor->is_bad = true;
        return NULL;
    }
    const void *bytes = cursor->at;
    cursor->at += padded;
    cursor->left -= padded;
    return bytes;
}

static uint64_t next_number(struct cursor *cursor)
{
    const void *bytes = next_bytes(cursor, sizeof(uint64_t));
    uint64_t number = 0;
    if (bytes)
        memcpy(&number, bytes, sizeof number);
    return number;
}

static void append_padded(struct buffer *out, const void *bytes, size_t len)
{
    static const char zeros[8];
    buffer_append(out, bytes, len);
    buffer_append(out, zeros, (8 - len % 8) % 8);
}

static void append_number(struct buffer *out, uint64_t number)
{
    buffer_append(out, &number, sizeof number);
}

/* ---- Batches --------------------------------------------------------------------------------- */

void frame_encode_batch(const struct query_column *columns, size_t count,
                        const struct query_batch *batch, struct buffer *out)
{
    append_number(out, batch->rows);
    for (size_t i = 0; i < count; i++) {
        const struct query_vector *vector = &batch->columns[i];
        append_number(out, vector->validity != NULL);
        if (vector->validity)
            append_padded(out, vector->validity, (batch->rows + 7) / 8);
        if (!query_type_is_string(columns[i].type)) {
            append_padded(out, vector->int64s, batch->rows * sizeof(int64_t));
            continue;
        }
        append_padded(out, vector->offsets, (batch->rows + 1) * sizeof(uint32_t));
        append_padded(out, vector->bytes, vector->offsets[batch->rows]);
    }
}

static bool offsets_ascend(const uint32_t *offsets, size_t rows)
{
    bool ascend = offsets[0] == 0;
    for (size_t i = 0; i < rows; i++)
        ascend = ascend && offsets[i] <= offsets[i + 1];
    return ascend;
}

static void decode_strings(struct cursor *cursor, size_t rows, struct query_vector *out)
{
    out->offsets = next_bytes(cursor, (rows + 1) * sizeof(uint32_t));
    if (out->offsets && !offsets_ascend(out->offsets, rows))
        cursor->is_bad = true;
    if (out->offsets && !cursor->is_bad)
        out->bytes = next_bytes(cursor, out->offsets[rows]);
}

bool frame_decode_batch(const struct query_column *columns, size_t count, struct str bytes,
                        struct query_vector *vectors, struct query_batch *out)
{
    struct cursor cursor = {bytes.data, bytes.len, false};
    uint64_t rows = next_number(&cursor);
    if (rows > FRAME_MAX_BYTES / sizeof(int64_t))
        return false;
    for (size_t i = 0; i < count; i++) {
        vectors[i] = (struct query_vector){0};
        if (next_number(&cursor))
            vectors[i].validity = next_bytes(&cursor, (rows + 7) / 8);
        if (query_type_is_string(columns[i].type))
            decode_strings(&cursor, rows, &vectors[i]);
        else
            vectors[i].int64s = next_bytes(&cursor, rows * sizeof(int64_t));
    }
    *out = (struct query_batch){rows, vectors};
    return !cursor.is_bad && cursor.left == 0;
}

/* ---- Columns, errors ------------------------------------------------------------------------- */

void frame_encode_columns(const struct query_column *columns, size_t count, struct buffer *out)
{
    append_number(out, count);
    for (size_t i = 0; i < count; i++) {
        append_number(out, columns[i].type);
        append_number(out, columns[i].name.len);
        append_padded(out, columns[i].name.data, columns[i].name.len);
    }
}

bool frame_decode_columns(struct str bytes, struct query_column **columns, size_t *count)
{
    struct cursor cursor = {bytes.data, bytes.len, false};
    uint64_t n = next_number(&cursor);
    if (n > bytes.len / 16)
        return false;
    struct query_column *out = mem_zalloc((n + 1) * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        uint64_t type = next_number(&cursor), len = next_number(&cursor);
        const char *name = next_bytes(&cursor, len);
        cursor.is_bad = cursor.is_bad || type >= QUERY_TYPE_COUNT;
        out[i] = (struct query_column){{name, len}, (enum query_type)type};
    }
    if (cursor.is_bad || cursor.left) {
        mem_free(out);
        return false;
    }
    *columns = out;
    *count = n;
    return true;
}

void frame_encode_error(const struct error *error, struct buffer *out)
{
    append_number(out, error->status);
    buffer_append(out, error->message, strlen(error->message) + 1);
    buffer_append(out, error->hint, strlen(error->hint) + 1);
}

enum status frame_decode_error(struct str bytes, struct error *error)
{
    struct cursor cursor = {bytes.data, bytes.len, false};
    uint64_t status = next_number(&cursor);
    size_t len = cursor.left ? strnlen(cursor.at, cursor.left) : 0;
    if (cursor.is_bad || status == STATUS_OK || status > STATUS_INTERNAL || len >= cursor.left)
        return error_set(error, STATUS_INTERNAL, "the query's worker sent a malformed error");
    error_set(error, (enum status)status, "%s", cursor.at);
    const char *hint = cursor.at + len + 1;
    size_t left = cursor.left - len - 1;
    return left > 1 ? error_hint(error, "%.*s", (int)strnlen(hint, left), hint) : error->status;
}
