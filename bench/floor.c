/* floor: the time that the system calls of a run take without any computation, as a lower bound.
 *
 *     floor INPUT LAKE OUTPUT THREADS
 *
 * Lists the files of LAKE (the output of a real run; this is not timed), then lists and reads all
 * of INPUT/song_data and INPUT/log_data, and writes files of the same names and sizes to OUTPUT.
 * Prints the seconds of both steps and their sum, and separately those of a syncfs after them,
 * which takes no time on tmpfs and is part of a durable run on a disk.
 *
 * It is meant to be hard to beat. Reading: folders and ranges of large files are tasks for any
 * thread; a small file takes one open, one read (a short read is the end of the file) and one
 * close; the buffer stays in the processor's cache. Writing: a parent folder of partitions is the
 * task of one thread as far as possible, because threads that create entries in the same folder
 * wait for its lock; the largest tasks are first, so that the threads finish at about the same
 * time. */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    BUFFER_BYTES = 256 << 10,
    RANGE_BYTES = 8 << 20,
    MAX_THREADS = 256,
    FILE_COST_BYTES = 64 << 10, /* creating a file and its folder takes as long as writing this */
};

static _Noreturn void die(const char *what, const char *path)
{
    fprintf(stderr, "floor: %s %s: %s\n", what, path, strerror(errno));
    exit(EXIT_FAILURE);
}

