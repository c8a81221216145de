/* gather: rows of many batches in columns, for formats that write large groups of rows. */
#ifndef SPARKIFY_QUERY_GATHER_H
#define SPARKIFY_QUERY_GATHER_H

#include <query.h>

struct gathered_column {
    struct buffer validity; /* bits */
    struct buffer values;   /* int64_t or double, or uint32_t offsets: rows + 1 of them */
    struct buffer bytes;    /* of strings */
    size_t nulls;
};

struct gather {
    struct gathered_column *columns;
    size_t rows;
};

void gather_init(struct gather *gather, size_t columns);
void gather_release(struct gather *gather, size_t columns);
void gather_reset(struct gather *gather, size_t columns);
void gather_add(struct gather *gather, const struct query_column *columns, size_t count,
                const struct query_batch *batch);
/* What the strings of all columns take. */
size_t gather_string_bytes(const struct gather *gather, size_t columns);

#endif
