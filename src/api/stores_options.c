/* The tables of options of stores. */
#include <stores.h>

static const struct option_word path_styles[] = {
    {"auto", CONFIG_PATH_AUTO}, {"on", CONFIG_PATH_ON}, {"off", CONFIG_PATH_OFF}, {NULL, 0}};
static const struct option_word encryptions[] = {{"AES256", S3_SSE_AES256},
                                                 {"aws:kms", S3_SSE_KMS},
                                                 {"aws:kms:dsse", S3_SSE_KMS_DSSE},
                                                 {NULL, 0}};

#define OFFSET(member) offsetof(struct stores_settings, member)

const struct option stores_lake_options[] = {
    {"output", "URI",
     "the folder or s3://bucket/prefix of the tables: the same as\n"
     "LAKE without an option",
     option_parse_text, OFFSET(output), .answers = "where the lake is"},
    {"bucket", "NAME", "their bucket: as --output s3://NAME", option_parse_text, OFFSET(bucket),
     .answers = "where the lake is"},
    {"prefix", "P", "where they are in the bucket: as --output s3://NAME/P", option_parse_text,
     OFFSET(prefix), .answers = "where the lake is"},
    {NULL},
};

const struct option stores_options[] = {
    {"config", "FILE", "where the keys are; dl.cfg by default", option_parse_text,
     OFFSET(config_file)},
    {"profile", "NAME", "which profile of ~/.aws/credentials and ~/.aws/config", option_parse_text,
     OFFSET(options.keys.profile), .answers = "who asks"},
    {"no-sign-request", NULL, "use no keys, as public buckets allow", NULL,
     OFFSET(options.keys.no_sign_request), .answers = "who asks"},
    {"endpoint", "URL", "the address of a store other than AWS: http://host:port",
     option_parse_text, OFFSET(options.keys.endpoint)},
    {"region", "NAME",
     "the region of the buckets; us-east-1 by default. Where AWS\n"
     "names another, that one is used",
     option_parse_text, OFFSET(options.keys.region)},
    {"path-style", "HOW",
     "on: the bucket is in the path; off: in the host's name;\n"
     "auto, the default: off on AWS, on elsewhere",
     NULL, OFFSET(options.keys.path_style), path_styles},
    {"ca-file", "FILE", "the certificates to trust instead of the system's", option_parse_text,
     OFFSET(options.keys.ca_file)},
    {"connections", "N", "how many requests run at once; 128 by default", option_parse_positive,
     OFFSET(options.connections)},
    {"retry-time", "SECONDS",
     "how long a request that fails is retried, and how long\n"
     "an answer may take to begin; 60 and 20 by default",
     option_parse_seconds, OFFSET(options.retry_seconds)},
    {"request-payer", NULL, "pay for the requests, as buckets of others may require", NULL,
     OFFSET(options.request_payer)},
    {"sse", "HOW",
     "how the store encrypts what is written: AES256, aws:kms or\n"
     "aws:kms:dsse; the bucket's own default otherwise",
     NULL, OFFSET(options.sse), encryptions},
    {"sse-kms-key-id", "ID", "with --sse aws:kms: the key; the account's own by default",
     option_parse_text, OFFSET(options.sse_kms_key_id)},
    {NULL},
};

#define SIDE(name, side, store)                                                                    \
    {name "-profile",                                                                              \
     "NAME",                                                                                       \
     "as --profile, for " store " alone",                                                          \
     option_parse_text,                                                                            \
     OFFSET(sides[side].profile),                                                                  \
     .answers = name},                                                                             \
        {name "-no-sign-request",                                                                  \
         NULL,                                                                                     \
         "as --no-sign-request, for " store " alone",                                              \
         NULL,                                                                                     \
         OFFSET(sides[side].no_sign_request),                                                      \
         .answers = name},                                                                         \
        {name "-endpoint", "URL", "as --endpoint, for " store " alone; aws: Amazon's own",         \
         option_parse_text, OFFSET(sides[side].endpoint)},                                         \
        {name "-region", "NAME", "as --region, for " store " alone", option_parse_text,            \
         OFFSET(sides[side].region)},                                                              \
        {name "-path-style",                                                                       \
         "HOW",                                                                                    \
         "as --path-style, for " store " alone",                                                   \
         NULL,                                                                                     \
         OFFSET(sides[side].path_style),                                                           \
         path_styles},                                                                             \
    {                                                                                              \
        name "-ca-file", "FILE", "as --ca-file, for " store " alone", option_parse_text,           \
            OFFSET(sides[side].ca_file)                                                            \
    }

const struct option stores_side_options[] = {
    SIDE("input", STORE_INPUT, "the input"),
    SIDE("output", STORE_OUTPUT, "the output"),
    {NULL},
};
