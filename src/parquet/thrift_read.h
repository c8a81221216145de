/* A reader of thrift's compact protocol. What is malformed sets `is_bad`, and reads as zeros from
 * then on: it is asked for once, at the end. */
#ifndef PARQUET_THRIFT_READ_H
#define PARQUET_THRIFT_READ_H

#include "thrift.h"

struct thrift_reader {
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
bool thrift_read_field(struct thrift_reader *in, struct thrift_field *field);
/* Skips the value of a field. */
void thrift_skip(struct thrift_reader *in, int type);
/* I16, I32 and I64. */
int64_t thrift_read_int(struct thrift_reader *in);
/* An integer that is a size or a number: not negative, at most `limit`. */
uint64_t thrift_read_size(struct thrift_reader *in, uint64_t limit);
/* Borrowed from the input. */
struct str thrift_read_binary(struct thrift_reader *in);
/* The number of elements, which are of `type`; there cannot be more than bytes. */
size_t thrift_read_list(struct thrift_reader *in, int type);
/* Marks the input as bad unless the field is of this type. */
bool thrift_expect(struct thrift_reader *in, const struct thrift_field *field, int type);

/* ULEB128. */
uint64_t thrift_read_varint(struct thrift_reader *in);

#endif
