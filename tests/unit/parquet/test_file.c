/* file: whole files. Other readers check their contents (tests/system/test_parquet.py); here, the
 * same input must give the same bytes, whatever the encoder was used for before. */
#include "file.h"

#include "check.h"

#define ROWS 30000

/* A batch of each type, with nulls and strings with and without a dictionary. */
struct batch {
    struct arena arena;
    struct parquet_column columns[7];
    size_t rows;
};

static const struct parquet_field fields[] = {
    {"boolean", PARQUET_BOOLEAN, true}, {"int32", PARQUET_INT32, false},
    {"int64", PARQUET_INT64, true},     {"timestamp", PARQUET_TIMESTAMP, false},
    {"double", PARQUET_DOUBLE, true},   {"coded", PARQUET_STRING, true},
    {"plain", PARQUET_STRING, false},
};

static void strings_fill(struct batch *batch, struct parquet_column *column, size_t count,
                         uint64_t distinct, uint64_t *random)
{
    uint32_t *offsets = arena_alloc(&batch->arena, (count + 1) * sizeof *offsets);
    struct buffer data = {0};
    for (size_t i = 0; i < count; i++) {
        offsets[i] = (uint32_t)data.len;
        buffer_appendf(&data, "string %u", (unsigned)(check_random(random) % distinct));
        if (distinct == count) /* a dictionary: no two alike */
            buffer_appendf(&data, " of %zu", i);
    }
    offsets[count] = (uint32_t)data.len;
    column->strings.offsets = offsets;
    column->strings.data = arena_copy(&batch->arena, buffer_str(&data)).data;
    column->strings.count = count;
    buffer_release(&data);
}

static void batch_fill(struct batch *batch, size_t rows, uint64_t random)
{
    uint8_t *bits = arena_alloc(&batch->arena, rows / 8 + 1);
    int32_t *int32s = arena_alloc(&batch->arena, rows * sizeof *int32s);
    int64_t *int64s = arena_alloc(&batch->arena, rows * sizeof *int64s);
    int64_t *times = arena_alloc(&batch->arena, rows * sizeof *times);
    double *doubles = arena_alloc(&batch->arena, rows * sizeof *doubles);
    uint32_t *codes = arena_alloc(&batch->arena, rows * sizeof *codes);
    for (size_t i = 0; i <= rows / 8; i++)
        bits[i] = (uint8_t)check_random(&random);
    for (size_t i = 0; i < rows; i++) {
        int32s[i] = (int32_t)(check_random(&random) % 24);
        int64s[i] = (int64_t)check_random(&random);
        times[i] = (int64_t)(i * 1000 + check_random(&random) % 1000);
        doubles[i] = (double)(check_random(&random) % 1000) / 8;
        codes[i] = (uint32_t)(check_random(&random) % 300);
    }
    batch->rows = rows;
    batch->columns[0] = (struct parquet_column){.validity = bits, .bits = bits};
    batch->columns[1] = (struct parquet_column){.int32s = int32s};
    batch->columns[2] = (struct parquet_column){.validity = bits, .int64s = int64s};
    batch->columns[3] = (struct parquet_column){.int64s = times};
    batch->columns[4] = (struct parquet_column){.doubles = doubles};
    batch->columns[5] = (struct parquet_column){.validity = bits, .codes = codes};
    batch->columns[6] = (struct parquet_column){0};
    strings_fill(batch, &batch->columns[5], 300, 300, &random);
    strings_fill(batch, &batch->columns[6], rows, 5000, &random);
}

static struct parquet_schema *schema_new(enum parquet_codec codec)
{
    struct parquet_options options = parquet_options_default();
    options.codec = codec;
    return parquet_schema_new(fields, COUNT(fields), &options);
}

static void write_groups(struct parquet_encoder *encoder, const struct parquet_schema *schema,
                         const struct batch *batch, size_t groups, struct buffer *out)
{
    struct parquet_file *file = parquet_file_new(schema);
    buffer_reset(out);
    for (size_t i = 0; i < groups; i++)
        parquet_file_append(file, parquet_encode(encoder, schema, batch->columns, batch->rows),
                            out);
    parquet_file_finish(file, out);
    assert_int_equal(parquet_file_rows(file), groups * batch->rows);
    assert_int_equal(file->bytes, out->len);
    parquet_file_free(file);
}

static void assert_same(const struct buffer *a, const struct buffer *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->data, b->data, a->len);
}

