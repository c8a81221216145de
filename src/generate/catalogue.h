/* catalogue: the tracks that users play; each follows from its number and the seed. */
#pragma once

#include "vocabulary.h"

/* The tracks 0 … songs - 1 are in the song data; the next CATALOGUE_OTHERS are not, but are played.
 */
#define CATALOGUE_OTHERS 100000u

struct catalogue {
    const struct vocabulary *vocabulary;
    uint64_t seed;
    uint32_t songs, artists;
    uint32_t *artist_of; /* of each song */
};

/* The vocabulary is borrowed. */
void catalogue_init(struct catalogue *catalogue, const struct vocabulary *vocabulary, uint64_t seed,
                    uint32_t songs);
void catalogue_release(struct catalogue *catalogue);

/* The fields that a song record and a play of it have in common. The duration is in units of 10
 * microseconds. A track outside the song data never has the duration of a song. */
void catalogue_title(const struct catalogue *catalogue, uint32_t track, struct phrase *out);
void catalogue_artist_name(const struct catalogue *catalogue, uint32_t track, struct phrase *out);
uint32_t catalogue_duration(const struct catalogue *catalogue, uint32_t track);
#define DURATION_UNITS_PER_MS 100u
#define DURATION_MAX_MS       850000u

/* The fields of a song record alone. */
#define ID_BYTES 18
struct song {
    char track_id[ID_BYTES], song_id[ID_BYTES], artist_id[ID_BYTES];
    int32_t year;
    const struct word *location;    /* NULL: unknown */
    const struct word *coordinates; /* the place that they are of; NULL: unknown */
    bool pretty_printed;
};
/* Sets *out to the record of song `track`, which is below catalogue->songs. */
void catalogue_song(const struct catalogue *catalogue, uint32_t track, struct song *out);

/* The folder of a song is given by letters 3 to 5 of its track id; here it is a number below
 * catalogue_folders. */
uint32_t catalogue_folders(const struct catalogue *catalogue);
uint32_t catalogue_folder(const struct catalogue *catalogue, uint32_t track);
/* Returns letter 3 + `level` of the track ids in a folder; `level` is 0 to 2. */
static inline char folder_letter(uint32_t folder, unsigned level)
{
    static const uint32_t divisors[] = {26 * 26, 26, 1};
    return (char)('A' + folder / divisors[level] % 26);
}

/* Writes `units` of 10 microseconds as seconds, in the shortest form with at least one decimal;
 * returns the end. */
char *catalogue_write_duration(char *at, uint32_t units);
