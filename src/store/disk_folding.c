/* Keys that a file system does not tell apart, as it folds case (Windows, SMB, macOS) or
 * normalises Unicode: the message for a name that is taken. */
#include "disk.h"

#include <fcntl.h>
#include <sys/stat.h>

#define NAMES_HINT                                                                                 \
    "choose an output on a file system that tells names apart by case and by their bytes: this "   \
    "one would lose one of the two"

static bool is_same(int at_fd, const char *name, const struct stat *wanted)
{
    struct stat info;
    return fstatat(at_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && info.st_dev == wanted->st_dev &&
           info.st_ino == wanted->st_ino;
}

/* Appends the name under which the folder lists the file that `name` opens: `name` itself, or
 * one that the file system treats as equal. */
static void append_real_name(int at_fd, const char *name, struct buffer *out)
{
    struct stat wanted;
    const struct dirent *entry;
    size_t begin = out->len;
    bool is_exact = false;
    bool is_there = fstatat(at_fd, name, &wanted, AT_SYMLINK_NOFOLLOW) == 0;
    CLEANUP(listing_release) DIR *listing = is_there ? disk_listing_open(at_fd, ".", 0) : NULL;
    while (listing && !is_exact && (entry = disk_listing_next(listing))) {
        is_exact = strcmp(entry->d_name, name) == 0;
        if (is_exact || !is_same(at_fd, entry->d_name, &wanted))
            continue;
        out->len = begin;
        buffer_append_str(out, str_of(entry->d_name));
    }
    if (is_exact || out->len == begin) {
        out->len = begin;
        buffer_append_str(out, str_of(name));
    }
}

static void append_real_key(struct disk *disk, struct str key, struct buffer *out)
{
    size_t at = 0;
    while (at < key.len) {
        CLEANUP(buffer_release) struct buffer name = {0};
        const char *slash = memchr(key.data + at, '/', key.len - at);
        size_t end = slash ? (size_t)(slash - key.data) : key.len;
        int fd = disk_gate_open(disk, (struct str){key.data, at - !!at});
        buffer_append(&name, key.data + at, end - at);
        append_real_name(fd, buffer_text(&name), out);
        disk_gate_close(disk, fd);
        if (slash)
            buffer_append_char(out, '/');
        at = end + !!slash;
    }
}

/* ---- What is taken for what ------------------------------------------------------------------ */

enum status disk_name_taken(struct store *store, struct str key, struct error *error)
{
    struct disk *disk = disk_of(store);
    CLEANUP(buffer_release) struct buffer real = {0};
    append_real_key(disk, key, &real);
    if (str_equal(buffer_str(&real), key)) {
        error_set(error, STATUS_EXISTS,
                  "cannot write %s/%.*s: that name is taken already: its file system may take two "
                  "names for one",
                  disk->store.address, STR_ARG(key));
        return error_hint(error, NAMES_HINT);
    }
    error_set(
        error, STATUS_EXISTS,
        "cannot write %s/%.*s: its file system takes that name for %s, which is there already",
        disk->store.address, STR_ARG(key), buffer_text(&real));
    return error_hint(error, NAMES_HINT);
}

bool disk_folds_names(const struct store *store)
{
    return atomic_load(&((const struct disk *)store)->folds_names);
}
