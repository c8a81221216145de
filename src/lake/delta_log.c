/* The lines are written as text, without a JSON tree: a commit of the songs table has 10,000. */
#include "delta_log.h"

#include <calendar.h>
#include <eight.h>
#include <math.h>

#define LEAST_MS INT64_C(-62135596800000) /* 0001-01-01 */

/* ---- JSON ------------------------------------------------------------------------------------ */

/* How many of eight bytes stand before the first that is escaped. */
static unsigned count_plain(const char *at)
{
    uint64_t bytes = eight_load(at);
    return eight_before(eight_equal(bytes, '"') | eight_equal(bytes, '\\') |
                        (eight_at_least(bytes, 0x20) ^ EIGHT_TOPS));
}

/* RFC 8259, section 7. Not json_quote, which writes some control bytes shorter: statistics of lakes
 * that exist are compared with these bytes. */
static char *write_byte(char *to, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    if (c < 0x20) {
        const char escape[] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
        memcpy(to, escape, sizeof escape);
        return to + sizeof escape;
    }
    *to = '\\';
    to += c == '"' || c == '\\';
    *to = (char)c;
    return to + 1;
}

/* Statistics are texts in a text, with a quote in every ten bytes. */
static void append_string(struct buffer *out, struct str text)
{
    char *to = buffer_reserve(out, 6 * text.len + 2 + sizeof(uint64_t));
    *to++ = '"';
    for (size_t i = 0; i < text.len;) {
        if (text.len - i >= sizeof(uint64_t)) {
            unsigned plain = count_plain(text.data + i);
            memcpy(to, text.data + i, sizeof(uint64_t));
            to += plain;
            i += plain;
            if (plain == sizeof(uint64_t))
                continue;
        }
        to = write_byte(to, (unsigned char)text.data[i++]);
    }
    *to++ = '"';
    out->len = (size_t)(to - out->data);
}

/* "name": of a model's column, or one of Delta's own. */
static void append_name(struct buffer *out, const char *before, const char *name)
{
    buffer_append_str(out, str_of(before));
    buffer_append_char(out, '"');
    buffer_append_str(out, str_of(name));
    buffer_append_str(out, STR("\":"));
}

