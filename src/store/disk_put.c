/* Writing: an object is written under a temporary name in its own folder and renamed when it is
 * whole, so that a reader sees all of it or nothing, also when this process is killed. One thread
 * writes an object at a time: a temporary that is there already was left by a dead run, and goes.
 *
 * No file is synced by itself: store_flush syncs the file system once. */
#include "disk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* Where an object goes, below the root. */
struct target {
    int root_fd;
    char path[PATH_MAX];   /* its key */
    char folder[PATH_MAX]; /* "" for the root */
    char temporary[PATH_MAX];
};

/* Runs at once may take away a folder that another has just made; not so often, though. */
#define MAX_TRIES 1000

/* ---- Steps -------------------------------------------------------------------------------------
 */

static enum status failed(const struct disk *disk, int error_number, struct str key,
                          struct error *error)
{
    return disk_failed(disk, error_number, "write", key, error);
}

/* Returns 0 or an errno. */
static int make_root_locked(struct disk *disk)
{
    char path[PATH_MAX];
    size_t len = strlen(disk->store.location);
    if (len >= sizeof path)
        return ENAMETOOLONG;
    memcpy(path, disk->store.location, len + 1);
    if (disk_make_folder(AT_FDCWD, path) != 0)
        return errno;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    atomic_store(&disk->root_fd, fd);
    return 0;
}

/* The handle on the root, which is made if it is not there yet. */
static enum status need_root(struct disk *disk, int *out, struct error *error)
{
    if (atomic_load(&disk->root_fd) < 0) {
        pthread_mutex_lock(&disk->root_mutex);
        int error_number = atomic_load(&disk->root_fd) < 0 ? make_root_locked(disk) : 0;
        pthread_mutex_unlock(&disk->root_mutex);
        if (error_number)
            return disk_failed(disk, error_number, "make", STR_NULL, error);
    }
    *out = atomic_load(&disk->root_fd);
    return STATUS_OK;
}

static char *append_text(char *to, struct str text)
{
    memcpy(to, text.data, text.len);
    return to + text.len;
}

/* Names the object's path, its folder and its temporary. */
static enum status target_make(struct disk *disk, struct str key, struct target *target,
                               struct error *error)
{
    struct str folder = key_folder(key), name = key_name(key);
    if (key.len + strlen(TEMPORARY_PREFIX TEMPORARY_SUFFIX) >= PATH_MAX)
        return failed(disk, ENAMETOOLONG, key, error);
    TRY(need_root(disk, &target->root_fd, error));
    *append_text(target->folder, (struct str){folder.data, folder.len - !!folder.len}) = '\0';
    *append_text(target->path, key) = '\0';
    char *end = append_text(target->temporary, folder);
    end = append_text(end, STR(TEMPORARY_PREFIX));
    end = append_text(end, name);
    *append_text(end, STR(TEMPORARY_SUFFIX)) = '\0';
    return STATUS_OK;
}

/* Returns 0 and the descriptor, or an errno. */
static int create_in_folder(const struct target *target, int *out)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    int fd = openat(target->root_fd, target->temporary, flags, 0666);
    if (fd < 0 && errno == EEXIST && unlinkat(target->root_fd, target->temporary, 0) == 0)
        fd = openat(target->root_fd, target->temporary, flags, 0666);
    if (fd < 0)
        return errno;
    *out = fd;
    return 0;
}

/* The same, and makes the folder. Until the temporary is in it, another run that removes what it no
 * longer needs may find the folder empty, and take it away: then it is made again. */
static int create_temporary(struct target *target, int *out)
{
    int error_number = ENOENT;
    for (int tries = 0; tries < MAX_TRIES && error_number == ENOENT; tries++) {
        error_number = 0;
        if (target->folder[0] && disk_make_folder(target->root_fd, target->folder) != 0)
            error_number = errno;
        if (error_number == 0)
            error_number = create_in_folder(target, out);
    }
    return error_number;
}

