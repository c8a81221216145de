/* session: what this layer's files know of a session. */
#ifndef SPARKIFY_QUERY_SESSION_H
#define SPARKIFY_QUERY_SESSION_H

#include <query.h>

#include <sys/types.h>

struct query_session {
    struct query_options options;
    pid_t pid;
    int fd;         /* -1 once the worker is gone */
    int statements; /* sent so far */
    bool has_view[TABLE_COUNT];
};

#endif
