/* The disk store: a folder, and files in it. Private to this layer. */
#pragma once

#include <dirent.h>
#include <limits.h>
#include <store_kind.h>
#include <unistd.h>

/* Handles on folders above those of the objects, kept for the next of them: by the folder's hash.
 */
struct disk_slot {
    pthread_mutex_t mutex;
    struct disk_parent *parent; /* or NULL */
};
#define DISK_SLOTS 16

/* Objects that appear with the next flush: disk_stage.c. */
struct disk_stage {
    pthread_rwlock_t puts; /* shared by those who put, held alone by the flush */
    pthread_mutex_t mutex; /* of the rest */
    struct buffer path;    /* the stage: the caller's folder */
    struct disk_stage_folder *folders;
    size_t count, cap, staged; /* folders that were looked for; the missing ones of them */
    struct index index;        /* by their paths */
    struct arena arena;        /* their paths */
};

/* How an object is put that must not be there yet. */
enum disk_commit_by {
    DISK_COMMIT_UNKNOWN, /* disk_probe has not been asked */
    DISK_COMMIT_BY_LINK,
    DISK_COMMIT_BY_RENAME,
};

struct disk {
    struct store store;
    const atomic_bool *cancel;  /* ends a listing of input; may be NULL */
    _Atomic int root_fd;        /* -1: an output whose root is not there yet */
    pthread_mutex_t root_mutex; /* held while the root is made */
    atomic_bool has_made_root;
    _Atomic enum disk_commit_by commit_by;
    atomic_bool only_replaces; /* its file system cannot rename without replacing */
    atomic_bool
        folds_names; /* its file system does not tell all names apart, as disk_probe found */
    atomic_bool has_no_openat2;
    atomic_bool finds_folders; /* the last folder that was needed existed */
    atomic_uint open_uploads;  /* uploads with an open file: disk_put.c */
    struct disk_slot slots[DISK_SLOTS];
    struct disk_stage stage;
};

/* An object that is to be put, and the temporary that becomes it. */
struct disk_target {
    struct disk *disk;
    char key[PATH_MAX];
    size_t key_len, folder_len;
    const char *name; /* within the key */
    char temporary[NAME_MAX + 1];
};
static inline struct str disk_target_key(const struct disk_target *target)
{
    return (struct str){target->key, target->key_len};
}
static inline struct str disk_target_folder(const struct disk_target *target)
{
    return (struct str){target->key, target->folder_len};
}

static inline struct disk *disk_of(struct store *store)
{
    return (struct disk *)store;
}

/* The folder above a key or a folder, as the gate names it: "a/b" of "a/b/x", "" of "a". */
static inline struct str disk_above(struct str key)
{
    struct str folder = store_key_folder(key);
    return (struct str){folder.data, folder.len - !!folder.len};
}

