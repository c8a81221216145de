/* cluster: a session on Spark: the same tables and statements as by DuckDB. */
#ifndef SPARKIFY_QUERY_CLUSTER_H
#define SPARKIFY_QUERY_CLUSTER_H

#include <query.h>

struct cluster;
NODISCARD enum status cluster_open(const struct query_spark *spark, const atomic_bool *cancel,
                                   struct cluster **out, struct error *error);
/* NULL is fine. */
void cluster_close(struct cluster *cluster);
/* Makes the view of a table; `keys` are its files', which are of `files_of`. */
NODISCARD enum status cluster_make_view(struct cluster *cluster, const struct query_lake *lake,
                                        enum table_id table, enum table_id files_of,
                                        const struct str *keys, size_t count, struct error *error);

/* A statement that runs. */
struct cluster_rows;
/* Returns when its first rows are there, with which its columns are known: borrowed, as is their
 * names' memory. */
NODISCARD enum status cluster_run(struct cluster *cluster, struct str sql,
                                  struct cluster_rows **out,
                                  const struct query_column **out_columns, size_t *out_count,
                                  struct error *error);
/* As query_result_next. */
NODISCARD enum status cluster_next(struct cluster_rows *rows, const struct query_batch **out,
                                   struct error *error);
/* Ends the statement, if it runs still; NULL is fine. */
void cluster_rows_free(struct cluster_rows *rows);

#endif
