/* songs: the song records, and what the tables and the plays want to know of them. */
#ifndef SPARKIFY_NATIVE_SONGS_H
#define SPARKIFY_NATIVE_SONGS_H

#include "batch.h"

/* A song record; its strings are null where data == NULL. */
struct song {
    struct str song_id, title, artist_id, artist_name, location;
    double latitude, longitude, duration;
    bool has_latitude, has_longitude, has_duration;
    int32_t year; /* 0: unknown */
};

/* What decoding a task of the songs gives. */
struct songs_batch {
    struct batch base;
    struct song *songs; /* strings in base.arena */
    size_t count, cap;
    struct buffer scratch;
};
void songs_batch_reset(struct songs_batch *batch);
void songs_batch_release(struct songs_batch *batch);
/* A keep_fn; ctx is the batch. */
void songs_batch_keep(void *ctx, const struct model_record *record);

/* For each distinct key the record that wins. */
struct winners {
    struct index index;
    uint32_t *records;
    size_t count, cap;
};

/* What a play is compared with; the two strings lie one behind the other in memory, because plays
 * come in any order and each is a look into another place. */
struct match {
    double duration;
    struct str title, artist_name;
    uint32_t song; /* the record that wins */
};

/* All song records, the winner for each song_id and each artist_id, and the matches. */
struct songs {
    struct song *all;
    size_t count, cap;
    size_t stored; /* of them: records that an earlier run has read */
    struct arena arena;
    struct winners ids, artists;
    struct match *matches;
    size_t match_count;
    struct index match_index;
};
void songs_release(struct songs *songs);
/* Copies a batch's records. */
void songs_add(struct songs *songs, const struct songs_batch *batch);
/* Finds the winners, once all records are there. */
void songs_index(struct songs *songs);
/* The same of the matches alone, for records that are no more than those. */
void songs_index_matches(struct songs *songs);
/* Marks the records that have won something. */
void songs_mark_winners(const struct songs *songs, bool *out);
/* A play's look for its song: none of the three is null. */
struct song_look {
    struct str title, artist_name;
    double duration;
    uint64_t hash; /* songs_match_hash, of the hash_str of both strings */
};
uint64_t songs_match_hash(uint64_t title_hash, uint64_t artist_hash, double duration);
#define SONGS_LOOKS 32
/* The number of each look's match, or INDEX_NONE; for SONGS_LOOKS looks at most. */
void songs_match(const struct songs *songs, const struct song_look *looks, size_t count,
                 uint32_t *out);

#endif
