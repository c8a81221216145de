/* The only way into a lake on a disk: a handle on the folder of an object, opened part by part from
 * the root's handle, where a part that is a link is refused. The object is then put, moved, read or
 * deleted by its name in that folder; so nothing behind a link is touched, even when another
 * program puts a link into the path meanwhile.
 *
 * A run puts thousands of objects into folders beside each other, so handles on some of the folders
 * above them are kept. 12,000 puts into songs/year=…/artist_id=… took 183 ms of processor time by
 * paths from the root, which follow links; 191 ms in this way, 209 ms with openat2
 * (RESOLVE_NO_SYMLINKS) for each, and 224 ms without handles that are kept. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define FOLDER_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

bool disk_has_link(int at_fd, const char *name)
{
    struct stat info;
    return fstatat(at_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode);
}

/* Of the folder `name` in that of `at_fd`; -1 and errno, which is ELOOP where it is a link. */
static int open_part(int at_fd, const char *name, bool may_make)
{
    int fd = openat(at_fd, name, FOLDER_FLAGS);
    if (fd < 0 && errno == ENOENT && may_make &&
        (mkdirat(at_fd, name, 0777) == 0 || errno == EEXIST))
        fd = openat(at_fd, name, FOLDER_FLAGS);
    if (fd < 0 && errno == ENOTDIR && disk_has_link(at_fd, name))
        errno = ELOOP;
    return fd;
}

int disk_gate_enter(int at_fd, const char *name)
{
    return open_part(at_fd, name, false);
}

/* errno stays as it is. */
static void close_part(int root_fd, int fd)
{
    int error_number = errno;
    if (fd >= 0 && fd != root_fd)
        close(fd);
    errno = error_number;
}

static int open_parts(int root_fd, struct str folder, bool may_make)
{
    char name[NAME_MAX + 1];
    int at_fd = root_fd;
    while (folder.len > 0) {
        const char *slash = memchr(folder.data, '/', folder.len);
        size_t len = slash ? (size_t)(slash - folder.data) : folder.len;
        int fd = -1;
        if (len < sizeof name) {
            memcpy(name, folder.data, len);
            name[len] = '\0';
            fd = open_part(at_fd, name, may_make);
        } else {
            errno = ENAMETOOLONG;
        }
        close_part(root_fd, at_fd);
        if (fd < 0)
            return -1;
        at_fd = fd;
        folder = (struct str){folder.data + len + !!slash, folder.len - len - !!slash};
    }
    return at_fd;
}

/* ---- Folders above that are kept ------------------------------------------------------------- */

struct disk_parent {
    atomic_uint uses; /* by the slot, and by those that are about to open something in it */
    int fd;
    struct buffer folder;
};

static void parent_drop(struct disk_parent *parent)
{
    if (!parent || atomic_fetch_sub(&parent->uses, 1) > 1)
        return;
    close(parent->fd);
    buffer_release(&parent->folder);
    mem_free(parent);
}

/* Replaces the slot's parent by another one, or by none. */
static void slot_set(struct disk_slot *slot, struct disk_parent *parent)
{
    pthread_mutex_lock(&slot->mutex);
    struct disk_parent *old = slot->parent;
    slot->parent = parent;
    pthread_mutex_unlock(&slot->mutex);
    parent_drop(old);
}

/* The slot's parent if it is of `folder`, to be dropped by the caller; else NULL. */
static struct disk_parent *slot_get(struct disk_slot *slot, struct str folder)
{
    pthread_mutex_lock(&slot->mutex);
    struct disk_parent *parent = slot->parent;
    if (parent && str_equal(buffer_str(&parent->folder), folder))
        atomic_fetch_add(&parent->uses, 1);
    else
        parent = NULL;
    pthread_mutex_unlock(&slot->mutex);
    return parent;
}

/* Opens the folder, for the caller and for the slot; NULL and errno on failure. */
static struct disk_parent *slot_open(struct disk_slot *slot, int root_fd, struct str folder,
                                     bool may_make)
{
    int fd = open_parts(root_fd, folder, may_make);
    if (fd < 0)
        return NULL;
    struct disk_parent *parent = mem_zalloc(sizeof *parent);
    atomic_init(&parent->uses, 2);
    parent->fd = fd;
    buffer_append_str(&parent->folder, folder);
    slot_set(slot, parent);
    return parent;
}

/* Opens the folder, made where it is missing. In a new lake all folders are missing, in another
 * most exist: what held for the last one is tried first. */
static int make_last(struct disk *disk, int at_fd, const char *name)
{
    if (atomic_load_explicit(&disk->finds_folders, memory_order_relaxed)) {
        int fd = open_part(at_fd, name, false);
        if (fd >= 0 || errno != ENOENT)
            return fd;
    }
    bool is_there = mkdirat(at_fd, name, 0777) != 0;
    if (is_there && errno != EEXIST)
        return -1;
    atomic_store_explicit(&disk->finds_folders, is_there, memory_order_relaxed);
    return open_part(at_fd, name, false);
}

static struct disk_slot *slot_of(struct disk *disk, struct str folder)
{
    return &disk->slots[hash_str(folder) % DISK_SLOTS];
}

