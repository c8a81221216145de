/* An encoded row group: the bytes of its pages, and the data from which its metadata is written. */
#pragma once

#include "encodings.h"
#include "statistics.h"

struct data_page {
    size_t rows;  /* whole rows: none continues in the next page */
    size_t bytes; /* with its header, after compression */
    struct parquet_statistics statistics;
};

/* A column chunk: a dictionary page or none, then data pages, all with one codec. The pages follow
 * each other without gaps, and so do the chunks of a row group. */
struct column_chunk {
    enum encoding encoding; /* of the values in the data pages */
    enum parquet_codec codec;
    size_t dictionary_bytes; /* of the dictionary page with its header, or 0 */
    size_t bytes;            /* of all pages with their headers, after compression */
    size_t plain_bytes;      /* of all pages with their headers, before compression */
    size_t first_page, page_count;
    struct parquet_statistics statistics;
};

struct parquet_row_group {
    size_t rows;
    struct buffer bytes;
    struct column_chunk *chunks;
    size_t chunk_count, chunk_cap;
    struct data_page *pages;
    size_t page_count, page_cap;
};
