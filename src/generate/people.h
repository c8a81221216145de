/* people: the users, how active each is, and when they change between free and paid. */
#pragma once

#include "vocabulary.h"

#define NO_CHANGE UINT32_MAX

/* A user's change from free to paid or back, at `at_ms`. */
struct level_change {
    int64_t start_ms, at_ms; /* start of the session in which it happens; time of the change */
    uint32_t user;
    uint32_t next; /* the next change of the same user, or NO_CHANGE */
};

/* The levels of a user. */
struct level_history {
    uint32_t first_change, last_change;
    bool paid_at_first, paid_at_last;
};

struct people {
    const struct vocabulary *vocabulary;
    uint64_t seed;
    uint32_t count;
    uint64_t *cumulative; /* of each user: the activity of the users up to this one */
    struct level_history *histories;
    struct level_change *changes; /* in order of time */
    size_t change_count, change_cap;
};

/* The vocabulary is borrowed. */
void people_init(struct people *people, const struct vocabulary *vocabulary, uint64_t seed,
                 uint32_t count);
void people_release(struct people *people);

/* Draws a user with a probability proportional to the user's activity. */
uint32_t people_draw(const struct people *people, struct rng *rng);

/* Plans a change of level of a random user, in a session that begins at `start_ms`. Called in order
 * of time. False: no user was found whose last change is long enough ago. */
bool people_change_level(struct people *people, struct rng *rng, int64_t start_ms);
/* Whether the user pays at this time. At the time of a change itself, the old level applies. */
bool people_is_paid(const struct people *people, uint32_t user, int64_t ts_ms);

struct user {
    const struct word *first_name, *last_name, *location, *agent;
    char gender;
    uint32_t registered_before_ms; /* time from registration to the first day, up to 20 days */
    uint64_t moment;               /* as people_user was given it */
};
/* Returns the data of a user: with moment 0 those that the user always has, with another number
 * those of a user who has others at each moment. */
struct user people_user(const struct people *people, uint32_t number, uint64_t moment);
