/* read_footer, read_column: files are read back with every type, encoding and codec; files that are
 * cut off anywhere or have a changed byte are rejected. */
#include "unit.h"

#include "reader.h"
#include "thrift.h"

#include <math.h>
#include <stdlib.h>
#include <zlib.h>

#define MAX_ROWS 5000

/* The distribution of a column's values, which determines its encoding. */
enum pattern {
    FEW,       /* distinct values: a dictionary */
    ASCENDING, /* deltas */
    RANDOM,    /* plain */
    ALL_NULL,
    PATTERNS,
};

struct table {
    size_t rows;
    uint8_t validity[MAX_ROWS / 8 + 1];
    uint8_t bits[MAX_ROWS / 8 + 1];
    int32_t int32s[MAX_ROWS];
    int64_t int64s[MAX_ROWS];
    double doubles[MAX_ROWS];
    uint32_t offsets[MAX_ROWS + 1];
    struct buffer text;
};

static const struct parquet_field fields[] = {
    {"flag", PARQUET_BOOLEAN, true},   {"small", PARQUET_INT32, true},
    {"large", PARQUET_INT64, false},   {"time", PARQUET_TIMESTAMP, true},
    {"number", PARQUET_DOUBLE, true},  {"text", PARQUET_STRING, true},
    {"always", PARQUET_STRING, false},
};

static uint64_t random64(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return hash_mix(state, state >> 7);
}

