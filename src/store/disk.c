/* The disk store: its life, what its other files share, and reading. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* A read reserves at most this much ahead, so that a large `length` costs nothing when the object
 * is small. */
#define READ_STEP_BYTES ((size_t)4 << 20)

enum status disk_failed(const struct disk *disk, int error_number, const char *doing,
                        struct str key, struct error *error)
{
    error_set_errno(error, error_number, "cannot %s %s%s%.*s", doing, disk->store.address,
                    key.len ? "/" : "", STR_ARG(key));
    if (error_number == EMFILE || error_number == ENFILE)
        error_hint(error, "raise the limit on open files ('ulimit -n')");
    return error->status;
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

/* The folder itself is tried first: mostly it is the only one that is missing. */
int disk_make_folder(int at_fd, char *path)
{
    if (mkdirat(at_fd, path, 0777) == 0 || errno == EEXIST)
        return 0;
    char *slash = strrchr(path, '/');
    if (errno != ENOENT || !slash || slash == path)
        return -1;
    *slash = '\0';
    int made = disk_make_folder(at_fd, path);
    *slash = '/';
    if (made != 0)
        return -1;
    return mkdirat(at_fd, path, 0777) == 0 || errno == EEXIST ? 0 : -1;
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

/* Returns 0 or an errno. A short read is not taken for the end of the file: where a block is bad,
 * the read before it is short and the next one fails. */
static int read_range(int fd, uint64_t offset, size_t length, struct buffer *out)
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
    }
    return 0;
}

/* No fstat is needed to stay clear of what is not a file: with O_NONBLOCK the open of a FIFO does
 * not wait, and pread fails on it and on a folder. */
static enum status disk_get(struct store *store, struct str key, uint64_t offset, size_t length,
                            struct buffer *out, struct error *error)
{
    struct disk *disk = disk_of(store);
    char path[PATH_MAX];
    TRY(disk_path(disk, "read", key, path, error));
    int root_fd = atomic_load(&disk->root_fd);
    if (root_fd < 0)
        return read_failed(disk, ENOENT, key, error);
    CLEANUP(fd_release)
    int fd = openat(root_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return read_failed(disk, errno, key, error);
    int error_number = read_range(fd, offset, length, out);
    return error_number ? read_failed(disk, error_number, key, error) : STATUS_OK;
}

/* ---- Life -------------------------------------------------------------------------------- */

static const struct store_ops disk_ops = {
    .free = disk_free,
    .list = disk_list,
    .describe_folder = disk_describe_folder,
    .get = disk_get,
    .put = disk_put,
    .upload_begin = disk_upload_begin,
    .upload_write = disk_upload_write,
    .upload_finish = disk_upload_finish,
    .upload_abort = disk_upload_abort,
    .flush = disk_flush,
    .remove = disk_delete,
    .prune = disk_prune,
};

struct disk *disk_new(const char *address, unsigned threads)
{
    struct disk *disk = mem_zalloc(sizeof *disk);
    size_t len = strlen(address);
    while (len > 1 && address[len - 1] == '/')
        len--;
    disk->store.ops = &disk_ops;
    disk->store.address = mem_zalloc(len + 1);
    memcpy(disk->store.address, address, len);
    disk->store.threads = threads ? threads : 1;
    atomic_init(&disk->root_fd, -1);
    pthread_mutex_init(&disk->root_mutex, NULL);
    return disk;
}

void disk_free(struct store *store)
{
    struct disk *disk = disk_of(store);
    int root_fd = atomic_load(&disk->root_fd);
    fd_release(&root_fd);
    pthread_mutex_destroy(&disk->root_mutex);
    mem_free(store->address);
    mem_free(store->location);
    mem_free(disk);
}
