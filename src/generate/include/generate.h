/* generate: writes a data set (song_data and log_data) with the properties of the real one; the
 * same options give the same bytes on any machine and any number of threads. */
#pragma once

#include <base.h>

struct generate_options {
    const char *folder; /* in which song_data/ and log_data/ are created */
    uint64_t songs, events;
    uint64_t users;    /* 0: chosen from the number of events */
    uint32_t days;     /* the number of days over which the events are spread */
    int64_t start_day; /* the first day, in days since 1970-01-01 */
    bool restless;     /* users change name, place and device from event to event */
    double match;      /* the share of plays whose song is in the song data, 0 to 1 */
    uint64_t seed;
    unsigned threads;
    const atomic_bool *cancel; /* the call ends when it becomes true; may be NULL */
};
/* Returns no songs, no events, 30 days from 2018-11-01, match 0.3, seed 1, all processors. */
struct generate_options generate_options_default(void);

struct generate_report {
    uint64_t song_files, song_bytes, log_files, log_bytes, events, plays, users;
};

/* Writes the data set and sets *out to what was written. STATUS_USAGE: an option is out of range;
 * STATUS_EXISTS: the folder already has song_data or log_data; STATUS_INTERRUPTED: after `cancel`.
 * After a failure, incomplete files stay, and the error's hint names their folders. */
NODISCARD enum status generate_run(const struct generate_options *options,
                                   struct generate_report *out, struct error *error);
