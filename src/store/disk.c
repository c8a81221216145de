/* The disk store: its life, what its other files share, and reading. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>

/* The most that a read reserves at once, so that a large `length` costs nothing for a small
 * object. */
#define READ_STEP_BYTES ((size_t)4 << 20)

enum status disk_failed(const struct disk *disk, int error_number, const char *doing,
                        struct str key, struct error *error)
{
    struct str link = STR_NULL;
    if (error_number == ELOOP && disk->store.use != STORE_USE_INPUT)
        link = disk_find_link(disk, key);
    if (link.len)
        return disk_is_link(disk, link, error);
    error_set_errno(error, error_number, "cannot %s %s%s%.*s", doing, disk->store.address,
                    key.len ? "/" : "", STR_ARG(key));
    if (error_number == EMFILE || error_number == ENFILE)
        error_hint(error, "raise the limit on open files ('ulimit -n')");
    return error->status;
}

enum status disk_is_link(const struct disk *disk, struct str key, struct error *error)
{
    error_set(error, STATUS_FOREIGN, "%s/%.*s is a link: sparkify follows none in a lake",
              disk->store.address, STR_ARG(key));
    return error_hint(error, "remove the link; the lake itself may be reached through one");
}

enum status disk_path(const struct disk *disk, const char *doing, struct str key,
                      char path[static PATH_MAX], struct error *error)
{
    struct str text = key.len ? key : STR(".");
    if (text.len >= PATH_MAX)
        return disk_failed(disk, ENAMETOOLONG, doing, key, error);
    memcpy(path, text.data, text.len);
    path[text.len] = '\0';
    return STATUS_OK;
}

DIR *disk_listing_open(int at_fd, const char *path, int flags)
{
    int fd = openat(at_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
    DIR *listing = fd < 0 ? NULL : fdopendir(fd);
    if (!listing)
        fd_release(&fd);
    return listing;
}

const struct dirent *disk_listing_next(DIR *listing)
{
    const struct dirent *entry;
    do
        entry = readdir(listing);
    while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    return entry;
}

/* ---- Reading ----------------------------------------------------------------------------- */

static enum status read_failed(const struct disk *disk, int error_number, struct str key,
                               struct error *error)
{
    if (error_number == ESPIPE || error_number == EISDIR || error_number == ENXIO)
        return error_set(error, STATUS_FAILED, "cannot read %s/%.*s: it is not a file",
                         disk->store.address, STR_ARG(key));
    return disk_failed(disk, error_number, "read", key, error);
}

/* Returns 0 or an errno. A short read means the end of the file only at the listed size: before
 * a bad block a read is short, and the next one fails. */
static int read_range(int fd, uint64_t offset, size_t length, uint64_t size, struct buffer *out)
{
    while (length > 0) {
        size_t want = length < READ_STEP_BYTES ? length : READ_STEP_BYTES;
        ssize_t got = pread(fd, buffer_reserve(out, want), want, (off_t)offset);
        if (got == 0)
            return 0;
        if (got < 0 && errno != EINTR)
            return errno;
        if (got < 0)
            continue;
        out->len += (size_t)got;
        offset += (size_t)got;
        length -= (size_t)got;
        if ((size_t)got < want && offset == size)
            return 0;
    }
    return 0;
}

/* A read of a disk begins in read_finish: reading ahead on other threads was never faster. */
struct disk_read {
    struct store_read read; /* first */
    struct str key;
    uint64_t offset, size; /* of the object, as it was listed */
    size_t length;
};

static struct store_read *disk_read_begin(struct store *store, const struct store_object *object,
                                          uint64_t offset, size_t length)
{
    struct disk_read *read = mem_alloc(sizeof *read);
    *read = (struct disk_read){{store}, object->key, offset, object->size_bytes, length};
    return &read->read;
}

static void disk_read_drop(struct store_read *read)
{
    mem_free(read);
}

/* Opens an object to be read: of an input by its path, of a lake within its folder. -1 and errno.
 */
static int open_object(struct disk *disk, struct str key, const char *path)
{
    const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    if (disk->store.use == STORE_USE_INPUT)
        return openat(atomic_load(&disk->root_fd), path, flags);
    int folder_fd = disk_gate_open(disk, disk_above(key));
    if (folder_fd < 0)
        return -1;
    int fd = openat(folder_fd, path + store_key_folder(key).len, flags | O_NOFOLLOW);
    disk_gate_close(disk, folder_fd);
    return fd;
}

/* No fstat is needed to stay clear of what is not a file: with O_NONBLOCK the open of a FIFO does
 * not wait, and pread fails on it and on a folder. */
static enum status disk_read_finish(struct store_read *store_read, struct buffer *out,
                                    struct error *error)
{
    struct disk_read read = *(struct disk_read *)store_read;
    struct disk *disk = disk_of(read.read.store);
    char path[PATH_MAX];
    disk_read_drop(store_read);
    TRY(disk_path(disk, "read", read.key, path, error));
    if (atomic_load(&disk->root_fd) < 0)
        return read_failed(disk, ENOENT, read.key, error);
    CLEANUP(fd_release) int fd = open_object(disk, read.key, path);
    if (fd < 0)
        return read_failed(disk, errno, read.key, error);
    int error_number = read_range(fd, read.offset, read.length, read.size, out);
    return error_number ? read_failed(disk, error_number, read.key, error) : STATUS_OK;
}

/* ---- Life -------------------------------------------------------------------------------- */

static const struct store_ops disk_ops = {
    .free = disk_free,
    .list = disk_list,
    .describe_folder = disk_describe_folder,
    .read_begin = disk_read_begin,
    .read_finish = disk_read_finish,
    .read_drop = disk_read_drop,
    .put = disk_put,
    .put_later = disk_put_later,
    .replace = disk_replace,
    .probe = disk_probe,
    .folds_names = disk_folds_names,
    .name_taken = disk_name_taken,
    .put_if_absent = disk_put_if_absent,
    .upload_begin = disk_upload_begin,
    .upload_write = disk_upload_write,
    .upload_finish = disk_upload_finish,
    .upload_replace = disk_upload_replace,
    .upload_abort = disk_upload_abort,
    .move = disk_move,
    .set_time = disk_set_time,
    .flush = disk_flush,
    .remove = disk_delete,
    .prune = disk_prune,
};

struct disk *disk_new(const char *address, enum store_use use, const struct store_options *options)
{
    struct disk *disk = mem_zalloc(sizeof *disk);
    size_t len = strlen(address);
    while (len > 1 && address[len - 1] == '/')
        len--;
    disk->store.ops = &disk_ops;
    disk->store.read_from = &disk->store;
    disk->store.address = mem_zalloc(len + 1);
    memcpy(disk->store.address, address, len);
    disk->store.threads = options->threads ? options->threads : 1;
    disk->store.use = use;
    disk->cancel = options->cancel;
    atomic_init(&disk->root_fd, -1);
    pthread_mutex_init(&disk->root_mutex, NULL);
    disk_slots_init(disk);
    disk_stage_init(&disk->stage);
    return disk;
}

void disk_free(struct store *store)
{
    struct disk *disk = disk_of(store);
    int root_fd = atomic_load(&disk->root_fd);
    disk_probe_clear(disk);
    disk_slots_release(disk);
    disk_stage_release(&disk->stage);
    fd_release(&root_fd);
    pthread_mutex_destroy(&disk->root_mutex);
    mem_free(store->address);
    mem_free(store->location);
    mem_free(disk);
}
