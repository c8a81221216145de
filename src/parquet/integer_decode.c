/* integer_decode: the RLE / bit-packing hybrid and DELTA_BINARY_PACKED. Each length and width in
 * the input is checked before it is used. */
#include "integer_decode.h"

#include "thrift_read.h"

/* ---- RLE / bit-packing hybrid ---------------------------------------------------------------- */

/* Returns the `width` bits from bit `bit` of `bytes`. */
static uint64_t read_bits(const uint8_t *bytes, size_t len, size_t bit, unsigned width)
{
    uint64_t value = 0;
    size_t byte = bit / 8;
    unsigned shift = bit % 8;
    if (byte + 9 <= len) {
        memcpy(&value, bytes + byte, 8);
        value >>= shift;
        if (shift)
            value |= (uint64_t)bytes[byte + 8] << (64 - shift);
    } else {
        for (unsigned i = 0; i < 9 && byte + i < len; i++) {
            uint64_t part = bytes[byte + i];
            int left = (int)(8 * i) - (int)shift;
            value |= left >= 0 ? (left < 64 ? part << left : 0) : part >> -left;
        }
    }
    return width == 64 ? value : value & ((UINT64_C(1) << width) - 1);
}

/* The value of an RLE run fills whole bytes. A value with more than `width` bits is rejected:
 * levels are shifted into a bitmap, where further bits would change other rows. */
bool rle_decode(struct str bytes, unsigned width, uint32_t *out, size_t count)
{
    const uint8_t *begin = (const uint8_t *)bytes.data;
    struct thrift_reader in = {begin, begin + bytes.len, width > 32, 0};
    for (size_t done = 0; done < count && !in.is_bad;) {
        uint64_t head = thrift_read_varint(&in), length = head >> 1;
        size_t left = (size_t)(in.end - in.at), want = count - done;
        if (head & 1) {
            in.is_bad |= length == 0 || length > count || length * width > left;
            size_t part = length * 8 < want ? (size_t)length * 8 : want;
            for (size_t i = 0; i < part && !in.is_bad; i++)
                out[done + i] = (uint32_t)read_bits(in.at, left, i * width, width);
            in.at += in.is_bad ? 0 : (size_t)length * width;
            done += part;
        } else {
            size_t value_bytes = (width + 7) / 8;
            in.is_bad |= length == 0 || length > want || value_bytes > left;
            uint32_t value = 0;
            if (in.is_bad)
                break;
            memcpy(&value, in.at, value_bytes);
            in.is_bad |= (uint64_t)value >> width != 0;
            for (size_t i = 0; i < length; i++)
                out[done + i] = value;
            in.at += value_bytes;
            done += (size_t)length;
        }
    }
    return !in.is_bad;
}

/* ---- DELTA_BINARY_PACKED --------------------------------------------------------------------- */

bool delta_packed_decode(struct str bytes, int64_t *out, size_t count)
{
    const uint8_t *begin = (const uint8_t *)bytes.data;
    struct thrift_reader in = {begin, begin + bytes.len, false, 0};
    uint64_t block = thrift_read_varint(&in), parts = thrift_read_varint(&in);
    uint64_t total = thrift_read_varint(&in);
    uint64_t value = (uint64_t)thrift_read_int(&in);
    if (in.is_bad || total != count || parts == 0 || parts > 64 || block > 1 << 16 ||
        block % parts != 0 || block / parts % 8 != 0)
        return false;
    size_t per_part = (size_t)(block / parts), done = 0;
    if (count)
        out[done++] = (int64_t)value;
    while (done < count) {
        uint64_t least = (uint64_t)thrift_read_int(&in);
        const uint8_t *widths = in.at;
        if (in.is_bad || parts > (uint64_t)(in.end - in.at))
            return false;
        in.at += parts;
        for (size_t part = 0; part < parts && done < count; part++) {
            size_t left = (size_t)(in.end - in.at), packed = per_part / 8 * widths[part];
            if (widths[part] > 64 || packed > left)
                return false;
            for (size_t i = 0; i < per_part && done < count; i++) {
                value +=
                    least +
                    (widths[part] ? read_bits(in.at, left, i * widths[part], widths[part]) : 0);
                out[done++] = (int64_t)value;
            }
            in.at += packed;
        }
    }
    return true;
}
