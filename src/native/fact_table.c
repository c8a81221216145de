/* Adds facts in the order of the input. This is the only serial stage of a run, so it does only
 * what depends on earlier facts: one lookup in a set and a few table lookups a row. Strings arrive
 * as codes of the batch's distinct values and leave as codes of the row group's dictionary; each
 * distinct value is read once a batch. */
#include "fact_table.h"

#include "month.h"

#include <assert.h>

/* The row groups being filled need at most this much together: beyond it large ones are encoded. */
#define OPEN_BYTES ((size_t)32 << 20)
/* Emptied row groups that are kept: each may have the memory of a full one. */
#define MAX_SPARE 2
/* How far ahead the set of facts is prefetched. */
#define PREFETCH_ROWS 16
#define MONTH_NONE    UINT32_MAX

/* ---- Row groups ---------------------------------------------------------------------------- */

static struct fact_group *group_acquire(struct fact_table *table)
{
    pthread_mutex_lock(&table->shared.mutex);
    struct fact_group *group = table->shared.spare;
    if (group)
        table->shared.spare = group->next;
    table->shared.spare_count -= group != NULL;
    pthread_mutex_unlock(&table->shared.mutex);
    if (!group)
        group = fact_group_new(table->layout);
    group->serial = ++table->groups;
    return group;
}

static void group_recycle(struct fact_table *table, struct fact_group *group)
{
    fact_group_reset(group);
    pthread_mutex_lock(&table->shared.mutex);
    bool is_kept = table->shared.spare_count < MAX_SPARE;
    if (is_kept) {
        group->next = table->shared.spare;
        table->shared.spare = group;
        table->shared.spare_count++;
    }
    pthread_mutex_unlock(&table->shared.mutex);
    if (!is_kept)
        fact_group_free(group);
}

static enum status group_encode(struct fact_table *table, struct fact_group *group,
                                struct table_file *file, size_t number, unsigned worker,
                                struct error *error)
{
    struct output *output = table->output;
    struct parquet_column view[MODEL_MAX_COLUMNS];
    uint64_t start = clock_ns();
    fact_group_view(group, view);
    struct parquet_row_group *encoded =
        parquet_encode(output->workers[worker].encoder, output->schemas[table->layout->table_id],
                       view, group->rows);
    group_recycle(table, group);
    enum status status = table_file_add(file, number, encoded, error);
    output_add_time(output, table->layout->table_id, start);
    return status;
}

struct encode_job {
    struct flow_job job;
    struct fact_table *table;
    struct fact_group *group;
    struct table_file *file;
    size_t number;
};

static enum status run_encode_job(struct flow_job *job, unsigned worker, struct error *error)
{
    struct encode_job encode = *(struct encode_job *)job;
    mem_free(job);
    if (worker != FLOW_DROP)
        return group_encode(encode.table, encode.group, encode.file, encode.number, worker, error);
    fact_group_free(encode.group);
    return STATUS_OK;
}

/* The month's file, created when it is needed: there may be 100,000 months. */
static struct table_file *file_of(struct fact_table *table, struct fact_month *month)
{
    if (!month->file) {
        CLEANUP(buffer_release) struct buffer folder = {0};
        month_folder(&folder, month->month);
        month->file = table_file_new(table->output, table->layout->table_id, buffer_str(&folder));
    }
    return month->file;
}

/* Removes the month's row group from the open ones. */
static struct fact_group *close_group(struct fact_table *table, struct fact_month *month)
{
    struct fact_group *group = month->group;
    month->group = NULL;
    if (group) {
        table->open_bytes -= fact_group_bytes(group);
        table->open_count--;
    }
    return group;
}

static enum status push_group(struct fact_table *table, struct fact_month *month, struct flow *flow,
                              unsigned worker, struct error *error)
{
    struct encode_job *encode = mem_alloc(sizeof *encode);
    *encode = (struct encode_job){.job = {.run = run_encode_job},
                                  .table = table,
                                  .group = close_group(table, month),
                                  .file = file_of(table, month),
                                  .number = month->groups++};
    return flow_push(flow, worker, &encode->job, error);
}

