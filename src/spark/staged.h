/* staged: what Spark has written into the run's staging folder becomes files of the tables. */
#ifndef SPARKIFY_SPARK_STAGED_H
#define SPARKIFY_SPARK_STAGED_H

#include <output.h>

/* Looks at the footer of each file in `folder`, and moves it to where the table's files are.
 * `rows` is how many Spark says that it has written: STATUS_CORRUPT when there are others. */
NODISCARD enum status spark_adopt_staged(struct output *output, struct store *store,
                                         enum table_id table, const char *folder, uint64_t rows,
                                         struct error *error);

#endif
