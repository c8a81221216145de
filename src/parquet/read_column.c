/* read_column: decodes a column chunk: levels, and values in the encodings that column_chunk.c
 * writes. Each number in the input is checked before it is used. */
#include "reader.h"

#include "bits.h"
#include "integer_decode.h"
#include "metadata.h"
#include "page_read.h"

#include <assert.h>

/* PLAIN_DICTIONARY, which other writers use for PLAIN in dictionary pages and for RLE_DICTIONARY in
 * data pages (Encodings.md, "Dictionary Encoding"). */
#define ENCODING_PLAIN_DICTIONARY 2

struct parquet_values {
    struct page_unpacker unpacker;
    struct buffer numbers;          /* of each row: an int32, int64, double, code or bit */
    struct buffer offsets;          /* of strings, in `data` */
    struct buffer data;             /* the bytes of strings */
    struct buffer validity;         /* of each row: a bit */
    struct buffer scratch;          /* levels, codes or numbers of a page */
    struct buffer plain_dictionary; /* the numbers of the dictionary page */
};

struct parquet_values *parquet_values_new(void)
{
    return mem_zalloc(sizeof(struct parquet_values));
}

void parquet_values_free(struct parquet_values *values)
{
    if (!values)
        return;
    page_unpacker_release(&values->unpacker);
    buffer_release(&values->numbers);
    buffer_release(&values->offsets);
    buffer_release(&values->data);
    buffer_release(&values->validity);
    buffer_release(&values->scratch);
    buffer_release(&values->plain_dictionary);
    mem_free(values);
}

/* One call of parquet_read_chunk. */
struct decoding {
    struct parquet_values *values;
    const struct schema_field *field;
    const struct reader_chunk *chunk;
    struct reader_column stored;
    struct str rest;  /* the pages that have not been read */
    size_t rows, row; /* of the chunk; decoded so far */
    size_t nulls;
    size_t entries; /* of the dictionary page */
    bool has_dictionary;
    struct error *error;
};

static enum status damaged(struct decoding *decoding, const char *what)
{
    return error_set(decoding->error, STATUS_CORRUPT, "column %.*s: %s",
                     STR_ARG(decoding->field->name), what);
}

static enum status unpack(struct decoding *decoding, const struct stored_page *page,
                          struct str *out)
{
    const char *fault = page_unpack(&decoding->values->unpacker, decoding->chunk->codec, page,
                                    &decoding->rest, out);
    return fault ? damaged(decoding, fault) : STATUS_OK;
}

/* ---- Values -------------------------------------------------------------------------------- */

/* Decodes strings in PLAIN, and appends them to values->data and values->offsets. */
static bool decode_strings(struct parquet_values *values, struct str bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t len;
        if (bytes.len < sizeof len)
            return false;
        memcpy(&len, bytes.data, sizeof len);
        if (len > bytes.len - sizeof len || values->data.len + len > UINT32_MAX)
            return false;
        buffer_append(&values->data, bytes.data + sizeof len, len);
        uint32_t end = (uint32_t)values->data.len;
        buffer_append(&values->offsets, &end, sizeof end);
        bytes = (struct str){bytes.data + sizeof len + len, bytes.len - sizeof len - len};
    }
    return bytes.len == 0;
}

static enum status read_dictionary_page(struct decoding *decoding, const struct stored_page *page)
{
    struct parquet_values *values = decoding->values;
    struct str plain = STR("");
    TRY(unpack(decoding, page, &plain));
    if (decoding->has_dictionary || decoding->row > 0 ||
        (page->encoding != ENCODING_PLAIN && page->encoding != ENCODING_PLAIN_DICTIONARY))
        return damaged(decoding, "a dictionary page is where none is allowed");
    decoding->has_dictionary = true;
    decoding->entries = (size_t)page->values;
    size_t width = values_width(decoding->stored.type);
    bool is_good = width ? plain.len == decoding->entries * width
                         : decoding->stored.type == PARQUET_STRING &&
                               decode_strings(values, plain, decoding->entries);
    if (width && is_good)
        buffer_append_str(&values->plain_dictionary, plain);
    return is_good ? STATUS_OK : damaged(decoding, "the dictionary is damaged");
}

/* Decodes `count` bits in the RLE / bit-packing hybrid, with its length in 4 bytes before it, at
 * the beginning of *plain, and removes them from *plain. The bits are in values->scratch; NULL:
 * they are malformed. */
static const uint32_t *decode_bits(struct parquet_values *values, struct str *plain, size_t count)
{
    uint32_t len;
    if (plain->len < sizeof len)
        return NULL;
    memcpy(&len, plain->data, sizeof len);
    if (len > plain->len - sizeof len)
        return NULL;
    uint32_t *bits = (void *)buffer_reserve(&values->scratch, (count + 1) * sizeof *bits);
    if (!rle_decode((struct str){plain->data + sizeof len, len}, 1, bits, count))
        return NULL;
    *plain = (struct str){plain->data + sizeof len + len, plain->len - sizeof len - len};
    return bits;
}