/* ---- Months ---------------------------------------------------------------------------------- */

static struct fact_month *find_month(struct fact_table *table, uint32_t month)
{
    uint32_t *number = &table->month_numbers[month];
    if (*number == 0) {
        MEM_GROW(table->months, table->month_count + 1, table->month_cap);
        table->months[table->month_count] = (struct fact_month){.month = month};
        *number = (uint32_t)++table->month_count;
    }
    return &table->months[*number - 1];
}

/* Bounds the memory of the open row groups: beyond the limit those of at least average size are
 * encoded, until a quarter of it is free. */
static enum status bound_open_groups(struct fact_table *table, struct flow *flow, unsigned worker,
                                     struct error *error)
{
    size_t wanted = table->open_bytes > OPEN_BYTES ? OPEN_BYTES / 4 * 3 : OPEN_BYTES;
    while (table->open_bytes > wanted) {
        size_t average = table->open_bytes / table->open_count;
        for (size_t i = 0; i < table->month_count && table->open_bytes > wanted; i++) {
            struct fact_month *month = &table->months[i];
            if (month->group && fact_group_bytes(month->group) >= average)
                TRY(push_group(table, month, flow, worker, error));
        }
    }
    return STATUS_OK;
}

static void map_release(struct code_map *map)
{
    for (size_t i = 0; i < MODEL_MAX_COLUMNS; i++)
        mem_free(map->entries[i]);
    *map = (struct code_map){0};
}

static void map_grow(struct code_map *map, size_t string, size_t codes)
{
    size_t cap = map->caps[string];
    MEM_GROW(map->entries[string], codes, map->caps[string]);
    memset(map->entries[string] + cap, 0, (map->caps[string] - cap) * sizeof *map->entries[string]);
}

static uint32_t next_use(struct fact_table *table)
{
    if (++table->map_uses == 0) { /* all numbers have been used */
        for (size_t i = 0; i < CODE_MAPS; i++)
            map_release(&table->maps[i]);
        table->map_uses = 1;
    }
    return table->map_uses;
}

