/* vocabulary: the words from which names, titles, locations and user agents are made, as JSON text,
 * and phrases of words. */
#pragma once

#include "rng.h"

/* The lists of words.txt, in its order, and the symbols. */
enum list {
    LIST_NONE,
    LIST_ADJECTIVES,
    LIST_NOUNS,
    LIST_PHRASES, /* begin a title: "Dancing With" */
    LIST_SUFFIXES,
    LIST_LATIN,
    LIST_CYRILLIC,
    LIST_GREEK,
    LIST_ARABIC,
    LIST_HEBREW,
    LIST_DEVANAGARI,
    LIST_THAI,
    LIST_CJK,
    LIST_EMOJI,
    LIST_WOMEN,
    LIST_MEN,
    LIST_SURNAMES,
    LIST_METRO_AREAS,
    LIST_USER_AGENTS,
    LIST_PLACES,
    LIST_SYMBOLS, /* in the order of enum symbol */
    LIST_COUNT,
};

#define SYMBOLS(X)                                                                                 \
    X(SPACE, " ")                                                                                  \
    X(THE, "The ")                                                                                 \
    X(OF_THE, " of the ")                                                                          \
    X(AND, " & ")                                                                                  \
    X(SLASH, "/")                                                                                  \
    X(WIDE_SLASH, " / ")                                                                           \
    X(QUOTE, "\"")                                                                                 \
    X(DJ, "DJ ")                                                                                   \
    X(FEATURING, " feat. ")                                                                        \
    X(APOSTROPHE_S, "'s ")                                                                         \
    X(ORCHESTRA, " Orchestra")

enum symbol {
#define X(name, text) SYMBOL_##name,
    SYMBOLS(X)
#undef X
};

/* A word as text inside a JSON string, as the two writers of the real data write it: both write
 * characters beyond ASCII as \u escapes (with surrogate pairs); that of the logs also writes '/' as
 * "\/". */
enum writer { IN_SONG, IN_LOG };
struct word {
    struct str text[2];             /* by enum writer */
    struct str latitude, longitude; /* of a place */
};

struct vocabulary {
    struct arena arena;
    struct word_list {
        struct word *words;
        size_t count, cap;
    } lists[LIST_COUNT];
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
    const struct word_list *from = &vocabulary->lists[list];
    return &from->words[rng_below(rng, (uint32_t)from->count)];
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
