/* A reader of thrift's compact protocol. What is malformed sets `is_bad`, and reads as zeros from
 * then on: it is asked for once, at the end. */
#ifndef PARQUET_THRIFT_READ_H
#define PARQUET_THRIFT_READ_H

#include "thrift.h"

struct thrift_in {
    const uint8_t *at, *end;
    bool is_bad;
    int depth; /* of structs and lists that are open: it is bounded */
};

/* A field's head; `id` counts on from the field before, so it starts as 0 with each struct. */
struct thrift_field {
    int id;
    int type; /* enum thrift_type, or 0 at the struct's end */
};

/* Reads the next field's head; false at the struct's end. */
bool thrift_next(struct thrift_in *in, struct thrift_field *field);
/* Skips the value of a field. */
void thrift_skip(struct thrift_in *in, int type);
/* I16, I32 and I64. */
int64_t thrift_read_int(struct thrift_in *in);
/* An integer that is a size or a number: not negative, at most `limit`. */
uint64_t thrift_read_size(struct thrift_in *in, uint64_t limit);
/* Borrowed from the input. */
struct str thrift_read_binary(struct thrift_in *in);
/* The number of elements, which are of `type`; there cannot be more than bytes. */
size_t thrift_read_list(struct thrift_in *in, int type);
/* Marks the input as bad unless the field is of this type. */
bool thrift_is(struct thrift_in *in, const struct thrift_field *field, int type);

/* ULEB128. */
uint64_t thrift_read_varint(struct thrift_in *in);

#endif
