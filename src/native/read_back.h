/* read_back: files of the lake, read again. */
#ifndef SPARKIFY_NATIVE_READ_BACK_H
#define SPARKIFY_NATIVE_READ_BACK_H

#include <parquet.h>
#include <store.h>

struct read_back {
    struct store *store;               /* borrowed */
    const struct store_object *object; /* borrowed */
    struct parquet_reader *reader;
    struct buffer bytes; /* of the file's end, then of a chunk */
};

/* Reads the file's footer. Store and schema are borrowed, and so is the object. */
NODISCARD enum status read_back_open(struct read_back *file, struct store *store,
                                     const struct store_object *object,
                                     const struct parquet_schema *schema, struct error *error);
void read_back_release(struct read_back *file);
/* A column of a row group, as parquet_read_chunk gives it. */
NODISCARD enum status read_back_column(struct read_back *file, struct parquet_values *values,
                                       size_t group, size_t column, struct parquet_column *out,
                                       struct error *error);
/* What is attached to a row group, appended to `out`. */
NODISCARD enum status read_back_attachment(struct read_back *file, size_t group, struct buffer *out,
                                           struct error *error);

#endif
