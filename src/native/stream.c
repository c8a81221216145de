/* Plain files, gzip (RFC 1952, several members) and Zstandard (RFC 8878, several frames) by zlib
 * and libzstd. */
#include <stream.h>

#include "file_kind.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* While a read is unpacked the next one is under way: reads are this large so that a server's delay
 * does not show. */
#define CHUNK_BYTES ((size_t)2 << 20)
/* Of zstd: a thread needs so much memory for a stream; 128 MiB is what others take by default. */
#define MAX_WINDOW_LOG 27

struct stream {
    struct store *store;
    const struct store_object *object;
    enum packing packing;
    struct buffer packed; /* what is fetched and not yet unpacked: packed.data[used …] */
    size_t used;
    uint64_t offset; /* of what is fetched next */
    struct store_read *next;
    bool between; /* at the begin, or right after a member or frame */
    bool pending; /* there was no room for all that is unpacked */
    bool over;
    z_stream zlib;
    ZSTD_DCtx *zstd;
};

struct stream *stream_new(struct store *store, const struct store_object *object,
                          enum packing packing, struct str begin)
{
    struct stream *stream = mem_zalloc(sizeof *stream);
    stream->store = store;
    stream->object = object;
    stream->packing = packing;
    stream->between = true;
    buffer_append_str(&stream->packed, begin);
    stream->offset = begin.len;
    stream->next = store_read_begin(store, object, begin.len, CHUNK_BYTES);
    if (packing == PACKING_ZSTD) {
        stream->zstd = ZSTD_createDCtx();
        if (!stream->zstd)
            mem_exhausted();
        ZSTD_DCtx_setParameter(stream->zstd, ZSTD_d_windowLogMax, MAX_WINDOW_LOG);
    } else if (packing == PACKING_GZIP) {
        /* 16: the gzip wrapper, and nothing else */
        if (inflateInit2(&stream->zlib, 16 + MAX_WBITS) != Z_OK)
            mem_exhausted();
    }
    return stream;
}

void stream_free(struct stream *stream)
{
    if (!stream)
        return;
    ZSTD_freeDCtx(stream->zstd);
    if (stream->packing == PACKING_GZIP)
        inflateEnd(&stream->zlib);
    store_read_drop(stream->next);
    buffer_release(&stream->packed);
    mem_free(stream);
}

static const char *const names[] = {[PACKING_GZIP] = "gzip", [PACKING_ZSTD] = "zstd"};

static enum status broken(const struct stream *stream, const char *why, struct error *error)
{
    return error_set(error, STATUS_CORRUPT, "%s/%.*s is broken %s data: %s",
                     store_address(stream->store), STR_ARG(stream->object->key),
                     names[stream->packing], why);
}

/* STATUS_CORRUPT when the first bytes are of another kind than the name says. */
static enum status cannot_unpack(const struct stream *stream, const char *why, struct error *error)
{
    bool is_begin = stream->offset == stream->packed.len;
    const struct file_kind *kind = is_begin ? file_kind_of(buffer_str(&stream->packed)) : NULL;
    if (kind && kind->packing != stream->packing)
        return file_kind_error(kind, store_address(stream->store), stream->object->key, false,
                               error);
    return broken(stream, why, error);
}

static enum status too_wide(const struct stream *stream, struct error *error)
{
    error_set(error, STATUS_CORRUPT, "%s/%.*s needs a window of more than %d MiB to be unpacked",
              store_address(stream->store), STR_ARG(stream->object->key),
              1 << (MAX_WINDOW_LOG - 20));
    return error_hint(error, "pack it again with zstd --long=%d, or without --long",
                      MAX_WINDOW_LOG);
}

/* Reads the next chunk when all that was fetched is used up; sets `over` at the file's end. */
static enum status refill(struct stream *stream, struct error *error)
{
    if (stream->used < stream->packed.len || stream->pending)
        return STATUS_OK;
    buffer_reset(&stream->packed);
    stream->used = 0;
    struct store_read *read = stream->next;
    stream->next = NULL;
    TRY(store_read_finish(read, &stream->packed, error));
    stream->offset += stream->packed.len;
    stream->next = store_read_begin(stream->store, stream->object, stream->offset, CHUNK_BYTES);
    if (stream->packed.len > 0)
        return STATUS_OK;
    if (!stream->between)
        return broken(stream, "it ends too early", error);
    stream->over = true;
    return STATUS_OK;
}

static enum status unpack_gzip(struct stream *stream, char *to, size_t room, size_t *made,
                               struct error *error)
{
    z_stream *zlib = &stream->zlib;
    zlib->next_in = (unsigned char *)stream->packed.data + stream->used;
    zlib->avail_in = (unsigned)(stream->packed.len - stream->used);
    zlib->next_out = (unsigned char *)to;
    zlib->avail_out = (unsigned)room;
    int result = inflate(zlib, Z_NO_FLUSH);
    stream->used = stream->packed.len - zlib->avail_in;
    *made = room - zlib->avail_out;
    stream->between = result == Z_STREAM_END;
    if (result == Z_STREAM_END)
        inflateReset(zlib);
    else if (result == Z_MEM_ERROR)
        mem_exhausted();
    else if (result != Z_OK && result != Z_BUF_ERROR)
        return cannot_unpack(stream, zlib->msg ? zlib->msg : "it is not what its name says", error);
    return STATUS_OK;
}

static enum status unpack_zstd(struct stream *stream, char *to, size_t room, size_t *made,
                               struct error *error)
{
    ZSTD_inBuffer in = {stream->packed.data, stream->packed.len, stream->used};
    ZSTD_outBuffer out = {to, room, 0};
    size_t result = ZSTD_decompressStream(stream->zstd, &out, &in);
    if (ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge)
        return too_wide(stream, error);
    if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation)
        mem_exhausted();
    if (ZSTD_isError(result))
        return cannot_unpack(stream, ZSTD_getErrorName(result), error);
    stream->used = in.pos;
    stream->between = result == 0;
    *made = out.pos;
    return STATUS_OK;
}

/* Of a file that is not packed. */
static enum status copy_plain(struct stream *stream, char *to, size_t room, size_t *made)
{
    size_t left = stream->packed.len - stream->used;
    *made = left < room ? left : room;
    memcpy(to, stream->packed.data + stream->used, *made);
    stream->used += *made;
    return STATUS_OK;
}

static enum status unpack(struct stream *stream, char *to, size_t room, size_t *made,
                          struct error *error)
{
    switch (stream->packing) {
    case PACKING_GZIP:
        return unpack_gzip(stream, to, room, made, error);
    case PACKING_ZSTD:
        return unpack_zstd(stream, to, room, made, error);
    case PACKING_NONE:
        break;
    }
    return copy_plain(stream, to, room, made);
}

enum status stream_read(struct stream *stream, size_t want, struct buffer *out, struct error *error)
{
    char *to = buffer_reserve(out, want);
    size_t done = 0;
    while (done < want && !stream->over) {
        size_t made = 0;
        TRY(refill(stream, error));
        if (stream->over)
            break;
        TRY(unpack(stream, to + done, want - done, &made, error));
        done += made;
        stream->pending = done == want && !stream->between;
    }
    out->len += done;
    return STATUS_OK;
}
