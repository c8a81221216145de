/* The rows of the tables: those of small tables come here and are written by us; those of large
 * ones Spark writes into the staging folder, and their files are taken over. */
#include "spark_run_private.h"

#include "hadoop.h"
#include "staged.h"
#include "table_rows.h"

/* With an input up to this size the rows are sent here: Spark would need longer to commit a few
 * files than to send them. */
#define STREAMED_INPUT_BYTES ((uint64_t)256 << 20)
/* Row groups of the files that Spark writes: their bytes are counted after compression, which makes
 * next to nothing of some columns, so the rows need a limit, too; Spark 4.0 knows no such limit. */
#define ROW_GROUP_BYTES "16777216"
#define ROW_GROUP_ROWS  "1048576"

/* There are far fewer winners than facts and times. */
bool spark_is_streamed(const struct spark_run *run, int table)
{
    bool is_small = run->model->tables[table].rows == ROWS_WINNERS ||
                    run->model->tables[table].rows == ROWS_RECORDS;
    return is_small || run->input_bytes <= STREAMED_INPUT_BYTES;
}

static enum status stream_table(struct spark_run *run, int table, struct error *error)
{
    CLEANUP(table_rows_release) struct table_rows rows;
    table_rows_begin(&rows, run->model, &run->output, (unsigned)table, table);
    TRY(spark_select(run, &run->sql->tables[table], table_rows_add, &rows, error));
    TRY(table_rows_finish(&rows, error));
    run->written[table] = rows.rows;
    return STATUS_OK;
}

static const char *compression_of(enum parquet_codec codec)
{
    return codec == PARQUET_ZSTD ? "zstd" : codec == PARQUET_SNAPPY ? "snappy" : "uncompressed";
}

/* Spark writes the rows; its files are moved to the table. */
static enum status stage_table(struct spark_run *run, int table, struct error *error)
{
    const struct model_table *model = &run->model->tables[table];
    const struct connect_pair options[] = {{"compression", compression_of(run->options->codec)},
                                           {"parquet.block.size", ROW_GROUP_BYTES},
                                           {"parquet.block.row.count.limit", ROW_GROUP_ROWS}};
    const char *partitions[MODEL_MAX_PARTITIONS];
    CLEANUP(buffer_release) struct buffer folder = {0}, url = {0};
    buffer_append_str(&folder, buffer_str(&run->staging)); /* which several threads read */
    buffer_appendf(&folder, "/%s", model->folder);
    hadoop_url(&url, run->out, buffer_text(&folder), HADOOP_WRITE);
    for (size_t i = 0; i < model->partition_count; i++)
        partitions[i] = model->columns[model->partitions[i]].name;
    struct connect_write write = {
        .format = "parquet",
        .path = buffer_text(&url),
        .partitions = partitions,
        .partition_count = model->partition_count,
        .options = options,
        .option_count = ARRAY_LENGTH(options),
    };
    uint64_t start = clock_ns();
    enum status status =
        spark_write(run, &run->sql->tables[table], &write, &run->written[table], error);
    if (status != STATUS_OK) {
        error_wrap(error, "Spark cannot write %s", model->name);
        return hadoop_explain(run->out, error);
    }
    status = spark_adopt_staged(&run->output, run->out, table, buffer_text(&folder),
                                run->written[table], error);
    output_add_time(&run->output, table, start);
    return status;
}

enum status spark_write_table(struct spark_run *run, int table, struct error *error)
{
    return spark_is_streamed(run, table) ? stream_table(run, table, error)
                                         : stage_table(run, table, error);
}

/* A partition's facts are shuffled into as few tasks as make files of some 128 MiB: in its file a
 * fact takes about a quarter of what it takes in the shuffle. */
enum status spark_begin_staging(struct spark_run *run, struct error *error)
{
    const struct connect_pair size = {"spark.sql.adaptive.advisoryPartitionSizeInBytes", "512m"};
    TRY(lake_staging_begin(run->lake, &run->staging, error));
    return connect_set(run->session, &size, 1, error);
}
