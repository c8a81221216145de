/* thrift_read: the bytes of the writer are read back; input that is truncated, too deep or of
 * another type is malformed. */
#include "thrift_read.h"

#include "check.h"

static struct thrift_reader reader_of(struct str bytes)
{
    const uint8_t *begin = (const uint8_t *)bytes.data;
    return (struct thrift_reader){begin, begin + bytes.len, false, 0};
}

/* A struct with a field of each type, whose ids need both forms of a field's header. */
static void write_all(struct buffer *out)
{
    struct thrift_writer writer = {buffer_reserve(out, 40 * THRIFT_FIELD), 0};
    thrift_bool(&writer, 1, true);
    thrift_i16(&writer, 2, -300);
    thrift_i64(&writer, 40, INT64_MIN);
    thrift_binary(&writer, 41, STR("text"));
    int outer = thrift_begin(&writer, 42);
    thrift_i32(&writer, 1, 7);
    thrift_end(&writer, outer);
    thrift_list(&writer, 43, THRIFT_I32, 20);
    for (int i = 0; i < 20; i++)
        thrift_element_int(&writer, i);
    thrift_list(&writer, 44, THRIFT_TRUE, 2);
    thrift_element_bool(&writer, true);
    thrift_element_bool(&writer, false);
    thrift_i32(&writer, 45, 1);
    thrift_end(&writer, 0);
    thrift_finish(&writer, out);
}

static void read_all(struct thrift_reader *in)
{
    struct thrift_field field = {0};
    assert_true(thrift_read_field(in, &field));
    assert_int_equal(field.id, 1);
    assert_int_equal(field.type, THRIFT_TRUE);
    assert_true(thrift_read_field(in, &field));
    assert_int_equal(thrift_read_int(in), -300);
    assert_true(thrift_read_field(in, &field));
    assert_int_equal(field.id, 40);
    assert_true(thrift_read_int(in) == INT64_MIN);
    assert_true(thrift_read_field(in, &field));
    assert_memory_equal(thrift_read_binary(in).data, "text", 4);
    assert_true(thrift_read_field(in, &field));
    thrift_skip(in, field.type);
    assert_true(thrift_read_field(in, &field));
    assert_int_equal(thrift_read_list(in, THRIFT_I32), 20);
    for (int i = 0; i < 20; i++)
        assert_int_equal(thrift_read_size(in, 19), i);
    assert_true(thrift_read_field(in, &field));
    thrift_skip(in, field.type);
    assert_true(thrift_read_field(in, &field));
    assert_int_equal(field.id, 45);
    assert_int_equal(thrift_read_int(in), 1);
    assert_false(thrift_read_field(in, &field));
    assert_false(in->is_bad);
    assert_ptr_equal(in->at, in->end);
}

static void test_round_trip(void **state)
{
    (void)state;
    CLEANUP(buffer_release) struct buffer out = {0};
    write_all(&out);
    struct thrift_reader in = reader_of(buffer_str(&out));
    read_all(&in);
}

static void test_all_is_skipped(void **state)
{
    (void)state;
    CLEANUP(buffer_release) struct buffer out = {0};
    write_all(&out);
    for (size_t len = 0; len <= out.len; len++) {
        struct thrift_reader in = reader_of((struct str){out.data, len});
        thrift_skip(&in, THRIFT_STRUCT);
        assert_int_equal(in.is_bad, len < out.len);
        if (!in.is_bad)
            assert_ptr_equal(in.at, in.end);
    }
}

static void test_depth_is_bounded(void **state)
{
    (void)state;
    static const uint8_t open_struct = 1 << 4 | THRIFT_STRUCT;
    for (size_t depth = 31; depth <= 32; depth++) {
        char bytes[100] = {0}; /* zeros end the structs */
        memset(bytes, open_struct, depth);
        struct thrift_reader in = reader_of((struct str){bytes, 2 * depth + 1});
        thrift_skip(&in, THRIFT_STRUCT);
        assert_int_equal(in.is_bad, depth == 32);
    }
}

static void test_malformed(void **state)
{
    (void)state;
    struct thrift_field field = {.type = THRIFT_I32};
    struct thrift_reader in = reader_of(STR("\x02"));
    assert_int_equal(thrift_read_size(&in, 0), 0); /* 1 is more than the limit */
    assert_true(in.is_bad);
    in = reader_of(STR("\x01"));
    assert_int_equal(thrift_read_size(&in, 10), 0); /* -1 */
    assert_true(in.is_bad);
    in = reader_of(STR("\x05text"));
    assert_int_equal(thrift_read_binary(&in).len, 0);
    assert_true(in.is_bad);
    in = reader_of(STR("\x25\x02\x04"));
    assert_int_equal(thrift_read_list(&in, THRIFT_I64), 0);
    assert_true(in.is_bad);
    in = reader_of(STR("\xF5\xFF\x01")); /* more elements than bytes */
    assert_int_equal(thrift_read_list(&in, THRIFT_I32), 0);
    assert_true(in.is_bad);
    in = reader_of(STR("\x02"));
    assert_true(thrift_expect(&in, &field, THRIFT_I32));
    assert_false(thrift_expect(&in, &field, THRIFT_I64));
    assert_true(in.is_bad);
    assert_int_equal(thrift_read_int(&in), 0); /* zeros from now on */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_all_is_skipped),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
