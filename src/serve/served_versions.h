/* served_versions: which version of the lake is asked. */
#ifndef SPARKIFY_SERVE_SERVED_VERSIONS_H
#define SPARKIFY_SERVE_SERVED_VERSIONS_H

#include <serve.h>

#include <pthread.h>

/* The lake's store. That of a folder stays with the folder, wherever it is moved to. */
struct opened_store {
    struct store *store;
    uint64_t device, inode; /* of the folder; 0: there is none */
    unsigned holders;       /* guarded by the versions' mutex */
};

/* A snapshot that requests hold while they ask it. */
struct served_version {
    struct opened_store *opened;
    struct lake_snapshot snapshot;
    uint64_t generation; /* 1, 2, …: tells two lakes apart that have the same number */
    unsigned holders;    /* guarded by the versions' mutex */
};

struct served_versions {
    const struct serve_options *options;
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t has_looked;
        struct served_version *current;
        uint64_t looked_ns;
        bool is_looking;
    } shared;
};

/* Reads the version that is to be served. */
NODISCARD enum status served_versions_init(struct served_versions *versions,
                                           const struct serve_options *options,
                                           struct error *error);
void served_versions_release(struct served_versions *versions);
/* The version to ask: looks for a newer one if the last look was a second ago, or if `is_forced`.
 * STATUS as lake_snapshot_read has it when the lake cannot be read any more. */
NODISCARD enum status served_versions_acquire(struct served_versions *versions, bool is_forced,
                                              struct served_version **out, struct error *error);
void served_versions_return(struct served_versions *versions, struct served_version *version);

#endif
