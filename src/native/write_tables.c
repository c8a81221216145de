/* The write phase: a list of tasks of about equal size, in no order. A table may have thousands of
 * partitions with a row or two: its rows are sorted, and a task takes some neighbours. */
#include "write_tables.h"

#include "calendar_files.h"

#define ROWS_PER_TASK 128
#define ROWS_AHEAD    8
#define CACHE_LINE    64

struct writing;
struct write_task {
    enum status (*write)(struct writing *writing, const struct write_task *task, unsigned worker,
                         struct error *error);
    int table;
    const struct sorted_rows *rows;
    size_t number, count; /* of a file; or the first partition, and how many */
    size_t group;         /* row group of a file */
};

struct writing {
    struct output *output;
    const struct write_tables_source *source;
    const struct model *model;
    struct run_progress *progress;
    struct sorted_rows winners[MODEL_MAX_WINNERS]; /* by the model's rules; once they are wanted */
    struct sorted_rows records[MODEL_MAX_SOURCES]; /* that have won by any */
    struct calendar_files calendar;
    struct write_task *tasks;
    size_t task_count, task_cap;
};

static void add_task(struct writing *writing, struct write_task task)
{
    *MEM_ADD(writing->tasks, writing->task_count, writing->task_cap) = task;
}

/* ---- Winners --------------------------------------------------------------------------------- */

/* Sorted rows lie in memory in any order: a row is fetched before its strings are, and these before
 * they are wanted. */
static ALWAYS_INLINE void prefetch_rows(const struct sorted_rows *sorted, size_t number)
{
    const struct row_layout *layout = sorted->rows->layout;
    if (number + 2 * ROWS_AHEAD < sorted->count) {
        const char *row = sorted_row(sorted, number + 2 * ROWS_AHEAD);
        for (size_t at = 0; at < layout->bytes; at += CACHE_LINE)
            __builtin_prefetch(row + at);
        const void *next = sorted_row(sorted, number + ROWS_AHEAD);
        for (uint32_t i = 0; i < layout->string_count; i++)
            __builtin_prefetch(row_string(layout, next, layout->string_fields[i]).data);
    }
}

static enum status write_rows(struct rows_file *file, const struct model_table *table,
                              const struct sorted_rows *sorted, size_t from, size_t count,
                              struct error *error)
{
    for (size_t i = from; i < from + count; i++) {
        prefetch_rows(sorted, i);
        TRY(rows_file_add_row(file, error));
        row_set_columns(sorted->rows->layout, sorted_row(sorted, i), table, file->columns);
    }
    return rows_file_finish(file, error);
}

/* A table without partitions: one file. */
static enum status write_table(struct writing *writing, const struct write_task *task,
                               unsigned worker, struct error *error)
{
    CLEANUP(rows_file_release) struct rows_file file = {0};
    const struct sorted_rows *sorted = task->rows;
    rows_file_begin(&file, writing->output, worker, task->table, STR(""));
    return write_rows(&file, &writing->model->tables[task->table], sorted, 0, sorted->count, error);
}

/* "year=2001/artist_id=…", of a row. */
static void partition_folder(struct buffer *out, const struct row_layout *layout,
                             const struct model_table *table, const void *row)
{
    buffer_reset(out);
    for (size_t i = 0; i < table->partition_count; i++) {
        const struct model_column *column = &table->columns[table->partitions[i]];
        char text[32];
        struct str value;
        if (column->type == MODEL_STRING) {
            value = row_string(layout, row, column->part);
        } else if (row_is_null(row, column->part)) {
            value = STR_NULL;
        } else {
            int len = snprintf(text, sizeof text, "%lld",
                               (long long)row_number(layout, row, column->part).int64);
            value = (struct str){text, (size_t)len};
        }
        if (i)
            buffer_append_char(out, '/');
        model_partition_folder(out, column->name, value);
    }
}

