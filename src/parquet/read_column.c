/* Reading a column chunk: pages, their checksums, levels, and values in the encodings that
 * column_chunk.c writes. Nothing of what the bytes say is believed before it is checked. */
#include "reader.h"

#include "bits.h"
#include "integer_decode.h"
#include "thrift_read.h"

#include <assert.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

/* What others still write for PLAIN in dictionary pages, and for RLE_DICTIONARY in data pages. */
#define OLD_DICTIONARY 2

/* A page of ours holds a MiB of values and some; a dictionary no more. */
#define MAX_PAGE_BYTES ((uint64_t)1 << 30)

struct parquet_values {
    struct ZSTD_DCtx_s *zstd;
    struct buffer plain;            /* a page */
    struct buffer numbers;          /* int32s, int64s, doubles, codes or bits, by row */
    struct buffer offsets;          /* of strings */
    struct buffer data;             /* their bytes */
    struct buffer validity;         /* bits by row */
    struct buffer scratch;          /* codes of a page */
    struct buffer plain_dictionary; /* numbers of a dictionary page */
};

struct parquet_values *parquet_values_new(void)
{
    return mem_zalloc(sizeof(struct parquet_values));
}

void parquet_values_free(struct parquet_values *values)
{
    if (!values)
        return;
    ZSTD_freeDCtx(values->zstd);
    buffer_release(&values->plain);
    buffer_release(&values->numbers);
    buffer_release(&values->offsets);
    buffer_release(&values->data);
    buffer_release(&values->validity);
    buffer_release(&values->scratch);
    buffer_release(&values->plain_dictionary);
    mem_free(values);
}

/* What is being decoded. */
struct decoding {
    struct parquet_values *values;
    const struct schema_field *field;
    const struct reader_chunk *chunk;
    bool is_nullable; /* in the file */
    struct str rest;  /* of the chunk's bytes */
    size_t rows, row; /* of the chunk; done so far */
    size_t nulls;
    size_t entries;      /* of the dictionary page */
    bool has_dictionary; /* a dictionary page is there */
    struct error *error;
};

static enum status damaged(struct decoding *decoding, const char *what)
{
    return error_set(decoding->error, STATUS_CORRUPT, "column %.*s: %s",
                     STR_ARG(decoding->field->name), what);
}

/* ---- Pages --------------------------------------------------------------------------------- */

struct page_in {
    int64_t type, encoding, crc;
    uint64_t plain_bytes, bytes, values;
    bool has_crc;
};

static void read_inner_header(struct thrift_reader *in, struct page_in *page)
{
    for (struct thrift_field field = {0}; thrift_read_field(in, &field);)
        if (field.id == 1 && thrift_expect(in, &field, THRIFT_I32))
            page->values = thrift_read_size(in, INT32_MAX);
        else if (field.id == 2 && thrift_expect(in, &field, THRIFT_I32))
            page->encoding = thrift_read_int(in);
        else
            thrift_skip(in, field.type);
}

static bool read_header(struct decoding *decoding, struct page_in *page)
{
    const uint8_t *begin = (const uint8_t *)decoding->rest.data;
    struct thrift_reader in = {begin, begin + decoding->rest.len, false, 0};
    *page = (struct page_in){.type = -1, .encoding = -1};
    for (struct thrift_field field = {0}; thrift_read_field(&in, &field);)
        switch (field.id) {
        case 1:
            page->type = thrift_read_int(&in);
            break;
        case 2:
            page->plain_bytes = thrift_read_size(&in, MAX_PAGE_BYTES);
            break;
        case 3:
            page->bytes = thrift_read_size(&in, MAX_PAGE_BYTES);
            break;
        case 4:
            page->crc = thrift_read_int(&in);
            page->has_crc = true;
            break;
        case 5:
        case 7:
            if (thrift_expect(&in, &field, THRIFT_STRUCT))
                read_inner_header(&in, page);
            break;
        default:
            thrift_skip(&in, field.type);
        }
    size_t used = (size_t)(in.at - begin);
    if (in.is_bad || page->bytes > decoding->rest.len - used)
        return false;
    decoding->rest = (struct str){decoding->rest.data + used, decoding->rest.len - used};
    return true;
}

static bool unpack_zstd(struct parquet_values *values, struct str stored, char *out, size_t len)
{
    if (!values->zstd && !(values->zstd = ZSTD_createDCtx()))
        mem_exhausted();
    return ZSTD_decompressDCtx(values->zstd, out, len, stored.data, stored.len) == len;
}

static bool unpack_snappy(struct str stored, char *out, size_t len)
{
    size_t plain_len;
    return snappy_uncompressed_length(stored.data, stored.len, &plain_len) == SNAPPY_OK &&
           plain_len == len &&
           snappy_uncompress(stored.data, stored.len, out, &plain_len) == SNAPPY_OK;
}

