/* Winners among facts are found in two steps: first in each batch, on any thread; then here, among
 * the batches' winners, in the order of the input (docs/semantics.md, Tables). */
#include "fact_winners.h"

void fact_winners_init(struct fact_winners *winners, const struct fact_rule *rule)
{
    *winners = (struct fact_winners){.rule = rule};
    rows_init(&winners->rows, &rule->winner);
}

void fact_winners_release(struct fact_winners *winners)
{
    for (size_t i = 0; i < winners->rows.count; i++)
        buffer_release(&winners->texts[i]);
    mem_free(winners->texts);
    rows_release(&winners->rows);
    index_release(&winners->index);
    buffer_release(&winners->scratch);
    for (size_t i = 0; i < MODEL_MAX_KEYS; i++)
        buffer_release(&winners->key_scratch[i]);
    *winners = (struct fact_winners){0};
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static bool is_key(const void *ctx, uint32_t entry, const void *wanted)
{
    const struct fact_winners *winners = ctx;
    const struct row_layout *layout = winners->rows.layout;
    const struct model_winner *rule = winners->rule->rule;
    const union lookup_value *values = ((const struct lookup_key *)wanted)->values;
    const void *row = rows_at(&winners->rows, entry);
    for (size_t i = 0; i < rule->key_count; i++) {
        int field = rule->keys[i];
        bool is_equal = row_is_string(layout, field)
                            ? str_equal(row_string(layout, row, field), values[i].string)
                            : (uint64_t)row_number(layout, row, field).int64 == values[i].bits;
        if (!is_equal)
            return false;
    }
    return true;
}

/* The key of a batch's row; strings are decoded into scratch memory. */
static void key_of_raw(struct fact_winners *winners, const void *raw, struct lookup_key *out)
{
    const struct row_layout *layout = winners->rows.layout;
    const struct model_winner *rule = winners->rule->rule;
    uint64_t words[MODEL_MAX_KEYS];
    for (size_t i = 0; i < rule->key_count; i++) {
        int field = rule->keys[i];
        if (row_is_string(layout, field)) {
            out->values[i].string = row_raw_decode(layout, field, row_string(layout, raw, field),
                                                   &winners->key_scratch[i]);
            words[i] = hash_str(out->values[i].string);
        } else {
            out->values[i].bits = (uint64_t)row_number(layout, raw, field).int64;
            words[i] = row_key_word(out->values[i].bits, rule->key_count);
        }
    }
    out->hash = lookup_hash(words, rule->key_count);
}

static void set_key(struct fact_winners *winners, void *row, const struct lookup_key *key)
{
    const struct row_layout *layout = winners->rows.layout;
    const struct model_winner *rule = winners->rule->rule;
    for (size_t i = 0; i < rule->key_count; i++)
        if (row_is_string(layout, rule->keys[i]))
            *row_string_at(layout, row, rule->keys[i]) =
                arena_copy(&winners->rows.arena, key->values[i].string);
        else
            row_number_at(layout, row, rule->keys[i])->int64 = (int64_t)key->values[i].bits;
}

/* Makes the newest row a winner. */
static void index_newest(struct fact_winners *winners, uint64_t hash)
{
    size_t row = winners->rows.count - 1;
    index_add(&winners->index, hash, (uint32_t)row);
    MEM_GROW(winners->texts, row + 1, winners->text_cap);
    winners->texts[row] = (struct buffer){0};
}

/* ---- Winners --------------------------------------------------------------------------------- */

/* > 0 where the batch's row wins; its strings are in their JSON form. */
static int compare_raw(struct fact_winners *winners, const void *raw, const void *row)
{
    const struct row_layout *layout = winners->rows.layout;
    const struct fact_rule *rule = winners->rule;
    for (size_t i = 0; i < rule->order_count; i++) {
        int field = rule->order[i].field;
        int found = row_is_string(layout, field)
                        ? str_compare(row_raw_decode(layout, field, row_string(layout, raw, field),
                                                     &winners->scratch),
                                      row_string(layout, row, field))
                        : row_compare_field(layout, field, raw, row);
        if (found)
            return rule->order[i].is_greatest ? found : -found;
    }
    return 0;
}

static bool has_same_strings(struct fact_winners *winners, const void *raw, const void *row)
{
    const struct row_layout *layout = winners->rows.layout;
    for (size_t i = winners->rule->key_strings; i < layout->string_count; i++) {
        int field = layout->string_fields[i];
        if (!str_equal(
                row_raw_decode(layout, field, row_string(layout, raw, field), &winners->scratch),
                row_string(layout, row, field)))
            return false;
    }
    return true;
}

/* The strings of a row, without those of its key, are in one buffer, so that replaced ones need no
 * memory. */
static void set_strings(struct fact_winners *winners, const void *raw, void *row,
                        struct buffer *text)
{
    const struct row_layout *layout = winners->rows.layout;
    size_t total = 1;
    for (size_t i = winners->rule->key_strings; i < layout->string_count; i++)
        total += row_string(layout, raw, layout->string_fields[i]).len; /* it decodes to no more */
    buffer_reset(text);
    buffer_reserve(text, total);
    for (size_t i = winners->rule->key_strings; i < layout->string_count; i++) {
        int field = layout->string_fields[i];
        struct str value =
            row_raw_decode(layout, field, row_string(layout, raw, field), &winners->scratch);
        struct str *string = row_string_at(layout, row, field);
        *string = value.data ? (struct str){text->data + text->len, value.len} : STR_NULL;
        buffer_append_str(text, value);
    }
}

static void set_winner(struct fact_winners *winners, const void *raw, size_t number)
{
    const struct row_layout *layout = winners->rows.layout;
    void *row = rows_at(&winners->rows, number);
    if (!has_same_strings(winners, raw, row))
        set_strings(winners, raw, row, &winners->texts[number]);
    for (uint32_t i = 0; i < layout->number_count; i++)
        *row_number_at(layout, row, layout->numbers[i]) =
            row_number(layout, raw, layout->numbers[i]);
    *row_nulls(row) = *(const uint64_t *)raw;
}

static void offer(struct fact_winners *winners, const void *raw, const struct lookup_key *key)
{
    uint32_t entry = index_find(&winners->index, key->hash, is_key, winners, key);
    if (entry == INDEX_NONE) {
        rows_add(&winners->rows);
        index_newest(winners, key->hash);
        entry = (uint32_t)winners->rows.count - 1;
        set_key(winners, rows_at(&winners->rows, entry), key);
        set_winner(winners, raw, entry);
    } else if (compare_raw(winners, raw, rows_at(&winners->rows, entry)) > 0) {
        set_winner(winners, raw, entry);
    }
}

/* Keys of a batch that are looked up at once. */
#define LOOK_UPS 32

static void prefetch(const struct fact_winners *winners, const uint64_t *hashes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        index_prefetch(&winners->index, hashes[i]);
    for (size_t i = 0; i < count; i++) {
        uint32_t entry = index_peek(&winners->index, hashes[i]);
        if (entry == INDEX_NONE)
            continue;
        __builtin_prefetch(rows_at(&winners->rows, entry));
        __builtin_prefetch((const char *)rows_at(&winners->rows, entry + 1) - 1);
    }
}

/* Winners whose key is a coded column. */
static void add_coded(struct fact_winners *winners, const struct batch_winners *batch,
                      const struct distinct *keys)
{
    for (uint32_t entry = 0; entry < keys->raw.count; entry++) {
        size_t left = keys->raw.count - entry;
        if (entry % LOOK_UPS == 0)
            prefetch(winners, keys->hashes + entry, left < LOOK_UPS ? left : LOOK_UPS);
        struct lookup_key key = {.hash = keys->hashes[entry]};
        key.values[0].string =
            raw_decode(dictionary_value(&keys->raw, entry), &winners->key_scratch[0]);
        offer(winners, rows_at(&batch->rows, entry), &key);
    }
}

void fact_winners_add(struct fact_winners *winners, const struct batch_winners *batch,
                      const struct distinct *keys)
{
    if (keys) {
        add_coded(winners, batch, keys);
        return;
    }
    for (size_t i = 0; i < batch->rows.count; i++) {
        struct lookup_key key;
        key_of_raw(winners, rows_at(&batch->rows, i), &key);
        offer(winners, rows_at(&batch->rows, i), &key);
    }
}

void fact_winners_add_stored(struct fact_winners *winners, const struct model_table *table,
                             const struct table_group *group, size_t row)
{
    const struct model_winner *rule = winners->rule->rule;
    rows_add_stored(&winners->rows, table, group, row);
    const void *added = rows_at(&winners->rows, winners->rows.count - 1);
    index_newest(winners, row_hash(winners->rows.layout, rule->keys, rule->key_count, added));
}
