/* session_queue: a binary heap of open sessions by the time of their next event. */
#include "session_queue.h"

#include <assert.h>

static bool before(const struct user_session *a, const struct user_session *b)
{
    return a->ts_ms < b->ts_ms || (a->ts_ms == b->ts_ms && a->plan.number < b->plan.number);
}

void session_queue_release(struct session_queue *queue)
{
    mem_free(queue->sessions);
    *queue = (struct session_queue){0};
}

void session_queue_add(struct session_queue *queue, const struct user_session *session)
{
    MEM_GROW(queue->sessions, queue->count + 1, queue->cap);
    struct user_session *sessions = queue->sessions;
    size_t at = queue->count++;
    for (; at && before(session, &sessions[(at - 1) / 2]); at = (at - 1) / 2)
        sessions[at] = sessions[(at - 1) / 2];
    sessions[at] = *session;
}

/* Moves what is to be first, or the last one in its place, down from the top. */
void session_queue_first_moved(struct session_queue *queue, bool has_ended)
{
    assert(queue->count);
    struct user_session *sessions = queue->sessions;
    queue->count -= has_ended;
    struct user_session session = sessions[has_ended ? queue->count : 0];
    size_t at = 0, child;
    while ((child = 2 * at + 1) < queue->count) {
        if (child + 1 < queue->count && before(&sessions[child + 1], &sessions[child]))
            child++;
        if (!before(&sessions[child], &session))
            break;
        sessions[at] = sessions[child];
        at = child;
    }
    sessions[at] = session;
}
