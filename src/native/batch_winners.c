/* Winners among the facts of a piece of input. A key may get a new winner with each fact, so
 * strings are borrowed from the piece until it ends, and decoded when they are added to all
 * winners. */
#include "batch_winners.h"

void batch_winners_init(struct batch_winners *winners, const struct fact_rule *rule)
{
    *winners = (struct batch_winners){.rule = rule};
    rows_init(&winners->rows, &rule->winner);
}

void batch_winners_release(struct batch_winners *winners)
{
    rows_release(&winners->rows);
    index_release(&winners->index);
    mem_free(winners->states);
    mem_free(winners->coded);
    buffer_release(&winners->scratch);
    buffer_release(&winners->scratch_too);
    buffer_release(&winners->packed);
    *winners = (struct batch_winners){0};
}

/* ---- Borrowed strings ------------------------------------------------------------------------ */

/* Where a row has a string, there is the value that it is borrowed from. */
_Static_assert(sizeof(struct json_value) == sizeof(struct str), "one takes the place of the other");

static void *slot_at(const struct batch_winners *winners, size_t number, int field)
{
    return row_string_at(winners->rows.layout, rows_at(&winners->rows, number), field);
}

static struct json_value value_of(const struct batch_winners *winners, size_t number, int field)
{
    struct json_value value;
    memcpy(&value, slot_at(winners, number, field), sizeof value);
    return value;
}

static struct str string_of(const struct batch_winners *winners, size_t number, int field,
                            struct buffer *scratch)
{
    struct json_value value = value_of(winners, number, field);
    return json_text(&value, scratch);
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

/* > 0 where the record wins. */
static int compare_record(struct batch_winners *winners, const struct model_record *record,
                          size_t number)
{
    const struct row_layout *layout = winners->rows.layout;
    const struct fact_rule *rule = winners->rule;
    for (size_t i = 0; i < rule->order_count; i++) {
        int field = rule->order[i].field;
        const void *row = rows_at(&winners->rows, number);
        int found = row_is_string(layout, field)
                        ? str_compare(json_text(&record->values[field], &winners->scratch),
                                      string_of(winners, number, field, &winners->scratch_too))
                        : compare_numbers(layout, field, record, row);
        bool has_null = row_record_is_null(layout, record, field) || row_is_null(row, field);
        if (found)
            return row_greatest_first(&rule->order[i], rule->nulls_last, has_null) ? found : -found;
    }
    return 0;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

/* JSON may stand in memory that the next record takes. */
static void copy_json(struct batch_winners *winners, size_t number)
{
    const struct row_layout *layout = winners->rows.layout;
    for (uint32_t i = 0; i < layout->string_count; i++) {
        int field = layout->string_fields[i];
        struct json_value value = value_of(winners, number, field);
        if (!row_is_json(layout, field) || value.kind <= JSON_KIND_NULL)
            continue;
        struct str text = {value.text, value.len};
        value.text = arena_copy(&winners->rows.arena, text).data;
        memcpy(slot_at(winners, number, field), &value, sizeof value);
    }
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
    for (uint32_t i = 0; i < layout->string_count; i++) {
        int field = layout->string_fields[i];
        memcpy(slot_at(winners, number, field), &record->values[field], sizeof *record->values);
    }
    *row_nulls(row) = nulls; /* of strings later */
    if (layout->json)
        copy_json(winners, number);
}

static void grow(struct batch_winners *winners)
{
    size_t cap = winners->cap ? winners->cap * 2 : 64;
    winners->states = mem_realloc(winners->states, cap * sizeof *winners->states);
    winners->cap = cap;
}

static void add_winner(struct batch_winners *winners, uint64_t hash, uint32_t code,
                       const struct model_record *record)
{
    size_t number = winners->rows.count;
    if (number == winners->cap)
        grow(winners);
    winners->states[number] = (struct batch_winner){hash, code};
    rows_add(&winners->rows);
    set_winner(winners, record, number);
}

/* Mostly the time decides. */
static bool wins(struct batch_winners *winners, const struct model_record *record, size_t number)
{
    const struct fact_rule *rule = winners->rule;
    int field = rule->order_count ? rule->order[0].field : 0;
    if (!rule->is_first_plain)
        return compare_record(winners, record, number) > 0;
    int64_t old = row_number(winners->rows.layout, rows_at(&winners->rows, number), field).int64;
    int64_t new = record->numbers[field].int64;
    return new == old ? compare_record(winners, record, number) > 0
                      : (new > old) == rule->order[0].is_greatest;
}

static void offer(struct batch_winners *winners, size_t number, const struct model_record *record)
{
    if (wins(winners, record, number))
        set_winner(winners, record, number);
}

/* ---- Keys ------------------------------------------------------------------------------------ */

/* As it stands in the input. */
static struct str raw_of(const struct batch_winners *winners, uint32_t number, int field)
{
    struct json_value value = value_of(winners, number, field);
    return (struct str){value.text, value.len};
}

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
                ? str_equal(raw_of(winners, number, field), raw_text(record, field))
                : row_number(layout, row, field).int64 == row_record_number(record, field).int64;
        if (!is_equal)
            return false;
    }
    return true;
}

