/* Columns of the small tables: strings lie one after the other, as they come. */
#include <output.h>

/* The bytes of the values of `cap` rows. */
static size_t value_bytes(enum model_type type, size_t cap)
{
    switch (type) {
    case MODEL_BOOL:
        return (cap + 7) / 8;
    case MODEL_INT32:
    case MODEL_DATE:
        return cap * sizeof(int32_t);
    default:
        return cap * sizeof(int64_t);
    }
}

static const struct model_column *model_of(const struct columns *columns, size_t column)
{
    return &columns->model->tables[columns->table].columns[column];
}

static size_t count_of(const struct columns *columns)
{
    return columns->model->tables[columns->table].column_count;
}

void columns_init(struct columns *columns, const struct model *model, int table)
{
    *columns = (struct columns){.model = model, .table = table};
}

void columns_release(struct columns *columns)
{
    for (size_t i = 0; i < MODEL_MAX_COLUMNS; i++) {
        mem_free(columns->columns[i].values);
        mem_free(columns->columns[i].offsets);
        mem_free(columns->columns[i].validity);
        buffer_release(&columns->columns[i].strings);
    }
    columns_init(columns, columns->model, columns->table);
}

void columns_reset(struct columns *columns)
{
    columns->rows = 0;
    for (size_t i = 0; i < count_of(columns); i++) {
        columns->columns[i].nulls = 0;
        buffer_reset(&columns->columns[i].strings);
    }
}

static void grow_column(struct column *column, const struct model_column *model, size_t cap)
{
    if (model_is_text(model->type))
        column->offsets = mem_realloc(column->offsets, (cap + 1) * sizeof *column->offsets);
    else
        column->values = mem_realloc(column->values, value_bytes(model->type, cap));
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
    for (size_t i = 0; i < count_of(columns); i++)
        if (!model_of(columns, i)->partition)
            grow_column(&columns->columns[i], model_of(columns, i), columns->cap);
}

void columns_add_rows(struct columns *columns, size_t count)
{
    reserve(columns, columns->rows + count);
    columns->rows += count;
}

size_t columns_string_bytes(const struct columns *columns)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count_of(columns); i++)
        bytes += columns->columns[i].strings.len;
    return bytes;
}

/* Bits are set row by row. */
static void set_bit(uint8_t *bits, size_t row, bool value)
{
    if (row % 8 == 0)
        bits[row / 8] = 0;
    bits[row / 8] |= (uint8_t)(value << row % 8);
}

static void set_validity(struct columns *columns, int column, bool is_valid)
{
    struct column *data = &columns->columns[column];
    if (!data->validity)
        return;
    set_bit(data->validity, columns->rows - 1, is_valid);
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

void columns_set_bool(struct columns *columns, int column, bool value)
{
    set_bit(columns->columns[column].values, columns->rows - 1, value);
    set_validity(columns, column, true);
}

static void set_zero(struct columns *columns, int column)
{
    char *values = columns->columns[column].values;
    enum model_type type = model_of(columns, (size_t)column)->type;
    if (type == MODEL_BOOL)
        set_bit((uint8_t *)values, columns->rows - 1, false);
    else
        memset(values + value_bytes(type, columns->rows - 1), 0, value_bytes(type, 1));
}

void columns_set_null(struct columns *columns, int column)
{
    if (model_is_text(model_of(columns, (size_t)column)->type)) {
        columns_set_string(columns, column, STR_NULL);
        return;
    }
    set_zero(columns, column);
    set_validity(columns, column, false);
}

void columns_view(const struct columns *columns, struct parquet_column *out)
{
    for (size_t i = 0; i < count_of(columns); i++) {
        const struct column *data = &columns->columns[i];
        if (model_of(columns, i)->partition)
            continue;
        *out = (struct parquet_column){.validity = data->nulls ? data->validity : NULL,
                                       .values = data->values};
        if (model_is_text(model_of(columns, i)->type)) {
            out->strings.offsets = data->offsets;
            out->strings.data = data->strings.data;
            out->strings.count = columns->rows;
        }
        out++;
    }
}
