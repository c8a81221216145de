/* flatbuffer: writing flatbuffers front to back (flatbuffers.dev, "FlatBuffers internals").
 *
 * A table is written before what it refers to; the places of its references are filled in when
 * that has been written, since offsets point forward. */
#ifndef SPARKIFY_QUERY_FLATBUFFER_H
#define SPARKIFY_QUERY_FLATBUFFER_H

#include <base.h>

/* A member of a table, in the order of the schema. */
struct flatbuffer_member {
    unsigned size;  /* bytes: 1, 2, 4, 8; 0: not there */
    uint64_t value; /* of a number; a reference is 4 bytes of 0 */
    size_t at;      /* set by flatbuffer_append_table: where it stands */
};

/* Appends a table; returns where it stands. Everything is aligned as from the buffer's begin. */
size_t flatbuffer_append_table(struct buffer *out, struct flatbuffer_member *members, size_t count);
/* Makes the reference at `at` point to `target`. */
void flatbuffer_set_reference(struct buffer *out, size_t at, size_t target);
/* Appends; returns where it stands. */
size_t flatbuffer_append_string(struct buffer *out, struct str text);
/* The head of a vector of `count` elements that the caller appends next; `align` is theirs. */
size_t flatbuffer_append_vector(struct buffer *out, size_t count, unsigned align);
/* Zeros up to a multiple of `align` bytes. */
void flatbuffer_align(struct buffer *out, size_t align);
void flatbuffer_append(struct buffer *out, uint64_t value, unsigned size);

#endif
