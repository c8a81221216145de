/* Which song record wins (docs/semantics.md, Tables). The rules are orders over whole records, so
 * the outcome does not depend on the order in which the records come. */
#include "songs.h"

/* ---- Decoding ------------------------------------------------------------------------------- */

void songs_batch_reset(struct songs_batch *batch)
{
    batch_reset(&batch->base);
    batch->count = 0;
}

void songs_batch_release(struct songs_batch *batch)
{
    batch_release(&batch->base);
    mem_free(batch->songs);
    buffer_release(&batch->scratch);
    *batch = (struct songs_batch){0};
}

static struct str copy_string(struct songs_batch *batch, const struct model_record *record,
                              int field)
{
    if (model_is_null(record, field))
        return STR_NULL;
    return arena_copy(&batch->base.arena, json_text(&record->values[field], &batch->scratch));
}

void songs_batch_keep(void *ctx, const struct model_record *record)
{
    struct songs_batch *batch = ctx;
    MEM_GROW(batch->songs, batch->count + 1, batch->cap);
    batch->songs[batch->count++] = (struct song){
        .song_id = copy_string(batch, record, SONG_SONG_ID),
        .title = copy_string(batch, record, SONG_TITLE),
        .artist_id = copy_string(batch, record, SONG_ARTIST_ID),
        .artist_name = copy_string(batch, record, SONG_ARTIST_NAME),
        .location = copy_string(batch, record, SONG_LOCATION),
        .latitude = record->numbers[SONG_LATITUDE].float64,
        .longitude = record->numbers[SONG_LONGITUDE].float64,
        .duration = record->numbers[SONG_DURATION].float64,
        .has_latitude = !model_is_null(record, SONG_LATITUDE),
        .has_longitude = !model_is_null(record, SONG_LONGITUDE),
        .has_duration = !model_is_null(record, SONG_DURATION),
        .year = model_is_null(record, SONG_YEAR) ? 0 : (int32_t)record->numbers[SONG_YEAR].int64,
    };
}

/* ---- Orders --------------------------------------------------------------------------------- */

/* Null is less than every number, and -0.0 less than 0.0, so that no two bit patterns tie. */
static int compare_doubles(bool has_a, double a, bool has_b, double b)
{
    if (!has_a || !has_b)
        return has_a - has_b;
    if (a != b)
        return a < b ? -1 : 1;
    return (__builtin_signbit(b) != 0) - (__builtin_signbit(a) != 0);
}

