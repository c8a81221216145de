/* Writing: an object is written under a temporary name in its own folder and renamed when it is
 * whole, so that a reader sees all of it or nothing, also when this process is killed. One thread
 * writes an object at a time: a temporary that exists already is of a crashed run, and is replaced.
 *
 * An object that must be new is renamed by a call that fails where the name is taken. No two
 * objects of a run have the same key: then the file system does not tell two keys apart, and one of
 * the objects would be lost.
 *
 * No file is synced by itself: store_flush syncs the file system once. */
#include "disk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* ---- The root -------------------------------------------------------------------------------- */

/* Makes the folder and the missing ones above it; `path` is changed meanwhile, and restored.
 * Returns 0, also when something of that name exists, else -1 and errno. */
static int make_folders(char *path)
{
    if (mkdirat(AT_FDCWD, path, 0777) == 0 || errno == EEXIST)
        return 0;
    char *slash = strrchr(path, '/');
    if (errno != ENOENT || !slash || slash == path)
        return -1;
    *slash = '\0';
    int made = make_folders(path);
    *slash = '/';
    if (made != 0)
        return -1;
    return mkdirat(AT_FDCWD, path, 0777) == 0 || errno == EEXIST ? 0 : -1;
}

/* Returns 0 or an errno. */
static int make_root_locked(struct disk *disk)
{
    char path[PATH_MAX];
    size_t len = strlen(disk->store.location);
    if (len >= sizeof path)
        return ENAMETOOLONG;
    memcpy(path, disk->store.location, len + 1);
    if (make_folders(path) != 0)
        return errno;
    atomic_store(&disk->has_made_root, true);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    atomic_store(&disk->root_fd, fd);
    return 0;
}

enum status disk_need_root(struct disk *disk, struct error *error)
{
    if (atomic_load(&disk->root_fd) >= 0)
        return STATUS_OK;
    pthread_mutex_lock(&disk->root_mutex);
    int error_number = atomic_load(&disk->root_fd) < 0 ? make_root_locked(disk) : 0;
    pthread_mutex_unlock(&disk->root_mutex);
    return error_number ? disk_failed(disk, error_number, "make", STR_NULL, error) : STATUS_OK;
}

/* ---- Steps ----------------------------------------------------------------------------------- */

enum status disk_put_failed(struct disk *disk, int error_number, struct str key,
                            struct error *error)
{
    if (error_number == EEXIST || (error_number == ENOENT && disk->folds_names))
        return disk_name_taken(&disk->store, key, error);
    return disk_failed(disk, error_number, "write", key, error);
}

static char *append_text(char *to, struct str text)
{
    memcpy(to, text.data, text.len);
    return to + text.len;
}

enum status disk_target_make(struct disk *disk, struct str key, struct disk_target *target,
                             struct error *error)
{
    struct str folder = store_key_folder(key), name = store_key_name(key);
    const size_t longest = NAME_MAX - strlen(TEMPORARY_PREFIX TEMPORARY_SUFFIX);
    if (key.len >= sizeof target->key || name.len > longest)
        return disk_put_failed(disk, ENAMETOOLONG, key, error);
    TRY(disk_need_root(disk, error));
    target->disk = disk;
    *append_text(target->key, key) = '\0';
    target->key_len = key.len;
    target->folder_len = folder.len - !!folder.len;
    target->name = target->key + folder.len;
    char *end = append_text(target->temporary, STR(TEMPORARY_PREFIX));
    end = append_text(end, name);
    *append_text(end, STR(TEMPORARY_SUFFIX)) = '\0';
    return STATUS_OK;
}

/* Returns 0 and the descriptor, or an errno. */
static int create_in_folder(const struct disk_target *target, const char *name, int folder_fd,
                            int *out)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    int fd = openat(folder_fd, name, flags, 0666);
    if (fd < 0 && errno == EEXIST && name == target->temporary && unlinkat(folder_fd, name, 0) == 0)
        fd = openat(folder_fd, name, flags, 0666);
    if (fd < 0)
        return errno;
    *out = fd;
    return 0;
}

/* Until the file is in the folder, another run that removes obsolete files may find it empty and
 * remove it: then it is made again. */
int disk_target_create(const struct disk_target *target, const char *name, int *out_folder_fd,
                       int *out)
{
    int error_number = ENOENT;
    for (int tries = 0; tries < DISK_MAX_TRIES && error_number == ENOENT; tries++) {
        int folder_fd = disk_gate_make(target->disk, disk_target_folder(target));
        if (folder_fd < 0) {
            error_number = errno;
            continue;
        }
        error_number = create_in_folder(target, name, folder_fd, out);
        if (error_number)
            disk_gate_close(target->disk, folder_fd);
        else
            *out_folder_fd = folder_fd;
    }
    return error_number;
}