/* The page's bytes before compression: borrowed from the chunk, or from `values->plain`. */
static enum status unpack(struct decoding *decoding, const struct page_in *page, struct str *out)
{
    struct str stored = {decoding->rest.data, (size_t)page->bytes};
    struct buffer *plain = &decoding->values->plain;
    decoding->rest = (struct str){stored.data + stored.len, decoding->rest.len - stored.len};
    uint32_t crc = (uint32_t)crc32_z(0, (const Bytef *)stored.data, stored.len);
    if (!page->has_crc || crc != (uint32_t)page->crc)
        return damaged(decoding, "a page's checksum is wrong");
    buffer_reset(plain);
    size_t len = (size_t)page->plain_bytes;
    bool is_good = true;
    *out = stored;
    switch (decoding->chunk->codec) {
    case PARQUET_NONE:
        is_good = stored.len == len;
        break;
    case PARQUET_SNAPPY:
        *out = (struct str){buffer_reserve(plain, len + 1), len};
        is_good = unpack_snappy(stored, plain->data, len);
        break;
    case PARQUET_ZSTD:
        *out = (struct str){buffer_reserve(plain, len + 1), len};
        is_good = unpack_zstd(decoding->values, stored, plain->data, len);
        break;
    }
    return is_good ? STATUS_OK : damaged(decoding, "a page cannot be decompressed");
}

/* ---- Values -------------------------------------------------------------------------------- */

static size_t width_of(enum parquet_type type)
{
    return type == PARQUET_INT32 ? 4 : type == PARQUET_BOOLEAN || type == PARQUET_STRING ? 0 : 8;
}

/* Appends strings of PLAIN to data and offsets. */
static bool take_strings(struct parquet_values *values, struct str bytes, size_t count)
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

static enum status take_dictionary(struct decoding *decoding, const struct page_in *page)
{
    struct parquet_values *values = decoding->values;
    struct str plain = STR("");
    TRY(unpack(decoding, page, &plain));
    if (decoding->has_dictionary || decoding->row > 0 ||
        (page->encoding != ENCODING_PLAIN && page->encoding != OLD_DICTIONARY))
        return damaged(decoding, "a dictionary page stands where none may be");
    decoding->has_dictionary = true;
    decoding->entries = (size_t)page->values;
    size_t width = width_of(decoding->field->type);
    bool is_good = width ? plain.len == decoding->entries * width
                         : decoding->field->type == PARQUET_STRING &&
                               take_strings(values, plain, decoding->entries);
    if (width && is_good)
        buffer_append_str(&values->plain_dictionary, plain);
    return is_good ? STATUS_OK : damaged(decoding, "the dictionary is damaged");
}

/* How many of the page's rows are values; their bits come into `validity`. */
static enum status take_levels(struct decoding *decoding, struct str *plain, size_t rows,
                               size_t *count)
{
    struct parquet_values *values = decoding->values;
    uint32_t len;
    *count = rows;
    if (!decoding->is_nullable)
        return STATUS_OK;
    if (plain->len < sizeof len)
        return damaged(decoding, "a page's levels are damaged");
    memcpy(&len, plain->data, sizeof len);
    if (len > plain->len - sizeof len)
        return damaged(decoding, "a page's levels are damaged");
    uint32_t *levels = (void *)buffer_reserve(&values->scratch, rows * sizeof *levels);
    if (!rle_decode((struct str){plain->data + sizeof len, len}, 1, levels, rows))
        return damaged(decoding, "a page's levels are damaged");
    uint8_t *validity = (uint8_t *)values->validity.data;
    *count = 0;
    for (size_t i = 0; i < rows; i++) {
        size_t row = decoding->row + i;
        validity[row / 8] |= (uint8_t)(levels[i] << row % 8);
        *count += levels[i];
    }
    *plain = (struct str){plain->data + sizeof len + len, plain->len - sizeof len - len};
    return STATUS_OK;
}

static bool is_valid(const struct decoding *decoding, size_t row)
{
    const uint8_t *validity = (const uint8_t *)decoding->values->validity.data;
    assert(validity); /* make_room */
    return !decoding->is_nullable || bit_get(validity, row);
}

/* Puts values of `width` bytes to the rows that are not null. */
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

