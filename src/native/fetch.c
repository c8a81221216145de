/* Needs are numbered in the order of the tasks, and asked for in that order, as far ahead of those
 * that were taken as the store says it pays (store_reads_ahead; not at all on a disk). As tasks are
 * begun in their order, too, a need that is taken is nearly always asked for already; if not, all
 * up to it are asked for now. So nobody ever waits for what was not asked for. */
#include "fetch.h"

#include <pthread.h>

#define OVERLAP_BYTES ((size_t)16 << 10)

struct fetch {
    const struct input *input;
    const struct task *tasks;
    size_t task_count;
    size_t
        *first; /* of each task: the number of its first need; and one more: how many there are */
    struct store_ahead ahead;
    struct {
        pthread_mutex_t mutex;
        struct store_read **reads; /* of each need, once it is asked for and until it is taken */
        size_t asked;              /* needs that were asked for: the first so many */
        size_t task;               /* that has the next need */
        size_t held, held_bytes;   /* asked for, and not taken yet */
    } shared;
};

struct fetch *fetch_new(const struct input *input, const struct task *tasks, size_t task_count)
{
    struct fetch *fetch = mem_zalloc(sizeof *fetch);
    fetch->input = input;
    fetch->tasks = tasks;
    fetch->task_count = task_count;
    fetch->ahead = store_reads_ahead(input->store);
    fetch->first = mem_alloc((task_count + 1) * sizeof *fetch->first);
    fetch->first[0] = 0;
    for (size_t i = 0; i < task_count; i++)
        fetch->first[i + 1] = fetch->first[i] + tasks[i].file_count;
    fetch->shared.reads = mem_zalloc(fetch->first[task_count] * sizeof *fetch->shared.reads);
    pthread_mutex_init(&fetch->shared.mutex, NULL);
    return fetch;
}

void fetch_free(struct fetch *fetch)
{
    if (!fetch)
        return;
    for (size_t i = 0; i < fetch->shared.asked; i++)
        store_read_drop(fetch->shared.reads[i]);
    pthread_mutex_destroy(&fetch->shared.mutex);
    mem_free(fetch->shared.reads);
    mem_free(fetch->first);
    mem_free(fetch);
}

struct need fetch_need(const struct fetch *fetch, const struct task *task, uint32_t i)
{
    struct need need = {.file = task->file + i};
    uint64_t end;
    switch (task->kind) {
    case TASK_FILES: /* and one byte more, which shows a file that has grown */
        need.length = fetch->input->files.objects[need.file].size_bytes + 1;
        break;
    case TASK_RANGE:
        end = task->offset + task->length + OVERLAP_BYTES;
        need.offset = task->offset ? task->offset - 1 : 0;
        need.length = (size_t)(end - need.offset);
        break;
    case TASK_STREAM:
        need.length = INPUT_PIECE_BYTES;
        break;
    }
    return need;
}

/* ---- Asking ---------------------------------------------------------------------------------- */

static struct need next_need_locked(struct fetch *fetch)
{
    while (fetch->first[fetch->shared.task + 1] <= fetch->shared.asked)
        fetch->shared.task++;
    size_t task = fetch->shared.task;
    return fetch_need(fetch, &fetch->tasks[task],
                      (uint32_t)(fetch->shared.asked - fetch->first[task]));
}

/* No more than there are of the file. */
static size_t need_bytes(const struct fetch *fetch, const struct need *need)
{
    uint64_t size = fetch->input->files.objects[need->file].size_bytes;
    uint64_t left = need->offset < size ? size - need->offset : 0;
    return need->length < left ? need->length : (size_t)left;
}

static bool is_room_locked(const struct fetch *fetch, size_t bytes)
{
    return fetch->shared.held < fetch->ahead.reads &&
           fetch->shared.held_bytes + bytes <= fetch->ahead.bytes;
}

/* Asks for all needs up to `number`, and for those after it that there is room for. */
static void ask_locked(struct fetch *fetch, size_t number)
{
    while (fetch->shared.asked < fetch->first[fetch->task_count]) {
        struct need need = next_need_locked(fetch);
        size_t bytes = need_bytes(fetch, &need);
        if (fetch->shared.asked > number && !is_room_locked(fetch, bytes))
            break;
        fetch->shared.reads[fetch->shared.asked++] = store_read_begin(
            fetch->input->store, &fetch->input->files.objects[need.file], need.offset, need.length);
        fetch->shared.held++;
        fetch->shared.held_bytes += bytes;
    }
}

enum status fetch_take(struct fetch *fetch, const struct task *task, uint32_t i, struct buffer *out,
                       struct error *error)
{
    size_t number = fetch->first[task - fetch->tasks] + i;
    struct need need = fetch_need(fetch, task, i);
    pthread_mutex_lock(&fetch->shared.mutex);
    ask_locked(fetch, number);
    struct store_read *read = fetch->shared.reads[number];
    fetch->shared.reads[number] = NULL;
    pthread_mutex_unlock(&fetch->shared.mutex);
    enum status status = store_read_finish(read, out, error);
    pthread_mutex_lock(&fetch->shared.mutex);
    fetch->shared.held--;
    fetch->shared.held_bytes -= need_bytes(fetch, &need);
    pthread_mutex_unlock(&fetch->shared.mutex);
    return status;
}
