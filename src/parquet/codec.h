/* The compression of pages. */
#pragma once

#include <base.h>
#include <parquet.h>

struct ZSTD_CCtx_s;

struct codec {
    struct ZSTD_CCtx_s *zstd; /* created by the first use */
};

void codec_release(struct codec *codec);
/* Appends `bytes` to `out`, compressed; `zstd_level` is for PARQUET_ZSTD alone. */
void codec_compress(struct codec *codec, enum parquet_codec kind, int zstd_level, struct str bytes,
                    struct buffer *out);