static bool take_plain(struct decoding *decoding, struct str plain, size_t rows, size_t count)
{
    struct parquet_values *values = decoding->values;
    size_t width = width_of(decoding->field->type);
    if (decoding->field->type == PARQUET_BOOLEAN) {
        if (plain.len != (count + 7) / 8)
            return false;
        for (size_t i = 0, value = 0; i < rows; i++)
            if (is_valid(decoding, decoding->row + i)) {
                size_t row = decoding->row + i;
                values->numbers.data[row / 8] |=
                    (char)(bit_get((const uint8_t *)plain.data, value++) << row % 8);
            }
        return true;
    }
    if (width) {
        if (plain.len != count * width)
            return false;
        spread(decoding, plain.data, width, rows, count);
        return true;
    }
    /* Strings get codes, as with a dictionary: one for each value. */
    size_t first = values->offsets.len / sizeof(uint32_t) - 1;
    if (!take_strings(values, plain, count))
        return false;
    uint32_t *codes = (void *)values->numbers.data;
    for (size_t i = 0; i < rows; i++)
        if (is_valid(decoding, decoding->row + i))
            codes[decoding->row + i] = (uint32_t)first++;
    return true;
}

static bool take_codes(struct decoding *decoding, struct str plain, size_t rows, size_t count)
{
    struct parquet_values *values = decoding->values;
    size_t width = width_of(decoding->field->type);
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

static bool take_deltas(struct decoding *decoding, struct str plain, size_t rows, size_t count)
{
    struct parquet_values *values = decoding->values;
    size_t width = width_of(decoding->field->type);
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

static bool take_rle_bits(struct decoding *decoding, struct str plain, size_t rows, size_t count)
{
    struct parquet_values *values = decoding->values;
    uint32_t len;
    if (decoding->field->type != PARQUET_BOOLEAN || plain.len < sizeof len)
        return false;
    memcpy(&len, plain.data, sizeof len);
    uint32_t *bits = (void *)buffer_reserve(&values->scratch, (count + 1) * sizeof *bits);
    if (len != plain.len - sizeof len ||
        !rle_decode((struct str){plain.data + sizeof len, len}, 1, bits, count))
        return false;
    for (size_t i = 0, value = 0; i < rows; i++)
        if (is_valid(decoding, decoding->row + i)) {
            size_t row = decoding->row + i;
            values->numbers.data[row / 8] |= (char)(bits[value++] << row % 8);
        }
    return true;
}

static enum status take_page(struct decoding *decoding, const struct page_in *page)
{
    struct str plain = STR("");
    size_t rows = (size_t)page->values, count;
    bool is_good = false;
    TRY(unpack(decoding, page, &plain));
    if (rows > decoding->rows - decoding->row)
        return damaged(decoding, "its pages have more rows than the row group");
    TRY(take_levels(decoding, &plain, rows, &count));
    switch (page->encoding) {
    case ENCODING_PLAIN:
        is_good = take_plain(decoding, plain, rows, count);
        break;
    case OLD_DICTIONARY:
    case ENCODING_RLE_DICTIONARY:
        is_good = take_codes(decoding, plain, rows, count);
        break;
    case ENCODING_DELTA_BINARY_PACKED:
        is_good = take_deltas(decoding, plain, rows, count);
        break;
    case ENCODING_RLE:
        is_good = take_rle_bits(decoding, plain, rows, count);
        break;
    default:
        return damaged(decoding, "its encoding is none of ours");
    }
    decoding->row += rows;
    decoding->nulls += rows - count;
    return is_good ? STATUS_OK : damaged(decoding, "a page's values are damaged");
}

/* ---- The chunk ----------------------------------------------------------------------------- */

static void make_room(struct decoding *decoding)
{
    struct parquet_values *values = decoding->values;
    size_t width = width_of(decoding->field->type);
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

static void show(const struct decoding *decoding, struct parquet_column *out)
{
    struct parquet_values *values = decoding->values;
    *out = (struct parquet_column){.values = values->numbers.data};
    if (decoding->nulls)
        out->validity = (const uint8_t *)values->validity.data;
    if (decoding->field->type == PARQUET_STRING) {
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
                                .is_nullable = reader->is_nullable[column],
                                .rest = bytes,
                                .rows = (size_t)reader->groups[group].rows,
                                .error = error};
    if (bytes.len != chunk->bytes)
        return damaged(&decoding, "it ends too early");
    make_room(&decoding);
    if (chunk->statistics.is_absent)
        decoding.row = decoding.nulls = decoding.rows;
    while (decoding.row < decoding.rows || decoding.rest.len) {
        struct page_in page;
        if (decoding.rest.len == 0)
            return damaged(&decoding, "its pages have fewer rows than the row group");
        if (!read_header(&decoding, &page))
            return damaged(&decoding, "a page's header is damaged");
        if (page.type == 2)
            TRY(take_dictionary(&decoding, &page));
        else if (page.type == 0)
            TRY(take_page(&decoding, &page));
        else
            return damaged(&decoding, "a page is of no kind of ours");
    }
    if (decoding.nulls && !decoding.field->nullable)
        return damaged(&decoding, "there are nulls, where the table has none");
    show(&decoding, out);
    return STATUS_OK;
}
