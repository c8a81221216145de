/* dataset: plans the events of each day, the sessions of each day, and the changes of level.
 *
 * Each day is written by one thread, and a session may continue after midnight. So a thread also
 * needs the sessions of the day before, and the level of each user at that time. The sessions of a
 * day are planned again by each thread that needs them (start, user and number of events take
 * little time to compute); the changes of level are few and are stored.
 *
 * A day has one session for each change of level, then as many as its events need. */
#include "dataset.h"

#include "user_session.h"

#include <calendar.h>

#include <stdlib.h>

#define CHANGE_EVENTS        6u /* of a session in which the level changes */
#define USER_DAYS_PER_CHANGE 300u
#define CHANGE_MAX_HOUR      20u
#define TWIN_PERIOD          50u  /* of 50 sessions, two begin at the same time */
#define REPEAT_PERIOD        100u /* of 100 sessions, one has a line twice */
#define REPEAT_MIN_EVENTS    4u
#define HOURS                24u

/* ---- Users ----------------------------------------------------------------------------------- */

/* A small set has as many users as the real data (96 for 8,056 events); in a large one, users also
 * have more events. */
static uint32_t users_for(uint64_t events)
{
    uint64_t few = events < 84000 ? events : 84000;
    uint64_t many = events < 2000000 ? events - few : 2000000 - few;
    uint64_t more = events - few - many;
    uint64_t users = few / 84 + many / 213 + more / 1000;
    return users ? (uint32_t)users : 1;
}

/* ---- Days ------------------------------------------------------------------------------------ */

static uint32_t weight_of_day(const struct generate_options *options, uint32_t day)
{
    static const uint32_t weekdays[] = {125, 305, 315, 402, 247, 305, 178}; /* from Sunday */
    struct rng rng = rng_of(options->seed, RNG_DAY, day);
    int32_t weekday = calendar_weekday_of_days(options->start_day + day);
    return weekdays[weekday - 1] * (70 + rng_below(&rng, 61));
}

/* Distributes the events over the days by their weights. Rounding is cumulative, so that the sum is
 * exact. */
static void distribute_events(struct dataset *dataset)
{
    const struct generate_options *options = dataset->options;
    uint64_t total = 0, weight = 0, given = 0;
    for (uint32_t day = 0; day < options->days; day++)
        total += weight_of_day(options, day);
    for (uint32_t day = 0; day < options->days; day++) {
        weight += weight_of_day(options, day);
        uint64_t until = (uint64_t)((unsigned __int128)options->events * weight / total);
        dataset->days[day].events = until - given;
        given = until;
    }
}

/* A random time in the first `hours` hours of a day (UTC), with the hourly weights of the real
 * data. */
static int64_t random_time_of_day(struct rng *rng, uint32_t hours)
{
    static const uint16_t weights[HOURS] = {185, 201, 157, 130, 159, 206, 230, 219,
                                            246, 311, 356, 391, 368, 415, 504, 577,
                                            626, 572, 579, 431, 397, 326, 247, 223};
    uint32_t total = 0, hour = 0;
    for (uint32_t i = 0; i < hours; i++)
        total += weights[i];
    uint32_t at = rng_below(rng, total);
    for (; at >= weights[hour]; hour++)
        at -= weights[hour];
    return hour * MS_PER_HOUR + rng_below(rng, (uint32_t)MS_PER_HOUR);
}

int64_t dataset_day_start_ms(const struct dataset *dataset, uint32_t day)
{
    return (dataset->options->start_day + day) * MS_PER_DAY;
}

/* As in the real data, one user in ten changes level within a month, if the days have enough
 * events. */
static void plan_changes(struct dataset *dataset)
{
    uint64_t users = dataset->user_count;
    for (uint32_t i = 0; i < dataset->options->days; i++) {
        struct day *day = &dataset->days[i];
        struct rng rng = rng_of(dataset->options->seed, RNG_LEVELS, i);
        uint64_t room = day->events / CHANGE_EVENTS;
        uint64_t wanted = users * (i + 1) / USER_DAYS_PER_CHANGE - users * i / USER_DAYS_PER_CHANGE;
        day->first_change = (uint32_t)dataset->people.change_count;
        for (uint64_t left = wanted < room ? wanted : room; left; left--) {
            int64_t start =
                dataset_day_start_ms(dataset, i) + random_time_of_day(&rng, CHANGE_MAX_HOUR);
            day->change_count += people_change_level(&dataset->people, &rng, start);
        }
    }
}

/* ---- Sessions -------------------------------------------------------------------------------- */

/* The number of events of a session; quantiles of the real data. */
static uint32_t random_size(struct rng *rng, bool paid)
{
    static const uint32_t of_paid[] = {1,  1,  1,  1,  2,  2,  3,  4,  5,  7,  8,
                                       9,  11, 12, 14, 15, 18, 19, 21, 24, 26, 29,
                                       35, 37, 40, 47, 50, 56, 60, 66, 77, 95, SESSION_MAX_EVENTS};
    static const uint32_t of_free[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2,
                                       2, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 7, 9, 32};
    uint32_t count = ARRAY_LENGTH(of_paid);
    _Static_assert(sizeof of_paid == sizeof of_free, "one has more quantiles");
    return rng_quantile(rng, paid ? of_paid : of_free, count);
}

static bool repeats_a_line(uint64_t session)
{
    return session % REPEAT_PERIOD == REPEAT_PERIOD / 2;
}

/* Goes through the sessions of a day after those with a change of level. */
struct session_iterator {
    const struct dataset *dataset;
    struct rng rng;
    int64_t day_start_ms;
    uint64_t left;    /* events of the day for the sessions to come */
    uint64_t session; /* the number of the next session */
    uint32_t user;    /* of the session before */
};

