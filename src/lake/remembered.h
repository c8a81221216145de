/* remembered: the model of a lake. Decisions of another model than the built-in one name an object
 * "_sparkify/models/<hash>.yaml", which was put before them, so that readers of the lake know
 * its tables. */
#pragma once

#include "lake_private.h"

/* Reads the model in the object `key`, from `listed`; the text is appended to `text`.
 * STATUS_CORRUPT when it is not there or damaged. */
NODISCARD enum status lake_read_model(struct store *store, const struct store_listing *listed,
                                      struct str key, struct buffer *text, struct model **out,
                                      struct error *error);
/* Sets lake->model by the one that the newest decision names (`key`; null: the built-in one) and
 * the one that the options have. STATUS_FAILED when the tables of the two differ in more than new
 * columns that may be null; unless the options ask for a rebuild: then it is the remembered one. */
NODISCARD enum status lake_choose_model(struct lake *lake, struct str key, struct error *error);
/* Puts the lake's model, unless the lake has it already. */
NODISCARD enum status lake_put_model(struct lake *lake, struct error *error);
/* In a run that replaces the model, puts both: before its first file, so that it is known whose
 * files it has left if it crashes. */
NODISCARD enum status lake_put_both_models(struct lake *lake, struct error *error);
