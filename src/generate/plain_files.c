/* plain_files: creates folders and files by system calls. Files have their final names from the
 * beginning: an incomplete data set is of no use, so a rename for each of its many small files
 * would gain nothing. */
#include "plain_files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

enum status folder_make(const char *path, struct error *error)
{
    char CLEANUP(mem_drop) *copy = text_dup(path);
    const char *parent = dirname(copy);
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return STATUS_OK;
    if (errno == ENOENT && strcmp(parent, path) != 0) {
        TRY(folder_make(parent, error));
        if (mkdir(path, 0777) == 0 || errno == EEXIST)
            return STATUS_OK;
    }
    return error_set_errno(error, errno, "cannot make the folder %s", path);
}

enum status new_file_begin(struct new_file *file, const char *path, struct error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return error_set_errno(error, errno, "cannot make %s", path);
    *file = (struct new_file){.path = path, .fd = fd, .open = true};
    return STATUS_OK;
}

enum status new_file_write(struct new_file *file, struct str bytes, struct error *error)
{
    while (bytes.len) {
        ssize_t written = write(file->fd, bytes.data, bytes.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return error_set_errno(error, errno, "cannot write %s", file->path);
        bytes.data += written;
        bytes.len -= (size_t)written;
    }
    return STATUS_OK;
}

enum status new_file_finish(struct new_file *file, struct error *error)
{
    file->open = false;
    if (close(file->fd) != 0 && errno != EINTR)
        return error_set_errno(error, errno, "cannot write %s", file->path);
    return STATUS_OK;
}

void new_file_release(struct new_file *file)
{
    if (file->open)
        close(file->fd);
    *file = (struct new_file){0};
}
