/* new_files: the files that a run adds to the lake (lake_put, lake_upload_*, lake_adopt). Each
 * appears whole or not at all, under a name that no other run uses. */
#pragma once

#include "lake_private.h"

/* STATUS_EXISTS when the file system has put a new file in the place of another one, whose name it
 * takes for the same: one of the two would be lost. */
NODISCARD enum status lake_check_names(const struct lake *lake, struct error *error);
