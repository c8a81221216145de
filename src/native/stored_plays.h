/* stored_plays: rows of songplays, read again from the lake by row groups. */
#ifndef SPARKIFY_NATIVE_STORED_PLAYS_H
#define SPARKIFY_NATIVE_STORED_PLAYS_H

#include <output.h>

/* A row group. All columns; song_id and artist_id, which follow from song, artist and length and
 * the song data of the day, only where they are wanted. */
struct stored_plays {
    bool has_songs;
    struct parquet_values *values[SONGPLAYS_YEAR];
    struct parquet_column columns[SONGPLAYS_YEAR]; /* by enum songplays_column */
    size_t rows;
};

void stored_plays_release(struct stored_plays *plays);
/* Reads a row group of a file of songplays; what was read before is given up, its memory is used
 * again. */
NODISCARD enum status stored_plays_read(struct stored_plays *plays, struct read_back *file,
                                        size_t group, struct error *error);
/* The play_content_hash of each row, as decoding the event would give it. */
void stored_plays_contents(const struct stored_plays *plays, uint32_t *out);

#endif
