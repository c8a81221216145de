/* others: models beside the lake's own whose files may be in it. A run that replaces the model by
 * another (--rebuild) puts both as "_sparkify/models/<hash>.yaml" before its first file. So every
 * run, whichever of the two has been decided, knows the files of the other one, does not take them
 * for another program's, and deletes them once they are in no version. An object of a model is
 * deleted when none of its files were found. */
#pragma once

#include "lake_private.h"

/* Reads the models among the listed objects that are not the lake's own, nor known; those that
 * cannot be read are ignored. */
NODISCARD enum status lake_others_read(struct lake *lake, struct error *error);
/* Adds one; `own`: the same, to be freed with the lake, or NULL. */
void lake_others_add(struct lake *lake, const struct model *model, struct model *own);
/* Lists the folders of their tables that the lake's model has not. */
NODISCARD enum status lake_others_list(struct lake *lake, struct error *error);
void lake_others_release(struct lake *lake);

/* That of the table with this name; NULL: there is none, or it was not listed. */
const struct lake_folder *lake_others_folder(const struct lake *lake, const char *name);

/* Adds the keys of the listed data files that only other models have; borrowed. */
void lake_others_files(const struct lake *lake, struct lake_keys *out);