/* An encoder that was used for large and small batches gives the same bytes as a new one. */
static void test_the_same_bytes_always(void **state)
{
    (void)state;
    static const size_t sizes[] = {ROWS, 1, 100, 20001, 17, ROWS};
    static const enum parquet_codec codecs[] = {PARQUET_ZSTD, PARQUET_SNAPPY, PARQUET_NONE};
    struct parquet_encoder *used = parquet_encoder_new();
    for (size_t i = 0; i < COUNT(sizes) * COUNT(codecs); i++) {
        CLEANUP(buffer_release) struct buffer a = {0}, b = {0};
        struct batch batch = {0};
        batch_fill(&batch, sizes[i % COUNT(sizes)], i + 1);
        struct parquet_schema *schema = schema_new(codecs[i / COUNT(sizes)]);
        struct parquet_encoder *fresh = parquet_encoder_new();
        write_groups(used, schema, &batch, 2, &a);
        write_groups(fresh, schema, &batch, 2, &b);
        assert_same(&a, &b);
        parquet_encoder_free(fresh);
        parquet_schema_free(schema);
        arena_release(&batch.arena);
    }
    parquet_encoder_free(used);
}

/* parquet_write_small appends, and what it appends is the file that the three steps give. */
static void test_small_files(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 2, 50};
    struct parquet_encoder *encoder = parquet_encoder_new();
    struct parquet_schema *schema = schema_new(PARQUET_ZSTD);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        CLEANUP(buffer_release) struct buffer small = {0}, whole = {0};
        struct batch batch = {0};
        batch_fill(&batch, sizes[i], i + 1);
        write_groups(encoder, schema, &batch, 1, &whole);
        for (size_t k = 0; k < 2; k++)
            parquet_write_small(encoder, schema, batch.columns, batch.rows, &small);
        assert_int_equal(small.len, 2 * whole.len);
        assert_memory_equal(small.data, whole.data, whole.len);
        assert_memory_equal(small.data + whole.len, whole.data, whole.len);
        arena_release(&batch.arena);
    }
    parquet_schema_free(schema);
    parquet_encoder_free(encoder);
}

/* The caller may empty the buffer between calls, and write row groups that are not copied. */
static void test_the_buffer_may_be_emptied(void **state)
{
    (void)state;
    CLEANUP(buffer_release) struct buffer whole = {0}, part = {0}, parts = {0};
    struct parquet_encoder *encoder = parquet_encoder_new();
    struct parquet_schema *schema = schema_new(PARQUET_ZSTD);
    struct batch batch = {0};
    batch_fill(&batch, 1000, 9);
    write_groups(encoder, schema, &batch, 3, &whole);
    struct parquet_file *file = parquet_file_new(schema);
    for (size_t i = 0; i < 4; i++) {
        const struct parquet_row_group *group =
            parquet_encode(encoder, schema, batch.columns, batch.rows);
        struct str bytes = STR("");
        if (i == 3)
            parquet_file_finish(file, &part);
        else if (i % 2)
            parquet_file_append(file, group, &part);
        else
            bytes = parquet_file_place(file, group, &part);
        buffer_append_str(&parts, buffer_str(&part));
        buffer_append_str(&parts, bytes);
        buffer_reset(&part);
    }
    assert_same(&whole, &parts);
    parquet_file_free(file);
    parquet_schema_free(schema);
    parquet_encoder_free(encoder);
    arena_release(&batch.arena);
}

/* README.md, "File format": worked out by hand from parquet.thrift. */
static void test_an_empty_file(void **state)
{
    (void)state;
    static const struct parquet_field one[] = {{"x", PARQUET_STRING, true}};
    CLEANUP(buffer_release) struct buffer out = {0};
    struct parquet_options options = parquet_options_default();
    options.created_by = "me";
    struct parquet_schema *schema = parquet_schema_new(one, 1, &options);
    assert_int_equal(parquet_schema_columns(schema), 1);
    struct parquet_file *file = parquet_file_new(schema);
    parquet_file_finish(file, &out);
    assert_bytes(&out,
                 "50 41 52 31 "                               /* PAR1 */
                 "15 02 "                                     /* version 1 */
                 "19 2C "                                     /* schema: 2 elements */
                 "48 06 73 63 68 65 6D 61 15 02 00 "          /* "schema", 1 child */
                 "15 0C 25 02 18 01 78 25 00 4C 1C 00 00 00 " /* BYTE_ARRAY OPTIONAL "x" UTF8 */
                 "16 00 "                                     /* num_rows */
                 "19 0C "                                     /* no row groups */
                 "28 02 6D 65 "                               /* created_by */
                 "19 1C 1C 00 00 "                            /* TYPE_ORDER */
                 "00 "                                        /* the footer's end */
                 "2B 00 00 00 50 41 52 31");                  /* its length, PAR1 */
    parquet_file_free(file);
    parquet_schema_free(schema);
}

