/* A table's files as a plan keeps them: a line for each,
 *   bytes rows hash added since until removed keep_until key TAB stats
 * where the times are milliseconds. No key holds a tab: control bytes are escaped in folders. */
#include "lake_private.h"

#include <stdlib.h>

bool lake_entry_is_of(const struct lake_entry *entry, int64_t version)
{
    return entry->since <= version && (entry->until == IN_FORCE || version < entry->until);
}

void lake_entries_add(struct lake_entries *entries, const struct lake_entry *entry)
{
    MEM_GROW(entries->entries, entries->count + 1, entries->cap);
    struct lake_entry *copy = &entries->entries[entries->count++];
    *copy = *entry;
    copy->key = arena_copy(&entries->arena, entry->key);
    copy->stats = arena_copy(&entries->arena, entry->stats);
}

static int compare_entries(const void *a, const void *b)
{
    const struct lake_entry *left = a, *right = b;
    int order = str_compare(left->key, right->key);
    return order ? order : (left->since > right->since) - (left->since < right->since);
}

void lake_entries_sort(struct lake_entries *entries)
{
    if (entries->count)
        qsort(entries->entries, entries->count, sizeof *entries->entries, compare_entries);
}

void lake_entries_release(struct lake_entries *entries)
{
    mem_free(entries->entries);
    arena_release(&entries->arena);
    *entries = (struct lake_entries){0};
}

void lake_entries_write(const struct lake_entries *entries, struct buffer *out)
{
    for (size_t i = 0; i < entries->count; i++) {
        const struct lake_entry *entry = &entries->entries[i];
        buffer_appendf(out, "%llu %llu %llu %lld %lld %lld %lld %lld ",
                       (unsigned long long)entry->bytes, (unsigned long long)entry->rows,
                       (unsigned long long)entry->hash, (long long)entry->added_ms,
                       (long long)entry->since, (long long)entry->until,
                       (long long)entry->removed_ms, (long long)entry->keep_until_ms);
        buffer_append_str(out, entry->key);
        buffer_append_char(out, '\t');
        buffer_append_str(out, entry->stats);
        buffer_append_char(out, '\n');
    }
}

/* Takes a whole number and the blank after it off the line. */
static bool take_number(struct str *line, uint64_t *out)
{
    size_t at = 0;
    bool is_negative = line->len > 0 && line->data[0] == '-';
    uint64_t value = 0;
    for (at = is_negative; at < line->len && line->data[at] >= '0' && line->data[at] <= '9'; at++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(line->data[at] - '0'), &value))
            return false;
    if (at == is_negative || at == line->len || line->data[at] != ' ')
        return false;
    *out = is_negative ? -value : value;
    *line = (struct str){line->data + at + 1, line->len - at - 1};
    return true;
}

static bool read_line(struct str line, struct lake_entry *out)
{
    uint64_t numbers[8];
    for (size_t i = 0; i < 8; i++)
        if (!take_number(&line, &numbers[i]))
            return false;
    const char *tab = line.len ? memchr(line.data, '\t', line.len) : NULL;
    if (!tab || tab == line.data)
        return false;
    size_t key_len = (size_t)(tab - line.data);
    *out = (struct lake_entry){
        .key = {line.data, key_len},
        .bytes = numbers[0],
        .rows = numbers[1],
        .hash = numbers[2],
        .added_ms = (int64_t)numbers[3],
        .since = (int64_t)numbers[4],
        .until = (int64_t)numbers[5],
        .removed_ms = (int64_t)numbers[6],
        .keep_until_ms = (int64_t)numbers[7],
        .stats = {tab + 1, line.len - key_len - 1},
    };
    return true;
}

enum status lake_entries_read(struct str text, struct lake_entries *out, struct error *error)
{
    while (text.len) {
        const char *newline = memchr(text.data, '\n', text.len);
        size_t len = newline ? (size_t)(newline - text.data) : text.len;
        struct lake_entry entry;
        if (!newline || !read_line((struct str){text.data, len}, &entry))
            return error_set(error, STATUS_CORRUPT, "a line of the plan is damaged");
        lake_entries_add(out, &entry);
        text.data += len + 1;
        text.len -= len + 1;
    }
    return STATUS_OK;
}
