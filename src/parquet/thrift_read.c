/* thrift_read: reads the Thrift compact protocol (see thrift.h). */
#include "thrift_read.h"

#define MAX_DEPTH 32

static unsigned read_byte(struct thrift_reader *in)
{
    if (in->is_bad || in->at == in->end) {
        in->is_bad = true;
        return 0;
    }
    return *in->at++;
}

uint64_t thrift_read_varint(struct thrift_reader *in)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        unsigned byte = read_byte(in);
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return value;
    }
    in->is_bad = true;
    return 0;
}

int64_t thrift_read_int(struct thrift_reader *in)
{
    uint64_t value = thrift_read_varint(in);
    return (int64_t)(value >> 1 ^ -(value & 1));
}

uint64_t thrift_read_size(struct thrift_reader *in, uint64_t limit)
{
    int64_t value = thrift_read_int(in);
    if (value >= 0 && (uint64_t)value <= limit)
        return (uint64_t)value;
    in->is_bad = true;
    return 0;
}

struct str thrift_read_binary(struct thrift_reader *in)
{
    uint64_t len = thrift_read_varint(in);
    if (in->is_bad || len > (uint64_t)(in->end - in->at)) {
        in->is_bad = true;
        return (struct str){"", 0};
    }
    struct str value = {(const char *)in->at, (size_t)len};
    in->at += len;
    return value;
}

bool thrift_read_field(struct thrift_reader *in, struct thrift_field *field)
{
    unsigned byte = read_byte(in);
    field->type = (int)(byte & 0x0F);
    if (in->is_bad || field->type == 0)
        return false;
    if (byte >> 4) {
        field->id += (int)(byte >> 4);
        return true;
    }
    int64_t id = thrift_read_int(in);
    in->is_bad |= id < INT16_MIN || id > INT16_MAX;
    field->id = in->is_bad ? 0 : (int)id;
    return !in->is_bad;
}

static size_t read_list_head(struct thrift_reader *in, int *type)
{
    unsigned byte = read_byte(in);
    uint64_t count = byte >> 4 == 15 ? thrift_read_varint(in) : byte >> 4;
    *type = (int)(byte & 0x0F);
    if (in->is_bad || count > (uint64_t)(in->end - in->at)) {
        in->is_bad = true;
        return 0;
    }
    return (size_t)count;
}

size_t thrift_read_list(struct thrift_reader *in, int type)
{
    int found;
    size_t count = read_list_head(in, &found);
    in->is_bad |= count > 0 && found != type;
    return in->is_bad ? 0 : count;
}

bool thrift_expect(struct thrift_reader *in, const struct thrift_field *field, int type)
{
    in->is_bad |= field->type != type;
    return !in->is_bad;
}

static void skip_list(struct thrift_reader *in)
{
    int type;
    size_t count = read_list_head(in, &type);
    for (size_t i = 0; i < count && !in->is_bad; i++)
        if (type == THRIFT_TRUE || type == THRIFT_FALSE)
            read_byte(in); /* in a list, a boolean is one byte */
        else
            thrift_skip(in, type);
}

static void skip_struct(struct thrift_reader *in)
{
    struct thrift_field field = {0};
    while (thrift_read_field(in, &field))
        thrift_skip(in, field.type);
}

void thrift_skip(struct thrift_reader *in, int type)
{
    in->is_bad |= ++in->depth > MAX_DEPTH;
    if (in->is_bad)
        return;
    switch (type) {
    case THRIFT_TRUE:
    case THRIFT_FALSE:
        break;
    case THRIFT_I16:
    case THRIFT_I32:
    case THRIFT_I64:
        thrift_read_varint(in);
        break;
    case THRIFT_BINARY:
        thrift_read_binary(in);
        break;
    case THRIFT_LIST:
        skip_list(in);
        break;
    case THRIFT_STRUCT:
        skip_struct(in);
        break;
    default: /* not a type that Parquet's metadata uses */
        in->is_bad = true;
    }
    in->depth--;
}
