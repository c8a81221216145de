/* rng: random numbers that are the same on every machine and any number of threads.
 *
 * Each thing that is made (a song, a user, a day, a session) draws from a stream of its own, which
 * follows from the seed, the kind of thing and its number alone. So nothing depends on the order
 * in which threads make them. Integers only: no libm, whose last bits differ between systems. */
#ifndef SPARKIFY_GENERATE_RNG_H
#define SPARKIFY_GENERATE_RNG_H

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
    RNG_ARTIST_PLACE,
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

/* hash_mix alone would take seed 1, kind 2 for seed 2, kind 1: the first step tells them apart. */
static inline struct rng rng_of(uint64_t seed, enum rng_kind kind, uint64_t number)
{
    uint64_t mixed = hash_mix(UINT64_C(0x3C6EF372FE94F82B), seed);
    return (struct rng){hash_mix(hash_mix(mixed, (uint64_t)kind), number)};
}

/* splitmix64 */
static inline uint64_t rng_next(struct rng *rng)
{
    uint64_t z = rng->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* 0 … bound - 1 */
static inline uint32_t rng_below(struct rng *rng, uint32_t bound)
{
    return (uint32_t)(((rng_next(rng) >> 32) * bound) >> 32);
}

static inline bool rng_percent(struct rng *rng, uint32_t percent)
{
    return rng_below(rng, 100) < percent;
}

/* 0 … bound - 1, where small numbers are likelier: number r as r^(-1/2), or r^(-2/3). */
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

/* A value of the distribution whose quantiles, evenly spaced, are given: `count` of them, with
 * straight lines between. */
static inline uint32_t rng_quantile(struct rng *rng, const uint32_t *quantiles, uint32_t count)
{
    uint64_t u = (rng_next(rng) >> 32) * (count - 1);
    uint32_t i = (uint32_t)(u >> 32);
    uint64_t step = quantiles[i + 1] - quantiles[i];
    return quantiles[i] + (uint32_t)((step * (u & UINT32_MAX)) >> 32);
}

#endif
