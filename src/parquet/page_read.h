/* page_read: reads the pages of a column chunk: their headers, checksums and compression. */
#pragma once

#include <base.h>
#include <parquet.h>

/* A page as its header describes it (parquet.thrift, PageHeader). */
struct stored_page {
    int64_t type;     /* enum page_type, or any other number */
    int64_t encoding; /* enum encoding, or any other number */
    int64_t crc;
    bool has_crc;
    uint64_t plain_bytes, bytes; /* before and after compression */
    uint64_t values;             /* with nulls; of a dictionary page: its entries */
};

/* The memory of decompression, reused for each page. */
struct page_unpacker {
    struct ZSTD_DCtx_s *zstd; /* created by the first use */
    struct buffer plain;
};
void page_unpacker_release(struct page_unpacker *unpacker);

/* Reads the page header at the beginning of *rest and removes it from *rest. False: the header is
 * malformed, or *rest is shorter than the page. */
NODISCARD bool page_read_header(struct str *rest, struct stored_page *out);

/* Removes the bytes of the page from the beginning of *rest, checks their checksum and decompresses
 * them. Returns NULL and sets *out, which borrows from *rest or from the unpacker until its next
 * use; otherwise returns what is wrong with the page, as a static string. */
NODISCARD const char *page_unpack(struct page_unpacker *unpacker, enum parquet_codec codec,
                                  const struct stored_page *page, struct str *rest,
                                  struct str *out);
