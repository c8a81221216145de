/* What all unit tests share: cmocka, and random numbers that are the same on every run. */
#ifndef SPARKIFY_TEST_UNIT_H
#define SPARKIFY_TEST_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the four above */

#include <base.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Fails with the error's message unless the call succeeded. */
#define ASSERT_OK(call, error)                                                                     \
    do {                                                                                           \
        if ((call) != STATUS_OK)                                                                   \
            fail_msg("%s: %s", #call, (error).message);                                            \
    } while (0)

static inline void assert_str(struct str actual, const char *expected)
{
    if (!expected)
        assert_null(actual.data);
    else if (!actual.data || actual.len != strlen(expected) ||
             memcmp(actual.data, expected, actual.len) != 0)
        fail_msg("\"%.*s\" instead of \"%s\"", STR_ARG(actual), expected);
}

/* xorshift64* */
static inline uint64_t random_next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1Du;
}

static inline unsigned random_below(uint64_t *state, unsigned limit)
{
    return (unsigned)(random_next(state) >> 33) % limit;
}

/* Shuffles `count` numbers. */
static inline void random_order(uint64_t *state, size_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        numbers[i] = i;
    for (size_t i = count; i > 1; i--) {
        size_t j = random_below(state, (unsigned)i), kept = numbers[i - 1];
        numbers[i - 1] = numbers[j];
        numbers[j] = kept;
    }
}

#endif
