/* A full run over all logs that were ever read, while some of them are gone.
 *
 * Let P be the plays of the logs that are there, and G those of the logs that are gone. The lake's
 * songplays hold each distinct play of all logs that were read, so of G and of those logs that are
 * there and were read before. None of these has changed since, or the run would have failed
 * (run/input_diff.c): so what the lake holds and G does not is in P. Therefore
 *
 *     rows wanted = distinct(P and G) = distinct(P) + (rows of the lake that are not in P)
 *
 * and that is what is done: the logs first, then each row of the lake that is not among them. Two
 * plays are identical when their rows are, so nothing but the row is needed to tell. songplay_id is
 * the stored one: the itemInSession that went into it is nowhere else. song_id and artist_id are
 * not taken over but matched again, by song, artist and length, since songs may have come.
 *
 * time follows from the rows. users does not: names are in no row. But who has won among the users
 * of all logs that were read is in the state, and the winner is the greatest by an order over whole
 * records; so it is the greatest of the state's and those of the logs that are there.
 *
 * In a lake from before songplays had song, artist and length, rows have nulls there, and do not
 * look identical to the play of a log that is there. Of such rows those stay whose songplay_id no
 * play of the logs has; and they keep the song that they matched, for as long as its record is
 * there. */
#include "kept_plays.h"

#include "stored_plays.h"

#include <math.h>

/* Rows that are handed over at once. */
#define SLICE_ROWS ((size_t)16 << 10)
/* Row groups that are decoded at a time: they may be large, Spark's have a million rows. */
#define SLOTS 2

#define UNREADABLE_HINT                                                                            \
    "put it back from a copy; or --missing-logs rebuild makes the tables from the logs that are "  \
    "there"

struct keeping {
    const struct kept_plays_source *source;
    struct songplays *songplays;
    struct store_listing files;
    struct plays_batch batches[SLOTS];
    struct index matches; /* by song_id and artist_id; with has_old_rows */
};

/* ---- What an old row has matched ---------------------------------------------------------------
 */

struct song_key {
    struct str song_id, artist_id;
};

static uint64_t hash_key(const struct song_key *key)
{
    return hash_words((const uint64_t[]){hash_str(key->song_id), hash_str(key->artist_id)}, 2);
}

static bool is_match_of(const void *ctx, uint32_t match, const void *key)
{
    const struct songs *songs = ctx;
    const struct song_key *wanted = key;
    const struct song *song = &songs->all[songs->matches[match].song];
    return str_equal(song->song_id, wanted->song_id) &&
           str_equal(song->artist_id, wanted->artist_id);
}

/* Several matches may have one song_id and artist_id: to a row they are the same. */
static void index_matches(struct keeping *keeping)
{
    const struct songs *songs = keeping->source->songs;
    for (uint32_t i = 0; i < songs->match_count; i++) {
        const struct song *song = &songs->all[songs->matches[i].song];
        struct song_key key = {song->song_id, song->artist_id};
        uint64_t hash = hash_key(&key);
        if (index_find(&keeping->matches, hash, is_match_of, songs, &key) == INDEX_NONE)
            index_add(&keeping->matches, hash, i);
    }
}

static uint32_t find_match(const struct keeping *keeping, const struct stored_plays *plays,
                           size_t row)
{
    struct song_key key = {parquet_string(&plays->columns[SONGPLAYS_SONG_ID], row),
                           parquet_string(&plays->columns[SONGPLAYS_ARTIST_ID], row)};
    if (!key.song_id.data || !keeping->songplays->has_old_rows)
        return INDEX_NONE;
    return index_find(&keeping->matches, hash_key(&key), is_match_of, keeping->source->songs, &key);
}

/* ---- Rows --------------------------------------------------------------------------------------
 */

