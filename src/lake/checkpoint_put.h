/* checkpoint_put: every tenth version of a table has a checkpoint, so that its readers need no more
 * than ten logs. They are put after the logs; one that a crashed run has not put does no harm, as
 * the logs say the same. */
#pragma once

#include "change.h"

/* Puts those of the tables whose new version is to have one, and flushes the store after them. */
NODISCARD enum status lake_put_checkpoints(struct lake *lake, const struct lake_changes *changes,
                                           struct error *error);
