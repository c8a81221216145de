/* Arrow batches of a table's rows, written into its files partition by partition. */
#include "table_rows.h"

/* Opening a file for each partition is what makes readers slow, so a table of the state has all
 * rows in one file, in the same columns. */
static int find_list(const struct model *model, int table)
{
    int list = model_list_of(model, table);
    return list < 0 ? table : list;
}

static bool is_listed(const struct table_rows *rows)
{
    return rows->list != rows->table;
}

void table_rows_begin(struct table_rows *rows, const struct model *model, struct output *output,
                      unsigned worker, int table)
{
    *rows = (struct table_rows){.model = model,
                                .output = output,
                                .worker = worker,
                                .table = table,
                                .list = find_list(model, table)};
    if (is_listed(rows))
        rows_file_begin(&rows->listed, output, (unsigned)model->all_count + worker, rows->list,
                        STR(""));
}

void table_rows_release(struct table_rows *rows)
{
    rows_file_release(&rows->file);
    rows_file_release(&rows->listed);
    buffer_release(&rows->folder);
    buffer_release(&rows->next);
    *rows = (struct table_rows){0};
}

/* ---- Checking -------------------------------------------------------------------------------- */

static enum arrow_type arrow_type_of(enum model_type type)
{
    static const enum arrow_type types[] = {
        [MODEL_STRING] = ARROW_UTF8,         [MODEL_INT32] = ARROW_INT32,
        [MODEL_INT64] = ARROW_INT64,         [MODEL_DOUBLE] = ARROW_DOUBLE,
        [MODEL_TIMESTAMP] = ARROW_TIMESTAMP, [MODEL_BOOL] = ARROW_BOOLEAN,
        [MODEL_DATE] = ARROW_DATE,           [MODEL_DECIMAL] = ARROW_DECIMAL,
        [MODEL_JSON] = ARROW_UTF8,
    };
    return types[type];
}

static bool is_column(const struct arrow_column *column, const struct model_column *of)
{
    return str_equal(column->name, str_of(of->name)) && column->type == arrow_type_of(of->type) &&
           (of->type != MODEL_DECIMAL || column->scale == of->scale);
}

static enum status check_columns(const struct table_rows *rows, const struct arrow_batch *batch,
                                 struct error *error)
{
    const struct model_table *table = &rows->model->tables[rows->table];
    bool is_same = batch->column_count == table->column_count;
    for (size_t i = 0; is_same && i < table->column_count; i++)
        is_same = is_column(&batch->columns[i], &table->columns[i]);
    return is_same ? STATUS_OK
                   : error_set(error, STATUS_CORRUPT, "Spark sent other columns than %s has",
                               table->name);
}

static enum status check_nulls(const struct table_rows *rows, const struct arrow_batch *batch,
                               struct error *error)
{
    const struct model_table *table = &rows->model->tables[rows->table];
    for (size_t i = 0; i < table->column_count; i++)
        for (size_t row = 0; !table->columns[i].nullable && row < batch->rows; row++)
            if (arrow_is_null(&batch->columns[i], row))
                return error_set(error, STATUS_CORRUPT, "Spark sent a null in %s.%s", table->name,
                                 table->columns[i].name);
    return STATUS_OK;
}

/* ---- Writing --------------------------------------------------------------------------------- */

void table_rows_append_folder(struct buffer *out, const struct model_table *table,
                              const struct arrow_batch *batch, const int *positions, size_t row)
{
    char number[24];
    for (size_t i = 0; i < table->partition_count; i++) {
        const struct arrow_column *column = &batch->columns[positions[i]];
        struct str value = STR_NULL;
        if (column->type == ARROW_UTF8) {
            value = arrow_text(column, row);
        } else if (!arrow_is_null(column, row)) {
            snprintf(number, sizeof number, "%lld", (long long)arrow_integer(column, row));
            value = str_of(number);
        }
        if (i)
            buffer_append_char(out, '/');
        model_partition_folder(out, table->columns[table->partitions[i]].name, value);
    }
}

