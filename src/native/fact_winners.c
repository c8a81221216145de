/* Winners among facts are found in two steps: first in each batch, on any thread; then here, among
 * the batches' winners, in the order of the input (docs/semantics.md, Tables). */
#include "fact_winners.h"

void fact_winners_init(struct fact_winners *winners, const struct fact_layout *layout)
{
    *winners = (struct fact_winners){.layout = layout};
    rows_init(&winners->rows, &layout->winner);
}

void fact_winners_release(struct fact_winners *winners)
{
    for (size_t i = 0; i < winners->rows.count; i++)
        buffer_release(&winners->texts[i]);
    mem_free(winners->texts);
    rows_release(&winners->rows);
    index_release(&winners->index);
    buffer_release(&winners->scratch);
    buffer_release(&winners->scratch_too);
    *winners = (struct fact_winners){0};
}

static struct str *key_at(const struct fact_winners *winners, size_t row)
{
    return row_string_at(winners->rows.layout, rows_at(&winners->rows, row),
                         winners->layout->rule->keys[0]);
}

static bool is_key(const void *ctx, uint32_t entry, const void *key)
{
    return str_equal(*key_at(ctx, entry), *(const struct str *)key);
}

/* Makes the newest row a winner. */
static void index_newest(struct fact_winners *winners, uint64_t hash)
{
    size_t row = winners->rows.count - 1;
    index_add(&winners->index, hash, (uint32_t)row);
    MEM_GROW(winners->texts, row + 1, winners->text_cap);
    winners->texts[row] = (struct buffer){0};
}

/* > 0 where the batch's row wins; its strings are in their JSON form. */
static int compare_raw(struct fact_winners *winners, const void *raw, const void *row)
{
    const struct row_layout *layout = winners->rows.layout;
    const struct model_winner *rule = winners->layout->rule;
    for (size_t i = 0; i < rule->order_count; i++) {
        int field = rule->order[i].field;
        int found = row_is_string(layout, field)
                        ? str_compare(raw_decode(row_string(layout, raw, field), &winners->scratch),
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
    for (uint32_t i = 1; i < layout->string_count; i++) {
        int field = layout->string_fields[i];
        if (!str_equal(raw_decode(row_string(layout, raw, field), &winners->scratch),
                       row_string(layout, row, field)))
            return false;
    }
    return true;
}

/* The strings of a row are in one buffer, so that replaced ones need no memory. */
static void set_strings(struct fact_winners *winners, const void *raw, void *row,
                        struct buffer *text)
{
    const struct row_layout *layout = winners->rows.layout;
    size_t total = 1;
    for (uint32_t i = 1; i < layout->string_count; i++)
        total += row_string(layout, raw, layout->string_fields[i]).len; /* it decodes to no more */
    buffer_reset(text);
    buffer_reserve(text, total);
    for (uint32_t i = 1; i < layout->string_count; i++) {
        int field = layout->string_fields[i];
        struct str value = raw_decode(row_string(layout, raw, field), &winners->scratch);
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

static void offer(struct fact_winners *winners, const void *raw, struct str key, uint64_t hash)
{
    uint32_t entry = index_find(&winners->index, hash, is_key, winners, &key);
    if (entry == INDEX_NONE) {
        rows_add(&winners->rows);
        index_newest(winners, hash);
        entry = (uint32_t)winners->rows.count - 1;
        *key_at(winners, entry) = arena_copy(&winners->rows.arena, key);
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

void fact_winners_add(struct fact_winners *winners, const struct facts_batch *batch)
{
    const struct distinct *keys = &batch->strings[winners->layout->rule_key];
    for (uint32_t entry = 0; entry < keys->raw.count; entry++) {
        size_t left = keys->raw.count - entry;
        if (entry % LOOK_UPS == 0)
            prefetch(winners, keys->hashes + entry, left < LOOK_UPS ? left : LOOK_UPS);
        offer(winners, rows_at(&batch->winners, entry),
              raw_decode(dictionary_value(&keys->raw, entry), &winners->scratch_too),
              keys->hashes[entry]);
    }
}

void fact_winners_add_stored(struct fact_winners *winners, const struct model_table *table,
                             const struct table_group *group, size_t row)
{
    rows_add_stored(&winners->rows, table, group, row);
    index_newest(winners, hash_str(*key_at(winners, winners->rows.count - 1)));
}
