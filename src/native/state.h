/* state: what an incremental load must know of the runs before it, beside the tables themselves:
 * which objects have been read, what plays match, and each user's newest play. It is in tables of
 * the lake's, and comes into force with the others. */
#ifndef SPARKIFY_NATIVE_STATE_H
#define SPARKIFY_NATIVE_STATE_H

#include "input.h"
#include "songs.h"
#include "users.h"

#include <output.h>

NODISCARD enum status state_write_objects(struct output *output, const struct input *inputs,
                                          unsigned worker, struct error *error);
NODISCARD enum status state_write_matches(struct output *output, const struct songs *songs,
                                          unsigned worker, struct error *error);
/* They are sorted. */
NODISCARD enum status state_write_users(struct output *output, const struct users *users,
                                        unsigned worker, struct error *error);

/* What has come since the last run. */
struct state_news {
    bool *is_new; /* by the number of the log file */
    size_t new_files;
    char full_because[512]; /* why everything must be read; "" where not */
};
void state_news_release(struct state_news *news);

/* Compares the inputs with the objects that have been read. `store` is the output's. */
NODISCARD enum status state_compare(const struct output *output, struct store *store,
                                    const struct input *inputs, struct state_news *out,
                                    struct error *error);
/* Only what is needed for matching. */
NODISCARD enum status state_read_songs(const struct output *output, struct store *store,
                                       struct songs *songs, struct error *error);
NODISCARD enum status state_read_users(const struct output *output, struct store *store,
                                       struct users *users, struct error *error);

#endif
