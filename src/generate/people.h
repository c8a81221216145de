/* people: the users, how much each listens, and when they change between free and paid. */
#ifndef SPARKIFY_GENERATE_PEOPLE_H
#define SPARKIFY_GENERATE_PEOPLE_H

#include "vocabulary.h"

#define NO_CHANGE UINT32_MAX

/* A user pays from the moment `at_ms` on, or no longer. */
struct level_change {
    int64_t start_ms, at_ms; /* of the session in which it happens; of the change itself */
    uint32_t user;
    uint32_t next; /* of the same user */
};

struct standing {
    uint32_t first_change, last_change;
    bool paid_at_first, paid_at_last;
};

struct people {
    const struct vocabulary *vocabulary;
    uint64_t seed;
    uint32_t count;
    uint64_t *cumulative; /* activity of the users up to this one */
    struct standing *standings;
    struct level_change *changes; /* in order of time */
    size_t change_count, change_cap;
};

void people_init(struct people *people, const struct vocabulary *vocabulary, uint64_t seed,
                 uint32_t count);
void people_release(struct people *people);

/* A user, the busier the likelier. */
uint32_t people_draw(const struct people *people, struct rng *rng);

/* Plans one change of level of some user in the session that begins at `start_ms`; later ones than
 * all before. False when nobody is found who would change. */
bool people_change_level(struct people *people, struct rng *rng, int64_t start_ms);
/* Whether the user pays at this time. At the very moment of a change the old level holds. */
bool people_is_paid(const struct people *people, uint32_t user, int64_t ts_ms);

struct user {
    const struct word *first_name, *last_name, *location, *agent;
    char gender;
    uint32_t registered_before_ms; /* before the first day, up to 20 days */
};
struct user people_user(const struct people *people, uint32_t number);

#endif
