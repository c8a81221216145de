/* A writer of the Thrift compact protocol, in which Parquet's metadata is serialized (README.md,
 * "Metadata"; https://github.com/apache/thrift, doc/specs/thrift-compact-protocol.md). Fields are
 * written in ascending order of their ids.
 *
 * A field begins with a byte that has its type and the difference of its id to that of the field
 * before (or, for a difference above 15, the type alone, and then the id as a zigzag varint). Its
 * value follows. A struct ends with a zero byte. Integers of all sizes are zigzag varints. */
#pragma once

#include "varint.h"

#include <base.h>

#include <assert.h>

enum thrift_type {
    THRIFT_TRUE = 1,
    THRIFT_FALSE = 2,
    THRIFT_I16 = 4,
    THRIFT_I32 = 5,
    THRIFT_I64 = 6,
    THRIFT_BINARY = 8,
    THRIFT_LIST = 9,
    THRIFT_STRUCT = 12,
};

/* Writes to memory in which the caller has reserved room for all: a number's field takes at most
 * THRIFT_FIELD bytes, and so does whatever else is not a text. The functions are inline because the
 * ids are constants: most fields then begin with a byte that is one, too. */
struct thrift_writer {
    char *at;
    int last; /* id of the last field in the open struct; the next is written as a difference to it
               */
};

#define THRIFT_FIELD (1 + 2 * VARINT_MAX)
#define THRIFT_WRITE static ALWAYS_INLINE void

/* Ends what was begun at buffer_reserve(out, …). */
THRIFT_WRITE thrift_finish(const struct thrift_writer *thrift, struct buffer *out)
{
    out->len = (size_t)(thrift->at - out->data);
    assert(out->len <= out->cap);
}

/* What is serialized already. */
THRIFT_WRITE thrift_bytes(struct thrift_writer *thrift, struct str bytes)
{
    if (bytes.len)
        memcpy(thrift->at, bytes.data, bytes.len);
    thrift->at += bytes.len;
}

THRIFT_WRITE thrift_number(struct thrift_writer *thrift, uint64_t value)
{
    thrift->at += varint_put((uint8_t *)thrift->at, value);
}

THRIFT_WRITE thrift_field(struct thrift_writer *thrift, int field, enum thrift_type type)
{
    int difference = field - thrift->last;
    assert(difference > 0);
    thrift->last = field;
    *thrift->at++ = (char)((difference <= 15 ? (unsigned)difference << 4 : 0) | (unsigned)type);
    if (difference > 15)
        thrift_number(thrift, zigzag(field));
}

/* ---- Fields with their values ---------------------------------------------------------------- */

THRIFT_WRITE thrift_bool(struct thrift_writer *thrift, int field, bool value)
{
    thrift_field(thrift, field, value ? THRIFT_TRUE : THRIFT_FALSE);
}

THRIFT_WRITE thrift_i16(struct thrift_writer *thrift, int field, int16_t value)
{
    thrift_field(thrift, field, THRIFT_I16);
    thrift_number(thrift, zigzag(value));
}

THRIFT_WRITE thrift_i32(struct thrift_writer *thrift, int field, int32_t value)
{
    thrift_field(thrift, field, THRIFT_I32);
    thrift_number(thrift, zigzag(value));
}

THRIFT_WRITE thrift_i64(struct thrift_writer *thrift, int field, int64_t value)
{
    thrift_field(thrift, field, THRIFT_I64);
    thrift_number(thrift, zigzag(value));
}

THRIFT_WRITE thrift_element_binary(struct thrift_writer *thrift, struct str value)
{
    thrift_number(thrift, value.len);
    thrift_bytes(thrift, value);
}

THRIFT_WRITE thrift_binary(struct thrift_writer *thrift, int field, struct str value)
{
    thrift_field(thrift, field, THRIFT_BINARY);
    thrift_element_binary(thrift, value);
}

/* ---- Structs --------------------------------------------------------------------------------- */

/* Begins a struct that is an element of a list. Returns the state of the outer struct, which the
 * caller passes to thrift_end. */
static inline int thrift_begin_element(struct thrift_writer *thrift)
{
    int outer = thrift->last;
    thrift->last = 0;
    return outer;
}

/* Begins a struct as the value of a field; returns the same. */
static inline int thrift_begin(struct thrift_writer *thrift, int field)
{
    thrift_field(thrift, field, THRIFT_STRUCT);
    return thrift_begin_element(thrift);
}

THRIFT_WRITE thrift_end(struct thrift_writer *thrift, int outer)
{
    *thrift->at++ = 0;
    thrift->last = outer;
}

/* A field whose value is a struct without fields. */
THRIFT_WRITE thrift_empty(struct thrift_writer *thrift, int field)
{
    thrift_end(thrift, thrift_begin(thrift, field));
}

/* ---- Lists ----------------------------------------------------------------------------------- */

/* A field whose value is a list: its header, after which the caller writes `count` elements. The
 * type of BOOL elements is THRIFT_TRUE. */
THRIFT_WRITE thrift_list(struct thrift_writer *thrift, int field, enum thrift_type element,
                         size_t count)
{
    thrift_field(thrift, field, THRIFT_LIST);
    *thrift->at++ = (char)((count < 15 ? (unsigned)count << 4 : 0xF0u) | (unsigned)element);
    if (count >= 15)
        thrift_number(thrift, count);
}

THRIFT_WRITE thrift_element_bool(struct thrift_writer *thrift, bool value)
{
    *thrift->at++ = value ? THRIFT_TRUE : THRIFT_FALSE;
}

/* I16, I32 and I64. */
THRIFT_WRITE thrift_element_int(struct thrift_writer *thrift, int64_t value)
{
    thrift_number(thrift, zigzag(value));
}
