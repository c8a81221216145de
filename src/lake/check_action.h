/* check_action: the actions of a log against the schema that the log itself gives, which need not
 * be that of this program. Each file has a value of each partition column, statistics of the
 * columns that the metaData names and no others, and no null where a column may have none. */
#pragma once

#include "check_problem.h"

#include <jansson.h>

/* What a log's metaData says of the table's columns; zero: there was none so far. */
struct check_schema {
    json_t *fields, *partitions; /* of the schemaString; names */
};
void check_schema_release(struct check_schema *schema);
/* Parses a metaData action. */
void check_parse_schema(struct check *check, int table, const json_t *metadata, int64_t version,
                        struct check_schema *out);
/* Checks an add action: path, partition values and statistics. */
void check_add(struct check *check, int table, const struct check_schema *schema, const json_t *add,
               int64_t version);
