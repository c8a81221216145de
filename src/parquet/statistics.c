/* statistics: finds least and greatest values, and shortens strings to valid bounds.
 *
 * A lower bound is a prefix, which is never greater than the string. An upper bound must not be
 * less than any string with that prefix, so its last code point is replaced by the next one; if
 * there is none with the same number of bytes, the code point is dropped and the one before it is
 * tried. Code points and their UTF-8 bytes have the same order, and both bounds stay valid UTF-8,
 * as parquet.thrift (Statistics) requires. */
#include "statistics.h"

#include "bits.h"

#include <endian.h>
#include <math.h>

/* ---- Extremes ---------------------------------------------------------------------------- */

#define INT_EXTREMES(name, value_type)                                                             \
    static struct extremes name(const value_type *values, size_t count)                            \
    {                                                                                              \
        value_type min = values[0], max = values[0];                                               \
        for (size_t i = 1; i < count; i++) {                                                       \
            min = values[i] < min ? values[i] : min;                                               \
            max = values[i] > max ? values[i] : max;                                               \
        }                                                                                          \
        return (struct extremes){.any = true, .ints = {min, max}};                                 \
    }

INT_EXTREMES(int32_extremes, int32_t)
INT_EXTREMES(int64_extremes, int64_t)

static struct extremes bit_extremes(const uint8_t *bits, size_t start, size_t count)
{
    size_t set = bits_count(bits, start, count);
    return (struct extremes){.any = true, .ints = {set == count, set > 0}};
}

/* A comparison with NaN is false, so a NaN changes neither bound. */
static struct extremes double_extremes(const double *values, size_t count)
{
    double min = INFINITY, max = -INFINITY;
    size_t nans = 0;
    for (size_t i = 0; i < count; i++) {
        nans += values[i] != values[i];
        min = values[i] < min ? values[i] : min;
        max = values[i] > max ? values[i] : max;
    }
    return (struct extremes){.any = nans < count, .nans = nans, .doubles = {min, max}};
}

static void string_consider(struct extremes *extremes, struct str value)
{
    if (!extremes->any) {
        extremes->strings.min = extremes->strings.max = value;
        extremes->any = true;
    } else if (str_compare(value, extremes->strings.min) < 0) {
        extremes->strings.min = value;
    } else if (str_compare(value, extremes->strings.max) > 0) {
        extremes->strings.max = value;
    }
}

/* The first eight bytes, in whose order strings are unless they are equal; of a shorter string,
 * with zeros. */
static uint64_t string_head(struct str value)
{
    uint64_t head = 0;
    if (value.len >= sizeof head)
        memcpy(&head, value.data, sizeof head);
    else if (value.len)
        memcpy(&head, value.data, value.len);
    return be64toh(head);
}

/* Most strings lie between the extremes, which their heads say. */
struct string_range {
    struct extremes extremes;
    uint64_t min, max; /* heads */
};

static inline void range_consider(struct string_range *range, struct str value)
{
    uint64_t head = string_head(value);
    if (head > range->min && head < range->max)
        return;
    string_consider(&range->extremes, value);
    range->min = string_head(range->extremes.strings.min);
    range->max = string_head(range->extremes.strings.max);
}

static struct extremes string_extremes(const struct values *values, size_t start, size_t count)
{
    struct string_range range = {.min = UINT64_MAX};
    for (size_t i = start; i < start + count; i++)
        range_consider(&range, values_string(values, i));
    return range.extremes;
}

/* The same for strings that repeat. New codes are found without a branch, which would be
 * mispredicted and took 7 % of the time of encoding a row group of plays. */
static struct extremes coded_extremes(const struct values *values, size_t start, size_t count,
                                      uint32_t *seen, uint32_t mark)
{
    struct string_range range = {.min = UINT64_MAX};
    uint32_t fresh[512];
    const size_t step = ARRAY_LENGTH(fresh);
    for (size_t i = start, end; i < start + count; i = end) {
        size_t found = 0;
        end = start + count - i < step ? start + count : i + step;
        for (size_t k = i; k < end; k++) {
            uint32_t code = values->codes[k];
            fresh[found] = code;
            found += seen[code] != mark;
            seen[code] = mark;
        }
        for (size_t k = 0; k < found; k++)
            range_consider(&range, values_entry(values, fresh[k]));
    }
    return range.extremes;
}

struct extremes extremes_find(const struct values *values, size_t start, size_t count,
                              uint32_t *seen, uint32_t mark)
{
    if (count == 0)
        return (struct extremes){0};
    switch (values->type) {
    case PARQUET_BOOLEAN:
        return bit_extremes(values->bits, start, count);
    case PARQUET_INT32:
        return int32_extremes(values->int32s + start, count);
    case PARQUET_INT64:
    case PARQUET_TIMESTAMP:
        return int64_extremes(values->int64s + start, count);
    case PARQUET_DOUBLE:
        return double_extremes(values->doubles + start, count);
    case PARQUET_STRING:
        break;
    }
    return seen == NULL ? string_extremes(values, start, count)
                        : coded_extremes(values, start, count, seen, mark);
}