static void fill(struct table *table, size_t rows, enum pattern pattern)
{
    table->rows = rows;
    buffer_reset(&table->text);
    memset(table->validity, 0, sizeof table->validity);
    memset(table->bits, 0, sizeof table->bits);
    for (size_t i = 0; i < rows; i++) {
        uint64_t bits = pattern == FEW ? random64() % 5 : pattern == ASCENDING ? i * 3 : random64();
        bool valid = pattern != ALL_NULL && (pattern == ASCENDING || random64() % 4);
        table->validity[i / 8] |= (uint8_t)(valid << i % 8);
        table->bits[i / 8] |= (uint8_t)((bits & 1) << i % 8);
        table->int32s[i] = (int32_t)bits;
        table->int64s[i] = (int64_t)bits;
        table->doubles[i] = pattern == RANDOM ? (double)(int64_t)bits / 7 : (double)bits;
        table->offsets[i] = (uint32_t)table->text.len;
        buffer_appendf(&table->text, "%.*s%llu", (int)(bits % 40),
                       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", (unsigned long long)bits);
        if (bits % 7 == 0)
            table->text.len = table->offsets[i]; /* an empty one */
        table->offsets[i + 1] = (uint32_t)table->text.len;
    }
    buffer_reserve(&table->text, 1);
}

static void view(const struct table *table, struct parquet_column out[static COUNT(fields)])
{
    const void *values[] = {table->bits,    table->int32s, table->int64s, table->int64s,
                            table->doubles, NULL,          NULL};
    for (size_t i = 0; i < COUNT(fields); i++) {
        out[i] = (struct parquet_column){.validity = fields[i].nullable ? table->validity : NULL,
                                         .values = values[i]};
        if (fields[i].type == PARQUET_STRING) {
            out[i].strings.offsets = table->offsets;
            out[i].strings.data = table->text.data;
            out[i].strings.count = table->rows;
        }
    }
}

/* Appends a file of two row groups of the same rows. */
static const enum parquet_codec codecs[] = {PARQUET_NONE, PARQUET_SNAPPY, PARQUET_ZSTD};

static struct parquet_schema *write_file(const struct table *table, enum parquet_codec codec,
                                         struct buffer *out)
{
    struct parquet_options options = parquet_options_default();
    struct parquet_column columns[COUNT(fields)];
    options.codec = codec;
    options.page_rows = 700;
    struct parquet_schema *schema = parquet_schema_new(fields, COUNT(fields), &options);
    struct parquet_encoder *encoder = parquet_encoder_new();
    struct parquet_file *file = parquet_file_new(schema);
    view(table, columns);
    for (int i = 0; i < 2; i++) {
        const struct parquet_row_group *group =
            parquet_encode(encoder, schema, columns, table->rows);
        parquet_file_append(file, group, out);
    }
    parquet_file_finish(file, out);
    parquet_file_free(file);
    parquet_encoder_free(encoder);
    return schema;
}

static bool get_bit(const uint8_t *bits, size_t i)
{
    return bits[i / 8] >> i % 8 & 1;
}

static struct str string_at(const struct parquet_column *column, size_t row)
{
    uint32_t code = column->codes[row];
    assert_true(code < column->strings.count);
    uint32_t begin = column->strings.offsets[code];
    return (struct str){column->strings.data + begin, column->strings.offsets[code + 1] - begin};
}

static void assert_value(const struct table *table, size_t field, size_t row,
                         const struct parquet_column *got)
{
    bool valid = !fields[field].nullable || get_bit(table->validity, row);
    assert_int_equal(!got->validity || get_bit(got->validity, row), valid);
    if (!valid)
        return;
    struct str text = {table->text.data + table->offsets[row],
                       table->offsets[row + 1] - table->offsets[row]};
    switch (fields[field].type) {
    case PARQUET_BOOLEAN:
        assert_int_equal(get_bit(got->bits, row), get_bit(table->bits, row));
        break;
    case PARQUET_INT32:
        assert_int_equal(got->int32s[row], table->int32s[row]);
        break;
    case PARQUET_INT64:
    case PARQUET_TIMESTAMP:
        assert_true(got->int64s[row] == table->int64s[row]);
        break;
    case PARQUET_DOUBLE:
        assert_memory_equal(&got->doubles[row], &table->doubles[row], sizeof(double));
        break;
    case PARQUET_STRING:
        assert_true(str_equal(string_at(got, row), text));
        break;
    }
}

/* Opens and decodes all; with a table, compares all. */
static enum status read_file(const struct parquet_schema *schema, struct str file,
                             const struct table *table, struct error *error)
{
    struct parquet_reader *reader = NULL;
    struct parquet_values *values = parquet_values_new();
    uint64_t footer;
    size_t tail = file.len < PARQUET_TAIL_BYTES ? file.len : PARQUET_TAIL_BYTES;
    enum status status = parquet_footer_bytes((struct str){file.data + file.len - tail, tail},
                                              file.len, &footer, error);
    if (status == STATUS_OK)
        status = parquet_reader_new(schema, (struct str){file.data + file.len - footer, footer},
                                    file.len, &reader, error);
    for (size_t group = 0; status == STATUS_OK && group < parquet_reader_groups(reader); group++)
        for (size_t i = 0; i < COUNT(fields) && status == STATUS_OK; i++) {
            struct parquet_range place = parquet_chunk_range(reader, group, i);
            struct parquet_column column;
            status = parquet_read_chunk(values, reader, group, i,
                                        (struct str){file.data + place.offset, place.bytes},
                                        &column, error);
            for (size_t row = 0; status == STATUS_OK && table && row < table->rows; row++)
                assert_value(table, i, row, &column);
        }
    if (status == STATUS_OK && table && table->rows) {
        assert_int_equal(parquet_reader_rows(reader), 2 * table->rows);
        assert_int_equal(parquet_reader_groups(reader), 2);
        assert_int_equal(parquet_group_rows(reader, 1), table->rows);
    }
    parquet_values_free(values);
    parquet_reader_free(reader);
    return status;
}

static void test_round_trips(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 7, 8, 9, 63, 129, 700, 701, MAX_ROWS};
    static struct table table;
    (void)state;
    for (size_t k = 0; k < COUNT(codecs); k++)
        for (int pattern = 0; pattern < PATTERNS; pattern++)
            for (size_t i = 0; i < COUNT(sizes); i++) {
                CLEANUP(buffer_release) struct buffer file = {0};
                struct error error;
                fill(&table, sizes[i], (enum pattern)pattern);
                struct parquet_schema *schema = write_file(&table, codecs[k], &file);
                ASSERT_OK(read_file(schema, buffer_str(&file), &table, &error), error);
                parquet_schema_free(schema);
            }
    buffer_release(&table.text);
}

static void test_statistics(void **state)
{
    static struct table table;
    CLEANUP(buffer_release) struct buffer file = {0};
    struct parquet_reader *reader = NULL;
    struct error error;
    uint64_t footer;
    (void)state;
    fill(&table, 1000, ASCENDING);
    struct parquet_schema *schema = write_file(&table, PARQUET_ZSTD, &file);
    struct str all = buffer_str(&file);
    ASSERT_OK(parquet_footer_bytes(all, all.len, &footer, &error), error);
    ASSERT_OK(parquet_reader_new(schema, (struct str){all.data + all.len - footer, footer}, all.len,
                                 &reader, &error),
              error);
    const struct parquet_statistics *time = parquet_chunk_statistics(reader, 1, 3);
    assert_true(time->min.is_set && time->max.is_set);
    assert_int_equal(time->min.int64, 0);
    assert_int_equal(time->max.int64, 2997);
    assert_int_equal(time->nulls, 0);
    assert_true(parquet_chunk_statistics(reader, 0, 4)->max.float64 == 2997.0);
    parquet_reader_free(reader);
    parquet_schema_free(schema);
    buffer_release(&table.text);
}

