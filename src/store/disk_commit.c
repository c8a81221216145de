/* Putting an object only if it is absent, and syncing.
 *
 * link(2), unlike rename(2), fails where the name is taken; so do all file systems that have links.
 * Some have none (FAT, exFAT, many of SMB and FUSE). There renameat2 with RENAME_NOREPLACE does the
 * same, where it is supported. Which of the two works is tried once, before anything is put: a run
 * that could not commit must not begin. */
#include "disk.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define PROBE_FOLDER "_sparkify"
#define PROBE_KEY    PROBE_FOLDER "/probe"
/* One letter, and the other way to write it. */
#define COMPOSED   "\xC3\xA9"
#define DECOMPOSED "e\xCC\x81"

/* Whether the error means that the file system does not implement the call. */
static bool is_unsupported(int error_number)
{
    return error_number == EINVAL || error_number == ENOSYS || error_number == EOPNOTSUPP;
}

/* Bits that no other process has at this moment. */
static unsigned long long unique_bits(const void *place)
{
    return hash_mix(clock_ns(), hash_mix((uint64_t)getpid(), (uintptr_t)place));
}

bool disk_target_make_unique(struct disk_target *target)
{
    size_t end = strlen(target->temporary) - strlen(TEMPORARY_SUFFIX);
    if (end + strlen(".0123456789abcdef" TEMPORARY_SUFFIX) > NAME_MAX)
        return false;
    snprintf(target->temporary + end, sizeof target->temporary - end, ".%016llx" TEMPORARY_SUFFIX,
             unique_bits(target));
    return true;
}

/* ---- The probe ------------------------------------------------------------------------------- */

/* Two temporaries of the probe's object: those of a crashed run are removed by the next one. */
struct probe {
    int fd; /* of their folder */
    const char *from, *to;
};

static int create(int at_fd, const char *name)
{
    int fd = openat(at_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    return fd < 0 || close(fd) != 0 ? errno : 0;
}

/* Tries whether link(2) makes a free name, and refuses one that exists. Returns 0 or an errno. */
static int try_link(const struct probe *probe)
{
    if (linkat(probe->fd, probe->from, probe->fd, probe->to, 0) != 0)
        return errno;
    if (linkat(probe->fd, probe->from, probe->fd, probe->to, 0) == 0)
        return EINVAL;
    return errno == EEXIST ? 0 : errno;
}

int disk_rename_new(int from_fd, const char *from, int to_fd, const char *to)
{
    return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, RENAME_NOREPLACE);
}

static int try_rename(const struct probe *probe)
{
    unlinkat(probe->fd, probe->to, 0);
    int error_number = create(probe->fd, probe->to);
    if (error_number)
        return error_number;
    if (disk_rename_new(probe->fd, probe->from, probe->fd, probe->to) == 0)
        return EINVAL;
    if (errno != EEXIST || unlinkat(probe->fd, probe->to, 0) != 0)
        return errno;
    if (disk_rename_new(probe->fd, probe->from, probe->fd, probe->to) != 0)
        return errno;
    return 0;
}

static enum status cannot_commit(const struct disk *disk, int link_error, int rename_error,
                                 struct error *error)
{
    char link_text[ERRNO_TEXT], rename_text[ERRNO_TEXT];
    error_set(error, STATUS_FAILED,
              "%s cannot commit safely: its file system has neither hard links (%s) nor a rename "
              "that never replaces (%s)",
              disk->store.address, errno_text(link_error, link_text),
              errno_text(rename_error, rename_text));
    return error_hint(error, "write to a disk of this machine, and copy the result");
}

/* ---- Are names told apart? ------------------------------------------------------------------- */

