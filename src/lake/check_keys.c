#include "check_keys.h"

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

/* A value that is no string, as a word. */
static uint64_t number_word(enum model_type type, const struct parquet_column *column, size_t row)
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

static void add_keys(struct check *check, int table, const struct lake_entry *entry,
                     const struct model_column *model, const struct parquet_column *column,
                     size_t rows)
{
    uint64_t *hashes = column->strings.offsets ? hash_strings(column) : NULL;
    bool may_repeat = lake_model_table(check->lake, table)->rows == ROWS_FACTS;
    size_t repeated = 0;
    pthread_mutex_lock(&check->shared.mutex);
    for (size_t row = 0; row < rows; row++)
        repeated += !check_set_add(&check->shared.keys[table],
                                   hashes ? hashes[column->codes[row]]
                                          : number_word(model->type, column, row));
    if (may_repeat)
        check->shared.report.shared_ids += repeated;
    pthread_mutex_unlock(&check->shared.mutex);
    mem_free(hashes);
    if (repeated && !may_repeat)
        check_problem(check, table, entry->key, "%zu values of %s are there already", repeated,
                      model->name);
}

/* Each value of the facts' column must be a key of the dimension table. */
static void find_keys(struct check *check, int facts, int dimension, const struct lake_entry *entry,
                      const struct model_column *model, const struct parquet_column *column,
                      size_t rows)
{
    uint64_t *hashes = column->strings.offsets ? hash_strings(column) : NULL;
    const struct check_set *keys =
        &check->shared.keys[dimension]; /* complete: dimension tables are read first */
    size_t missing = 0;
    for (size_t row = 0; row < rows; row++)
        if (!parquet_is_null(column, row))
            missing += !check_set_has(keys, hashes ? hashes[column->codes[row]]
                                                   : number_word(model->type, column, row));
    mem_free(hashes);
    if (missing)
        check_problem(check, facts, entry->key, "%zu values of %s are not in %s", missing,
                      model->name, lake_model_table(check->lake, dimension)->name);
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
static void check_month(struct check *check, int table, const struct lake_entry *entry,
                        const struct parquet_column *times, size_t rows)
{
    int32_t y, m;
    if (!parse_number_of(entry->key, "year", 1970, 9999, &y) ||
        !parse_number_of(entry->key, "month", 1, 12, &m)) {
        check_problem(check, table, entry->key, "its folder is that of no month from 1970 to 9999");
        return;
    }
    int64_t begin = calendar_days_of_date(y, m, 1) * MS_PER_DAY * 1000;
    int64_t end =
        calendar_days_of_date(m == 12 ? y + 1 : y, m == 12 ? 1 : m + 1, 1) * MS_PER_DAY * 1000;
    for (size_t row = 0; row < rows; row++)
        if (times->int64s[row] < begin || times->int64s[row] >= end) {
            check_problem(check, table, entry->key, "a start_time is not of its month");
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
static uint64_t word_at(const struct model_table *table, int number, const struct lake_entry *entry,
                        const struct parquet_column *columns, size_t row)
{
    const struct model_column *model = &table->columns[number];
    const struct parquet_column *column = &columns[model_column_in_file(table, number)];
    CLEANUP(buffer_release) struct buffer text = {0};
    if (model->partition) {
        bool is_null = !model_partition_value(entry->key, model->name, &text);
        if (model->type == MODEL_STRING)
            return hash_text(buffer_str(&text));
        return is_null ? NULL_WORD : (uint64_t)strtol(buffer_text(&text), NULL, 10);
    }
    if (parquet_is_null(column, row) && !model_is_text(model->type))
        return NULL_WORD;
    return model_is_text(model->type) ? hash_text(parquet_string(column, row))
                                      : number_word(model->type, column, row);
}

/* The list of a table's rows must have the rows of the table: the sums of their hashes are the same
 * in any order. */
static void add_rows(struct check *check, int id, const struct lake_entry *entry,
                     const struct parquet_column *columns, size_t rows)
{
    const struct model_table *table = lake_model_table(check->lake, id);
    uint64_t sum = 0;
    for (size_t row = 0; row < rows; row++) {
        uint64_t words[MODEL_MAX_COLUMNS];
        for (int i = 0; i < (int)table->column_count; i++)
            words[i] = word_at(table, i, entry, columns, row);
        sum += hash_words(words, table->column_count);
    }
    pthread_mutex_lock(&check->shared.mutex);
    check->shared.sums[id] += sum;
    pthread_mutex_unlock(&check->shared.mutex);
}

/* A key that is a partition is in no file, so it is not among those that are known. */
static bool is_key_in_path(const struct model_table *table)
{
    return table->columns[model_key_column(table)].partition;
}

static void check_column(struct check *check, int id, int number, const struct lake_entry *entry,
                         const struct parquet_column *columns, size_t rows)
{
    const struct model_table *table = lake_model_table(check->lake, id);
    const struct model_column *model = &table->columns[number];
    if (model->partition)
        return;
    const struct parquet_column *column = &columns[model_column_in_file(table, number)];
    int referenced =
        table->rows == ROWS_FACTS ? model_referenced_table(check->lake->model, model) : -1;
    if (referenced >= 0 && is_key_in_path(lake_model_table(check->lake, referenced)))
        referenced = -1;
    if (number == model_key_column(table))
        add_keys(check, id, entry, model, column, rows);
    if (referenced >= 0)
        find_keys(check, id, referenced, entry, model, column, rows);
    if (model->origin == FROM_CALENDAR && model->part == CALENDAR_TIME && is_by_month(table))
        check_month(check, id, entry, column, rows);
}

void check_keys(struct check *check, int table, const struct lake_entry *entry,
                const struct parquet_column *columns, size_t rows)
{
    bool is_of_readers = table < lake_table_count(check->lake);
    if (!is_of_readers || model_list_of(check->lake->model, table) >= 0)
        add_rows(check, table, entry, columns, rows);
    for (int i = 0; is_of_readers && i < (int)lake_model_table(check->lake, table)->column_count;
         i++)
        check_column(check, table, i, entry, columns, rows);
}