/* In Spark's files every column is OPTIONAL, which is accepted if a column without nulls in the
 * schema has none. */
static void test_a_column_that_may_hold_nulls(void **state)
{
    static struct table table;
    (void)state;
    for (int with_nulls = 0; with_nulls < 2; with_nulls++) {
        CLEANUP(buffer_release) struct buffer file = {0};
        struct parquet_options options = parquet_options_default();
        struct parquet_field strict[COUNT(fields)];
        struct error error;
        fill(&table, 300, with_nulls ? FEW : ASCENDING);
        struct parquet_schema *wide = write_file(&table, PARQUET_ZSTD, &file);
        for (size_t i = 0; i < COUNT(fields); i++) {
            strict[i] = fields[i];
            strict[i].nullable = false;
        }
        struct parquet_schema *schema = parquet_schema_new(strict, COUNT(strict), &options);
        enum status status =
            read_file(schema, buffer_str(&file), with_nulls ? NULL : &table, &error);
        assert_int_equal(status, with_nulls ? STATUS_CORRUPT : STATUS_OK);
        if (with_nulls)
            assert_non_null(strstr(error.message, "column flag: it has nulls"));
        parquet_schema_free(schema);
        parquet_schema_free(wide);
    }
    buffer_release(&table.text);
}

/* Columns that were added to a table later: null in the files from before. */
static void test_columns_that_a_file_does_not_have(void **state)
{
    static const struct parquet_field more[] = {
        {"before", PARQUET_STRING, true},  {"large", PARQUET_INT64, false},
        {"between", PARQUET_DOUBLE, true}, {"always", PARQUET_STRING, false},
        {"after", PARQUET_STRING, true},   {"last", PARQUET_INT32, true},
    };
    static const struct parquet_field less[] = {{"large", PARQUET_INT64, false},
                                                {"always", PARQUET_STRING, false}};
    static struct table table;
    CLEANUP(buffer_release) struct buffer file = {0};
    struct parquet_options options = parquet_options_default();
    struct parquet_column columns[COUNT(fields)];
    struct parquet_reader *reader = NULL;
    struct error error;
    uint64_t footer;
    (void)state;
    fill(&table, 300, FEW);
    view(&table, columns);
    struct parquet_schema *narrow = parquet_schema_new(less, COUNT(less), &options);
    struct parquet_schema *wide = parquet_schema_new(more, COUNT(more), &options);
    struct parquet_encoder *encoder = parquet_encoder_new();
    parquet_write_small(encoder, narrow, (struct parquet_column[]){columns[2], columns[6]},
                        table.rows, &file);
    struct str all = buffer_str(&file);
    ASSERT_OK(parquet_footer_bytes(all, all.len, &footer, &error), error);
    struct str end = {all.data + all.len - footer, footer};
    ASSERT_OK(parquet_reader_new(wide, end, all.len, &reader, &error), error);
    struct parquet_values *values = parquet_values_new();
    for (size_t i = 0; i < COUNT(more); i++) {
        struct parquet_range place = parquet_chunk_range(reader, 0, i);
        struct parquet_statistics statistics;
        struct parquet_column column;
        bool is_absent = more[i].nullable;
        ASSERT_OK(parquet_read_chunk(values, reader, 0, i,
                                     (struct str){all.data + place.offset, place.bytes}, &column,
                                     &error),
                  error);
        for (size_t row = 0; row < table.rows; row++)
            assert_int_equal(parquet_is_null(&column, row), is_absent);
        parquet_reader_statistics(reader, i, &statistics);
        assert_int_equal(statistics.is_absent, is_absent);
        assert_int_equal(statistics.nulls, is_absent ? table.rows : 0);
        assert_int_equal(statistics.min.is_set, !is_absent);
        if (i == 1)
            assert_memory_equal(column.int64s, table.int64s, table.rows * sizeof(int64_t));
    }
    parquet_values_free(values);
    parquet_reader_free(reader);
    parquet_encoder_free(encoder);
    parquet_schema_free(narrow);
    parquet_schema_free(wide);
    buffer_release(&table.text);
}

