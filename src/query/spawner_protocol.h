/* spawner_protocol: what a program and the process that starts its workers say to each other, in
 * datagrams over a socket.
 *
 *   process → program   a greeting, once
 *   program → process   a request; where it starts a worker, with the worker's socket
 *   process → program   an int: the worker's pid or -errno; of an end what waitpid says
 *
 * The two may come from different builds, so all have one layout in all of them. */
#ifndef SPARKIFY_QUERY_SPAWNER_PROTOCOL_H
#define SPARKIFY_QUERY_SPAWNER_PROTOCOL_H

#include "worker.h"

#define SPAWNER_FD 3 /* of the process that starts workers */

/* To be raised by any change of what stands here, of struct worker_options, or of frames.h. */
#define SPAWNER_PROTOCOL 1
#define SPAWNER_MAGIC    "workers" /* with its end eight bytes */

struct spawner_greeting {
    char magic[sizeof SPAWNER_MAGIC];
    uint64_t protocol;
};

struct spawner_request {
    int64_t pid; /* of the worker to end; 0: start one */
    struct worker_options options;
};

/* `fd` is sent along; -1: none. False when the other end is gone. */
bool spawner_request_send(int to, struct spawner_request *request, int fd);
/* False at the end: the program is gone. `fd` is -1 where none came. */
bool spawner_request_receive(int from, struct spawner_request *request, int *fd);

#endif
