/* vocabulary: the word lists as JSON text, and phrases of words. */
#pragma once

#include "rng.h"
#include "words.h"

#include <base.h>

/* A word as text inside a JSON string, as the two writers of the real data write it: both write
 * characters beyond ASCII as \u escapes (with surrogate pairs); that of the logs also writes '/' as
 * "\/". */
enum writer { IN_SONG, IN_LOG };
struct word {
    struct str text[2]; /* by enum writer */
};

struct vocabulary {
    struct arena arena;
    struct word *lists[LIST_COUNT];
};

void vocabulary_init(struct vocabulary *vocabulary);
void vocabulary_release(struct vocabulary *vocabulary);

/* The words and symbols of a title or a name. */
#define PHRASE_MAX_WORDS 16
#define WORD_MAX_BYTES   192
#define PHRASE_MAX_BYTES (PHRASE_MAX_WORDS * WORD_MAX_BYTES)
struct phrase {
    uint32_t count;
    const struct word *words[PHRASE_MAX_WORDS];
};

static inline const struct word *vocabulary_draw(const struct vocabulary *vocabulary,
                                                 enum list list, struct rng *rng)
{
    return &vocabulary->lists[list][rng_below(rng, word_tables[list].count)];
}

/* Append a word drawn from a list, or a symbol. */
void phrase_add_drawn(struct phrase *phrase, const struct vocabulary *vocabulary, enum list list,
                      struct rng *rng);
void phrase_add_symbol(struct phrase *phrase, const struct vocabulary *vocabulary,
                       enum symbol symbol);

/* These write to `at`, and return the end. */

static inline char *put_str(char *at, struct str s)
{
    memcpy(at, s.data, s.len);
    return at + s.len;
}
#define PUT(at, literal) put_str(at, STR(literal))

char *put_number(char *at, uint64_t number);
/* In quotes. */
char *put_phrase(char *at, const struct phrase *phrase, enum writer writer);
