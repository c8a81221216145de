/* fact_group: the columns of a row group of facts while it is being filled. */
#pragma once

#include "fact_layout.h"
#include "texts.h"

/* A dictionary column; or, once it is loose, the strings of its rows, `texts`: where nearly all are
 * new, looking for each in a dictionary would cost more than it saves. */
struct coded_strings {
    uint32_t *codes;
    uint8_t *validity;
    size_t nulls;
    struct dictionary values;
    bool is_loose;
    struct texts texts;
};

/* Numbers, or bools: as they are in the file, but integers of 64 bits until the group is full. */
struct fact_numbers {
    union {
        int64_t *values;
        double *doubles;
    };
    uint8_t *validity; /* of doubles, and where there may be nulls */
    size_t nulls;
};

/* Columns by the layout's numbers. */
struct fact_group {
    const struct fact_layout *layout; /* borrowed */
    struct fact_group *next;          /* in the list of spare groups */
    uint64_t serial;                  /* a new number each time the group is filled */
    size_t rows, cap;
    int64_t *ids, *times_us;
    struct fact_numbers *numbers; /* all, one behind the other: */
    struct fact_numbers *int64s, *doubles, *found_numbers, *parts;
    struct coded_strings *strings; /* likewise: */
    struct coded_strings *coded, *found;
    struct texts *texts;
};

struct fact_group *fact_group_new(const struct fact_layout *layout);
void fact_group_free(struct fact_group *group);
void fact_group_reset(struct fact_group *group);
/* Reserves room for `rows` more rows. */
void fact_group_reserve(struct fact_group *group, size_t rows);
/* Makes a column loose. */
void fact_group_loosen(struct fact_group *group, struct coded_strings *strings);
/* The bytes that its rows need. Depends on the rows alone, not on memory kept from earlier use, so
 * that files do not depend on the number of threads. */
size_t fact_group_bytes(const struct fact_group *group);
/* Sets `out` to the columns of the file, for the Parquet encoder; borrowed from the group, whose
 * numbers are narrowed to their types in place: nothing can be added afterwards. */
void fact_group_view(struct fact_group *group, struct parquet_column *out);
