/* page_read: pages with headers of metadata.c and bytes of codec.c are read back; truncated and
 * damaged ones are rejected. */
#include "page_read.h"

#include "check.h"
#include "codec.h"
#include "metadata.h"

#include <zlib.h>

static const enum parquet_codec codecs[] = {PARQUET_NONE, PARQUET_SNAPPY, PARQUET_ZSTD};

/* Appends a page of `plain` with this header's length before compression. */
static void append_page(struct buffer *out, enum parquet_codec codec, struct str plain,
                        size_t plain_bytes)
{
    struct codec compressor = {0};
    CLEANUP(buffer_release) struct buffer packed = {0};
    codec_compress(&compressor, codec, 1, plain, &packed);
    codec_release(&compressor);
    page_header_write(out, &(struct page_header){
                               .values = 7,
                               .encoding = ENCODING_RLE_DICTIONARY,
                               .plain_bytes = plain_bytes,
                               .bytes = packed.len,
                               .crc = (uint32_t)crc32_z(0, (const Bytef *)packed.data, packed.len),
                           });
    buffer_append_str(out, buffer_str(&packed));
}

static const struct str PLAIN = {"the same text, the same text, the same text, the same text", 58};

static void test_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codecs); i++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        CLEANUP(page_unpacker_release) struct page_unpacker unpacker = {0};
        struct stored_page page;
        struct str plain = STR_NULL;
        append_page(&out, codecs[i], PLAIN, PLAIN.len);
        append_page(&out, codecs[i], STR("x"), 1);
        struct str rest = buffer_str(&out);
        assert_true(page_read_header(&rest, &page));
        assert_int_equal(page.type, PAGE_DATA);
        assert_int_equal(page.encoding, ENCODING_RLE_DICTIONARY);
        assert_int_equal(page.values, 7);
        assert_null(page_unpack(&unpacker, codecs[i], &page, &rest, &plain));
        assert_true(str_equal(plain, PLAIN));
        assert_true(page_read_header(&rest, &page));
        assert_null(page_unpack(&unpacker, codecs[i], &page, &rest, &plain));
        assert_true(str_equal(plain, STR("x")));
        assert_int_equal(rest.len, 0);
    }
}

static void test_cut_pages(void **state)
{
    (void)state;
    CLEANUP(buffer_release) struct buffer out = {0};
    append_page(&out, PARQUET_NONE, PLAIN, PLAIN.len);
    for (size_t len = 0; len < out.len; len++) {
        struct str rest = {out.data, len};
        struct stored_page page;
        assert_false(page_read_header(&rest, &page));
        assert_int_equal(rest.len, len);
    }
}

static void test_damaged_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codecs); i++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        CLEANUP(page_unpacker_release) struct page_unpacker unpacker = {0};
        struct stored_page page;
        struct str plain;
        append_page(&out, codecs[i], PLAIN, PLAIN.len);
        out.data[out.len - 1] ^= 1;
        struct str rest = buffer_str(&out);
        assert_true(page_read_header(&rest, &page));
        assert_string_equal(page_unpack(&unpacker, codecs[i], &page, &rest, &plain),
                            "a page's checksum is wrong");
    }
}

static void test_wrong_lengths(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codecs); i++)
        for (size_t wrong = PLAIN.len - 1; wrong <= PLAIN.len + 1; wrong += 2) {
            CLEANUP(buffer_release) struct buffer out = {0};
            CLEANUP(page_unpacker_release) struct page_unpacker unpacker = {0};
            struct stored_page page;
            struct str plain;
            append_page(&out, codecs[i], PLAIN, wrong);
            struct str rest = buffer_str(&out);
            assert_true(page_read_header(&rest, &page));
            assert_string_equal(page_unpack(&unpacker, codecs[i], &page, &rest, &plain),
                                "a page cannot be decompressed");
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_cut_pages),
        cmocka_unit_test(test_damaged_bytes),
        cmocka_unit_test(test_wrong_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
