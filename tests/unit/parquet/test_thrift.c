/* thrift: the compact protocol's bytes, worked out by hand. */
#include "thrift.h"

#include "check.h"
#include "varint.h"

static void test_varint(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        const char *bytes;
    } rows[] = {
        {0, "00"},
        {1, "01"},
        {127, "7F"},
        {128, "80 01"},
        {300, "AC 02"},
        {16383, "FF 7F"},
        {16384, "80 80 01"},
        {UINT32_MAX, "FF FF FF FF 0F"},
        {UINT64_MAX, "FF FF FF FF FF FF FF FF FF 01"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        out.len = varint_put((uint8_t *)buffer_reserve(&out, VARINT_MAX), rows[i].value);
        assert_bytes(&out, rows[i].bytes);
        assert_int_equal(varint_bytes(rows[i].value), out.len);
    }
}

static void test_zigzag(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        uint64_t zigzag;
    } rows[] = {
        {0, 0},
        {-1, 1},
        {1, 2},
        {-2, 3},
        {INT32_MAX, 4294967294u},
        {INT32_MIN, 4294967295u},
        {INT64_MAX, UINT64_MAX - 1},
        {INT64_MIN, UINT64_MAX},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_true(zigzag(rows[i].value) == rows[i].zigzag);
}

/* ---- Fields: type and difference to the field before in one byte --------------------------- */

static void numbers(struct thrift_writer *thrift)
{
    thrift_i16(thrift, 1, -1);
    thrift_i32(thrift, 2, 64);
    thrift_i64(thrift, 17, INT64_MIN); /* the largest difference that fits: 15 */
}

static void far_field(struct thrift_writer *thrift)
{
    thrift_i32(thrift, 1, 0);
    thrift_i32(thrift, 17, 0); /* 16: the id follows, as a zigzag varint */
    thrift_i32(thrift, 18, 0);
}

static void booleans(struct thrift_writer *thrift)
{
    thrift_bool(thrift, 3, true);
    thrift_bool(thrift, 4, false);
}

static void strings(struct thrift_writer *thrift)
{
    thrift_binary(thrift, 1, STR("ab"));
    thrift_binary(thrift, 2, STR(""));
}

static void nested(struct thrift_writer *thrift)
{
    thrift_i32(thrift, 1, 1);
    int outer = thrift_begin(thrift, 4);
    thrift_i32(thrift, 1, 2); /* ids start anew inside, */
    thrift_empty(thrift, 2);
    thrift_end(thrift, outer);
    thrift_i32(thrift, 5, 3); /* and go on behind it */
}

static void lists(struct thrift_writer *thrift)
{
    thrift_list(thrift, 1, THRIFT_TRUE, 2);
    thrift_element_bool(thrift, true);
    thrift_element_bool(thrift, false);
    thrift_list(thrift, 2, THRIFT_I32, 1);
    thrift_element_int(thrift, -3);
    thrift_list(thrift, 3, THRIFT_BINARY, 1);
    thrift_element_binary(thrift, STR("x"));
    thrift_list(thrift, 4, THRIFT_STRUCT, 1);
    int list = thrift_begin_element(thrift);
    thrift_i32(thrift, 1, 5);
    thrift_end(thrift, list);
}

static void list_lengths(struct thrift_writer *thrift)
{
    thrift_list(thrift, 1, THRIFT_I64, 14); /* the last length that fits beside the type */
    thrift_list(thrift, 2, THRIFT_I64, 15);
    thrift_list(thrift, 3, THRIFT_I64, 300);
}

static void test_fields(void **state)
{
    (void)state;
    static const struct {
        void (*write)(struct thrift_writer *thrift);
        const char *bytes;
    } rows[] = {
        {numbers, "14 01 15 80 01 F6 FF FF FF FF FF FF FF FF FF 01 00"},
        {far_field, "15 00 05 22 00 15 00 00"},
        {booleans, "31 12 00"},
        {strings, "18 02 61 62 18 00 00"},
        {nested, "15 02 3C 15 04 1C 00 00 15 06 00"},
        {lists, "19 21 01 02 19 15 05 19 18 01 78 19 1C 15 0A 00 00"},
        {list_lengths, "19 E6 19 F6 0F 19 F6 AC 02 00"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        struct thrift_writer thrift = {buffer_reserve(&out, 8 * THRIFT_FIELD), 0};
        rows[i].write(&thrift);
        thrift_end(&thrift, 0);
        thrift_finish(&thrift, &out);
        assert_bytes(&out, rows[i].bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_varint),
        cmocka_unit_test(test_zigzag),
        cmocka_unit_test(test_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
