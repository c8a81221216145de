/* stores: options of stores, dl.cfg, and the addresses that result. */
#pragma once

#include <options.h>

#include <s3.h>

struct stores_settings {
    struct common_settings *common;
    const char *input, *output; /* as given; then as resolved */
    const char *lake;           /* the operand, which is an output, too */
    const char *bucket, *prefix, *config_file;
    struct s3_options options; /* of both */
    struct stores_side {       /* options of one side */
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
        struct buffer noted; /* notes that were given already */
    } shared;
};

/* Options of the lake's address, and of access to S3, for a command's `shared`: their values are in
 * a struct stores_settings. */
extern const struct option stores_lake_options[], stores_options[];
/* Options of access to S3 where input and output differ. */
extern const struct option stores_side_options[];
/* The fields of a command with a lake, and of one with an input, too: its stores are at `offset` of
 * its settings. */
#define STORES_LAKE_GROUPS(offset)                                                                 \
    {"where the lake is", stores_lake_options, (offset)},                                          \
    {                                                                                              \
        "in S3", stores_options, (offset)                                                          \
    }
#define STORES_ALL_GROUPS(offset)                                                                  \
    STORES_LAKE_GROUPS(offset),                                                                    \
    {                                                                                              \
        "in S3, where input and output differ", stores_side_options, (offset)                      \
    }
#define STORES_INPUT_HELP                                                                          \
    "the folder or s3://bucket/prefix that has the model's folders\n"                              \
    "in it, song_data and log_data for Sparkify's;\n"                                              \
    "s3://udacity-dend by default"

/* `common` belongs to the command, has its host set, and outlives the stores. */
void stores_set_defaults(struct stores_settings *stores, struct common_settings *common);
/* Reads dl.cfg where S3 is used, and resolves the addresses; `needs_output` is false for a run
 * without output. */
NODISCARD enum status stores_resolve(struct stores_settings *stores, bool needs_output,
                                     struct error *error);
/* The options of a store, after stores_resolve. */
struct s3_options stores_options_of(const struct stores_settings *stores, enum store_side side);
/* Uses SPARKIFY_LAKE as the operand where no option and no operand names a lake. */
void stores_find_lake(struct stores_settings *stores);
/* For a command with a lake and no input: sets stores->output to its address. */
NODISCARD enum status stores_resolve_lake(struct stores_settings *stores, struct error *error);
/* The same, and opens the lake. */
NODISCARD enum status stores_open_lake(struct stores_settings *stores, struct store **out,
                                       struct error *error);
/* Opens the resolved lake; may be called repeatedly, from any thread. */
NODISCARD enum status stores_open_resolved(struct stores_settings *stores, struct store **out,
                                           struct error *error);
void stores_release(struct stores_settings *stores);
