/* Adds facts in the order of the input. Only one thread can do each step at a time, so they do only
 * what depends on earlier facts: one lookup in a set and a few table lookups a row. */
#include "fact_table.h"

/* The row groups being filled need at most this much together: beyond it large ones are encoded. */
#define OPEN_BYTES ((size_t)32 << 20)
/* Those of many periods so many times as much: they would be too small otherwise. */
#define MANY_PERIODS 1024
#define MANY_SHARE   4
/* Encoded row groups wait for the end of their file, or until there are enough for an upload.
 * Beyond this much of all files, the larger ones are finished: the rest of their periods goes into
 * others.
 */
#define FILE_BYTES    ((size_t)256 << 20)
#define UPLOAD_BYTES  ((size_t)1 << 20)
#define ENCODED_SHARE 4 /* a row group is about this many times smaller when it is encoded */
/* Emptied row groups that are kept: each may have the memory of a full one. */
#define MAX_SPARE 2
/* Rows that are offered to the set of facts at once. */
#define BLOCK_ROWS 256

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
    const struct parquet_row_group *encoded =
        parquet_encode(output->workers[worker].encoder, output->schemas[table->layout->table_id],
                       view, group->rows);
    group_recycle(table, group);
    enum status status = table_file_add(file, number, encoded, worker, error);
    output_add_time(output, table->layout->table_id, start);
    return status;
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* One user less; the last one finishes the file, or drops it where it has failed. */
static enum status release_file(struct fact_table *table, struct fact_file *file,
                                enum status status, struct error *error)
{
    if (status != STATUS_OK)
        file->is_failed = true;
    if (atomic_fetch_sub(&file->users, 1) > 1)
        return status;
    uint64_t start = clock_ns();
    if (!file->is_failed)
        status = table_file_finish(file->file, error);
    table_file_free(file->file);
    mem_free(file);
    output_add_time(table->output, table->layout->table_id, start);
    return status;
}

static void drop_file(struct fact_table *table, struct fact_file *file)
{
    if (file)
        (void)release_file(table, file, STATUS_FAILED, NULL);
}

struct encode_job {
    struct flow_job job;
    struct fact_table *table;
    struct fact_group *group;
    struct fact_file *file;
    size_t number;
};

static enum status run_encode_job(struct flow_job *job, unsigned worker, struct error *error)
{
    struct encode_job encode = *(struct encode_job *)job;
    mem_free(job);
    if (worker == FLOW_DROP) {
        fact_group_free(encode.group);
        drop_file(encode.table, encode.file);
        return STATUS_OK;
    }
    enum status status =
        group_encode(encode.table, encode.group, encode.file->file, encode.number, worker, error);
    return release_file(encode.table, encode.file, status, error);
}

/* The period's file, created when it is needed: there may be 100,000 periods. */
static struct fact_file *file_of(struct fact_table *table, struct fact_period *period)
{
    if (!period->file) {
        CLEANUP(buffer_release) struct buffer folder = {0};
        period_folder(&folder, &table->layout->periods, period->period);
        period->file = mem_zalloc(sizeof *period->file);
        period->file->file =
            table_file_new(table->output, table->layout->table_id, buffer_str(&folder));
        period->file->file->number = period->files;
        period->file->users = 1;
    }
    return period->file;
}

/* The guess depends on the rows alone, so that files do not depend on the number of threads. */
static void count_encoded(struct fact_table *table, struct fact_period *period, size_t bytes)
{
    size_t before = period->file_bytes;
    table->file_count += before == 0;
    period->file_bytes += bytes / ENCODED_SHARE;
    if (period->file_bytes > UPLOAD_BYTES)
        period->file_bytes = UPLOAD_BYTES;
    table->file_bytes += period->file_bytes - before;
}

/* The file gets no more row groups. */
static enum status end_file(struct fact_table *table, struct fact_period *period,
                            struct error *error)
{
    struct fact_file *file = period->file;
    table->file_bytes -= period->file_bytes;
    table->file_count--;
    period->file = NULL;
    period->groups = period->file_bytes = 0;
    period->files++;
    return release_file(table, file, STATUS_OK, error);
}

