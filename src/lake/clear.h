/* clear: which objects a commit deletes: what no kept version holds, and what crashed runs left.
 *
 * Only what was there when the lake was opened is looked at, and none of it is deleted before this
 * run's decision is put: every run that began before it has lost then, so none can commit a file
 * that is deleted. Files of a running run are never deleted. */
#pragma once

#include "change.h"

/* Adds the keys, and counts what they are (lake_cleared). `is_decided`: the change is current. */
void lake_find_obsolete(struct lake *lake, const struct lake_changes *changes, bool is_decided,
                        struct lake_keys *out);
/* Adds what lies in this run's staging folder, if it has one. */
NODISCARD enum status lake_find_staging(struct lake *lake, struct lake_keys *out,
                                        struct error *error);
/* True when crashed runs have left folders with nothing in them. False while another run is
 * running, which may be about to put a file into one. */
bool lake_has_empty_folders(const struct lake *lake);
