#include "check_private.h"

#include "delta_log.h"
#include "inventory.h"
#include "names.h"

#include <math.h>

/* ---- Statistics ------------------------------------------------------------------------------ */

static bool is_within_string(const struct parquet_statistics *statistics,
                             const struct parquet_column *column, size_t row)
{
    struct str value = parquet_string(column, row);
    const struct parquet_bound *min = &statistics->min, *max = &statistics->max;
    return (!min->is_set ||
            str_compare((struct str){min->string.bytes, min->string.len}, value) <= 0) &&
           (!max->is_set ||
            str_compare(value, (struct str){max->string.bytes, max->string.len}) <= 0);
}

static bool is_within(const struct parquet_statistics *statistics, enum model_type type,
                      const struct parquet_column *column, size_t row)
{
    if (model_is_text(type))
        return is_within_string(statistics, column, row);
    if (type == MODEL_DOUBLE)
        return (!statistics->min.is_set || statistics->min.float64 <= column->doubles[row]) &&
               (!statistics->max.is_set || statistics->max.float64 >= column->doubles[row]);
    int64_t number = (int64_t)check_number_word(type, column, row);
    return (!statistics->min.is_set || statistics->min.int64 <= number) &&
           (!statistics->max.is_set || statistics->max.int64 >= number);
}

static bool agrees(const struct parquet_statistics *statistics, enum model_type type,
                   const struct parquet_column *column, size_t rows)
{
    uint64_t nulls = 0;
    for (size_t row = 0; row < rows; row++) {
        if (parquet_is_null(column, row))
            nulls++;
        else if (!is_within(statistics, type, column, row))
            return false;
    }
    return nulls == statistics->nulls;
}

/* ---- Bytes ---------------------------------------------------------------------------------- */

/* Reads a file into the worker's memory; false when its bytes are not those that were written,
 * which is reported. Files are read whole: they have the plays of a month at most. */
static bool check_bytes(struct check *check, struct check_worker *worker, int table,
                        const struct lake_entry *entry)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    struct error error;
    lake_table_key(&key, lake_model_table(check->lake, table), entry->key);
    struct store_object object = {.key = buffer_str(&key), .size_bytes = entry->bytes};
    buffer_reset(&worker->bytes);
    if (!lake_has_whole(check->lake, table, entry)) {
        check_problem(check, table, entry->key, "it is not there, or not as long as the log says");
        return false;
    }
    if (store_get(check->lake->store, &object, 0, (size_t)entry->bytes, &worker->bytes, &error) !=
        STATUS_OK) {
        check_problem(check, table, entry->key, "%s", error.message);
        return false;
    }
    if (worker->bytes.len != entry->bytes ||
        (entry->hash && hash_stored(buffer_str(&worker->bytes)) != entry->hash)) {
        check_problem(check, table, entry->key, "its bytes are not those that were written");
        return false;
    }
    return true;
}

/* ---- Content -------------------------------------------------------------------------------- */

/* The path has a value of each partition column that may not be null. */
static void check_partitions(const struct checked_file *file)
{
    for (size_t i = 0; i < file->model->partition_count; i++) {
        CLEANUP(buffer_release) struct buffer value = {0};
        const struct model_column *column = &file->model->columns[file->model->partitions[i]];
        if (!column->nullable && !model_partition_value(file->entry->key, column->name, &value))
            check_problem(file->check, file->table, file->entry->key,
                          "column %s is null, and may not be", column->name);
    }
}

static void check_group(const struct checked_file *file, size_t group)
{
    struct parquet_column columns[MODEL_MAX_COLUMNS];
    size_t rows = (size_t)parquet_group_rows(file->reader, group), at = 0;
    struct error error;
    for (size_t i = 0; i < file->model->column_count; i++) {
        if (file->model->columns[i].partition)
            continue;
        struct parquet_range range = parquet_chunk_range(file->reader, group, at);
        struct str bytes = {file->worker->bytes.data + range.offset, (size_t)range.bytes};
        if (parquet_read_chunk(file->worker->values[at], file->reader, group, at, bytes,
                               &columns[at], &error) != STATUS_OK) {
            check_problem(file->check, file->table, file->entry->key, "row group %zu: %s", group,
                          error.message);
            return;
        }
        if (!agrees(parquet_chunk_statistics(file->reader, group, at), file->model->columns[i].type,
                    &columns[at], rows))
            check_problem(file->check, file->table, file->entry->key,
                          "row group %zu, column %s: its statistics are not those of its values",
                          group, file->model->columns[i].name);
        at++;
    }
    check_keys(file, columns, rows);
}

static bool are_in_log(const struct checked_file *file, const struct parquet_statistics *columns)
{
    CLEANUP(buffer_release) struct buffer stats = {0}, unpaired = {0};
    const struct lake_entry *entry = file->entry;
    delta_stats(&stats, file->model, entry->rows, columns, true);
    delta_stats(&unpaired, file->model, entry->rows, columns, false);
    return str_equal(buffer_str(&stats), entry->stats) ||
           str_equal(buffer_str(&unpaired), entry->stats);
}

static void check_content(const struct checked_file *file)
{
    const struct lake_entry *entry = file->entry;
    uint64_t rows = parquet_reader_rows(file->reader);
    if (rows != entry->rows) {
        check_problem(file->check, file->table, entry->key, "it has %llu rows, and %llu in the log",
                      (unsigned long long)rows, (unsigned long long)entry->rows);
        return;
    }
    for (size_t group = 0; group < parquet_reader_groups(file->reader); group++)
        check_group(file, group);
    struct parquet_statistics columns[MODEL_MAX_COLUMNS];
    for (size_t i = 0; i < parquet_schema_columns(file->check->schemas[file->table]); i++)
        parquet_reader_statistics(file->reader, i, &columns[i]);
    if (entry->stats.len && !are_in_log(file, columns))
        check_problem(file->check, file->table, entry->key,
                      "the statistics in the log are not those of the file");
}

/* A list, in the state, of the rows of a table. */
static bool is_list(const struct lake *lake, int table)
{
    for (int of = 0; of < lake_table_count(lake); of++)
        if (model_list_of(lake->model, of) == table)
            return true;
    return false;
}

void check_file(struct check *check, struct check_worker *worker, int table,
                const struct lake_entry *entry)
{
    struct checked_file file = {check, worker, table, lake_model_table(check->lake, table), entry};
    struct error error;
    uint64_t footer;
    bool is_table = table < lake_table_count(check->lake);
    check_partitions(&file);
    if (!check_bytes(check, worker, table, entry) || !(is_table || is_list(check->lake, table)))
        return;
    struct str all = buffer_str(&worker->bytes);
    if (parquet_footer_bytes(all, all.len, &footer, &error) != STATUS_OK ||
        parquet_reader_new(check->schemas[table],
                           (struct str){all.data + all.len - footer, (size_t)footer}, all.len,
                           &file.reader, &error) != STATUS_OK) {
        check_problem(check, table, entry->key, "%s", error.message);
        return;
    }
    check_content(&file);
    parquet_reader_free(file.reader);
    if (!is_table)
        return;
    pthread_mutex_lock(&check->shared.mutex);
    check->shared.report.files++;
    check->shared.report.rows += entry->rows;
    check->shared.report.bytes += entry->bytes;
    pthread_mutex_unlock(&check->shared.mutex);
}