/* The parent `above`, which is opened if it is not kept; NULL and errno on failure. */
static struct disk_parent *parent_get(struct disk *disk, struct str above, bool may_make,
                                      bool *out_is_kept)
{
    struct disk_slot *slot = slot_of(disk, above);
    struct disk_parent *parent = slot_get(slot, above);
    *out_is_kept = parent;
    return parent ? parent : slot_open(slot, atomic_load(&disk->root_fd), above, may_make);
}

/* Ends the use of a parent, in which `fd` was opened. Returns true when one that was kept has been
 * removed, by a run that found it empty: it is to be opened anew. errno stays as it is. */
static bool parent_is_gone(struct disk *disk, struct str above, struct disk_parent *parent,
                           bool is_kept, int fd)
{
    int error_number = errno;
    bool is_gone = is_kept && fd < 0 && error_number == ENOENT;
    parent_drop(parent);
    if (is_gone)
        slot_set(slot_of(disk, above), NULL);
    errno = error_number;
    return is_gone;
}

/* Opens the folder `name` in a parent that is kept. */
static int open_in_parent(struct disk *disk, struct str above, const char *name, bool may_make)
{
    bool is_kept;
    int fd = -1;
    struct disk_parent *parent = parent_get(disk, above, may_make, &is_kept);
    if (parent)
        fd = may_make ? make_last(disk, parent->fd, name) : open_part(parent->fd, name, false);
    return parent_is_gone(disk, above, parent, is_kept, fd)
               ? open_in_parent(disk, above, name, may_make)
               : fd;
}

static int open_folder(struct disk *disk, struct str folder, bool may_make)
{
    struct str above = disk_above(folder), last = store_key_name(folder);
    char name[NAME_MAX + 1];
    if (above.len == 0)
        return open_parts(atomic_load(&disk->root_fd), folder, may_make);
    if (last.len >= sizeof name) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(name, last.data, last.len);
    name[last.len] = '\0';
    return open_in_parent(disk, above, name, may_make);
}

void disk_slots_init(struct disk *disk)
{
    for (size_t i = 0; i < DISK_SLOTS; i++)
        pthread_mutex_init(&disk->slots[i].mutex, NULL);
}

void disk_slots_forget(struct disk *disk)
{
    for (size_t i = 0; i < DISK_SLOTS; i++)
        slot_set(&disk->slots[i], NULL);
}

void disk_slots_release(struct disk *disk)
{
    for (size_t i = 0; i < DISK_SLOTS; i++) {
        parent_drop(disk->slots[i].parent);
        pthread_mutex_destroy(&disk->slots[i].mutex);
    }
}

/* ---- The gate -------------------------------------------------------------------------------- */

int disk_gate_open(struct disk *disk, struct str folder)
{
    return open_folder(disk, folder, false);
}

int disk_gate_make(struct disk *disk, struct str folder)
{
    return open_folder(disk, folder, true);
}

/* The file "folder/name" in a folder that is made, too. */
static int create_below(int at_fd, char *path, size_t folder_len)
{
    struct open_how how = {.flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                           .mode = 0666,
                           .resolve = RESOLVE_NO_SYMLINKS};
    path[folder_len] = '\0';
    bool is_there = mkdirat(at_fd, path, 0777) == 0 || errno == EEXIST;
    path[folder_len] = '/';
    return is_there ? (int)syscall(SYS_openat2, at_fd, path, &how, sizeof how) : -1;
}

int disk_gate_create(struct disk *disk, char *key, size_t folder_len)
{
    struct str above = store_key_folder((struct str){key, folder_len});
    size_t begin = above.len;
    bool is_kept;
    int fd = -1;
    if (above.len == 0 || atomic_load_explicit(&disk->has_no_openat2, memory_order_relaxed)) {
        errno = ENOSYS;
        return -1;
    }
    above.len--;
    struct disk_parent *parent = parent_get(disk, above, true, &is_kept);
    if (parent)
        fd = create_below(parent->fd, key + begin, folder_len - begin);
    if (parent_is_gone(disk, above, parent, is_kept, fd))
        return disk_gate_create(disk, key, folder_len);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) { /* an old kernel, or a sandbox */
        atomic_store(&disk->has_no_openat2, true);
        errno = ENOSYS;
    }
    return fd;
}

void disk_gate_close(struct disk *disk, int fd)
{
    close_part(atomic_load(&disk->root_fd), fd);
}

/* ---- Messages -------------------------------------------------------------------------------- */

struct str disk_find_link(const struct disk *disk, struct str key)
{
    char path[PATH_MAX];
    int root_fd = atomic_load(&disk->root_fd);
    for (size_t end = 0; end < key.len && key.len < sizeof path; end++) {
        const char *slash = memchr(key.data + end, '/', key.len - end);
        end = slash ? (size_t)(slash - key.data) : key.len;
        memcpy(path, key.data, end);
        path[end] = '\0';
        if (disk_has_link(root_fd, path))
            return (struct str){key.data, end};
    }
    return STR_NULL;
}
