/* Deleting objects, and the folders that this leaves empty.
 *
 * The keys are deleted in their order, and a folder is removed, if it is empty, when the next key
 * is no longer below it: for sorted keys that is one try for each folder. Each worker has a range
 * of the keys. Two workers with keys in one folder both try to remove it after their last key in
 * it, so the later one finds it empty; the same holds for the folders above.
 *
 * A worker has a handle on each of the folders that it is in, from the root down, each opened in
 * the one above and none through a link (see disk_gate.c).
 *
 * Workers mostly wait where the file system discards freed blocks at once, or is remote: so there
 * are more of them than cores. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>

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

/* The folder that a worker is in, with a handle on each folder from the root to it: the first
 * `len` bytes of a key. */
struct chain {
    struct deletion *deletion;
    char path[PATH_MAX];
    size_t len;
    size_t depth, cap;
    struct chain_link {
        int fd;       /* of the folder above it */
        size_t begin; /* of its name in the path */
    } *parts;
    int fd; /* of the folder; the root's is never closed */
};

static void chain_release(struct chain *chain)
{
    mem_free(chain->parts);
}

/* Keeps the first failure; the other keys are still deleted. */
static void note_failure(struct deletion *deletion, int error_number, struct str what)
{
    pthread_mutex_lock(&deletion->shared.mutex);
    if (deletion->shared.status == STATUS_OK)
        deletion->shared.status =
            disk_failed(deletion->disk, error_number, "delete", what, deletion->shared.error);
    pthread_mutex_unlock(&deletion->shared.mutex);
}

/* ---- The chain down and up ------------------------------------------------------------------- */

/* How many bytes of `folder` ("a/b/") are folders of `next`, too: 2 for "a/c/x". */
static size_t shared_folders(struct str folder, struct str next)
{
    size_t shared = 0;
    for (size_t i = 0; i < folder.len && i < next.len && folder.data[i] == next.data[i]; i++)
        if (folder.data[i] == '/')
            shared = i + 1;
    return shared;
}

/* Whether a folder may remain for this reason: it is not empty, a mount point, or protected. */
static bool may_stay(int error_number)
{
    return error_number == ENOTEMPTY || error_number == EEXIST || error_number == EBUSY ||
           error_number == ENOTDIR || error_number == EACCES || error_number == EPERM ||
           error_number == EROFS || error_number == ENOENT;
}

/* Enters the folder `name`, the next part of the path. Returns 0 or an errno. */
static int chain_enter(struct chain *chain, struct str name)
{
    size_t begin = chain->len;
    memcpy(chain->path + begin, name.data, name.len);
    chain->path[begin + name.len] = '\0';
    int fd = disk_gate_enter(chain->fd, chain->path + begin);
    if (fd < 0)
        return errno;
    *MEM_ADD(chain->parts, chain->depth, chain->cap) = (struct chain_link){chain->fd, begin};
    chain->path[begin + name.len] = '/';
    chain->len = begin + name.len + 1;
    chain->fd = fd;
    return 0;
}

/* Leaves the folders below the first `len` bytes of the path, and removes those that are empty. */
static void chain_leave(struct chain *chain, size_t len)
{
    while (chain->len > len) {
        struct chain_link part = chain->parts[--chain->depth];
        close(chain->fd);
        chain->fd = part.fd;
        chain->path[chain->len - 1] = '\0';
        chain->len = part.begin;
        if (unlinkat(chain->fd, chain->path + part.begin, AT_REMOVEDIR) != 0 && !may_stay(errno))
            note_failure(chain->deletion, errno, str_of(chain->path));
    }
}

/* Returns 0 or an errno. */
static int chain_enter_all(struct chain *chain, struct str folder)
{
    int error_number = 0;
    while (chain->len < folder.len && error_number == 0) {
        const char *part = folder.data + chain->len;
        const char *slash = memchr(part, '/', folder.len - chain->len);
        error_number = chain_enter(chain, (struct str){part, (size_t)(slash - part)});
    }
    return error_number;
}

/* ---- Deleting -------------------------------------------------------------------------------- */

/* Deletes an object. One that is gone is no failure, and neither is a folder of its key that is
 * no folder any more. */
static void delete_key(struct chain *chain, struct str key)
{
    struct str folder = store_key_folder(key), name = store_key_name(key);
    if (key.len >= sizeof chain->path) {
        note_failure(chain->deletion, ENAMETOOLONG, key);
        return;
    }
    int error_number = chain_enter_all(chain, folder);
    if (error_number == 0) {
        char *text = chain->path + chain->len;
        memcpy(text, name.data, name.len);
        text[name.len] = '\0';
        error_number = unlinkat(chain->fd, text, 0) == 0 ? 0 : errno;
    }
    if (error_number && error_number != ENOENT && error_number != ENOTDIR)
        note_failure(chain->deletion, error_number, key);
}

static void delete_range(void *ctx, unsigned worker)
{
    struct deletion *deletion = ctx;
    CLEANUP(chain_release)
    struct chain chain = {.deletion = deletion, .fd = atomic_load(&deletion->disk->root_fd)};
    size_t first = deletion->count * worker / deletion->workers;
    size_t end = deletion->count * (worker + 1) / deletion->workers;
    for (size_t i = first; i < end; i++) {
        struct str next = i + 1 < end ? deletion->keys[i + 1] : STR("");
        delete_key(&chain, deletion->keys[i]);
        chain_leave(&chain, shared_folders((struct str){chain.path, chain.len}, next));
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

/* ---- Empty folders --------------------------------------------------------------------------- */

/* Deeper than any lake; each level holds a handle. */
#define MAX_DEPTH 32

/* Removes the folder `name` and those in it where they are empty: rmdir removes nothing else, so
 * each is tried. */
static void prune(int at_fd, const char *name, unsigned depth)
{
    const struct dirent *entry;
    DIR *listing = disk_listing_open(at_fd, name, O_NOFOLLOW);
    while (listing && depth < MAX_DEPTH && (entry = disk_listing_next(listing)))
        if (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN)
            prune(dirfd(listing), entry->d_name, depth + 1);
    listing_release(&listing);
    unlinkat(at_fd, name, AT_REMOVEDIR);
}

void disk_prune(struct store *store, const char *prefix)
{
    struct disk *disk = disk_of(store);
    if (atomic_load(&disk->root_fd) < 0)
        return;
    int fd = disk_gate_open(disk, disk_above(str_of(prefix)));
    if (fd >= 0)
        prune(fd, store_key_name(str_of(prefix)).data, 0);
    disk_gate_close(disk, fd);
}
