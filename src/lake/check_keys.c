#include "check_private.h"

#include <calendar.h>
#include <stdlib.h>

/* Hashes of the column's dictionary; the hash of a row is hashes[codes[row]]. */
static uint64_t *hash_strings(const struct parquet_column *column)
{
    uint64_t *hashes = mem_alloc((column->strings.count + 1) * sizeof *hashes);
    for (size_t i = 0; i < column->strings.count; i++)
        hashes[i] = hash_str(parquet_dictionary_string(column, i));
    return hashes;
}

uint64_t check_number_word(enum model_type type, const struct parquet_column *column, size_t row)
{
    uint64_t bits;
    switch (type) {
    case MODEL_DOUBLE:
        memcpy(&bits, &column->doubles[row], sizeof bits);
        return bits;
    case MODEL_BOOL:
        return column->bits[row / 8] >> row % 8 & 1;
    case MODEL_INT32:
    case MODEL_DATE:
        return (uint64_t)(int64_t)column->int32s[row];
    default:
        return (uint64_t)column->int64s[row];
    }
}

/* A value as a key; `hashes`: those of the column's strings, NULL where it has none. */
static uint64_t key_of(const struct model_column *model, const struct parquet_column *column,
                       const uint64_t *hashes, size_t row)
{
    return hashes ? hashes[column->codes[row]] : check_number_word(model->type, column, row);
}

static void add_keys(const struct checked_file *file, const struct model_column *model,
                     const struct parquet_column *column, size_t rows)
{
    struct check *check = file->check;
    CLEANUP(mem_drop) uint64_t *hashes = column->strings.offsets ? hash_strings(column) : NULL;
    bool may_repeat = file->model->rows == ROWS_FACTS;
    size_t repeated = 0;
    pthread_mutex_lock(&check->shared.mutex);
    for (size_t row = 0; row < rows; row++)
        repeated +=
            !check_set_add(&check->shared.keys[file->table], key_of(model, column, hashes, row));
    if (may_repeat)
        check->shared.report.shared_ids += repeated;
    pthread_mutex_unlock(&check->shared.mutex);
    if (repeated && !may_repeat)
        check_problem(check, file->table, file->entry->key, "%zu values of %s are there already",
                      repeated, model->name);
}

/* Each value of the facts' column must be a key of the dimension table, whose keys are complete:
 * dimension tables are read first. */
static void find_keys(const struct checked_file *file, int dimension,
                      const struct model_column *model, const struct parquet_column *column,
                      size_t rows)
{
    CLEANUP(mem_drop) uint64_t *hashes = column->strings.offsets ? hash_strings(column) : NULL;
    const struct check_set *keys = &file->check->shared.keys[dimension];
    size_t missing = 0;
    for (size_t row = 0; row < rows; row++)
        missing += !parquet_is_null(column, row) &&
                   !check_set_has(keys, key_of(model, column, hashes, row));
    if (missing)
        check_problem(file->check, file->table, file->entry->key, "%zu values of %s are not in %s",
                      missing, model->name, lake_model_table(file->check->lake, dimension)->name);
}

/* A partition's number; false when it is not one from `least` to `most`. */
static bool parse_number_of(struct str key, const char *name, int32_t least, int32_t most,
                            int32_t *out)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    if (!model_partition_value(key, name, &text))
        return false;
    long value = strtol(buffer_text(&text), NULL, 10);
    *out = (int32_t)value;
    return value >= least && value <= most;
}

static bool is_partition(const struct model_table *table, const char *name, int part)
{
    for (size_t i = 0; i < table->partition_count; i++) {
        const struct model_column *column = &table->columns[table->partitions[i]];
        if (column->origin == FROM_CALENDAR && column->part == part)
            return strcmp(column->name, name) == 0;
    }
    return false;
}

static bool is_by_month(const struct model_table *table)
{
    return is_partition(table, "year", CALENDAR_YEAR) &&
           is_partition(table, "month", CALENDAR_MONTH);
}

