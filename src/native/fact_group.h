/* fact_group: a row group of facts while it fills up. */
#ifndef SPARKIFY_NATIVE_FACT_GROUP_H
#define SPARKIFY_NATIVE_FACT_GROUP_H

#include "fact_layout.h"
#include "texts.h"

/* A dictionary column. */
struct coded_strings {
    uint32_t *codes;
    uint8_t *validity;
    size_t nulls;
    struct dictionary values;
};

/* Columns by the layout's numbers. */
struct fact_group {
    const struct fact_layout *layout; /* borrowed */
    struct fact_group *next;          /* among the spare ones */
    uint64_t serial;                  /* tells one filling from every other */
    size_t rows, cap;
    int64_t *ids, *times_us;
    int64_t *int64s[MODEL_MAX_COLUMNS];
    struct fact_doubles {
        double *values;
        uint8_t *validity;
        size_t nulls;
    } doubles[MODEL_MAX_COLUMNS];
    struct texts texts[MODEL_MAX_COLUMNS];
    struct coded_strings coded[MODEL_MAX_COLUMNS], found[MODEL_MAX_COLUMNS];
};

struct fact_group *fact_group_new(const struct fact_layout *layout);
void fact_group_free(struct fact_group *group);
void fact_group_reset(struct fact_group *group);
/* Makes room for that many more rows. */
void fact_group_reserve(struct fact_group *group, size_t rows);
/* What its rows take: a matter of the input alone, whatever memory an earlier use has left it. */
size_t fact_group_bytes(const struct fact_group *group);
/* The columns of the file, in the order of the table, for the Parquet encoder. */
void fact_group_view(const struct fact_group *group, struct parquet_column *out);

#endif
