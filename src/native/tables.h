/* tables: the write phase: whatever is still to be made of the five tables, on all threads. */
#ifndef SPARKIFY_NATIVE_TABLES_H
#define SPARKIFY_NATIVE_TABLES_H

#include "songplays.h"

#include <run.h>

struct tables_source {
    struct output *output;
    const struct input_diff *diff;
    const struct store_listing *files[SOURCE_COUNT];
    struct songs *songs;
    struct songplays *songplays; /* its users are sorted, and otherwise nothing is changed */
    bool is_incremental;         /* songs and artists are in the lake already */
};
/* Encodes and puts songs, artists, users and time, the rest of songplays, and the state of
 * incremental loads. */
NODISCARD enum status tables_write(const struct tables_source *source, const atomic_bool *cancel,
                                   struct run_progress *progress, struct error *error);

#endif
