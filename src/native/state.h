/* state: what a run must know of those before it, beside the tables themselves: the song records
 * that have won, what plays match, and each user's newest play. (What has been read is in run.h,
 * input_diff.) It is in tables of the lake's, and becomes current with the others. */
#ifndef SPARKIFY_NATIVE_STATE_H
#define SPARKIFY_NATIVE_STATE_H

#include "songs.h"
#include "users.h"

#include <output.h>

NODISCARD enum status state_write_songs(struct output *output, const struct songs *songs,
                                        unsigned worker, struct error *error);
NODISCARD enum status state_write_matches(struct output *output, const struct songs *songs,
                                          unsigned worker, struct error *error);
/* They are sorted. */
NODISCARD enum status state_write_users(struct output *output, const struct users *users,
                                        unsigned worker, struct error *error);

/* False where the last run has not left what an incremental one needs: the Spark engine does not.
 */
bool state_is_complete(const struct output *output);
/* For an incremental run; of the songs only what is needed for matching. */
NODISCARD enum status state_read_songs(const struct output *output, struct store *store,
                                       struct songs *songs, struct error *error);
NODISCARD enum status state_read_users(const struct output *output, struct store *store,
                                       struct users *users, struct error *error);
/* For a run over all input while some is gone: adds the song records, or the users, of all that was
 * ever read. STATUS_FAILED where they are not recorded. */
NODISCARD enum status state_keep_songs(const struct output *output, struct store *store,
                                       struct songs *songs, struct error *error);
NODISCARD enum status state_keep_users(const struct output *output, struct store *store,
                                       struct users *users, struct error *error);

#endif
