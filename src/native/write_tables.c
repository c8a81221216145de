/* The write phase: a list of tasks of about equal size, in no order. A table may have thousands of
 * partitions with a row or two: its rows are sorted, and a task takes some neighbours, so that
 * threads seldom work in one folder. */
#include "write_tables.h"

#include "month.h"

#include <stdio.h>

#define ROWS_PER_TASK 128

/* Rows in the order of a table's files. */
struct sorted_rows {
    const struct rows *rows;
    uint32_t *numbers;
    size_t count;
};

struct writing;
struct write_task {
    enum status (*write)(struct writing *writing, const struct write_task *task, unsigned worker,
                         struct error *error);
    int table;
    const struct sorted_rows *rows;
    size_t number, count; /* of a month; or the first row, and how many */
    size_t group;         /* row group of a month */
};

struct writing {
    struct output *output;
    const struct write_tables_source *source;
    const struct model *model;
    struct run_progress *progress;
    struct sorted_rows winners[MODEL_MAX_WINNERS]; /* by the model's rules; once they are wanted */
    struct sorted_rows records[SOURCE_COUNT];      /* that have won by any */
    struct time_file {
        struct table_file *file; /* of several row groups, or NULL */
        _Atomic size_t left;     /* that are not written yet */
    } *time_files;               /* by the number of the month */
    struct write_task *tasks;
    size_t task_count, task_cap;
};

static void add_task(struct writing *writing, struct write_task task)
{
    MEM_GROW(writing->tasks, writing->task_count + 1, writing->task_cap);
    writing->tasks[writing->task_count++] = task;
}

/* ---- Winners --------------------------------------------------------------------------------- */

static const void *row_at(const struct sorted_rows *sorted, size_t number)
{
    return rows_at(sorted->rows, sorted->numbers[number]);
}

