/* words: the words from which names, titles, locations and user agents are made. */
#pragma once

#include <stdint.h>

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
    LIST_SYMBOLS, /* in the order of enum symbol */
    LIST_WOMEN,
    LIST_MEN,
    LIST_SURNAMES,
    LIST_METRO_AREAS,
    LIST_USER_AGENTS,
    LIST_PLACES,
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

/* Words in UTF-8, not escaped. */
struct word_table {
    const char *const *words;
    uint32_t count;
};
extern const struct word_table word_tables[LIST_COUNT];

/* The coordinates of the words of LIST_PLACES, as text of the JSON. */
struct coordinates {
    const char *latitude, *longitude;
};
extern const struct coordinates location_coordinates[];
