/* Listing: a walk over the folders below a prefix by several workers.
 *
 * The folders still to be read are on a stack that the workers share. A worker pops one, reads it
 * with getdents64 a bufferful at a time, and adds the entries of each bufferful under one lock:
 * files to the listing, folders to the stack. The walk is over when the stack is empty and no
 * worker reads.
 *
 * In an input links are followed. A loop can only be entered through a link, so only a folder that
 * was reached through one is compared with those above it, by device and inode. A loop that begins
 * above the prefix is found in its second round, when all of it lies below the prefix. Without a
 * loop, n folders that each hold two links to the next one have 2^n paths: so the links to one
 * folder are limited. In a lake a link is an error. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* getdents64(2), which not every C library has a function for, fills what these call struct dirent.
 */
_Static_assert(offsetof(struct dirent, d_name) == 19, "the layout of struct linux_dirent64");

#define ENTRIES_BYTES ((size_t)64 << 10)
#define MAX_LINKS     64 /* that lead to one folder */

/* A folder that a link leads to. */
struct linked {
    dev_t device;
    ino_t inode;
    unsigned links;
};

struct walk {
    struct disk *disk;
    int root_fd;
    enum store_list_which which;
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        struct str *folders; /* to be read; each is terminated */
        size_t count, cap;
        unsigned reading;   /* workers that are reading a folder */
        struct arena arena; /* the folders' names */
        struct linked *linked;
        size_t linked_count, linked_cap;
        struct index linked_index;
        struct store_listing *out;
        enum status status; /* the first failure ends the walk */
        struct error *error;
    } shared;
};

/* A file or folder that a worker found: its key is keys[offset, offset + len). */
struct found {
    size_t offset, len;
    uint64_t size_bytes, identity;
    bool folder;
};

struct worker {
    struct walk *walk;
    char *entries; /* what getdents64 fills */
    struct buffer keys;
    struct found *found;
    size_t count, cap;
};

static void worker_release(struct worker *worker)
{
    mem_free(worker->entries);
    mem_free(worker->found);
    buffer_release(&worker->keys);
}

/* ---- What the workers share ---------------------------------------------------------------- */

static void push_folder_locked(struct walk *walk, struct str key)
{
    const char *text = arena_text(&walk->shared.arena, key);
    *MEM_ADD(walk->shared.folders, walk->shared.count, walk->shared.cap) =
        (struct str){text, key.len};
}

static void add_object_locked(struct store_listing *listing, struct str key,
                              const struct found *found)
{
    *MEM_ADD(listing->objects, listing->count, listing->cap) =
        (struct store_object){.key = arena_copy(&listing->arena, key),
                              .size_bytes = found->size_bytes,
                              .identity = found->identity};
}

/* Removes the next folder from the stack, waiting for one; false when the walk is over. */
static bool next_folder(struct walk *walk, struct str *out)
{
    pthread_mutex_lock(&walk->shared.mutex);
    while (walk->shared.count == 0 && walk->shared.reading > 0 && walk->shared.status == STATUS_OK)
        pthread_cond_wait(&walk->shared.changed, &walk->shared.mutex);
    bool more = walk->shared.count > 0 && walk->shared.status == STATUS_OK;
    if (more) {
        *out = walk->shared.folders[--walk->shared.count];
        walk->shared.reading++;
    }
    pthread_mutex_unlock(&walk->shared.mutex);
    return more;
}

static void folder_done(struct walk *walk, bool is_empty, enum status status,
                        const struct error *error)
{
    pthread_mutex_lock(&walk->shared.mutex);
    walk->shared.reading--;
    walk->shared.out->has_empty_folder |= is_empty;
    if (status != STATUS_OK && walk->shared.status == STATUS_OK) {
        walk->shared.status = status;
        *walk->shared.error = *error;
    }
    if (walk->shared.reading == 0 || status != STATUS_OK)
        pthread_cond_broadcast(&walk->shared.changed);
    pthread_mutex_unlock(&walk->shared.mutex);
}

static struct str found_key(const struct worker *worker, const struct found *found)
{
    return (struct str){worker->keys.data + found->offset, found->len};
}

