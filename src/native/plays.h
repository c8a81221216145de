/* plays: the decoded plays of one task. */
#ifndef SPARKIFY_NATIVE_PLAYS_H
#define SPARKIFY_NATIVE_PLAYS_H

#include "batch.h"
#include "songs.h"
#include "texts.h"

/* The string columns of a play, each a code into the batch's distinct values. */
enum play_string {
    PLAY_USER_ID,
    PLAY_LEVEL,
    PLAY_LOCATION,
    PLAY_USER_AGENT,
    PLAY_STRINGS,
};

/* Those of which there are too many to be worth codes. */
enum play_text {
    PLAY_SONG,
    PLAY_ARTIST,
    PLAY_TEXTS,
};

/* Distinct values as they stand in the input, so that escapes are decoded once for each value and
 * not once for each row. Code 0 is null; code c is entry c - 1. Two codes may decode to one value
 * ("a\/b" and "a/b"). */
struct distinct {
    struct dictionary raw;
    uint64_t *hashes; /* of the decoded value, by entry */
    size_t cap;
};

/* What tells plays of one songplay_id apart: all other fields of their rows, strings as their
 * hash_str. (song_id and artist_id follow from the last three.) */
struct play_content {
    uint64_t user_id;
    int64_t session_id, ts_ms;
    uint64_t level, location, user_agent, song, artist;
    double length; /* NAN where it is null */
};
/* Never 0; another one in every process: nobody can make plays that look identical and are not. */
uint32_t play_content_hash(const struct play_content *content);

/* A user's newest play in the batch; level, first name, last name and gender as in the input. */
enum user_string {
    USER_LEVEL,
    USER_FIRST_NAME,
    USER_LAST_NAME,
    USER_GENDER,
    USER_STRINGS,
};
struct user_play {
    int64_t ts_ms, session_id, item;
    struct str raw[USER_STRINGS]; /* in the arena */
};

struct plays_batch {
    struct batch base;
    const struct songs *songs; /* borrowed: what plays are matched with */
    size_t rows, cap;
    int64_t *ids, *ts_ms, *sessions;
    double *lengths;    /* NaN is null: JSON has none */
    uint32_t *months;   /* since 1970-01 */
    uint32_t *contents; /* play_content_hash; plays of one id are identical where it is equal */
    uint32_t *matches;  /* number in songs->matches, or INDEX_NONE; all once it is finished */
    struct {
        uint32_t row;
        uint64_t hash;
    } looks[SONGS_LOOKS]; /* for songs, to be made */
    size_t look_count;
    uint32_t *codes[PLAY_STRINGS];
    struct distinct strings[PLAY_STRINGS];
    struct texts texts[PLAY_TEXTS];
    uint64_t *user_seeds;              /* songplay_id_seed, by the entry of the user */
    struct user_play *users;           /* by the entry of the user */
    uint32_t (*guesses)[PLAY_STRINGS]; /* codes of the user's last row: mostly the next one's too */
    uint32_t last_user;                /* code of the row before */
    size_t user_cap;
    struct {
        int64_t begin_ms, end_ms;
        uint32_t month;
    } last_month; /* of the row before */
    struct buffer scratch, scratch_too;
};

void plays_batch_reset(struct plays_batch *batch);
void plays_batch_release(struct plays_batch *batch);
/* A keep_fn; ctx is the batch. */
void plays_batch_keep(void *ctx, const struct model_record *record);
/* All rows are there: matches the last ones. */
void plays_batch_finish(struct plays_batch *batch);

/* A row that songplays has: its strings are values, not as they stand in JSON. */
struct stored_play {
    int64_t id, ts_ms, session_id;
    struct str strings[PLAY_STRINGS], song, artist;
    double length;  /* NaN where it is null */
    uint32_t match; /* number in songs->matches: what it matches where it has no song, or
                     * INDEX_NONE */
};
void plays_batch_add_stored(struct plays_batch *batch, const struct stored_play *play);
/* The play_content_hash that a row would have without song, artist and length, as all were before
 * songplays had these columns; and whether it has none of them. */
uint32_t plays_batch_old_content(const struct plays_batch *batch, size_t row);
bool plays_batch_has_no_song(const struct plays_batch *batch, size_t row);

/* Decodes a value as it stands in the input: borrowed from it, or from `scratch`. Null stays. */
struct str raw_decode(struct str raw, struct buffer *scratch);

/* Months since 1970-01 and back. */
uint32_t month_of_ms(int64_t ts_ms);
int64_t month_begin_ms(uint32_t month);
/* "year=2018/month=11" */
void month_folder(struct buffer *out, uint32_t month);

#endif
