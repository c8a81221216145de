/* table_rows: writes the rows that Spark sends into the tables' files. */
#pragma once

#include "arrow.h"

#include <output.h>

/* A table whose rows come in the order of its partitions. */
struct table_rows {
    const struct model *model; /* borrowed */
    struct output *output;     /* borrowed */
    unsigned worker;
    int table;
    int list; /* the table of state that lists the winners of all partitions, or the table itself
                 where there is none */
    struct rows_file file; /* of the current partition */
    bool has_file;
    struct rows_file listed;    /* of `list` */
    struct buffer folder, next; /* of the current row's partition, and of the row that comes */
    uint64_t rows;              /* so far */
};

/* Of the output, the workers `worker` and all_count + `worker` are used. */
void table_rows_begin(struct table_rows *rows, const struct model *model, struct output *output,
                      unsigned worker, int table);
/* Gives up what is not finished. */
void table_rows_release(struct table_rows *rows);
/* Adds rows; `ctx` is a table_rows. STATUS_CORRUPT when the columns are not those of the table, or
 * a column that is never null has a null. */
arrow_batch_fn table_rows_add;
/* Finishes the files, once all rows have been added. */
NODISCARD enum status table_rows_finish(struct table_rows *rows, struct error *error);

/* Appends the folder of a row's partition: "year=2018/month=11". The batch has the partition
 * columns at these positions. */
void table_rows_append_folder(struct buffer *out, const struct model_table *table,
                              const struct arrow_batch *batch, const int *positions, size_t row);
