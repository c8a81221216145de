/* codec: compresses pages by zstd or snappy (Compression.md: SNAPPY without framing; ZSTD as in RFC
 * 8878). */
#include "codec.h"

#include <snappy-c.h>
#include <zstd.h>

/* std::set_new_handler: snappy is C++, and a failed allocation in it would end the program without
 * our message. */
typedef void new_handler_fn(void);
new_handler_fn *cxx_set_new_handler(new_handler_fn *handler) __asm__("_ZSt15set_new_handlerPFvvE");

void codec_release(struct codec *codec)
{
    ZSTD_freeCCtx(codec->zstd);
    codec->zstd = NULL;
}

static size_t zstd_compress(struct codec *codec, int level, struct str bytes, struct buffer *out)
{
    if (codec->zstd == NULL && (codec->zstd = ZSTD_createCCtx()) == NULL)
        mem_exhausted();
    size_t bound = ZSTD_compressBound(bytes.len);
    char *at = buffer_reserve(out, bound);
    size_t len = ZSTD_compressCCtx(codec->zstd, at, bound, bytes.data, bytes.len, level);
    if (ZSTD_isError(len)) /* `bound` is enough, and any level is clamped, so memory is lacking */
        mem_exhausted();
    return len;
}

static size_t snappy_append(struct str bytes, struct buffer *out)
{
    size_t len = snappy_max_compressed_length(bytes.len);
    char *at = buffer_reserve(out, len);
    cxx_set_new_handler(mem_exhausted);
    if (snappy_compress(bytes.data, bytes.len, at, &len) != SNAPPY_OK)
        mem_exhausted();
    return len;
}

void codec_compress(struct codec *codec, enum parquet_codec kind, int zstd_level, struct str bytes,
                    struct buffer *out)
{
    switch (kind) {
    case PARQUET_ZSTD:
        out->len += zstd_compress(codec, zstd_level, bytes, out);
        return;
    case PARQUET_SNAPPY:
        out->len += snappy_append(bytes, out);
        return;
    case PARQUET_NONE:
        buffer_append_str(out, bytes);
        return;
    }
}
