/* hadoop: how Spark reaches what our stores reach: addresses, and settings of s3a (Hadoop's
 * "Hadoop-AWS module"). */
#ifndef SPARKIFY_SPARK_HADOOP_H
#define SPARKIFY_SPARK_HADOOP_H

#include "connect.h"

#include <s3.h>

/* Appends the address of a folder in the store. Where Spark reads, a path is a pattern, whose
 * characters are escaped. */
enum hadoop_use { HADOOP_READ, HADOOP_WRITE };
void hadoop_url(struct buffer *out, const struct store *store, const char *folder,
                enum hadoop_use use);

/* Says what to try where a failure of Spark's is one that comes of how it reaches the store;
 * returns the error's status. */
enum status hadoop_explain(const struct store *store, struct error *error);

#define HADOOP_MAX_SETTINGS 32

/* What s3a needs to reach the stores as we do. The values are secrets in part: they go into the
 * session's settings, and nowhere else. */
struct hadoop_settings {
    struct s3_access access[STORE_SIDES]; /* of the stores in S3: own what the settings borrow */
    size_t access_count;
    bool has_keys;
    char connections[16];
    struct arena names; /* of settings of one bucket */
    struct connect_pair pairs[HADOOP_MAX_SETTINGS];
    size_t count;
};
/* None where neither store is in S3. `out` may be NULL. Stores that are reached in different ways
 * are told apart by their buckets: STATUS_USAGE where these have the same name. */
NODISCARD enum status hadoop_settings_make(struct hadoop_settings *settings, const struct store *in,
                                           const struct store *out, unsigned connections,
                                           struct error *error);
void hadoop_settings_release(struct hadoop_settings *settings);

#endif
