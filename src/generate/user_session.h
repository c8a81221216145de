/* user_session: the events of a session, one after another. */
#pragma once

#include "dataset.h"

/* the page's name in the log, the HTTP method and the status */
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

/* A session; the fields up to `paid` are its current event. */
struct user_session {
    int64_t ts_ms;
    uint32_t item, track; /* the track where the page is NextSong */
    uint8_t page;
    bool logged_in, paid;

    struct session_plan plan;
    struct rng rng;
    int64_t song_end_ms; /* of the current song; 0: none */
    uint32_t done;       /* the number of events before this one */
    bool repeated;
};

/* Sets *session to the first event of a planned session. */
void user_session_begin(struct user_session *session, const struct dataset *dataset,
                        const struct session_plan *session_plan);
/* Advances to the next event, whose time is not before that of the current one; false: there is
 * none. */
bool user_session_next(struct user_session *session, const struct dataset *dataset);

/* Return the time of the last event, which takes a simulation of the session, and a quick upper
 * bound of it. */
int64_t user_session_end_ms(const struct dataset *dataset, const struct session_plan *session_plan);
int64_t user_session_latest_end_ms(const struct session_plan *session_plan);