static int by_key(const void *a, const void *b, void *worker)
{
    return str_compare(found_key(worker, a), found_key(worker, b));
}

/* Sorted, and the first folder on top of the stack, so that the listing is nearly in order. */
static void give_found(struct worker *worker)
{
    struct walk *walk = worker->walk;
    bool folders = false;
    if (worker->count)
        qsort_r(worker->found, worker->count, sizeof *worker->found, by_key, worker);
    pthread_mutex_lock(&walk->shared.mutex);
    for (size_t i = worker->count; i-- > 0;)
        if (worker->found[i].folder) {
            push_folder_locked(walk, found_key(worker, &worker->found[i]));
            folders = true;
        }
    for (size_t i = 0; i < worker->count; i++)
        if (!worker->found[i].folder)
            add_object_locked(walk->shared.out, found_key(worker, &worker->found[i]),
                              &worker->found[i]);
    if (folders)
        pthread_cond_broadcast(&walk->shared.changed);
    pthread_mutex_unlock(&walk->shared.mutex);
    worker->count = 0;
    buffer_reset(&worker->keys);
}

/* ---- One folder ---------------------------------------------------------------------------- */

static enum status list_failed(const struct walk *walk, int error_number, struct str key,
                               struct error *error)
{
    return disk_failed(walk->disk, error_number, "list", key, error);
}

static enum status vanished(const struct walk *walk, struct str key, struct error *error)
{
    return error_set(error, STATUS_CHANGED, "%s/%.*s vanished while it was listed",
                     walk->disk->store.address, STR_ARG(key));
}

/* Whether the failure is an object that vanished in a listing of STORE_LIST_ALL, which skips it. */
static bool is_gone(const struct walk *walk, enum status status)
{
    return status == STATUS_CHANGED && walk->which == STORE_LIST_ALL;
}

static enum status stat_failed(const struct walk *walk, int at_fd, const char *name, struct str key,
                               struct error *error)
{
    int error_number = errno;
    bool link = disk_has_link(at_fd, name);
    if (!link && error_number == ENOENT)
        return vanished(walk, key, error);
    if (!link)
        return list_failed(walk, error_number, key, error);
    error_set_errno(error, error_number, "cannot follow the link %s/%.*s",
                    walk->disk->store.address, STR_ARG(key));
    return error_hint(error, "fix the link, or remove it");
}

/* Refuses a link to one of the folders above it, by device and inode. */
static enum status check_loop(const struct walk *walk, struct str key, const struct stat *info,
                              struct error *error)
{
    char path[PATH_MAX];
    TRY(disk_path(walk->disk, "list", key, path, error));
    for (struct str above = disk_above(key);; above = disk_above(above)) {
        struct stat other;
        path[above.len] = '\0';
        if (fstatat(walk->root_fd, above.len ? path : ".", &other, 0) == 0 &&
            other.st_dev == info->st_dev && other.st_ino == info->st_ino) {
            error_set(error, STATUS_FAILED, "%s/%.*s is a link to a folder above it: a loop",
                      walk->disk->store.address, STR_ARG(key));
            return error_hint(error, "remove the link");
        }
        if (above.len == 0)
            return STATUS_OK;
    }
}

static bool is_linked(const void *ctx, uint32_t record, const void *key)
{
    const struct linked *linked = &((const struct walk *)ctx)->shared.linked[record];
    const struct stat *info = key;
    return linked->device == info->st_dev && linked->inode == info->st_ino;
}

/* Counts the links that have led to a folder so far, with this one. */
static unsigned count_links_locked(struct walk *walk, const struct stat *info)
{
    uint64_t hash = hash_mix(info->st_dev, info->st_ino);
    uint32_t record = index_find(&walk->shared.linked_index, hash, is_linked, walk, info);
    if (record == INDEX_NONE) {
        record = (uint32_t)walk->shared.linked_count++;
        MEM_GROW(walk->shared.linked, walk->shared.linked_count, walk->shared.linked_cap);
        walk->shared.linked[record] = (struct linked){info->st_dev, info->st_ino, 0};
        index_add(&walk->shared.linked_index, hash, record);
    }
    return ++walk->shared.linked[record].links;
}