/* Spark writes decimals of at most nine digits on INT32, where this layer writes INT64. */
static void test_narrow_decimals(void **state)
{
    static const struct parquet_field narrow[] = {
        {"absent", PARQUET_INT64, true, .precision = 5},
        {"price", PARQUET_INT32, true, .precision = 9, .scale = 2}};
    static const struct parquet_field wide[] = {
        {"absent", PARQUET_INT64, true, .precision = 5},
        {"price", PARQUET_INT64, true, .precision = 9, .scale = 2}};
    static struct table table;
    struct parquet_options options = parquet_options_default();
    struct parquet_schema *from = parquet_schema_new(narrow + 1, 1, &options);
    struct parquet_schema *to = parquet_schema_new(wide, 2, &options);
    struct parquet_encoder *encoder = parquet_encoder_new();
    struct parquet_values *values = parquet_values_new();
    (void)state;
    for (int pattern = 0; pattern < PATTERNS; pattern++) {
        CLEANUP(buffer_release) struct buffer file = {0};
        struct parquet_reader *reader = NULL;
        struct parquet_column column;
        struct parquet_statistics statistics;
        struct error error;
        uint64_t footer;
        fill(&table, MAX_ROWS, (enum pattern)pattern);
        parquet_write_small(
            encoder, from,
            &(struct parquet_column){.validity = table.validity, .int32s = table.int32s},
            table.rows, &file);
        struct str all = buffer_str(&file);
        ASSERT_OK(parquet_footer_bytes(all, all.len, &footer, &error), error);
        ASSERT_OK(parquet_reader_new(to, (struct str){all.data + all.len - footer, footer}, all.len,
                                     &reader, &error),
                  error);
        for (size_t i = 0; i < 2; i++) {
            struct parquet_range place = parquet_chunk_range(reader, 0, i);
            ASSERT_OK(parquet_read_chunk(values, reader, 0, i,
                                         (struct str){all.data + place.offset, place.bytes},
                                         &column, &error),
                      error);
            for (size_t row = 0; row < table.rows; row++) {
                bool is_valid = i == 1 && get_bit(table.validity, row);
                assert_int_equal(parquet_is_null(&column, row), !is_valid);
                if (is_valid)
                    assert_int_equal(column.int64s[row], table.int32s[row]);
            }
        }
        parquet_reader_statistics(reader, 1, &statistics);
        if (pattern == ASCENDING)
            assert_int_equal(statistics.max.int64, 3 * (MAX_ROWS - 1));
        parquet_reader_free(reader);
    }
    parquet_values_free(values);
    parquet_encoder_free(encoder);
    parquet_schema_free(from);
    parquet_schema_free(to);
    buffer_release(&table.text);
}

static void test_cut_off(void **state)
{
    static struct table table;
    CLEANUP(buffer_release) struct buffer file = {0};
    struct error error;
    (void)state;
    fill(&table, 60, FEW);
    struct parquet_schema *schema = write_file(&table, PARQUET_ZSTD, &file);
    for (size_t len = 0; len < file.len; len++) {
        char *copy = mem_alloc(len); /* so that reading past its end is found */
        memcpy(copy, file.data, len);
        assert_int_equal(read_file(schema, (struct str){copy, len}, NULL, &error), STATUS_CORRUPT);
        mem_free(copy);
    }
    parquet_schema_free(schema);
    buffer_release(&table.text);
}

/* A changed byte of a page is found by its checksum; one of the footer must not cause a crash. */
static void test_any_byte_changed(void **state)
{
    static struct table table;
    (void)state;
    for (size_t k = 0; k < COUNT(codecs); k++) {
        CLEANUP(buffer_release) struct buffer file = {0};
        struct error error;
        size_t found = 0;
        fill(&table, 200, codecs[k] == PARQUET_NONE ? RANDOM : FEW);
        struct parquet_schema *schema = write_file(&table, codecs[k], &file);
        char *copy = mem_alloc(file.len);
        for (size_t i = 0; i < file.len; i++) {
            memcpy(copy, file.data, file.len);
            copy[i] ^= (char)(1 << i % 8);
            found += read_file(schema, (struct str){copy, file.len}, NULL, &error) != STATUS_OK;
        }
        assert_true(found > file.len / 3);
        mem_free(copy);
        parquet_schema_free(schema);
    }
    buffer_release(&table.text);
}

