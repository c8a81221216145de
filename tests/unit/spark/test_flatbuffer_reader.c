/* flatbuffer_reader: a table with members of each kind; cut off anywhere, or with offsets that
 * point out of it, it is bad and reads as zeros. */
#include "flatbuffer_reader.h"

#include "unit.h"

/* A table at 16 with the members 0: uint32 7, 1: absent, 2: the string "abc", 3: a table at 36. */
static const uint8_t example[] = {
    16, 0, 0,  0,                   /* 0: offset of the root table */
    12, 0, 16, 0, 4,   0,   0,   0, /* 4: vtable: its bytes, the table's bytes, members 0 and 1 */
    8,  0, 12, 0,                   /* 12: members 2 and 3 */
    12, 0, 0,  0, 7,   0,   0,   0, /* 16: vtable is 12 bytes before; member 0 */
    8,  0, 0,  0, 16,  0,   0,   0, /* 24: member 2 to 32, member 3 to 44 */
    3,  0, 0,  0, 'a', 'b', 'c', 0, /* 32: the string */
    4,  0, 4,  0,                   /* 40: a vtable without members */
    4,  0, 0,  0,                   /* 44: the inner table */
};

static void read_all(struct flatbuffer_reader *reader)
{
    size_t table = flatbuffer_read_offset(reader, 0);
    flatbuffer_read_member(reader, table, 0, 4);
    flatbuffer_read_vector(reader, table, 2, 1);
    size_t inner = flatbuffer_read_table(reader, table, 3);
    flatbuffer_read_member(reader, inner, 0, 8);
}

static void members_are_read(void **state)
{
    (void)state;
    struct flatbuffer_reader reader = {example, sizeof example, false};
    size_t table = flatbuffer_read_offset(&reader, 0);
    assert_int_equal(table, 16);
    assert_int_equal(flatbuffer_read_member(&reader, table, 0, 4), 7);
    assert_int_equal(flatbuffer_find_member(&reader, table, 1), 0);
    assert_int_equal(flatbuffer_read_member(&reader, table, 1, 4), 0);
    struct flatbuffer_span text = flatbuffer_read_vector(&reader, table, 2, 1);
    assert_int_equal(text.count, 3);
    assert_memory_equal(example + text.at, "abc", 3);
    assert_int_equal(flatbuffer_read_vector(&reader, table, 1, 1).count, 0);
    size_t inner = flatbuffer_read_table(&reader, table, 3);
    assert_int_equal(inner, 44);
    assert_int_equal(flatbuffer_read_member(&reader, inner, 0, 8), 0);
    assert_int_equal(flatbuffer_find_member(&reader, table, 4), 0); /* beyond the vtable */
    assert_false(reader.is_bad);
}

static void cut_off_it_is_bad(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof example; len++) {
        uint8_t *copy = mem_alloc(len + (len == 0)); /* of exactly this size, for the sanitizer */
        memcpy(copy, example, len);
        struct flatbuffer_reader reader = {copy, len, false};
        read_all(&reader);
        assert_true(reader.is_bad);
        assert_int_equal(flatbuffer_read_number(&reader, 0, 1), 0);
        mem_free(copy);
    }
}

static void offsets_are_checked(void **state)
{
    (void)state;
    /* position and value of a byte that makes an offset or a length point out of the bytes */
    static const uint8_t changes[][2] = {{0, 200}, {16, 200}, {27, 255}, {35, 1}, {44, 200}};
    for (size_t i = 0; i < COUNT(changes); i++) {
        uint8_t copy[sizeof example];
        memcpy(copy, example, sizeof copy);
        copy[changes[i][0]] = changes[i][1];
        struct flatbuffer_reader reader = {copy, sizeof copy, false};
        read_all(&reader);
        if (!reader.is_bad)
            fail_msg("byte %u is not checked", changes[i][0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_read),
        cmocka_unit_test(cut_off_it_is_bad),
        cmocka_unit_test(offsets_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
