/* The input is an Arrow IPC stream. Every value of the batches that are read must be readable. */
#include "arrow.h"

#include <stdlib.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* Reads all bytes of a value, so that the sanitizer checks them. */
static uint64_t read_value(const struct arrow_column *column, size_t row)
{
    CLEANUP(buffer_release) struct buffer digits = {0};
    struct str text;
    uint64_t sum = 0;
    switch (column->type) {
    case ARROW_NULL:
        REQUIRE(arrow_is_null(column, row));
        return 0;
    case ARROW_BOOLEAN:
        return arrow_boolean(column, row);
    case ARROW_FLOAT:
    case ARROW_DOUBLE:
        return arrow_double(column, row) > 0;
    case ARROW_DECIMAL:
        arrow_decimal(column, row, &digits);
        REQUIRE(digits.len > column->scale);
        return digits.len;
    case ARROW_UTF8:
    case ARROW_BINARY:
        text = arrow_text(column, row);
        REQUIRE(arrow_is_null(column, row) == (text.data == NULL));
        for (size_t i = 0; i < text.len; i++)
            sum += (uint8_t)text.data[i];
        return sum;
    case ARROW_INT8:
    case ARROW_INT16:
    case ARROW_INT32:
    case ARROW_INT64:
    case ARROW_DATE:
    case ARROW_TIMESTAMP:
    default:
        return (uint64_t)arrow_integer(column, row);
    }
}

static enum status read_batch(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    (void)error;
    REQUIRE(batch->column_count <= ARROW_MAX_COLUMNS);
    for (size_t i = 0; i < batch->column_count; i++)
        for (size_t row = 0; row < batch->rows; row++)
            *(uint64_t *)ctx += read_value(&batch->columns[i], row);
    return STATUS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = {0};
    uint64_t sum = 0;
    enum status status =
        arrow_read((struct str){(const char *)data, size}, read_batch, &sum, &error);
    REQUIRE((status == STATUS_OK) == (error.message[0] == '\0'));
    return 0;
}
