/* Writes PageHeader, ColumnMetaData, ColumnIndex and OffsetIndex of parquet.thrift. */
#pragma once

#include "row_group.h"
#include "schema.h"
#include "thrift.h"

/* The numbers of parquet.thrift, PageType. */
enum page_type {
    PAGE_DATA = 0,
    PAGE_DICTIONARY = 2,
};

struct page_header {
    bool dictionary; /* a dictionary page; otherwise a data page */
    size_t values;   /* of a data page, with its nulls; or the entries of a dictionary page */
    enum encoding encoding;
    size_t plain_bytes, bytes; /* of the page without this header, before and after compression */
    uint32_t crc;              /* of the page's bytes after compression */
};

/* Each function appends one serialized structure to `out`. */
void page_header_write(struct buffer *out, const struct page_header *header);
/* ColumnMetaData of a column chunk that begins at `offset` in the file. */
void column_metadata_write(struct buffer *out, const struct schema_field *field,
                           const struct column_chunk *chunk, uint64_t offset);
/* ColumnIndex. Appends nothing if a page has values but no bounds: the column must then have no
 * column index (parquet.thrift, ColumnIndex). */
void column_index_write(struct buffer *out, enum parquet_type type, const struct data_page *pages,
                        size_t count);
/* OffsetIndex of data pages, the first of which begins at `offset` in the file. */
void offset_index_write(struct buffer *out, const struct data_page *pages, size_t count,
                        uint64_t offset);