static void test_another_schema(void **state)
{
    static const struct parquet_field others[][COUNT(fields)] = {
        {{"flag", PARQUET_BOOLEAN, true},
         {"small", PARQUET_INT32, true},
         {"large", PARQUET_INT64, true},
         {"time", PARQUET_TIMESTAMP, true},
         {"number", PARQUET_DOUBLE, true},
         {"text", PARQUET_STRING, true},
         {"always", PARQUET_STRING, false}},
        {{"flag", PARQUET_BOOLEAN, true},
         {"small", PARQUET_INT64, true},
         {"large", PARQUET_INT64, false},
         {"time", PARQUET_TIMESTAMP, true},
         {"number", PARQUET_DOUBLE, true},
         {"text", PARQUET_STRING, true},
         {"always", PARQUET_STRING, false}},
        {{"flag", PARQUET_BOOLEAN, true}},
    };
    static const size_t counts[] = {COUNT(fields), COUNT(fields), 1};
    static struct table table;
    CLEANUP(buffer_release) struct buffer file = {0};
    struct parquet_options options = parquet_options_default();
    (void)state;
    fill(&table, 10, FEW);
    parquet_schema_free(write_file(&table, PARQUET_ZSTD, &file));
    for (size_t i = 0; i < COUNT(others); i++) {
        struct error error;
        struct parquet_schema *schema = parquet_schema_new(others[i], counts[i], &options);
        assert_int_equal(read_file(schema, buffer_str(&file), NULL, &error), STATUS_CORRUPT);
        assert_non_null(strstr(error.message, "columns"));
        parquet_schema_free(schema);
    }
    buffer_release(&table.text);
}

/* A data page of PLAIN values with the right checksum. */
static void append_page(struct buffer *out, size_t rows, struct str body)
{
    struct thrift_writer thrift = {buffer_reserve(out, 12 * THRIFT_FIELD), 0};
    thrift_i32(&thrift, 1, 0);
    thrift_i32(&thrift, 2, (int32_t)body.len);
    thrift_i32(&thrift, 3, (int32_t)body.len);
    thrift_i32(&thrift, 4, (int32_t)crc32_z(0, (const Bytef *)body.data, body.len));
    int outer = thrift_begin(&thrift, 5);
    thrift_i32(&thrift, 1, (int32_t)rows);
    thrift_i32(&thrift, 2, ENCODING_PLAIN);
    thrift_end(&thrift, outer);
    thrift_end(&thrift, 0);
    thrift_finish(&thrift, out);
    buffer_append_str(out, body);
}

/* Levels of one bit whose run has the value 3 or 255: they would make rows valid that have no
 * value. */
static void test_wide_levels(void **state)
{
    static const struct parquet_field small = {"small", PARQUET_INT32, true};
    static const char widths[] = {1, 3, (char)255};
    struct parquet_options options = parquet_options_default();
    struct parquet_schema *schema = parquet_schema_new(&small, 1, &options);
    (void)state;
    for (size_t i = 0; i < COUNT(widths); i++) {
        CLEANUP(buffer_release) struct buffer bytes = {0}, body = {0};
        struct parquet_values *values = parquet_values_new();
        struct parquet_column column;
        struct error error;
        size_t count = (unsigned char)widths[i];
        buffer_append(&body, (const char[]){4, 0, 0, 0, 7 << 1, 0, 1 << 1, widths[i]}, 8);
        memset(buffer_reserve(&body, count * 4), 0, count * 4);
        body.len += count * 4;
        append_page(&bytes, 8, buffer_str(&body));
        append_page(&bytes, 8, (struct str){"\2\0\0\0\20", 6});
        struct reader_group group = {.rows = 16};
        struct reader_chunk chunk = {.bytes = bytes.len, .rows = 16};
        struct reader_column stored = {true, PARQUET_INT32};
        struct parquet_reader reader = {
            .schema = schema, .rows = 16, .groups = &group, .chunks = &chunk, .stored = &stored};
        assert_int_equal(
            parquet_read_chunk(values, &reader, 0, 0, buffer_str(&bytes), &column, &error),
            widths[i] == 1 ? STATUS_OK : STATUS_CORRUPT);
        parquet_values_free(values);
    }
    parquet_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_statistics),
        cmocka_unit_test(test_a_column_that_may_hold_nulls),
        cmocka_unit_test(test_columns_that_a_file_does_not_have),
        cmocka_unit_test(test_narrow_decimals),
        cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_any_byte_changed),
        cmocka_unit_test(test_another_schema),
        cmocka_unit_test(test_wide_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
