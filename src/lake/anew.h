/* anew: a rebuild, which puts the tables of another model in place of the lake's. The lake is
 * opened with the model that it has; then its tables become those that the commit removes, in the
 * same decision that makes the new ones current.
 *
 * A table of both models goes on with its Delta log: the next version has the new metaData, removes
 * all files and adds the new ones. A log of a table that the new model has not gets a last version
 * that removes all files: the table is retired. The log stays, since a number of it must never be
 * given twice, and goes on where a later model has a table of that name. No version before a
 * rebuild is kept. */
#pragma once

#include "lake_plan.h"
#include "lake_private.h"

/* Does this where the options ask for a rebuild, and their model is not the lake's: lake->model is
 * theirs afterwards, and its folders are listed. STATUS_FOREIGN when they hold what is not ours,
 * STATUS_CONFLICT when another run has committed since the lake was read. */
NODISCARD enum status lake_begin_anew(struct lake *lake, struct error *error);
void lake_anew_release(struct lake *lake);

/* The replaced table of a folder, and what the newest version has of it; NULL: there is none. */
const struct model_table *lake_replaced_table(const struct lake *lake, const char *folder,
                                              const struct lake_table **out);
