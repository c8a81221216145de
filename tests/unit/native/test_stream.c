/* Compressed files: several members or frames, cut short, with something behind them, and of sizes
 * that meet the ends of buffers exactly. */
#include "packed_case.h"
#include "scratch.h"

#include "stream.h"

#define CHUNK_BYTES ((size_t)256 << 10) /* as stream.c fetches */

static const enum packing packings[] = {PACKING_GZIP, PACKING_ZSTD};

static void stream_release(struct stream **stream)
{
    stream_free(*stream);
}

/* Puts `packed` as an object and reads it `want` bytes at a time. */
static enum status read_packed(struct scratch *scratch, enum packing packing, struct str packed,
                               size_t want, struct buffer *out, struct error *error)
{
    const struct store_object object = {.key = STR("file"), .size_bytes = packed.len};
    struct str begin = {packed.data, packed.len < 10 ? packed.len : 10};
    scratch_put(scratch, "file", packed);
    CLEANUP(stream_release)
    struct stream *stream = stream_new(scratch->store, &object, packing, begin);
    buffer_reset(out);
    for (;;) {
        size_t before = out->len;
        TRY(stream_read(stream, want, out, error));
        assert_true(out->len - before <= want);
        if (out->len - before < want)
            break;
    }
    size_t end = out->len; /* and it stays at its end */
    TRY(stream_read(stream, want, out, error));
    assert_int_equal(out->len, end);
    return STATUS_OK;
}

static void make_text(struct buffer *out, size_t len, uint64_t seed)
{
    uint64_t random = seed;
    buffer_reset(out);
    while (out->len < len)
        buffer_append_char(out, (char)('a' + random_below(&random, 20)));
}

static void test_members_and_frames_follow_each_other(void **state)
{
    static const size_t wants[] = {1, 2, 7, 100, 4096};
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < COUNT(packings) * COUNT(wants); i++) {
        CLEANUP(buffer_release) struct buffer packed = {0}, out = {0};
        struct error error;
        append_packed(&packed, packings[i % 2], STR("one "));
        append_packed(&packed, packings[i % 2], STR(""));
        append_packed(&packed, packings[i % 2], STR("two "));
        append_packed(&packed, packings[i % 2], STR("three"));
        ASSERT_OK(
            read_packed(&scratch, packings[i % 2], buffer_str(&packed), wants[i / 2], &out, &error),
            error);
        assert_str(buffer_str(&out), "one two three");
    }
}

static void test_nothing_packed(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < COUNT(packings); i++) {
        CLEANUP(buffer_release) struct buffer packed = {0}, out = {0};
        struct error error;
        append_packed(&packed, packings[i], STR(""));
        ASSERT_OK(read_packed(&scratch, packings[i], buffer_str(&packed), 10, &out, &error), error);
        assert_int_equal(out.len, 0);
    }
}

static void test_cut_at_every_byte(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < COUNT(packings); i++) {
        CLEANUP(buffer_release) struct buffer text = {0}, packed = {0}, out = {0};
        struct error error = {0};
        make_text(&text, 100, 5);
        append_packed(&packed, packings[i], buffer_str(&text));
        size_t first = packed.len; /* here it is whole, if shorter */
        append_packed(&packed, packings[i], buffer_str(&text));
        for (size_t len = 1; len < packed.len; len++) {
            enum status status = read_packed(&scratch, packings[i], (struct str){packed.data, len},
                                             64, &out, &error);
            if (status != (len == first ? STATUS_OK : STATUS_CORRUPT))
                fail_msg("%zu of %zu bytes: %s", len, packed.len, error.message);
        }
        assert_non_null(strstr(error.message, scratch.path));
        assert_non_null(strstr(error.message, "/file is broken "));
    }
}

static void test_what_is_not_packed_is_corrupt(void **state)
{
    static const struct str garbage[] = {
        {"x", 1}, {"\0", 1}, {"garbage behind it", 17}, {"\x1f\x8b", 2}, {"{}\n", 3}};
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < COUNT(packings) * COUNT(garbage) * 2; i++) {
        CLEANUP(buffer_release) struct buffer packed = {0}, out = {0};
        enum packing packing = packings[i % 2];
        struct error error;
        if (i / 2 % 2)
            append_packed(&packed, packing, STR("what is whole"));
        buffer_append_str(&packed, garbage[i / 4]);
        assert_int_equal(read_packed(&scratch, packing, buffer_str(&packed), 100, &out, &error),
                         STATUS_CORRUPT);
    }
}