/* The year and month of the folder are those of each time. */
static void check_month(const struct checked_file *file, const struct parquet_column *times,
                        size_t rows)
{
    struct str key = file->entry->key;
    int32_t y, m;
    if (!parse_number_of(key, "year", 1970, 9999, &y) ||
        !parse_number_of(key, "month", 1, 12, &m)) {
        check_problem(file->check, file->table, key,
                      "its folder is that of no month from 1970 to 9999");
        return;
    }
    int64_t begin = calendar_days_of_date(y, m, 1) * MS_PER_DAY * 1000;
    int64_t end = calendar_days_of_date(y + m / 12, m % 12 + 1, 1) * MS_PER_DAY * 1000;
    for (size_t row = 0; row < rows; row++)
        if (times->int64s[row] < begin || times->int64s[row] >= end) {
            check_problem(file->check, file->table, key, "a start_time is not of its month");
            return;
        }
}

/* Of a null that is no string. */
#define NULL_WORD UINT64_C(0x8000000000000001)

/* Null and the empty string are one partition. */
static uint64_t hash_text(struct str text)
{
    return hash_str(text.len ? text : STR(""));
}

/* A value of a column as a word: of a partition's from the name of its folder. */
static uint64_t word_at(const struct checked_file *file, int number,
                        const struct parquet_column *columns, size_t row)
{
    const struct model_column *model = &file->model->columns[number];
    const struct parquet_column *column = &columns[model_column_in_file(file->model, number)];
    CLEANUP(buffer_release) struct buffer text = {0};
    if (model->partition) {
        bool is_null = !model_partition_value(file->entry->key, model->name, &text);
        if (model->type == MODEL_STRING)
            return hash_text(buffer_str(&text));
        return is_null ? NULL_WORD : (uint64_t)strtol(buffer_text(&text), NULL, 10);
    }
    if (model_is_text(model->type))
        return hash_text(parquet_string(column, row));
    return parquet_is_null(column, row) ? NULL_WORD : check_number_word(model->type, column, row);
}

/* The list of a table's rows must have the rows of the table: the sums of their hashes are the same
 * in any order. */
static void add_rows(const struct checked_file *file, const struct parquet_column *columns,
                     size_t rows)
{
    struct check *check = file->check;
    uint64_t sum = 0;
    for (size_t row = 0; row < rows; row++) {
        uint64_t words[MODEL_MAX_COLUMNS];
        for (int i = 0; i < (int)file->model->column_count; i++)
            words[i] = word_at(file, i, columns, row);
        sum += hash_words(words, file->model->column_count);
    }
    pthread_mutex_lock(&check->shared.mutex);
    check->shared.sums[file->table] += sum;
    pthread_mutex_unlock(&check->shared.mutex);
}

/* The table whose keys a column of facts has, or -1. A key that is a partition is in no file, so it
 * is not among those that are known. */
static int referenced_table(const struct checked_file *file, const struct model_column *column)
{
    const struct lake *lake = file->check->lake;
    int table = file->model->rows == ROWS_FACTS ? model_referenced_table(lake->model, column) : -1;
    if (table < 0)
        return -1;
    const struct model_table *found = lake_model_table(lake, table);
    return found->columns[model_key_column(found)].partition ? -1 : table;
}

static void check_column(const struct checked_file *file, int number,
                         const struct parquet_column *columns, size_t rows)
{
    const struct model_column *model = &file->model->columns[number];
    if (model->partition)
        return;
    const struct parquet_column *column = &columns[model_column_in_file(file->model, number)];
    int referenced = referenced_table(file, model);
    if (number == model_key_column(file->model))
        add_keys(file, model, column, rows);
    if (referenced >= 0)
        find_keys(file, referenced, model, column, rows);
    if (model->origin == FROM_CALENDAR && model->part == CALENDAR_TIME && is_by_month(file->model))
        check_month(file, column, rows);
}

void check_keys(const struct checked_file *file, const struct parquet_column *columns, size_t rows)
{
    const struct lake *lake = file->check->lake;
    bool is_of_readers = file->table < lake_table_count(lake);
    if (!is_of_readers || model_list_of(lake->model, file->table) >= 0)
        add_rows(file, columns, rows);
    for (int i = 0; is_of_readers && i < (int)file->model->column_count; i++)
        check_column(file, i, columns, rows);
}