/* Checks a folder that was reached through a link. */
static enum status check_linked(struct walk *walk, struct str key, const struct stat *info,
                                struct error *error)
{
    TRY(check_loop(walk, key, info, error));
    pthread_mutex_lock(&walk->shared.mutex);
    unsigned links = count_links_locked(walk, info);
    pthread_mutex_unlock(&walk->shared.mutex);
    if (links <= MAX_LINKS)
        return STATUS_OK;
    error_set(error, STATUS_LIMIT, "%s/%.*s: links lead to this folder in more than %d ways",
              walk->disk->store.address, STR_ARG(key), MAX_LINKS);
    return error_hint(error, "remove links, so that each file is found once");
}

static bool follows_links(const struct walk *walk)
{
    return walk->disk->store.use == STORE_USE_INPUT;
}

/* Reads the type and size of an entry that getdents64 does not report as a folder. */
static enum status inspect(struct walk *walk, int at_fd, const char *name, struct str key,
                           struct found *found, struct error *error)
{
    struct stat info;
    if (fstatat(at_fd, name, &info, follows_links(walk) ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
        return stat_failed(walk, at_fd, name, key, error);
    if (S_ISLNK(info.st_mode))
        return disk_is_link(walk->disk, key, error);
    found->size_bytes = (uint64_t)info.st_size;
    found->identity = hash_mix(hash_mix(info.st_ino, (uint64_t)info.st_mtim.tv_sec),
                               (uint64_t)info.st_mtim.tv_nsec);
    found->folder = S_ISDIR(info.st_mode);
    if (found->folder)
        return follows_links(walk) ? check_linked(walk, key, &info, error) : STATUS_OK;
    if (S_ISREG(info.st_mode))
        return STATUS_OK;
    error_set(error, STATUS_FAILED, "%s/%.*s is neither a file nor a folder",
              walk->disk->store.address, STR_ARG(key));
    return error_hint(error, "move it out of the way");
}

static bool is_skipped(const struct walk *walk, const char *name)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return true;
    return walk->which == STORE_LIST_VISIBLE && (*name == '.' || *name == '_');
}

static enum status add_entry(struct worker *worker, struct str folder, int at_fd,
                             const struct dirent *entry, struct error *error)
{
    if (is_skipped(worker->walk, entry->d_name))
        return STATUS_OK;
    struct found found = {.offset = worker->keys.len, .folder = entry->d_type == DT_DIR};
    buffer_append_str(&worker->keys, folder);
    if (folder.len > 0)
        buffer_append_char(&worker->keys, '/');
    buffer_append_str(&worker->keys, str_of(entry->d_name));
    found.len = worker->keys.len - found.offset;
    if (!found.folder) {
        struct str key = {worker->keys.data + found.offset, found.len};
        enum status status = inspect(worker->walk, at_fd, entry->d_name, key, &found, error);
        if (is_gone(worker->walk, status)) {
            worker->keys.len = found.offset;
            return STATUS_OK;
        }
        TRY(status);
    }
    *MEM_ADD(worker->found, worker->count, worker->cap) = found;
    return STATUS_OK;
}

/* O_NOATIME: a read that set the access time of thousands of folders would make the next sync
 * write thousands of inodes. Only the owner may use it. */
static int open_folder(const struct walk *walk, struct str folder)
{
    const char *path = folder.len ? folder.data : ".";
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follows_links(walk) ? 0 : O_NOFOLLOW);
    int fd = openat(walk->root_fd, path, flags | O_NOATIME);
    return fd < 0 && errno == EPERM ? openat(walk->root_fd, path, flags) : fd;
}

/* A listing of a lake is not cancelled: the clean-up after a cancelled run needs it. */
static enum status check_cancel(const struct walk *walk, struct error *error)
{
    if (follows_links(walk) && walk->disk->cancel && atomic_load(walk->disk->cancel))
        return error_set(error, STATUS_INTERRUPTED, "interrupted");
    return STATUS_OK;
}

