/* Which row wins (docs/semantics.md, Tables). A rule is an order over whole records, so the outcome
 * does not depend on the order in which they come. */
#include "winners.h"

static const void *winner_at(const struct winners *winners, uint32_t entry)
{
    return rows_at(winners->rows, winners->winners[entry]);
}

static bool has_same_keys(const void *ctx, uint32_t entry, const void *row)
{
    const struct winners *winners = ctx;
    const struct model_winner *rule = winners->rule;
    return row_equal(winners->rows->layout, rule->keys, rule->key_count, winner_at(winners, entry),
                     row);
}

static void offer(struct winners *winners, uint32_t number)
{
    const struct model_winner *rule = winners->rule;
    const struct row_layout *layout = winners->rows->layout;
    const void *row = rows_at(winners->rows, number);
    uint64_t hash = row_hash(layout, rule->keys, rule->key_count, row);
    uint32_t entry = index_find(&winners->index, hash, has_same_keys, winners, row);
    if (entry != INDEX_NONE) {
        if (row_compare(layout, rule->order, rule->order_count, winners->nulls_last, row,
                        winner_at(winners, entry)) < 0)
            winners->winners[entry] = number;
        return;
    }
    MEM_GROW(winners->winners, winners->count + 1, winners->cap);
    index_add(&winners->index, hash, (uint32_t)winners->count);
    winners->winners[winners->count++] = number;
}

static bool has_keys(const struct model_winner *rule, const void *row)
{
    for (size_t i = 0; i < rule->key_count; i++)
        if (row_is_null(row, rule->keys[i]))
            return false;
    return true;
}

void winners_init(struct winners *winners, const struct model_winner *rule, uint64_t nulls_last,
                  const struct rows *rows)
{
    *winners = (struct winners){.rule = rule, .nulls_last = nulls_last, .rows = rows};
    for (uint32_t i = 0; i < rows->count; i++)
        if (has_keys(rule, rows_at(rows, i)))
            offer(winners, i);
}

void winners_release(struct winners *winners)
{
    index_release(&winners->index);
    mem_free(winners->winners);
    *winners = (struct winners){0};
}

void winners_mark(const struct winners *winners, bool *out)
{
    for (size_t i = 0; i < winners->count; i++)
        out[winners->winners[i]] = true;
}

/* ---- Look-ups -------------------------------------------------------------------------------- */

static void add_key(struct lookup *lookup, const void *winner)
{
    const struct row_layout *from = lookup->rows->layout, *layout = &lookup->layout;
    void *key = rows_add(&lookup->keys);
    for (uint32_t i = 0; i < layout->field_count; i++) {
        int field = layout->fields[i];
        if (row_is_string(layout, field))
            *row_string_at(layout, key, field) =
                arena_copy(&lookup->keys.arena, row_string(from, winner, field));
        else
            *row_number_at(layout, key, field) = row_number(from, winner, field);
    }
}

#define FILTER_BITS ((size_t)16)

static void init_filter(struct lookup *lookup, const struct winners *winners)
{
    const struct model_winner *rule = winners->rule;
    size_t bits = 64;
    while (bits < winners->count * FILTER_BITS)
        bits *= 2;
    lookup->filter = mem_zalloc(bits / 8);
    lookup->filter_mask = bits - 1;
    for (uint32_t i = 0; i < winners->count; i++) {
        uint64_t hash =
            row_hash(lookup->rows->layout, rule->keys, rule->key_count, winner_at(winners, i));
        size_t bit = (size_t)hash & lookup->filter_mask;
        lookup->filter[bit / 64] |= UINT64_C(1) << bit % 64;
    }
}

void lookup_init(struct lookup *lookup, const struct model_winner *rule, uint64_t nulls_last,
                 const struct rows *rows)
{
    struct winners winners;
    *lookup = (struct lookup){.rows = rows};
    row_layout_of_fields(&lookup->layout, rows->layout->source, rule->keys, rule->key_count);
    rows_init(&lookup->keys, &lookup->layout);
    winners_init(&winners, rule, nulls_last, rows);
    for (uint32_t i = 0; i < winners.count; i++)
        add_key(lookup, winner_at(&winners, i));
    init_filter(lookup, &winners);
    lookup->found = winners.winners; /* owned by the look-up from here on */
    lookup->index = winners.index;
}

void lookup_release(struct lookup *lookup)
{
    rows_release(&lookup->keys);
    mem_free(lookup->found);
    mem_free(lookup->filter);
    index_release(&lookup->index);
    *lookup = (struct lookup){0};
}

static bool is_key(const void *ctx, uint32_t number, const void *wanted)
{
    const struct lookup *lookup = ctx;
    const struct row_layout *layout = &lookup->layout;
    const union lookup_value *values = ((const struct lookup_key *)wanted)->values;
    const void *key = rows_at(&lookup->keys, number);
    for (uint32_t i = 0; i < layout->field_count; i++) {
        int field = layout->fields[i];
        bool is_equal = row_is_string(layout, field)
                            ? str_equal(row_string(layout, key, field), values[i].string)
                            : (uint64_t)row_number(layout, key, field).int64 == values[i].bits;
        if (!is_equal)
            return false;
    }
    return true;
}

/* Facts arrive in any order, so each look-up misses the cache in three places: the index, the key,
 * its strings. Many look-ups do each step together, with prefetches. */
void lookup_find(const struct lookup *lookup, const struct lookup_key *keys, size_t count,
                 uint32_t *out)
{
    const struct index *index = &lookup->index;
    const struct row_layout *layout = &lookup->layout;
    for (size_t i = 0; i < count; i++)
        index_prefetch(index, keys[i].hash);
    for (size_t i = 0; i < count; i++) {
        out[i] = index_peek(index, keys[i].hash);
        if (out[i] != INDEX_NONE)
            __builtin_prefetch(rows_at(&lookup->keys, out[i]));
    }
    int first = layout->fields[0];
    for (size_t i = 0; i < count && row_is_string(layout, first); i++)
        if (out[i] != INDEX_NONE)
            __builtin_prefetch(row_string(layout, rows_at(&lookup->keys, out[i]), first).data);
    for (size_t i = 0; i < count; i++)
        out[i] = index_find(index, keys[i].hash, is_key, lookup, &keys[i]);
}
