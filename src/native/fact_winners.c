/* Winners among facts are found in two steps: first in each piece of input; then here, among the
 * pieces' winners. A rule is an order over whole records, so both are done by any thread, in any
 * order (docs/semantics.md, Tables). */
#include "fact_winners.h"

void fact_winners_init(struct fact_winners *winners, const struct fact_rule *rule)
{
    *winners = (struct fact_winners){.rule = rule};
    rows_init(&winners->rows, &rule->winner);
    for (size_t i = 0; i < WINNER_SHARDS; i++) {
        packed_rows_init(&winners->shards[i].rows, &rule->winner, rule->rule->key_count);
        pthread_mutex_init(&winners->shards[i].mutex, NULL);
    }
}

void fact_winners_release(struct fact_winners *winners)
{
    rows_release(&winners->rows);
    for (size_t i = 0; i < WINNER_SHARDS; i++) {
        packed_rows_release(&winners->shards[i].rows);
        pthread_mutex_destroy(&winners->shards[i].mutex);
    }
    *winners = (struct fact_winners){0};
}

/* ---- Winners --------------------------------------------------------------------------------- */

static int compare(const struct fact_rule *rule, const void *packed, const void *winner)
{
    uint64_t rows[2][1 + MODEL_MAX_FIELDS * sizeof(struct str) / sizeof(uint64_t)];
    packed_unpack(&rule->winner, packed, rows[0]);
    packed_unpack(&rule->winner, winner, rows[1]);
    return row_compare(&rule->winner, rule->order, rule->order_count, rule->nulls_last, rows[0],
                       rows[1]);
}

/* Mostly the time decides. */
static bool wins(const struct fact_rule *rule, const void *packed, const void *winner)
{
    if (rule->is_first_plain) {
        int64_t new = (int64_t)packed_words(packed)[rule->first_word];
        int64_t old = (int64_t)packed_words(winner)[rule->first_word];
        if (new != old)
            return (new > old) == rule->order[0].is_greatest;
    }
    return compare(rule, packed, winner) < 0;
}

static void offer(const struct fact_rule *rule, struct packed_rows *rows, void *packed,
                  uint64_t hash)
{
    uint32_t place = packed_rows_find(rows, hash, packed);
    if (place == INDEX_NONE)
        packed_rows_add(rows, hash, packed);
    else if (wins(rule, packed, packed_rows_at(rows, place)))
        packed_rows_replace(rows, hash, place, packed);
}

/* Keys that are looked up at once: they come in any order, so each misses the cache in the index,
 * in the row, and in the strings of its key. */
#define LOOK_UPS 32

/* Two lines of the cache: of a packed row, or of what lies around a string that is borrowed. */
static ALWAYS_INLINE void prefetch_two(const char *at)
{
    __builtin_prefetch(at);
    __builtin_prefetch(at + 64);
}

/* What a row of a batch has instead of a string begins with a pointer, too. */
static ALWAYS_INLINE void prefetch_borrowed(const struct row_layout *layout, const void *row)
{
    const char *text;
    memcpy(&text, (const char *)row + layout->offsets[layout->string_fields[0]], sizeof text);
    prefetch_two(text);
}

static ALWAYS_INLINE void prefetch(const struct packed_rows *rows,
                                   const struct batch_winners *batch, const uint32_t *numbers,
                                   size_t count)
{
    const struct row_layout *layout = rows->layout;
    for (size_t i = 0; i < count; i++) {
        index_prefetch(&rows->index, batch->states[numbers[i]].hash);
        prefetch_two(rows_at(&batch->rows, numbers[i]));
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t place = index_peek(&rows->index, batch->states[numbers[i]].hash);
        if (place != INDEX_NONE)
            prefetch_two(packed_rows_at(rows, place));
        if (layout->string_count)
            prefetch_borrowed(layout, rows_at(&batch->rows, numbers[i]));
    }
}

/* Adds these rows of a batch, whose keys are of the shard. */
static void add_to_shard(const struct fact_rule *rule, struct fact_winners_shard *shard,
                         struct batch_winners *batch, const uint32_t *numbers, size_t count)
{
    pthread_mutex_lock(&shard->mutex);
    for (size_t i = 0; i < count; i++) {
        size_t left = count - i;
        if (i % LOOK_UPS == 0)
            prefetch(&shard->rows, batch, numbers + i, left < LOOK_UPS ? left : LOOK_UPS);
        offer(rule, &shard->rows, batch_winners_pack(batch, numbers[i]),
              batch->states[numbers[i]].hash);
    }
    pthread_mutex_unlock(&shard->mutex);
}

/* The numbers of a batch's rows by their shards; those of shard i end at ends[i]. */
static void sort_by_shard(const struct batch_winners *batch, uint32_t *numbers,
                          size_t ends[static WINNER_SHARDS])
{
    size_t at[WINNER_SHARDS] = {0}, sum = 0;
    for (size_t i = 0; i < batch->rows.count; i++)
        at[batch->states[i].hash % WINNER_SHARDS]++;
    for (size_t i = 0; i < WINNER_SHARDS; i++) {
        ends[i] = sum += at[i];
        at[i] = sum - at[i];
    }
    for (size_t i = 0; i < batch->rows.count; i++)
        numbers[at[batch->states[i].hash % WINNER_SHARDS]++] = (uint32_t)i;
}

/* Each thread begins with another shard. */
void fact_winners_add(struct fact_winners *winners, struct batch_winners *batch)
{
    size_t ends[WINNER_SHARDS], count = batch->rows.count;
    if (count == 0)
        return;
    uint32_t *numbers = mem_alloc(count * sizeof *numbers);
    sort_by_shard(batch, numbers, ends);
    size_t first = (size_t)(batch->states[0].hash >> 32);
    for (size_t i = 0; i < WINNER_SHARDS; i++) {
        size_t shard = (first + i) % WINNER_SHARDS, begin = shard ? ends[shard - 1] : 0;
        if (ends[shard] > begin)
            add_to_shard(winners->rule, &winners->shards[shard], batch, numbers + begin,
                         ends[shard] - begin);
    }
    mem_free(numbers);
}

void fact_winners_add_stored(struct fact_winners *winners, const struct rows *stored)
{
    const struct model_winner *rule = winners->rule->rule;
    CLEANUP(buffer_release) struct buffer packed = {0};
    for (size_t i = 0; i < stored->count; i++) {
        const void *from = rows_at(stored, i);
        uint64_t hash = row_hash(stored->layout, rule->keys, rule->key_count, from);
        packed_rows_add(&winners->shards[hash % WINNER_SHARDS].rows, hash,
                        packed_row(stored->layout, from, &packed));
    }
}

void fact_winners_finish(struct fact_winners *winners)
{
    for (size_t i = 0; i < WINNER_SHARDS; i++) {
        packed_rows_unpack(&winners->shards[i].rows, &winners->rows);
        index_release(&winners->shards[i].rows.index);
    }
}
