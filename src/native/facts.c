/* Decodes facts into columns. All that does not depend on earlier facts is done here, on any
 * thread: ids, look-ups, hashes, the winner of each key. */
#include "facts_private.h"

#include "fact_winners.h"

#include <eight.h>
#include <math.h>
#include <spark_hash.h>

/* A column that is mostly null has so many values at least before it is judged. */
#define LOOSE_VALUES 64

/* ---- Rows ------------------------------------------------------------------------------------ */

void facts_batch_grow(struct facts_batch *batch)
{
    const struct fact_layout *layout = batch->layout;
    size_t cap = batch->cap ? batch->cap * 2 : 1024;
    batch->ids = mem_realloc(batch->ids, cap * sizeof *batch->ids);
    batch->times = mem_realloc(batch->times, cap * sizeof *batch->times);
    batch->periods = mem_realloc(batch->periods, cap * sizeof *batch->periods);
    batch->contents = mem_realloc(batch->contents, cap * sizeof *batch->contents);
    for (size_t i = 0; i < layout->model->facts.lookup_count; i++)
        batch->found[i].matches =
            mem_realloc(batch->found[i].matches, cap * sizeof *batch->found[i].matches);
    for (size_t i = 0; i < layout->int64s.count; i++) {
        batch->int64s[i] = mem_realloc(batch->int64s[i], cap * sizeof *batch->int64s[i]);
        if (layout->int64s.all[i].nullable)
            batch->validity[i] = mem_realloc(batch->validity[i], cap / 8);
    }
    for (size_t i = 0; i < layout->doubles.count; i++)
        batch->doubles[i] = mem_realloc(batch->doubles[i], cap * sizeof *batch->doubles[i]);
    for (size_t i = 0; i < layout->coded.count; i++)
        batch->codes[i] = mem_realloc(batch->codes[i], cap * sizeof *batch->codes[i]);
    for (size_t i = 0; i < layout->texts.count; i++)
        texts_grow(&batch->texts[i], cap);
    batch->cap = cap;
}

/* ---- Strings that have codes ----------------------------------------------------------------- */

/* The guesses for the facts with a code: a row of them for each, and one for null. */
static uint32_t *guesses_of(struct facts_batch *batch, uint32_t code)
{
    size_t columns = batch->layout->coded.count, count = (size_t)code + 1;
    if (count > batch->guess_cap) {
        size_t cap = batch->guess_cap ? batch->guess_cap : 64;
        while (cap < count)
            cap *= 2;
        batch->guesses = mem_realloc(batch->guesses, cap * columns * sizeof *batch->guesses);
        batch->guess_cap = cap;
    }
    if (count > batch->guess_count) {
        memset(batch->guesses + batch->guess_count * columns, 0,
               (count - batch->guess_count) * columns * sizeof *batch->guesses);
        batch->guess_count = count;
    }
    return batch->guesses + code * columns;
}

/* Where the code of a value is found by eight of its bytes, which may be others, and may be of a
 * batch before. The scanner's input goes on behind a value. */
static uint32_t *first_guess(struct facts_batch *batch, struct str raw)
{
    uint64_t word = raw.len < 8 ? eight_load(raw.data) << (64 - 8 * raw.len)
                                : eight_load(raw.data + raw.len - 8);
    return &batch->first_guesses[word * 0x9E3779B97F4A7C15u >> (64 - FIRST_GUESS_BITS)];
}

/* The code of the column by whose value the others are guessed; 0 where there is none. */
static uint32_t first_code(struct facts_batch *batch, const struct model_record *record)
{
    const struct fact_layout *layout = batch->layout;
    size_t column = layout->guess_code;
    if (column == FACT_NONE)
        return 0;
    struct str raw = raw_text(record, layout->coded.all[column].field);
    if (raw.len == 0)
        return distinct_code(&batch->strings[column], raw, &batch->scratch);
    uint32_t *guess = first_guess(batch, raw);
    uint32_t known = *guess <= batch->strings[column].raw.count ? *guess : 0;
    *guess = distinct_code_guessed(&batch->strings[column], raw, known, &batch->scratch);
    return *guess;
}

static uint32_t count_nulls(const uint32_t *codes, size_t count)
{
    uint32_t nulls = 0;
    for (size_t i = 0; i < count; i++)
        nulls += codes[i] == 0;
    return nulls;
}

/* Columns nearly all of whose values have been new are not looked at for the same again, but those
 * whose codes stand for keys. The last DISTINCT_JUDGED of `rows` have not been judged. */
