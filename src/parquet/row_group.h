/* An encoded row group: the pages' bytes and what the metadata says about them. */
#ifndef PARQUET_ROW_GROUP_H
#define PARQUET_ROW_GROUP_H

#include "encodings.h"
#include "statistics.h"

/* A data page. */
struct data_page {
    size_t rows;  /* that begin in it; no row goes on in the next page */
    size_t bytes; /* in the file, with its header */
    struct statistics statistics;
};

/* A column chunk: a dictionary page or none, then data pages, all in one codec. Chunks and pages
 * lie one behind the other. */
struct column_chunk {
    enum encoding encoding; /* of the data pages' values */
    enum parquet_codec codec;
    size_t dictionary_bytes; /* of the dictionary page in the file, or 0 */
    size_t bytes;            /* of all pages in the file, with their headers */
    size_t plain_bytes;      /* the same before compression */
    size_t first_page, page_count;
    struct statistics statistics;
};

struct parquet_row_group {
    size_t rows;
    struct buffer bytes;
    struct column_chunk *chunks;
    size_t chunk_count, chunk_cap;
    struct data_page *pages;
    size_t page_count, page_cap;
};

/* Empties it; the memory is kept. */
void row_group_reset(struct parquet_row_group *group);
void row_group_release(struct parquet_row_group *group);

#endif