void extremes_merge(enum parquet_type type, struct extremes *into, const struct extremes *other)
{
    size_t nans = into->nans + other->nans;
    if (!into->any) {
        *into = *other;
    } else if (!other->any) {
        /* no change */
    } else if (type == PARQUET_STRING) {
        string_consider(into, other->strings.min);
        string_consider(into, other->strings.max);
    } else if (type == PARQUET_DOUBLE) {
        if (other->doubles.min < into->doubles.min)
            into->doubles.min = other->doubles.min;
        if (other->doubles.max > into->doubles.max)
            into->doubles.max = other->doubles.max;
    } else {
        if (other->ints.min < into->ints.min)
            into->ints.min = other->ints.min;
        if (other->ints.max > into->ints.max)
            into->ints.max = other->ints.max;
    }
    into->nans = nans;
}

/* ---- Bounds ------------------------------------------------------------------------------ */

static struct parquet_bound string_bound(struct str value, bool is_exact)
{
    struct parquet_bound bound = {.is_set = true, .is_exact = is_exact, .string.len = value.len};
    memcpy(bound.string.bytes, value.data, value.len);
    return bound;
}

/* The longest prefix that fits and ends with a whole code point. */
static struct parquet_bound shortened(struct str value)
{
    size_t len = utf8_valid_prefix(value.data, PARQUET_BOUND_BYTES);
    return string_bound((struct str){value.data, len}, false);
}

struct parquet_bound bound_lower(struct str value)
{
    return value.len <= PARQUET_BOUND_BYTES ? string_bound(value, true) : shortened(value);
}

/* Replaces a code point of `len` bytes by the next one; false if that has another length. After
 * U+D7FF comes U+E000, because surrogates are not encoded (RFC 3629, section 3). */
static bool code_point_increment(uint8_t *bytes, size_t len)
{
    static const uint8_t lead_max[5] = {0, 0x7F, 0xDF, 0xEF, 0xF4};
    if (len == 4 && memcmp(bytes, "\xF4\x8F\xBF\xBF", 4) == 0)
        return false; /* U+10FFFF */
    if (len == 3 && memcmp(bytes, "\xED\x9F\xBF", 3) == 0) {
        memcpy(bytes, "\xEE\x80\x80", 3); /* U+D7FF to U+E000 */
        return true;
    }
    for (size_t i = len - 1; i > 0; i--) {
        if (bytes[i] != 0xBF) {
            bytes[i]++;
            return true;
        }
        bytes[i] = 0x80;
    }
    return bytes[0]++ < lead_max[len];
}

struct parquet_bound bound_upper(struct str value)
{
    if (value.len <= PARQUET_BOUND_BYTES)
        return string_bound(value, true);
    struct parquet_bound bound = shortened(value);
    uint8_t *bytes = (uint8_t *)bound.string.bytes;
    for (size_t len = bound.string.len, start; len > 0; len = start) {
        start = len - 1;
        while ((bytes[start] & 0xC0) == 0x80)
            start--;
        bound.string.len = len;
        if (code_point_increment(bytes + start, len - start))
            return bound;
    }
    return (struct parquet_bound){0};
}

/* A minimum of zero is written as -0.0 and a maximum of zero as +0.0 (parquet.thrift, ColumnOrder,
 * TYPE_ORDER). */
static struct parquet_bound double_bound(double value, double zero)
{
    return (struct parquet_bound){true, true, .float64 = value == 0 ? zero : value};
}

struct parquet_statistics statistics_make(enum parquet_type type, const struct extremes *extremes,
                                          size_t values, size_t nulls)
{
    struct parquet_statistics statistics = {
        .values = values, .nulls = nulls, .nans = extremes->nans};
    if (!extremes->any)
        return statistics;
    if (type == PARQUET_STRING) {
        statistics.min = bound_lower(extremes->strings.min);
        statistics.max = bound_upper(extremes->strings.max);
    } else if (type == PARQUET_DOUBLE) {
        statistics.min = double_bound(extremes->doubles.min, -0.0);
        statistics.max = double_bound(extremes->doubles.max, 0.0);
    } else {
        statistics.min = (struct parquet_bound){true, true, .int64 = extremes->ints.min};
        statistics.max = (struct parquet_bound){true, true, .int64 = extremes->ints.max};
    }
    return statistics;
}

int bound_compare(enum parquet_type type, const struct parquet_bound *a,
                  const struct parquet_bound *b)
{
    if (type == PARQUET_STRING)
        return str_compare(bound_plain(type, a), bound_plain(type, b));
    if (type == PARQUET_DOUBLE)
        return (a->float64 > b->float64) - (a->float64 < b->float64);
    return (a->int64 > b->int64) - (a->int64 < b->int64);
}

/* Sets *into to the wider of two bounds, or to none if one of the two sets of values has none. */
static void bound_widen(enum parquet_type type, struct parquet_bound *into, bool has_values,
                        const struct parquet_bound *other, int sign)
{
    if (!has_values)
        *into = *other;
    else if (!other->is_set)
        into->is_set = false;
    else if (into->is_set && bound_compare(type, other, into) * sign > 0)
        *into = *other;
}

void statistics_merge(enum parquet_type type, struct parquet_statistics *into,
                      const struct parquet_statistics *other)
{
    bool has_values = into->values > 0;
    into->is_absent |= other->is_absent;
    into->values += other->values;
    into->nulls += other->nulls;
    into->nans += other->nans;
    if (other->values == 0)
        return;
    bound_widen(type, &into->min, has_values, &other->min, -1);
    bound_widen(type, &into->max, has_values, &other->max, 1);
}