/* Data of another kind says so, also where nothing could be unpacked before; not in its middle. */
static void test_wrong_names_are_told(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < COUNT(packings); i++) {
        CLEANUP(buffer_release) struct buffer other = {0}, behind = {0}, out = {0};
        struct error error;
        append_packed(&other, packings[1 - i], STR("text"));
        assert_int_equal(read_packed(&scratch, packings[i], buffer_str(&other), 10, &out, &error),
                         STATUS_CORRUPT);
        assert_non_null(
            strstr(error.message, i ? "is gzip data, and its name" : "is zstd data, and"));
        append_packed(&behind, packings[i], STR("text"));
        buffer_append_str(&behind, buffer_str(&other));
        assert_int_equal(read_packed(&scratch, packings[i], buffer_str(&behind), 10, &out, &error),
                         STATUS_CORRUPT);
        assert_non_null(strstr(error.message, "is broken "));
    }
}

/* A frame's head that asks for a window of 2^log bytes (RFC 8878, 3.1.1.1), and one raw block. */
static void test_windows_of_zstd(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    for (unsigned log = 26; log <= 31; log++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        char frame[] = "\x28\xB5\x2F\xFD\x00_\x09\x00\x00x";
        struct error error = {0};
        frame[5] = (char)((log - 10) << 3);
        enum status status = read_packed(&scratch, PACKING_ZSTD,
                                         (struct str){frame, sizeof frame - 1}, 10, &out, &error);
        assert_int_equal(status, log <= 27 ? STATUS_OK : STATUS_CORRUPT);
        if (status == STATUS_OK)
            assert_str(buffer_str(&out), "x");
        else
            assert_non_null(strstr(error.message, "needs a window of more than 128 MiB"));
        assert_null(strstr(error.message, "broken"));
    }
}

static void test_a_changed_byte_is_noticed(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer text = {0}, packed = {0}, out = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    make_text(&text, 1000, 9);
    append_gzip(&packed, buffer_str(&text));
    packed.data[packed.len - 6] ^= 1; /* in the checksum */
    assert_int_equal(read_packed(&scratch, PACKING_GZIP, buffer_str(&packed), 4096, &out, &error),
                     STATUS_CORRUPT);
}

/* Unpacked sizes around what is asked for, and packed sizes around what is fetched at once. */
static void test_sizes_that_meet_the_ends_of_buffers(void **state)
{
    static const size_t sizes[] = {
        4095, 4096, 4097, 8192, CHUNK_BYTES, CHUNK_BYTES - 1, 2 * CHUNK_BYTES, 131072, 131073};
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < COUNT(packings) * COUNT(sizes); i++) {
        CLEANUP(buffer_release) struct buffer text = {0}, packed = {0}, out = {0};
        struct error error;
        make_text(&text, sizes[i / 2], i + 1);
        append_packed(&packed, packings[i % 2], buffer_str(&text));
        append_packed(&packed, packings[i % 2], buffer_str(&text));
        ASSERT_OK(read_packed(&scratch, packings[i % 2], buffer_str(&packed), 4096, &out, &error),
                  error);
        assert_int_equal(out.len, 2 * text.len);
        assert_memory_equal(out.data, text.data, text.len);
        assert_memory_equal(out.data + text.len, text.data, text.len);
    }
}

/* A first member or frame padded so that it ends right where a fetch does. */
static void test_a_member_that_ends_where_a_fetch_does(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer packed = {0}, out = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    append_zstd(&packed, STR("first"));
    size_t padding = CHUNK_BYTES - packed.len - 8; /* in a skippable frame: RFC 8878, 3.1.2 */
    const unsigned char header[8] = {0x50,
                                     0x2A,
                                     0x4D,
                                     0x18,
                                     (unsigned char)padding,
                                     (unsigned char)(padding >> 8),
                                     (unsigned char)(padding >> 16),
                                     0};
    buffer_append(&packed, header, sizeof header);
    memset(buffer_reserve(&packed, padding), 0, padding);
    packed.len += padding;
    assert_int_equal(packed.len, CHUNK_BYTES);
    ASSERT_OK(read_packed(&scratch, PACKING_ZSTD, buffer_str(&packed), 100, &out, &error), error);
    assert_str(buffer_str(&out), "first");
    append_zstd(&packed, STR(" second"));
    ASSERT_OK(read_packed(&scratch, PACKING_ZSTD, buffer_str(&packed), 100, &out, &error), error);
    assert_str(buffer_str(&out), "first second");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_and_frames_follow_each_other),
        cmocka_unit_test(test_nothing_packed),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_what_is_not_packed_is_corrupt),
        cmocka_unit_test(test_a_changed_byte_is_noticed),
        cmocka_unit_test(test_wrong_names_are_told),
        cmocka_unit_test(test_windows_of_zstd),
        cmocka_unit_test(test_sizes_that_meet_the_ends_of_buffers),
        cmocka_unit_test(test_a_member_that_ends_where_a_fetch_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