/* Writes the partitions of some neighbours. */
static enum status write_partitions(struct writing *writing, const struct write_task *task,
                                    unsigned worker, struct error *error)
{
    const struct model_table *table = &writing->model->tables[task->table];
    const struct sorted_rows *sorted = task->rows;
    struct buffer *folder = &writing->output->workers[worker].folder;
    for (size_t i = task->number; i < task->number + task->count; i++) {
        CLEANUP(rows_file_release) struct rows_file file = {0};
        size_t from = sorted->partitions[i], to = sorted->partitions[i + 1];
        partition_folder(folder, sorted->rows->layout, table, sorted_row(sorted, from));
        rows_file_begin(&file, writing->output, worker, task->table, buffer_str(folder));
        TRY(write_rows(&file, table, sorted, from, to - from, error));
        atomic_fetch_add(&writing->progress->files_done, 1);
    }
    return STATUS_OK;
}

/* A stretch of the tasks for each thread, one task of each in turn: threads that make entries in
 * the same folder wait for its lock. */
static void spread(struct write_task *tasks, size_t count, size_t threads)
{
    struct write_task *ordered = mem_alloc((count + 1) * sizeof *ordered);
    size_t stretch = (count + threads - 1) / threads;
    memcpy(ordered, tasks, count * sizeof *ordered);
    for (size_t first = 0; first < stretch; first++)
        for (size_t i = first; i < count; i += stretch)
            *tasks++ = ordered[i];
    mem_free(ordered);
}

static void plan_partitions(struct writing *writing, int id, const struct sorted_rows *sorted)
{
    const uint32_t *partitions = sorted->partitions;
    size_t before = writing->task_count, count = sorted->partition_count;
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && partitions[to] - partitions[from] < ROWS_PER_TASK;)
            to++;
        add_task(writing, (struct write_task){write_partitions, id, sorted, .number = from,
                                              .count = to - from});
    }
    if (count)
        spread(writing->tasks + before, writing->task_count - before, writing->output->threads);
    atomic_fetch_add(&writing->progress->files_total, count);
}

/* ---- Records that have won ------------------------------------------------------------------- */

static struct sorted_rows records_that_won(const struct dimensions *dimensions, int source)
{
    struct sorted_rows won = {.rows = &dimensions->sources[source].rows};
    bool *has_won = mem_zalloc(won.rows->count + 1);
    won.numbers = mem_alloc((won.rows->count + 1) * sizeof *won.numbers);
    dimensions_mark_winners(dimensions, source, has_won);
    for (uint32_t i = 0; i < won.rows->count; i++)
        if (has_won[i])
            won.numbers[won.count++] = i;
    mem_free(has_won);
    return won;
}

/* What facts are looked up in, in the order in which its keys came. */
static struct sorted_rows looked_up(const struct lookup *lookup)
{
    struct sorted_rows all = {.rows = lookup->rows, .count = lookup->keys.count};
    all.numbers = mem_alloc((all.count + 1) * sizeof *all.numbers);
    if (all.count)
        memcpy(all.numbers, lookup->found, all.count * sizeof *all.numbers);
    return all;
}

/* The winners of a rule. Those of partitioned tables are sorted by their partitions in other tables
 * of the rule, too: so their order is the same. */
static struct sorted_rows winners_of(const struct writing *writing, const struct model_winner *rule)
{
    const struct dimensions *dimensions = writing->source->dimensions;
    const struct model_table *table = writing->model->tables;
    size_t lookup = dimensions_lookup(dimensions, rule);
    if (lookup != MODEL_MAX_LOOKUPS)
        return looked_up(&dimensions->lookups[lookup]);
    while (table->rule != rule) /* the tables come before the state */
        table++;
    if (rule->source == writing->model->facts.source) {
        const struct fact_winners *facts = fact_table_winners(writing->source->facts, rule);
        return rows_sorted(&facts->rows, NULL, facts->rows.count, table);
    }
    const struct winners *winners = dimensions_winners(dimensions, table);
    return rows_sorted(winners->rows, winners->winners, winners->count, table);
}