static void *must(void *memory)
{
    if (!memory)
        die("memory", "");
    return memory;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void run_threads(size_t threads, void *(*work)(void *), void *context)
{
    pthread_t handles[MAX_THREADS];
    for (size_t i = 0; i < threads; i++)
        if ((errno = pthread_create(&handles[i], NULL, work, context)) != 0)
            die("start", "a thread");
    for (size_t i = 0; i < threads; i++)
        pthread_join(handles[i], NULL);
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* A folder (length 0), or a range of a large file. */
struct read_task {
    char *path; /* owned, relative to the input */
    off_t offset, length;
};

struct reading {
    int root;
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        struct read_task *tasks;
        size_t count, capacity, unfinished;
    } shared;
};

static char *path_join(const char *folder, const char *name)
{
    char *path;
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        die("memory", "");
    return path;
}

static void reading_push(struct reading *reading, char *path, off_t offset, off_t length)
{
    pthread_mutex_lock(&reading->shared.mutex);
    if (reading->shared.count == reading->shared.capacity) {
        reading->shared.capacity = reading->shared.capacity * 2 + 64;
        reading->shared.tasks = must(realloc(
            reading->shared.tasks, reading->shared.capacity * sizeof *reading->shared.tasks));
    }
    reading->shared.tasks[reading->shared.count++] = (struct read_task){path, offset, length};
    reading->shared.unfinished++;
    pthread_cond_signal(&reading->shared.changed);
    pthread_mutex_unlock(&reading->shared.mutex);
}

/* Ends the task before and waits for the next; false if there are no more. */
static bool reading_next(struct reading *reading, bool finished, struct read_task *out_task)
{
    pthread_mutex_lock(&reading->shared.mutex);
    if (finished && --reading->shared.unfinished == 0)
        pthread_cond_broadcast(&reading->shared.changed);
    while (reading->shared.count == 0 && reading->shared.unfinished > 0)
        pthread_cond_wait(&reading->shared.changed, &reading->shared.mutex);
    bool found = reading->shared.count > 0;
    if (found)
        *out_task = reading->shared.tasks[--reading->shared.count];
    pthread_mutex_unlock(&reading->shared.mutex);
    return found;
}

/* Adds tasks for the part of the file after the first buffer. */
static void push_rest(struct reading *reading, int file, const char *folder, const char *name)
{
    struct stat stat;
    if (fstat(file, &stat) != 0)
        die("stat", name);
    for (off_t offset = BUFFER_BYTES; offset < stat.st_size; offset += RANGE_BYTES)
        reading_push(reading, path_join(folder, name), offset, RANGE_BYTES);
}

static void read_file(struct reading *reading, int folder_handle, const char *folder,
                      const char *name, char *buffer)
{
    int file = openat(folder_handle, name, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : read(file, buffer, BUFFER_BYTES);
    if (got < 0)
        die("read", name);
    if (got == BUFFER_BYTES)
        push_rest(reading, file, folder, name);
    close(file);
}

static void read_folder(struct reading *reading, const char *folder, char *buffer)
{
    char entries[32 << 10] __attribute__((aligned(_Alignof(struct dirent64))));
    int handle = openat(reading->root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ssize_t got;
    if (handle < 0)
        die("open", folder);
    while ((got = getdents64(handle, entries, sizeof entries)) > 0)
        for (ssize_t at = 0; at < got;) {
            const struct dirent64 *entry = (const void *)(entries + at);
            at += entry->d_reclen;
            if (entry->d_name[0] == '.')
                continue;
            if (entry->d_type == DT_DIR)
                reading_push(reading, path_join(folder, entry->d_name), 0, 0);
            else
                read_file(reading, handle, folder, entry->d_name, buffer);
        }
    if (got < 0)
        die("list", folder);
    close(handle);
}

static void read_range(const struct reading *reading, const struct read_task *task, char *buffer)
{
    int file = openat(reading->root, task->path, O_RDONLY | O_CLOEXEC);
    off_t at = task->offset, end = task->offset + task->length;
    ssize_t got = 1;
    if (file < 0)
        die("open", task->path);
    for (; at < end && got > 0; at += got) {
        size_t want = end - at < BUFFER_BYTES ? (size_t)(end - at) : BUFFER_BYTES;
        got = pread(file, buffer, want, at);
        if (got < 0)
            die("read", task->path);
    }
    close(file);
}

static void *read_tasks(void *context)
{
    struct reading *reading = context;
    struct read_task task;
    char *buffer = must(malloc(BUFFER_BYTES));
    for (bool found = reading_next(reading, false, &task); found;
         found = reading_next(reading, true, &task)) {
        if (task.length == 0)
            read_folder(reading, task.path, buffer);
        else
            read_range(reading, &task, buffer);
        free(task.path);
    }
    free(buffer);
    return NULL;
}

static void read_input(const char *input, size_t threads)
{
    struct reading reading = {
        .root = open(input, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
        .shared = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER},
    };
    if (reading.root < 0)
        die("open", input);
    reading_push(&reading, must(strdup("log_data")), 0, 0);
    reading_push(&reading, must(strdup("song_data")), 0, 0);
    run_threads(threads, read_tasks, &reading);
    free(reading.shared.tasks);
    close(reading.root);
}

/* ---- The lake's files ------------------------------------------------------------------------ */

struct lake_file {
    char *path; /* owned, relative to the lake */
    size_t bytes;
};

struct lake {
    struct lake_file *files;
    size_t count, capacity, root_len;
};

static struct lake the_lake; /* global, because nftw passes no context */

static int add_lake_file(const char *path, const struct stat *stat, int type, struct FTW *position)
{
    (void)position;
    if (type != FTW_F)
        return 0;
    if (the_lake.count == the_lake.capacity) {
        the_lake.capacity = the_lake.capacity * 2 + 1024;
        the_lake.files = must(realloc(the_lake.files, the_lake.capacity * sizeof *the_lake.files));
    }
    the_lake.files[the_lake.count++] =
        (struct lake_file){must(strdup(path + the_lake.root_len + 1)), (size_t)stat->st_size};
    return 0;
}

static int compare_paths(const void *a, const void *b)
{
    const struct lake_file *left = a, *right = b;
    return strcmp(left->path, right->path);
}

static void scan_lake(const char *lake)
{
    the_lake.root_len = strlen(lake);
    if (nftw(lake, add_lake_file, 64, FTW_PHYS) != 0)
        die("list", lake);
    if (the_lake.count > 0)
        qsort(the_lake.files, the_lake.count, sizeof *the_lake.files, compare_paths);
}

/* ---- Writing --------------------------------------------------------------------------------- */

/* Consecutive files of the sorted list: those below one folder such as songs/year=2003. */
struct write_task {
    const struct lake_file *files;
    size_t count, cost_bytes;
};

struct writing {
    int root;
    struct write_task *tasks;
    size_t count;
    atomic_size_t next;
};

/* The length of the first two folders of the path, or of as many as it has. */
static size_t parent_len(const char *path)
{
    const char *first = strchr(path, '/');
    const char *second = first ? strchr(first + 1, '/') : NULL;
    return (size_t)((second ? second : first ? first : path) - path);
}

static bool same_parent(const struct lake_file *a, const struct lake_file *b)
{
    size_t len = parent_len(a->path);
    return len == parent_len(b->path) && memcmp(a->path, b->path, len) == 0;
}

static int compare_costs(const void *a, const void *b)
{
    const struct write_task *left = a, *right = b;
    return (left->cost_bytes < right->cost_bytes) - (left->cost_bytes > right->cost_bytes);
}

/* Makes one task for each parent folder; a task larger than the share of a thread is split. */
static void plan_tasks(struct writing *writing, size_t threads)
{
    size_t total = 0;
    for (size_t i = 0; i < the_lake.count; i++)
        total += the_lake.files[i].bytes + FILE_COST_BYTES;
    writing->tasks = must(calloc(the_lake.count + 1, sizeof *writing->tasks));
    struct write_task *task = NULL;
    for (size_t i = 0; i < the_lake.count; i++) {
        const struct lake_file *file = &the_lake.files[i];
        if (!task || !same_parent(task->files, file) || task->cost_bytes > total / threads) {
            task = &writing->tasks[writing->count++];
            task->files = file;
        }
        task->count++;
        task->cost_bytes += file->bytes + FILE_COST_BYTES;
    }
    if (writing->count > 0)
        qsort(writing->tasks, writing->count, sizeof *writing->tasks, compare_costs);
}

/* Creates the folders of `path` that are not folders of the path before. */
static void make_folders(int root, const char *path, const char *before)
{
    char folder[PATH_MAX];
    size_t same = 0;
    while (path[same] && path[same] == before[same])
        same++;
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        size_t len = (size_t)(slash - path);
        if (len < same)
            continue;
        assert(len < sizeof folder);
        memcpy(folder, path, len);
        folder[len] = '\0';
        if (mkdirat(root, folder, 0777) != 0 && errno != EEXIST)
            die("make", folder);
    }
}

static void write_file(int root, const struct lake_file *file, const char *buffer)
{
    int handle = openat(root, file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (handle < 0)
        die("create", file->path);
    for (size_t rest = file->bytes; rest > 0;) {
        ssize_t put = write(handle, buffer, rest < BUFFER_BYTES ? rest : BUFFER_BYTES);
        if (put <= 0)
            die("write", file->path);
        rest -= (size_t)put;
    }
    if (close(handle) != 0)
        die("close", file->path);
}

static void *write_tasks(void *context)
{
    struct writing *writing = context;
    char *buffer = must(malloc(BUFFER_BYTES));
    memset(buffer, 'x', BUFFER_BYTES);
    for (size_t i; (i = atomic_fetch_add(&writing->next, 1)) < writing->count;) {
        const struct write_task *task = &writing->tasks[i];
        const char *before = "";
        for (size_t f = 0; f < task->count; before = task->files[f++].path) {
            make_folders(writing->root, task->files[f].path, before);
            write_file(writing->root, &task->files[f], buffer);
        }
    }
    free(buffer);
    return NULL;
}

static void write_output(struct writing *writing, const char *output, size_t threads)
{
    if (mkdir(output, 0777) != 0 && errno != EEXIST)
        die("make", output);
    writing->root = open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (writing->root < 0)
        die("open", output);
    run_threads(threads, write_tasks, writing);
}

static void sync_output(struct writing *writing, const char *output)
{
    if (syncfs(writing->root) != 0)
        die("sync", output);
    close(writing->root);
    free(writing->tasks);
}

int main(int argc, char **argv)
{
    size_t threads = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;
    struct writing writing = {0};
    if (threads == 0 || threads > MAX_THREADS) {
        fprintf(stderr, "usage: floor INPUT LAKE OUTPUT THREADS\n");
        return 2;
    }
    scan_lake(argv[2]);
    plan_tasks(&writing, threads);
    double start = now();
    read_input(argv[1], threads);
    double between = now();
    write_output(&writing, argv[3], threads);
    double end = now();
    sync_output(&writing, argv[3]);
    printf("read %.6f write %.6f total %.6f sync %.6f\n", between - start, end - between,
           end - start, now() - end);
    return EXIT_SUCCESS;
}
