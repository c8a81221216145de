/* Winners among facts are found in two steps: first in each batch; then here, among the batches'
 * winners. A rule is an order over whole records, so both are done by any thread, in any order
 * (docs/semantics.md, Tables). */
#include "fact_winners.h"

/* Strings of replaced winners of a shard may take this much, and as much as those of the others. */
#define REPLACED_BYTES ((size_t)256 << 10)

void fact_winners_init(struct fact_winners *winners, const struct fact_rule *rule)
{
    *winners = (struct fact_winners){.rule = rule};
    rows_init(&winners->rows, &rule->winner);
    for (size_t i = 0; i < WINNER_SHARDS; i++) {
        rows_init(&winners->shards[i].rows, &rule->winner);
        winners->shards[i].string_limit = REPLACED_BYTES;
        pthread_mutex_init(&winners->shards[i].mutex, NULL);
    }
}

void fact_winners_release(struct fact_winners *winners)
{
    rows_release(&winners->rows);
    for (size_t i = 0; i < WINNER_SHARDS; i++) {
        rows_release(&winners->shards[i].rows);
        index_release(&winners->shards[i].index);
        pthread_mutex_destroy(&winners->shards[i].mutex);
    }
    *winners = (struct fact_winners){0};
}

static struct fact_winners_shard *shard_of(struct fact_winners *winners, uint64_t hash)
{
    return &winners->shards[hash % WINNER_SHARDS]; /* the index goes by the upper half */
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
static void copy_row(struct fact_winners_shard *shard, void *row, const void *from)
{
    const struct row_layout *layout = shard->rows.layout;
    struct str before = strings_of(layout, row), strings = strings_of(layout, from);
    memcpy(row, from, layout->bytes);
    if (!strings.data)
        return;
    char *room = before.data && strings.len <= room_of(before)
                     ? (char *)(uintptr_t)before.data /* which is the arena's */
                     : arena_alloc(&shard->rows.arena, strings.len);
    move_strings(layout, row, strings, room);
}

static void drop_replaced(struct fact_winners_shard *shard)
{
    const struct row_layout *layout = shard->rows.layout;
    struct arena all = shard->rows.arena;
    shard->rows.arena = (struct arena){0};
    for (size_t i = 0; i < shard->rows.count; i++) {
        void *row = rows_at(&shard->rows, i);
        struct str strings = strings_of(layout, row);
        if (strings.data)
            move_strings(layout, row, strings, arena_alloc(&shard->rows.arena, strings.len));
        else
            rows_own_strings(&shard->rows, i);
    }
    shard->string_limit = shard->rows.arena.total_bytes * 2 + REPLACED_BYTES;
    arena_release(&all);
}

/* ---- Winners --------------------------------------------------------------------------------- */

struct shard_key {
    const struct fact_rule *rule;
    const struct fact_winners_shard *shard;
};

static bool is_key(const void *ctx, uint32_t entry, const void *wanted)
{
    const struct shard_key *key = ctx;
    const struct model_winner *rule = key->rule->rule;
    return row_equal(key->shard->rows.layout, rule->keys, rule->key_count,
                     rows_at(&key->shard->rows, entry), wanted);
}

/* Mostly the time decides. */
static bool wins(const struct fact_rule *rule, const void *row, const void *winner)
{
    const struct row_layout *layout = &rule->winner;
    if (rule->is_first_plain) {
        int64_t new = row_number(layout, row, rule->order[0].field).int64;
        int64_t old = row_number(layout, winner, rule->order[0].field).int64;
        if (new != old)
            return (new > old) == rule->order[0].is_greatest;
    }
    return row_compare(layout, rule->order, rule->order_count, row, winner) < 0;
}

static void offer(const struct fact_rule *rule, struct fact_winners_shard *shard, const void *row,
                  uint64_t hash)
{
    struct shard_key key = {rule, shard};
    uint32_t entry = index_find(&shard->index, hash, is_key, &key, row);
    if (entry == INDEX_NONE) {
        index_add(&shard->index, hash, (uint32_t)shard->rows.count);
        copy_row(shard, rows_add(&shard->rows), row);
        return;
    }
    void *winner = rows_at(&shard->rows, entry);
    if (wins(rule, row, winner))
        copy_row(shard, winner, row);
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

static ALWAYS_INLINE void prefetch_row(const struct rows *rows, size_t number)
{
    const char *row = rows_at(rows, number);
    for (size_t at = 0; at < rows->layout->bytes; at += 64)
        __builtin_prefetch(row + at);
    __builtin_prefetch(row + rows->layout->bytes - 1);
}

static ALWAYS_INLINE void prefetch(const struct fact_winners_shard *shard,
                                   const struct batch_winners *batch, const uint32_t *numbers,
                                   size_t count)
{
    const struct row_layout *layout = shard->rows.layout;
    uint32_t found[LOOK_UPS];
    for (size_t i = 0; i < count; i++) {
        index_prefetch(&shard->index, batch->states[numbers[i]].hash);
        prefetch_row(&batch->rows, numbers[i]);
    }
    for (size_t i = 0; i < count; i++) {
        found[i] = index_peek(&shard->index, batch->states[numbers[i]].hash);
        if (found[i] != INDEX_NONE)
            prefetch_row(&shard->rows, found[i]);
        if (layout->string_count)
            prefetch_strings(layout, rows_at(&batch->rows, numbers[i]));
    }
    for (size_t i = 0; i < count && layout->string_count; i++)
        if (found[i] != INDEX_NONE)
            prefetch_strings(layout, rows_at(&shard->rows, found[i]));
}

/* Adds these rows of a batch, whose keys are of the shard. */
static void add_to_shard(const struct fact_rule *rule, struct fact_winners_shard *shard,
                         const struct batch_winners *batch, const uint32_t *numbers, size_t count)
{
    pthread_mutex_lock(&shard->mutex);
    for (size_t i = 0; i < count; i++) {
        size_t left = count - i;
        if (i % LOOK_UPS == 0)
            prefetch(shard, batch, numbers + i, left < LOOK_UPS ? left : LOOK_UPS);
        offer(rule, shard, rows_at(&batch->rows, numbers[i]), batch->states[numbers[i]].hash);
    }
    if (shard->rows.arena.total_bytes > shard->string_limit)
        drop_replaced(shard);
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
void fact_winners_add(struct fact_winners *winners, const struct batch_winners *batch)
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

void fact_winners_add_stored(struct fact_winners *winners, const struct model_table *table,
                             const struct table_group *group, size_t row)
{
    const struct model_winner *rule = winners->rule->rule;
    CLEANUP(rows_release) struct rows stored;
    rows_init(&stored, winners->rows.layout);
    rows_add_stored(&stored, table, group, row);
    const void *from = rows_at(&stored, 0);
    uint64_t hash = row_hash(stored.layout, rule->keys, rule->key_count, from);
    struct fact_winners_shard *shard = shard_of(winners, hash);
    index_add(&shard->index, hash, (uint32_t)shard->rows.count);
    rows_append(&shard->rows, &stored);
}

void fact_winners_finish(struct fact_winners *winners)
{
    for (size_t i = 0; i < WINNER_SHARDS; i++) {
        struct rows *rows = &winners->shards[i].rows;
        rows_borrow(&winners->rows, rows);
        mem_free(rows->all);
        rows->all = NULL;
        rows->count = rows->cap = 0;
        index_release(&winners->shards[i].index);
    }
}