/* The map of the batch's codes to those of the month's row group, which is begun if need be. */
static struct code_map *map_batch(struct fact_table *table, struct fact_month *month,
                                  const struct facts_batch *batch)
{
    struct code_map *map = &table->maps[(size_t)(month - table->months) % CODE_MAPS];
    if (!month->group) {
        month->group = group_acquire(table);
        table->open_bytes += fact_group_bytes(month->group);
        table->open_count++;
    }
    if (map->batch == table->batches && map->group == month->group->serial)
        return map;
    map->use = next_use(table);
    map->batch = table->batches;
    map->group = month->group->serial;
    for (size_t i = 0; i < table->layout->coded.count; i++)
        if (batch->strings[i].raw.count > map->caps[i])
            map_grow(map, i, batch->strings[i].raw.count);
    return map;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void map_code(struct coded_strings *strings, struct code_map_entry *entry, uint32_t use,
                     const struct distinct *distinct, uint32_t number)
{
    CLEANUP(buffer_release) struct buffer scratch = {0};
    struct str value = raw_decode(dictionary_value(&distinct->raw, number), &scratch);
    entry->code = dictionary_add(&strings->values, value, distinct->hashes[number]);
    entry->use = use;
}

static void append_strings(struct coded_strings *strings, struct code_map_entry *entries,
                           uint32_t use, const struct distinct *distinct, const uint32_t *codes,
                           size_t count, size_t row)
{
    validity_fill(strings->validity, row, count);
    for (size_t i = 0; i < count; i++, row++) {
        if (codes[i] == 0) {
            strings->codes[row] = 0;
            validity_clear(strings->validity, row);
            strings->nulls++;
            continue;
        }
        struct code_map_entry *entry = &entries[codes[i] - 1];
        if (entry->use != use)
            map_code(strings, entry, use, distinct, codes[i] - 1);
        strings->codes[row] = entry->code;
    }
}

static void append_doubles(struct fact_doubles *doubles, size_t row, const double *values,
                           size_t count)
{
    memcpy(doubles->values + row, values, count * sizeof *values);
    validity_fill(doubles->validity, row, count);
    for (size_t i = 0; i < count; i++) {
        if (values[i] == values[i])
            continue;
        validity_clear(doubles->validity, row + i); /* NaN is null */
        doubles->nulls++;
    }
}

/* ---- What look-ups found -----------------------------------------------------------------------
 */

static struct found_codes *found_codes_at(const struct fact_table *table, size_t key)
{
    return (struct found_codes *)(table->found_codes + key * table->found_bytes);
}

static void set_found_codes(const struct fact_table *table, struct fact_group *group, uint32_t key,
                            struct found_codes *out)
{
    const struct fact_columns *found = &table->layout->found;
    const void *row = lookup_row(table->lookup, key);
    out->group = group->serial;
    for (size_t i = 0; i < found->count; i++) {
        struct str value = row_string(table->lookup->rows->layout, row, found->all[i].field);
        out->codes[i] = dictionary_add(&group->found[i].values, value, hash_str(value));
    }
}

/* How far ahead the codes of matches are prefetched. */
#define PREFETCH_CODES 8

/* A fact without a match has the codes behind those of all keys, so the loop has no branch that
 * cannot be predicted. All columns are null in the same rows: what is found is never null
 * (fact_table_init). */
static void append_found(struct fact_table *table, struct fact_group *group,
                         const uint32_t *matches, size_t count)
{
    size_t columns = table->layout->found.count;
    size_t none = table->lookup->keys.count, row = group->rows, nulls = 0;
    if (columns == 0)
        return;
    if (!table->found_codes)
        table->found_codes = mem_zalloc((none + 1) * table->found_bytes);
    struct found_codes *no_match = found_codes_at(table, none);
    memset(no_match, 0, table->found_bytes);
    no_match->group = group->serial;
    for (size_t i = 0; i < count; i++, row++) {
        size_t match = matches[i] < none ? matches[i] : none;
        struct found_codes *codes = found_codes_at(table, match);
        if (i + PREFETCH_CODES < count && matches[i + PREFETCH_CODES] < none)
            __builtin_prefetch(found_codes_at(table, matches[i + PREFETCH_CODES]));
        if (codes->group != group->serial)
            set_found_codes(table, group, matches[i], codes);
        for (size_t column = 0; column < columns; column++)
            group->found[column].codes[row] = codes->codes[column];
        validity_set(group->found[0].validity, row, match != none);
        nulls += match == none;
    }
    for (size_t column = 0; column < columns; column++) {
        group->found[column].nulls += nulls;
        if (column)
            memcpy(group->found[column].validity + group->rows / 8,
                   group->found[0].validity + group->rows / 8, (row + 7) / 8 - group->rows / 8);
    }
    table->matched += count - nulls;
}

static void append_rows(struct fact_table *table, struct fact_month *month,
                        const struct code_map *map, const struct facts_batch *batch, size_t from,
                        size_t count)
{
    const struct fact_layout *layout = table->layout;
    struct fact_group *group = month->group;
    size_t before = fact_group_bytes(group);
    fact_group_reserve(group, count);
    memcpy(group->ids + group->rows, batch->ids + from, count * sizeof *group->ids);
    for (size_t i = 0; i < count; i++)
        group->times_us[group->rows + i] = batch->ts_ms[from + i] * 1000;
    for (size_t i = 0; i < layout->int64s.count; i++)
        memcpy(group->int64s[i] + group->rows, batch->int64s[i] + from, count * sizeof(int64_t));
    for (size_t i = 0; i < layout->doubles.count; i++)
        append_doubles(&group->doubles[i], group->rows, batch->doubles[i] + from, count);
    for (size_t i = 0; i < layout->texts.count; i++)
        texts_append(&group->texts[i], group->rows, &batch->texts[i], from, count);
    for (size_t i = 0; i < layout->coded.count; i++)
        append_strings(&group->coded[i], map->entries[i], map->use, &batch->strings[i],
                       batch->codes[i] + from, count, group->rows);
    append_found(table, group, batch->matches + from, count);
    group->rows += count;
    table->rows += count;
    table->open_bytes += fact_group_bytes(group) - before;
}

/* Appends consecutive rows of one month, filling one row group after the other. */
static enum status append_stretch(struct fact_table *table, const struct facts_batch *batch,
                                  size_t from, size_t count, struct flow *flow, unsigned worker,
                                  struct error *error)
{
    struct fact_month *month = find_month(table, batch->months[from]);
    times_add(&table->times, month->month, batch->ts_ms + from, count);
    while (count > 0) {
        const struct code_map *map = map_batch(table, month, batch);
        size_t room = GROUP_ROWS - month->group->rows;
        size_t fitting = count < room ? count : room;
        append_rows(table, month, map, batch, from, fitting);
        from += fitting;
        count -= fitting;
        if (month->group->rows == GROUP_ROWS)
            TRY(push_group(table, month, flow, worker, error));
    }
    return bound_open_groups(table, flow, worker, error);
}

/* Marks identical facts: their month becomes MONTH_NONE. */
static void drop_identical(struct fact_table *table, struct facts_batch *batch)
{
    for (size_t i = 0; i < batch->rows; i++) {
        if (i + PREFETCH_ROWS < batch->rows)
            fact_set_prefetch(&table->fact_set, (uint64_t)batch->ids[i + PREFETCH_ROWS]);
        if (!fact_set_add(&table->fact_set, (uint64_t)batch->ids[i], batch->contents[i])) {
            batch->months[i] = MONTH_NONE;
            table->identical++;
        }
    }
}

static void add_old_contents(struct fact_table *table, const struct facts_batch *batch)
{
    for (size_t i = 0; i < batch->rows; i++)
        (void)fact_set_add(&table->old_fact_set, (uint64_t)batch->ids[i],
                           facts_batch_content_without_keys(batch, i));
}

/* Loads the facts of the lake that the batch's may be identical to. */
static enum status load_committed(struct fact_table *table, const struct facts_batch *batch,
                                  struct error *error)
{
    for (size_t from = 0, to; table->committed && from < batch->rows; from = to) {
        int64_t first_ms = batch->ts_ms[from], last_ms = first_ms;
        for (to = from + 1; to < batch->rows && batch->months[to] == batch->months[from]; to++) {
            first_ms = batch->ts_ms[to] < first_ms ? batch->ts_ms[to] : first_ms;
            last_ms = batch->ts_ms[to] > last_ms ? batch->ts_ms[to] : last_ms;
        }
        TRY(committed_facts_load(table->committed, batch->months[from], first_ms, last_ms,
                                 &table->fact_set, error));
    }
    return STATUS_OK;
}

static enum status append_batch(struct fact_table *table, const struct facts_batch *batch,
                                struct flow *flow, unsigned worker, struct error *error)
{
    for (size_t from = 0, to; from < batch->rows; from = to) {
        for (to = from + 1; to < batch->rows && batch->months[to] == batch->months[from];)
            to++;
        if (batch->months[from] != MONTH_NONE)
            TRY(append_stretch(table, batch, from, to - from, flow, worker, error));
    }
    return STATUS_OK;
}

enum status fact_table_add(struct fact_table *table, struct facts_batch *batch, struct flow *flow,
                           unsigned worker, struct error *error)
{
    table->batches++;
    facts_batch_finish(batch);
    TRY(load_committed(table, batch, error));
    if (table->has_old_rows)
        add_old_contents(table, batch);
    drop_identical(table, batch);
    fact_winners_add(&table->winners, batch);
    return append_batch(table, batch, flow, worker, error);
}

/* Marks the rows that are in the set already. The lake has each fact once, so they need not be
 * compared with one another. */
static void drop_present(struct fact_table *table, struct facts_batch *batch)
{
    for (size_t i = 0; i < batch->rows; i++) {
        uint64_t id = (uint64_t)batch->ids[i];
        bool may_be_old = table->has_old_rows && facts_batch_has_no_keys(batch, i);
        if (fact_set_has(&table->fact_set, id, batch->contents[i]) ||
            (may_be_old && fact_set_has(&table->old_fact_set, id, batch->contents[i])))
            batch->months[i] = MONTH_NONE;
        else
            table->kept++;
    }
}

enum status fact_table_add_stored(struct fact_table *table, struct facts_batch *batch,
                                  struct flow *flow, unsigned worker, struct error *error)
{
    table->batches++;
    facts_batch_finish(batch);
    drop_present(table, batch);
    return append_batch(table, batch, flow, worker, error);
}

void fact_table_finish(struct fact_table *table)
{
    times_sort(&table->times);
    if (table->committed)
        times_sort(&table->committed->times);
    for (size_t i = 0; table->committed && i < table->month_count; i++)
        times_subtract(&table->times, table->months[i].month, &table->committed->times);
}

enum status fact_table_close_month(struct fact_table *table, size_t number, unsigned worker,
                                   struct error *error)
{
    struct fact_month *month = &table->months[number];
    struct fact_group *group = month->group;
    struct table_file *file = file_of(table, month);
    month->group = NULL;
    if (group)
        TRY(group_encode(table, group, file, month->groups++, worker, error));
    uint64_t start = clock_ns();
    enum status status = table_file_finish(file, error);
    table_file_free(file);
    month->file = NULL;
    output_add_time(table->output, table->layout->table_id, start);
    return status;
}

/* Whether the field has a value in every record that a look-up can find: it is required, or a key.
 */
static bool is_never_null(const struct fact_layout *layout, int field)
{
    const struct model_winner *rule = layout->model->facts.lookups[0].winner;
    for (size_t i = 0; i < rule->key_count; i++)
        if (rule->keys[i] == field)
            return true;
    return model_field(layout->model, rule->source, field)->need != NEED_OPTIONAL;
}

void fact_table_init(struct fact_table *table, const struct fact_layout *layout,
                     struct output *output, const struct lookup *lookup)
{
    *table = (struct fact_table){.layout = layout, .output = output, .lookup = lookup};
    for (size_t i = 0; i < layout->found.count; i++)
        assert(is_never_null(layout, layout->found.all[i].field));
    table->found_bytes =
        (sizeof(struct found_codes) + layout->found.count * sizeof(uint32_t) + 7) / 8 * 8;
    table->month_numbers = mem_zalloc(MONTH_LIMIT * sizeof *table->month_numbers);
    fact_winners_init(&table->winners, layout);
    times_init(&table->times);
    pthread_mutex_init(&table->shared.mutex, NULL);
}

void fact_table_release(struct fact_table *table)
{
    if (!table->output)
        return;
    for (size_t i = 0; i < table->month_count; i++) {
        table_file_free(table->months[i].file);
        fact_group_free(table->months[i].group);
    }
    for (size_t i = 0; i < CODE_MAPS; i++)
        map_release(&table->maps[i]);
    while (table->shared.spare) {
        struct fact_group *group = table->shared.spare;
        table->shared.spare = group->next;
        fact_group_free(group);
    }
    mem_free(table->found_codes);
    mem_free(table->months);
    mem_free(table->month_numbers);
    fact_set_release(&table->fact_set);
    fact_set_release(&table->old_fact_set);
    fact_winners_release(&table->winners);
    times_release(&table->times);
    pthread_mutex_destroy(&table->shared.mutex);
    *table = (struct fact_table){0};
}