/* Where the rows of a table are, once they are sorted: tables with the same rows share them. */
static struct sorted_rows *place_of(struct writing *writing, const struct model_table *table)
{
    return table->rows == ROWS_RECORDS ? &writing->records[table->rule->source]
                                       : &writing->winners[table->rule - writing->model->winners];
}

/* An increment makes no rows of dimensions. */
static bool has_rows(const struct writing *writing, const struct model_table *table)
{
    return table->rule && table->rows != ROWS_OBJECTS &&
           (!writing->source->diff->is_increment ||
            table->rule->source == writing->model->facts.source);
}

/* Tables whose rows are to be sorted: of those with the same rows the first. */
struct sorting {
    struct writing *writing;
    const struct model_table *tables[MODEL_MAX_TABLES];
    uint32_t count;
};

static bool is_sorted(const struct sorting *sorting, const struct model_table *table)
{
    for (size_t i = 0; i < sorting->count; i++)
        if (place_of(sorting->writing, sorting->tables[i]) == place_of(sorting->writing, table))
            return true;
    return false;
}

/* A task_pool_fn. */
static enum status sort_one(void *ctx, unsigned worker, uint32_t number, struct error *error)
{
    struct sorting *sorting = ctx;
    struct writing *writing = sorting->writing;
    const struct model_table *table = sorting->tables[number];
    (void)worker;
    (void)error;
    *place_of(writing, table) =
        table->rows == ROWS_RECORDS
            ? records_that_won(writing->source->dimensions, table->rule->source)
            : winners_of(writing, table->rule);
    return STATUS_OK;
}

static enum status sort_rows(struct writing *writing, struct error *error)
{
    struct sorting sorting = {.writing = writing};
    for (size_t id = 0; id < writing->model->all_count; id++) {
        const struct model_table *table = &writing->model->tables[id];
        if (has_rows(writing, table) && !is_sorted(&sorting, table))
            sorting.tables[sorting.count++] = table;
    }
    return task_pool_run(writing->output->threads, sorting.count, sort_one, &sorting, error);
}

static void plan_rows(struct writing *writing, int id)
{
    const struct model_table *table = &writing->model->tables[id];
    const struct sorted_rows *rows = place_of(writing, table);
    if (table->partition_count)
        plan_partitions(writing, id, rows);
    else
        add_task(writing, (struct write_task){write_table, id, rows});
}

/* ---- Facts and times ------------------------------------------------------------------------- */

static enum status write_facts(struct writing *writing, const struct write_task *task,
                               unsigned worker, struct error *error)
{
    return fact_table_close_period(writing->source->facts, task->number, worker, error);
}

static struct table_file *new_calendar_file(struct writing *writing, int table,
                                            const struct calendar_file *file)
{
    CLEANUP(buffer_release) struct buffer folder = {0};
    period_folder(&folder, &writing->calendar.periods, file->period);
    return table_file_new(writing->output, table, buffer_str(&folder));
}

static enum status add_calendar_group(struct writing *writing, struct table_file *file,
                                      const struct write_task *task, unsigned worker,
                                      struct error *error)
{
    struct rows_file rows; /* its columns only: the row group goes into the partition's file */
    rows_file_begin(&rows, writing->output, worker, task->table, STR(""));
    calendar_files_rows(&writing->calendar, &writing->calendar.all[task->number],
                        task->group * GROUP_ROWS, GROUP_ROWS, rows.columns);
    return table_file_add(file, task->group, output_encode_columns(writing->output, worker), worker,
                          error);
}

