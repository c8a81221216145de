/* hadoop: the addresses and settings by which Spark accesses the same files and buckets as a store
 * here: Hadoop's file systems file:// and s3a:// (Apache Hadoop, "Hadoop-AWS module"). */
#pragma once

#include "connect.h"

#include <s3.h>

/* Appends the URL of a folder in the store. Spark reads a path as a glob pattern, so HADOOP_READ
 * escapes special characters. */
enum hadoop_use { HADOOP_READ, HADOOP_WRITE };
void hadoop_url(struct buffer *out, const struct store *store, const char *folder,
                enum hadoop_use use);
/* The URL of a key that is read, in the arena. */
const char *hadoop_read_url(struct arena *arena, const struct store *store, struct str key);

/* Sets the hint of an error that Spark reports if its cause is the access to the store; returns the
 * error's status. */
enum status hadoop_explain(const struct store *store, struct error *error);

#define HADOOP_MAX_SETTINGS 32

/* The settings of s3a for the stores in S3. Some values are secrets: they are only sent as settings
 * of the session. */
struct hadoop_settings {
    struct s3_access access[STORE_SIDES]; /* of the stores in S3: own what the settings borrow */
    size_t access_count;
    bool has_keys;
    char connections[16];
    struct arena names; /* of per-bucket settings */
    struct connect_pair pairs[HADOOP_MAX_SETTINGS];
    size_t count;
};
/* Makes the settings for both stores, of which `out` may be NULL; none if neither is in S3. The
 * caller releases them. Stores with different credentials or endpoints get per-bucket settings;
 * STATUS_USAGE: their buckets have the same name. */
NODISCARD enum status hadoop_settings_make(struct hadoop_settings *settings, const struct store *in,
                                           const struct store *out, unsigned connections,
                                           struct error *error);
void hadoop_settings_release(struct hadoop_settings *settings);
