/* event_line: writes an event as a line of a log file, a JSON object. */
#pragma once

#include "user_session.h"

#define LINE_MAX_BYTES (2 * PHRASE_MAX_BYTES + 5 * WORD_MAX_BYTES + 512)
/* Writes the session's current event to `at`, which has room for LINE_MAX_BYTES, without a newline;
 * returns the end. */
char *event_line_write(char *at, const struct dataset *dataset, const struct user_session *session);
