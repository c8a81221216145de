/* session_queue: a binary heap of open sessions by the time of their next event. */
#include "session_queue.h"

#include <assert.h>

static bool before(const struct queue_entry *a, const struct queue_entry *b)
{
    return a->ts_ms < b->ts_ms || (a->ts_ms == b->ts_ms && a->number < b->number);
}

static void sift_down(struct session_queue *queue, struct queue_entry entry)
{
    struct queue_entry *entries = queue->entries;
    size_t at = 0, child;
    while ((child = 2 * at + 1) < queue->count) {
        if (child + 1 < queue->count && before(&entries[child + 1], &entries[child]))
            child++;
        if (!before(&entries[child], &entry))
            break;
        entries[at] = entries[child];
        at = child;
    }
    entries[at] = entry;
}

static void keep_spare(struct session_queue *queue, struct open_session *open)
{
    *MEM_ADD(queue->spare, queue->spare_count, queue->spare_cap) = open;
}

void session_queue_reset(struct session_queue *queue)
{
    while (queue->count)
        keep_spare(queue, queue->entries[--queue->count].open);
}

void session_queue_release(struct session_queue *queue)
{
    session_queue_reset(queue);
    while (queue->spare_count)
        mem_free(queue->spare[--queue->spare_count]);
    mem_free(queue->spare);
    mem_free(queue->entries);
    *queue = (struct session_queue){0};
}

struct open_session *session_queue_take_spare(struct session_queue *queue)
{
    if (queue->spare_count)
        return queue->spare[--queue->spare_count];
    return mem_alloc(sizeof(struct open_session));
}

static struct queue_entry entry_of(struct open_session *open)
{
    return (struct queue_entry){open->session.ts_ms, open->session.plan.number, open};
}

void session_queue_add(struct session_queue *queue, struct open_session *open)
{
    struct queue_entry entry = entry_of(open);
    MEM_GROW(queue->entries, queue->count + 1, queue->cap);
    size_t at = queue->count++;
    for (; at && before(&entry, &queue->entries[(at - 1) / 2]); at = (at - 1) / 2)
        queue->entries[at] = queue->entries[(at - 1) / 2];
    queue->entries[at] = entry;
}

void session_queue_first_moved(struct session_queue *queue)
{
    assert(queue->count);
    sift_down(queue, entry_of(queue->entries[0].open));
}

void session_queue_first_ended(struct session_queue *queue)
{
    assert(queue->count);
    keep_spare(queue, queue->entries[0].open);
    queue->count--;
    if (queue->count)
        sift_down(queue, queue->entries[queue->count]);
}