/* For CLEANUP: an owned file descriptor, -1 when there is none. */
static inline void fd_release(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
/* For CLEANUP: a listing, or NULL. */
static inline void listing_release(DIR **listing)
{
    if (*listing)
        closedir(*listing);
}

/* disk_open.c: `path` is what the address means. */
NODISCARD enum status disk_open(const char *address, const char *path, enum store_use use,
                                const struct store_options *options, struct store **out,
                                struct error *error);

/* disk.c */
struct disk *disk_new(const char *address, enum store_use use, const struct store_options *options);
void disk_free(struct store *store);
/* The error of a system call on the object or folder `key`: "cannot <doing> <address>/<key>: …". */
enum status disk_failed(const struct disk *disk, int error_number, const char *doing,
                        struct str key, struct error *error);
/* The error of a link in a lake, at `key`. */
enum status disk_is_link(const struct disk *disk, struct str key, struct error *error);
/* Lists a folder; NULL and errno. `flags`: O_NOFOLLOW, or 0. */
DIR *disk_listing_open(int at_fd, const char *path, int flags);
/* The next entry but "." and ".."; NULL after the last. */
const struct dirent *disk_listing_next(DIR *listing);
/* The key as a terminated path below the root; "." for the root. */
NODISCARD enum status disk_path(const struct disk *disk, const char *doing, struct str key,
                                char path[static PATH_MAX], struct error *error);

/* disk_gate.c: a handle on a folder ("a/b", or "" for the root) that is reached through no link; -1
 * and errno, which is ELOOP where a part of it is a link. disk_gate_make makes what is missing. The
 * root must be there. A handle is closed by disk_gate_close alone: it may be the root's. */
int disk_gate_open(struct disk *disk, struct str folder);
int disk_gate_make(struct disk *disk, struct str folder);
int disk_gate_enter(int at_fd, const char *name); /* one part of it, in the folder above */
/* Makes the file `key`, which must be new, and the folder above it, the first `folder_len` bytes:
 * without a handle on that folder, and without following a link. -1 and errno, which is ENOSYS
 * where the kernel has no such call. */
int disk_gate_create(struct disk *disk, char *key, size_t folder_len);
void disk_gate_close(struct disk *disk, int fd); /* errno stays as it is; -1 is fine */
bool disk_has_link(int at_fd, const char *name); /* whether that is a link */
/* Where one of the folders above `key`, or itself, is a link: the key as far as that. */
struct str disk_find_link(const struct disk *disk, struct str key);
void disk_slots_init(struct disk *disk);
void disk_slots_release(struct disk *disk);
void disk_slots_forget(struct disk *disk);

/* disk_list.c */
enum status disk_list(struct store *store, struct store_list *lists, size_t count,
                      struct error *error);

/* disk_describe.c */
void disk_describe_folder(struct store *store, const char *prefix, size_t limit,
                          struct buffer *out);
/* The names in the folder at `path`, as store_describe_folder gives them. */
void disk_describe_path(int at_fd, const char *path, size_t limit, struct buffer *out);

/* disk_put.c */
/* Tries for a folder that other runs remove as empty as soon as it was made. */
#define DISK_MAX_TRIES 1000
NODISCARD enum status disk_need_root(struct disk *disk, struct error *error); /* makes it */
enum status disk_put_failed(struct disk *disk, int error_number, struct str key,
                            struct error *error);
/* Names the object's folder and temporary, below a root that is made if it is not there. */
NODISCARD enum status disk_target_make(struct disk *disk, struct str key,
                                       struct disk_target *target, struct error *error);
/* Several processes may put the same object at once: gives the temporary a name that no other has.
 * False where that would be too long. */
bool disk_target_make_unique(struct disk_target *target);
/* How an object appears once its temporary is whole. */
enum disk_appear {
    DISK_IS_NEW,   /* where its name is free */
    DISK_REPLACES, /* also where it is taken */
    DISK_COMMITS,  /* synced, and where its name is free also for other processes */
};
/* Writes a temporary that no other process has, and makes it the object. Returns 0 or an errno. */
int disk_put_unique(struct disk_target *target, struct str bytes, enum disk_appear how);
/* Makes the folder and, in it, the file `name`: the temporary, where one that is there is replaced,
 * or the object itself. Returns 0 and both handles, or an errno. */
int disk_target_create(const struct disk_target *target, const char *name, int *out_folder_fd,
                       int *out);
int disk_write_all(int fd, struct str bytes); /* 0 or an errno */
enum status disk_replace(struct store *store, struct str key, struct str bytes,
                         struct error *error);
enum status disk_put(struct store *store, struct str key, struct str bytes, struct error *error);
enum status disk_upload_begin(struct store *store, struct str key, struct store_upload **out,
                              struct error *error);
enum status disk_upload_write(struct store_upload *upload, struct str bytes, struct error *error);
enum status disk_upload_finish(struct store_upload *upload, struct error *error);
enum status disk_upload_replace(struct store_upload *upload, struct error *error);
void disk_upload_abort(struct store_upload *upload);
enum status disk_move(struct store *store, const struct store_object *from, struct str key,
                      struct error *error);

/* disk_stage.c */
void disk_stage_init(struct disk_stage *stage);
void disk_stage_release(struct disk_stage *stage);
enum status disk_put_later(struct store *store, struct str key, struct str bytes,
                           const char *folder, struct error *error);
/* Makes all of them appear. */
NODISCARD enum status disk_stage_flush(struct disk *disk, struct error *error);

/* disk_commit.c */
enum status disk_probe(struct store *store, struct error *error);
/* Removes the folders that the probe has made, if nothing else is in them. */
void disk_probe_clear(struct disk *disk);
enum status disk_put_if_absent(struct store *store, struct str key, struct str bytes,
                               struct error *error);
/* rename(2) that fails with EEXIST instead of replacing; by system call, since not every C library
 * has renameat2. */
int disk_rename_new(int from_fd, const char *from, int to_fd, const char *to);
/* Makes the temporary the object, by link or rename. Returns 0 or an errno. */
int disk_commit(const struct disk_target *target, int folder_fd);
int disk_sync_file(int fd); /* 0 or an errno */
void disk_set_time(struct store *store, struct str key, int64_t time_ms);
enum status disk_flush(struct store *store, struct error *error);

/* disk_folding.c */
bool disk_folds_names(const struct store *store);
/* The error of an object whose name is taken; where the file system holds it under another key,
 * both are named. */
enum status disk_name_taken(struct store *store, struct str key, struct error *error);

/* disk_delete.c */
void disk_prune(struct store *store, const char *prefix);
enum status disk_delete(struct store *store, const struct str *keys, size_t count,
                        struct error *error);
