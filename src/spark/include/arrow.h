/* arrow: reads the Apache Arrow IPC streams in which Spark Connect sends rows: a schema of columns
 * that are not nested, then record batches, uncompressed and little-endian.
 *
 * Nothing is copied: the columns of a batch point into the bytes of the stream, which need no
 * alignment. */
#pragma once

#include <base.h>

#define ARROW_MAX_COLUMNS 256

enum arrow_type {
    ARROW_NULL, /* all rows are null */
    ARROW_BOOLEAN,
    ARROW_INT8,
    ARROW_INT16,
    ARROW_INT32,
    ARROW_INT64,
    ARROW_FLOAT,
    ARROW_DOUBLE,
    ARROW_DECIMAL, /* 128 bits */
    ARROW_UTF8,
    ARROW_BINARY,
    ARROW_DATE,      /* days since 1970 */
    ARROW_TIMESTAMP, /* microseconds since 1970 in UTC */
};

struct arrow_column {
    struct str name;
    enum arrow_type type;
    size_t rows;
    const uint8_t *validity; /* one bit a row, 1: not null; NULL: no row is null */
    const uint8_t *values;   /* of ARROW_UTF8 and ARROW_BINARY: rows + 1 offsets into `text` */
    const char *text;
    unsigned scale; /* of ARROW_DECIMAL: digits after the decimal point */
};

struct arrow_batch {
    size_t rows;
    size_t column_count;
    struct arrow_column *columns;
};

/* Called for each record batch, which is valid until the function returns. */
typedef enum status arrow_batch_fn(void *ctx, const struct arrow_batch *batch, struct error *error);

/* Reads a whole IPC stream and calls `fn` for its batches in order; for a stream without batches,
 * once with a batch of no rows, which has the columns. STATUS_CORRUPT: the bytes do not conform to
 * the format; STATUS_FAILED: a column has a type that is not supported here; STATUS_LIMIT: there
 * are more than ARROW_MAX_COLUMNS columns; any other status of `fn`, which ends the reading. */
NODISCARD enum status arrow_read(struct str stream, arrow_batch_fn *fn, void *ctx,
                                 struct error *error);

/* Return the value in `row`, which is below column->rows. The number or boolean of a null has any
 * value. */
bool arrow_is_null(const struct arrow_column *column, size_t row);
bool arrow_boolean(const struct arrow_column *column, size_t row);
/* For the four integer types, ARROW_DATE and ARROW_TIMESTAMP. */
int64_t arrow_integer(const struct arrow_column *column, size_t row);
/* For ARROW_FLOAT and ARROW_DOUBLE. */
double arrow_double(const struct arrow_column *column, size_t row);
/* For ARROW_UTF8 and ARROW_BINARY; STR_NULL for a null. */
struct str arrow_text(const struct arrow_column *column, size_t row);
/* For an ARROW_DECIMAL of at most 18 digits: it, times ten to the power of its scale. */
int64_t arrow_decimal_integer(const struct arrow_column *column, size_t row);
/* Appends an ARROW_DECIMAL in decimal notation: "-0.05". */
void arrow_decimal(const struct arrow_column *column, size_t row, struct buffer *out);
