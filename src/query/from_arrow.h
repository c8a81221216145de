/* from_arrow: converts Spark's Arrow batches to query batches. */
#pragma once

#include <query.h>
#include <spark.h>

/* A batch, and the memory of its columns, reused for the next. */
struct from_arrow {
    struct query_batch batch;
    struct query_column *columns; /* set by the first batch; names in the arena */
    enum arrow_type *types;
    struct query_vector *vectors;
    struct from_arrow_memory {
        struct buffer validity, values, bytes;
    } *memory;
    size_t count;
    struct arena arena;
};
/* `query` has the columns' names, and which are JSON; where it has none, the batch names them.
 * STATUS_CORRUPT when the columns differ from the previous batch's. */
NODISCARD enum status from_arrow_convert(struct from_arrow *to, const struct spark_query *query,
                                         const struct arrow_batch *from, struct error *error);
void from_arrow_release(struct from_arrow *to);
