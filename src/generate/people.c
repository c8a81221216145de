/* people: derives users from their numbers. Only the activity of the users and their changes of
 * level are stored; the changes are planned for all days before the first event, so that the days
 * can be written independently. */
#include "people.h"

#include <calendar.h>

#define LEVEL_TRIES           8
#define LEVEL_MIN_GAP_MS      (5 * MS_PER_DAY)
#define REGISTRATION_DAYS     20
#define PAID_AT_FIRST_PERCENT 26

/* Quantiles of the number of sessions of a user in the real data. */
static uint32_t activity_of(uint64_t seed, uint32_t user)
{
    static const uint32_t quantiles[] = {1,  1,  1,  2,  2,  2,  3,  3,  3,  3,  4,
                                         4,  4,  5,  5,  5,  6,  7,  8,  8,  9,  10,
                                         10, 11, 11, 13, 14, 16, 18, 20, 24, 37, 63};
    struct rng rng = rng_of(seed, RNG_USER_ACTIVITY, user);
    return rng_quantile(&rng, quantiles, ARRAY_LENGTH(quantiles));
}

static struct level_history history_of(uint64_t seed, uint32_t user)
{
    struct rng rng = rng_of(seed, RNG_USER_LEVEL, user);
    bool paid = rng_percent(&rng, PAID_AT_FIRST_PERCENT);
    return (struct level_history){NO_CHANGE, NO_CHANGE, paid, paid};
}

void people_init(struct people *people, const struct vocabulary *vocabulary, uint64_t seed,
                 uint32_t count)
{
    *people = (struct people){.vocabulary = vocabulary, .seed = seed, .count = count};
    people->cumulative = mem_alloc(count * sizeof *people->cumulative);
    people->histories = mem_alloc(count * sizeof *people->histories);
    uint64_t total = 0;
    for (uint32_t user = 0; user < count; user++) {
        people->cumulative[user] = total += activity_of(seed, user);
        people->histories[user] = history_of(seed, user);
    }
}

void people_release(struct people *people)
{
    mem_free(people->cumulative);
    mem_free(people->histories);
    mem_free(people->changes);
    *people = (struct people){0};
}

uint32_t people_draw(const struct people *people, struct rng *rng)
{
    uint64_t total = people->cumulative[people->count - 1];
    uint64_t at = rng_next(rng) % total;
    uint32_t low = 0, high = people->count - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (people->cumulative[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Users upgrade more often than they downgrade. */
static bool would_change(const struct people *people, uint32_t user, int64_t start_ms,
                         struct rng *rng)
{
    const struct level_history *history = &people->histories[user];
    bool is_due = history->last_change == NO_CHANGE ||
                  start_ms - people->changes[history->last_change].at_ms >= LEVEL_MIN_GAP_MS;
    return is_due && rng_percent(rng, history->paid_at_last ? 20 : 90);
}

static void add_change(struct people *people, uint32_t user, int64_t start_ms, struct rng *rng)
{
    struct level_history *history = &people->histories[user];
    uint32_t number = (uint32_t)people->change_count++;
    MEM_GROW(people->changes, people->change_count, people->change_cap);
    people->changes[number] =
        (struct level_change){start_ms, start_ms + 10000 + rng_below(rng, 50000), user, NO_CHANGE};
    if (history->last_change == NO_CHANGE)
        history->first_change = number;
    else
        people->changes[history->last_change].next = number;
    history->last_change = number;
    history->paid_at_last = !history->paid_at_last;
}

bool people_change_level(struct people *people, struct rng *rng, int64_t start_ms)
{
    for (int i = 0; i < LEVEL_TRIES; i++) {
        uint32_t user = people_draw(people, rng);
        if (would_change(people, user, start_ms, rng)) {
            add_change(people, user, start_ms, rng);
            return true;
        }
    }
    return false;
}

bool people_is_paid(const struct people *people, uint32_t user, int64_t ts_ms)
{
    const struct level_history *history = &people->histories[user];
    bool paid = history->paid_at_first;
    uint32_t change = history->first_change;
    for (; change != NO_CHANGE && people->changes[change].at_ms < ts_ms;
         change = people->changes[change].next)
        paid = !paid;
    return paid;
}

struct user people_user(const struct people *people, uint32_t number, uint64_t moment)
{
    struct rng rng = rng_of(people->seed, RNG_USER, moment ? hash_mix(number, moment) : number);
    bool woman = rng_percent(&rng, 55);
    const struct vocabulary *vocabulary = people->vocabulary;
    struct user user = {.gender = woman ? 'F' : 'M', .moment = moment};
    user.first_name = vocabulary_draw(vocabulary, woman ? LIST_WOMEN : LIST_MEN, &rng);
    user.last_name = vocabulary_draw(vocabulary, LIST_SURNAMES, &rng);
    user.location = vocabulary_draw(vocabulary, LIST_METRO_AREAS, &rng);
    user.agent = vocabulary_draw(vocabulary, LIST_USER_AGENTS, &rng);
    user.registered_before_ms = rng_below(&rng, REGISTRATION_DAYS * (uint32_t)MS_PER_DAY);
    return user;
}
