/* served_versions: the version of the lake that requests read. */
#pragma once

#include <serve.h>

/* The lake's store. The store of a folder stays with the folder when that is renamed. */
struct opened_store {
    struct store *store;
    uint64_t device, inode; /* of the folder; 0: there is none */
    unsigned references;    /* guarded by the versions' mutex */
};

/* A snapshot, referenced by the requests that use it. */
struct served_version {
    struct opened_store *opened;
    struct lake_snapshot snapshot;
    struct query_questions questions; /* of its model, and of the options' folder */
    uint64_t generation; /* 1, 2, …: distinguishes lakes whose version numbers are equal */
    unsigned references; /* guarded by the versions' mutex */
};

struct served_versions {
    const struct serve_options *options;
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t has_refreshed;
        struct served_version *current;
        uint64_t refreshed_ns;
        bool is_refreshing;
    } shared;
};

/* Opens the store and reads the version to serve, and the questions. */
NODISCARD enum status served_versions_init(struct served_versions *versions,
                                           const struct serve_options *options,
                                           struct error *error);
void served_versions_release(struct served_versions *versions);
/* Returns a reference to the current version; reads a newer one if the last read was a second ago,
 * or if `is_forced`. Errors as those of lake_snapshot_read and
 * query_questions_read. */
NODISCARD enum status served_versions_acquire(struct served_versions *versions, bool is_forced,
                                              struct served_version **out, struct error *error);
void served_versions_return(struct served_versions *versions, struct served_version *version);
