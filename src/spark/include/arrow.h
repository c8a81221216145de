/* arrow: reads the Apache Arrow IPC streams in which Spark Connect sends rows. Only what such
 * streams hold is read: a schema of flat columns and record batches, uncompressed, little-endian.
 *
 * Nothing is copied: a batch's columns point into the stream's bytes, which need no alignment. */
#ifndef SPARKIFY_SPARK_ARROW_H
#define SPARKIFY_SPARK_ARROW_H

#include <base.h>

#define ARROW_MAX_COLUMNS 256

enum arrow_type {
    ARROW_NULL, /* every row is null */
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
    const uint8_t *validity; /* a bit for each row, 1: there is a value; NULL: all have one */
    const uint8_t *values;   /* of text and bytes: rows + 1 offsets into `text`, checked */
    const char *text;
    unsigned scale; /* of ARROW_DECIMAL: digits behind the point */
};

struct arrow_batch {
    size_t rows;
    size_t column_count;
    struct arrow_column *columns;
};

/* Called for each record batch; the batch is valid until it returns. */
typedef enum status arrow_batch_fn(void *ctx, const struct arrow_batch *batch, struct error *error);

/* Reads a whole IPC stream and hands out its batches in their order; of a stream without any, one
 * of no rows, so that somebody looks at its columns. STATUS_CORRUPT where the bytes are not what
 * the format says; STATUS_FAILED where a column has a type that is not read here; what `fn` returns
 * otherwise. */
NODISCARD enum status arrow_read(struct str stream, arrow_batch_fn *fn, void *ctx,
                                 struct error *error);

/* Values of row `row` (below rows). Of a null, the number or text is what stands there. */
bool arrow_is_null(const struct arrow_column *column, size_t row);
bool arrow_boolean(const struct arrow_column *column, size_t row);
/* Of the four integers, ARROW_DATE and ARROW_TIMESTAMP. */
int64_t arrow_integer(const struct arrow_column *column, size_t row);
/* Of ARROW_FLOAT and ARROW_DOUBLE. */
double arrow_double(const struct arrow_column *column, size_t row);
/* Of ARROW_UTF8 and ARROW_BINARY; a null string for a null. */
struct str arrow_text(const struct arrow_column *column, size_t row);
/* Appends an ARROW_DECIMAL in digits: "-0.05". */
void arrow_decimal(const struct arrow_column *column, size_t row, struct buffer *out);

#endif