static void loosen(struct facts_batch *batch, size_t rows)
{
    const struct fact_layout *layout = batch->layout;
    for (size_t i = 0; i < layout->coded.count; i++) {
        struct distinct *strings = &batch->strings[i];
        if (strings->is_loose || layout->coded.all[i].is_code_key)
            continue;
        batch->null_counts[i] +=
            count_nulls(batch->codes[i] + rows - DISTINCT_JUDGED, DISTINCT_JUDGED);
        size_t values = rows - batch->null_counts[i];
        if (values >= LOOSE_VALUES && are_nearly_all_new(strings->raw.count, values))
            distinct_loosen(strings);
    }
}

/* What offer_winners will compare the record with, where that is found by the code `first`. */
static ALWAYS_INLINE void prefetch_winners(const struct facts_batch *batch, uint32_t first)
{
    const struct fact_layout *layout = batch->layout;
    for (size_t i = 0; i < layout->rule_count; i++)
        if (layout->rules[i].key == layout->guess_code)
            batch_winners_prefetch(&batch->winners[i], first);
}

static void set_codes(struct facts_batch *batch, size_t row, const struct model_record *record,
                      struct fact_content *content)
{
    const struct fact_layout *layout = batch->layout;
    if (layout->coded.count == 0)
        return;
    if (row > 0 && row % DISTINCT_JUDGED == 0)
        loosen(batch, row);
    uint32_t first = first_code(batch, record), *guesses = guesses_of(batch, first);
    if (layout->guess_code != FACT_NONE)
        prefetch_winners(batch, first);
    for (size_t i = 0; i < layout->coded.count; i++) {
        int field = layout->coded.all[i].field;
        uint32_t code = first;
        if (batch->strings[i].is_loose)
            code = distinct_append(&batch->strings[i],
                                   json_text(&record->values[field], &batch->scratch));
        else if (i != layout->guess_code)
            code = guesses[i] = distinct_code_guessed(&batch->strings[i], raw_text(record, field),
                                                      guesses[i], &batch->scratch);
        facts_batch_set_code(batch, i, row, code, content);
    }
}

static void offer_winners(struct facts_batch *batch, size_t row, const struct model_record *record)
{
    for (size_t i = 0; i < batch->layout->rule_count; i++) {
        struct batch_winners *winners = &batch->winners[i];
        size_t key = batch->layout->rules[i].key;
        uint32_t code = key == FACT_NONE ? 0 : batch->codes[key][row];
        if (key == FACT_NONE)
            batch_winners_offer(winners, record);
        else
            batch_winners_offer_code(winners, code, distinct_hash(&batch->strings[key], code),
                                     record);
        if (batch_winners_are_enough(winners)) {
            fact_winners_add(&batch->all_winners[i], winners);
            batch_winners_drop(winners);
        }
    }
}

/* ---- A fact ---------------------------------------------------------------------------------- */

/* Not inlined, so that the hash of integers is. */
static __attribute__((noinline)) uint64_t hash_string(struct facts_batch *batch, uint64_t seed,
                                                      const struct model_record *record, int field)
{
    return spark_hash_string(seed, json_text(&record->values[field], &batch->scratch));
}

/* The id's hash with its field of that number, which is required. */
static inline uint64_t hash_field(struct facts_batch *batch, uint64_t seed,
                                  const struct model_record *record, size_t number)
{
    int field = batch->layout->model->facts.id[number];
    enum model_type type = batch->layout->id_types[number];
    if (type == MODEL_STRING)
        return hash_string(batch, seed, record, field);
    int64_t value = record->numbers[field].int64;
    return type == MODEL_INT32 ? spark_hash_int32(seed, (int32_t)value)
                               : spark_hash_int64(seed, value);
}

/* The id's hash of its first field, a string whose code in the row this is. */
static uint64_t seed_of(struct facts_batch *batch, uint32_t code, const struct model_record *record)
{
    if (code > batch->seed_count) { /* the codes of a column are dense, and come in their order */
        *MEM_ADD(batch->id_seeds, batch->seed_count, batch->seed_cap) =
            hash_field(batch, SPARK_HASH_SEED, record, 0);
    }
    return batch->id_seeds[code - 1];
}

static int64_t id_of(struct facts_batch *batch, size_t row, const struct model_record *record)
{
    size_t column = batch->layout->id_code;
    uint64_t hash = column == FACT_NONE ? hash_field(batch, SPARK_HASH_SEED, record, 0)
                                        : seed_of(batch, batch->codes[column][row], record);
    for (size_t i = 1; i < batch->layout->model->facts.id_count; i++)
        hash = hash_field(batch, hash, record, i);
    return (int64_t)hash;
}

