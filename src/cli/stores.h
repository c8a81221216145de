/* stores: what the commands that use stores have in common: their options, dl.cfg, and the
 * addresses that come of both. */
#ifndef SPARKIFY_CLI_STORES_H
#define SPARKIFY_CLI_STORES_H

#include "options.h"

#include <store.h>

struct stores_settings {
    const char *input, *output; /* as given; then as resolved */
    const char *bucket, *prefix, *config_file;
    struct store_options options; /* of both */
    struct store_config config;
    struct buffer output_text;
};

/* The options that say how to reach S3, for a command's `shared`: their places are in a struct
 * stores_settings. */
extern const struct option stores_options[];
#define STORES_INPUT_HELP                                                                          \
    "the folder or s3://bucket/prefix that has song_data and\n"                                    \
    "log_data in it; s3://udacity-dend by default"
#define STORES_OUTPUT_HELP                                                                         \
    "the folder or s3://bucket/prefix that gets the tables; a\n"                                   \
    "folder is made if it is not there"

/* True for an address in S3. */
bool stores_is_s3(const char *address);
void stores_set_defaults(struct stores_settings *stores);
/* Reads dl.cfg where S3 is used, and makes addresses of what was given; `needs_output` is false
 * where a run can do without. */
NODISCARD enum status stores_resolve(struct stores_settings *stores, bool needs_output,
                                     struct error *error);
/* For a command that takes the lake as its operand, or by --bucket: opens it. */
NODISCARD enum status stores_open_lake(struct stores_settings *stores, struct store **out,
                                       struct error *error);
void stores_release(struct stores_settings *stores);

#endif
