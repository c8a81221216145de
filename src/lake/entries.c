#include "entries.h"

#include "names.h"

#include <stdlib.h>

bool lake_entry_is_of(const struct lake_entry *entry, int64_t version)
{
    return entry->since <= version && (entry->until == LAKE_CURRENT || version < entry->until);
}

void lake_entries_reserve(struct lake_entries *entries, size_t count)
{
    if (count)
        MEM_GROW(entries->entries, count, entries->cap);
}

void lake_entries_share(struct lake_entries *entries, const struct lake_entry *entry)
{
    *MEM_ADD(entries->entries, entries->count, entries->cap) = *entry;
}

void lake_entries_add(struct lake_entries *entries, const struct lake_entry *entry)
{
    struct lake_entry copy = *entry;
    copy.key = arena_copy(&entries->arena, entry->key);
    copy.stats = arena_copy(&entries->arena, entry->stats);
    lake_entries_share(entries, &copy);
}

static int compare_entries(const void *a, const void *b)
{
    const struct lake_entry *left = a, *right = b;
    int order = str_compare(left->key, right->key);
    return order ? order : (left->since > right->since) - (left->since < right->since);
}

void lake_entries_sort(struct lake_entries *entries)
{
    patience_sort(entries->entries, entries->count, sizeof *entries->entries, compare_entries);
}

static int compare_keys(const void *a, const void *b)
{
    return str_compare(((const struct lake_entry *)a)->key, ((const struct lake_entry *)b)->key);
}

bool lake_entries_has(const struct lake_entries *entries, struct str key)
{
    struct lake_entry wanted = {.key = key};
    return entries->count && bsearch(&wanted, entries->entries, entries->count,
                                     sizeof *entries->entries, compare_keys);
}

struct lake_counts lake_entries_count_current(const struct lake_entries *entries)
{
    struct lake_counts counts = {0};
    for (size_t i = 0; i < entries->count; i++) {
        const struct lake_entry *entry = &entries->entries[i];
        if (entry->until != LAKE_CURRENT)
            continue;
        counts.files++;
        counts.bytes += entry->bytes;
        counts.rows += entry->rows;
    }
    return counts;
}

void lake_entries_release(struct lake_entries *entries)
{
    mem_free(entries->entries);
    arena_release(&entries->arena);
    *entries = (struct lake_entries){0};
}

static void write_numbers(const struct lake_entry *entry, struct buffer *out)
{
    const uint64_t whole[] = {entry->bytes, entry->rows, entry->hash};
    const int64_t others[] = {entry->added_ms, entry->since, entry->until, entry->removed_ms,
                              entry->keep_until_ms};
    for (size_t i = 0; i < ARRAY_LENGTH(whole); i++) {
        buffer_append_uint64(out, whole[i]);
        buffer_append_char(out, ' ');
    }
    for (size_t i = 0; i < ARRAY_LENGTH(others); i++) {
        buffer_append_int64(out, others[i]);
        buffer_append_char(out, ' ');
    }
}

void lake_entry_write(const struct lake_entry *entry, struct buffer *out)
{
    write_numbers(entry, out);
    buffer_append_str(out, entry->key);
    buffer_append_char(out, '\t');
    buffer_append_str(out, entry->stats);
    buffer_append_char(out, '\n');
}

/* A whole number and the blank after it. */
static bool consume_number(struct str *line, uint64_t *out)
{
    size_t at = 0;
    uint64_t value = 0;
    for (; at < line->len && line->data[at] >= '0' && line->data[at] <= '9'; at++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(line->data[at] - '0'), &value))
            return false;
    if (at == 0 || at == line->len || line->data[at] != ' ')
        return false;
    *out = value;
    *line = (struct str){line->data + at + 1, line->len - at - 1};
    return true;
}

/* A number from `least`, which is 0 or -1, to LAKE_MAX_COUNT. */
static bool consume_count(struct str *line, int64_t least, int64_t *out)
{
    uint64_t value;
    bool is_negative = line->len > 0 && line->data[0] == '-';
    if (is_negative)
        *line = (struct str){line->data + 1, line->len - 1};
    if (!consume_number(line, &value) || value > (is_negative ? (uint64_t)-least : LAKE_MAX_COUNT))
        return false;
    *out = is_negative ? -(int64_t)value : (int64_t)value;
    return true;
}