/* The row_hash of the key. Returns false where it is null. */
static bool hash_key(struct batch_winners *winners, const struct model_record *record,
                     uint64_t *out)
{
    const struct row_layout *layout = winners->rows.layout;
    const struct model_winner *rule = winners->rule->rule;
    uint64_t words[MODEL_MAX_KEYS];
    for (size_t i = 0; i < rule->key_count; i++) {
        int field = rule->keys[i];
        if (row_record_is_null(layout, record, field))
            return false;
        words[i] =
            row_is_string(layout, field)
                ? hash_str(json_text(&record->values[field], &winners->scratch))
                : row_key_word((uint64_t)row_record_number(record, field).int64, rule->key_count);
    }
    *out = rule->key_count == 1 ? words[0] : hash_words(words, rule->key_count);
    return true;
}

void batch_winners_offer(struct batch_winners *winners, const struct model_record *record)
{
    uint64_t hash;
    if (!hash_key(winners, record, &hash))
        return;
    if (!winners->is_loose) {
        uint32_t row = index_find(&winners->index, hash, is_key, winners, record);
        if (++winners->offered % DISTINCT_JUDGED == 0)
            winners->is_loose = are_nearly_all_new(winners->rows.count, winners->offered);
        if (row != INDEX_NONE) {
            offer(winners, row, record);
            return;
        }
        index_add(&winners->index, hash, (uint32_t)winners->rows.count);
    }
    add_winner(winners, hash, 0, record);
}

static void grow_coded(struct batch_winners *winners, size_t count)
{
    size_t cap = winners->coded_cap;
    MEM_GROW(winners->coded, count, winners->coded_cap);
    memset(winners->coded + cap, 0, (winners->coded_cap - cap) * sizeof *winners->coded);
}

void batch_winners_offer_code(struct batch_winners *winners, uint32_t code, uint64_t hash,
                              const struct model_record *record)
{
    if (code == 0)
        return;
    if (code >= winners->coded_cap)
        grow_coded(winners, (size_t)code + 1);
    uint32_t row = winners->coded[code];
    if (row) {
        offer(winners, row - 1, record);
    } else {
        winners->coded[code] = (uint32_t)winners->rows.count + 1;
        add_winner(winners, hash, code, record);
    }
}

/* ---- The end --------------------------------------------------------------------------------- */

/* A step of copying; there are as many bytes behind every text that is scanned. */
#define COPY_BYTES 32
_Static_assert(COPY_BYTES <= JSON_PADDING, "there are as many bytes behind a text");

/* Appends the string of a value; returns its end. Most are short, and need no call. */
static char *put_string(struct batch_winners *winners, char *to, const struct json_value *value,
                        bool is_json)
{
    if (value->kind == JSON_KIND_STRING && !value->escaped && !is_json &&
        value->len <= COPY_BYTES) {
        memcpy(to, value->text, COPY_BYTES);
        return to + value->len;
    }
    struct str text = json_text(value, &winners->scratch);
    if (text.len)
        memcpy(to, text.data, text.len);
    return to + text.len;
}

void *batch_winners_pack(struct batch_winners *winners, size_t number)
{
    const struct row_layout *layout = winners->rows.layout;
    size_t most = COPY_BYTES;
    for (uint32_t i = 0; i < layout->string_count; i++)
        most += value_of(winners, number, layout->string_fields[i]).len;
    void *packed = packed_begin(layout, rows_at(&winners->rows, number), most, &winners->packed);
    char *begin = packed_strings(layout, packed), *at = begin;
    for (uint32_t i = 0; i < layout->string_count; i++) {
        int field = layout->string_fields[i];
        struct json_value value = value_of(winners, number, field);
        at = put_string(winners, at, &value, row_is_json(layout, field));
        packed_ends(layout, packed)[i] = (uint32_t)(at - begin);
        packed_words(packed)[0] |= (uint64_t)(value.kind <= JSON_KIND_NULL) << field;
    }
    return packed;
}

void batch_winners_drop(struct batch_winners *winners)
{
    for (size_t i = 0; winners->coded && i < winners->rows.count; i++)
        winners->coded[winners->states[i].code] = 0;
    rows_reset(&winners->rows);
    index_reset(&winners->index);
}

void batch_winners_end_piece(struct batch_winners *winners)
{
    batch_winners_drop(winners);
    winners->offered = 0;
    winners->is_loose &= ++winners->pieces % DISTINCT_JUDGED_AGAIN != 0;
}
