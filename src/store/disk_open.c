/* Opening a folder as a store, and saying what is wrong with it when that fails.
 *
 * An output's root may be missing. Its location is then the real path of the nearest thing above it
 * that is there, and the rest with "." and ".." taken out: what is not there holds no links, so
 * that is where the missing folders will be made. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#define DESCRIBE_LIMIT 8

/* A path: what of it is there, and what is not. */
struct place {
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

static bool is_link(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
}

static enum status find_place(const char *address, const char *path, struct place *place,
                              struct error *error)
{
    char part[PATH_MAX];
    size_t len = without_slashes(path, strlen(path));
    if (len >= sizeof part)
        return error_set_errno(error, ENAMETOOLONG, "cannot open %s", address);
    for (;;) {
        memcpy(part, path, len);
        part[len] = '\0';
        const char *tried = len ? part : *path == '/' ? "/" : ".";
        place->missing = path + len + strspn(path + len, "/");
        if (realpath(tried, place->there))
            return STATUS_OK;
        if (is_link(tried))
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
        path->len = without_last_part(path->data, path->len);
        return;
    }
    buffer_append_char(path, '/');
    buffer_append(path, part, len);
}

/* The canonical path as a string of its own. */
static char *place_location(const struct place *place)
{
    struct buffer path = {0};
    buffer_append(&path, place->there, without_slashes(place->there, strlen(place->there)));
    for (const char *part = place->missing; *part;) {
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

static enum status not_there(const char *address, const struct place *place, struct error *error)
{
    CLEANUP(buffer_release) struct buffer there = {0};
    if (!is_folder(place->there))
        return error_set(error, STATUS_NOT_A_FOLDER,
                         "%s: there is no such folder: %s is not a folder", address, place->there);
    error_set(error, STATUS_NOT_FOUND, "%s: there is no such folder", address);
    disk_describe_path(AT_FDCWD, place->there, DESCRIBE_LIMIT, &there);
    return error_hint(error, "%s is there, and holds %s", place->there,
                      there.len ? buffer_text(&there) : "nothing");
}

/* The root is there: takes a handle on it and checks that it may be used so (R_OK, …). */
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

/* The root is not there: can it be made? */
static enum status check_above(const struct disk *disk, struct error *error)
{
    struct place place;
    TRY(find_place(disk->store.address, disk->store.location, &place, error));
    if (!is_folder(place.there))
        return error_set(error, STATUS_NOT_A_FOLDER, "cannot make %s: %s is not a folder",
                         disk->store.address, place.there);
    if (faccessat(AT_FDCWD, place.there, W_OK | X_OK, AT_EACCESS) != 0)
        return error_set_errno(error, errno, "cannot make %s: %s is not writable",
                               disk->store.address, place.there);
    return STATUS_OK;
}

/* What is not there can be made where it is to be written. */
static enum status open_place(struct disk *disk, const struct place *place, struct error *error)
{
    bool is_output = disk->store.use == STORE_USE_OUTPUT;
    disk->store.location = place_location(place);
    if (is_output && *place->missing && access(disk->store.location, F_OK) != 0)
        return check_above(disk, error);
    return open_root(disk, is_output ? R_OK | W_OK | X_OK : R_OK | X_OK, error);
}

enum status disk_open(const char *address, const char *path, enum store_use use,
                      const struct store_options *options, struct store **out, struct error *error)
{
    struct place place = {.missing = ""};
    TRY(find_place(address, path, &place, error));
    if (*place.missing && use != STORE_USE_OUTPUT)
        return not_there(address, &place, error);
    struct disk *disk = disk_new(address, use, options);
    enum status status = open_place(disk, &place, error);
    if (status == STATUS_OK)
        *out = &disk->store;
    else
        disk_free(&disk->store);
    return status;
}