static enum status write_times(struct writing *writing, const struct write_task *task,
                               unsigned worker, struct error *error)
{
    struct calendar_file *times = &writing->calendar.all[task->number];
    struct table_file *file =
        times->file ? times->file : new_calendar_file(writing, task->table, times);
    enum status status = add_calendar_group(writing, file, task, worker, error);
    bool is_last = atomic_fetch_sub(&times->left, 1) == 1;
    if (status == STATUS_OK && is_last)
        status = table_file_finish(file, error);
    if (is_last) {
        table_file_free(file);
        times->file = NULL;
    }
    return status;
}

/* There may be 100,000 files: one exists only while it is written. */
static void plan_calendar_file(struct writing *writing, int id, size_t number)
{
    struct calendar_file *times = &writing->calendar.all[number];
    times->left = (size_t)((times->rows + GROUP_ROWS - 1) / GROUP_ROWS);
    if (times->left > 1)
        times->file = new_calendar_file(writing, id, times);
    for (size_t group = 0; group < times->left; group++)
        add_task(writing, (struct write_task){write_times, id, .number = number, .group = group});
}

static void plan_periods(struct writing *writing)
{
    const struct fact_layout *layout = writing->source->facts->layout;
    int calendar = model_calendar_table(writing->model);
    for (size_t i = 0; i < writing->source->facts->period_count; i++)
        add_task(writing, (struct write_task){write_facts, layout->table_id, .number = i});
    if (calendar < 0)
        return;
    const struct model_field *time =
        model_field(writing->model, writing->model->facts.source, layout->time);
    calendar_files_init(&writing->calendar, &writing->model->tables[calendar], time->time_form,
                        &writing->source->facts->times);
    for (size_t i = 0; i < writing->calendar.count; i++)
        plan_calendar_file(writing, calendar, i);
}

/* ---- The phase ------------------------------------------------------------------------------- */

static enum status write_objects(struct writing *writing, const struct write_task *task,
                                 unsigned worker, struct error *error)
{
    (void)task;
    return input_diff_write(writing->source->diff, writing->output, writing->source->files, worker,
                            error);
}

/* Large tasks first. */
static enum status plan(struct writing *writing, struct error *error)
{
    TRY(sort_rows(writing, error));
    plan_periods(writing);
    for (int id = (int)writing->model->all_count - 1; id >= 0; id--) {
        const struct model_table *table = &writing->model->tables[id];
        if (table->rows == ROWS_OBJECTS)
            add_task(writing, (struct write_task){write_objects, id});
        else if (has_rows(writing, table))
            plan_rows(writing, id);
    }
    return STATUS_OK;
}

static enum status write_task(void *ctx, struct flow *flow, unsigned worker, size_t number,
                              size_t slot, struct error *error)
{
    struct writing *writing = ctx;
    const struct write_task *task = &writing->tasks[number];
    uint64_t start = clock_ns();
    (void)flow;
    (void)slot;
    TRY(task->write(writing, task, worker, error));
    if (task->write != write_facts) /* which measures its time itself */
        output_add_time(writing->output, task->table, start);
    return STATUS_OK;
}

static void writing_release(struct writing *writing)
{
    calendar_files_release(&writing->calendar);
    for (size_t i = 0; i < MODEL_MAX_WINNERS; i++)
        sorted_rows_release(&writing->winners[i]);
    for (int i = 0; i < MODEL_MAX_SOURCES; i++)
        sorted_rows_release(&writing->records[i]);
    mem_free(writing->tasks);
}

enum status native_write_tables(const struct write_tables_source *source, const atomic_bool *cancel,
                                struct run_progress *progress, struct error *error)
{
    CLEANUP(writing_release)
    struct writing writing = {.output = source->output,
                              .source = source,
                              .model = source->dimensions->model,
                              .progress = progress};
    TRY(plan(&writing, error));
    struct flow_options options = {
        .threads = source->output->threads,
        .tasks = writing.task_count,
        .slots = 1,
        .ctx = &writing,
        .work = write_task,
        .cancel = cancel,
    };
    return flow_run(&options, error);
}
