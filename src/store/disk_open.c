/* Opening a folder as a store, and saying what is wrong with it when that fails.
 *
 * An output's root may be missing. Its location is then the real path of the nearest existing part
 * above it, and the rest of the path without "." and "..": missing folders hold no links, so this
 * is where they will be made. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#define DESCRIBE_LIMIT 8

/* A path, split into the part that exists and the rest. */
struct resolved_path {
    char there[PATH_MAX]; /* canonical; a folder or something else */
    const char *missing;  /* the rest of the path, "" when all is there */
};

static size_t without_slashes(const char *path, size_t len)
{
    while (len > 0 && path[len - 1] == '/')
        len--;
    return len;
}

static size_t without_last_part(const char *path, size_t len)
{
    len = without_slashes(path, len);
    while (len > 0 && path[len - 1] != '/')
        len--;
    return without_slashes(path, len);
}

static enum status resolve_path(const char *address, const char *path,
                                struct resolved_path *resolved, struct error *error)
{
    char part[PATH_MAX];
    size_t len = without_slashes(path, strlen(path));
    if (len >= sizeof part)
        return error_set_errno(error, ENAMETOOLONG, "cannot open %s", address);
    for (;;) {
        memcpy(part, path, len);
        part[len] = '\0';
        const char *tried = len ? part : *path == '/' ? "/" : ".";
        resolved->missing = path + len + strspn(path + len, "/");
        if (realpath(tried, resolved->there))
            return STATUS_OK;
        if (disk_has_link(AT_FDCWD, tried))
            return error_set_errno(error, errno, "cannot follow the link %s", tried);
        if ((errno != ENOENT && errno != ENOTDIR) || len == 0)
            return error_set_errno(error, errno, "cannot open %s", address);
        len = without_last_part(path, len);
    }
}

static void append_part(struct buffer *path, const char *part, size_t len)
{
    if (len == 0 || (len == 1 && *part == '.'))
        return;
    if (len == 2 && memcmp(part, "..", 2) == 0) {
        if (path->len > 0)
            path->len = without_last_part(path->data, path->len);
        return;
    }
    buffer_append_char(path, '/');
    buffer_append(path, part, len);
}

/* The canonical path of both parts, owned by the caller. */
static char *canonical_path(const struct resolved_path *resolved)
{
    struct buffer path = {0};
    buffer_append(&path, resolved->there,
                  without_slashes(resolved->there, strlen(resolved->there)));
    for (const char *part = resolved->missing; *part;) {
        size_t len = strcspn(part, "/");
        append_part(&path, part, len);
        part += len + strspn(part + len, "/");
    }
    if (path.len == 0)
        buffer_append_char(&path, '/');
    (void)buffer_text(&path);
    return path.data;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static enum status no_such_folder(const char *address, const struct resolved_path *resolved,
                                  struct error *error)
{
    CLEANUP(buffer_release) struct buffer there = {0};
    if (!is_folder(resolved->there))
        return error_set(error, STATUS_NOT_A_FOLDER,
                         "%s: there is no such folder: %s is not a folder", address,
                         resolved->there);
    error_set(error, STATUS_NOT_FOUND, "%s: there is no such folder", address);
    disk_describe_path(AT_FDCWD, resolved->there, DESCRIBE_LIMIT, &there);
    return error_hint(error, "%s is there, and holds %s", resolved->there,
                      there.len ? buffer_text(&there) : "nothing");
}

/* Opens the root, which exists, and checks the permissions in `mode` (R_OK, …). */
static enum status open_root(struct disk *disk, int mode, struct error *error)
{
    const char *doing = mode & W_OK ? "write to" : "read";
    int fd = open(disk->store.location, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOTDIR)
        return error_set(error, STATUS_NOT_A_FOLDER, "%s is not a folder", disk->store.address);
    if (fd < 0)
        return disk_failed(disk, errno, doing, STR_NULL, error);
    atomic_store(&disk->root_fd, fd);
    if (faccessat(fd, ".", mode, AT_EACCESS) != 0)
        return disk_failed(disk, errno, doing, STR_NULL, error);
    return STATUS_OK;
}

/* Checks that the root, which does not exist, can be made. */
static enum status check_parent(const struct disk *disk, struct error *error)
{
    struct resolved_path resolved;
    TRY(resolve_path(disk->store.address, disk->store.location, &resolved, error));
    if (!is_folder(resolved.there))
        return error_set(error, STATUS_NOT_A_FOLDER, "cannot make %s: %s is not a folder",
                         disk->store.address, resolved.there);
    if (faccessat(AT_FDCWD, resolved.there, W_OK | X_OK, AT_EACCESS) != 0)
        return error_set_errno(error, errno, "cannot make %s: %s is not writable",
                               disk->store.address, resolved.there);
    return STATUS_OK;
}

/* Opens the root; that of an output may be missing, and is made by the first put. */
static enum status open_resolved(struct disk *disk, const struct resolved_path *resolved,
                                 struct error *error)
{
    bool is_output = disk->store.use == STORE_USE_OUTPUT;
    disk->store.location = canonical_path(resolved);
    if (is_output && *resolved->missing && access(disk->store.location, F_OK) != 0)
        return check_parent(disk, error);
    return open_root(disk, is_output ? R_OK | W_OK | X_OK : R_OK | X_OK, error);
}

enum status disk_open(const char *address, const char *path, enum store_use use,
                      const struct store_options *options, struct store **out, struct error *error)
{
    struct resolved_path resolved = {.missing = ""};
    TRY(resolve_path(address, path, &resolved, error));
    if (*resolved.missing && use != STORE_USE_OUTPUT)
        return no_such_folder(address, &resolved, error);
    struct disk *disk = disk_new(address, use, options);
    enum status status = open_resolved(disk, &resolved, error);
    if (status == STATUS_OK)
        *out = &disk->store;
    else
        disk_free(&disk->store);
    return status;
}