static bool consume_numbers(struct str *line, struct lake_entry *out)
{
    int64_t bytes, rows;
    if (!consume_count(line, 0, &bytes) || !consume_count(line, 0, &rows) ||
        !consume_number(line, &out->hash) || !consume_count(line, 0, &out->added_ms) ||
        !consume_count(line, 0, &out->since) || !consume_count(line, -1, &out->until) ||
        !consume_count(line, 0, &out->removed_ms) || !consume_count(line, -1, &out->keep_until_ms))
        return false;
    out->bytes = (uint64_t)bytes;
    out->rows = (uint64_t)rows;
    return true;
}

static bool parse_line(struct str line, struct lake_entry *out)
{
    if (!consume_numbers(&line, out))
        return false;
    const char *tab = line.len ? memchr(line.data, '\t', line.len) : NULL;
    if (!tab)
        return false;
    size_t key_len = (size_t)(tab - line.data);
    out->key = (struct str){line.data, key_len};
    out->stats = (struct str){tab + 1, line.len - key_len - 1};
    return true;
}

/* Where a line stands in the plan, for messages. */
struct location {
    const struct model_table *table;
    size_t line;
};

static enum status damaged(const struct location *location, const char *what, struct error *error)
{
    return error_set(error, STATUS_CORRUPT, "line %zu of its files of %s %s", location->line,
                     location->table->folder, what);
}

#define KEY_SHOWN 200 /* bytes of a damaged key that a message shows */

static enum status check_entry(const struct location *location, int64_t newest,
                               const struct lake_entry *entry, struct error *error)
{
    bool has_ended = entry->until != LAKE_CURRENT;
    if (!lake_is_data_file(location->table, entry->key)) {
        size_t shown = entry->key.len < KEY_SHOWN ? entry->key.len : KEY_SHOWN;
        return error_set(error, STATUS_CORRUPT,
                         "line %zu of its files of %s names '%.*s', which is not one of them",
                         location->line, location->table->folder, (int)shown, entry->key.data);
    }
    if (entry->keep_until_ms == LAKE_TOMBSTONE && !has_ended)
        return damaged(location, "cannot be read", error);
    if (entry->since > newest ||
        (has_ended && (entry->until <= entry->since || entry->until > newest)))
        return damaged(location, "says that versions hold it which are none", error);
    return STATUS_OK;
}

/* True when one version holds both, which are sorted and of one file. */
static bool is_at_once(const struct lake_entry *first, const struct lake_entry *second)
{
    return str_equal(first->key, second->key) &&
           (first->until == LAKE_CURRENT || first->until > second->since);
}

/* A version holds a file once, and the sums of all do not overflow. */
static enum status check_all(const struct model_table *table, const struct lake_entries *entries,
                             struct error *error)
{
    uint64_t bytes = 0, rows = 0;
    for (size_t i = 0; i < entries->count; i++) {
        const struct lake_entry *entry = &entries->entries[i];
        bytes += entry->bytes;
        rows += entry->rows;
        if (bytes > LAKE_MAX_COUNT || rows > LAKE_MAX_COUNT)
            return error_set(error, STATUS_CORRUPT, "the sizes of its files of %s are impossible",
                             table->folder);
        if (i && is_at_once(&entries->entries[i - 1], entry))
            return error_set(error, STATUS_CORRUPT, "it names '%.*s' twice for one version",
                             STR_ARG(entry->key));
    }
    return STATUS_OK;
}

enum status lake_entries_parse(struct str text, const struct model_table *table, int64_t newest,
                               struct lake_entries *out, struct lake_entries *tombstones,
                               struct error *error)
{
    bool has_last_newline = str_ends_with(text, STR("\n"));
    for (struct location location = {table, 1}; text.len; location.line++) {
        struct str line = str_consume_line(&text);
        struct lake_entry entry;
        if ((text.len == 0 && !has_last_newline) || !parse_line(line, &entry))
            return damaged(&location, "cannot be read", error);
        TRY(check_entry(&location, newest, &entry, error));
        lake_entries_add(entry.keep_until_ms == LAKE_TOMBSTONE ? tombstones : out, &entry);
    }
    lake_entries_sort(out);
    return check_all(table, out, error);
}
