/* thrift: writes the Thrift compact protocol.
 *
 * A field begins with a byte that has its type and the difference of its id to that of the field
 * before (or, for a difference above 15, the type alone, and then the id as a zigzag varint). Its
 * value follows. A struct ends with a zero byte. Integers of all sizes are zigzag varints. */
#include "thrift.h"

#include "varint.h"

#include <assert.h>

static void byte_put(struct thrift_writer *thrift, unsigned byte)
{
    buffer_append_char(thrift->out, (char)byte);
}

static void number_put(struct thrift_writer *thrift, uint64_t value)
{
    uint8_t *at = (uint8_t *)buffer_reserve(thrift->out, VARINT_MAX);
    thrift->out->len += varint_put(at, value);
}

#define FIELD_MAX (1 + VARINT_MAX) /* bytes of a field before its value at most */

/* Writes the beginning of a field to `at`, which has room for FIELD_MAX bytes; returns their
 * number. */
static size_t field_write(struct thrift_writer *thrift, int field, enum thrift_type type,
                          uint8_t *at)
{
    int difference = field - thrift->last;
    assert(difference > 0);
    thrift->last = field;
    if (difference <= 15) {
        *at = (uint8_t)((unsigned)difference << 4 | (unsigned)type);
        return 1;
    }
    *at = (uint8_t)type;
    return 1 + varint_put(at + 1, zigzag(field));
}

static void field_put(struct thrift_writer *thrift, int field, enum thrift_type type)
{
    uint8_t *at = (uint8_t *)buffer_reserve(thrift->out, FIELD_MAX);
    thrift->out->len += field_write(thrift, field, type, at);
}

static void number_field_put(struct thrift_writer *thrift, int field, enum thrift_type type,
                             uint64_t value)
{
    uint8_t *at = (uint8_t *)buffer_reserve(thrift->out, FIELD_MAX + VARINT_MAX);
    size_t len = field_write(thrift, field, type, at);
    thrift->out->len += len + varint_put(at + len, value);
}

void thrift_bool(struct thrift_writer *thrift, int field, bool value)
{
    field_put(thrift, field, value ? THRIFT_TRUE : THRIFT_FALSE);
}

void thrift_i16(struct thrift_writer *thrift, int field, int16_t value)
{
    number_field_put(thrift, field, THRIFT_I16, zigzag(value));
}

void thrift_i32(struct thrift_writer *thrift, int field, int32_t value)
{
    number_field_put(thrift, field, THRIFT_I32, zigzag(value));
}

void thrift_i64(struct thrift_writer *thrift, int field, int64_t value)
{
    number_field_put(thrift, field, THRIFT_I64, zigzag(value));
}

void thrift_binary(struct thrift_writer *thrift, int field, struct str value)
{
    number_field_put(thrift, field, THRIFT_BINARY, value.len);
    buffer_append_str(thrift->out, value);
}

int thrift_begin(struct thrift_writer *thrift, int field)
{
    field_put(thrift, field, THRIFT_STRUCT);
    return thrift_begin_element(thrift);
}

int thrift_begin_element(struct thrift_writer *thrift)
{
    int outer = thrift->last;
    thrift->last = 0;
    return outer;
}

void thrift_end(struct thrift_writer *thrift, int outer)
{
    byte_put(thrift, 0);
    thrift->last = outer;
}

void thrift_empty(struct thrift_writer *thrift, int field)
{
    thrift_end(thrift, thrift_begin(thrift, field));
}

void thrift_list(struct thrift_writer *thrift, int field, enum thrift_type element, size_t count)
{
    field_put(thrift, field, THRIFT_LIST);
    if (count < 15) {
        byte_put(thrift, (unsigned)count << 4 | (unsigned)element);
    } else {
        byte_put(thrift, 0xF0u | (unsigned)element);
        number_put(thrift, count);
    }
}

void thrift_element_bool(struct thrift_writer *thrift, bool value)
{
    byte_put(thrift, value ? THRIFT_TRUE : THRIFT_FALSE);
}

void thrift_element_int(struct thrift_writer *thrift, int64_t value)
{
    number_put(thrift, zigzag(value));
}

void thrift_element_binary(struct thrift_writer *thrift, struct str value)
{
    number_put(thrift, value.len);
    buffer_append_str(thrift->out, value);
}
