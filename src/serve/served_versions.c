/* The newest version of the lake, refreshed by the requests themselves: one request at a time reads
 * it, at most once a second, while the others use the version that is known. A version is
 * reference-counted. */
#include "served_versions.h"

#include <sys/stat.h>

#define REFRESH_NS UINT64_C(1000000000)

/* ---- The store ------------------------------------------------------------------------------- */

static void identify_folder(const struct store *store, struct opened_store *out)
{
    struct stat found;
    out->device = out->inode = 0;
    if (store_is_remote(store) || stat(store_location(store), &found) != 0)
        return;
    out->device = (uint64_t)found.st_dev;
    out->inode = (uint64_t)found.st_ino;
}

static enum status opened_new(const struct serve_options *options, struct opened_store **out,
                              struct error *error)
{
    struct store *store;
    TRY(options->open(options->open_ctx, &store, error));
    struct opened_store *opened = mem_zalloc(sizeof *opened);
    *opened = (struct opened_store){.store = store, .references = 1};
    identify_folder(store, opened);
    *out = opened;
    return STATUS_OK;
}

static void unref_store_locked(struct opened_store *opened)
{
    if (--opened->references > 0)
        return;
    store_free(opened->store);
    mem_free(opened);
}

static bool is_same_folder(const struct opened_store *opened)
{
    struct opened_store now;
    identify_folder(opened->store, &now);
    return now.device == opened->device && now.inode == opened->inode;
}

/* ---- Versions -------------------------------------------------------------------------------- */

static void unref_version_locked(struct served_version *version)
{
    if (--version->references > 0)
        return;
    unref_store_locked(version->opened);
    query_questions_release(&version->questions);
    lake_snapshot_release(&version->snapshot);
    mem_free(version);
}

/* Reads the version to serve with its questions. Takes ownership of the caller's reference to the
 * store, also where it fails. */
static enum status read_version(struct served_versions *versions, struct opened_store *opened,
                                struct served_version **out, struct error *error)
{
    const struct serve_options *options = versions->options;
    struct served_version *version = mem_zalloc(sizeof *version);
    version->opened = opened;
    version->references = 1;
    enum status status =
        lake_snapshot_read(opened->store, options->version, &version->snapshot, error);
    if (status == STATUS_OK)
        status = query_questions_read(version->snapshot.model, options->queries,
                                      &version->questions, error);
    if (status == STATUS_OK) {
        *out = version;
        return STATUS_OK;
    }
    pthread_mutex_lock(&versions->shared.mutex);
    unref_version_locked(version);
    pthread_mutex_unlock(&versions->shared.mutex);
    return status;
}

enum status served_versions_init(struct served_versions *versions,
                                 const struct serve_options *options, struct error *error)
{
    struct opened_store *opened;
    *versions = (struct served_versions){
        .options = options,
        .shared = {.mutex = PTHREAD_MUTEX_INITIALIZER, .has_refreshed = PTHREAD_COND_INITIALIZER}};
    TRY(opened_new(options, &opened, error));
    TRY(read_version(versions, opened, &versions->shared.current, error));
    versions->shared.current->generation = 1;
    versions->shared.refreshed_ns = clock_ns();
    return STATUS_OK;
}

void served_versions_release(struct served_versions *versions)
{
    if (versions->shared.current)
        unref_version_locked(versions->shared.current);
    pthread_cond_destroy(&versions->shared.has_refreshed);
    pthread_mutex_destroy(&versions->shared.mutex);
    *versions = (struct served_versions){0};
}

/* True for the same version of the same lake; a lake that was deleted and made again has another
 * time. */
static bool is_same(const struct lake_snapshot *a, const struct lake_snapshot *b)
{
    return a->version == b->version && a->newest == b->newest && a->oldest == b->oldest &&
           a->time_ms == b->time_ms;
}

/* Takes ownership of the version. */
static void replace_locked(struct served_versions *versions, struct served_version *version)
{
    struct served_version *current = versions->shared.current;
    if (version->opened == current->opened && is_same(&current->snapshot, &version->snapshot)) {
        unref_version_locked(version);
        return;
    }
    version->generation = current->generation + 1;
    versions->shared.current = version;
    unref_version_locked(current);
}

/* Returns a reference to the store: opened again where another folder has replaced it. */
static enum status acquire_store(struct served_versions *versions, struct opened_store **out,
                                 struct error *error)
{
    struct opened_store *current =
        versions->shared.current->opened; /* only a refresh replaces it */
    if (!is_same_folder(current))
        return opened_new(versions->options, out, error);
    pthread_mutex_lock(&versions->shared.mutex);
    current->references++;
    pthread_mutex_unlock(&versions->shared.mutex);
    *out = current;
    return STATUS_OK;
}

static enum status read_newest(struct served_versions *versions, struct error *error)
{
    struct opened_store *opened;
    struct served_version *version;
    TRY(acquire_store(versions, &opened, error));
    TRY(read_version(versions, opened, &version, error));
    pthread_mutex_lock(&versions->shared.mutex);
    replace_locked(versions, version);
    versions->shared.refreshed_ns = clock_ns();
    pthread_mutex_unlock(&versions->shared.mutex);
    return STATUS_OK;
}

/* Called by one thread at a time. */
static enum status refresh(struct served_versions *versions, struct error *error)
{
    enum status status = read_newest(versions, error);
    pthread_mutex_lock(&versions->shared.mutex);
    versions->shared.is_refreshing = false;
    pthread_cond_broadcast(&versions->shared.has_refreshed);
    pthread_mutex_unlock(&versions->shared.mutex);
    return status;
}

static bool begin_refresh(struct served_versions *versions, bool is_forced)
{
    pthread_mutex_lock(&versions->shared.mutex);
    while (is_forced &&
           versions->shared
               .is_refreshing) /* a refresh that runs already may miss the newest version */
        pthread_cond_wait(&versions->shared.has_refreshed, &versions->shared.mutex);
    bool is_due = is_forced || clock_ns() - versions->shared.refreshed_ns >= REFRESH_NS;
    bool begins = is_due && !versions->shared.is_refreshing;
    versions->shared.is_refreshing |= begins;
    pthread_mutex_unlock(&versions->shared.mutex);
    return begins;
}

enum status served_versions_acquire(struct served_versions *versions, bool is_forced,
                                    struct served_version **out, struct error *error)
{
    if (begin_refresh(versions, is_forced))
        TRY(refresh(versions, error));
    pthread_mutex_lock(&versions->shared.mutex);
    *out = versions->shared.current;
    (*out)->references++;
    pthread_mutex_unlock(&versions->shared.mutex);
    return STATUS_OK;
}

void served_versions_return(struct served_versions *versions, struct served_version *version)
{
    pthread_mutex_lock(&versions->shared.mutex);
    unref_version_locked(version);
    pthread_mutex_unlock(&versions->shared.mutex);
}
