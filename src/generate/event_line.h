/* event_line: writes an event as a line of a log file, a JSON object. */
#pragma once

#include "user_session.h"

/* The parts of a line that are the same for all events of a session, in the order of the line. */
enum session_part {
    PART_WHO,          /* after the artist: auth, firstName, gender */
    PART_LAST_NAME,    /* after itemInSession */
    PART_LOCATION,     /* after the level */
    PART_REGISTRATION, /* after the page: registration, sessionId */
    PART_AGENT,        /* after ts: userAgent, userId, and the end */
    PART_COUNT,
};
#define SESSION_TEXT_BYTES 1024
struct session_text {
    char bytes[SESSION_TEXT_BYTES];
    uint16_t ends[PART_COUNT];
};

/* These parts while the user is logged in, and while logged out. */
struct session_texts {
    struct session_text in, out;
};
/* `moment`: see people_user. */
void session_texts_make(struct session_texts *texts, const struct dataset *dataset,
                        const struct session_plan *session, uint64_t moment);

#define LINE_MAX_BYTES (2 * PHRASE_MAX_BYTES + 2 * SESSION_TEXT_BYTES)
/* Writes the session's current event to `at`, which has room for LINE_MAX_BYTES, without a newline;
 * returns the end. */
char *event_line_write(char *at, const struct dataset *dataset, const struct user_session *session,
                       const struct session_texts *texts);
