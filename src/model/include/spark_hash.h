/* The hash that ids are made of. */
#pragma once

#include <base.h>

/* Spark's xxhash64(a, b, …): the hash of each column is the seed of the next. */
#define SPARK_HASH_SEED 42
/* Not null: Spark skips a null column. */
uint64_t spark_hash_string(uint64_t seed, struct str value);
uint64_t spark_hash_int32(uint64_t seed, int32_t value);
uint64_t spark_hash_int64(uint64_t seed, int64_t value);
