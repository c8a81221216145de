/* A cache of S3 files below $XDG_CACHE_HOME/sparkify (or ~/.cache/sparkify), with a folder for each
 * lake.
 *
 * A data file's name has the id of the run that wrote it and is never reused, so a cached file of
 * the size in the plan is valid forever. It appears by a rename: another process that fetches the
 * same file at the same time writes the same bytes. The modification time is the time of the last
 * use; the least recently used files are evicted first, except those used just now, perhaps by
 * another process. Only the user can enter the folder. */
#include "file_cache.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A file used within this time may still be read by someone. */
#define IN_USE_S 600

void cached_files_add(struct cached_files *cached, const struct lake_snapshot_file *file)
{
    *MEM_ADD(cached->files, cached->count, cached->cap) = file;
}

void cached_files_release(struct cached_files *cached)
{
    mem_free(cached->files);
    mem_free(cached->paths);
    arena_release(&cached->arena);
    *cached = (struct cached_files){0};
}

/* ---- Paths ----------------------------------------------------------------------------------- */

/* A path component that is not ".." and is valid on any file system. */
static void append_part(struct buffer *out, struct str part)
{
    for (size_t i = 0; i < part.len; i++) {
        unsigned char c = (unsigned char)part.data[i];
        bool is_plain = isalnum(c) || c == '-' || c == '_' || c == '/' || (c == '.' && i > 0);
        if (is_plain && !(c == '.' && part.data[i - 1] == '/'))
            buffer_append_char(out, (char)c);
        else
            buffer_append_percent(out, c);
    }
}

static enum status append_root(const struct store *store, struct buffer *out, struct error *error)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache && cache[0] == '/')
        buffer_append_str(out, str_of(cache));
    else if (home && home[0] == '/')
        buffer_appendf(out, "%s/.cache", home);
    else {
        error_set(error, STATUS_NOT_FOUND,
                  "there is no folder for the files of %s: HOME is not set", store_address(store));
        return error_hint(error, "name one in XDG_CACHE_HOME");
    }
    buffer_append_str(out, STR("/sparkify/"));
    return STATUS_OK;
}

static void set_paths(struct cached_files *cached, struct str folder)
{
    cached->paths = mem_zalloc((cached->count + 1) * sizeof *cached->paths);
    for (size_t i = 0; i < cached->count; i++) {
        CLEANUP(buffer_release) struct buffer path = {0};
        buffer_append_str(&path, folder);
        buffer_append_char(&path, '/');
        buffer_append_str(&path, cached->files[i]->key);
        cached->paths[i] = str_of(arena_text(&cached->arena, buffer_str(&path)));
    }
}

/* ---- Cached files ---------------------------------------------------------------------------- */

/* After a power failure a file may have its size but not its end, so the end is checked. */
static bool is_whole(int fd, uint64_t bytes)
{
    static const char magic[] = {'P', 'A', 'R', '1'}; /* Apache Parquet, "File format" */
    char end[sizeof magic];
    struct stat found;
    return fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && (uint64_t)found.st_size == bytes &&
           bytes >= sizeof magic &&
           pread(fd, end, sizeof end, found.st_size - (off_t)sizeof end) == (ssize_t)sizeof end &&
           memcmp(end, magic, sizeof end) == 0;
}

