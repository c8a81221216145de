/* dataset: what is known before the first byte is made, and shared by all threads from then on. */
#ifndef SPARKIFY_GENERATE_DATASET_H
#define SPARKIFY_GENERATE_DATASET_H

#include "catalogue.h"
#include "people.h"

#include <generate.h>

struct day {
    uint64_t events, first_session; /* of the sessions that begin on this day */
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

void dataset_init(struct dataset *dataset, const struct generate_options *options);
void dataset_release(struct dataset *dataset);
/* STATUS_INTERRUPTED once the caller wants no more. */
NODISCARD enum status dataset_check_cancel(const struct dataset *dataset, struct error *error);
int64_t dataset_day_start_ms(const struct dataset *dataset, uint32_t day);

/* One session, as it is planned. All of it lasts less than a day: so its events are in the file of
 * the day on which it begins, and perhaps in the next day's. */
struct session_plan {
    int64_t start_ms;
    uint64_t number;   /* among all sessions, from 0 */
    int64_t change_ms; /* when the user submits a change of level; 0: never */
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
/* The sessions that begin on a day, in order of time. */
void dataset_sessions(const struct dataset *dataset, uint32_t day, struct session_plans *out);

#endif
