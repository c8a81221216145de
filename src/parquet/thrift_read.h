/* A reader of the Thrift compact protocol. Malformed input sets `is_bad`; all values read after
 * that are zero or empty, so the caller may check `is_bad` once, at the end. */
#pragma once

#include "thrift.h"

struct thrift_reader {
    const uint8_t *at, *end;
    bool is_bad;
    int depth; /* of the structs and lists that thrift_skip is in: it is bounded */
};

/* The header of a field. `id` is relative to the field before, so it is 0 before each struct. */
struct thrift_field {
    int id;
    int type; /* enum thrift_type, or 0 at the struct's end */
};

/* Reads the header of the next field; false at the end of the struct. */
bool thrift_read_field(struct thrift_reader *in, struct thrift_field *field);
/* Skips a value of this type. Input nested deeper than 32 levels is malformed. */
void thrift_skip(struct thrift_reader *in, int type);
/* Reads an I16, I32 or I64. */
int64_t thrift_read_int(struct thrift_reader *in);
/* Reads an integer that must be 0 to `limit`. */
uint64_t thrift_read_size(struct thrift_reader *in, uint64_t limit);
/* Reads a BINARY; it borrows from the input. */
struct str thrift_read_binary(struct thrift_reader *in);
/* Reads the header of a list, whose elements must have this type; returns their number, which is at
 * most the number of bytes that follow. */
size_t thrift_read_list(struct thrift_reader *in, int type);
/* Whether the field has this type; otherwise the input is malformed. */
bool thrift_expect(struct thrift_reader *in, const struct thrift_field *field, int type);

/* Reads an unsigned varint (ULEB128) of at most 64 bits. */
uint64_t thrift_read_varint(struct thrift_reader *in);
