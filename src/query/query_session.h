/* query_session: what this layer's files know of a session. */
#ifndef SPARKIFY_QUERY_QUERY_SESSION_H
#define SPARKIFY_QUERY_QUERY_SESSION_H

#include "cluster.h"

#include <query.h>

#include <sys/types.h>

struct query_session {
    struct query_options options;
    struct cluster *cluster;           /* NULL: DuckDB, in a worker */
    struct query_spawner *own_spawner; /* NULL: options.spawner is somebody else's */
    char *folder;                      /* options.folder */
    pid_t pid;
    int fd;            /* -1 once the worker is gone */
    int statements;    /* sent to this worker so far */
    uint64_t began_ns; /* the newest */
    bool has_view[TABLE_COUNT];
};

/* Before a statement, or views for it: forgets a worker that has died meanwhile, so that a new one
 * is started. */
void query_session_forget_dead(struct query_session *session);

#endif
