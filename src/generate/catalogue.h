/* catalogue: every track the app knows, made from its number alone. */
#ifndef SPARKIFY_GENERATE_CATALOGUE_H
#define SPARKIFY_GENERATE_CATALOGUE_H

#include "vocabulary.h"

/* Tracks 0 … songs - 1 are the song data; the next CATALOGUE_OTHERS are only played. */
#define CATALOGUE_OTHERS 100000u

struct catalogue {
    const struct vocabulary *vocabulary;
    uint64_t seed;
    uint32_t songs, artists;
    uint32_t *artist_of; /* for each of the songs */
};

void catalogue_init(struct catalogue *catalogue, const struct vocabulary *vocabulary, uint64_t seed,
                    uint32_t songs);
void catalogue_release(struct catalogue *catalogue);

/* What a song record and a play of it share. The duration is in units of 10 microseconds. A track
 * of the others never has the duration of a song. */
void catalogue_title(const struct catalogue *catalogue, uint32_t track, struct phrase *out);
void catalogue_artist_name(const struct catalogue *catalogue, uint32_t track, struct phrase *out);
uint32_t catalogue_duration(const struct catalogue *catalogue, uint32_t track);
#define DURATION_UNITS_PER_MS 100u
#define DURATION_MAX_MS       850000u

/* What only a song record has. */
#define ID_BYTES 18
struct song {
    char track_id[ID_BYTES], song_id[ID_BYTES], artist_id[ID_BYTES];
    int32_t year;
    const struct word *location;           /* null: none known */
    const struct coordinates *coordinates; /* null: none known */
    bool pretty_printed;
};
void catalogue_song(const struct catalogue *catalogue, uint32_t track, struct song *out);

/* The folder of a song: letters 3 to 5 of its track id, as a number below catalogue_folders. */
uint32_t catalogue_folders(const struct catalogue *catalogue);
uint32_t catalogue_folder(const struct catalogue *catalogue, uint32_t track);
static inline char folder_letter(uint32_t folder, unsigned level)
{
    static const uint32_t divisors[] = {26 * 26, 26, 1};
    return (char)('A' + folder / divisors[level] % 26);
}

/* `units` of 10 microseconds as seconds, the shortest text with at least one decimal. */
char *seconds_write(char *at, uint32_t units);

#endif
