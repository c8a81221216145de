/* check_keys: what the tables say of one another. Each dimension table has a key once, each fact
 * finds its keys in the dimension tables, and rows lie in the folder of their month. Strings are
 * compared by 64 bits of hash: among a million keys two have the same in one lake of 10^7. */
#pragma once

#include "check_problem.h"

/* Checks the keys of a file's row group; `columns` are those that are in the file. */
void check_keys(struct check *check, int table, const struct lake_entry *entry,
                const struct parquet_column *columns, size_t rows);
