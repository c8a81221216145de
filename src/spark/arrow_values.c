/* arrow_values: the values of a column (Apache Arrow Columnar Format, "Physical Memory Layout"). */
#include "arrow.h"

#include "flatbuffer_reader.h"

enum { DECIMAL_BITS = 128, MAX_DECIMAL_DIGITS = 38 };

static bool bit(const uint8_t *bits, size_t at)
{
    return bits[at / 8] >> (at % 8) & 1;
}

bool arrow_is_null(const struct arrow_column *column, size_t row)
{
    return column->type == ARROW_NULL || (column->validity && !bit(column->validity, row));
}

bool arrow_boolean(const struct arrow_column *column, size_t row)
{
    return bit(column->values, row);
}

int64_t arrow_integer(const struct arrow_column *column, size_t row)
{
    switch (column->type) {
    case ARROW_INT8:
        return (int8_t)column->values[row];
    case ARROW_INT16:
        return (int16_t)load_little_endian(column->values + 2 * row, 2);
    case ARROW_INT32:
    case ARROW_DATE:
        return (int32_t)load_little_endian(column->values + 4 * row, 4);
    default:
        return (int64_t)load_little_endian(column->values + 8 * row, 8);
    }
}

double arrow_double(const struct arrow_column *column, size_t row)
{
    float single;
    double value;
    if (column->type == ARROW_FLOAT) {
        memcpy(&single, column->values + 4 * row, sizeof single);
        return single;
    }
    memcpy(&value, column->values + 8 * row, sizeof value);
    return value;
}
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "Arrow's numbers are little-endian here");

/* A decimal of 128 bits has at most 39 digits, as 2^127 has. */
void arrow_decimal(const struct arrow_column *column, size_t row, struct buffer *out)
{
    char digits[MAX_DECIMAL_DIGITS + 2];
    size_t count = 0;
    unsigned __int128 value;
    memcpy(&value, column->values + sizeof value * row, sizeof value);
    bool is_negative = value >> (DECIMAL_BITS - 1);
    if (is_negative)
        value = -value;
    for (; value > 0 || count <= column->scale; value /= 10)
        digits[count++] = (char)('0' + (int)(value % 10));
    if (is_negative)
        buffer_append_char(out, '-');
    while (count > 0) {
        buffer_append_char(out, digits[--count]);
        if (count == column->scale && count > 0)
            buffer_append_char(out, '.');
    }
}

int64_t arrow_decimal_integer(const struct arrow_column *column, size_t row)
{
    return (int64_t)load_little_endian(column->values + DECIMAL_BITS / 8 * row, 8);
}

struct str arrow_text(const struct arrow_column *column, size_t row)
{
    if (arrow_is_null(column, row))
        return STR_NULL;
    uint64_t start = load_little_endian(column->values + 4 * row, 4),
             end = load_little_endian(column->values + 4 * row + 4, 4);
    return (struct str){column->text + start, end - start};
}