static enum status write_rows(struct rows_file *file, const struct model_table *table,
                              const struct sorted_rows *sorted, size_t from, size_t count,
                              struct error *error)
{
    for (size_t i = from; i < from + count; i++) {
        TRY(rows_file_add_row(file, error));
        row_set_columns(sorted->rows->layout, row_at(sorted, i), table, file->columns);
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

static bool is_same_partition(const struct sorted_rows *sorted, const struct model_table *table,
                              size_t a, size_t b)
{
    for (size_t i = 0; i < table->partition_count; i++)
        if (row_compare_field(sorted->rows->layout, table->columns[table->partitions[i]].part,
                              row_at(sorted, a), row_at(sorted, b)) != 0)
            return false;
    return true;
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
    size_t end = task->number + task->count;
    for (size_t from = task->number, to; from < end; from = to) {
        CLEANUP(rows_file_release) struct rows_file file = {0};
        for (to = from + 1; to < end && is_same_partition(sorted, table, from, to);)
            to++;
        partition_folder(folder, sorted->rows->layout, table, row_at(sorted, from));
        rows_file_begin(&file, writing->output, worker, task->table, buffer_str(folder));
        TRY(write_rows(&file, table, sorted, from, to - from, error));
        atomic_fetch_add(&writing->progress->files_done, 1);
    }
    return STATUS_OK;
}

/* Cuts the sorted rows where a partition ends. */
static void plan_partitions(struct writing *writing, int id, const struct sorted_rows *sorted)
{
    const struct model_table *table = &writing->model->tables[id];
    size_t count = sorted->count;
    for (size_t from = 0, to; from < count; from = to) {
        to = from + ROWS_PER_TASK < count ? from + ROWS_PER_TASK : count;
        while (to < count && is_same_partition(sorted, table, to - 1, to))
            to++;
        add_task(writing, (struct write_task){write_partitions, id, sorted, .number = from,
                                              .count = to - from});
    }
    uint64_t partitions = count > 0;
    for (size_t i = 1; i < count; i++)
        partitions += !is_same_partition(sorted, table, i - 1, i);
    atomic_fetch_add(&writing->progress->files_total, partitions);
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

static struct sorted_rows sort(const struct rows *rows, const uint32_t *numbers, size_t count,
                               const struct model_table *table)
{
    return (struct sorted_rows){rows, rows_sorted(rows, numbers, count, table), count};
}

/* The winners of a rule. Those of partitioned tables are sorted by their partitions in other tables
 * of the rule, too: so their order is the same. */
static struct sorted_rows winners_of(const struct writing *writing, const struct model_winner *rule)
{
    const struct dimensions *dimensions = writing->source->dimensions;
    const struct fact_winners *facts = &writing->source->facts->winners;
    const struct model_table *table = writing->model->tables;
    if (rule == writing->model->facts.lookups[0].winner)
        return looked_up(&dimensions->lookup);
    while (table->rule != rule) /* the tables come before the state */
        table++;
    if (rule->source == writing->model->facts.source)
        return sort(&facts->rows, NULL, facts->rows.count, table);
    const struct winners *winners = dimensions_winners(dimensions, table);
    return sort(winners->rows, winners->winners, winners->count, table);
}

static const struct sorted_rows *rows_of(struct writing *writing, const struct model_table *table)
{
    struct sorted_rows *records = &writing->records[table->rule->source],
                       *winners = &writing->winners[table->rule - writing->model->winners];
    if (table->rows == ROWS_RECORDS) {
        if (!records->numbers)
            *records = records_that_won(writing->source->dimensions, table->rule->source);
        return records;
    }
    if (!winners->numbers)
        *winners = winners_of(writing, table->rule);
    return winners;
}

static void plan_rows(struct writing *writing, int id)
{
    const struct model_table *table = &writing->model->tables[id];
    const struct sorted_rows *rows = rows_of(writing, table);
    if (table->partition_count)
        plan_partitions(writing, id, rows);
    else
        add_task(writing, (struct write_task){write_table, id, rows});
}

/* ---- Months ---------------------------------------------------------------------------------- */

static enum status write_facts(struct writing *writing, const struct write_task *task,
                               unsigned worker, struct error *error)
{
    return fact_table_close_month(writing->source->facts, task->number, worker, error);
}

static struct table_file *new_time_file(struct writing *writing, int table, size_t number)
{
    CLEANUP(buffer_release) struct buffer folder = {0};
    month_folder(&folder, writing->source->facts->months[number].month);
    return table_file_new(writing->output, table, buffer_str(&folder));
}

static enum status add_time_group(struct writing *writing, struct table_file *file,
                                  const struct write_task *task, unsigned worker,
                                  struct error *error)
{
    const struct fact_table *facts = writing->source->facts;
    struct rows_file rows; /* its columns only: the row group goes into the month's file */
    rows_file_begin(&rows, writing->output, worker, task->table, STR(""));
    times_rows(&facts->times, facts->months[task->number].month, task->group * GROUP_ROWS,
               GROUP_ROWS, rows.columns);
    return table_file_add(file, task->group, output_encode_columns(writing->output, worker), error);
}

static enum status write_times(struct writing *writing, const struct write_task *task,
                               unsigned worker, struct error *error)
{
    struct time_file *times = &writing->time_files[task->number];
    struct table_file *file =
        times->file ? times->file : new_time_file(writing, task->table, task->number);
    enum status status = add_time_group(writing, file, task, worker, error);
    bool is_last = atomic_fetch_sub(&times->left, 1) == 1;
    if (status == STATUS_OK && is_last)
        status = table_file_finish(file, error);
    if (is_last) {
        table_file_free(file);
        times->file = NULL;
    }
    return status;
}

/* There may be 100,000 months: a file exists only while it is written. */
static void plan_times(struct writing *writing, int id, size_t number)
{
    const struct fact_table *facts = writing->source->facts;
    struct time_file *times = &writing->time_files[number];
    uint64_t rows = times_count(&facts->times, facts->months[number].month);
    times->left = (size_t)((rows + GROUP_ROWS - 1) / GROUP_ROWS);
    if (times->left > 1)
        times->file = new_time_file(writing, id, number);
    for (size_t group = 0; group < times->left; group++)
        add_task(writing, (struct write_task){write_times, id, .number = number, .group = group});
}

static void plan_months(struct writing *writing)
{
    size_t months = writing->source->facts->month_count;
    writing->time_files = mem_zalloc(months * sizeof *writing->time_files);
    for (size_t number = 0; number < months; number++)
        for (int id = TABLE_ALL - 1; id >= 0; id--) {
            enum model_rows rows = writing->model->tables[id].rows;
            if (rows == ROWS_FACTS)
                add_task(writing, (struct write_task){write_facts, id, .number = number});
            else if (rows == ROWS_CALENDAR)
                plan_times(writing, id, number);
        }
}

/* ---- The phase ------------------------------------------------------------------------------- */

static enum status write_objects(struct writing *writing, const struct write_task *task,
                                 unsigned worker, struct error *error)
{
    (void)task;
    return input_diff_write(writing->source->diff, writing->output, writing->source->files, worker,
                            error);
}

/* Large tasks first. An increment makes no rows of dimensions. */
static void plan(struct writing *writing)
{
    plan_months(writing);
    for (int id = TABLE_ALL - 1; id >= 0; id--) {
        const struct model_table *table = &writing->model->tables[id];
        if (table->rows == ROWS_OBJECTS)
            add_task(writing, (struct write_task){write_objects, id});
        else if (table->rule && (!writing->source->is_incremental ||
                                 table->rule->source == writing->model->facts.source))
            plan_rows(writing, id);
    }
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
    for (size_t i = 0; writing->time_files && i < writing->source->facts->month_count; i++)
        table_file_free(writing->time_files[i].file);
    mem_free(writing->time_files);
    for (size_t i = 0; i < MODEL_MAX_WINNERS; i++)
        mem_free(writing->winners[i].numbers);
    for (int i = 0; i < SOURCE_COUNT; i++)
        mem_free(writing->records[i].numbers);
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
    plan(&writing);
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