static enum status read_folder(struct worker *worker, struct str folder, bool *out_is_empty,
                               struct error *error)
{
    struct walk *walk = worker->walk;
    CLEANUP(fd_release) int fd = open_folder(walk, folder);
    ssize_t bytes = 0;
    bool is_empty = true;
    while (fd >= 0 && (bytes = syscall(SYS_getdents64, fd, worker->entries, ENTRIES_BYTES)) > 0) {
        for (ssize_t at = 0; at < bytes;) {
            const struct dirent *entry = (const struct dirent *)(worker->entries + at);
            TRY(add_entry(worker, folder, fd, entry, error));
            at += entry->d_reclen;
        }
        TRY(check_cancel(walk, error));
        is_empty = is_empty && worker->count == 0;
        give_found(worker);
    }
    *out_is_empty = fd >= 0 && bytes == 0 && is_empty;
    if (fd >= 0 && bytes == 0)
        return STATUS_OK;
    return errno == ENOENT ? vanished(walk, folder, error)
                           : list_failed(walk, errno, folder, error);
}

static void walk_folders(void *ctx, unsigned number)
{
    (void)number;
    CLEANUP(worker_release)
    struct worker worker = {.walk = ctx, .entries = mem_alloc(ENTRIES_BYTES)};
    struct str folder;
    while (next_folder(ctx, &folder)) {
        struct error error;
        bool is_empty = false;
        enum status status = read_folder(&worker, folder, &is_empty, &error);
        folder_done(ctx, is_empty, is_gone(ctx, status) ? STATUS_OK : status, &error);
    }
}

/* ---- The listing --------------------------------------------------------------------------- */

/* Whether the prefix exists. In a lake no part of it may be a link; in an input a link to nothing
 * is an error. */
static enum status find_prefix(const struct walk *walk, const char *prefix, bool *out,
                               struct error *error)
{
    const char *path = *prefix ? prefix : ".";
    int fd = -1;
    if (walk->root_fd >= 0)
        fd = follows_links(walk) ? openat(walk->root_fd, path, O_PATH | O_CLOEXEC)
                                 : disk_gate_open(walk->disk, str_of(prefix));
    *out = fd >= 0;
    disk_gate_close(walk->disk, fd);
    if (*out || walk->root_fd < 0 || (errno == ENOENT && !disk_has_link(walk->root_fd, path)))
        return STATUS_OK;
    return follows_links(walk) ? stat_failed(walk, walk->root_fd, path, str_of(prefix), error)
                               : list_failed(walk, errno, str_of(prefix), error);
}

static enum status list_folder(struct store *store, const char *prefix, enum store_list_which which,
                               struct store_listing *out, struct error *error)
{
    struct walk walk = {.disk = disk_of(store), .which = which};
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    walk.root_fd = atomic_load(&walk.disk->root_fd);
    *out = listing;
    bool is_there = false;
    TRY(find_prefix(&walk, prefix, &is_there, error));
    if (!is_there)
        return STATUS_OK;
    walk.shared.out = &listing;
    walk.shared.error = error;
    pthread_mutex_init(&walk.shared.mutex, NULL);
    pthread_cond_init(&walk.shared.changed, NULL);
    push_folder_locked(&walk, str_of(prefix));
    threads_run(store->threads, walk_folders, &walk);
    pthread_cond_destroy(&walk.shared.changed);
    pthread_mutex_destroy(&walk.shared.mutex);
    mem_free(walk.shared.folders);
    mem_free(walk.shared.linked);
    index_release(&walk.shared.linked_index);
    arena_release(&walk.shared.arena);
    TRY(walk.shared.status);
    store_listing_sort(&listing);
    *out = listing;
    listing = (struct store_listing){0};
    return STATUS_OK;
}

/* One folder after the other: each is walked by all threads. */
enum status disk_list(struct store *store, struct store_list *lists, size_t count,
                      struct error *error)
{
    for (size_t i = 0; i < count; i++)
        TRY(list_folder(store, lists[i].prefix, lists[i].which, lists[i].out, error));
    return STATUS_OK;
}
