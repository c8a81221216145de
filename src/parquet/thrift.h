/* A writer of thrift's compact protocol, in which all of Parquet's metadata is serialized
 * (README.md, "Metadata"). Fields are given by their ids, in ascending order. */
#ifndef PARQUET_THRIFT_H
#define PARQUET_THRIFT_H

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
    int last; /* id of the last field in the open struct: the next one is written as a difference */
};

void thrift_bool(struct thrift_writer *thrift, int field, bool value);
void thrift_i16(struct thrift_writer *thrift, int field, int16_t value);
void thrift_i32(struct thrift_writer *thrift, int field, int32_t value);
void thrift_i64(struct thrift_writer *thrift, int field, int64_t value);
void thrift_binary(struct thrift_writer *thrift, int field, struct str value);

/* Opens a struct in a field; what it returns is given to thrift_end, which closes it. */
int thrift_begin(struct thrift_writer *thrift, int field);
/* Opens a struct that is an element of a list. */
int thrift_begin_element(struct thrift_writer *thrift);
void thrift_end(struct thrift_writer *thrift, int outer);
/* A struct without fields. */
void thrift_empty(struct thrift_writer *thrift, int field);

/* The head of a list; its `count` elements follow. BOOL elements are of type THRIFT_TRUE. */
void thrift_list(struct thrift_writer *thrift, int field, enum thrift_type element, size_t count);
void thrift_element_bool(struct thrift_writer *thrift, bool value);
void thrift_element_int(struct thrift_writer *thrift, int64_t value); /* I16, I32 and I64 */
void thrift_element_binary(struct thrift_writer *thrift, struct str value);

#endif
