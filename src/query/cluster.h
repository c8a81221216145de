/* cluster: statements on Spark, as with DuckDB. */
#pragma once

#include <query.h>
#include <spark.h>

/* A running statement. */
struct cluster_rows;
/* Starts a statement, and returns when its first rows have arrived and its columns are known; the
 * columns and their names are borrowed. */
NODISCARD enum status cluster_run(struct spark_session *session, struct str sql,
                                  struct cluster_rows **out,
                                  const struct query_column **out_columns, size_t *out_count,
                                  struct error *error);
/* As query_result_next. */
NODISCARD enum status cluster_next(struct cluster_rows *rows, const struct query_batch **out,
                                   struct error *error);
/* Cancels the statement if it still runs; NULL is fine. */
void cluster_rows_free(struct cluster_rows *rows);