/* Returns 0 or an errno. */
int disk_write_all(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(fd, bytes.data, bytes.len);
        if (written < 0 && errno != EINTR)
            return errno;
        if (written < 0)
            continue;
        bytes = str_from(bytes, (size_t)written);
    }
    return 0;
}

/* Renames where the name is free. Where the file system has no such rename, a check before is
 * enough: the only object in its way would be one of this run. */
static int rename_if_free(struct disk *disk, int from_fd, const char *from, int to_fd,
                          const char *to)
{
    struct stat info;
    if (!atomic_load(&disk->only_replaces)) {
        if (disk_rename_new(from_fd, from, to_fd, to) == 0)
            return 0;
        if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
            return errno;
        atomic_store(&disk->only_replaces, true);
    }
    if (fstatat(to_fd, to, &info, AT_SYMLINK_NOFOLLOW) == 0)
        return EEXIST;
    return renameat(from_fd, from, to_fd, to) == 0 ? 0 : errno;
}

static int appear(const struct disk_target *target, int folder_fd, enum disk_appear how)
{
    const char *from = target->temporary, *to = target->name;
    if (how == DISK_COMMITS)
        return disk_commit(target, folder_fd);
    if (how == DISK_IS_NEW)
        return rename_if_free(target->disk, folder_fd, from, folder_fd, to);
    return renameat(folder_fd, from, folder_fd, to) == 0 ? 0 : errno;
}

/* Makes the closed temporary the object; where that or an earlier step failed (`error_number`), the
 * temporary is removed. Returns 0 or an errno. */
static int publish(const struct disk_target *target, int folder_fd, int error_number,
                   enum disk_appear how)
{
    if (error_number == 0)
        error_number = appear(target, folder_fd, how);
    if (error_number)
        unlinkat(folder_fd, target->temporary, 0);
    return error_number;
}

/* ---- Whole objects --------------------------------------------------------------------------- */

/* Returns 0 or an errno. */
static int put_once(const struct disk_target *target, struct str bytes, enum disk_appear how)
{
    int folder_fd, fd;
    int error_number = disk_target_create(target, target->temporary, &folder_fd, &fd);
    if (error_number)
        return error_number;
    error_number = disk_write_all(fd, bytes);
    if (error_number == 0 && how == DISK_COMMITS)
        error_number = disk_sync_file(fd);
    if (close(fd) != 0 && error_number == 0)
        error_number = errno;
    error_number = publish(target, folder_fd, error_number, how);
    disk_gate_close(target->disk, folder_fd);
    return error_number;
}

/* Only one run puts an object that is not to be replaced. */
enum status disk_put(struct store *store, struct str key, struct str bytes, struct error *error)
{
    struct disk_target target;
    TRY(disk_target_make(disk_of(store), key, &target, error));
    int error_number = put_once(&target, bytes, DISK_IS_NEW);
    return error_number ? disk_put_failed(target.disk, error_number, key, error) : STATUS_OK;
}

/* Another run that clears up may take the temporary for a crashed run's: then it is made again. */
int disk_put_unique(struct disk_target *target, struct str bytes, enum disk_appear how)
{
    int error_number = disk_target_make_unique(target) ? ENOENT : ENAMETOOLONG;
    for (int tries = 0; tries < DISK_MAX_TRIES && error_number == ENOENT; tries++)
        error_number = put_once(target, bytes, how);
    return error_number;
}

enum status disk_replace(struct store *store, struct str key, struct str bytes, struct error *error)
{
    struct disk_target target;
    TRY(disk_target_make(disk_of(store), key, &target, error));
    int error_number = disk_put_unique(&target, bytes, DISK_REPLACES);
    return error_number ? disk_put_failed(target.disk, error_number, key, error) : STATUS_OK;
}

/* ---- Objects of others ----------------------------------------------------------------------- */

/* Returns 0 or an errno. */
static int move_once(const struct disk_target *target, int from_fd, const char *from)
{
    int to_fd = disk_gate_make(target->disk, disk_target_folder(target));
    if (to_fd < 0)
        return errno;
    int error_number = rename_if_free(target->disk, from_fd, from, to_fd, target->name);
    disk_gate_close(target->disk, to_fd);
    return error_number;
}

