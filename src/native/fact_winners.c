/* Winners among facts are found in two steps: first in each batch, on any thread; then here, among
 * the batches' winners, in the order of the input (docs/semantics.md, Tables). */
#include "fact_winners.h"

/* Strings of replaced winners may take this much, and as much as those of the others. */
#define REPLACED_BYTES ((size_t)4 << 20)

void fact_winners_init(struct fact_winners *winners, const struct fact_rule *rule)
{
    *winners = (struct fact_winners){.rule = rule, .string_limit = REPLACED_BYTES};
    rows_init(&winners->rows, &rule->winner);
}

void fact_winners_release(struct fact_winners *winners)
{
    rows_release(&winners->rows);
    index_release(&winners->index);
    *winners = (struct fact_winners){0};
}

/* ---- Strings --------------------------------------------------------------------------------- */

/* The strings of a row, where they lie one behind the other; otherwise null. */
static struct str strings_of(const struct row_layout *layout, const void *row)
{
    struct str all = STR_NULL;
    for (uint32_t i = 0; i < layout->string_count; i++) {
        struct str string = row_string(layout, row, layout->string_fields[i]);
        if (!string.data)
            continue;
        all.data = all.data ? all.data : string.data;
        if (string.data != all.data + all.len)
            return STR_NULL;
        all.len += string.len;
    }
    return all;
}

/* Moves the strings of a row, `from`, to other memory. */
static void move_strings(const struct row_layout *layout, void *row, struct str from, char *to)
{
    memcpy(to, from.data, from.len);
    for (uint32_t i = 0; i < layout->string_count; i++) {
        struct str *string = row_string_at(layout, row, layout->string_fields[i]);
        if (string->data)
            string->data = to + (string->data - from.data);
    }
}

/* An arena's memory is handed out in words. */
static size_t room_of(struct str strings)
{
    return (strings.len + 7) / 8 * 8;
}

/* Sets a winner's row to one of a batch, whose strings lie one behind the other: they take the
 * place of the strings before, where they fit. */
static void copy_row(struct fact_winners *winners, void *row, const void *from)
{
    const struct row_layout *layout = winners->rows.layout;
    struct str before = strings_of(layout, row), strings = strings_of(layout, from);
    memcpy(row, from, layout->bytes);
    if (!strings.data)
        return;
    char *room = before.data && strings.len <= room_of(before)
                     ? (char *)(uintptr_t)before.data /* which is the arena's */
                     : arena_alloc(&winners->rows.arena, strings.len);
    move_strings(layout, row, strings, room);
}

static void drop_replaced(struct fact_winners *winners)
{
    const struct row_layout *layout = winners->rows.layout;
    struct arena all = winners->rows.arena;
    winners->rows.arena = (struct arena){0};
    for (size_t i = 0; i < winners->rows.count; i++) {
        void *row = rows_at(&winners->rows, i);
        struct str strings = strings_of(layout, row);
        if (strings.data)
            move_strings(layout, row, strings, arena_alloc(&winners->rows.arena, strings.len));
        else
            rows_own_strings(&winners->rows, i);
    }
    winners->string_limit = winners->rows.arena.total_bytes * 2 + REPLACED_BYTES;
    arena_release(&all);
}

/* ---- Winners --------------------------------------------------------------------------------- */

static bool is_key(const void *ctx, uint32_t entry, const void *wanted)
{
    const struct fact_winners *winners = ctx;
    const struct model_winner *rule = winners->rule->rule;
    return row_equal(winners->rows.layout, rule->keys, rule->key_count,
                     rows_at(&winners->rows, entry), wanted);
}

/* Mostly the time decides. */
static bool wins(const struct fact_winners *winners, const void *row, const void *winner)
{
    const struct row_layout *layout = winners->rows.layout;
    const struct fact_rule *rule = winners->rule;
    if (rule->is_first_plain) {
        int64_t new = row_number(layout, row, rule->order[0].field).int64;
        int64_t old = row_number(layout, winner, rule->order[0].field).int64;
        if (new != old)
            return (new > old) == rule->order[0].is_greatest;
    }
    return row_compare(layout, rule->order, rule->order_count, row, winner) < 0;
}

static void offer(struct fact_winners *winners, const void *row, uint64_t hash)
{
    uint32_t entry = index_find(&winners->index, hash, is_key, winners, row);
    if (entry == INDEX_NONE) {
        index_add(&winners->index, hash, (uint32_t)winners->rows.count);
        copy_row(winners, rows_add(&winners->rows), row);
        return;
    }
    void *winner = rows_at(&winners->rows, entry);
    if (wins(winners, row, winner))
        copy_row(winners, winner, row);
}

/* Keys that are looked up at once: they come in any order, so each misses the cache in the index,
 * in the row, and in the strings of its key. */
#define LOOK_UPS 32

/* Inlined, or gcc drops the calls: to it a function that only prefetches does nothing. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* Of a row that is in the cache, or on its way: they are compared, or written over. */
static ALWAYS_INLINE void prefetch_strings(const struct row_layout *layout, const void *row)
{
    const char *strings = row_string(layout, row, layout->string_fields[0]).data;
    __builtin_prefetch(strings);
    __builtin_prefetch(strings + 64);
}

static ALWAYS_INLINE void prefetch(const struct fact_winners *winners,
                                   const struct batch_winner *keys, size_t count)
{
    const struct row_layout *layout = winners->rows.layout;
    uint32_t found[LOOK_UPS];
    for (size_t i = 0; i < count; i++)
        index_prefetch(&winners->index, keys[i].hash);
    for (size_t i = 0; i < count; i++) {
        found[i] = index_peek(&winners->index, keys[i].hash);
        if (found[i] == INDEX_NONE)
            continue;
        const char *row = rows_at(&winners->rows, found[i]);
        for (size_t at = 0; at < layout->bytes; at += 64)
            __builtin_prefetch(row + at);
        __builtin_prefetch(row + layout->bytes - 1);
    }
    for (size_t i = 0; i < count && layout->string_count; i++)
        if (found[i] != INDEX_NONE)
            prefetch_strings(layout, rows_at(&winners->rows, found[i]));
}

void fact_winners_add(struct fact_winners *winners, const struct batch_winners *batch)
{
    for (size_t i = 0; i < batch->rows.count; i++) {
        size_t left = batch->rows.count - i;
        if (i % LOOK_UPS == 0)
            prefetch(winners, batch->states + i, left < LOOK_UPS ? left : LOOK_UPS);
        offer(winners, rows_at(&batch->rows, i), batch->states[i].hash);
    }
    if (winners->rows.arena.total_bytes > winners->string_limit)
        drop_replaced(winners);
}

void fact_winners_add_stored(struct fact_winners *winners, const struct model_table *table,
                             const struct table_group *group, size_t row)
{
    const struct model_winner *rule = winners->rule->rule;
    rows_add_stored(&winners->rows, table, group, row);
    size_t number = winners->rows.count - 1;
    index_add(&winners->index,
              row_hash(winners->rows.layout, rule->keys, rule->key_count,
                       rows_at(&winners->rows, number)),
              (uint32_t)number);
}
