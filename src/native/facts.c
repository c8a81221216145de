/* Decodes facts into columns. All that does not depend on earlier facts is done here, on any
 * thread: ids, look-ups, hashes, the winner of each key. */
#include "facts.h"

#include "month.h"

#include <math.h>

static uint32_t month_of_row(struct facts_batch *batch, int64_t ts_ms)
{
    if (ts_ms < batch->last_month.begin_ms || ts_ms >= batch->last_month.end_ms) {
        uint32_t month = month_of_ms(ts_ms);
        batch->last_month.month = month;
        batch->last_month.begin_ms = month_begin_ms(month);
        batch->last_month.end_ms = month_begin_ms(month + 1);
    }
    return batch->last_month.month;
}

/* ---- Winners ---------------------------------------------------------------------------------
 */

static int compare_numbers(const struct row_layout *layout, int field,
                           const struct model_record *record, const void *row)
{
    if (model_is_null(record, field) || row_is_null(row, field))
        return row_is_null(row, field) - model_is_null(record, field);
    return row_compare_numbers(layout->source->fields[field].type, record->numbers[field],
                               row_number(layout, row, field));
}

/* > 0 where the record wins. */
static int compare_record(struct facts_batch *batch, const struct model_record *record,
                          const void *row)
{
    const struct row_layout *layout = batch->winners.layout;
    const struct model_winner *rule = batch->layout->rule;
    for (size_t i = 0; i < rule->order_count; i++) {
        int field = rule->order[i].field;
        int found =
            row_is_string(layout, field)
                ? str_compare(raw_decode(raw_text(record, field), &batch->scratch),
                              raw_decode(row_string(layout, row, field), &batch->scratch_too))
                : compare_numbers(layout, field, record, row);
        if (found)
            return rule->order[i].is_greatest ? found : -found;
    }
    return 0;
}

/* Sets a new winner. A key may get one with each fact, so strings are borrowed until the piece of
 * input ends, and copied then. The key, the row's first string, is borrowed from the distinct
 * values. */
static void set_winner(struct facts_batch *batch, const struct model_record *record, size_t entry)
{
    const struct row_layout *layout = batch->winners.layout;
    void *row = rows_at(&batch->winners, entry);
    uint64_t nulls = 0;
    for (uint32_t i = 0; i < layout->number_count; i++) {
        int field = layout->numbers[i];
        nulls |= (uint64_t)model_is_null(record, field) << field;
        *row_number_at(layout, row, field) = record->numbers[field];
    }
    for (uint32_t i = 1; i < layout->string_count; i++) {
        struct str raw = raw_text(record, layout->string_fields[i]);
        nulls |= (uint64_t)(raw.data == NULL) << layout->string_fields[i];
        *row_string_at(layout, row, layout->string_fields[i]) = raw;
    }
    *row_nulls(row) = nulls;
    if (!batch->is_borrowed[entry])
        batch->borrowed[batch->borrowed_count++] = (uint32_t)entry;
    batch->is_borrowed[entry] = true;
}

void facts_batch_end_piece(void *ctx)
{
    struct facts_batch *batch = ctx;
    for (size_t i = 0; i < batch->borrowed_count; i++) {
        rows_own_strings(&batch->winners, batch->borrowed[i]);
        batch->is_borrowed[batch->borrowed[i]] = false;
    }
    batch->borrowed_count = 0;
}

static void grow_keys(struct facts_batch *batch)
{
    size_t cap = batch->key_cap ? batch->key_cap * 2 : 64;
    batch->id_seeds = mem_realloc(batch->id_seeds, cap * sizeof *batch->id_seeds);
    batch->is_borrowed = mem_realloc(batch->is_borrowed, cap * sizeof *batch->is_borrowed);
    batch->borrowed = mem_realloc(batch->borrowed, cap * sizeof *batch->borrowed);
    batch->guesses =
        mem_realloc(batch->guesses, cap * batch->layout->coded.count * sizeof *batch->guesses);
    batch->key_cap = cap;
}

static void add_key(struct facts_batch *batch, struct str key, const struct model_record *record)
{
    size_t entry = batch->winners.count, codes = batch->layout->coded.count;
    if (entry == batch->key_cap)
        grow_keys(batch);
    batch->id_seeds[entry] = spark_hash_string(SPARK_HASH_SEED, raw_decode(key, &batch->scratch));
    memset(batch->guesses + entry * codes, 0, codes * sizeof *batch->guesses);
    batch->is_borrowed[entry] = false;
    rows_add(&batch->winners);
    set_winner(batch, record, entry);
}

