/* Deleting objects, and the folders that this leaves empty.
 *
 * The keys are gone through in their order, and a folder is tried for removal when the next key is
 * no longer below it: for sorted keys that is once for each folder. Workers take a range of the
 * keys each. Two that share a folder both try it after their own last key in it, so the later of
 * the two finds it empty; the same holds for the folders above.
 *
 * A worker waits more than it works where the file system tells the disk at once what is free
 * (discard), or is far away: so there are more of them than cores. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>

/* Starting a thread costs as much as some dozens of deletes. */
#define MIN_KEYS_PER_WORKER 256
#define MAX_WORKERS         16

struct deletion {
    struct disk *disk;
    int root_fd;
    const struct str *keys;
    size_t count;
    unsigned workers;
    struct {
        pthread_mutex_t mutex;
        enum status status;
        struct error *error;
    } shared;
};

/* Keeps the first failure; the rest is deleted all the same. */
static void note_failure(struct deletion *deletion, int error_number, struct str what)
{
    pthread_mutex_lock(&deletion->shared.mutex);
    if (deletion->shared.status == STATUS_OK)
        deletion->shared.status =
            disk_failed(deletion->disk, error_number, "delete", what, deletion->shared.error);
    pthread_mutex_unlock(&deletion->shared.mutex);
}

static void delete_key(struct deletion *deletion, struct str key)
{
    char path[PATH_MAX];
    if (key.len >= sizeof path) {
        note_failure(deletion, ENAMETOOLONG, key);
        return;
    }
    memcpy(path, key.data, key.len);
    path[key.len] = '\0';
    if (unlinkat(deletion->root_fd, path, 0) != 0 && errno != ENOENT && errno != ENOTDIR)
        note_failure(deletion, errno, key);
}

/* How many bytes of `folder` ("a/b/") are folders above `next` too: 2 for "a/c/x". */
static size_t shared_folders(struct str folder, struct str next)
{
    size_t shared = 0;
    for (size_t i = 0; i < folder.len && i < next.len && folder.data[i] == next.data[i]; i++)
        if (folder.data[i] == '/')
            shared = i + 1;
    return shared;
}

/* A folder stays that holds something, is mounted, is a link, or is in one that is not ours. */
static bool may_stay(int error_number)
{
    return error_number == ENOTEMPTY || error_number == EEXIST || error_number == EBUSY ||
           error_number == ENOTDIR || error_number == EACCES || error_number == EPERM ||
           error_number == EROFS;
}

/* Removes `folder` ("a/b/") and those above it as far as they are empty, but none that is above
 * `next`. */
static void leave_folder(struct deletion *deletion, struct str folder, struct str next)
{
    char path[PATH_MAX];
    size_t stop = shared_folders(folder, next);
    if (folder.len >= sizeof path)
        return;
    memcpy(path, folder.data, folder.len);
    while (folder.len > stop) {
        struct str name = {folder.data, folder.len - 1};
        path[name.len] = '\0';
        if (unlinkat(deletion->root_fd, path, AT_REMOVEDIR) != 0 && errno != ENOENT) {
            if (!may_stay(errno))
                note_failure(deletion, errno, name);
            return;
        }
        folder = key_folder(name);
    }
}

static void delete_range(void *ctx, unsigned worker)
{
    struct deletion *deletion = ctx;
    size_t first = deletion->count * worker / deletion->workers;
    size_t end = deletion->count * (worker + 1) / deletion->workers;
    for (size_t i = first; i < end; i++) {
        struct str folder = key_folder(deletion->keys[i]);
        struct str next = i + 1 < end ? key_folder(deletion->keys[i + 1]) : STR("");
        delete_key(deletion, deletion->keys[i]);
        if (!str_equal(folder, next))
            leave_folder(deletion, folder, next);
    }
}

enum status disk_delete(struct store *store, const struct str *keys, size_t count,
                        struct error *error)
{
    struct disk *disk = disk_of(store);
    struct deletion deletion = {.disk = disk, .keys = keys, .count = count};
    deletion.root_fd = atomic_load(&disk->root_fd);
    if (deletion.root_fd < 0)
        return STATUS_OK;
    size_t workers = count / MIN_KEYS_PER_WORKER;
    deletion.workers = workers < MAX_WORKERS ? (unsigned)workers + !workers : MAX_WORKERS;
    deletion.shared.error = error;
    pthread_mutex_init(&deletion.shared.mutex, NULL);
    threads_run(deletion.workers, delete_range, &deletion);
    pthread_mutex_destroy(&deletion.shared.mutex);
    return deletion.shared.status;
}

/* rmdir removes nothing but an empty folder, so everything else can be tried. */
static int remove_if_empty(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)place;
    if (kind == FTW_DP)
        rmdir(path);
    return 0;
}

void disk_prune(struct store *store, const char *prefix)
{
    CLEANUP(buffer_release) struct buffer path = {0};
    buffer_appendf(&path, "%s/%s", store->location, prefix);
    nftw(buffer_text(&path), remove_if_empty, 16, FTW_DEPTH | FTW_PHYS);
}
