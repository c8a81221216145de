/* git_index: the names of the files that a git repository keeps versions of. */
#pragma once

#include <base.h>

/* Whether an index (gitformat-index, versions 2 to 4) has an entry of this name; false, too, for
 * bytes that are none. `hash_len` is 20, or 32 in a repository of SHA-256. */
bool git_index_has(struct str index, size_t hash_len, struct str name);
