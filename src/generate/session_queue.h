/* session_queue: the sessions that are open, the one whose event comes next first. */
#ifndef SPARKIFY_GENERATE_SESSION_QUEUE_H
#define SPARKIFY_GENERATE_SESSION_QUEUE_H

#include "event_line.h"

struct open_session {
    struct user_session session;
    struct session_texts texts;
};

struct queue_entry {
    int64_t ts_ms;
    uint64_t number; /* of the session: decides between equal times */
    struct open_session *open;
};

/* A binary heap, and sessions that are done, kept for reuse. */
struct session_queue {
    struct queue_entry *entries;
    size_t count, cap;
    struct open_session **spare;
    size_t spare_count, spare_cap;
};

void session_queue_release(struct session_queue *queue);
/* Closes all sessions. */
void session_queue_reset(struct session_queue *queue);
/* Room for a session, which session_queue_add then adds. */
struct open_session *session_queue_take_spare(struct session_queue *queue);
void session_queue_add(struct session_queue *queue, struct open_session *open);
/* The session whose event comes next; not of an empty queue. */
static inline struct open_session *session_queue_peek(const struct session_queue *queue)
{
    return queue->entries[0].open;
}
/* After the first session went to its next event; or to say that it has none. */
void session_queue_first_moved(struct session_queue *queue);
void session_queue_first_ended(struct session_queue *queue);

#endif
