/* user_session: what a user does, event by event. */
#ifndef SPARKIFY_GENERATE_USER_SESSION_H
#define SPARKIFY_GENERATE_USER_SESSION_H

#include "dataset.h"

/* name, as in the log; how it is asked for; what it answers */
#define PAGES(X)                                                                                   \
    X(NEXT_SONG, "NextSong", "PUT", "200")                                                         \
    X(HOME, "Home", "GET", "200")                                                                  \
    X(LOGIN, "Login", "PUT", "307")                                                                \
    X(LOGOUT, "Logout", "PUT", "307")                                                              \
    X(SETTINGS, "Settings", "GET", "200")                                                          \
    X(SAVE_SETTINGS, "Save Settings", "PUT", "307")                                                \
    X(HELP, "Help", "GET", "200")                                                                  \
    X(ABOUT, "About", "GET", "200")                                                                \
    X(UPGRADE, "Upgrade", "GET", "200")                                                            \
    X(SUBMIT_UPGRADE, "Submit Upgrade", "PUT", "307")                                              \
    X(DOWNGRADE, "Downgrade", "GET", "200")                                                        \
    X(SUBMIT_DOWNGRADE, "Submit Downgrade", "PUT", "307")                                          \
    X(ERROR, "Error", "GET", "404")

enum page {
#define X(id, name, method, status) PAGE_##id,
    PAGES(X)
#undef X
        PAGE_COUNT,
};

/* Its fields up to `paid` are the event it is at. */
struct user_session {
    int64_t ts_ms;
    uint32_t item, track; /* the track where the page is NextSong */
    uint8_t page;
    bool logged_in, paid;

    struct session_plan plan;
    struct rng rng;
    int64_t song_end_ms; /* of the one that plays; 0: none */
    uint32_t done;       /* events before this one */
    bool repeated;
};

/* At the first event. */
void user_session_begin(struct user_session *session, const struct dataset *dataset,
                        const struct session_plan *session_plan);
/* To the next event; false when there is none. Times never fall. */
bool user_session_next(struct user_session *session, const struct dataset *dataset);

/* The time of the last event, and a bound on it that costs nothing. */
int64_t user_session_end_ms(const struct dataset *dataset, const struct session_plan *session_plan);
int64_t user_session_latest_end_ms(const struct session_plan *session_plan);

#endif
