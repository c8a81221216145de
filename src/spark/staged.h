/* staged: moves the files that Spark has written into the run's staging folder to their tables. */
#pragma once

#include <output.h>

/* Reads the footer of each file in `folder`, and moves the file to its table's folder. `rows` is
 * the number of rows that Spark says it has written: STATUS_CORRUPT when the files have another. */
NODISCARD enum status spark_adopt_staged(struct output *output, struct store *store, int table,
                                         const char *folder, uint64_t rows, struct error *error);
