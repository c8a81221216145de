/* metadata: writes PageHeader, ColumnMetaData, ColumnIndex and OffsetIndex of parquet.thrift. The
 * number passed with each value is the field's id there. */
#include "metadata.h"

/* The numbers of parquet.thrift. */
static const int32_t codecs[] = {[PARQUET_NONE] = 0, [PARQUET_SNAPPY] = 1, [PARQUET_ZSTD] = 6};
enum { ORDER_UNORDERED = 0, ORDER_ASCENDING = 1, ORDER_DESCENDING = 2 }; /* BoundaryOrder */

/* ---- Pages ------------------------------------------------------------------------------- */

THRIFT_WRITE data_page_header_write(struct thrift_writer *thrift, const struct page_header *header)
{
    int outer = thrift_begin(thrift, 5);
    thrift_i32(thrift, 1, (int32_t)header->values);
    thrift_i32(thrift, 2, header->encoding);
    thrift_i32(thrift, 3, ENCODING_RLE); /* definition levels */
    thrift_i32(thrift, 4, ENCODING_RLE); /* repetition levels */
    thrift_end(thrift, outer);
}

THRIFT_WRITE dictionary_page_header_write(struct thrift_writer *thrift,
                                          const struct page_header *header)
{
    int outer = thrift_begin(thrift, 7);
    thrift_i32(thrift, 1, (int32_t)header->values);
    thrift_i32(thrift, 2, header->encoding);
    thrift_end(thrift, outer);
}

void page_header_write(struct buffer *out, const struct page_header *header)
{
    struct thrift_writer thrift = {buffer_reserve(out, 12 * THRIFT_FIELD), 0};
    thrift_i32(&thrift, 1, header->dictionary ? PAGE_DICTIONARY : PAGE_DATA);
    thrift_i32(&thrift, 2, (int32_t)header->plain_bytes);
    thrift_i32(&thrift, 3, (int32_t)header->bytes);
    thrift_i32(&thrift, 4, (int32_t)header->crc);
    if (header->dictionary)
        dictionary_page_header_write(&thrift, header);
    else
        data_page_header_write(&thrift, header);
    thrift_end(&thrift, 0);
    thrift_finish(&thrift, out);
}

/* ---- Column chunks ----------------------------------------------------------------------- */

THRIFT_WRITE statistics_write(struct thrift_writer *thrift, int field, enum parquet_type type,
                              const struct parquet_statistics *statistics)
{
    const struct parquet_bound *min = &statistics->min, *max = &statistics->max;
    int outer = thrift_begin(thrift, field);
    thrift_i64(thrift, 3, (int64_t)statistics->nulls);
    if (max->is_set)
        thrift_binary(thrift, 5, bound_plain(type, max));
    if (min->is_set)
        thrift_binary(thrift, 6, bound_plain(type, min));
    if (max->is_set)
        thrift_bool(thrift, 7, max->is_exact);
    if (min->is_set)
        thrift_bool(thrift, 8, min->is_exact);
    if (type == PARQUET_DOUBLE)
        thrift_i64(thrift, 9, (int64_t)statistics->nans);
    thrift_end(thrift, outer);
}

/* ColumnMetaData.encodings: of the dictionary page, the levels and the values. */
THRIFT_WRITE encodings_write(struct thrift_writer *thrift, int field, bool levels,
                             const struct column_chunk *chunk)
{
    bool plain = chunk->dictionary_bytes > 0 || chunk->encoding == ENCODING_PLAIN;
    bool rle = levels || chunk->encoding == ENCODING_RLE;
    bool other = chunk->encoding != ENCODING_PLAIN && chunk->encoding != ENCODING_RLE;
    thrift_list(thrift, field, THRIFT_I32, (size_t)plain + rle + other);
    if (plain)
        thrift_element_int(thrift, ENCODING_PLAIN);
    if (rle)
        thrift_element_int(thrift, ENCODING_RLE);
    if (other)
        thrift_element_int(thrift, chunk->encoding);
}

THRIFT_WRITE encoding_stats_element(struct thrift_writer *thrift, int32_t page_type,
                                    int32_t encoding, size_t count)
{
    int list = thrift_begin_element(thrift);
    thrift_i32(thrift, 1, page_type);
    thrift_i32(thrift, 2, encoding);
    thrift_i32(thrift, 3, (int32_t)count);
    thrift_end(thrift, list);
}

THRIFT_WRITE encoding_stats_write(struct thrift_writer *thrift, int field,
                                  const struct column_chunk *chunk)
{
    bool dictionary = chunk->dictionary_bytes > 0;
    thrift_list(thrift, field, THRIFT_STRUCT, dictionary ? 2 : 1);
    if (dictionary)
        encoding_stats_element(thrift, PAGE_DICTIONARY, ENCODING_PLAIN, 1);
    encoding_stats_element(thrift, PAGE_DATA, chunk->encoding, chunk->page_count);
}