/* Decodes the definition levels at the beginning of *plain into `validity`, and removes them from
 * *plain. *count becomes the number of rows that are not null. */
static enum status decode_levels(struct decoding *decoding, struct str *plain, size_t rows,
                                 size_t *count)
{
    *count = rows;
    if (!decoding->stored.is_nullable)
        return STATUS_OK;
    const uint32_t *levels = decode_bits(decoding->values, plain, rows);
    if (!levels)
        return damaged(decoding, "a page's levels are damaged");
    uint8_t *validity = (uint8_t *)decoding->values->validity.data;
    *count = 0;
    for (size_t i = 0; i < rows; i++) {
        size_t row = decoding->row + i;
        validity[row / 8] |= (uint8_t)(levels[i] << row % 8);
        *count += levels[i];
    }
    return STATUS_OK;
}

static bool is_valid(const struct decoding *decoding, size_t row)
{
    const uint8_t *validity = (const uint8_t *)decoding->values->validity.data;
    assert(validity); /* reset_values */
    return !decoding->stored.is_nullable || bit_get(validity, row);
}

/* Copies `count` values of `width` bytes to the next `rows` rows, skipping the nulls. */
static void spread(struct decoding *decoding, const char *from, size_t width, size_t rows,
                   size_t count)
{
    char *out = decoding->values->numbers.data + decoding->row * width;
    if (count == rows) {
        memcpy(out, from, count * width);
        return;
    }
    for (size_t i = 0; i < rows; i++)
        if (is_valid(decoding, decoding->row + i)) {
            memcpy(out + i * width, from, width);
            from += width;
        }
}

/* The same for bits. */
static void spread_bits(struct decoding *decoding, const uint32_t *bits, size_t rows)
{
    char *out = decoding->values->numbers.data;
    for (size_t row = decoding->row; row < decoding->row + rows; row++)
        if (is_valid(decoding, row))
            out[row / 8] |= (char)(*bits++ << row % 8);
}

static bool decode_plain(struct decoding *decoding, struct str plain, size_t rows, size_t count)
{
    struct parquet_values *values = decoding->values;
    size_t width = values_width(decoding->stored.type);
    if (decoding->stored.type == PARQUET_BOOLEAN) {
        if (plain.len != (count + 7) / 8)
            return false;
        uint32_t *bits = (void *)buffer_reserve(&values->scratch, (count + 1) * sizeof *bits);
        for (size_t i = 0; i < count; i++)
            bits[i] = bit_get((const uint8_t *)plain.data, i);
        spread_bits(decoding, bits, rows);
        return true;
    }
    if (width) {
        if (plain.len != count * width)
            return false;
        spread(decoding, plain.data, width, rows, count);
        return true;
    }
    /* Each string becomes a dictionary entry of its own, so that strings always have codes. */
    size_t first = values->offsets.len / sizeof(uint32_t) - 1;
    if (!decode_strings(values, plain, count))
        return false;
    uint32_t *codes = (void *)values->numbers.data;
    for (size_t i = 0; i < rows; i++)
        if (is_valid(decoding, decoding->row + i))
            codes[decoding->row + i] = (uint32_t)first++;
    return true;
}

