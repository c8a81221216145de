/* dataset: all that the files follow from. It is computed before the first file is written and then
 * shared by all threads, unchanged. */
#pragma once

#include "catalogue.h"
#include "people.h"

#include <generate.h>

/* A day, with the sessions that begin on it. */
struct day {
    uint64_t events, first_session;
    uint32_t first_change, change_count;
};

struct dataset {
    const struct generate_options *options;
    uint32_t user_count;
    struct vocabulary vocabulary;
    struct catalogue catalogue;
    struct people people;
    struct day *days; /* options->days of them */
};

/* The options are borrowed. */
void dataset_init(struct dataset *dataset, const struct generate_options *options);
void dataset_release(struct dataset *dataset);
/* STATUS_INTERRUPTED: options->cancel has become true. */
NODISCARD enum status dataset_check_cancel(const struct dataset *dataset, struct error *error);
/* Returns midnight (UTC) at the start of a day, in milliseconds since 1970. */
int64_t dataset_day_start_ms(const struct dataset *dataset, uint32_t day);

/* The plan of a session. A session lasts less than a day, so its events are in the file of the day
 * on which it begins and of the next day. */
struct session_plan {
    int64_t start_ms;
    uint64_t number;   /* among all sessions, from 0 */
    int64_t change_ms; /* when the user changes between free and paid; 0: never */
    uint32_t user;
    uint16_t events;
    bool begins_with_song, repeats_a_line;
};
#define SESSION_MAX_EVENTS 100u

struct session_plans {
    struct session_plan *items;
    size_t count, cap;
};
void session_plans_release(struct session_plans *plans);
/* Sets *out to the sessions that begin on a day, ordered by time; keeps its memory. */
void dataset_sessions(const struct dataset *dataset, uint32_t day, struct session_plans *out);

/* Write the song files, one for each song, or the log files, one for each day, below `folder` by
 * options->threads threads, and add them to *report, also after a failure. */
NODISCARD enum status song_files_write(const struct dataset *dataset, const char *folder,
                                       struct generate_report *report, struct error *error);
NODISCARD enum status log_files_write(const struct dataset *dataset, const char *folder,
                                      struct generate_report *report, struct error *error);