/* Links are not followed: the cache makes none. */
static bool is_there(const struct cached_files *cached, size_t i)
{
    int fd = open(cached->paths[i].data, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool is_right = is_whole(fd, cached->files[i]->bytes);
    if (is_right)
        futimens(fd, NULL); /* used now */
    close(fd);
    return is_right;
}

struct old_file {
    char *path;
    struct timespec used;
    uint64_t bytes;
};

struct old_files {
    struct old_file *all;
    size_t count, cap;
    uint64_t bytes;
};

/* nftw passes no argument to its callback. */
static _Thread_local struct old_files *collected;

static int collect(const char *path, const struct stat *found, int type, struct FTW *walk)
{
    (void)walk;
    if (type != FTW_F)
        return 0;
    *MEM_ADD(collected->all, collected->count, collected->cap) =
        (struct old_file){str_dup(str_of(path)), found->st_mtim, (uint64_t)found->st_size};
    collected->bytes += (uint64_t)found->st_size;
    return 0;
}

static void old_files_release(struct old_files *old)
{
    for (size_t i = 0; i < old->count; i++)
        mem_free(old->all[i].path);
    mem_free(old->all);
    *old = (struct old_files){0};
}

static int compare_used(const void *a, const void *b)
{
    const struct timespec *left = &((const struct old_file *)a)->used,
                          *right = &((const struct old_file *)b)->used;
    return left->tv_sec != right->tv_sec
               ? (left->tv_sec > right->tv_sec ? 1 : -1)
               : (left->tv_nsec > right->tv_nsec) - (left->tv_nsec < right->tv_nsec);
}

/* Evicts the least recently used files until `bytes` more fit. Files of this query have just been
 * used. */
static void make_room(const char *root, uint64_t bytes, uint64_t limit)
{
    CLEANUP(old_files_release) struct old_files old = {0};
    time_t begin = time(NULL) - IN_USE_S;
    collected = &old;
    nftw(root, collect, 16, FTW_PHYS);
    collected = NULL;
    if (old.count == 0 || old.bytes + bytes <= limit)
        return;
    qsort(old.all, old.count, sizeof *old.all, compare_used);
    for (size_t i = 0; i < old.count && old.bytes + bytes > limit; i++)
        if (old.all[i].used.tv_sec < begin && unlink(old.all[i].path) == 0)
            old.bytes -= old.all[i].bytes;
}

/* ---- Fetching -------------------------------------------------------------------------------- */

/* Makes the folders of a path that ends with a file's name, or in '/'. */
static enum status make_folders(struct str path, struct error *error)
{
    CLEANUP(buffer_release) struct buffer folder = {0};
    for (size_t i = 1; i < path.len; i++) {
        if (path.data[i] != '/')
            continue;
        buffer_set(&folder, (struct str){path.data, i});
        if (mkdir(buffer_text(&folder), 0700) != 0 && errno != EEXIST)
            return error_set_errno(error, errno, "cannot make the folder %s of the cache",
                                   buffer_text(&folder));
    }
    return STATUS_OK;
}

/* The cache is not used where another user could put files into it. */
static enum status check_owner(const char *root, struct error *error)
{
    struct stat found;
    if (stat(root, &found) != 0)
        return error_set_errno(error, errno, "cannot inspect the cache's folder %s", root);
    if (found.st_uid == geteuid() && !(found.st_mode & (S_IWGRP | S_IWOTH)))
        return STATUS_OK;
    error_set(error, STATUS_DENIED, "other users can write to the cache's folder %s", root);
    return error_hint(error, "chmod 700 it, or name another one in XDG_CACHE_HOME");
}

static enum status write_file(const char *path, struct str bytes, struct error *error)
{
    unlink(path); /* left by a killed process with this pid */
    FILE *file = fopen(path, "wxe");
    if (!file)
        return error_set_errno(error, errno, "cannot make the file %s of the cache", path);
    bool is_written = fwrite(bytes.data, 1, bytes.len, file) == bytes.len;
    if (fclose(file) == 0 && is_written)
        return STATUS_OK;
    error_set_errno(error, errno, "cannot write the file %s of the cache", path);
    unlink(path);
    return error->status;
}

static enum status keep(struct str path, struct str bytes, struct error *error)
{
    CLEANUP(buffer_release) struct buffer temporary = {0};
    TRY(make_folders(path, error));
    buffer_appendf(&temporary, "%.*s.%d.tmp", STR_ARG(path), (int)syscall(SYS_gettid));
    TRY(write_file(buffer_text(&temporary), bytes, error));
    if (rename(buffer_text(&temporary), path.data) == 0)
        return STATUS_OK;
    error_set_errno(error, errno, "cannot name the file %.*s of the cache", STR_ARG(path));
    unlink(buffer_text(&temporary));
    return error->status;
}

/* A file being fetched. */
struct fetching {
    struct store_object object;
    struct store_read *read; /* NULL: the file is cached, or not requested yet */
    bool is_missing;
};

static enum status finish_one(const struct query_lake *lake, struct fetching *one, struct str path,
                              struct error *error)
{
    CLEANUP(buffer_release) struct buffer bytes = {0};
    struct store_read *read = one->read;
    one->read = NULL;
    if (!read)
        return STATUS_OK;
    TRY(store_read_finish(read, &bytes, error));
    if (bytes.len == one->object.size_bytes)
        return keep(path, buffer_str(&bytes), error);
    return error_set(error, STATUS_CORRUPT, "%s/%.*s has %zu bytes, and the plan says %llu",
                     store_address(lake->store), STR_ARG(one->object.key), bytes.len,
                     (unsigned long long)one->object.size_bytes);
}

/* As many reads run at once as the store recommends. */
static enum status fetch_all(const struct query_lake *lake, const struct cached_files *cached,
                             struct fetching *all, const atomic_bool *cancel, struct error *error)
{
    size_t ahead = store_reads_ahead(lake->store).reads + 1, begun = 0;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < cached->count && status == STATUS_OK; i++) {
        for (; begun < cached->count && begun < i + ahead; begun++)
            if (all[begun].is_missing)
                all[begun].read = store_read_begin(lake->store, &all[begun].object, 0,
                                                   (size_t)all[begun].object.size_bytes);
        status = finish_one(lake, &all[i], cached->paths[i], error);
        if (status == STATUS_OK && cancel && atomic_load(cancel))
            status = error_set(error, STATUS_INTERRUPTED, "interrupted");
    }
    for (size_t i = 0; i < begun; i++)
        if (all[i].read) /* the object must outlive the read */
            (void)finish_one(lake, &all[i], cached->paths[i], &(struct error){0});
    return status;
}