static bool is_there(int folder_fd, const char *name)
{
    struct stat info;
    return fstatat(folder_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool folds_case(int folder_fd, const char *name)
{
    char upper[NAME_MAX + 1];
    size_t len = strlen(name);
    for (size_t i = 0; i <= len; i++)
        upper[i] = (char)toupper((unsigned char)name[i]);
    return is_there(folder_fd, upper);
}

/* Whether the file system normalises Unicode: a composed letter is found as the decomposed one.
 * False where it has no such names. */
static bool normalises(struct disk *disk, int folder_fd)
{
    struct disk_target composed;
    struct error ignored;
    char decomposed[NAME_MAX + 1];
    if (disk_target_make(disk, STR(PROBE_KEY COMPOSED), &composed, &ignored) != STATUS_OK ||
        !disk_target_make_unique(&composed) || create(folder_fd, composed.temporary) != 0)
        return false;
    const char *letter = strstr(composed.temporary, COMPOSED);
    snprintf(decomposed, sizeof decomposed, "%.*s" DECOMPOSED "%s",
             (int)(letter - composed.temporary), composed.temporary, letter + strlen(COMPOSED));
    bool is_same = is_there(folder_fd, decomposed);
    unlinkat(folder_fd, composed.temporary, 0);
    return is_same;
}

static void find_folding(struct disk *disk, const struct probe *probe)
{
    if (folds_case(probe->fd, probe->from) || normalises(disk, probe->fd))
        atomic_store(&disk->folds_names, true);
}

/* ---- Both ------------------------------------------------------------------------------------ */

/* Sets by which of the two objects are committed, where one works. */
static void try_both(struct disk *disk, const struct probe *probe, int *link_error,
                     int *rename_error)
{
    *link_error = try_link(probe);
    *rename_error = *link_error ? try_rename(probe) : 0;
    unlinkat(probe->fd, probe->from, 0);
    unlinkat(probe->fd, probe->to, 0);
    if (*rename_error == 0)
        atomic_store(&disk->commit_by, *link_error ? DISK_COMMIT_BY_RENAME : DISK_COMMIT_BY_LINK);
}

static enum status probe_once(struct disk *disk, int *link_error, int *rename_error,
                              struct error *error)
{
    struct disk_target from, to;
    int folder_fd = -1, fd = -1;
    TRY(disk_target_make(disk, STR(PROBE_KEY), &from, error));
    to = from;
    disk_target_make_unique(&from);
    disk_target_make_unique(&to);
    int error_number = disk_target_create(&from, from.temporary, &folder_fd, &fd);
    if (error_number)
        return disk_failed(disk, error_number, "write", STR(PROBE_KEY), error);
    close(fd);
    const struct probe probe = {folder_fd, from.temporary, to.temporary};
    find_folding(disk, &probe);
    try_both(disk, &probe, link_error, rename_error);
    disk_gate_close(disk, folder_fd);
    return STATUS_OK;
}

/* Tried again where neither works: another run, which clears up, may have removed the temporaries
 * in between. */
enum status disk_probe(struct store *store, struct error *error)
{
    struct disk *disk = disk_of(store);
    int link_error = 0, rename_error = 0;
    for (int tries = 0; tries < DISK_MAX_TRIES; tries++) {
        if (atomic_load(&disk->commit_by) != DISK_COMMIT_UNKNOWN)
            return STATUS_OK;
        TRY(probe_once(disk, &link_error, &rename_error, error));
    }
    return rename_error ? cannot_commit(disk, link_error, rename_error, error) : STATUS_OK;
}

void disk_probe_clear(struct disk *disk)
{
    int root_fd = atomic_load(&disk->root_fd);
    if (root_fd < 0 || disk->store.use != STORE_USE_OUTPUT)
        return;
    unlinkat(root_fd, PROBE_FOLDER, AT_REMOVEDIR);
    if (atomic_load(&disk->has_made_root))
        unlinkat(AT_FDCWD, disk->store.location, AT_REMOVEDIR);
}

/* ---- Syncing --------------------------------------------------------------------------------- */

/* Syncs a folder; a file system on which folders cannot be synced stores names without it.
 * Returns 0 or an errno. */
static int sync_folder(struct disk *disk, struct str folder)
{
    int error_number = 0;
    int handle = disk_gate_open(disk, folder);
    int fd = handle < 0 ? -1 : openat(handle, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || (fsync(fd) != 0 && !is_unsupported(errno)))
        error_number = errno;
    fd_release(&fd);
    disk_gate_close(disk, handle);
    return error_number;
}

/* Syncs the folder and all above it: each may be new, and its name is safe once the folder above
 * is synced. */
static int sync_folders(struct disk *disk, struct str folder)
{
    int error_number = sync_folder(disk, folder);
    while (folder.len && error_number == 0) {
        folder = disk_above(folder);
        error_number = sync_folder(disk, folder);
    }
    return error_number;
}

/* ---- Putting --------------------------------------------------------------------------------- */

int disk_commit(const struct disk_target *target, int folder_fd)
{
    const char *from = target->temporary, *to = target->name;
    if (atomic_load(&target->disk->commit_by) == DISK_COMMIT_BY_RENAME)
        return disk_rename_new(folder_fd, from, folder_fd, to) == 0 ? 0 : errno;
    int error_number = linkat(folder_fd, from, folder_fd, to, 0) == 0 ? 0 : errno;
    unlinkat(folder_fd, from, 0);
    return error_number;
}

/* Syncs a file; all disks where the file system cannot sync a single file. */
int disk_sync_file(int fd)
{
    if (fsync(fd) == 0)
        return 0;
    if (!is_unsupported(errno))
        return errno;
    sync();
    return 0;
}

/* The bytes are synced before the name exists, and the name before the call returns. */
enum status disk_put_if_absent(struct store *store, struct str key, struct str bytes,
                               struct error *error)
{
    struct disk *disk = disk_of(store);
    struct disk_target target;
    TRY(disk_probe(store, error));
    TRY(disk_target_make(disk, key, &target, error));
    int error_number = disk_put_unique(&target, bytes, DISK_COMMITS);
    if (error_number == 0)
        error_number = sync_folders(disk, disk_target_folder(&target));
    return error_number ? disk_failed(disk, error_number, "write", key, error) : STATUS_OK;
}

/* ---- Times ----------------------------------------------------------------------------------- */

void disk_set_time(struct store *store, struct str key, int64_t time_ms)
{
    struct disk *disk = disk_of(store);
    const struct timespec times[] = {
        {.tv_nsec = UTIME_OMIT},
        {.tv_sec = (time_t)(time_ms / 1000), .tv_nsec = time_ms % 1000 * 1000000},
    };
    struct disk_target target;
    struct error ignored;
    if (disk_target_make(disk, key, &target, &ignored) != STATUS_OK)
        return;
    int folder_fd = disk_gate_open(disk, disk_target_folder(&target));
    if (folder_fd >= 0)
        (void)!utimensat(folder_fd, target.name, times, AT_SYMLINK_NOFOLLOW);
    disk_gate_close(disk, folder_fd);
}

/* ---- Flushing -------------------------------------------------------------------------------- */

/* One syncfs for everything put: it also reports what failed to reach the disk since the root's
 * handle was opened (Linux 5.8 and later). Where there is none, all disks are synced. */
enum status disk_flush(struct store *store, struct error *error)
{
    struct disk *disk = disk_of(store);
    int root_fd = atomic_load(&disk->root_fd);
    TRY(disk_stage_flush(disk, error));
    if (root_fd < 0 || syncfs(root_fd) == 0)
        return STATUS_OK;
    if (!is_unsupported(errno))
        return disk_failed(disk, errno, "flush what was written to", STR_NULL, error);
    sync();
    return STATUS_OK;
}
