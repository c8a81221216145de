/* stores: what the commands that use stores have in common: their options, dl.cfg, and the
 * addresses that come of both. */
#ifndef SPARKIFY_API_STORES_H
#define SPARKIFY_API_STORES_H

#include <options.h>

#include <pthread.h>
#include <s3.h>

struct stores_settings {
    struct common_settings *common;
    const char *input, *output; /* as given; then as resolved */
    const char *lake;           /* the operand: the output by another way */
    const char *bucket, *prefix, *config_file;
    struct s3_options options; /* of both */
    struct stores_side {       /* of one alone */
        const char *profile, *endpoint, *region, *ca_file;
        enum config_path_style path_style;
        bool no_sign_request;
    } sides[STORE_SIDES];
    bool is_lake_alone; /* the command has no input */
    bool has_cluster;   /* it asks a Spark server, too */
    struct config_file config;
    struct config configs[STORE_SIDES];
    struct buffer output_text;
    struct {
        pthread_mutex_t mutex;
        struct buffer told; /* notes, each of which is told once */
    } shared;
};

/* Where the lake is, and how to reach S3, for a command's `shared`: their places are in a struct
 * stores_settings. */
extern const struct option stores_lake_options[], stores_options[];
/* How to reach S3, for a command with an input: where that and the output differ. */
extern const struct option stores_side_options[];
#define STORES_INPUT_HELP                                                                          \
    "the folder or s3://bucket/prefix that has song_data and\n"                                    \
    "log_data in it; s3://udacity-dend by default"

/* `common` is that of the command, whose host is set, and outlives the stores. */
void stores_set_defaults(struct stores_settings *stores, struct common_settings *common);
/* Reads dl.cfg where S3 is used, and makes addresses of what was given; `needs_output` is false
 * where a run can do without. */
NODISCARD enum status stores_resolve(struct stores_settings *stores, bool needs_output,
                                     struct error *error);
/* How to reach a store, once that is done. */
struct s3_options stores_options_of(const struct stores_settings *stores, enum store_side side);
/* SPARKIFY_LAKE becomes the operand where no option and no operand says which lake. */
void stores_find_lake(struct stores_settings *stores);
/* For a command that takes a lake and no input: stores->output is its address. */
NODISCARD enum status stores_resolve_lake(struct stores_settings *stores, struct error *error);
/* The same, and opens it. */
NODISCARD enum status stores_open_lake(struct stores_settings *stores, struct store **out,
                                       struct error *error);
/* The second step alone, which may be done again, and on any thread. */
NODISCARD enum status stores_open_resolved(struct stores_settings *stores, struct store **out,
                                           struct error *error);
void stores_release(struct stores_settings *stores);

#endif
