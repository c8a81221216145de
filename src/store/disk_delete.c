/* Deleting objects, and the folders that this leaves empty.
 *
 * The keys are gone through in their order, and a folder is tried for removal when the next key is
 * no longer below it: for sorted keys that is once for each folder. Workers take a range of the
 * keys each. Two that share a folder both try it after their own last key in it, so the later of
 * the two finds it empty; the same holds for the folders above.
 *
 * A worker has a handle on each of the folders that it is in, from the root down, each opened in
 * the one above and none through a link (see disk_gate.c).
 *
 * A worker waits more than it works where the file system tells the disk at once what is free
 * (discard), or is far away: so there are more of them than cores. */
#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* Starting a thread costs as much as some dozens of deletes. */
#define MIN_KEYS_PER_WORKER 256
#define MAX_WORKERS         16

struct deletion {
    struct disk *disk;
    const struct str *keys;
    size_t count;
    unsigned workers;
    struct {
        pthread_mutex_t mutex;
        enum status status;
        struct error *error;
    } shared;
};

/* The folder that a worker is in: a key's first `len` bytes, and a handle on each of its parts. */
struct way {
    struct deletion *deletion;
    char path[PATH_MAX];
    size_t len;
    size_t depth, cap;
    struct way_part {
        int fd;       /* of the folder above it */
        size_t begin; /* of its name in the path */
    } *parts;
    int fd; /* of the folder; the root's is never closed */
};

static void way_release(struct way *way)
{
    mem_free(way->parts);
}

/* Keeps the first failure; the rest is deleted all the same. */
static void note_failure(struct deletion *deletion, int error_number, struct str what)
{
    pthread_mutex_lock(&deletion->shared.mutex);
    if (deletion->shared.status == STATUS_OK)
        deletion->shared.status =
            disk_failed(deletion->disk, error_number, "delete", what, deletion->shared.error);
    pthread_mutex_unlock(&deletion->shared.mutex);
}

/* ---- The way down and up ----------------------------------------------------------------------
 */

/* How many bytes of `folder` ("a/b/") are folders above `next` too: 2 for "a/c/x". */
static size_t shared_folders(struct str folder, struct str next)
{
    size_t shared = 0;
    for (size_t i = 0; i < folder.len && i < next.len && folder.data[i] == next.data[i]; i++)
        if (folder.data[i] == '/')
            shared = i + 1;
    return shared;
}

/* A folder stays that holds something, is mounted, or is in one that is not ours. */
static bool may_stay(int error_number)
{
    return error_number == ENOTEMPTY || error_number == EEXIST || error_number == EBUSY ||
           error_number == ENOTDIR || error_number == EACCES || error_number == EPERM ||
           error_number == EROFS || error_number == ENOENT;
}

/* Goes down into the folder `name`, which is the next part of the path. Returns 0 or an errno. */
static int way_enter(struct way *way, struct str name)
{
    size_t begin = way->len;
    memcpy(way->path + begin, name.data, name.len);
    way->path[begin + name.len] = '\0';
    int fd = disk_gate_enter(way->fd, way->path + begin);
    if (fd < 0)
        return errno;
    MEM_GROW(way->parts, way->depth + 1, way->cap);
    way->parts[way->depth++] = (struct way_part){way->fd, begin};
    way->path[begin + name.len] = '/';
    way->len = begin + name.len + 1;
    way->fd = fd;
    return 0;
}

/* Goes up to the first `len` bytes of the path, and removes the folders on the way that are empty.
 */
static void way_leave(struct way *way, size_t len)
{
    while (way->len > len) {
        struct way_part part = way->parts[--way->depth];
        close(way->fd);
        way->fd = part.fd;
        way->path[way->len - 1] = '\0';
        way->len = part.begin;
        if (unlinkat(way->fd, way->path + part.begin, AT_REMOVEDIR) != 0 && !may_stay(errno))
            note_failure(way->deletion, errno, str_of(way->path));
    }
}