static enum status fetch_missing(const struct query_lake *lake, const struct cached_files *cached,
                                 const char *root, const atomic_bool *cancel, struct error *error)
{
    CLEANUP(mem_drop) struct fetching *all = mem_zalloc((cached->count + 1) * sizeof *all);
    uint64_t missing_bytes = 0;
    for (size_t i = 0; i < cached->count; i++) {
        all[i].object = (struct store_object){.key = cached->files[i]->key,
                                              .size_bytes = cached->files[i]->bytes};
        all[i].is_missing = !is_there(cached, i);
        missing_bytes += all[i].is_missing ? cached->files[i]->bytes : 0;
    }
    if (missing_bytes)
        make_room(root, missing_bytes, lake->cache_bytes);
    return fetch_all(lake, cached, all, cancel, error);
}

/* The folder of the lake's files on this machine; `root` is the cache of all lakes, and stays empty
 * for a lake on a disk. */
static enum status append_folder(const struct store *store, struct buffer *root, struct buffer *out,
                                 struct error *error)
{
    if (!store_is_remote(store)) {
        buffer_append_str(out, str_of(store_location(store)));
        return STATUS_OK;
    }
    TRY(append_root(store, root, error));
    buffer_append_str(out, buffer_str(root));
    append_part(out, str_of(store_location(store)));
    return STATUS_OK;
}

enum status query_append_folder(const struct store *store, struct buffer *out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer root = {0}, folder = {0};
    TRY(append_folder(store, &root, &folder, error));
    buffer_append_str(out, buffer_str(&folder));
    if (root.len == 0)
        return STATUS_OK;
    buffer_append_char(&folder, '/');
    return make_folders(buffer_str(&folder), error);
}

enum status file_cache_fetch(const struct query_lake *lake, struct cached_files *cached,
                             const atomic_bool *cancel, struct error *error)
{
    CLEANUP(buffer_release) struct buffer root = {0}, folder = {0};
    TRY(append_folder(lake->store, &root, &folder, error));
    set_paths(cached, buffer_str(&folder));
    if (root.len == 0)
        return STATUS_OK;
    TRY(make_folders(buffer_str(&root), error));
    TRY(check_owner(buffer_text(&root), error));
    return fetch_missing(lake, cached, buffer_text(&root), cancel, error);
}
