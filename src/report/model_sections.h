/* model_sections: the sections that a report of any model has, as SQL for DuckDB: rows over time,
 * the most frequent values, keys, and what columns hold. */
#pragma once

#include <model.h>

struct model_section {
    const char *kind; /* what it shows, and so how the page draws it: "days", "months", "hours",
                         "top", "chart" (the model's own SQL), "keys", "columns" */
    struct str name;  /* of its answer: "top-country" */
    struct str about; /* the column or the chart: "country" */
    struct str sql;   /* with the summary as its first comment */
};
struct model_sections {
    struct model_section *all; /* in the order of the page */
    size_t count, cap;
    struct arena arena;
};
/* The number of sections and the rows of each are bounded, and so is what each query keeps in
 * memory, but for the distinct keys of the facts. */
void model_sections_init(struct model_sections *sections, const struct model *model);
void model_sections_release(struct model_sections *sections);

/* Appends the query of the first and the last time of the facts, and their number; a time is null
 * where the facts have none. */
void model_sections_append_totals(const struct model *model, struct buffer *out);
