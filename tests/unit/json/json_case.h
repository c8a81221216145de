/* Shared by the tests of the json layer: texts in memory of exactly their size, so that the
 * sanitizer finds each read out of bounds, and a small random generator. */
#ifndef SPARKIFY_TEST_JSON_CASE_H
#define SPARKIFY_TEST_JSON_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <json.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
/* A literal that may contain zero bytes. */
#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

/* A copy of some text followed by JSON_PADDING zero bytes, `offset` bytes into its memory. */
struct text {
    char *memory;
    const char *at, *end;
};

static inline struct text text_at_offset(struct str s, size_t offset)
{
    struct text text;
    text.memory = mem_zalloc(offset + s.len + JSON_PADDING);
    memset(text.memory, 'x', offset);
    if (s.len)
        memcpy(text.memory + offset, s.data, s.len);
    text.at = text.memory + offset;
    text.end = text.at + s.len;
    return text;
}

static inline struct text text_of(struct str s)
{
    return text_at_offset(s, 0);
}

static inline void text_release(struct text *text)
{
    mem_free(text->memory);
}

static inline void scanner_release(struct json_scanner **scanner)
{
    json_scanner_free(*scanner);
}

/* xorshift64*: the same cases on every run. */
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

/* Runs `check` with each version of the scanner, then selects the default again. */
static inline void with_each_version(void (*check)(const char *version))
{
    for (size_t i = 0; json_version(i); i++) {
        assert_true(json_use_version(json_version(i)));
        check(json_version(i));
    }
    assert_true(json_use_version(json_version(0)));
}

#endif
