/* user_session: simulates a session as a Markov chain of pages, with the frequencies of the real
 * data.
 *
 * A song that ends is followed by the next one; other pages may come in between. After a logout,
 * events have no user id until the next login. The level changes only at the pages Submit Upgrade
 * and Submit Downgrade, at the times that people.c has planned. */
#include "user_session.h"

#include <assert.h>
#include <calendar.h>

#define STEP_MAX_MS     INT64_C(864000) /* so a session of 100 events lasts less than a day */
#define PAUSE_MAX_MS    150000u
#define REACTION_MIN_MS 600u
#define REACTION_MAX_MS 1400u
#define SONG_LAG_MAX_MS 250u
#define HITS_PERCENT    25u

_Static_assert(STEP_MAX_MS > DURATION_MAX_MS + SONG_LAG_MAX_MS && STEP_MAX_MS > PAUSE_MAX_MS,
               "a step is longer than planned");
_Static_assert(STEP_MAX_MS *SESSION_MAX_EVENTS <= MS_PER_DAY, "a session outlasts a day");

/* ---- From page to page ----------------------------------------------------------------------- */

struct move {
    uint16_t weight;
    uint8_t page;
    bool logged_out; /* whether the user is logged out on that page */
};
#define MOVES_MAX 8

/* Frequencies in the real data. For paying users, UPGRADE means DOWNGRADE. */
static const struct move first_moves[MOVES_MAX] = {
    {507, PAGE_NEXT_SONG}, {351, PAGE_HOME}, {54, PAGE_HOME, true}, {25, PAGE_LOGIN, true},
    {2, PAGE_ABOUT},       {1, PAGE_HELP},   {1, PAGE_ERROR},
};
static const struct move moves[PAGE_COUNT][MOVES_MAX] = {
    [PAGE_NEXT_SONG] = {{5778, PAGE_NEXT_SONG},
                        {143, PAGE_HOME},
                        {78, PAGE_LOGOUT},
                        {65, PAGE_UPGRADE},
                        {33, PAGE_SETTINGS},
                        {32, PAGE_HELP},
                        {14, PAGE_ABOUT},
                        {8, PAGE_ERROR}},
    [PAGE_HOME] = {{431, PAGE_NEXT_SONG},
                   {19, PAGE_SETTINGS},
                   {9, PAGE_LOGOUT},
                   {9, PAGE_UPGRADE},
                   {5, PAGE_HOME},
                   {2, PAGE_ABOUT}},
    [PAGE_LOGOUT] = {{1, PAGE_HOME, true}},
    [PAGE_SETTINGS] = {{30, PAGE_NEXT_SONG},
                       {10, PAGE_SAVE_SETTINGS},
                       {4, PAGE_SETTINGS},
                       {4, PAGE_HOME},
                       {4, PAGE_HELP},
                       {3, PAGE_LOGOUT}},
    [PAGE_SAVE_SETTINGS] = {{1, PAGE_HOME}},
    [PAGE_HELP] = {{30, PAGE_NEXT_SONG}, {2, PAGE_HOME}, {2, PAGE_UPGRADE}, {1, PAGE_HELP}},
    [PAGE_ABOUT] = {{4, PAGE_NEXT_SONG}, {4, PAGE_HOME}, {4, PAGE_ABOUT}},
    [PAGE_UPGRADE] = {{38, PAGE_NEXT_SONG}, {15, PAGE_HOME}, {5, PAGE_UPGRADE}},
    [PAGE_SUBMIT_UPGRADE] = {{1, PAGE_HOME}},
    [PAGE_DOWNGRADE] = {{38, PAGE_NEXT_SONG}, {15, PAGE_HOME}, {5, PAGE_UPGRADE}},
    [PAGE_SUBMIT_DOWNGRADE] = {{1, PAGE_HOME}},
    [PAGE_ERROR] = {{2, PAGE_NEXT_SONG}, {1, PAGE_HOME}},
};
static const struct move moves_logged_out[PAGE_COUNT][MOVES_MAX] = {
    [PAGE_HOME] = {{61, PAGE_LOGIN, true},
                   {25, PAGE_HOME, true},
                   {13, PAGE_ABOUT, true},
                   {6, PAGE_HELP, true}},
    [PAGE_LOGIN] = {{1, PAGE_HOME}},
    [PAGE_HELP] = {{3, PAGE_HELP, true}, {2, PAGE_LOGIN, true}},
    [PAGE_ABOUT] = {{4, PAGE_LOGIN, true}, {2, PAGE_HOME, true}, {1, PAGE_ABOUT, true}},
};

static struct move any_move(const struct move *choices, struct rng *rng)
{
    uint32_t total = 0;
    for (int i = 0; i < MOVES_MAX; i++)
        total += choices[i].weight;
    assert(total > 0);
    uint32_t at = rng_below(rng, total);
    for (; at >= choices->weight; choices++)
        at -= choices->weight;
    return *choices;
}

