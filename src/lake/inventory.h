/* inventory: what lies in the lake's folders when it is opened, and whether that is ours. */
#pragma once

#include "lake_private.h"

/* Lists all folders that a run writes to, at once; of the tables' only the logs where the lake is
 * opened for a snapshot. */
NODISCARD enum status lake_inventory_list(struct lake *lake, struct error *error);
void lake_inventory_release(struct lake *lake);

/* The newest version in a table's log; -1: none. */
int64_t lake_newest_log(const struct store_listing *listed, const struct model_table *table);
/* True when the file was listed with its size. */
bool lake_has_whole(const struct lake *lake, int table, const struct lake_entry *entry);
/* True when all logs and files of the newest version were. */
bool lake_has_all_whole(const struct lake *lake);
/* STATUS_FOREIGN when a table's folder holds an object that is not ours, with its key. */
NODISCARD enum status lake_check_inventory(const struct lake *lake, struct error *error);