/* Removes the period's row group from the open ones. */
static struct fact_group *close_group(struct fact_table *table, struct fact_period *period)
{
    struct fact_group *group = period->group;
    period->group = NULL;
    if (group) {
        table->open_bytes -= fact_group_bytes(group);
        table->open_count--;
    }
    return group;
}

static enum status push_group(struct fact_table *table, struct fact_period *period,
                              struct flow *flow, unsigned worker, struct error *error)
{
    struct encode_job *encode = mem_alloc(sizeof *encode);
    size_t bytes = fact_group_bytes(period->group);
    *encode = (struct encode_job){.job = {.run = run_encode_job},
                                  .table = table,
                                  .group = close_group(table, period),
                                  .file = file_of(table, period),
                                  .number = period->groups++};
    atomic_fetch_add(&period->file->users, 1);
    count_encoded(table, period, bytes);
    return flow_push(flow, worker, &encode->job, error);
}

/* ---- Periods --------------------------------------------------------------------------------- */

static struct fact_period *find_period(struct fact_table *table, uint32_t period)
{
    uint32_t number = period_number(&table->period_numbers, period);
    if (number == table->period_count)
        *MEM_ADD(table->periods, table->period_count, table->period_cap) =
            (struct fact_period){.period = period};
    return &table->periods[number];
}

/* Bounds the memory of the open row groups: beyond the limit those of at least average size are
 * encoded, until a quarter of it is free. */
static enum status bound_open_groups(struct fact_table *table, struct flow *flow, unsigned worker,
                                     struct error *error)
{
    size_t limit = table->open_limit * (table->period_count > MANY_PERIODS ? MANY_SHARE : 1);
    size_t wanted = table->open_bytes > limit ? limit / 4 * 3 : limit;
    while (table->open_bytes > wanted) {
        size_t average = table->open_bytes / table->open_count;
        for (size_t i = 0; i < table->period_count && table->open_bytes > wanted; i++) {
            struct fact_period *period = &table->periods[i];
            if (period->group && fact_group_bytes(period->group) >= average)
                TRY(push_group(table, period, flow, worker, error));
        }
    }
    return STATUS_OK;
}

/* The same for files. */
static enum status bound_open_files(struct fact_table *table, struct error *error)
{
    size_t wanted =
        table->file_bytes > table->file_limit ? table->file_limit / 4 * 3 : table->file_limit;
    while (table->file_bytes > wanted) {
        size_t average = table->file_bytes / table->file_count;
        for (size_t i = 0; i < table->period_count && table->file_bytes > wanted; i++)
            if (table->periods[i].file && table->periods[i].file_bytes >= average)
                TRY(end_file(table, &table->periods[i], error));
    }
    return STATUS_OK;
}

