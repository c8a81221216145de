/* Tables with their vtables, strings and vectors of flatbuffers. */
#include "flatbuffer.h"

void flatbuffer_append(struct buffer *out, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        buffer_append_char(out, (char)(value >> (8 * i)));
}

void flatbuffer_align(struct buffer *out, size_t align)
{
    while (out->len % align)
        buffer_append_char(out, 0);
}

void flatbuffer_set_reference(struct buffer *out, size_t at, size_t target)
{
    uint32_t offset = (uint32_t)(target - at);
    for (unsigned i = 0; i < 4; i++)
        out->data[at + i] = (char)(offset >> (8 * i));
}

/* Assigns the members' offsets in the table, largest first so that no padding is needed; returns
 * the table's size. */
static size_t layout_members(struct flatbuffer_member *members, size_t count)
{
    size_t end = 4; /* the offset to the vtable */
    for (unsigned size = 8; size >= 1; size /= 2)
        for (size_t i = 0; i < count; i++) {
            if (members[i].size != size)
                continue;
            end = (end + size - 1) / size * size;
            members[i].at = end;
            end += size;
        }
    return end;
}

size_t flatbuffer_append_table(struct buffer *out, struct flatbuffer_member *members, size_t count)
{
    size_t size = layout_members(members, count), vtable_bytes = 4 + 2 * count;
    while ((out->len + vtable_bytes) % 8)
        buffer_append_char(out, 0);
    size_t table = out->len + vtable_bytes;
    flatbuffer_append(out, vtable_bytes, 2);
    flatbuffer_append(out, size, 2);
    for (size_t i = 0; i < count; i++)
        flatbuffer_append(out, members[i].size ? members[i].at : 0, 2);
    flatbuffer_append(out, vtable_bytes, 4);
    memset(buffer_reserve(out, size), 0, size);
    out->len = table + size;
    for (size_t i = 0; i < count; i++) {
        members[i].at += table;
        for (unsigned byte = 0; byte < members[i].size; byte++)
            out->data[members[i].at + byte] = (char)(members[i].value >> (8 * byte));
    }
    return table;
}

size_t flatbuffer_append_string(struct buffer *out, struct str text)
{
    size_t at = flatbuffer_append_vector(out, text.len, 1);
    buffer_append_str(out, text);
    buffer_append_char(out, 0);
    return at;
}

size_t flatbuffer_append_vector(struct buffer *out, size_t count, unsigned align)
{
    flatbuffer_align(out, 4);
    while ((out->len + 4) % align)
        buffer_append_char(out, 0);
    size_t at = out->len;
    flatbuffer_append(out, count, 4);
    return at;
}
