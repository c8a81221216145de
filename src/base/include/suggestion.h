/* suggestion: words that were probably meant. */
#pragma once

#include <base.h>

#define SUGGEST_MOST 3

struct suggestion {
    const char *word;
    const char *best[SUGGEST_MOST]; /* equally near; borrowed */
    size_t count;                   /* may exceed SUGGEST_MOST: then nothing is suggested */
    unsigned rank;
};

/* The word is borrowed. */
void suggestion_init(struct suggestion *suggestion, const char *word);
void suggestion_consider(struct suggestion *suggestion, const char *candidate);
/* The hint of an error: "did you mean --input or --output?", with "--" as `before`; false where no
 * word is near enough, or too many are. */
bool suggestion_hint(const struct suggestion *suggestion, const char *before, struct error *error);
