/* schema_sql: statements that register a lake's tables with a SQL engine. */
#ifndef SPARKIFY_API_SCHEMA_SQL_H
#define SPARKIFY_API_SCHEMA_SQL_H

#include <stores.h>

/* id, name for --sql, what it is called */
#define SQL_DIALECTS(X)                                                                            \
    X(SQL_ATHENA, "athena", "Athena")                                                              \
    X(SQL_DUCKDB, "duckdb", "DuckDB")                                                              \
    X(SQL_REDSHIFT, "redshift", "Redshift")                                                        \
    X(SQL_SPARK, "spark", "Spark")                                                                 \
    X(SQL_TRINO, "trino", "Trino")

enum sql_dialect {
    SQL_UNSET, /* none was asked for */
#define X(id, name, title) id,
    SQL_DIALECTS(X)
#undef X
};
extern const struct option_word sql_dialect_words[];

/* Appends the statements of each table. The lake is opened for Redshift only, which needs a list of
 * partitions. STATUS_USAGE when the engine cannot reach the lake's address. */
NODISCARD enum status schema_sql_append(struct stores_settings *stores, enum sql_dialect dialect,
                                        struct buffer *out, struct error *error);

#endif
