/* Suggests words: first those that begin with the given word, then those within a small edit
 * distance, which grows with the word's length, then those that contain it as a part. */
#include <suggestion.h>

#include <ctype.h>
#include <limits.h>

#define MAX_WORD    32
#define MIN_PREFIX  2
#define MIN_PART    4
#define RANK_PREFIX 0
#define RANK_SLIP   10 /* each */
#define RANK_PART   15

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static bool begins_with(const char *text, const char *start)
{
    for (; *start; text++, start++)
        if (!same_letter(*text, *start))
            return false;
    return true;
}

/* The edit distance by Damerau and Levenshtein (optimal string alignment): insertions, deletions,
 * substitutions, and swaps of neighbours. */
static size_t slips(const char *a, const char *b)
{
    size_t rows[MAX_WORD + 1][MAX_WORD + 1], len_a = strlen(a), len_b = strlen(b);
    if (len_a > MAX_WORD || len_b > MAX_WORD)
        return MAX_WORD;
    for (size_t i = 0; i <= len_a; i++)
        for (size_t j = 0; j <= len_b; j++) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            rows[i][j] = least(rows[i - 1][j - 1] + !same_letter(a[i - 1], b[j - 1]),
                               least(rows[i - 1][j], rows[i][j - 1]) + 1);
            if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
                same_letter(a[i - 2], b[j - 1]))
                rows[i][j] = least(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    return rows[len_a][len_b];
}

/* A long word may have three typing errors; in "abc" two make another word. */
static size_t slips_allowed(size_t len)
{
    return len < 3 ? 0 : len < 6 ? 1 : len < 10 ? 2 : 3;
}

/* "rejects" is a part of "max-rejects". */
static bool has_part(const char *candidate, const char *word)
{
    size_t len = strlen(word);
    for (const char *part = candidate; part; part = strchr(part, '-')) {
        part += *part == '-';
        if (len >= MIN_PART && begins_with(part, word) && (part[len] == '-' || part[len] == '\0'))
            return true;
    }
    return false;
}

static unsigned rank_of(const char *word, const char *candidate)
{
    size_t len = strlen(word), distance = slips(word, candidate);
    size_t longer = len > strlen(candidate) ? len : strlen(candidate);
    if (len >= MIN_PREFIX && begins_with(candidate, word))
        return RANK_PREFIX;
    if (distance <= slips_allowed(longer))
        return RANK_SLIP * (unsigned)distance;
    return has_part(candidate, word) ? RANK_PART : UINT_MAX;
}

void suggestion_init(struct suggestion *suggestion, const char *word)
{
    *suggestion = (struct suggestion){.word = word, .rank = UINT_MAX};
}

/* True for "input-region" where "input" is suggested already. */
static bool is_longer_form(const struct suggestion *suggestion, const char *candidate)
{
    for (size_t i = 0; i < suggestion->count && i < SUGGEST_MOST; i++) {
        const char *shorter = suggestion->best[i];
        if (begins_with(candidate, shorter) && candidate[strlen(shorter)] == '-')
            return true;
    }
    return false;
}

void suggestion_consider(struct suggestion *suggestion, const char *candidate)
{
    unsigned rank = rank_of(suggestion->word, candidate);
    if (rank == UINT_MAX || rank > suggestion->rank)
        return;
    if (rank < suggestion->rank)
        suggestion->count = 0;
    if (rank == suggestion->rank && is_longer_form(suggestion, candidate))
        return;
    for (size_t i = 0; i < suggestion->count && i < SUGGEST_MOST; i++)
        if (strcmp(suggestion->best[i], candidate) == 0)
            return; /* several commands have this option */
    suggestion->rank = rank;
    if (suggestion->count < SUGGEST_MOST)
        suggestion->best[suggestion->count] = candidate;
    suggestion->count++;
}

bool suggestion_hint(const struct suggestion *suggestion, const char *before, struct error *error)
{
    CLEANUP(buffer_release) struct buffer near = {0};
    if (suggestion->count == 0 || suggestion->count > SUGGEST_MOST)
        return false;
    for (size_t i = 0; i < suggestion->count; i++)
        buffer_appendf(&near, "%s%s%s",
                       i == 0                       ? ""
                       : i + 1 == suggestion->count ? " or "
                                                    : ", ",
                       before, suggestion->best[i]);
    error_hint(error, "did you mean %s?", buffer_text(&near));
    return true;
}