void column_metadata_write(struct buffer *out, const struct schema_field *field,
                           const struct column_chunk *chunk, uint64_t offset)
{
    const struct parquet_statistics *statistics = &chunk->statistics;
    size_t most = field->name.len + 2 * PARQUET_BOUND_BYTES + 40 * THRIFT_FIELD;
    for (size_t i = 0; i < field->group_count; i++)
        most += field->groups[i].len + THRIFT_FIELD;
    struct thrift_writer thrift = {buffer_reserve(out, most), 0};
    thrift_i32(&thrift, 1, values_physical_type(field->type));
    encodings_write(&thrift, 2, field->definition > 0, chunk);
    thrift_list(&thrift, 3, THRIFT_BINARY, field->group_count + 1);
    for (size_t i = 0; i < field->group_count; i++)
        thrift_element_binary(&thrift, field->groups[i]);
    thrift_element_binary(&thrift, field->name);
    thrift_i32(&thrift, 4, codecs[chunk->codec]);
    thrift_i64(&thrift, 5, (int64_t)(statistics->values + statistics->nulls));
    thrift_i64(&thrift, 6, (int64_t)chunk->plain_bytes);
    thrift_i64(&thrift, 7, (int64_t)chunk->bytes);
    thrift_i64(&thrift, 9, (int64_t)(offset + chunk->dictionary_bytes));
    if (chunk->dictionary_bytes > 0)
        thrift_i64(&thrift, 11, (int64_t)offset);
    statistics_write(&thrift, 12, field->type, statistics);
    encoding_stats_write(&thrift, 13, chunk);
    thrift_end(&thrift, 0);
    thrift_finish(&thrift, out);
}

/* ---- Page index (PageIndex.md) ----------------------------------------------------------- */

static bool page_is_null(const struct data_page *page)
{
    return page->statistics.values == 0;
}

/* Whether the bounds of each page are in order after those of the pages before; `sign` is 1 for
 * ascending and -1 for descending. Pages without values are skipped. */
static bool pages_ordered(enum parquet_type type, const struct data_page *pages, size_t count,
                          int sign)
{
    const struct parquet_statistics *before = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct parquet_statistics *statistics = &pages[i].statistics;
        if (page_is_null(&pages[i]))
            continue;
        if (before != NULL && (bound_compare(type, &before->min, &statistics->min) * sign > 0 ||
                               bound_compare(type, &before->max, &statistics->max) * sign > 0))
            return false;
        before = statistics;
    }
    return true;
}

static int32_t boundary_order(enum parquet_type type, const struct data_page *pages, size_t count)
{
    if (pages_ordered(type, pages, count, 1))
        return ORDER_ASCENDING;
    return pages_ordered(type, pages, count, -1) ? ORDER_DESCENDING : ORDER_UNORDERED;
}

static bool pages_have_bounds(const struct data_page *pages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct parquet_statistics *statistics = &pages[i].statistics;
        if (!page_is_null(&pages[i]) && (!statistics->min.is_set || !statistics->max.is_set))
            return false;
    }
    return true;
}

void column_index_write(struct buffer *out, enum parquet_type type, const struct data_page *pages,
                        size_t count)
{
    if (!pages_have_bounds(pages, count))
        return;
    const size_t page_most = 2 * PARQUET_BOUND_BYTES + 3 * THRIFT_FIELD;
    struct thrift_writer thrift = {buffer_reserve(out, count * page_most + 16 * THRIFT_FIELD), 0};
    thrift_list(&thrift, 1, THRIFT_TRUE, count);
    for (size_t i = 0; i < count; i++)
        thrift_element_bool(&thrift, page_is_null(&pages[i]));
    thrift_list(&thrift, 2, THRIFT_BINARY, count);
    for (size_t i = 0; i < count; i++) /* the bounds of a null page are empty strings */
        thrift_element_binary(&thrift, bound_plain(type, &pages[i].statistics.min));
    thrift_list(&thrift, 3, THRIFT_BINARY, count);
    for (size_t i = 0; i < count; i++)
        thrift_element_binary(&thrift, bound_plain(type, &pages[i].statistics.max));
    thrift_i32(&thrift, 4, boundary_order(type, pages, count));
    thrift_list(&thrift, 5, THRIFT_I64, count);
    for (size_t i = 0; i < count; i++)
        thrift_element_int(&thrift, (int64_t)pages[i].statistics.nulls);
    if (type == PARQUET_DOUBLE) {
        thrift_list(&thrift, 8, THRIFT_I64, count);
        for (size_t i = 0; i < count; i++)
            thrift_element_int(&thrift, (int64_t)pages[i].statistics.nans);
    }
    thrift_end(&thrift, 0);
    thrift_finish(&thrift, out);
}

void offset_index_write(struct buffer *out, const struct data_page *pages, size_t count,
                        uint64_t offset)
{
    struct thrift_writer thrift = {buffer_reserve(out, (4 * count + 4) * THRIFT_FIELD), 0};
    size_t row = 0;
    thrift_list(&thrift, 1, THRIFT_STRUCT, count);
    for (size_t i = 0; i < count; i++) {
        int list = thrift_begin_element(&thrift);
        thrift_i64(&thrift, 1, (int64_t)offset);
        thrift_i32(&thrift, 2, (int32_t)pages[i].bytes);
        thrift_i64(&thrift, 3, (int64_t)row);
        thrift_end(&thrift, list);
        offset += pages[i].bytes;
        row += pages[i].rows;
    }
    thrift_end(&thrift, 0);
    thrift_finish(&thrift, out);
}
