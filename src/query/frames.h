/* frames: the messages between a session and its worker over a socket.
 *
 *   session → worker   RUN: a statement
 *   worker → session   COLUMNS, then any number of BATCHes, then END; or FAILED, also after batches
 */
#pragma once

#include <query.h>

enum frame_kind {
    FRAME_RUN = 1, /* the statement's text */
    FRAME_COLUMNS, /* encoded_columns */
    FRAME_BATCH,   /* encoded_batch */
    FRAME_END,     /* nothing */
    FRAME_FAILED,  /* encoded_error */
};
/* The maximal size of a frame; a batch has at most 2,048 rows. */
#define FRAME_MAX_BYTES ((uint64_t)1 << 31)

struct frame_head {
    uint64_t kind, bytes;
};

/* Sends a frame; false when the other end is gone. */
bool frame_send(int fd, enum frame_kind kind, struct str bytes);
/* Receives a frame's head; false when the other end is gone, or the frame is too long. */
bool frame_receive_head(int fd, struct frame_head *out);
/* Receives the frame's bytes, in place of what the buffer has; false when the other end is gone. */
bool frame_receive_bytes(int fd, const struct frame_head *head, struct buffer *out);

/* A batch in a frame: the number of rows, then for each column whether it has a validity, the
 * validity, and the values or offsets and bytes; each aligned to 8 bytes. `bytes` must outlive the
 * decoded batch. */
void frame_encode_batch(const struct query_column *columns, size_t count,
                        const struct query_batch *batch, struct buffer *out);
/* `vectors` has room for one vector a column. False when the bytes are malformed. */
bool frame_decode_batch(const struct query_column *columns, size_t count, struct str bytes,
                        struct query_vector *vectors, struct query_batch *out);

void frame_encode_columns(const struct query_column *columns, size_t count, struct buffer *out);
/* `columns` is allocated with mem_alloc; the names are slices of `bytes`. */
bool frame_decode_columns(struct str bytes, struct query_column **columns, size_t *count);

void frame_encode_error(const struct error *error, struct buffer *out);
/* Sets the error; returns its status. */
enum status frame_decode_error(struct str bytes, struct error *error);
