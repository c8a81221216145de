/* Objects of folders that are new: each is written under its own name into a folder below the
 * caller's stage, and all of them appear when the flush renames the topmost folder that was
 * missing: one rename instead of one for each object, no temporaries, no look for whether a name is
 * free. 12,000 puts into songs/year=…/artist_id=… take 12.4 µs each instead of 16.5.
 *
 * Nothing appears in part: the flush holds the lock that puts share, so no object is being written
 * while a folder is renamed. A killed run leaves its stage, which the caller knows by its name.
 * Another run may have made a folder meanwhile: then what is in ours is moved into it part by part,
 * each object by a rename that replaces nothing. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

struct disk_stage_folder {
    struct str path; /* below the root */
    bool is_staged;  /* it was missing; else it is there */
};

static bool is_folder(const void *ctx, uint32_t record, const void *key)
{
    const struct disk_stage *stage = ctx;
    return str_equal(stage->folders[record].path, *(const struct str *)key);
}

void disk_stage_init(struct disk_stage *stage)
{
    pthread_mutex_init(&stage->mutex, NULL);
    pthread_rwlock_init(&stage->puts, NULL);
}

static void forget_folders(struct disk_stage *stage)
{
    index_release(&stage->index);
    arena_release(&stage->arena);
    stage->index = (struct index){0};
    stage->arena = (struct arena){0};
    stage->count = stage->staged = 0;
}

void disk_stage_release(struct disk_stage *stage)
{
    forget_folders(stage);
    mem_free(stage->folders);
    buffer_release(&stage->path);
    pthread_rwlock_destroy(&stage->puts);
    pthread_mutex_destroy(&stage->mutex);
}

/* ---- Which objects are staged ---------------------------------------------------------------- */

/* Whether the folder is staged, that is missing but for what is in the stage. */
static bool is_staged_locked(struct disk *disk, struct str path)
{
    struct disk_stage *stage = &disk->stage;
    struct stat info;
    uint64_t hash = hash_str(path);
    uint32_t record = index_find(&stage->index, hash, is_folder, stage, &path);
    if (record != INDEX_NONE)
        return stage->folders[record].is_staged;
    struct str copy = {arena_text(&stage->arena, path), path.len};
    bool is_staged =
        fstatat(atomic_load(&disk->root_fd), copy.data, &info, AT_SYMLINK_NOFOLLOW) != 0 &&
        errno == ENOENT;
    MEM_GROW(stage->folders, stage->count + 1, stage->cap);
    stage->folders[stage->count] = (struct disk_stage_folder){copy, is_staged};
    index_add(&stage->index, hash, (uint32_t)stage->count++);
    stage->staged += is_staged;
    return is_staged;
}

/* Whether the stage is that below `folder`. One that holds nothing becomes it. */
static bool has_stage_locked(struct disk_stage *stage, struct str folder)
{
    if (str_equal(buffer_str(&stage->path), folder))
        return true;
    if (stage->staged)
        return false;
    forget_folders(stage);
    buffer_set(&stage->path, folder);
    return true;
}

/* Whether one of the folders above the object is: the topmost that is missing. */
static bool is_object_staged(struct disk *disk, struct str key, const char *folder)
{
    struct disk_stage *stage = &disk->stage;
    bool is_staged = false;
    pthread_mutex_lock(&stage->mutex);
    bool has_stage = has_stage_locked(stage, str_of(folder));
    for (size_t i = 0; has_stage && i < key.len && !is_staged; i++)
        if (key.data[i] == '/')
            is_staged = is_staged_locked(disk, (struct str){key.data, i});
    pthread_mutex_unlock(&stage->mutex);
    return is_staged;
}

static void append_staged(struct buffer *out, const struct disk *disk, struct str path)
{
    buffer_reserve(out, disk->stage.path.len + 1 + path.len);
    buffer_append_str(out, buffer_str(&disk->stage.path));
    buffer_append_char(out, '/');
    buffer_append_str(out, path);
}

/* ---- Putting --------------------------------------------------------------------------------- */

/* Returns 0 and the descriptor, or an errno. */
static int create_staged(struct disk_target *target, int *out)
{
    int folder_fd, fd = -1;
    errno = ENOENT;
    for (int tries = 0; tries < DISK_MAX_TRIES && fd < 0 && errno == ENOENT; tries++)
        fd = disk_gate_create(target->disk, target->key, target->folder_len);
    if (fd < 0 && errno == ENOSYS) {
        int error_number = disk_target_create(target, target->name, &folder_fd, out);
        if (error_number == 0)
            disk_gate_close(target->disk, folder_fd);
        return error_number;
    }
    *out = fd;
    return fd < 0 ? errno : 0;
}

static void remove_staged(const struct disk_target *target)
{
    int folder_fd = disk_gate_open(target->disk, disk_target_folder(target));
    if (folder_fd >= 0)
        unlinkat(folder_fd, target->name, 0);
    disk_gate_close(target->disk, folder_fd);
}

static enum status put_staged(struct disk *disk, struct str key, struct str bytes,
                              struct error *error)
{
    struct disk_target target;
    int fd;
    TRY(disk_target_make(disk, key, &target, error));
    int error_number = create_staged(&target, &fd);
    if (error_number)
        return disk_put_failed(disk, error_number, key, error);
    error_number = disk_write_all(fd, bytes);
    if (close(fd) != 0 && error_number == 0)
        error_number = errno;
    if (error_number == 0)
        return STATUS_OK;
    remove_staged(&target);
    return disk_put_failed(disk, error_number, key, error);
}

