/* The words that the shell completes, in a sorted list. */
#include "query_words.h"

#include <stdlib.h>
#include <strings.h>

static const char *const fixed_words[] = {
    "SELECT",     "FROM",         "WHERE", "GROUP BY",  "ORDER BY",    "HAVING",     "LIMIT",
    "JOIN",       "LEFT JOIN",    "USING", "DISTINCT",  "count",       "sum",        "avg",
    "min",        "max",          "round", "BETWEEN",   "AND",         "CASE",       "WHEN",
    "THEN",       "ELSE",         "END",   "DESC",      "INTERVAL",    "date_trunc", "extract",
    "OVER",       "PARTITION BY", "WITH",  "UNION ALL", "users_table", ".tables",    ".schema",
    ".questions", ".format",      ".help", ".quit",
};

static void add_word(struct query_words *words, struct str word)
{
    *MEM_ADD(words->all, words->count, words->cap) = word;
}

static int compare_words(const void *a, const void *b)
{
    const struct str *left = a, *right = b;
    size_t len = left->len < right->len ? left->len : right->len;
    int order = strncasecmp(left->data, right->data, len);
    return order ? order : (left->len > right->len) - (left->len < right->len);
}

static void remove_doubles(struct query_words *words)
{
    size_t kept = 0;
    for (size_t i = 0; i < words->count; i++)
        if (i == 0 || compare_words(&words->all[kept - 1], &words->all[i]) != 0)
            words->all[kept++] = words->all[i];
    words->count = kept;
}

static void add_tables(struct query_words *words, const struct model *model)
{
    for (size_t i = 0; i < model->table_count; i++) {
        const struct model_table *table = &model->tables[i];
        add_word(words, str_of(table->name));
        for (size_t j = 0; j < table->column_count; j++)
            add_word(words, str_of(table->columns[j].name));
    }
}

void query_words_init(struct query_words *words, const struct model *model,
                      const struct query_questions *questions)
{
    *words = (struct query_words){0};
    for (size_t i = 0; i < ARRAY_LENGTH(fixed_words); i++)
        add_word(words, str_of(fixed_words[i]));
    add_tables(words, model);
    for (size_t i = 0; i < questions->count; i++)
        add_word(words, arena_copy(&words->arena, questions->all[i].name));
    qsort(words->all, words->count, sizeof *words->all, compare_words);
    remove_doubles(words);
}

void query_words_release(struct query_words *words)
{
    mem_free(words->all);
    arena_release(&words->arena);
    *words = (struct query_words){0};
}

static bool begins_with(struct str word, struct str begin)
{
    return word.len >= begin.len && strncasecmp(word.data, begin.data, begin.len) == 0;
}

void query_words_find(const struct query_words *words, struct str begin, size_t *out_first,
                      size_t *out_count)
{
    size_t first = 0, count = 0;
    while (first < words->count && !begins_with(words->all[first], begin))
        first++;
    while (first + count < words->count && begins_with(words->all[first + count], begin))
        count++;
    *out_first = first;
    *out_count = count;
}

size_t query_words_common(const struct query_words *words, size_t first, size_t count)
{
    size_t common = count ? words->all[first].len : 0;
    for (size_t i = first + 1; i < first + count; i++) {
        size_t same = 0;
        while (same < common && same < words->all[i].len &&
               strncasecmp(words->all[first].data + same, words->all[i].data + same, 1) == 0)
            same++;
        common = same;
    }
    return common;
}
