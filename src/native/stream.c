/* gzip (RFC 1952, several members) and Zstandard (RFC 8878, several frames) by zlib and libzstd. */
#include "stream.h"

#include <zlib.h>
#include <zstd.h>

/* A read of a server has to last until the one after it, which is under way meanwhile, is there. */
#define CHUNK_BYTES ((size_t)2 << 20)

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
    if (packing == PACKING_ZSTD)
        stream->zstd = ZSTD_createDCtx();
    else
        inflateInit2(&stream->zlib, 16 + MAX_WBITS); /* 16: the gzip wrapper, and nothing else */
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

static enum status broken(const struct stream *stream, const char *why, struct error *error)
{
    return error_set(error, STATUS_CORRUPT, "%s/%.*s is broken %s data: %s",
                     store_address(stream->store), STR_ARG(stream->object->key),
                     stream->packing == PACKING_GZIP ? "gzip" : "zstd", why);
}

/* Takes the next chunk when all that was fetched is used up; sets over at the file's end. */
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
    else if (result != Z_OK && result != Z_BUF_ERROR)
        return broken(stream, zlib->msg ? zlib->msg : "it is not what its name says", error);
    return STATUS_OK;
}

static enum status unpack_zstd(struct stream *stream, char *to, size_t room, size_t *made,
                               struct error *error)
{
    ZSTD_inBuffer in = {stream->packed.data, stream->packed.len, stream->used};
    ZSTD_outBuffer out = {to, room, 0};
    size_t result = ZSTD_decompressStream(stream->zstd, &out, &in);
    if (ZSTD_isError(result))
        return broken(stream, ZSTD_getErrorName(result), error);
    stream->used = in.pos;
    stream->between = result == 0;
    *made = out.pos;
    return STATUS_OK;
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
        TRY(stream->packing == PACKING_GZIP
                ? unpack_gzip(stream, to + done, want - done, &made, error)
                : unpack_zstd(stream, to + done, want - done, &made, error));
        done += made;
        stream->pending = done == want && !stream->between;
    }
    out->len += done;
    return STATUS_OK;
}
