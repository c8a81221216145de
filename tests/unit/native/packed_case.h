/* gzip and zstd data made by zlib and libzstd, for the tests that read them. */
#ifndef SPARKIFY_TEST_PACKED_CASE_H
#define SPARKIFY_TEST_PACKED_CASE_H

#include "unit.h"

#include "input.h"

#include <zlib.h>
#include <zstd.h>

/* Appends one gzip member. */
static inline void append_gzip(struct buffer *out, struct str text)
{
    z_stream zlib = {0};
    assert_int_equal(deflateInit2(&zlib, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    size_t room = deflateBound(&zlib, text.len) + 64;
    CLEANUP(buffer_release) struct buffer copy = {0};
    buffer_append_str(&copy, text);
    zlib.next_in = (unsigned char *)(buffer_reserve(&copy, 1) - copy.len);
    zlib.avail_in = (unsigned)text.len;
    zlib.next_out = (unsigned char *)buffer_reserve(out, room);
    zlib.avail_out = (unsigned)room;
    assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
    out->len += room - zlib.avail_out;
    deflateEnd(&zlib);
}

/* Appends one Zstandard frame. */
static inline void append_zstd(struct buffer *out, struct str text)
{
    size_t room = ZSTD_compressBound(text.len);
    size_t len = ZSTD_compress(buffer_reserve(out, room), room, text.data, text.len, 1);
    assert_false(ZSTD_isError(len));
    out->len += len;
}

static inline void append_packed(struct buffer *out, enum packing packing, struct str text)
{
    if (packing == PACKING_GZIP)
        append_gzip(out, text);
    else if (packing == PACKING_ZSTD)
        append_zstd(out, text);
    else
        buffer_append_str(out, text);
}

#endif