static void set_numbers(struct facts_batch *batch, size_t row, const struct model_record *record,
                        struct fact_content *content)
{
    const struct fact_layout *layout = batch->layout;
    for (size_t i = 0; i < layout->int64s.count; i++) {
        int field = layout->int64s.all[i].field;
        facts_batch_set_int64(batch, i, row, row_record_number(record, field).int64,
                              model_is_null(record, field), content);
    }
    for (size_t i = 0; i < layout->doubles.count; i++) {
        const struct fact_column *column = &layout->doubles.all[i];
        bool is_null = column->nullable && model_is_null(record, column->field);
        facts_batch_set_double(
            batch, i, row, is_null ? (double)NAN : row_record_number(record, column->field).float64,
            content);
    }
}

void facts_batch_keep(void *ctx, const struct model_record *record)
{
    struct facts_batch *batch = ctx;
    const struct fact_layout *layout = batch->layout;
    struct fact_content content;
    size_t row = facts_batch_add_row(batch);
    content.count = 0;
    content.nulls = 0;
    set_codes(batch, row, record, &content);
    if (batch->all_winners)
        offer_winners(batch, row, record);
    for (size_t i = 0; i < layout->texts.count; i++)
        facts_batch_set_text(
            batch, i, row, json_text(&record->values[layout->texts.all[i].field], &batch->scratch),
            &content);
    set_numbers(batch, row, record, &content);
    batch->ids[row] = id_of(batch, row, record);
    facts_batch_finish_row(batch, row, record->numbers[layout->time].int64, &content);
}

void facts_batch_end_piece(void *ctx)
{
    struct facts_batch *batch = ctx;
    for (size_t i = 0; batch->all_winners && i < batch->layout->rule_count; i++) {
        fact_winners_add(&batch->all_winners[i], &batch->winners[i]);
        batch_winners_end_piece(&batch->winners[i]);
    }
}

/* ---- The batch ------------------------------------------------------------------------------- */

void facts_batch_init(struct facts_batch *batch, const struct fact_layout *layout,
                      const struct lookup *lookups, struct fact_winners *winners)
{
    *batch = (struct facts_batch){.layout = layout, .lookups = lookups, .all_winners = winners};
    for (size_t i = 0; i < layout->texts.count; i++)
        batch->texts[i].has_tags = layout->texts.all[i].type == MODEL_STRING;
    for (size_t i = 0; i < layout->rule_count; i++)
        batch_winners_init(&batch->winners[i], &layout->rules[i]);
}

void facts_batch_reset(struct facts_batch *batch)
{
    batch_reset(&batch->base);
    batch->rows = 0;
    batch->seed_count = 0;
    batch->guess_count = 0;
    memset(batch->null_counts, 0, sizeof batch->null_counts);
    for (size_t i = 0; i < MODEL_MAX_LOOKUPS; i++) {
        batch->found[i].pending_count = 0;
        batch->found[i].is_newest_open = false;
    }
    batch->batches++;
    for (size_t i = 0; i < batch->layout->coded.count; i++) {
        bool stays_loose = batch->strings[i].is_loose && batch->batches % DISTINCT_JUDGED_AGAIN;
        distinct_reset(&batch->strings[i]);
        if (stays_loose)
            distinct_loosen(&batch->strings[i]);
    }
    for (size_t i = 0; i < batch->layout->texts.count; i++)
        texts_reset(&batch->texts[i]);
}

void facts_batch_release(struct facts_batch *batch)
{
    batch_release(&batch->base);
    mem_free(batch->ids);
    mem_free(batch->times);
    mem_free(batch->periods);
    mem_free(batch->contents);
    mem_free(batch->id_seeds);
    mem_free(batch->guesses);
    for (size_t i = 0; i < MODEL_MAX_LOOKUPS; i++)
        mem_free(batch->found[i].matches);
    for (size_t i = 0; i < MODEL_MAX_WINNERS; i++)
        batch_winners_release(&batch->winners[i]);
    for (size_t i = 0; i < MODEL_MAX_COLUMNS; i++) {
        mem_free(batch->int64s[i]);
        mem_free(batch->validity[i]);
        mem_free(batch->doubles[i]);
        mem_free(batch->codes[i]);
        distinct_release(&batch->strings[i]);
        texts_release(&batch->texts[i]);
    }
    buffer_release(&batch->scratch);
    buffer_release(&batch->scratch_too);
    *batch = (struct facts_batch){0};
}
