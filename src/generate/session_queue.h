/* session_queue: a priority queue of open sessions, by the time of their next event. */
#pragma once

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

/* A binary heap, and a list of ended sessions whose memory is reused. */
struct session_queue {
    struct queue_entry *entries;
    size_t count, cap;
    struct open_session **spare;
    size_t spare_count, spare_cap;
};

void session_queue_release(struct session_queue *queue);
/* Removes all sessions and keeps the memory. */
void session_queue_reset(struct session_queue *queue);
/* Returns memory for a session, uninitialized; the caller gives it back by session_queue_add. */
struct open_session *session_queue_take_spare(struct session_queue *queue);
void session_queue_add(struct session_queue *queue, struct open_session *open);
/* Returns the session with the next event. The queue is not empty, here and in the next two. */
static inline struct open_session *session_queue_peek(const struct session_queue *queue)
{
    return queue->entries[0].open;
}
/* Called after the first session has advanced to its next event, or has ended. */
void session_queue_first_moved(struct session_queue *queue);
void session_queue_first_ended(struct session_queue *queue);
