/* kept_plays: in a full run, the plays of logs that are gone and are to stay in the tables. */
#ifndef SPARKIFY_NATIVE_KEPT_PLAYS_H
#define SPARKIFY_NATIVE_KEPT_PLAYS_H

#include "songplays.h"

struct kept_plays_source {
    struct output *output;
    struct store *store; /* of the output */
    const struct songs *songs;
};
/* Adds to the plays of the logs, which must all be there, those rows of the lake's songplays that
 * are not among them. */
NODISCARD enum status kept_plays_add(const struct kept_plays_source *source,
                                     struct songplays *songplays, const atomic_bool *cancel,
                                     struct error *error);

#endif
