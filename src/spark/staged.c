/* The files of the run's staging folder, moved to their tables. */
#include "staged.h"

#include <inttypes.h>

/* Footers are small and far away. */
#define WORKERS 16

struct adoption {
    struct output *output;
    struct store *store;
    int table;
    size_t folder_len; /* of the table's staging folder, with the '/' at its end */
    struct store_listing files;
    unsigned *numbers; /* of each file in its partition */
    _Atomic uint64_t rows;
};

static void adoption_release(struct adoption *adoption)
{
    store_listing_release(&adoption->files);
    mem_free(adoption->numbers);
}

/* The partition of a file: "year=2018/month=11" of "…/year=2018/month=11/part-….parquet". */
static struct str partition_of(const struct adoption *adoption, size_t file)
{
    struct str key = adoption->files.objects[file].key;
    const char *begin = key.data + adoption->folder_len;
    const char *slash = memrchr(begin, '/', key.len - adoption->folder_len);
    return (struct str){begin, slash ? (size_t)(slash - begin) : 0};
}

/* The listing has the files of a partition one behind the other. */
static void number_files(struct adoption *adoption)
{
    adoption->numbers = mem_zalloc(adoption->files.count * sizeof *adoption->numbers);
    for (size_t i = 1; i < adoption->files.count; i++)
        if (str_equal(partition_of(adoption, i), partition_of(adoption, i - 1)))
            adoption->numbers[i] = adoption->numbers[i - 1] + 1;
}

static enum status adopt(void *ctx, unsigned worker, uint32_t number, struct error *error)
{
    struct adoption *adoption = ctx;
    CLEANUP(read_back_release) struct read_back file = {0};
    const struct parquet_schema *schema = adoption->output->schemas[adoption->table];
    const struct store_object *object = &adoption->files.objects[number];
    struct parquet_statistics columns[MODEL_MAX_COLUMNS];
    (void)worker;
    TRY(read_back_open(&file, adoption->store, object, schema, "run again", error));
    for (size_t i = 0; i < parquet_schema_columns(schema); i++)
        parquet_reader_statistics(file.reader, i, &columns[i]);
    struct lake_file adopted = {
        .table = adoption->table,
        .folder = partition_of(adoption, number),
        .rows = parquet_reader_rows(file.reader),
        .columns = columns,
        .number = adoption->numbers[number],
    };
    atomic_fetch_add(&adoption->rows, adopted.rows);
    return lake_adopt(adoption->output->lake, &adopted, object, error);
}

enum status spark_adopt_staged(struct output *output, struct store *store, int table,
                               const char *folder, uint64_t rows, struct error *error)
{
    CLEANUP(adoption_release)
    struct adoption adoption = {
        .output = output, .store = store, .table = table, .folder_len = strlen(folder) + 1};
    TRY(store_list(store, folder, STORE_LIST_VISIBLE, &adoption.files, error));
    size_t count = adoption.files.count;
    if (count) {
        number_files(&adoption);
        TRY(task_pool_run(WORKERS, (uint32_t)count, adopt, &adoption, error));
    }
    uint64_t found = atomic_load(&adoption.rows);
    if (found == rows)
        return STATUS_OK;
    error_set(error, STATUS_CORRUPT,
              "Spark says that it wrote %" PRIu64 " %s of %s, and %" PRIu64 " %s in %s/%s", rows,
              plural(rows, "row", "rows"), lake_model(output->lake)->tables[table].name, found,
              plural(found, "is", "are"), store_address(store), folder);
    return error_hint(error, "do the cluster and this machine see the same folder under that name? "
                             "A lake on a disk must be on one that all machines share");
}
