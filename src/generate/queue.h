/* queue: the sessions that are open, the one whose event comes next first. */
#ifndef SPARKIFY_GENERATE_QUEUE_H
#define SPARKIFY_GENERATE_QUEUE_H

#include "line.h"

struct open_session {
    struct session session;
    struct session_texts texts;
};

struct queue_entry {
    int64_t ts_ms;
    uint64_t number; /* of the session: decides between equal times */
    struct open_session *open;
};

/* A binary heap, and sessions that are done, kept for reuse. */
struct queue {
    struct queue_entry *entries;
    size_t count, cap;
    struct open_session **spare;
    size_t spare_count, spare_cap;
};

void queue_release(struct queue *queue);
/* Closes all sessions. */
void queue_reset(struct queue *queue);
/* Room for a session, which queue_add then adds. */
struct open_session *queue_take_spare(struct queue *queue);
void queue_add(struct queue *queue, struct open_session *open);
/* The session whose event comes next; not of an empty queue. */
static inline struct open_session *queue_peek(const struct queue *queue)
{
    return queue->entries[0].open;
}
/* After the first session went to its next event; or to say that it has none. */
void queue_first_moved(struct queue *queue);
void queue_first_ended(struct queue *queue);

#endif
