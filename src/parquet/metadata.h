/* The structures of parquet.thrift that describe pages, column chunks and row groups. */
#ifndef PARQUET_METADATA_H
#define PARQUET_METADATA_H

#include "row_group.h"
#include "schema.h"
#include "thrift.h"

struct page_header {
    bool dictionary; /* a dictionary page, else a data page */
    size_t values;   /* of a data page with nulls; or the entries of a dictionary page */
    enum encoding encoding;
    size_t plain_bytes, bytes; /* of the page without this header, before and after compression */
    uint32_t crc;
};

void page_header_write(struct buffer *out, const struct page_header *header);
/* ColumnMetaData of a chunk that begins at `offset` in the file. */
void column_metadata_write(struct buffer *out, const struct schema_field *field,
                           const struct column_chunk *chunk, uint64_t offset);
/* ColumnIndex; nothing where a page has values but no bounds, since then there must be none. */
void column_index_write(struct buffer *out, enum parquet_type type, const struct data_page *pages,
                        size_t count);
/* OffsetIndex of pages of which the first begins at `offset` in the file. */
void offset_index_write(struct buffer *out, const struct data_page *pages, size_t count,
                        uint64_t offset);

#endif
