/* Ranges are numbered in the order of the tasks, and their reads are begun in that order, as far
 * ahead of the ranges in use as the store recommends (store_reads_ahead; not at all on a disk).
 * Tasks are begun in the same order, so the read of a range is nearly always under way when the
 * range is taken; if it is not, the reads of all ranges up to it are begun then. So no thread waits
 * for a read that was not begun. */
#include "fetch.h"

#define OVERLAP_BYTES ((size_t)16 << 10)

struct fetch {
    const struct input *input;
    const struct task *tasks;
    size_t task_count;
    size_t
        *first; /* of each task: the number of its first range; and one more: how many there are */
    struct store_ahead ahead;
    struct {
        pthread_mutex_t mutex;
        struct store_read **reads; /* of each range, from when it is begun until it is taken */
        size_t begun;              /* the number of ranges whose reads were begun */
        size_t task;               /* the task of the next range */
        size_t held, held_bytes;   /* begun and not taken yet */
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
    for (size_t i = 0; i < fetch->shared.begun; i++)
        store_read_drop(fetch->shared.reads[i]);
    pthread_mutex_destroy(&fetch->shared.mutex);
    mem_free(fetch->shared.reads);
    mem_free(fetch->first);
    mem_free(fetch);
}

struct fetch_range fetch_range_of(const struct fetch *fetch, const struct task *task, uint32_t i)
{
    struct fetch_range range = {.file = task->file + i};
    uint64_t end;
    switch (task->kind) {
    case TASK_FILES: /* with one byte more, which shows a file that has grown */
        range.length = fetch->input->files.objects[range.file].size_bytes + 1;
        break;
    case TASK_RANGE:
        end = task->offset + task->length + OVERLAP_BYTES;
        range.offset = task->offset ? task->offset - 1 : 0;
        range.length = (size_t)(end - range.offset);
        break;
    case TASK_STREAM:
        range.length = INPUT_PIECE_BYTES;
        break;
    }
    return range;
}

/* ---- Asking ---------------------------------------------------------------------------------- */

static struct fetch_range next_range_locked(struct fetch *fetch)
{
    while (fetch->first[fetch->shared.task + 1] <= fetch->shared.begun)
        fetch->shared.task++;
    size_t task = fetch->shared.task;
    return fetch_range_of(fetch, &fetch->tasks[task],
                          (uint32_t)(fetch->shared.begun - fetch->first[task]));
}

/* The bytes of the range that exist in the file as it was listed. */
static size_t range_bytes(const struct fetch *fetch, const struct fetch_range *range)
{
    uint64_t size = fetch->input->files.objects[range->file].size_bytes;
    uint64_t left = range->offset < size ? size - range->offset : 0;
    return range->length < left ? range->length : (size_t)left;
}

static bool is_room_locked(const struct fetch *fetch, size_t bytes)
{
    return fetch->shared.held < fetch->ahead.reads &&
           fetch->shared.held_bytes + bytes <= fetch->ahead.bytes;
}

/* Begins the reads of all ranges up to `number`, and of those after it while there is room. */
static void begin_reads_locked(struct fetch *fetch, size_t number)
{
    while (fetch->shared.begun < fetch->first[fetch->task_count]) {
        struct fetch_range range = next_range_locked(fetch);
        size_t bytes = range_bytes(fetch, &range);
        if (fetch->shared.begun > number && !is_room_locked(fetch, bytes))
            break;
        fetch->shared.reads[fetch->shared.begun++] =
            store_read_begin(fetch->input->store, &fetch->input->files.objects[range.file],
                             range.offset, range.length);
        fetch->shared.held++;
        fetch->shared.held_bytes += bytes;
    }
}

enum status fetch_take(struct fetch *fetch, const struct task *task, uint32_t i, struct buffer *out,
                       struct error *error)
{
    size_t number = fetch->first[task - fetch->tasks] + i;
    struct fetch_range range = fetch_range_of(fetch, task, i);
    pthread_mutex_lock(&fetch->shared.mutex);
    begin_reads_locked(fetch, number);
    struct store_read *read = fetch->shared.reads[number];
    fetch->shared.reads[number] = NULL;
    pthread_mutex_unlock(&fetch->shared.mutex);
    enum status status = store_read_finish(read, out, error);
    pthread_mutex_lock(&fetch->shared.mutex);
    fetch->shared.held--;
    fetch->shared.held_bytes -= range_bytes(fetch, &range);
    pthread_mutex_unlock(&fetch->shared.mutex);
    return status;
}
