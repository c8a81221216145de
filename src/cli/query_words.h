/* query_words: the words that the shell completes. */
#pragma once

#include <query.h>

struct query_words {
    struct str *all; /* sorted without regard to case, each once */
    size_t count, cap;
    struct arena arena;
};
/* Keywords of SQL, the model's tables and columns, questions, and the shell's own commands. */
void query_words_init(struct query_words *words, const struct model *model,
                      const struct query_questions *questions);
void query_words_release(struct query_words *words);
/* Finds the words with this prefix, regardless of case: words->all[*out_first …], *out_count of
 * them. */
void query_words_find(const struct query_words *words, struct str begin, size_t *out_first,
                      size_t *out_count);
/* The length of the longest common prefix of those words, in bytes. */
size_t query_words_common(const struct query_words *words, size_t first, size_t count);
