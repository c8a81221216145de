/* flatbuffer_reader: tables, vtables and vectors of a flatbuffer. */
#include "flatbuffer_reader.h"

static bool is_in_bounds(struct flatbuffer_reader *reader, size_t at, size_t size)
{
    if (!reader->is_bad && at <= reader->len && size <= reader->len - at)
        return true;
    reader->is_bad = true;
    return false;
}

uint64_t flatbuffer_read_number(struct flatbuffer_reader *reader, size_t at, size_t size)
{
    return is_in_bounds(reader, at, size) ? load_little_endian(reader->data + at, size) : 0;
}

size_t flatbuffer_read_offset(struct flatbuffer_reader *reader, size_t at)
{
    uint64_t offset = flatbuffer_read_number(reader, at, 4);
    if (!is_in_bounds(reader, at, 4) || !is_in_bounds(reader, at + offset, 4))
        return 0;
    return at + offset;
}

size_t flatbuffer_find_member(struct flatbuffer_reader *reader, size_t table, unsigned member)
{
    int64_t back = (int32_t)flatbuffer_read_number(reader, table, 4);
    int64_t start = (int64_t)table - back;
    if (start < 0 || !is_in_bounds(reader, (size_t)start, 4)) {
        reader->is_bad = true;
        return 0;
    }
    size_t vtable = (size_t)start, slot = 4 + 2 * (size_t)member;
    if (slot + 2 > flatbuffer_read_number(reader, vtable, 2))
        return 0;
    uint64_t offset = flatbuffer_read_number(reader, vtable + slot, 2);
    return offset ? table + offset : 0;
}

uint64_t flatbuffer_read_member(struct flatbuffer_reader *reader, size_t table, unsigned member,
                                size_t size)
{
    size_t at = flatbuffer_find_member(reader, table, member);
    return at ? flatbuffer_read_number(reader, at, size) : 0;
}

size_t flatbuffer_read_table(struct flatbuffer_reader *reader, size_t table, unsigned member)
{
    size_t at = flatbuffer_find_member(reader, table, member);
    return at ? flatbuffer_read_offset(reader, at) : 0;
}

struct flatbuffer_span flatbuffer_read_vector(struct flatbuffer_reader *reader, size_t table,
                                              unsigned member, size_t element_size)
{
    size_t at = flatbuffer_read_table(reader, table, member);
    if (!at)
        return (struct flatbuffer_span){0};
    struct flatbuffer_span vector = {at + 4, flatbuffer_read_number(reader, at, 4)};
    if (!is_in_bounds(reader, vector.at, vector.count * element_size))
        return (struct flatbuffer_span){0};
    return vector;
}
