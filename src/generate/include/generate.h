/* generate: a workspace data set shaped like the real one, the same bytes for the same seed. */
#ifndef SPARKIFY_GENERATE_H
#define SPARKIFY_GENERATE_H

#include <base.h>

struct generate_options {
    const char *folder; /* gets song_data/ and log_data/ */
    uint64_t songs, events;
    uint64_t users;    /* 0: chosen from the number of events */
    uint32_t days;     /* over how many days the events are spread */
    int64_t start_day; /* first day, in days since 1970-01-01 */
    double match;      /* share of the plays whose song is in the song data, 0 … 1 */
    uint64_t seed;
    unsigned threads;
    const atomic_bool *cancel; /* ends the work once it is true; may be NULL */
};
/* songs 0, events 0, users 0, 30 days from 2018-11-01, match as documented, seed 1. */
struct generate_options generate_options_default(void);

struct generate_report {
    uint64_t song_files, song_bytes, log_files, log_bytes, events, plays, users;
};

/* STATUS_EXISTS when the folder already has song_data or log_data, STATUS_INTERRUPTED after
 * `cancel`. */
NODISCARD enum status generate_run(const struct generate_options *options,
                                   struct generate_report *out, struct error *error);

#endif
