/* file_cache: a lake's files as paths on this machine. Those of a disk are where they are; those of
 * S3 are fetched into a folder of the user's, by their names, which no other bytes ever have. */
#ifndef SPARKIFY_QUERY_FILE_CACHE_H
#define SPARKIFY_QUERY_FILE_CACHE_H

#include <query.h>

struct cached_files {
    const struct lake_snapshot_file **files; /* borrowed */
    struct str *paths;                       /* once they are fetched: terminated */
    size_t count, cap;
    struct arena arena;
};
void cached_files_add(struct cached_files *cached, const struct lake_snapshot_file *file);
void cached_files_release(struct cached_files *cached);

/* Sets the paths. What is not there yet is fetched; before that the files that were not used for
 * the longest time go, so that all stay below lake->cache_bytes (what was used in the last ten
 * minutes stays all the same). STATUS_INTERRUPTED once `cancel` is true; STATUS_DENIED where others
 * could put files into the cache. */
NODISCARD enum status file_cache_fetch(const struct query_lake *lake, struct cached_files *cached,
                                       const atomic_bool *cancel, struct error *error);

#endif
