/* Tests on eight bytes at once in a 64-bit register (SIMD within a register). The first byte in
 * memory is the lowest. The result of a test has the top bit of each byte that passes.
 *
 * The tests add to the low seven bits of each byte, so that no carry reaches the next byte, and
 * then combine the sum with the byte's own top bit. */
#pragma once

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define EIGHT(byte) ((uint64_t)(byte)*0x0101010101010101u)
#define EIGHT_TOPS  EIGHT(0x80)

static inline uint64_t eight_load(const char *at)
{
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    return le64toh(bytes);
}

/* Marks the bytes that are at least `limit`, which is 1 to 0x80. */
static inline uint64_t eight_at_least(uint64_t bytes, unsigned limit)
{
    return (((bytes & EIGHT(0x7F)) + EIGHT(0x80 - limit)) | bytes) & EIGHT_TOPS;
}

static inline uint64_t eight_same(uint64_t a, uint64_t b)
{
    return eight_at_least(a ^ b, 1) ^ EIGHT_TOPS;
}

static inline uint64_t eight_equal(uint64_t bytes, char byte)
{
    return eight_same(bytes, EIGHT((unsigned char)byte));
}

/* Marks the bytes that are not '0' to '9'. */
static inline uint64_t eight_others(uint64_t bytes)
{
    return eight_at_least(bytes ^ EIGHT('0'), 10);
}

/* Returns the number of bytes before the first that passed; 8 if none did. */
static inline unsigned eight_before(uint64_t passed)
{
    return passed ? (unsigned)__builtin_ctzll(passed) / 8 : 8;
}
