/* Tables as Parquet, and the folders of their partitions. */
#include <model.h>

#include <assert.h>

const char *model_type_name(enum model_type type)
{
    static const char *const names[] = {"string", "int32", "int64",   "double", "timestamp",
                                        "bool",   "date",  "decimal", "json"};
    return names[type];
}

static enum parquet_type parquet_type_of(enum model_type type)
{
    static const enum parquet_type types[] = {
        [MODEL_STRING] = PARQUET_STRING,       [MODEL_INT32] = PARQUET_INT32,
        [MODEL_INT64] = PARQUET_INT64,         [MODEL_DOUBLE] = PARQUET_DOUBLE,
        [MODEL_TIMESTAMP] = PARQUET_TIMESTAMP, [MODEL_BOOL] = PARQUET_BOOLEAN,
        [MODEL_DATE] = PARQUET_INT32,          [MODEL_DECIMAL] = PARQUET_INT64,
        [MODEL_JSON] = PARQUET_STRING,
    };
    return types[type];
}

struct parquet_schema *model_parquet_schema(const struct model_table *table,
                                            const struct parquet_options *options)
{
    struct parquet_field fields[MODEL_MAX_COLUMNS];
    size_t count = 0;
    assert(table->column_count <= MODEL_MAX_COLUMNS);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct model_column *column = &table->columns[i];
        if (!column->partition)
            fields[count++] = (struct parquet_field){
                .name = column->name,
                .type = parquet_type_of(column->type),
                .nullable = column->nullable,
                .is_date = column->type == MODEL_DATE,
                .precision = column->type == MODEL_DECIMAL ? column->precision : 0,
                .scale = column->scale,
            };
    }
    return parquet_schema_new(fields, count, options);
}

/* Spark's ExternalCatalogUtils.charToEscape, and 0x00, which no path can hold. */
static bool is_escaped(unsigned char c)
{
    static const bool others[256] = {
        ['"'] = true,  ['#'] = true, ['%'] = true, ['\''] = true, ['*'] = true,
        ['/'] = true,  [':'] = true, ['='] = true, ['?'] = true,  ['['] = true,
        ['\\'] = true, [']'] = true, ['^'] = true, ['{'] = true,  [0x7F] = true,
    };
    return c < 0x20 || others[c];
}

static const struct str null_value = {MODEL_NULL_PARTITION, sizeof MODEL_NULL_PARTITION - 1};

void model_partition_folder(struct buffer *out, const char *name, struct str value)
{
    buffer_append_str(out, str_of(name));
    buffer_append_char(out, '=');
    if (value.len == 0)
        buffer_append_str(out, null_value);
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.data[i];
        if (is_escaped(c))
            buffer_append_percent(out, c);
        else
            buffer_append_char(out, (char)c);
    }
}

bool model_partition_value(struct str path, const char *name, struct buffer *out)
{
    size_t name_len = strlen(name);
    for (const char *at = path.data, *end = path.data + path.len; at < end;) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        struct str folder = {at, (size_t)((slash ? slash : end) - at)};
        if (folder.len > name_len && folder.data[name_len] == '=' &&
            memcmp(folder.data, name, name_len) == 0) {
            struct str value = {folder.data + name_len + 1, folder.len - name_len - 1};
            if (str_equal(value, null_value))
                return false;
            buffer_append_percent_decoded(out, value);
            return true;
        }
        at = slash ? slash + 1 : end;
    }
    return false;
}

/* Whether exactly the bytes that must be escaped are, with capital digits. */
static bool is_escaped_right(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '%') {
            if (is_escaped((unsigned char)text.data[i]))
                return false;
            continue;
        }
        int high = i + 2 < text.len ? hex_digit(text.data[i + 1]) : -1;
        int low = i + 2 < text.len ? hex_digit(text.data[i + 2]) : -1;
        bool is_small = high >= 0 && (text.data[i + 1] >= 'a' || text.data[i + 2] >= 'a');
        if (high < 0 || low < 0 || is_small || !is_escaped((unsigned char)(high << 4 | low)))
            return false;
        i += 2;
    }
    return true;
}

/* "0", "7", "-12": a number of 32 bits, written in the one way. */
static bool is_int32(struct str text)
{
    size_t sign = text.len > 0 && text.data[0] == '-';
    int64_t value = 0;
    if (text.len == sign || text.len > sign + 10 ||
        (text.data[sign] == '0' && text.len > 1)) /* neither "-0" nor "07" */
        return false;
    for (size_t i = sign; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (text.data[i] - '0');
    }
    return value <= (sign ? -(int64_t)INT32_MIN : INT32_MAX);
}

bool model_is_partition_folder(struct str folder, const struct model_column *column)
{
    struct str name = str_of(column->name);
    if (folder.len > MODEL_MAX_FOLDER_BYTES || folder.len <= name.len + 1 ||
        !str_starts_with(folder, name) || folder.data[name.len] != '=')
        return false;
    struct str value = {folder.data + name.len + 1, folder.len - name.len - 1};
    if (str_equal(value, null_value))
        return true;
    return column->type == MODEL_INT32 ? is_int32(value) : is_escaped_right(value);
}