/* Protocol, "Per-file Statistics": timestamps have milliseconds. */
static void append_time(struct buffer *out, int64_t ms)
{
    char text[UTC_TEXT];
    utc_text_ms(ms, text);
    buffer_appendf(out, "\"%s\"", text);
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* RFC 3986, section 2.3, and what a path's folders need. */
static const bool is_plain[256] = {
    ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['-'] = true, ['_'] = true,
    ['.'] = true,         ['~'] = true,         ['/'] = true,         ['='] = true,
};

/* Protocol, "Add File": the path is a URI, so what is escaped in a folder's name is escaped again.
 */
void delta_path(struct buffer *out, struct str key)
{
    for (size_t i = 0, end; i < key.len; i = end) {
        for (end = i; end < key.len && is_plain[(unsigned char)key.data[end]];)
            end++;
        buffer_append(out, key.data + i, end - i);
        if (end < key.len)
            buffer_append_percent(out, (unsigned char)key.data[end++]);
    }
}

static void append_path(struct buffer *out, struct str key)
{
    buffer_append_char(out, '"');
    delta_path(out, key);
    buffer_append_char(out, '"');
}

static void append_partition_values(struct buffer *out, const struct model_table *table,
                                    struct str key)
{
    CLEANUP(buffer_release) struct buffer value = {0};
    buffer_append_str(out, STR("\"partitionValues\":{"));
    for (size_t i = 0; i < table->partition_count; i++) {
        const char *name = table->columns[table->partitions[i]].name;
        buffer_reset(&value);
        bool is_null = !model_partition_value(key, name, &value);
        append_name(out, i ? "," : "", name);
        if (is_null)
            buffer_append_str(out, STR("null"));
        else
            append_string(out, value.len ? buffer_str(&value) : STR(""));
    }
    buffer_append_char(out, '}');
}

void delta_add(struct buffer *out, const struct model_table *table, const struct lake_entry *file)
{
    buffer_append_str(out, STR("{\"add\":{\"path\":"));
    append_path(out, file->key);
    buffer_append_char(out, ',');
    append_partition_values(out, table, file->key);
    append_name(out, ",", "size");
    buffer_append_uint64(out, file->bytes);
    append_name(out, ",", "modificationTime");
    buffer_append_int64(out, file->added_ms);
    buffer_append_str(out, STR(",\"dataChange\":true"));
    if (file->stats.len) {
        buffer_append_str(out, STR(",\"stats\":"));
        append_string(out, file->stats);
    }
    buffer_append_str(out, STR("}}\n"));
}

void delta_remove(struct buffer *out, const struct model_table *table,
                  const struct lake_entry *file, int64_t now_ms)
{
    buffer_append_str(out, STR("{\"remove\":{\"path\":"));
    append_path(out, file->key);
    buffer_appendf(out,
                   ",\"deletionTimestamp\":%lld,\"dataChange\":true,"
                   "\"extendedFileMetadata\":true,",
                   (long long)now_ms);
    append_partition_values(out, table, file->key);
    buffer_appendf(out, ",\"size\":%llu}}\n", (unsigned long long)file->bytes);
}

/* ---- Statistics ------------------------------------------------------------------------------ */

static void append_date(struct buffer *out, int64_t days)
{
    struct calendar_date date = calendar_date_of_days(days);
    buffer_appendf(out, "\"%04d-%02d-%02d\"", date.year, date.month, date.day);
}

/* A number in JSON, with all digits behind the point. */
static void append_decimal(struct buffer *out, int64_t value, uint8_t scale)
{
    CLEANUP(buffer_release) struct buffer digits = {0};
    buffer_appendf(&digits, "%0*llu", scale + 1,
                   value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value);
    size_t whole = digits.len - scale;
    buffer_append_str(out, value < 0 ? STR("-") : STR(""));
    buffer_append(out, digits.data, whole);
    if (scale)
        buffer_append_char(out, '.');
    buffer_append(out, digits.data + whole, scale);
}

/* Milliseconds that are not less than a time, or not greater. */
static int64_t bound_ms(int64_t us, bool is_min)
{
    int64_t ms = us / 1000;
    return ms - (is_min && us % 1000 < 0) + (!is_min && us % 1000 > 0);
}

static void append_bound(struct buffer *out, const struct model_column *column,
                         const struct parquet_bound *bound, bool is_min)
{
    switch (column->type) {
    case MODEL_STRING:
    case MODEL_JSON:
        append_string(out, (struct str){bound->string.bytes, bound->string.len});
        break;
    case MODEL_INT32:
    case MODEL_INT64:
        buffer_append_int64(out, bound->int64);
        break;
    case MODEL_DATE:
        append_date(out, bound->int64);
        break;
    case MODEL_DECIMAL:
        append_decimal(out, bound->int64, column->scale);
        break;
    case MODEL_DOUBLE:
        buffer_append_double(out, bound->float64);
        break;
    case MODEL_TIMESTAMP:
        append_time(out, bound_ms(bound->int64, is_min));
        break;
    case MODEL_BOOL: /* is_shown */
        break;
    }
}

static bool is_shown(enum model_type type, const struct parquet_bound *bound)
{
    return bound->is_set && type != MODEL_BOOL && /* Spark writes no bounds of booleans */
           (type != MODEL_DOUBLE || isfinite(bound->float64));
}

/* Rounding must not leave the years that a timestamp's text has digits for. */
static bool is_year_of_four_digits(enum model_type type, const struct parquet_statistics *column)
{
    return type != MODEL_TIMESTAMP || (bound_ms(column->min.int64, true) >= LEAST_MS &&
                                       bound_ms(column->max.int64, false) <= MODEL_MAX_TS);
}

/* Some readers use a bound that stands alone as both. */
static bool are_shown(enum model_type type, const struct parquet_statistics *column)
{
    return is_shown(type, &column->min) && is_shown(type, &column->max) &&
           is_year_of_four_digits(type, column);
}

static void append_bounds(struct buffer *out, const char *name, const struct model_table *table,
                          const struct parquet_statistics *columns, bool is_min, bool is_paired)
{
    const char *separator = "";
    size_t at = 0;
    append_name(out, ",", name);
    buffer_append_char(out, '{');
    for (size_t i = 0; i < table->column_count; i++) {
        const struct model_column *column = &table->columns[i];
        if (column->partition)
            continue;
        const struct parquet_statistics *statistics = &columns[at++];
        const struct parquet_bound *bound = is_min ? &statistics->min : &statistics->max;
        if (is_paired ? !are_shown(column->type, statistics) : !is_shown(column->type, bound))
            continue;
        append_name(out, separator, column->name);
        append_bound(out, column, bound, is_min);
        separator = ",";
    }
    buffer_append_char(out, '}');
}

void delta_stats(struct buffer *out, const struct model_table *table, uint64_t rows,
                 const struct parquet_statistics *columns, bool is_paired)
{
    const char *separator = "";
    size_t at = 0;
    append_name(out, "{", "numRecords");
    buffer_append_uint64(out, rows);
    append_bounds(out, "minValues", table, columns, true, is_paired);
    append_bounds(out, "maxValues", table, columns, false, is_paired);
    append_name(out, ",", "nullCount");
    buffer_append_char(out, '{');
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].partition || columns[at++].is_absent)
            continue;
        append_name(out, separator, table->columns[i].name);
        buffer_append_uint64(out, columns[at - 1].nulls);
        separator = ",";
    }
    buffer_append_str(out, STR("}}"));
}