static bool decode_codes(struct decoding *decoding, struct str plain, size_t rows, size_t count)
{
    struct parquet_values *values = decoding->values;
    size_t width = values_width(decoding->stored.type);
    if (!decoding->has_dictionary || (count && plain.len == 0))
        return false;
    uint32_t *codes = (void *)buffer_reserve(&values->scratch, count * sizeof *codes);
    struct str packed = {plain.data + 1, plain.len ? plain.len - 1 : 0};
    if (count && !rle_decode(packed, (unsigned char)plain.data[0], codes, count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (codes[i] >= decoding->entries)
            return false;
    if (!width) {
        spread(decoding, (const char *)codes, sizeof *codes, rows, count);
        return true;
    }
    for (size_t i = 0, value = 0; i < rows; i++)
        if (is_valid(decoding, decoding->row + i))
            memcpy(values->numbers.data + (decoding->row + i) * width,
                   values->plain_dictionary.data + codes[value++] * width, width);
    return true;
}

static bool decode_deltas(struct decoding *decoding, struct str plain, size_t rows, size_t count)
{
    struct parquet_values *values = decoding->values;
    size_t width = values_width(decoding->stored.type);
    int64_t *numbers = (void *)buffer_reserve(&values->scratch, (count + 1) * sizeof *numbers);
    if (!width || !delta_packed_decode(plain, numbers, count))
        return false;
    if (width == sizeof(int32_t)) {
        int32_t *narrow = (void *)numbers;
        for (size_t i = 0; i < count; i++)
            narrow[i] = (int32_t)numbers[i];
    }
    spread(decoding, (const char *)numbers, width, rows, count);
    return true;
}

static bool decode_rle_bits(struct decoding *decoding, struct str plain, size_t rows, size_t count)
{
    if (decoding->stored.type != PARQUET_BOOLEAN)
        return false;
    const uint32_t *bits = decode_bits(decoding->values, &plain, count);
    if (!bits || plain.len)
        return false;
    spread_bits(decoding, bits, rows);
    return true;
}

static enum status read_data_page(struct decoding *decoding, const struct stored_page *page)
{
    struct str plain = STR("");
    size_t rows = (size_t)page->values, count;
    bool is_good = false;
    TRY(unpack(decoding, page, &plain));
    if (rows > decoding->rows - decoding->row)
        return damaged(decoding, "its pages have more rows than the row group");
    TRY(decode_levels(decoding, &plain, rows, &count));
    switch (page->encoding) {
    case ENCODING_PLAIN:
        is_good = decode_plain(decoding, plain, rows, count);
        break;
    case ENCODING_PLAIN_DICTIONARY:
    case ENCODING_RLE_DICTIONARY:
        is_good = decode_codes(decoding, plain, rows, count);
        break;
    case ENCODING_DELTA_BINARY_PACKED:
        is_good = decode_deltas(decoding, plain, rows, count);
        break;
    case ENCODING_RLE:
        is_good = decode_rle_bits(decoding, plain, rows, count);
        break;
    default:
        return damaged(decoding, "its encoding is not supported");
    }
    decoding->row += rows;
    decoding->nulls += rows - count;
    return is_good ? STATUS_OK : damaged(decoding, "a page's values are damaged");
}

/* ---- The column chunk ---------------------------------------------------------------------- */

/* Empties the values and allocates memory for all rows of the chunk. */
static void reset_values(struct decoding *decoding)
{
    struct parquet_values *values = decoding->values;
    size_t width = values_width(decoding->stored.type);
    size_t numbers = decoding->rows * (width ? width : sizeof(uint32_t)) + 8;
    uint32_t zero = 0;
    buffer_reset(&values->numbers);
    buffer_reset(&values->offsets);
    buffer_reset(&values->data);
    buffer_reset(&values->validity);
    buffer_reset(&values->scratch);
    buffer_reset(&values->plain_dictionary);
    memset(buffer_reserve(&values->numbers, numbers), 0, numbers);
    memset(buffer_reserve(&values->validity, decoding->rows / 8 + 1), 0, decoding->rows / 8 + 1);
    buffer_append(&values->offsets, &zero, sizeof zero);
    buffer_reserve(&values->data, 1);
}

/* INT32 to INT64. */
static void widen(const struct decoding *decoding)
{
    struct buffer *numbers = &decoding->values->numbers;
    buffer_reserve(numbers, decoding->rows * sizeof(int64_t));
    for (size_t i = decoding->rows; i-- > 0;) {
        int32_t narrow;
        memcpy(&narrow, numbers->data + i * sizeof narrow, sizeof narrow);
        int64_t wide = narrow;
        memcpy(numbers->data + i * sizeof wide, &wide, sizeof wide);
    }
}

static void set_column(const struct decoding *decoding, struct parquet_column *out)
{
    struct parquet_values *values = decoding->values;
    if (decoding->stored.type != decoding->field->type)
        widen(decoding);
    *out = (struct parquet_column){.values = values->numbers.data};
    if (decoding->nulls)
        out->validity = (const uint8_t *)values->validity.data;
    if (decoding->stored.type == PARQUET_STRING) {
        out->strings.offsets = (const void *)values->offsets.data;
        out->strings.data = values->data.data;
        out->strings.count = values->offsets.len / sizeof(uint32_t) - 1;
    }
}

enum status parquet_read_chunk(struct parquet_values *values, const struct parquet_reader *reader,
                               size_t group, size_t column, struct str bytes,
                               struct parquet_column *out, struct error *error)
{
    const struct reader_chunk *chunk = &reader->chunks[group * reader->schema->count + column];
    struct decoding decoding = {.values = values,
                                .field = &reader->schema->fields[column],
                                .chunk = chunk,
                                .stored = reader->stored[column],
                                .rest = bytes,
                                .rows = (size_t)reader->groups[group].rows,
                                .error = error};
    if (bytes.len != chunk->bytes)
        return damaged(&decoding, "it ends too early");
    reset_values(&decoding);
    if (chunk->statistics.is_absent)
        decoding.row = decoding.nulls = decoding.rows;
    while (decoding.row < decoding.rows || decoding.rest.len) {
        struct stored_page page;
        if (decoding.rest.len == 0)
            return damaged(&decoding, "its pages have fewer rows than the row group");
        if (!page_read_header(&decoding.rest, &page))
            return damaged(&decoding, "a page's header is damaged");
        if (page.type == PAGE_DICTIONARY)
            TRY(read_dictionary_page(&decoding, &page));
        else if (page.type == PAGE_DATA)
            TRY(read_data_page(&decoding, &page));
        else
            return damaged(&decoding, "a page has an unknown type");
    }
    if (decoding.nulls && !decoding.field->nullable)
        return damaged(&decoding, "it has nulls, which the table does not allow");
    set_column(&decoding, out);
    return STATUS_OK;
}
