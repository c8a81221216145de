/* flatbuffer: writes flatbuffers front to back (flatbuffers.dev, "FlatBuffers internals").
 *
 * A table is written before the objects that it refers to, since offsets point forward; each
 * reference is set when its target is written. */
#pragma once

#include <base.h>

/* A member of a table, in the schema's order. */
struct flatbuffer_member {
    unsigned size;  /* bytes: 1, 2, 4, 8; 0: absent */
    uint64_t value; /* the number; 0 for a reference of 4 bytes */
    size_t at;      /* its position, set by flatbuffer_append_table */
};

/* Appends a table; returns its position. Alignment is relative to the buffer's begin. */
size_t flatbuffer_append_table(struct buffer *out, struct flatbuffer_member *members, size_t count);
/* Makes the reference at `at` point to `target`. */
void flatbuffer_set_reference(struct buffer *out, size_t at, size_t target);
/* Appends a string; returns its position. */
size_t flatbuffer_append_string(struct buffer *out, struct str text);
/* Appends the head of a vector of `count` elements, which the caller appends next; `align` is the
 * elements' alignment. Returns its position. */
size_t flatbuffer_append_vector(struct buffer *out, size_t count, unsigned align);
/* Appends zeros up to a multiple of `align` bytes. */
void flatbuffer_align(struct buffer *out, size_t align);
void flatbuffer_append(struct buffer *out, uint64_t value, unsigned size);
