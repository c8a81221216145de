/* query_session: the session's struct, private to this layer. */
#pragma once

#include "cluster.h"

#include <query.h>

#include <sys/types.h>

struct query_session {
    struct query_options options;
    struct spark_session *cluster;     /* NULL: DuckDB, in a worker */
    struct query_spawner *own_spawner; /* NULL: options.spawner is used */
    char *folder;                      /* options.folder */
    pid_t pid;
    int fd;            /* -1 once the worker is gone */
    int statements;    /* statements sent to this worker */
    uint64_t began_ns; /* start of the current statement */
    bool has_view[MODEL_MAX_TABLES];
    struct buffer id_name; /* of the facts of the lake whose views there are */
};

/* The name of the users table in the original job. */
#define USERS_ALIAS "users_table"

/* To be called before a statement or its views: forgets a worker that has ended, so that a new one
 * is started. */
void query_session_forget_dead(struct query_session *session);
