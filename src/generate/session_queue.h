/* session_queue: a priority queue of open sessions, by the time of their next event. */
#pragma once

#include "user_session.h"

/* A binary heap. Of equal times the session with the lower number goes first. */
struct session_queue {
    struct user_session *sessions;
    size_t count, cap;
};

void session_queue_release(struct session_queue *queue);
void session_queue_add(struct session_queue *queue, const struct user_session *session);
/* Returns the session with the next event. The queue is not empty, here and in the next one. */
static inline struct user_session *session_queue_peek(const struct session_queue *queue)
{
    return &queue->sessions[0];
}
/* Called after the first session has advanced to its next event, or has ended. */
void session_queue_first_moved(struct session_queue *queue, bool has_ended);
