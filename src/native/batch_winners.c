/* Winners among the facts of a batch. A key may get a new winner with each fact, so strings are
 * borrowed from the piece of input until it ends, and copied then. */
#include "batch_winners.h"

void batch_winners_init(struct batch_winners *winners, const struct fact_rule *rule)
{
    *winners = (struct batch_winners){.rule = rule};
    rows_init(&winners->rows, &rule->winner);
}

void batch_winners_reset(struct batch_winners *winners)
{
    rows_reset(&winners->rows);
    index_reset(&winners->index);
    winners->borrowed_count = 0;
}

void batch_winners_release(struct batch_winners *winners)
{
    rows_release(&winners->rows);
    index_release(&winners->index);
    mem_free(winners->is_borrowed);
    mem_free(winners->borrowed);
    buffer_release(&winners->scratch);
    buffer_release(&winners->scratch_too);
    *winners = (struct batch_winners){0};
}

/* ---- Comparing ------------------------------------------------------------------------------- */

static int compare_numbers(const struct row_layout *layout, int field,
                           const struct model_record *record, const void *row)
{
    bool is_null = row_record_is_null(layout, record, field);
    if (is_null || row_is_null(row, field))
        return row_is_null(row, field) - is_null;
    return row_compare_numbers(layout->source->fields[field].type, row_record_number(record, field),
                               row_number(layout, row, field));
}

static int compare_strings(struct batch_winners *winners, int field,
                           const struct model_record *record, const void *row)
{
    const struct row_layout *layout = winners->rows.layout;
    return str_compare(
        row_raw_decode(layout, field, raw_text(record, field), &winners->scratch),
        row_raw_decode(layout, field, row_string(layout, row, field), &winners->scratch_too));
}

/* > 0 where the record wins. */
static int compare_record(struct batch_winners *winners, const struct model_record *record,
                          const void *row)
{
    const struct row_layout *layout = winners->rows.layout;
    const struct fact_rule *rule = winners->rule;
    for (size_t i = 0; i < rule->order_count; i++) {
        int field = rule->order[i].field;
        int found = row_is_string(layout, field) ? compare_strings(winners, field, record, row)
                                                 : compare_numbers(layout, field, record, row);
        if (found)
            return rule->order[i].is_greatest ? found : -found;
    }
    return 0;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static bool has_codes(const struct batch_winners *winners)
{
    return winners->rule->key != FACT_NONE;
}

/* JSON may stand in memory that the next record takes. */
static struct str borrow(struct batch_winners *winners, const struct model_record *record,
                         int field)
{
    struct str raw = raw_text(record, field);
    return row_is_json(winners->rows.layout, field) ? arena_copy(&winners->rows.arena, raw) : raw;
}

static void set_winner(struct batch_winners *winners, const struct model_record *record,
                       size_t number)
{
    const struct row_layout *layout = winners->rows.layout;
    void *row = rows_at(&winners->rows, number);
    uint64_t nulls = 0;
    for (uint32_t i = 0; i < layout->number_count; i++) {
        int field = layout->numbers[i];
        nulls |= (uint64_t)row_record_is_null(layout, record, field) << field;
        *row_number_at(layout, row, field) = row_record_number(record, field);
    }
    for (uint32_t i = has_codes(winners); i < layout->string_count; i++) {
        struct str raw = borrow(winners, record, layout->string_fields[i]);
        nulls |= (uint64_t)(raw.data == NULL) << layout->string_fields[i];
        *row_string_at(layout, row, layout->string_fields[i]) = raw;
    }
    *row_nulls(row) = nulls;
    if (!winners->is_borrowed[number])
        winners->borrowed[winners->borrowed_count++] = (uint32_t)number;
    winners->is_borrowed[number] = true;
}

static void grow(struct batch_winners *winners)
{
    size_t cap = winners->cap ? winners->cap * 2 : 64;
    winners->is_borrowed = mem_realloc(winners->is_borrowed, cap * sizeof *winners->is_borrowed);
    winners->borrowed = mem_realloc(winners->borrowed, cap * sizeof *winners->borrowed);
    winners->cap = cap;
}

static void add_winner(struct batch_winners *winners, const struct model_record *record)
{
    size_t number = winners->rows.count;
    if (number == winners->cap)
        grow(winners);
    winners->is_borrowed[number] = false;
    rows_add(&winners->rows);
    set_winner(winners, record, number);
}

/* ---- Keys that are no codes ------------------------------------------------------------------ */

/* Two rows may have one key in different JSON forms: fact_winners finds out. */
static bool is_key(const void *ctx, uint32_t number, const void *wanted)
{
    const struct batch_winners *winners = ctx;
    const struct row_layout *layout = winners->rows.layout;
    const struct model_winner *rule = winners->rule->rule;
    const struct model_record *record = wanted;
    const void *row = rows_at(&winners->rows, number);
    for (size_t i = 0; i < rule->key_count; i++) {
        int field = rule->keys[i];
        bool is_equal =
            row_is_string(layout, field)
                ? str_equal(row_string(layout, row, field), raw_text(record, field))
                : row_number(layout, row, field).int64 == row_record_number(record, field).int64;
        if (!is_equal)
            return false;
    }
    return true;
}

/* Returns false where a key is null. */
static bool hash_key(const struct batch_winners *winners, const struct model_record *record,
                     uint64_t *out)
{
    const struct row_layout *layout = winners->rows.layout;
    const struct model_winner *rule = winners->rule->rule;
    uint64_t words[MODEL_MAX_KEYS];
    for (size_t i = 0; i < rule->key_count; i++) {
        int field = rule->keys[i];
        if (row_record_is_null(layout, record, field))
            return false;
        words[i] = row_is_string(layout, field) ? hash_str(raw_text(record, field))
                                                : (uint64_t)row_record_number(record, field).int64;
    }
    *out = hash_words(words, rule->key_count);
    return true;
}

/* The row of the record's key; INDEX_NONE where it is new, and added to the index, or null. */
static uint32_t find_row(struct batch_winners *winners, const struct model_record *record,
                         bool *is_null)
{
    uint64_t hash;
    *is_null = !hash_key(winners, record, &hash);
    if (*is_null)
        return INDEX_NONE;
    uint32_t row = index_find(&winners->index, hash, is_key, winners, record);
    if (row == INDEX_NONE)
        index_add(&winners->index, hash, (uint32_t)winners->rows.count);
    return row;
}

void batch_winners_offer(struct batch_winners *winners, uint32_t code,
                         const struct model_record *record)
{
    bool is_null = code == 0;
    uint32_t row = !has_codes(winners)          ? find_row(winners, record, &is_null)
                   : code > winners->rows.count ? INDEX_NONE
                                                : code - 1;
    if (is_null)
        return;
    if (row == INDEX_NONE)
        add_winner(winners, record);
    else if (compare_record(winners, record, rows_at(&winners->rows, row)) > 0)
        set_winner(winners, record, row);
}

void batch_winners_end_piece(struct batch_winners *winners)
{
    for (size_t i = 0; i < winners->borrowed_count; i++) {
        rows_own_strings(&winners->rows, winners->borrowed[i]);
        winners->is_borrowed[winners->borrowed[i]] = false;
    }
    winners->borrowed_count = 0;
}