/* Where not all names can be told apart, the object's own folder has to tell. */
enum status disk_put_later(struct store *store, struct str key, struct str bytes,
                           const char *folder, struct error *error)
{
    CLEANUP(buffer_release) struct buffer staged = {0};
    struct disk *disk = disk_of(store);
    if (atomic_load(&disk->folds_names))
        return disk_put(store, key, bytes, error);
    TRY(disk_need_root(disk, error));
    pthread_rwlock_rdlock(&disk->stage.puts);
    enum status status;
    if (is_object_staged(disk, key, folder)) {
        append_staged(&staged, disk, key);
        status = put_staged(disk, buffer_str(&staged), bytes, error);
    } else {
        status = disk_put(store, key, bytes, error);
    }
    pthread_rwlock_unlock(&disk->stage.puts);
    return status;
}

/* ---- The flush ------------------------------------------------------------------------------- */

static enum status move_folder(struct disk *disk, struct str path, struct error *error);

/* Moves what is in a folder whose place is taken. */
static enum status merge_folder(struct disk *disk, int from_fd, struct str path,
                                struct error *error)
{
    const struct dirent *entry;
    CLEANUP(listing_release) DIR *listing = disk_listing_open(from_fd, ".", 0);
    if (!listing)
        return disk_failed(disk, errno, "list", path, error);
    while ((entry = disk_listing_next(listing))) {
        CLEANUP(buffer_release) struct buffer inner = {0}, staged = {0};
        struct stat info;
        buffer_appendf(&inner, "%.*s/%s", STR_ARG(path), entry->d_name);
        if (fstatat(from_fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISDIR(info.st_mode)) {
            TRY(move_folder(disk, buffer_str(&inner), error));
            continue;
        }
        append_staged(&staged, disk, buffer_str(&inner));
        struct store_object object = {.key = buffer_str(&staged)};
        TRY(disk_move(&disk->store, &object, buffer_str(&inner), error));
    }
    return STATUS_OK;
}

/* Renames a folder to `path`; `from_fd` is that of the folder above it. One that is there and empty
 * is replaced. Returns 0 or an errno. */
static int rename_folder(struct disk *disk, int from_fd, struct str path)
{
    CLEANUP(buffer_release) struct buffer name = {0};
    int error_number = ENOENT;
    buffer_append_str(&name, store_key_name(path));
    for (int tries = 0; tries < DISK_MAX_TRIES && error_number == ENOENT; tries++) {
        int to_fd = disk_gate_make(disk, disk_above(path));
        error_number = to_fd < 0 ? errno : 0;
        if (to_fd >= 0 && renameat(from_fd, buffer_text(&name), to_fd, buffer_text(&name)) != 0)
            error_number = errno;
        disk_gate_close(disk, to_fd);
    }
    return error_number;
}

/* After a rename that failed. */
static enum status move_contents(struct disk *disk, int error_number, int fd, struct str path,
                                 struct str staged, struct error *error)
{
    int to_fd = disk_gate_open(disk, path);
    bool is_link = to_fd < 0 && errno == ELOOP;
    disk_gate_close(disk, to_fd);
    if (is_link)
        return disk_failed(disk, ELOOP, "write", path, error);
    if (error_number == ENOTEMPTY || error_number == EEXIST)
        return merge_folder(disk, fd, path, error);
    return disk_failed(disk, error_number, "move", staged, error);
}

static enum status move_folder(struct disk *disk, struct str path, struct error *error)
{
    CLEANUP(buffer_release) struct buffer staged = {0};
    append_staged(&staged, disk, path);
    CLEANUP(fd_release) int fd = disk_gate_open(disk, buffer_str(&staged));
    if (fd < 0 && errno == ENOENT) /* its put has failed */
        return STATUS_OK;
    int above_fd = disk_gate_open(disk, disk_above(buffer_str(&staged)));
    int error_number = fd < 0 || above_fd < 0 ? errno : rename_folder(disk, above_fd, path);
    disk_gate_close(disk, above_fd);
    if (error_number == 0)
        return STATUS_OK;
    return move_contents(disk, error_number, fd, path, buffer_str(&staged), error);
}

/* Removes the empty folders that are left of the stage, and those above it while they are empty. */
static void remove_stage(struct disk *disk)
{
    CLEANUP(buffer_release) struct buffer path = {0};
    bool is_removed = true;
    buffer_append_str(&path, buffer_str(&disk->stage.path));
    disk_prune(&disk->store, buffer_text(&path));
    while (is_removed) {
        path.len = disk_above(buffer_str(&path)).len;
        const char *name = buffer_text(&path) + store_key_folder(buffer_str(&path)).len;
        struct str above = disk_above(buffer_str(&path));
        int fd = disk_gate_open(disk, above);
        is_removed = above.len && fd >= 0 && unlinkat(fd, name, AT_REMOVEDIR) == 0;
        disk_gate_close(disk, fd);
    }
}

/* Folders that were moved are there from now on. What could not be moved is tried again by the next
 * flush. */
static enum status move_all(struct disk *disk, struct error *error)
{
    struct disk_stage *stage = &disk->stage;
    for (size_t i = 0; i < stage->count; i++) {
        if (!stage->folders[i].is_staged)
            continue;
        TRY(move_folder(disk, stage->folders[i].path, error));
        stage->folders[i].is_staged = false;
        stage->staged--;
    }
    forget_folders(stage);
    disk_slots_forget(disk); /* handles of folders that have moved */
    remove_stage(disk);
    return STATUS_OK;
}

enum status disk_stage_flush(struct disk *disk, struct error *error)
{
    enum status status = STATUS_OK;
    pthread_rwlock_wrlock(&disk->stage.puts);
    if (disk->stage.staged)
        status = move_all(disk, error);
    pthread_rwlock_unlock(&disk->stage.puts);
    return status;
}