static void set_value(struct columns *columns, int position, const struct arrow_column *column,
                      size_t row)
{
    double number;
    switch (column->type) {
    case ARROW_UTF8:
        columns_set_string(columns, position, arrow_text(column, row));
        break;
    case ARROW_BOOLEAN:
        columns_set_bool(columns, position, arrow_boolean(column, row));
        break;
    case ARROW_INT32:
    case ARROW_DATE:
        columns_set_int32(columns, position, (int32_t)arrow_integer(column, row));
        break;
    case ARROW_DOUBLE:
        number = arrow_double(column, row);
        columns_set_double(columns, position, &number);
        break;
    case ARROW_DECIMAL:
        columns_set_int64(columns, position, arrow_decimal_integer(column, row));
        break;
    default:
        columns_set_int64(columns, position, arrow_integer(column, row));
    }
}

/* Sets the columns of the newest row of a table's file. */
static void set_row(struct columns *columns, const struct model_table *table,
                    const struct arrow_batch *batch, size_t row)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].partition)
            continue;
        else if (arrow_is_null(&batch->columns[i], row))
            columns_set_null(columns, (int)i);
        else
            set_value(columns, (int)i, &batch->columns[i], row);
}

static enum status finish_file(struct table_rows *rows, struct error *error)
{
    if (!rows->has_file)
        return STATUS_OK;
    rows->has_file = false;
    enum status status = rows_file_finish(&rows->file, error);
    rows_file_release(&rows->file);
    return status;
}

/* Makes the file of the row's partition the current one. */
static enum status choose_file(struct table_rows *rows, const struct arrow_batch *batch, size_t row,
                               struct error *error)
{
    const struct model_table *table = &rows->model->tables[rows->table];
    buffer_reset(&rows->next);
    table_rows_append_folder(&rows->next, table, batch, table->partitions, row);
    if (rows->has_file && str_equal(buffer_str(&rows->folder), buffer_str(&rows->next)))
        return STATUS_OK;
    TRY(finish_file(rows, error));
    struct buffer folder = rows->folder;
    rows->folder = rows->next;
    rows->next = folder;
    rows_file_begin(&rows->file, rows->output, rows->worker, rows->table,
                    buffer_str(&rows->folder));
    rows->has_file = true;
    return STATUS_OK;
}

static enum status list_row(struct table_rows *rows, const struct arrow_batch *batch, size_t row,
                            struct error *error)
{
    TRY(rows_file_add_row(&rows->listed, error));
    set_row(rows->listed.columns, &rows->model->tables[rows->list], batch, row);
    return STATUS_OK;
}

static enum status add_row(struct table_rows *rows, const struct arrow_batch *batch, size_t row,
                           struct error *error)
{
    TRY(choose_file(rows, batch, row, error));
    TRY(rows_file_add_row(&rows->file, error));
    set_row(rows->file.columns, &rows->model->tables[rows->table], batch, row);
    rows->rows++;
    return is_listed(rows) ? list_row(rows, batch, row, error) : STATUS_OK;
}

enum status table_rows_add(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    struct table_rows *rows = ctx;
    TRY(check_columns(rows, batch, error));
    TRY(check_nulls(rows, batch, error));
    uint64_t start = clock_ns();
    for (size_t row = 0; row < batch->rows; row++)
        TRY(add_row(rows, batch, row, error));
    output_add_time(rows->output, rows->table, start);
    return STATUS_OK;
}

/* A table without partitions has a file also when it has no rows. */
enum status table_rows_finish(struct table_rows *rows, struct error *error)
{
    if (rows->rows == 0 && rows->model->tables[rows->table].partition_count == 0) {
        rows_file_begin(&rows->file, rows->output, rows->worker, rows->table, STR(""));
        rows->has_file = true;
    }
    TRY(finish_file(rows, error));
    return is_listed(rows) ? rows_file_finish(&rows->listed, error) : STATUS_OK;
}