static void begin_group(struct fact_table *table, struct fact_period *period)
{
    if (period->group)
        return;
    period->group = group_acquire(table);
    table->open_bytes += fact_group_bytes(period->group);
    table->open_count++;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

/* Appends rows of one period to its row group, which has room for them. */
static void append_rows(struct fact_table *table, const struct fact_period *period,
                        const struct facts_batch *batch, size_t from, size_t count)
{
    struct fact_group *group = period->group;
    size_t before = fact_group_bytes(group);
    const struct code_map *map = code_maps_begin(&table->maps, (size_t)(period - table->periods),
                                                 table->batches, batch, group);
    fact_group_append(group, &table->maps, map, batch, from, count);
    for (size_t i = 0; i < table->layout->model->facts.lookup_count; i++) {
        size_t matched =
            fact_found_append(&table->found[i], group, batch->found[i].matches + from, count);
        table->matched += i == 0 ? matched : 0; /* of the first look-up */
    }
    group->rows += count;
    table->rows += count;
    table->open_bytes += fact_group_bytes(group) - before;
}

/* Appends consecutive rows of one period, filling one row group after the other. */
static enum status append_stretch(struct fact_table *table, const struct facts_batch *batch,
                                  size_t from, size_t count, struct flow *flow, unsigned worker,
                                  struct error *error)
{
    struct fact_period *period = find_period(table, batch->periods[from]);
    if (table->layout->has_calendar)
        times_add(&table->times, batch->times + from, count);
    while (count > 0) {
        begin_group(table, period);
        size_t room = GROUP_ROWS - period->group->rows;
        size_t fitting = count < room ? count : room;
        append_rows(table, period, batch, from, fitting);
        from += fitting;
        count -= fitting;
        if (period->group->rows == GROUP_ROWS)
            TRY(push_group(table, period, flow, worker, error));
    }
    TRY(bound_open_groups(table, flow, worker, error));
    return bound_open_files(table, error);
}

/* Marks identical facts: their period becomes PERIOD_NONE. */
static void drop_identical(struct fact_table *table, struct facts_batch *batch)
{
    bool is_new[BLOCK_ROWS];
    for (size_t from = 0, count; from < batch->rows; from += count) {
        count = batch->rows - from < BLOCK_ROWS ? batch->rows - from : BLOCK_ROWS;
        fact_set_add_rows(&table->fact_set, batch->ids + from, batch->times + from,
                          batch->contents + from, count, is_new);
        for (size_t i = 0; i < count; i++) {
            if (is_new[i])
                continue;
            batch->periods[from + i] = PERIOD_NONE;
            table->identical++;
        }
    }
}

static void add_old_contents(struct old_facts *old, const struct facts_batch *batch)
{
    for (size_t i = 0; i < batch->rows; i++)
        (void)fact_set_add(&old->set, (uint64_t)batch->ids[i], batch->times[i],
                           facts_batch_content_without(batch, i, old->lacks));
}

/* Loads the facts of the lake that the batch's may be identical to. */
static enum status load_committed(struct fact_table *table, const struct facts_batch *batch,
                                  struct error *error)
{
    for (size_t from = 0, to; table->committed && from < batch->rows; from = to) {
        int64_t first = batch->times[from], last = first;
        for (to = from + 1; to < batch->rows && batch->periods[to] == batch->periods[from]; to++) {
            first = batch->times[to] < first ? batch->times[to] : first;
            last = batch->times[to] > last ? batch->times[to] : last;
        }
        TRY(committed_facts_load(table->committed, batch->periods[from], first, last,
                                 &table->fact_set, error));
    }
    return STATUS_OK;
}

enum status fact_table_append(struct fact_table *table, const struct facts_batch *batch,
                              struct flow *flow, unsigned worker, struct error *error)
{
    table->batches++;
    for (size_t from = 0, to; from < batch->rows; from = to) {
        for (to = from + 1; to < batch->rows && batch->periods[to] == batch->periods[from];)
            to++;
        if (batch->periods[from] != PERIOD_NONE)
            TRY(append_stretch(table, batch, from, to - from, flow, worker, error));
    }
    return STATUS_OK;
}

const struct fact_winners *fact_table_winners(const struct fact_table *table,
                                              const struct model_winner *rule)
{
    size_t number = 0;
    while (table->layout->rules[number].rule != rule)
        number++;
    return &table->winners[number];
}

enum status fact_table_find_identical(struct fact_table *table, struct facts_batch *batch,
                                      struct error *error)
{
    facts_batch_finish(batch);
    TRY(load_committed(table, batch, error));
    for (size_t i = 0; i < table->old_count; i++)
        add_old_contents(&table->old[i], batch);
    drop_identical(table, batch);
    return STATUS_OK;
}

/* Whether the row was written before columns came, and is one of the facts without them. */
static bool is_old_fact(const struct fact_table *table, const struct facts_batch *batch, size_t row)
{
    for (size_t i = 0; i < table->old_count; i++)
        if (facts_batch_lacks(batch, row, table->old[i].lacks) &&
            fact_set_has(&table->old[i].set, (uint64_t)batch->ids[row], batch->times[row],
                         batch->contents[row]))
            return true;
    return false;
}

/* Marks the rows that are in the set already. The lake has each fact once, so they need not be
 * compared with one another. */
static void drop_present(struct fact_table *table, struct facts_batch *batch)
{
    for (size_t i = 0; i < batch->rows; i++) {
        if (fact_set_has(&table->fact_set, (uint64_t)batch->ids[i], batch->times[i],
                         batch->contents[i]) ||
            is_old_fact(table, batch, i))
            batch->periods[i] = PERIOD_NONE;
        else
            table->kept++;
    }
}

enum status fact_table_add_stored(struct fact_table *table, struct facts_batch *batch,
                                  struct flow *flow, unsigned worker, struct error *error)
{
    facts_batch_finish(batch);
    drop_present(table, batch);
    return fact_table_append(table, batch, flow, worker, error);
}

void fact_table_finish(struct fact_table *table)
{
    for (size_t i = 0; i < table->layout->rule_count; i++)
        fact_winners_finish(&table->winners[i]);
    times_finish(&table->times, table->committed ? &table->committed->times : NULL);
}

enum status fact_table_close_period(struct fact_table *table, size_t number, unsigned worker,
                                    struct error *error)
{
    struct fact_period *period = &table->periods[number];
    struct fact_group *group = period->group;
    if (!group && !period->file)
        return STATUS_OK; /* its files are finished */
    struct fact_file *file = file_of(table, period);
    enum status status = STATUS_OK;
    period->group = NULL;
    period->file = NULL;
    if (group)
        status = group_encode(table, group, file->file, period->groups++, worker, error);
    return release_file(table, file, status, error);
}

void fact_table_init(struct fact_table *table, const struct fact_layout *layout,
                     struct output *output, const struct lookup *lookups)
{
    *table = (struct fact_table){
        .layout = layout, .output = output, .open_limit = OPEN_BYTES, .file_limit = FILE_BYTES};
    for (size_t i = 0; i < layout->model->facts.lookup_count; i++)
        fact_found_init(&table->found[i], layout, i, &lookups[i]);
    for (size_t i = 0; i < layout->rule_count; i++)
        fact_winners_init(&table->winners[i], &layout->rules[i]);
    times_init(&table->times, layout->time_unit_us);
    table->fact_set.time_shift = layout->id_time_shift;
    pthread_mutex_init(&table->shared.mutex, NULL);
}

/* Bits for the columns in the file, which has no partitions. */
static uint64_t in_file(const struct model_table *table, uint64_t columns)
{
    uint64_t positions = 0;
    for (int i = 0; i < (int)table->column_count; i++)
        if (columns >> i & 1)
            positions |= UINT64_C(1) << model_column_in_file(table, i);
    return positions;
}

void fact_table_expect_old(struct fact_table *table, uint64_t lacks)
{
    table->old = mem_realloc(table->old, (table->old_count + 1) * sizeof *table->old);
    table->old[table->old_count++] = (struct old_facts){
        .lacks = in_file(table->layout->table, lacks),
        .set.time_shift = table->layout->id_time_shift,
    };
}

void fact_table_release(struct fact_table *table)
{
    if (!table->output)
        return;
    for (size_t i = 0; i < table->period_count; i++) {
        drop_file(table, table->periods[i].file);
        fact_group_free(table->periods[i].group);
    }
    code_maps_release(&table->maps);
    while (table->shared.spare) {
        struct fact_group *group = table->shared.spare;
        table->shared.spare = group->next;
        fact_group_free(group);
    }
    for (size_t i = 0; i < MODEL_MAX_LOOKUPS; i++)
        fact_found_release(&table->found[i]);
    mem_free(table->periods);
    dictionary_release(&table->period_numbers);
    fact_set_release(&table->fact_set);
    for (size_t i = 0; i < table->old_count; i++)
        fact_set_release(&table->old[i].set);
    mem_free(table->old);
    for (size_t i = 0; i < table->layout->rule_count; i++)
        fact_winners_release(&table->winners[i]);
    times_release(&table->times);
    pthread_mutex_destroy(&table->shared.mutex);
    *table = (struct fact_table){0};
}
