/* page_read: PageHeader of parquet.thrift (the numbers are the ids of the fields there), checksums,
 * zstd and snappy. */
#include "page_read.h"

#include "thrift_read.h"

#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

/* Pages that this layer or Spark writes have about 1 MiB. */
#define MAX_PAGE_BYTES ((uint64_t)1 << 30)

void page_unpacker_release(struct page_unpacker *unpacker)
{
    ZSTD_freeDCtx(unpacker->zstd);
    buffer_release(&unpacker->plain);
    *unpacker = (struct page_unpacker){0};
}

/* DataPageHeader and DictionaryPageHeader begin with the same two fields. */
static void read_inner_header(struct thrift_reader *in, struct stored_page *page)
{
    for (struct thrift_field field = {0}; thrift_read_field(in, &field);)
        if (field.id == 1 && thrift_expect(in, &field, THRIFT_I32))
            page->values = thrift_read_size(in, INT32_MAX);
        else if (field.id == 2 && thrift_expect(in, &field, THRIFT_I32))
            page->encoding = thrift_read_int(in);
        else
            thrift_skip(in, field.type);
}

static void read_header_fields(struct thrift_reader *in, struct stored_page *page)
{
    for (struct thrift_field field = {0}; thrift_read_field(in, &field);)
        switch (field.id) {
        case 1:
            page->type = thrift_read_int(in);
            break;
        case 2:
            page->plain_bytes = thrift_read_size(in, MAX_PAGE_BYTES);
            break;
        case 3:
            page->bytes = thrift_read_size(in, MAX_PAGE_BYTES);
            break;
        case 4:
            page->crc = thrift_read_int(in);
            page->has_crc = true;
            break;
        case 5:
        case 7:
            if (thrift_expect(in, &field, THRIFT_STRUCT))
                read_inner_header(in, page);
            break;
        default:
            thrift_skip(in, field.type);
        }
}

bool page_read_header(struct str *rest, struct stored_page *out)
{
    const uint8_t *begin = (const uint8_t *)rest->data;
    struct thrift_reader in = {begin, begin + rest->len, false, 0};
    *out = (struct stored_page){.type = -1, .encoding = -1};
    read_header_fields(&in, out);
    size_t used = (size_t)(in.at - begin);
    if (in.is_bad || out->bytes > rest->len - used)
        return false;
    *rest = (struct str){rest->data + used, rest->len - used};
    return true;
}

static bool unpack_zstd(struct page_unpacker *unpacker, struct str stored, char *out, size_t len)
{
    if (!unpacker->zstd && !(unpacker->zstd = ZSTD_createDCtx()))
        mem_exhausted();
    return ZSTD_decompressDCtx(unpacker->zstd, out, len, stored.data, stored.len) == len;
}

static bool unpack_snappy(struct str stored, char *out, size_t len)
{
    size_t plain_len;
    return snappy_uncompressed_length(stored.data, stored.len, &plain_len) == SNAPPY_OK &&
           plain_len == len &&
           snappy_uncompress(stored.data, stored.len, out, &plain_len) == SNAPPY_OK;
}

static bool unpack(struct page_unpacker *unpacker, enum parquet_codec codec, struct str stored,
                   size_t len, struct str *out)
{
    if (codec == PARQUET_NONE) {
        *out = stored;
        return stored.len == len;
    }
    buffer_reset(&unpacker->plain);
    char *plain = buffer_reserve(&unpacker->plain, len + 1);
    *out = (struct str){plain, len};
    return codec == PARQUET_SNAPPY ? unpack_snappy(stored, plain, len)
                                   : unpack_zstd(unpacker, stored, plain, len);
}

const char *page_unpack(struct page_unpacker *unpacker, enum parquet_codec codec,
                        const struct stored_page *page, struct str *rest, struct str *out)
{
    struct str stored = {rest->data, (size_t)page->bytes};
    *rest = (struct str){stored.data + stored.len, rest->len - stored.len};
    uint32_t crc = (uint32_t)crc32_z(0, (const Bytef *)stored.data, stored.len);
    if (!page->has_crc || crc != (uint32_t)page->crc)
        return "a page's checksum is wrong";
    return unpack(unpacker, codec, stored, (size_t)page->plain_bytes, out)
               ? NULL
               : "a page cannot be decompressed";
}
