/* Shared by the tests of the parquet layer: cmocka, and bytes compared as hexadecimal text, so that
 * a failure shows both. */
#ifndef PARQUET_CHECK_H
#define PARQUET_CHECK_H

#include <base.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the four above */

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* `expected` has the form "15 02 00". */
static inline void assert_bytes(const struct buffer *actual, const char *expected)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    for (size_t i = 0; i < actual->len; i++)
        buffer_appendf(&text, i == 0 ? "%02X" : " %02X", (uint8_t)actual->data[i]);
    assert_string_equal(buffer_text(&text), expected);
}

/* The same numbers in every run. */
static inline uint64_t check_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * 0x2545F4914F6CDD1Du;
}

#endif
