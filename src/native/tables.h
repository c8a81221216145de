/* tables: the write phase: whatever is still to be made of the five tables, on all threads. */
#ifndef SPARKIFY_NATIVE_TABLES_H
#define SPARKIFY_NATIVE_TABLES_H

#include "songplays.h"

#include <native.h>

/* Encodes and puts songs, artists, users and time, and the rest of songplays. `songplays` may be
 * changed only as far as its users are sorted. */
NODISCARD enum status tables_write(struct output *output, struct songs *songs,
                                   struct songplays *songplays, const atomic_bool *cancel,
                                   struct run_progress *progress, struct error *error);

#endif
