/* gate: the one way by which the lake puts, deletes, replaces and moves objects. Whatever a plan, a
 * listing or a server contains, no object is touched whose key is not one that sparkify itself
 * gives (lake_is_ours). Each call is that of the store; STATUS_CORRUPT, and nothing is done, where
 * a key is not ours. */
#pragma once

#include "lake_private.h"

/* A file that appears with the next store_flush at the latest. */
NODISCARD enum status lake_gate_put_later(const struct lake *lake, struct str key, struct str bytes,
                                          struct error *error);
NODISCARD enum status lake_gate_replace(const struct lake *lake, struct str key, struct str bytes,
                                        struct error *error);
NODISCARD enum status lake_gate_put_if_absent(const struct lake *lake, struct str key,
                                              struct str bytes, struct error *error);
NODISCARD enum status lake_gate_upload_begin(const struct lake *lake, struct str key,
                                             struct store_upload **out, struct error *error);
/* `from` lies in a staging folder. */
NODISCARD enum status lake_gate_move(const struct lake *lake, const struct store_object *from,
                                     struct str key, struct error *error);
NODISCARD enum status lake_gate_delete(const struct lake *lake, const struct str *keys,
                                       size_t count, struct error *error);