static enum status target_open(struct disk *disk, struct str key, struct target *target, int *out,
                               struct error *error)
{
    TRY(target_make(disk, key, target, error));
    int error_number = create_temporary(target, out);
    return error_number ? failed(disk, error_number, key, error) : STATUS_OK;
}

/* Returns 0 or an errno. */
static int write_all(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(fd, bytes.data, bytes.len);
        if (written < 0 && errno != EINTR)
            return errno;
        if (written < 0)
            continue;
        bytes.data += written;
        bytes.len -= (size_t)written;
    }
    return 0;
}

/* Closes `fd`; the object appears if nothing failed before or here, else the temporary goes. */
static enum status publish(struct disk *disk, const struct target *target, int fd, int error_number,
                           struct error *error)
{
    if (close(fd) != 0 && error_number == 0)
        error_number = errno;
    if (error_number == 0 &&
        renameat(target->root_fd, target->temporary, target->root_fd, target->path) != 0)
        error_number = errno;
    if (error_number == 0)
        return STATUS_OK;
    unlinkat(target->root_fd, target->temporary, 0);
    return failed(disk, error_number, str_of(target->path), error);
}

/* ---- Whole objects -----------------------------------------------------------------------------
 */

enum status disk_put(struct store *store, struct str key, struct str bytes, struct error *error)
{
    struct disk *disk = disk_of(store);
    struct target target;
    int fd;
    TRY(target_open(disk, key, &target, &fd, error));
    return publish(disk, &target, fd, write_all(fd, bytes), error);
}

/* ---- Objects that must not be there yet --------------------------------------------------------
 */

/* Several processes may put the same object at once: each has a temporary of its own. */
static void make_unique(struct target *target)
{
    size_t end = strlen(target->temporary) - strlen(TEMPORARY_SUFFIX);
    uint64_t bits = hash_mix(clock_ns(), hash_mix((uint64_t)getpid(), (uintptr_t)&end));
    snprintf(target->temporary + end, sizeof target->temporary - end, ".%016llx" TEMPORARY_SUFFIX,
             (unsigned long long)bits);
}

/* Returns 0 or an errno. `folder`: "a/b/", or "" for the root. */
static int sync_folder(int root_fd, struct str folder)
{
    char path[PATH_MAX] = ".";
    if (folder.len)
        *append_text(path, (struct str){folder.data, folder.len - 1}) = '\0';
    int fd = openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error_number = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    return error_number;
}

/* Each folder above the object may be new: its own name is safe when that above it is synced. */
static int sync_folders(int root_fd, struct str key)
{
    struct str folder = key_folder(key);
    int error_number = sync_folder(root_fd, folder);
    while (folder.len && error_number == 0) {
        folder = key_folder((struct str){folder.data, folder.len - 1});
        error_number = sync_folder(root_fd, folder);
    }
    return error_number;
}

/* link(2), unlike rename(2), fails where the name is taken. The bytes are safe before the name is
 * there, and the name is before the call returns. */
enum status disk_put_if_absent(struct store *store, struct str key, struct str bytes,
                               struct error *error)
{
    struct disk *disk = disk_of(store);
    struct target target;
    int fd = -1;
    TRY(target_make(disk, key, &target, error));
    if (key.len + strlen(TEMPORARY_PREFIX ".0123456789abcdef" TEMPORARY_SUFFIX) >= PATH_MAX)
        return failed(disk, ENAMETOOLONG, key, error);
    make_unique(&target);
    int error_number = create_temporary(&target, &fd);
    if (error_number)
        return failed(disk, error_number, key, error);
    error_number = write_all(fd, bytes);
    if (error_number == 0 && fsync(fd) != 0)
        error_number = errno;
    if (close(fd) != 0 && error_number == 0)
        error_number = errno;
    if (error_number == 0 &&
        linkat(target.root_fd, target.temporary, target.root_fd, target.path, 0) != 0)
        error_number = errno;
    unlinkat(target.root_fd, target.temporary, 0);
    if (error_number == 0)
        error_number = sync_folders(target.root_fd, key);
    return error_number ? failed(disk, error_number, key, error) : STATUS_OK;
}

