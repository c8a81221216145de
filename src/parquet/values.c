/* values: removes nulls, and encodes PLAIN. */
#include "values.h"

#include "bits.h"
#include "encodings.h"

static const struct {
    int32_t physical;
    size_t width;
} types[] = {
    [PARQUET_BOOLEAN] = {0, 0},                 /* BOOLEAN */
    [PARQUET_INT32] = {1, sizeof(int32_t)},     /* INT32 */
    [PARQUET_INT64] = {2, sizeof(int64_t)},     /* INT64 */
    [PARQUET_TIMESTAMP] = {2, sizeof(int64_t)}, /* INT64 */
    [PARQUET_DOUBLE] = {5, sizeof(double)},     /* DOUBLE */
    [PARQUET_STRING] = {6, 0},                  /* BYTE_ARRAY */
};

size_t values_width(enum parquet_type type)
{
    return types[type].width;
}

int32_t values_physical_type(enum parquet_type type)
{
    return types[type].physical;
}

/* Each slot is copied, and the output position advances only after valid ones: without a branch
 * that could be mispredicted. */
static void gather32(const uint32_t *slots, const uint8_t *validity, size_t rows, uint32_t *out)
{
    for (size_t i = 0; i < rows; i++) {
        *out = slots[i];
        out += bit_get(validity, i);
    }
}

static void gather64(const uint64_t *slots, const uint8_t *validity, size_t rows, uint64_t *out)
{
    for (size_t i = 0; i < rows; i++) {
        *out = slots[i];
        out += bit_get(validity, i);
    }
}

static void gather_bits(const uint8_t *bits, const uint8_t *validity, size_t rows, uint8_t *out)
{
    size_t k = 0;
    memset(out, 0, (rows + 7) / 8);
    for (size_t i = 0; i < rows; i++) {
        bool set = bit_get(bits, i) && bit_get(validity, i);
        out[k / 8] |= (uint8_t)(set << (k % 8));
        k += bit_get(validity, i);
    }
}

/* Strings without a dictionary are not copied: their row numbers become their codes. */
static void gather_rows(const uint8_t *validity, size_t rows, uint32_t *out)
{
    for (size_t i = 0; i < rows; i++) {
        *out = (uint32_t)i;
        out += bit_get(validity, i);
    }
}

static const void *gather(enum parquet_type type, const struct parquet_column *column, size_t rows,
                          struct buffer *scratch)
{
    buffer_reset(scratch);
    void *out = buffer_reserve(scratch, rows * sizeof(uint64_t));
    if (type == PARQUET_BOOLEAN)
        gather_bits(column->bits, column->validity, rows, out);
    else if (type == PARQUET_STRING && column->codes == NULL)
        gather_rows(column->validity, rows, out);
    else if (type == PARQUET_STRING || type == PARQUET_INT32)
        gather32(column->values, column->validity, rows, out);
    else
        gather64(column->values, column->validity, rows, out);
    return out;
}

struct values values_gather(enum parquet_type type, const struct parquet_column *column,
                            size_t rows, size_t nulls, struct buffer *scratch)
{
    struct values values = {.type = type, .count = rows - nulls};
    values.bits = nulls == 0 ? column->values : gather(type, column, rows, scratch);
    if (type == PARQUET_STRING) {
        values.offsets = column->strings.offsets;
        values.data = column->strings.data == NULL ? "" : column->strings.data;
        values.dictionary = column->codes != NULL;
        values.strings = values.dictionary ? column->strings.count : rows;
        values.may_repeat_late = column->strings.may_repeat_late;
        values.tags = column->codes == NULL ? column->strings.tags : NULL;
    }
    return values;
}

static void plain_encode_strings(struct buffer *out, const struct values *values, size_t start,
                                 size_t count)
{
    for (size_t i = 0; i < count; i++)
        plain_encode_string(out, values_string(values, start + i));
}

static void plain_encode_bits(struct buffer *out, const uint8_t *bits, size_t start, size_t count)
{
    bits_copy(bits, start, count, (uint8_t *)buffer_reserve(out, (count + 7) / 8));
    out->len += (count + 7) / 8;
}

void plain_encode(struct buffer *out, const struct values *values, size_t start, size_t count)
{
    size_t width = values_width(values->type);
    if (count == 0)
        return;
    if (values->type == PARQUET_STRING)
        plain_encode_strings(out, values, start, count);
    else if (values->type == PARQUET_BOOLEAN)
        plain_encode_bits(out, values->bits, start, count);
    else
        buffer_append(out, (const char *)values->bits + start * width, count * width);
}
