/* duckdb_batch: DuckDB's types and vectors as ours. */
#ifndef SPARKIFY_QUERY_DUCKDB_BATCH_H
#define SPARKIFY_QUERY_DUCKDB_BATCH_H

#include "duckdb.h"

#include <query.h>

/* The type that a column of DuckDB's type comes as, once it is converted. */
enum query_type duckdb_batch_type_of(int duckdb_type);
/* Appends ", #2" or "SELECT #1", or the conversion of that column to what duckdb_batch_read can
 * read; returns whether it is one. */
bool duckdb_batch_append_conversion(struct buffer *out, size_t column, int duckdb_type);

/* Batches of a statement, and the memory of their columns, used again for the next. */
struct duckdb_batch {
    struct query_batch batch; /* the newest */
    struct query_vector *vectors;
    struct duckdb_batch_column {
        int type; /* DuckDB's, once it is converted */
        struct buffer values, bytes;
    } *columns;
    size_t count;
};
/* `types` are DuckDB's. STATUS_USAGE for one that cannot be read: of a statement other than a
 * SELECT, which is the only one that converts. */
NODISCARD enum status duckdb_batch_init(struct duckdb_batch *chunk, const int *types, size_t count,
                                        struct error *error);
/* Reads the rows of a chunk of DuckDB's, which must outlive the batch. */
void duckdb_batch_read(struct duckdb_batch *chunk, const struct duckdb *duckdb, duckdb_chunk data);
void duckdb_batch_release(struct duckdb_batch *chunk);

#endif
