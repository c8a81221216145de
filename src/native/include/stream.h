/* stream: a file, compressed or not, read from its begin to its end. */
#pragma once

#include <run.h>

struct stream;

/* `begin` is the file's first bytes, which are copied. */
struct stream *stream_new(struct store *store, const struct store_object *object,
                          enum packing packing, struct str begin);
void stream_free(struct stream *stream);
/* Appends up to `want` bytes to `out`, fewer only where the file ends. STATUS_CORRUPT when the
 * file is not whole or not what its name says. */
NODISCARD enum status stream_read(struct stream *stream, size_t want, struct buffer *out,
                                  struct error *error);