/* A change of level is Home, Upgrade, Submit Upgrade, and then the usual moves. */
static struct move next_move(struct user_session *session)
{
    static const struct move change[] = {
        {1, PAGE_HOME}, {1, PAGE_UPGRADE}, {1, PAGE_SUBMIT_UPGRADE}};
    if (session->plan.change_ms && session->done < 3)
        return change[session->done];
    if (session->plan.begins_with_song && session->done == 0)
        return (struct move){1, PAGE_NEXT_SONG, false};
    if (session->done == 0)
        return any_move(first_moves, &session->rng);
    return any_move(session->logged_in ? moves[session->page] : moves_logged_out[session->page],
                    &session->rng);
}

/* ---- Times ----------------------------------------------------------------------------------- */

/* A random time between two pages; most are short. */
static int64_t random_pause(struct rng *rng)
{
    return rng_popular(rng, PAUSE_MAX_MS);
}

static int64_t random_reaction(struct rng *rng)
{
    return REACTION_MIN_MS + rng_below(rng, REACTION_MAX_MS - REACTION_MIN_MS);
}

static int64_t time_of_page(struct user_session *session, enum page page)
{
    if (session->done == 0)
        return session->ts_ms;
    if (session->plan.change_ms && session->done < 3)
        return session->plan.change_ms - (session->done == 1 ? 1000 : 0);
    switch (page) {
    case PAGE_NEXT_SONG:
        if (session->song_end_ms >= session->ts_ms)
            return session->song_end_ms;
        return session->ts_ms + random_pause(&session->rng);
    case PAGE_LOGIN:
    case PAGE_LOGOUT:
    case PAGE_SAVE_SETTINGS:
        return session->ts_ms + random_reaction(&session->rng);
    default:
        return session->ts_ms + random_pause(&session->rng);
    }
}

/* ---- Events ---------------------------------------------------------------------------------- */

/* A quarter of the plays are of the most popular tracks. */
static uint32_t any_of(struct rng *rng, uint32_t tracks)
{
    return rng_percent(rng, HITS_PERCENT) ? rng_very_popular(rng, tracks)
                                          : rng_popular(rng, tracks);
}

static uint32_t any_track(const struct dataset *dataset, struct rng *rng)
{
    uint32_t songs = dataset->catalogue.songs;
    uint64_t threshold = (uint64_t)(dataset->options->match * 4294967296.0);
    bool match = (rng_next(rng) >> 32) < threshold;
    if (match && songs)
        return any_of(rng, songs);
    return songs + any_of(rng, CATALOGUE_OTHERS);
}

static void start_song(struct user_session *session, const struct dataset *dataset)
{
    session->track = any_track(dataset, &session->rng);
    uint32_t duration_ms =
        catalogue_duration(&dataset->catalogue, session->track) / DURATION_UNITS_PER_MS;
    session->song_end_ms = session->ts_ms + duration_ms + rng_below(&session->rng, SONG_LAG_MAX_MS);
}

static void make_event(struct user_session *session, const struct dataset *dataset)
{
    struct move move = next_move(session);
    session->ts_ms = time_of_page(session, move.page);
    session->logged_in = !move.logged_out;
    session->paid = people_is_paid(&dataset->people, session->plan.user, session->ts_ms);
    session->page = move.page;
    if (session->paid && move.page == PAGE_UPGRADE)
        session->page = PAGE_DOWNGRADE;
    if (session->paid && move.page == PAGE_SUBMIT_UPGRADE)
        session->page = PAGE_SUBMIT_DOWNGRADE;
    if (session->page == PAGE_NEXT_SONG)
        start_song(session, dataset);
    if (session->page == PAGE_LOGOUT)
        session->song_end_ms = 0;
}

void user_session_begin(struct user_session *session, const struct dataset *dataset,
                        const struct session_plan *session_plan)
{
    *session = (struct user_session){
        .plan = *session_plan,
        .ts_ms = session_plan->start_ms,
        .rng = rng_of(dataset->options->seed, RNG_SESSION, session_plan->number),
    };
    make_event(session, dataset);
}

bool user_session_next(struct user_session *session, const struct dataset *dataset)
{
    if (++session->done == session->plan.events)
        return false;
    if (session->plan.repeats_a_line && !session->repeated && session->page == PAGE_NEXT_SONG) {
        session->repeated = true; /* the same event again */
        return true;
    }
    session->item++;
    make_event(session, dataset);
    return true;
}

/* ---- Ends ------------------------------------------------------------------------------------ */

int64_t user_session_end_ms(const struct dataset *dataset, const struct session_plan *session_plan)
{
    struct user_session session;
    user_session_begin(&session, dataset, session_plan);
    while (user_session_next(&session, dataset))
        ;
    return session.ts_ms;
}

int64_t user_session_latest_end_ms(const struct session_plan *session_plan)
{
    return session_plan->start_ms + (session_plan->events - 1) * STEP_MAX_MS;
}