enum status disk_move(struct store *store, const struct store_object *from, struct str key,
                      struct error *error)
{
    struct disk *disk = disk_of(store);
    struct disk_target target;
    struct stat info;
    char path[PATH_MAX];
    int error_number = ENOENT;
    TRY(disk_target_make(disk, key, &target, error));
    TRY(disk_path(disk, "write", from->key, path, error));
    const char *name = path + store_key_folder(from->key).len;
    int from_fd = disk_gate_open(disk, disk_above(from->key));
    if (from_fd < 0)
        return disk_put_failed(disk, errno, from->key, error);
    for (int tries = 0; tries < DISK_MAX_TRIES && error_number == ENOENT; tries++) {
        error_number = move_once(&target, from_fd, name);
        if (error_number == ENOENT && fstatat(from_fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
            break;
    }
    disk_gate_close(disk, from_fd);
    if (error_number == ENOENT)
        return disk_put_failed(disk, error_number, from->key, error);
    return error_number ? disk_put_failed(disk, error_number, key, error) : STATUS_OK;
}

/* ---- Uploads --------------------------------------------------------------------------------- */

/* So many uploads keep their file open; others open it for each write. A program that calls the
 * library often has a limit of 1,024 descriptors, and a run over many hours as many uploads. */
#define MAX_OPEN_UPLOADS 128

/* Keeps no handle on the folder. */
struct disk_upload {
    struct store_upload upload;
    struct disk_target target;
    int fd;      /* -1: closed until the next write */
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
    struct disk *disk = disk_of(store);
    int folder_fd = -1;
    upload->upload.store = store;
    enum status status = disk_target_make(disk, key, &upload->target, error);
    if (status == STATUS_OK) {
        int error_number =
            disk_target_create(&upload->target, upload->target.temporary, &folder_fd, &upload->fd);
        if (error_number)
            status = disk_put_failed(disk, error_number, key, error);
    }
    disk_gate_close(disk, folder_fd);
    if (status != STATUS_OK) {
        mem_free(upload);
        return status;
    }
    atomic_fetch_add(&disk->open_uploads, 1);
    *out = &upload->upload;
    return STATUS_OK;
}

/* Returns 0 or an errno. O_NONBLOCK: the open of a FIFO in its place fails, and does not wait. */
static int open_again(struct disk_upload *upload)
{
    const int flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    struct disk *disk = upload->target.disk;
    int folder_fd = disk_gate_open(disk, disk_target_folder(&upload->target));
    if (folder_fd < 0)
        return errno;
    upload->fd = openat(folder_fd, upload->target.temporary, flags);
    int error_number = upload->fd < 0 ? errno : 0;
    disk_gate_close(disk, folder_fd);
    atomic_fetch_add(&disk->open_uploads, error_number == 0);
    return error_number;
}

/* Returns 0 or an errno. */
static int close_upload(struct disk_upload *upload)
{
    if (upload->fd < 0)
        return 0;
    int error_number = close(upload->fd) == 0 ? 0 : errno;
    upload->fd = -1;
    atomic_fetch_sub(&upload->target.disk->open_uploads, 1);
    return error_number;
}

enum status disk_upload_write(struct store_upload *upload_base, struct str bytes,
                              struct error *error)
{
    struct disk_upload *upload = upload_of(upload_base);
    int error_number = upload->fd < 0 ? open_again(upload) : 0;
    if (error_number == 0)
        error_number = disk_write_all(upload->fd, bytes);
    if (error_number == 0 && atomic_load(&upload->target.disk->open_uploads) > MAX_OPEN_UPLOADS)
        error_number = close_upload(upload);
    if (error_number == 0)
        return STATUS_OK;
    upload->failed = true;
    return disk_put_failed(upload->target.disk, error_number, disk_target_key(&upload->target),
                           error);
}

static enum status finish(struct disk_upload *upload, enum disk_appear how, struct error *error)
{
    struct disk_target *target = &upload->target;
    assert(!upload->failed);
    int error_number = close_upload(upload);
    int folder_fd = disk_gate_open(target->disk, disk_target_folder(target));
    if (folder_fd < 0 && error_number == 0)
        error_number = errno;
    error_number = publish(target, folder_fd, error_number, how);
    disk_gate_close(target->disk, folder_fd);
    enum status status =
        error_number ? disk_put_failed(target->disk, error_number, disk_target_key(target), error)
                     : STATUS_OK;
    mem_free(upload);
    return status;
}

enum status disk_upload_finish(struct store_upload *upload, struct error *error)
{
    return finish(upload_of(upload), DISK_IS_NEW, error);
}

enum status disk_upload_replace(struct store_upload *upload, struct error *error)
{
    return finish(upload_of(upload), DISK_REPLACES, error);
}

void disk_upload_abort(struct store_upload *upload_base)
{
    struct disk_upload *upload = upload_of(upload_base);
    struct disk_target *target = &upload->target;
    int folder_fd = disk_gate_open(target->disk, disk_target_folder(target));
    close_upload(upload);
    if (folder_fd >= 0)
        unlinkat(folder_fd, target->temporary, 0);
    disk_gate_close(target->disk, folder_fd);
    mem_free(upload);
}
