/* Columns of the small tables: strings lie one after the other, as they come. */
#include <output.h>

static size_t value_size(enum model_type type)
{
    return type == MODEL_INT32 ? sizeof(int32_t) : type == MODEL_STRING ? 0 : sizeof(int64_t);
}

static const struct model_column *model_of(const struct columns *columns, size_t column)
{
    return &model_tables[columns->table].columns[column];
}

void columns_init(struct columns *columns, int table)
{
    *columns = (struct columns){.table = table};
}

void columns_release(struct columns *columns)
{
    for (size_t i = 0; i < MODEL_MAX_COLUMNS; i++) {
        mem_free(columns->columns[i].values);
        mem_free(columns->columns[i].offsets);
        mem_free(columns->columns[i].validity);
        buffer_release(&columns->columns[i].strings);
    }
    columns_init(columns, columns->table);
}

void columns_reset(struct columns *columns)
{
    columns->rows = 0;
    for (size_t i = 0; i < model_tables[columns->table].column_count; i++) {
        columns->columns[i].nulls = 0;
        buffer_reset(&columns->columns[i].strings);
    }
}

static void grow_column(struct column *column, const struct model_column *model, size_t cap)
{
    if (model->type == MODEL_STRING)
        column->offsets = mem_realloc(column->offsets, (cap + 1) * sizeof *column->offsets);
    else
        column->values = mem_realloc(column->values, cap * value_size(model->type));
    if (model->nullable)
        column->validity = mem_realloc(column->validity, (cap + 7) / 8);
}

static void reserve(struct columns *columns, size_t rows)
{
    if (rows <= columns->cap)
        return;
    columns->cap = columns->cap ? columns->cap * 2 : 16;
    if (columns->cap < rows)
        columns->cap = rows;
    for (size_t i = 0; i < model_tables[columns->table].column_count; i++)
        if (!model_of(columns, i)->partition)
            grow_column(&columns->columns[i], model_of(columns, i), columns->cap);
}

void columns_add_row(struct columns *columns)
{
    reserve(columns, columns->rows + 1);
    columns->rows++;
}

void columns_add_rows(struct columns *columns, size_t count)
{
    reserve(columns, columns->rows + count);
    columns->rows += count;
}

int32_t *columns_int32s(struct columns *columns, int column)
{
    return columns->columns[column].values;
}

int64_t *columns_int64s(struct columns *columns, int column)
{
    return columns->columns[column].values;
}

size_t columns_string_bytes(const struct columns *columns)
{
    size_t bytes = 0;
    for (size_t i = 0; i < model_tables[columns->table].column_count; i++)
        bytes += columns->columns[i].strings.len;
    return bytes;
}

static void set_validity(struct columns *columns, int column, bool is_valid)
{
    struct column *data = &columns->columns[column];
    size_t row = columns->rows - 1;
    if (!data->validity)
        return;
    if (row % 8 == 0)
        data->validity[row / 8] = 0;
    data->validity[row / 8] |= (uint8_t)(is_valid << row % 8);
    data->nulls += !is_valid;
}

void columns_set_string(struct columns *columns, int column, struct str value)
{
    struct column *data = &columns->columns[column];
    data->offsets[columns->rows - 1] = (uint32_t)data->strings.len;
    buffer_append_str(&data->strings, value);
    data->offsets[columns->rows] = (uint32_t)data->strings.len;
    set_validity(columns, column, value.data != NULL);
}

void columns_set_int32(struct columns *columns, int column, int32_t value)
{
    ((int32_t *)columns->columns[column].values)[columns->rows - 1] = value;
    set_validity(columns, column, true);
}

void columns_set_int64(struct columns *columns, int column, int64_t value)
{
    ((int64_t *)columns->columns[column].values)[columns->rows - 1] = value;
    set_validity(columns, column, true);
}

void columns_set_double(struct columns *columns, int column, const double *value)
{
    ((double *)columns->columns[column].values)[columns->rows - 1] = value ? *value : 0.0;
    set_validity(columns, column, value != NULL);
}

void columns_view(const struct columns *columns, struct parquet_column *out)
{
    for (size_t i = 0; i < model_tables[columns->table].column_count; i++) {
        const struct column *data = &columns->columns[i];
        if (model_of(columns, i)->partition)
            continue;
        *out = (struct parquet_column){.validity = data->nulls ? data->validity : NULL,
                                       .values = data->values};
        if (model_of(columns, i)->type == MODEL_STRING) {
            out->strings.offsets = data->offsets;
            out->strings.data = data->strings.data;
            out->strings.count = columns->rows;
        }
        out++;
    }
}