/* Returns 0 or an errno. */
static int way_go(struct way *way, struct str folder)
{
    int error_number = 0;
    while (way->len < folder.len && error_number == 0) {
        const char *part = folder.data + way->len;
        const char *slash = memchr(part, '/', folder.len - way->len);
        error_number = way_enter(way, (struct str){part, (size_t)(slash - part)});
    }
    return error_number;
}

/* ---- Deleting ---------------------------------------------------------------------------------
 */

/* What is gone already is no failure, and neither is a folder that has become something else. */
static void delete_key(struct way *way, struct str key)
{
    struct str folder = store_key_folder(key), name = store_key_name(key);
    if (key.len >= sizeof way->path) {
        note_failure(way->deletion, ENAMETOOLONG, key);
        return;
    }
    int error_number = way_go(way, folder);
    if (error_number == 0) {
        char *text = way->path + way->len;
        memcpy(text, name.data, name.len);
        text[name.len] = '\0';
        error_number = unlinkat(way->fd, text, 0) == 0 ? 0 : errno;
    }
    if (error_number && error_number != ENOENT && error_number != ENOTDIR)
        note_failure(way->deletion, error_number, key);
}

static void delete_range(void *ctx, unsigned worker)
{
    struct deletion *deletion = ctx;
    CLEANUP(way_release)
    struct way way = {.deletion = deletion, .fd = atomic_load(&deletion->disk->root_fd)};
    size_t first = deletion->count * worker / deletion->workers;
    size_t end = deletion->count * (worker + 1) / deletion->workers;
    for (size_t i = first; i < end; i++) {
        struct str next = i + 1 < end ? deletion->keys[i + 1] : STR("");
        delete_key(&way, deletion->keys[i]);
        way_leave(&way, shared_folders((struct str){way.path, way.len}, next));
    }
}

enum status disk_delete(struct store *store, const struct str *keys, size_t count,
                        struct error *error)
{
    struct disk *disk = disk_of(store);
    struct deletion deletion = {.disk = disk, .keys = keys, .count = count};
    if (atomic_load(&disk->root_fd) < 0)
        return STATUS_OK;
    size_t workers = count / MIN_KEYS_PER_WORKER;
    deletion.workers = workers < MAX_WORKERS ? (unsigned)workers + !workers : MAX_WORKERS;
    deletion.shared.error = error;
    pthread_mutex_init(&deletion.shared.mutex, NULL);
    threads_run(deletion.workers, delete_range, &deletion);
    pthread_mutex_destroy(&deletion.shared.mutex);
    return deletion.shared.status;
}

/* ---- Empty folders ----------------------------------------------------------------------------
 */

/* No lake has folders in each other so often; each holds a handle while those below it are tried.
 */
#define MAX_DEPTH 32

/* Tries to remove the folder `name`, after those in it. rmdir removes nothing but an empty folder,
 * so everything can be tried. */
static void prune(int at_fd, const char *name, unsigned depth)
{
    const struct dirent *entry;
    int fd = openat(at_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *listing = fd < 0 ? NULL : fdopendir(fd);
    while (listing && depth < MAX_DEPTH && (entry = readdir(listing)))
        if ((entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) &&
            strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            prune(fd, entry->d_name, depth + 1);
    if (listing)
        closedir(listing);
    else
        fd_release(&fd);
    unlinkat(at_fd, name, AT_REMOVEDIR);
}

void disk_prune(struct store *store, const char *prefix)
{
    CLEANUP(buffer_release) struct buffer name = {0};
    struct disk *disk = disk_of(store);
    struct str folder = store_key_folder(str_of(prefix));
    buffer_append_str(&name, store_key_name(str_of(prefix)));
    if (atomic_load(&disk->root_fd) < 0)
        return;
    int fd = disk_gate_open(disk, (struct str){folder.data, folder.len - !!folder.len});
    if (fd >= 0)
        prune(fd, buffer_text(&name), 0);
    disk_gate_close(disk, fd);
}