static const struct parquet_field nested[] = {
    {"m", .nullable = true, .group = PARQUET_MAP, .children = 1},
    {"key_value", .repeated = true, .group = PARQUET_STRUCT, .children = 2},
    {"key", PARQUET_INT32, false},
    {"value", PARQUET_INT32, true},
    {"x", PARQUET_INT32, false},
};

/* LogicalTypes.md, "Maps". */
static void test_a_nested_schema(void **state)
{
    (void)state;
    CLEANUP(buffer_release) struct buffer out = {0};
    struct parquet_options options = parquet_options_default();
    options.created_by = "me";
    struct parquet_schema *schema = parquet_schema_new(nested, COUNT(nested), &options);
    assert_int_equal(parquet_schema_columns(schema), 3);
    struct parquet_file *file = parquet_file_new(schema);
    parquet_file_finish(file, &out);
    assert_bytes(&out, "50 41 52 31 "
                       "15 02 "                                           /* version 1 */
                       "19 6C "                                           /* schema: 6 elements */
                       "48 06 73 63 68 65 6D 61 15 04 00 "                /* "schema", 2 children */
                       "35 02 18 01 6D 15 02 15 02 4C 2C 00 00 00 "       /* OPTIONAL "m", 1, MAP */
                       "35 04 18 09 6B 65 79 5F 76 61 6C 75 65 15 04 00 " /* REPEATED, 2 */
                       "15 02 25 00 18 03 6B 65 79 00 "                   /* REQUIRED "key" */
                       "15 02 25 02 18 05 76 61 6C 75 65 00 "             /* OPTIONAL "value" */
                       "15 02 25 00 18 01 78 00 "                         /* REQUIRED "x" */
                       "16 00 19 0C 28 02 6D 65 "
                       "19 3C 1C 00 00 1C 00 00 1C 00 00 " /* TYPE_ORDER of 3 columns */
                       "00 5F 00 00 00 50 41 52 31");
    parquet_file_free(file);
    parquet_schema_free(schema);
}

/* README.md, "Nested Encoding": {1: 5, 2: null}, null, {}, {3: 7}, worked out by hand. Of the
 * column "value" two slots in five have values, in four rows; the map's columns stand in one page
 * each. */
static void test_nested_levels(void **state)
{
    (void)state;
    const uint8_t repetition[] = {0, 1, 0, 0, 0};
    const uint8_t key_levels[] = {2, 2, 0, 1, 2}, value_levels[] = {3, 2, 0, 1, 3};
    const int32_t keys[] = {1, 2, 3}, values[] = {5, 7}, x[] = {1, 2, 3, 4};
    const struct parquet_column columns[] = {
        {.levels = {key_levels, repetition, 5}, .int32s = keys},
        {.levels = {value_levels, repetition, 5}, .int32s = values},
        {.int32s = x},
    };
    static const uint8_t payload[] = {
        2, 0, 0, 0, 3, 0x02,    /* repetition levels 0 1 0 0 0 in one packed group */
        3, 0, 0, 0, 3, 0x4B, 3, /* definition levels 3 2 0 1 3 */
        5, 0, 0, 0, 7, 0,    0, 0,
    };
    CLEANUP(buffer_release) struct buffer out = {0};
    struct parquet_options options = parquet_options_default();
    options.codec = PARQUET_NONE;
    struct parquet_schema *schema = parquet_schema_new(nested, COUNT(nested), &options);
    struct parquet_encoder *encoder = parquet_encoder_new();
    parquet_write_small(encoder, schema, columns, 4, &out);
    assert_non_null(memmem(out.data, out.len, payload, sizeof payload));
    struct parquet_statistics statistics;
    parquet_small_statistics(encoder, 1, &statistics);
    assert_int_equal(statistics.nulls, 3);
    assert_int_equal(statistics.min.int64, 5);
    assert_int_equal(statistics.max.int64, 7);
    parquet_encoder_free(encoder);
    parquet_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_bytes_always),     cmocka_unit_test(test_small_files),
        cmocka_unit_test(test_the_buffer_may_be_emptied), cmocka_unit_test(test_an_empty_file),
        cmocka_unit_test(test_a_nested_schema),           cmocka_unit_test(test_nested_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