static int first_of(const int *orders, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (orders[i])
            return orders[i];
    return 0;
}
#define FIRST_OF(...)                                                                              \
    first_of((const int[]){__VA_ARGS__}, sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

static int compare_ints(int32_t a, int32_t b)
{
    return (a > b) - (a < b);
}

typedef int better_fn(const struct song *a, const struct song *b); /* < 0: a wins */

static int better_song(const struct song *a, const struct song *b)
{
    return FIRST_OF(str_compare(a->title, b->title), str_compare(a->artist_id, b->artist_id),
                    compare_ints(a->year, b->year),
                    compare_doubles(a->has_duration, a->duration, b->has_duration, b->duration));
}

static int better_artist(const struct song *a, const struct song *b)
{
    return FIRST_OF(
        compare_ints(b->year, a->year), str_compare(a->song_id, b->song_id),
        str_compare(a->artist_name, b->artist_name), str_compare(a->location, b->location),
        compare_doubles(a->has_latitude, a->latitude, b->has_latitude, b->latitude),
        compare_doubles(a->has_longitude, a->longitude, b->has_longitude, b->longitude));
}

static int better_match(const struct song *a, const struct song *b)
{
    return FIRST_OF(str_compare(a->song_id, b->song_id), str_compare(a->artist_id, b->artist_id));
}

/* ---- Winners -------------------------------------------------------------------------------- */

static void winners_release(struct winners *winners)
{
    index_release(&winners->index);
    mem_free(winners->records);
}

/* What an index compares a candidate with: the winner so far of entry `entry`. */
struct lookup {
    const struct songs *songs;
    const struct winners *winners;
};

static const struct song *winner_at(const struct lookup *lookup, uint32_t entry)
{
    return &lookup->songs->all[lookup->winners->records[entry]];
}

static bool same_song_id(const void *ctx, uint32_t entry, const void *key)
{
    return str_equal(winner_at(ctx, entry)->song_id, ((const struct song *)key)->song_id);
}

static bool same_artist_id(const void *ctx, uint32_t entry, const void *key)
{
    return str_equal(winner_at(ctx, entry)->artist_id, ((const struct song *)key)->artist_id);
}

static uint64_t double_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static bool same_matchable(const void *ctx, uint32_t entry, const void *key)
{
    const struct song *a = winner_at(ctx, entry), *b = key;
    return double_bits(a->duration) == double_bits(b->duration) && str_equal(a->title, b->title) &&
           str_equal(a->artist_name, b->artist_name);
}

uint64_t songs_match_hash(uint64_t title_hash, uint64_t artist_hash, double duration)
{
    return hash_words((const uint64_t[]){title_hash, artist_hash, double_bits(duration)}, 3);
}

static void offer(struct songs *songs, struct winners *winners, uint64_t hash, index_equal_fn *same,
                  better_fn *better, uint32_t record)
{
    struct lookup lookup = {songs, winners};
    uint32_t entry = index_find(&winners->index, hash, same, &lookup, &songs->all[record]);
    if (entry != INDEX_NONE) {
        if (better(&songs->all[record], winner_at(&lookup, entry)) < 0)
            winners->records[entry] = record;
        return;
    }
    MEM_GROW(winners->records, winners->count + 1, winners->cap);
    index_add(&winners->index, hash, (uint32_t)winners->count);
    winners->records[winners->count++] = record;
}

/* ---- The songs ------------------------------------------------------------------------------- */

void songs_release(struct songs *songs)
{
    mem_free(songs->all);
    arena_release(&songs->arena);
    winners_release(&songs->ids);
    winners_release(&songs->artists);
    mem_free(songs->matches);
    index_release(&songs->match_index);
    *songs = (struct songs){0};
}

void songs_add(struct songs *songs, const struct songs_batch *batch)
{
    MEM_GROW(songs->all, songs->count + batch->count, songs->cap);
    for (size_t i = 0; i < batch->count; i++) {
        struct song song = batch->songs[i];
        song.song_id = arena_copy(&songs->arena, song.song_id);
        song.title = arena_copy(&songs->arena, song.title);
        song.artist_id = arena_copy(&songs->arena, song.artist_id);
        song.artist_name = arena_copy(&songs->arena, song.artist_name);
        song.location = arena_copy(&songs->arena, song.location);
        songs->all[songs->count++] = song;
    }
}

/* Lays the winners among equal (title, artist_name, duration) out for looking up. */
static void lay_out_matches(struct songs *songs, const struct winners *winners)
{
    songs->matches = mem_alloc(winners->count * sizeof *songs->matches);
    songs->match_count = winners->count;
    for (size_t i = 0; i < winners->count; i++) {
        const struct song *song = &songs->all[winners->records[i]];
        songs->matches[i] = (struct match){
            .duration = song->duration,
            .title = arena_copy(&songs->arena, song->title),
            .artist_name = arena_copy(&songs->arena, song->artist_name),
            .song = winners->records[i],
        };
    }
}

void songs_index(struct songs *songs)
{
    for (uint32_t i = 0; i < songs->count; i++) {
        const struct song *song = &songs->all[i];
        offer(songs, &songs->ids, hash_str(song->song_id), same_song_id, better_song, i);
        offer(songs, &songs->artists, hash_str(song->artist_id), same_artist_id, better_artist, i);
    }
    songs_index_matches(songs);
}

void songs_index_matches(struct songs *songs)
{
    struct winners matchable = {0};
    for (uint32_t i = 0; i < songs->count; i++) {
        const struct song *song = &songs->all[i];
        if (song->title.data && song->artist_name.data && song->has_duration)
            offer(songs, &matchable,
                  songs_match_hash(hash_str(song->title), hash_str(song->artist_name),
                                   song->duration),
                  same_matchable, better_match, i);
    }
    lay_out_matches(songs, &matchable);
    songs->match_index = matchable.index;
    matchable.index = (struct index){0};
    winners_release(&matchable);
}

static bool same_match(const void *ctx, uint32_t entry, const void *key)
{
    const struct match *match = &((const struct songs *)ctx)->matches[entry];
    const struct song_look *look = key;
    return double_bits(match->duration) == double_bits(look->duration) &&
           str_equal(match->title, look->title) && str_equal(match->artist_name, look->artist_name);
}

/* Plays come in any order, so each look is a way through three places in memory that are not near:
 * the index, the match, its strings. Many looks go each step together. */
void songs_match(const struct songs *songs, const struct song_look *looks, size_t count,
                 uint32_t *out)
{
    const struct index *index = &songs->match_index;
    for (size_t i = 0; i < count; i++)
        index_prefetch(index, looks[i].hash);
    for (size_t i = 0; i < count; i++) {
        out[i] = index_peek(index, looks[i].hash);
        if (out[i] != INDEX_NONE)
            __builtin_prefetch(&songs->matches[out[i]]);
    }
    for (size_t i = 0; i < count; i++)
        if (out[i] != INDEX_NONE)
            __builtin_prefetch(songs->matches[out[i]].title.data);
    for (size_t i = 0; i < count; i++)
        out[i] = index_find(index, looks[i].hash, same_match, songs, &looks[i]);
}

void songs_mark_winners(const struct songs *songs, bool *out)
{
    for (size_t i = 0; i < songs->ids.count; i++)
        out[songs->ids.records[i]] = true;
    for (size_t i = 0; i < songs->artists.count; i++)
        out[songs->artists.records[i]] = true;
    for (size_t i = 0; i < songs->match_count; i++)
        out[songs->matches[i].song] = true;
}