static struct session_iterator sessions_begin(const struct dataset *dataset, uint32_t day)
{
    const struct day *d = &dataset->days[day];
    return (struct session_iterator){
        .dataset = dataset,
        .rng = rng_of(dataset->options->seed, RNG_SESSIONS, day),
        .day_start_ms = dataset_day_start_ms(dataset, day),
        .left = d->events - (uint64_t)d->change_count * CHANGE_EVENTS,
        .session = d->first_session + d->change_count,
    };
}

/* Advances to the next session; returns the number of its events. */
static uint32_t sessions_next(struct session_iterator *sessions)
{
    const struct people *people = &sessions->dataset->people;
    sessions->user = people_draw(people, &sessions->rng);
    bool paid = people_is_paid(people, sessions->user, sessions->day_start_ms);
    uint32_t size = random_size(&sessions->rng, paid);
    if (repeats_a_line(sessions->session) && size < REPEAT_MIN_EVENTS)
        size = REPEAT_MIN_EVENTS;
    if (size > sessions->left)
        size = (uint32_t)sessions->left;
    sessions->left -= size;
    sessions->session++;
    return size;
}

static void number_sessions(struct dataset *dataset)
{
    uint64_t session = 0;
    for (uint32_t day = 0; day < dataset->options->days; day++) {
        dataset->days[day].first_session = session;
        struct session_iterator sessions = sessions_begin(dataset, day);
        while (sessions.left)
            sessions_next(&sessions);
        session = sessions.session;
    }
}

static struct session_plan *add_session(struct session_plans *plans)
{
    return MEM_ADD(plans->items, plans->count, plans->cap);
}

static void add_change_sessions(const struct dataset *dataset, const struct day *day,
                                struct session_plans *out)
{
    for (uint32_t i = 0; i < day->change_count; i++) {
        const struct level_change *change = &dataset->people.changes[day->first_change + i];
        *add_session(out) = (struct session_plan){
            .start_ms = change->start_ms,
            .change_ms = change->at_ms,
            .number = day->first_session + i,
            .user = change->user,
            .events = CHANGE_EVENTS,
        };
    }
}

/* The second session of a pair begins when the first does, and is another user's if there is one.
 */
static void add_other_sessions(const struct dataset *dataset, uint32_t day,
                               struct session_plans *out)
{
    struct session_iterator sessions = sessions_begin(dataset, day);
    struct session_plan session = {0};
    for (uint32_t position = 0; sessions.left; position++) {
        uint32_t before = session.user;
        session.number = sessions.session;
        session.events = (uint16_t)sessions_next(&sessions);
        session.user = sessions.user;
        struct rng rng = rng_of(dataset->options->seed, RNG_SESSION_START, session.number);
        if (position % TWIN_PERIOD != 1)
            session.start_ms = sessions.day_start_ms + random_time_of_day(&rng, HOURS);
        else if (session.user == before)
            session.user = (session.user + 1) % dataset->user_count;
        session.repeats_a_line = repeats_a_line(session.number);
        session.begins_with_song = position % TWIN_PERIOD < 2 || session.repeats_a_line;
        *add_session(out) = session;
    }
}

/* On the last day, a session that would continue after midnight begins earlier. */
static void end_by_midnight(const struct dataset *dataset, struct session_plans *plans)
{
    int64_t end = dataset_day_start_ms(dataset, dataset->options->days);
    for (size_t i = 0; i < plans->count; i++) {
        struct session_plan *session = &plans->items[i];
        if (user_session_latest_end_ms(session) < end)
            continue;
        int64_t last = user_session_end_ms(dataset, session);
        if (last >= end)
            session->start_ms -= last - end + 1;
    }
}

static int by_time(const void *left, const void *right)
{
    const struct session_plan *a = left, *b = right;
    if (a->start_ms != b->start_ms)
        return a->start_ms < b->start_ms ? -1 : 1;
    return a->number < b->number ? -1 : 1;
}

void dataset_sessions(const struct dataset *dataset, uint32_t day, struct session_plans *out)
{
    out->count = 0;
    add_change_sessions(dataset, &dataset->days[day], out);
    add_other_sessions(dataset, day, out);
    if (day + 1 == dataset->options->days)
        end_by_midnight(dataset, out);
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, by_time);
}

void session_plans_release(struct session_plans *plans)
{
    mem_free(plans->items);
    *plans = (struct session_plans){0};
}

/* ---- Initialization -------------------------------------------------------------------------- */

void dataset_init(struct dataset *dataset, const struct generate_options *options)
{
    uint64_t seed = options->seed;
    *dataset = (struct dataset){.options = options};
    dataset->user_count = options->users ? (uint32_t)options->users : users_for(options->events);
    vocabulary_init(&dataset->vocabulary);
    catalogue_init(&dataset->catalogue, &dataset->vocabulary, seed, (uint32_t)options->songs);
    people_init(&dataset->people, &dataset->vocabulary, seed, dataset->user_count);
    dataset->days = mem_zalloc(options->days * sizeof *dataset->days);
    distribute_events(dataset);
    plan_changes(dataset);
    number_sessions(dataset);
}

void dataset_release(struct dataset *dataset)
{
    mem_free(dataset->days);
    people_release(&dataset->people);
    catalogue_release(&dataset->catalogue);
    vocabulary_release(&dataset->vocabulary);
    *dataset = (struct dataset){0};
}

enum status dataset_check_cancel(const struct dataset *dataset, struct error *error)
{
    const atomic_bool *cancel = dataset->options->cancel;
    if (cancel && atomic_load(cancel))
        return error_set(error, STATUS_INTERRUPTED, "interrupted");
    return STATUS_OK;
}