static struct stored_play play_at(const struct keeping *keeping, const struct stored_plays *plays,
                                  size_t row)
{
    static const int columns[PLAY_STRINGS] = {SONGPLAYS_USER_ID, SONGPLAYS_LEVEL,
                                              SONGPLAYS_LOCATION, SONGPLAYS_USER_AGENT};
    const struct parquet_column *lengths = &plays->columns[SONGPLAYS_LENGTH];
    struct stored_play play = {
        .id = plays->columns[SONGPLAYS_SONGPLAY_ID].int64s[row],
        .ts_ms = plays->columns[SONGPLAYS_START_TIME].int64s[row] / 1000,
        .session_id = plays->columns[SONGPLAYS_SESSION_ID].int64s[row],
        .song = parquet_string(&plays->columns[SONGPLAYS_SONG], row),
        .artist = parquet_string(&plays->columns[SONGPLAYS_ARTIST], row),
        .length = parquet_is_null(lengths, row) ? (double)NAN : lengths->doubles[row],
        .match = find_match(keeping, plays, row),
    };
    for (int i = 0; i < PLAY_STRINGS; i++)
        play.strings[i] = parquet_string(&plays->columns[columns[i]], row);
    return play;
}

static void add_slice(struct keeping *keeping, struct plays_batch *batch,
                      const struct stored_plays *plays, size_t from)
{
    size_t left = plays->rows - from;
    plays_batch_reset(batch);
    batch->songs = keeping->source->songs;
    for (size_t i = 0; i < left && i < SLICE_ROWS; i++) {
        struct stored_play play = play_at(keeping, plays, from + i);
        plays_batch_add_stored(batch, &play);
    }
}

static enum status hand_over(struct keeping *keeping, const struct stored_plays *plays,
                             struct flow *flow, unsigned worker, size_t slot, struct error *error)
{
    struct plays_batch *batch = &keeping->batches[slot];
    for (size_t from = 0; from < plays->rows; from += SLICE_ROWS) {
        add_slice(keeping, batch, plays, from);
        TRY(flow_yield(flow, worker, slot, error));
    }
    plays_batch_reset(batch);
    return STATUS_OK;
}

static enum status read_file(void *ctx, struct flow *flow, unsigned worker, size_t task,
                             size_t slot, struct error *error)
{
    struct keeping *keeping = ctx;
    CLEANUP(read_back_release) struct read_back file = {0};
    CLEANUP(stored_plays_release) struct stored_plays plays = {.has_songs = true};
    TRY(read_back_open(&file, keeping->source->store, &keeping->files.objects[task],
                       keeping->source->output->schemas[TABLE_SONGPLAYS], UNREADABLE_HINT, error));
    for (size_t group = 0; group < parquet_reader_groups(file.reader); group++) {
        TRY(stored_plays_read(&plays, &file, group, error));
        TRY(hand_over(keeping, &plays, flow, worker, slot, error));
    }
    return STATUS_OK;
}

static enum status add_batch(void *ctx, struct flow *flow, unsigned worker, size_t slot,
                             struct error *error)
{
    struct keeping *keeping = ctx;
    return songplays_add_stored(keeping->songplays, &keeping->batches[slot], flow, worker, error);
}

static void keeping_release(struct keeping *keeping)
{
    for (size_t i = 0; i < SLOTS; i++)
        plays_batch_release(&keeping->batches[i]);
    index_release(&keeping->matches);
    store_listing_release(&keeping->files);
}

enum status kept_plays_add(const struct kept_plays_source *source, struct songplays *songplays,
                           const atomic_bool *cancel, struct error *error)
{
    CLEANUP(keeping_release) struct keeping keeping = {.source = source, .songplays = songplays};
    lake_list_files(source->output->lake, TABLE_SONGPLAYS, &keeping.files);
    if (songplays->has_old_rows)
        index_matches(&keeping);
    struct flow_options options = {
        .threads = source->output->threads,
        .tasks = keeping.files.count,
        .slots = SLOTS,
        .ctx = &keeping,
        .work = read_file,
        .assemble = add_batch,
        .cancel = cancel,
    };
    return flow_run(&options, error);
}