/* ---- Objects of others -------------------------------------------------------------------------
 */

enum status disk_move(struct store *store, const struct store_object *from, struct str key,
                      struct error *error)
{
    struct disk *disk = disk_of(store);
    struct target target = {0};
    char path[PATH_MAX];
    int error_number = ENOENT;
    TRY(target_make(disk, key, &target, error));
    if (from->key.len >= sizeof path)
        return failed(disk, ENAMETOOLONG, from->key, error);
    *append_text(path, from->key) = '\0';
    for (int tries = 0; tries < MAX_TRIES && error_number == ENOENT; tries++) {
        error_number = 0;
        if ((target.folder[0] && disk_make_folder(target.root_fd, target.folder) != 0) ||
            renameat(target.root_fd, path, target.root_fd, target.path) != 0)
            error_number = errno;
        if (error_number == ENOENT && faccessat(target.root_fd, path, F_OK, 0) != 0)
            return failed(disk, errno, from->key, error);
    }
    return error_number ? failed(disk, error_number, key, error) : STATUS_OK;
}

/* ---- Uploads -----------------------------------------------------------------------------------
 */

struct disk_upload {
    struct store_upload upload;
    struct target target;
    int fd;
    bool failed; /* a write failed: it can only be aborted */
};

static struct disk_upload *upload_of(struct store_upload *upload)
{
    return (struct disk_upload *)upload;
}

enum status disk_upload_begin(struct store *store, struct str key, struct store_upload **out,
                              struct error *error)
{
    struct disk_upload *upload = mem_zalloc(sizeof *upload);
    upload->upload.store = store;
    enum status status = target_open(disk_of(store), key, &upload->target, &upload->fd, error);
    if (status == STATUS_OK)
        *out = &upload->upload;
    else
        mem_free(upload);
    return status;
}

enum status disk_upload_write(struct store_upload *upload_base, struct str bytes,
                              struct error *error)
{
    struct disk_upload *upload = upload_of(upload_base);
    int error_number = write_all(upload->fd, bytes);
    if (error_number == 0)
        return STATUS_OK;
    upload->failed = true;
    return failed(disk_of(upload_base->store), error_number, str_of(upload->target.path), error);
}

enum status disk_upload_finish(struct store_upload *upload_base, struct error *error)
{
    struct disk_upload *upload = upload_of(upload_base);
    assert(!upload->failed);
    enum status status =
        publish(disk_of(upload_base->store), &upload->target, upload->fd, 0, error);
    mem_free(upload);
    return status;
}

void disk_upload_abort(struct store_upload *upload_base)
{
    struct disk_upload *upload = upload_of(upload_base);
    close(upload->fd);
    unlinkat(upload->target.root_fd, upload->target.temporary, 0);
    mem_free(upload);
}

/* ---- Flushing ----------------------------------------------------------------------------------
 */

/* One syncfs for everything put: it also reports what failed to reach the disk since the root's
 * handle was opened (Linux 5.8 and later). */
void disk_set_time(struct store *store, struct str key, int64_t time_ms)
{
    struct disk *disk = disk_of(store);
    const struct timespec times[] = {
        {.tv_nsec = UTIME_OMIT},
        {.tv_sec = (time_t)(time_ms / 1000), .tv_nsec = time_ms % 1000 * 1000000},
    };
    char path[PATH_MAX];
    struct error ignored;
    if (disk_path(disk, "date", key, path, &ignored) == STATUS_OK)
        (void)!utimensat(atomic_load(&disk->root_fd), path, times, AT_SYMLINK_NOFOLLOW);
}

enum status disk_flush(struct store *store, struct error *error)
{
    struct disk *disk = disk_of(store);
    int root_fd = atomic_load(&disk->root_fd);
    if (root_fd < 0 || syncfs(root_fd) == 0)
        return STATUS_OK;
    return disk_failed(disk, errno, "flush what was written to", STR_NULL, error);
}
