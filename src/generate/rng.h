/* rng: pseudorandom numbers that are the same on every machine and for any number of threads.
 *
 * Each object (a song, a user, a day, a session) has a stream of its own, which follows from the
 * seed, the kind of object and its number. So the result does not depend on the order in which
 * threads create the objects. Only integers are used: functions of libm differ between systems in
 * their last bits. */
#pragma once

#include <base.h>

enum rng_kind {
    RNG_DAY,
    RNG_SESSIONS,
    RNG_SESSION_START,
    RNG_SESSION,
    RNG_LEVELS,
    RNG_USER,
    RNG_USER_ACTIVITY,
    RNG_USER_LEVEL,
    RNG_ARTISTS,
    RNG_ARTIST_NAME,
    RNG_ARTIST_YEAR,
    RNG_ARTIST_LOCATION,
    RNG_ARTIST_ID,
    RNG_TITLE,
    RNG_DURATION,
    RNG_SONG,
    RNG_SONG_ID,
    RNG_TRACK_ID,
    RNG_FOLDER,
};

struct rng {
    uint64_t state;
};

/* Returns the beginning of a stream. The first step makes the hash differ for seed 1, kind 2 and
 * for seed 2, kind 1, which hash_mix alone does not. */
static inline struct rng rng_of(uint64_t seed, enum rng_kind kind, uint64_t number)
{
    uint64_t mixed = hash_mix(UINT64_C(0x3C6EF372FE94F82B), seed);
    return (struct rng){hash_mix(hash_mix(mixed, (uint64_t)kind), number)};
}

/* Returns the next 64 bits (splitmix64: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number
 * Generators", 2014). */
static inline uint64_t rng_next(struct rng *rng)
{
    uint64_t z = rng->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* Returns a number from 0 to bound - 1. */
static inline uint32_t rng_below(struct rng *rng, uint32_t bound)
{
    return (uint32_t)(((rng_next(rng) >> 32) * bound) >> 32);
}

static inline bool rng_percent(struct rng *rng, uint32_t percent)
{
    return rng_below(rng, 100) < percent;
}

/* Return a number from 0 to bound - 1; the probability of r is proportional to r^(-1/2), or to
 * r^(-2/3). */
static inline uint32_t rng_popular(struct rng *rng, uint32_t bound)
{
    uint64_t u = rng_next(rng) >> 32;
    return (uint32_t)((((u * u) >> 32) * bound) >> 32);
}
static inline uint32_t rng_very_popular(struct rng *rng, uint32_t bound)
{
    uint64_t u = rng_next(rng) >> 32;
    return (uint32_t)((((((u * u) >> 32) * u) >> 32) * bound) >> 32);
}

/* Returns a value of the distribution with these `count` evenly spaced quantiles, interpolated
 * linearly. */
static inline uint32_t rng_quantile(struct rng *rng, const uint32_t *quantiles, uint32_t count)
{
    uint64_t u = (rng_next(rng) >> 32) * (count - 1);
    uint32_t i = (uint32_t)(u >> 32);
    uint64_t step = quantiles[i + 1] - quantiles[i];
    return quantiles[i] + (uint32_t)((step * (u & UINT32_MAX)) >> 32);
}
