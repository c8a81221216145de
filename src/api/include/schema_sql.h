/* schema_sql: statements that register a lake's tables with a SQL engine. */
#pragma once

#include <lake.h>
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

/* Appends the address below which an engine finds the tables of the lake at stores->output.
 * STATUS_USAGE where it cannot reach that address. */
NODISCARD enum status schema_sql_root(const struct stores_settings *stores,
                                      enum sql_dialect dialect, struct buffer *out,
                                      struct error *error);
/* Appends the statements of each table of the snapshot's model. The files matter for Redshift only,
 * which needs a list of partitions. STATUS_FAILED where it would read files of older versions. */
NODISCARD enum status schema_sql_append(const struct lake_snapshot *snapshot, struct str root,
                                        enum sql_dialect dialect, struct buffer *out,
                                        struct error *error);
