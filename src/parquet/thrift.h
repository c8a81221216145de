/* A writer of the Thrift compact protocol, in which Parquet's metadata is serialized (README.md,
 * "Metadata"; https://github.com/apache/thrift, doc/specs/thrift-compact-protocol.md). Fields are
 * written in ascending order of their ids. */
#pragma once

#include <base.h>

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

struct thrift_writer {
    struct buffer *out;
    int last; /* id of the last field in the open struct; the next is written as a difference to it
               */
};

/* Write a field with its value. */
void thrift_bool(struct thrift_writer *thrift, int field, bool value);
void thrift_i16(struct thrift_writer *thrift, int field, int16_t value);
void thrift_i32(struct thrift_writer *thrift, int field, int32_t value);
void thrift_i64(struct thrift_writer *thrift, int field, int64_t value);
void thrift_binary(struct thrift_writer *thrift, int field, struct str value);

/* Begins a struct as the value of a field. Returns the state of the outer struct, which the caller
 * passes to thrift_end. */
int thrift_begin(struct thrift_writer *thrift, int field);
/* Begins a struct that is an element of a list; returns the same. */
int thrift_begin_element(struct thrift_writer *thrift);
void thrift_end(struct thrift_writer *thrift, int outer);
/* Writes a field whose value is a struct without fields. */
void thrift_empty(struct thrift_writer *thrift, int field);

/* Writes a field whose value is a list: its header, after which the caller writes `count` elements.
 * The type of BOOL elements is THRIFT_TRUE. */
void thrift_list(struct thrift_writer *thrift, int field, enum thrift_type element, size_t count);
void thrift_element_bool(struct thrift_writer *thrift, bool value);
void thrift_element_int(struct thrift_writer *thrift, int64_t value); /* I16, I32 and I64 */
void thrift_element_binary(struct thrift_writer *thrift, struct str value);