/* ---- The table ------------------------------------------------------------------------------- */

void delta_protocol(struct buffer *out)
{
    buffer_appendf(out, "{\"protocol\":{\"minReaderVersion\":%d,\"minWriterVersion\":%d}}\n",
                   DELTA_READER_VERSION, DELTA_WRITER_VERSION);
}

/* Protocol, "Schema Serialization Format". */
static void append_type(struct buffer *out, const struct model_column *column)
{
    static const char *const names[] = {
        [MODEL_STRING] = "string", [MODEL_INT32] = "integer",       [MODEL_INT64] = "long",
        [MODEL_DOUBLE] = "double", [MODEL_TIMESTAMP] = "timestamp", [MODEL_BOOL] = "boolean",
        [MODEL_DATE] = "date",     [MODEL_DECIMAL] = "decimal",     [MODEL_JSON] = "string",
    };
    buffer_append_str(out, str_of(names[column->type]));
    if (column->type == MODEL_DECIMAL)
        buffer_appendf(out, "(%d,%d)", column->precision, column->scale);
}

void delta_schema(struct buffer *out, const struct model_table *table)
{
    buffer_append_str(out, STR("{\"type\":\"struct\",\"fields\":["));
    for (size_t i = 0; i < table->column_count; i++) {
        const struct model_column *column = &table->columns[i];
        buffer_appendf(out, "%s{\"name\":\"%s\",\"type\":\"", i ? "," : "", column->name);
        append_type(out, column);
        buffer_appendf(out, "\",\"nullable\":%s,\"metadata\":{}}",
                       column->nullable ? "true" : "false");
    }
    buffer_append_str(out, STR("]}"));
}

static void append_partition_columns(struct buffer *out, const struct model_table *table)
{
    buffer_append_char(out, '[');
    for (size_t i = 0; i < table->partition_count; i++)
        buffer_appendf(out, "%s\"%s\"", i ? "," : "", table->columns[table->partitions[i]].name);
    buffer_append_char(out, ']');
}

void delta_metadata(struct buffer *out, const struct model_table *table, const char *id,
                    int64_t now_ms)
{
    CLEANUP(buffer_release) struct buffer schema = {0};
    delta_schema(&schema, table);
    buffer_appendf(out,
                   "{\"metaData\":{\"id\":\"%s\",\"name\":\"%s\",\"format\":{\"provider\":"
                   "\"parquet\",\"options\":{}},\"schemaString\":",
                   id, table->name);
    append_string(out, buffer_str(&schema));
    buffer_append_str(out, STR(",\"partitionColumns\":"));
    append_partition_columns(out, table);
    buffer_appendf(out,
                   ",\"configuration\":{\"" DELTA_PROPERTY_KEY "\":\"" DELTA_PROPERTY_VALUE "\"},"
                   "\"createdTime\":%lld}}\n",
                   (long long)now_ms);
}

/* Protocol, "Commit Provenance Information"; the metrics' names are Spark's. */
void delta_commit_info(struct buffer *out, const struct model_table *table,
                       const struct delta_info *info)
{
    CLEANUP(buffer_release) struct buffer partitions = {0};
    append_partition_columns(&partitions, table);
    buffer_appendf(out,
                   "{\"commitInfo\":{\"timestamp\":%lld,\"operation\":\"%s\","
                   "\"operationParameters\":{\"mode\":\"%s\",\"partitionBy\":",
                   (long long)info->now_ms, info->operation,
                   info->is_append ? "Append" : "Overwrite");
    append_string(out, buffer_str(&partitions));
    buffer_appendf(
        out,
        "},\"operationMetrics\":{\"numFiles\":\"%llu\",\"numRemovedFiles\":\"%llu\","
        "\"numOutputRows\":\"%llu\",\"numOutputBytes\":\"%llu\"},\"isBlindAppend\":false,"
        "\"engineInfo\":\"sparkify/%s\",\"txnId\":\"%s\"}}\n",
        (unsigned long long)info->files, (unsigned long long)info->removed_files,
        (unsigned long long)info->rows, (unsigned long long)info->bytes, info->version,
        info->run_id);
}
