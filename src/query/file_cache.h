/* file_cache: paths of a lake's files on this machine. Files on a disk are used in place; files in
 * S3 are fetched into a cache folder of the user. */
#pragma once

#include <query.h>

struct cached_files {
    const struct lake_snapshot_file **files; /* borrowed */
    struct str *paths;                       /* set by file_cache_fetch; terminated */
    size_t count, cap;
    struct arena arena;
};
void cached_files_add(struct cached_files *cached, const struct lake_snapshot_file *file);
void cached_files_release(struct cached_files *cached);

/* Sets the paths, and fetches files that are not cached. First evicts the least recently used
 * files, so that all fit into lake->cache_bytes (files used in the last ten minutes are kept
 * regardless). STATUS_INTERRUPTED once `cancel` is true; STATUS_DENIED where another user could put
 * files into the cache. */
NODISCARD enum status file_cache_fetch(const struct query_lake *lake, struct cached_files *cached,
                                       const atomic_bool *cancel, struct error *error);
