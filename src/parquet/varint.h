/* Unsigned varints (ULEB128) and zigzag, as in the Thrift compact protocol and Encodings.md. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define VARINT_MAX 10 /* bytes of a 64-bit value at most */

/* Writes `value` to `at`, which has room for VARINT_MAX bytes; returns the number of bytes. */
static inline size_t varint_put(uint8_t *at, uint64_t value)
{
    size_t len = 0;
    while (value >= 0x80) {
        at[len++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    at[len++] = (uint8_t)value;
    return len;
}

static inline size_t varint_bytes(uint64_t value)
{
    size_t len = 1;
    while (value >>= 7)
        len++;
    return len;
}

/* Maps 0, -1, 1, -2, 2, … to 0, 1, 2, 3, 4, … */
static inline uint64_t zigzag(int64_t value)
{
    return ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
}
