#include <atomic_file.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* folder/.name.<process>.tmp: hidden, as all names are that are not complete yet. */
static void set_temporary(struct atomic_file *whole)
{
    const char *target = buffer_text(&whole->target), *slash = strrchr(target, '/');
    int folder = slash ? (int)(slash - target) + 1 : 0;
    buffer_appendf(&whole->temporary, "%.*s.%s.%d.tmp", folder, target, target + folder,
                   (int)getpid());
}

static enum status open_beside(struct atomic_file *whole, struct error *error)
{
    char *real = realpath(whole->path, NULL); /* NULL: there is none yet */
    buffer_append_str(&whole->target, str_of(real ? real : whole->path));
    set_temporary(whole);
    whole->file = fopen(buffer_text(&whole->temporary), "wxe");
    int failed = errno;
    free(real);
    return whole->file ? STATUS_OK
                       : error_set_errno(error, failed, "cannot write to %s", whole->path);
}

enum status atomic_file_open(struct atomic_file *whole, const char *path, struct error *error)
{
    struct stat found;
    bool is_there = stat(path, &found) == 0;
    *whole = (struct atomic_file){.path = path};
    if (is_there && S_ISDIR(found.st_mode)) {
        error_set(error, STATUS_USAGE, "cannot write to %s: it is a folder", path);
        return error_hint(error, "name a file in it");
    }
    if (!is_there || S_ISREG(found.st_mode))
        return open_beside(whole, error);
    whole->file = fopen(path, "we");
    return whole->file ? STATUS_OK : error_set_errno(error, errno, "cannot write to %s", path);
}

enum status atomic_file_finish(struct atomic_file *whole, struct error *error)
{
    FILE *file = whole->file;
    bool is_beside = whole->temporary.len > 0;
    int failed = !ferror(file) ? 0 : errno ? errno : EIO; /* a write that nobody has looked at */
    whole->file = NULL;
    if (fclose(file) == 0 && !failed &&
        (!is_beside || rename(buffer_text(&whole->temporary), buffer_text(&whole->target)) == 0))
        return STATUS_OK;
    error_set_errno(error, failed ? failed : errno, "cannot write to %s", whole->path);
    if (is_beside)
        unlink(buffer_text(&whole->temporary));
    return error->status;
}

void atomic_file_release(struct atomic_file *whole)
{
    if (whole->file) {
        fclose(whole->file);
        if (whole->temporary.len)
            unlink(buffer_text(&whole->temporary));
    }
    buffer_release(&whole->target);
    buffer_release(&whole->temporary);
    *whole = (struct atomic_file){0};
}
