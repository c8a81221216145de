/* table_stream: the rows of a table, read from its files. */
#pragma once

#include "arrow_export.h"

#include <lake.h>

struct table_request {
    struct store *store;            /* taken */
    struct lake_snapshot *snapshot; /* its content is moved into the source */
    int table;
    const char *const *columns; /* names, in the order that is wanted; NULL: all */
    size_t count;
    const atomic_bool *cancel; /* borrowed as long as there is the source */
};
/* Opens the rows of a table. STATUS_USAGE where the table has no such column; then nothing is
 * moved. */
NODISCARD enum status table_stream_open(const struct table_request *request,
                                        struct arrow_export_source *out, struct error *error);
