/* duckdb_batch: DuckDB's types and vectors as query types and batches. */
#pragma once

#include "duckdb.h"

#include <query.h>

/* The query type of a column of DuckDB's type, after its conversion. */
enum query_type duckdb_batch_type_of(int duckdb_type);
/* Appends ", #2" or "SELECT #1", or the conversion of that column to a type that duckdb_batch_read
 * can read; returns whether it is a conversion. */
bool duckdb_batch_append_conversion(struct buffer *out, size_t column, int duckdb_type);

/* A batch of a statement, and the memory of its columns, reused for the next. */
struct duckdb_batch {
    struct query_batch batch; /* the newest */
    struct query_vector *vectors;
    struct duckdb_batch_column {
        const struct duckdb_batch_type *type; /* after the conversion */
        struct buffer values, bytes;
    } *columns;
    size_t count;
};
/* For the columns of a statement. STATUS_USAGE for a type that cannot be read: in a statement that
 * is not a SELECT, since only a SELECT is wrapped in conversions. */
NODISCARD enum status duckdb_batch_init(struct duckdb_batch *chunk, const struct duckdb *duckdb,
                                        duckdb_statement statement, size_t count,
                                        struct error *error);
/* Reads the rows of a DuckDB chunk, which must outlive the batch. */
void duckdb_batch_read(struct duckdb_batch *chunk, const struct duckdb *duckdb, duckdb_chunk data);
void duckdb_batch_release(struct duckdb_batch *chunk);