/* The code of the rule's key, whose winner the record may be. */
static uint32_t key_code(struct facts_batch *batch, const struct model_record *record)
{
    struct distinct *keys = &batch->strings[batch->layout->rule_key];
    struct str key = raw_text(record, batch->layout->rule->keys[0]);
    uint32_t code = distinct_code(keys, key, batch->last_key, &batch->scratch);
    batch->last_key = code;
    if (keys->raw.count > batch->winners.count) {
        add_key(batch, key, record);
        return code;
    }
    if (compare_record(batch, record, rows_at(&batch->winners, code - 1)) > 0)
        set_winner(batch, record, code - 1);
    return code;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void grow_rows(struct facts_batch *batch)
{
    const struct fact_layout *layout = batch->layout;
    size_t cap = batch->cap ? batch->cap * 2 : 1024;
    batch->ids = mem_realloc(batch->ids, cap * sizeof *batch->ids);
    batch->ts_ms = mem_realloc(batch->ts_ms, cap * sizeof *batch->ts_ms);
    batch->months = mem_realloc(batch->months, cap * sizeof *batch->months);
    batch->contents = mem_realloc(batch->contents, cap * sizeof *batch->contents);
    batch->matches = mem_realloc(batch->matches, cap * sizeof *batch->matches);
    for (size_t i = 0; i < layout->int64s.count; i++)
        batch->int64s[i] = mem_realloc(batch->int64s[i], cap * sizeof *batch->int64s[i]);
    for (size_t i = 0; i < layout->doubles.count; i++)
        batch->doubles[i] = mem_realloc(batch->doubles[i], cap * sizeof *batch->doubles[i]);
    for (size_t i = 0; i < layout->coded.count; i++)
        batch->codes[i] = mem_realloc(batch->codes[i], cap * sizeof *batch->codes[i]);
    for (size_t i = 0; i < layout->texts.count; i++)
        texts_grow(&batch->texts[i], cap);
    batch->cap = cap;
}

static size_t add_row(struct facts_batch *batch)
{
    if (batch->rows == batch->cap)
        grow_rows(batch);
    return batch->rows++;
}

static void set_code(struct facts_batch *batch, size_t column, size_t row, uint32_t code,
                     struct fact_content *content)
{
    batch->codes[column][row] = code;
    fact_content_add(content, distinct_hash(&batch->strings[column], code));
}

/* Sets the strings of a row that have codes; returns the code of the rule's key. */
static uint32_t set_codes(struct facts_batch *batch, size_t row, const struct model_record *record,
                          struct fact_content *content)
{
    const struct fact_layout *layout = batch->layout;
    uint32_t key = key_code(batch, record);
    uint32_t *guesses = batch->guesses + (key - 1) * layout->coded.count;
    for (size_t i = 0; i < layout->coded.count; i++) {
        uint32_t code = key;
        if (i != layout->rule_key)
            code = guesses[i] =
                distinct_code(&batch->strings[i], raw_text(record, layout->coded.all[i].field),
                              guesses[i], &batch->scratch);
        set_code(batch, i, row, code, content);
    }
    return key;
}

static void set_text(struct facts_batch *batch, size_t column, size_t row, struct str value,
                     struct fact_content *content)
{
    texts_set(&batch->texts[column], row, value);
    fact_content_add(content, hash_str(value));
}

static void set_double(struct facts_batch *batch, size_t column, size_t row, double value,
                       struct fact_content *content)
{
    batch->doubles[column][row] = value;
    fact_content_add_double(content, value);
}

/* ---- Look-ups ---------------------------------------------------------------------------------
 */

static bool is_null_text(const struct texts *texts, size_t row)
{
    return !(texts->validity[row / 8] >> row % 8 & 1);
}

static bool is_null_key(const struct facts_batch *batch, const struct fact_key *key, size_t row)
{
    return key->is_text ? is_null_text(&batch->texts[key->number], row)
                        : batch->doubles[key->number][row] != batch->doubles[key->number][row];
}

/* Runs the queued look-ups. */
static void lookup_pending(struct facts_batch *batch)
{
    const struct fact_layout *layout = batch->layout;
    struct lookup_key keys[LOOKUP_KEYS];
    uint32_t found[LOOKUP_KEYS];
    for (size_t i = 0; i < batch->pending_count; i++) {
        uint32_t row = batch->pending[i].row;
        keys[i].hash = batch->pending[i].hash;
        for (size_t k = 0; k < layout->key_count; k++) {
            size_t number = layout->keys[k].number;
            if (layout->keys[k].is_text)
                keys[i].values[k].string = texts_value(&batch->texts[number], row);
            else
                memcpy(&keys[i].values[k].bits, &batch->doubles[number][row], sizeof(double));
        }
    }
    lookup_find(batch->lookup, keys, batch->pending_count, found);
    for (size_t i = 0; i < batch->pending_count; i++)
        batch->matches[batch->pending[i].row] = found[i];
    batch->pending_count = 0;
}

/* `content` has the row's words: of the coded strings, then the texts, the integers, the doubles.
 */
static void queue_lookup(struct facts_batch *batch, size_t row, const struct fact_content *content)
{
    const struct fact_layout *layout = batch->layout;
    uint64_t words[MODEL_MAX_KEYS];
    const uint64_t *texts = content->words + layout->coded.count,
                   *doubles = texts + layout->texts.count + layout->int64s.count;
    batch->matches[row] = INDEX_NONE;
    for (size_t i = 0; i < layout->key_count; i++) {
        const struct fact_key *key = &layout->keys[i];
        if (is_null_key(batch, key, row))
            return;
        words[i] = key->is_text ? texts[key->number] : doubles[key->number];
    }
    batch->pending[batch->pending_count].row = (uint32_t)row;
    batch->pending[batch->pending_count].hash = lookup_hash(words, layout->key_count);
    if (++batch->pending_count == LOOKUP_KEYS)
        lookup_pending(batch);
}

static void finish_row(struct facts_batch *batch, size_t row, int64_t ts_ms,
                       struct fact_content *content)
{
    queue_lookup(batch, row, content);
    fact_content_add(content, (uint64_t)ts_ms);
    batch->contents[row] = fact_content_hash(content);
    batch->ts_ms[row] = ts_ms;
    batch->months[row] = month_of_row(batch, ts_ms);
}

static int64_t id_of(const struct facts_batch *batch, uint32_t key,
                     const struct model_record *record)
{
    const struct model_facts *facts = &batch->layout->model->facts;
    uint64_t hash = batch->id_seeds[key - 1];
    for (size_t i = 1; i < facts->id_count; i++)
        hash = spark_hash_int64(hash, record->numbers[facts->id[i]].int64);
    return (int64_t)hash;
}

void facts_batch_keep(void *ctx, const struct model_record *record)
{
    struct facts_batch *batch = ctx;
    const struct fact_layout *layout = batch->layout;
    struct fact_content content;
    size_t row = add_row(batch);
    content.count = 0;
    uint32_t key = set_codes(batch, row, record, &content);
    for (size_t i = 0; i < layout->texts.count; i++)
        set_text(batch, i, row,
                 json_text(&record->values[layout->texts.all[i].field], &batch->scratch), &content);
    for (size_t i = 0; i < layout->int64s.count; i++) {
        batch->int64s[i][row] = record->numbers[layout->int64s.all[i].field].int64;
        fact_content_add(&content, (uint64_t)batch->int64s[i][row]);
    }
    for (size_t i = 0; i < layout->doubles.count; i++) {
        int field = layout->doubles.all[i].field;
        set_double(batch, i, row,
                   model_is_null(record, field) ? (double)NAN : record->numbers[field].float64,
                   &content);
    }
    batch->ids[row] = id_of(batch, key, record);
    finish_row(batch, row, record->numbers[layout->time].int64, &content);
}

/* ---- Rows of the table -------------------------------------------------------------------------
 */

static void set_stored_strings(struct facts_batch *batch, const struct stored_facts *stored,
                               size_t from, size_t row, struct fact_content *content)
{
    const struct fact_layout *layout = batch->layout;
    for (size_t i = 0; i < layout->coded.count; i++) {
        struct str value = parquet_string(&stored->columns[layout->coded.all[i].column], from);
        set_code(batch, i, row,
                 distinct_code(&batch->strings[i], raw_encode(value, &batch->scratch_too), 0,
                               &batch->scratch),
                 content);
    }
    for (size_t i = 0; i < layout->texts.count; i++)
        set_text(batch, i, row, parquet_string(&stored->columns[layout->texts.all[i].column], from),
                 content);
}

void facts_batch_add_stored(struct facts_batch *batch, const struct stored_facts *stored,
                            size_t from, uint32_t match)
{
    const struct fact_layout *layout = batch->layout;
    struct fact_content content = {.count = 0};
    size_t row = add_row(batch);
    set_stored_strings(batch, stored, from, row, &content);
    for (size_t i = 0; i < layout->int64s.count; i++) {
        batch->int64s[i][row] = stored->columns[layout->int64s.all[i].column].int64s[from];
        fact_content_add(&content, (uint64_t)batch->int64s[i][row]);
    }
    for (size_t i = 0; i < layout->doubles.count; i++) {
        const struct parquet_column *column = &stored->columns[layout->doubles.all[i].column];
        set_double(batch, i, row,
                   parquet_is_null(column, from) ? (double)NAN : column->doubles[from], &content);
    }
    batch->ids[row] = stored->columns[layout->id_column].int64s[from];
    finish_row(batch, row, stored->columns[layout->time_column].int64s[from] / 1000, &content);
    if (facts_batch_has_no_keys(batch, row))
        batch->matches[row] = match;
}

uint32_t facts_batch_content_without_keys(const struct facts_batch *batch, size_t row)
{
    const struct fact_layout *layout = batch->layout;
    struct fact_content content = {.count = 0};
    for (size_t i = 0; i < layout->coded.count; i++)
        fact_content_add(&content, distinct_hash(&batch->strings[i], batch->codes[i][row]));
    for (size_t i = 0; i < layout->texts.count; i++)
        fact_content_add(&content, hash_str(STR_NULL)); /* all of them are keys */
    for (size_t i = 0; i < layout->int64s.count; i++)
        fact_content_add(&content, (uint64_t)batch->int64s[i][row]);
    for (size_t i = 0; i < layout->doubles.count; i++)
        fact_content_add_double(&content, layout->doubles.all[i].is_key ? (double)NAN
                                                                        : batch->doubles[i][row]);
    fact_content_add(&content, (uint64_t)batch->ts_ms[row]);
    return fact_content_hash(&content);
}

bool facts_batch_has_no_keys(const struct facts_batch *batch, size_t row)
{
    for (size_t i = 0; i < batch->layout->key_count; i++)
        if (!is_null_key(batch, &batch->layout->keys[i], row))
            return false;
    return true;
}

/* ---- The batch ------------------------------------------------------------------------------- */

void facts_batch_finish(struct facts_batch *batch)
{
    lookup_pending(batch);
}

void facts_batch_init(struct facts_batch *batch, const struct fact_layout *layout,
                      const struct lookup *lookup)
{
    *batch = (struct facts_batch){.layout = layout, .lookup = lookup};
    rows_init(&batch->winners, &layout->winner);
}

void facts_batch_reset(struct facts_batch *batch)
{
    batch_reset(&batch->base);
    rows_reset(&batch->winners);
    batch->rows = 0;
    batch->pending_count = 0;
    batch->borrowed_count = 0;
    batch->last_key = 0;
    for (size_t i = 0; i < batch->layout->coded.count; i++)
        dictionary_reset(&batch->strings[i].raw);
    for (size_t i = 0; i < batch->layout->texts.count; i++)
        texts_reset(&batch->texts[i]);
}

void facts_batch_release(struct facts_batch *batch)
{
    batch_release(&batch->base);
    rows_release(&batch->winners);
    mem_free(batch->ids);
    mem_free(batch->ts_ms);
    mem_free(batch->months);
    mem_free(batch->contents);
    mem_free(batch->matches);
    mem_free(batch->id_seeds);
    mem_free(batch->guesses);
    mem_free(batch->is_borrowed);
    mem_free(batch->borrowed);
    for (size_t i = 0; i < MODEL_MAX_COLUMNS; i++) {
        mem_free(batch->int64s[i]);
        mem_free(batch->doubles[i]);
        mem_free(batch->codes[i]);
        distinct_release(&batch->strings[i]);
        texts_release(&batch->texts[i]);
    }
    buffer_release(&batch->scratch);
    buffer_release(&batch->scratch_too);
    *batch = (struct facts_batch){0};
}
