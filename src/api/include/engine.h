/* engine: the engine of a command, and the address of its server. */
#pragma once

#include <options.h>

enum engine { ENGINE_NATIVE, ENGINE_SPARK };

extern const struct option_word engine_words[];
#define ENGINE_SPARK_HELP                                                                          \
    "the cluster's server: sc://host:15002, as Spark's own clients\n"                              \
    "take it; SPARK_REMOTE by default"

#define ENGINE_PLAIN_KEYS_HELP                                                                     \
    "with --engine spark: send the S3 keys to another machine even\n"                              \
    "without TLS"

/* Finds the server's address for the Spark engine. STATUS_USAGE where there is none, or where
 * --spark or --spark-plain-keys is given for another engine. */
NODISCARD enum status engine_resolve(const struct common_settings *common, enum engine engine,
                                     bool plain_keys, const char **spark, struct error *error);
