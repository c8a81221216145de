/* The disk store: a folder, and files in it. Private to this layer.
 *
 * Every path is looked up relative to one handle on the root. Handles on the folders in between
 * were tried and left out: 12,000 puts into songs/year=…/artist_id=… took the same time with a
 * handle on each year's folder (205 ms) as with the root's alone (200 ms). */
#ifndef SPARKIFY_STORE_DISK_H
#define SPARKIFY_STORE_DISK_H

#include "store_private.h"

#include <limits.h>
#include <pthread.h>
#include <unistd.h>

struct disk {
    struct store store;
    _Atomic int root_fd;        /* -1: an output whose root is not there yet */
    pthread_mutex_t root_mutex; /* held while the root is made */
};

static inline struct disk *disk_of(struct store *store)
{
    return (struct disk *)store;
}

/* For CLEANUP: an owned file descriptor, -1 when there is none. */
static inline void fd_release(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* disk_open.c: `path` is what the address means. */
NODISCARD enum status disk_open(const char *address, const char *path, unsigned threads,
                                struct store **out, struct error *error);
NODISCARD enum status disk_open_output(const char *address, const char *path, unsigned threads,
                                       struct store **out, struct error *error);

/* disk.c */
struct disk *disk_new(const char *address, unsigned threads);
void disk_free(struct store *store);
/* The error of a system call on the object or folder `key`: "cannot <doing> <address>/<key>: …". */
enum status disk_failed(const struct disk *disk, int error_number, const char *doing,
                        struct str key, struct error *error);
/* The key as a terminated path below the root; "." for the root. */
NODISCARD enum status disk_path(const struct disk *disk, const char *doing, struct str key,
                                char path[static PATH_MAX], struct error *error);
/* Makes the folder and those above it that are missing; `path` is as it was afterwards. Returns 0
 * also when something of that name is there already, else -1 and errno. */
int disk_make_folder(int at_fd, char *path);

/* disk_list.c */
enum status disk_list(struct store *store, struct store_list *lists, size_t count,
                      struct error *error);

/* disk_describe.c */
void disk_describe_folder(struct store *store, const char *prefix, size_t limit,
                          struct buffer *out);
/* The names in the folder at `path`, as store_describe_folder gives them. */
void disk_describe_path(int at_fd, const char *path, size_t limit, struct buffer *out);

/* disk_put.c */
enum status disk_put(struct store *store, struct str key, struct str bytes, struct error *error);
enum status disk_put_if_absent(struct store *store, struct str key, struct str bytes,
                               struct error *error);
enum status disk_upload_begin(struct store *store, struct str key, struct store_upload **out,
                              struct error *error);
enum status disk_upload_write(struct store_upload *upload, struct str bytes, struct error *error);
enum status disk_upload_finish(struct store_upload *upload, struct error *error);
void disk_upload_abort(struct store_upload *upload);
enum status disk_move(struct store *store, const struct store_object *from, struct str key,
                      struct error *error);
void disk_set_time(struct store *store, struct str key, int64_t time_ms);
enum status disk_flush(struct store *store, struct error *error);

/* disk_delete.c */
void disk_prune(struct store *store, const char *prefix);
enum status disk_delete(struct store *store, const struct str *keys, size_t count,
                        struct error *error);

#endif
