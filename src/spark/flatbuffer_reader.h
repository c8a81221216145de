/* flatbuffer_reader: reads tables of a flatbuffer with bounds checks ("FlatBuffer Internals",
 * https://flatbuffers.dev/internals). All numbers are little-endian.
 *
 * A read out of bounds sets `is_bad`, and from then on every function returns 0 or an empty vector,
 * so the caller may check `is_bad` once, at the end. Members are given by their position in the
 * table's schema, sizes in bytes. */
#pragma once

#include <base.h>

struct flatbuffer_reader {
    const uint8_t *data;
    size_t len;
    bool is_bad;
};

/* A vector or a string: the position of its first element, and the number of elements. */
struct flatbuffer_span {
    size_t at, count;
};

/* Returns a little-endian number of 1 to 8 bytes. */
static inline uint64_t load_little_endian(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

uint64_t flatbuffer_read_number(struct flatbuffer_reader *reader, size_t at, size_t size);
/* Returns the position to which the (forward) offset at `at` points. */
size_t flatbuffer_read_offset(struct flatbuffer_reader *reader, size_t at);
/* Returns the position of a member of the table at `table`; 0 if it is absent. */
size_t flatbuffer_find_member(struct flatbuffer_reader *reader, size_t table, unsigned member);
/* Return a member: a number (0 if it is absent), the position of a table (0 if it is absent), a
 * vector or a string (empty if it is absent). */
uint64_t flatbuffer_read_member(struct flatbuffer_reader *reader, size_t table, unsigned member,
                                size_t size);
size_t flatbuffer_read_table(struct flatbuffer_reader *reader, size_t table, unsigned member);
struct flatbuffer_span flatbuffer_read_vector(struct flatbuffer_reader *reader, size_t table,
                                              unsigned member, size_t element_size);
