/* Rows of songplays, read again. Their strings come with dictionaries, so each distinct one is
 * hashed once. */
#include "stored_plays.h"

#include "plays.h"

#include <math.h>

static bool is_read(const struct stored_plays *plays, int column)
{
    return plays->has_songs || (column != SONGPLAYS_SONG_ID && column != SONGPLAYS_ARTIST_ID);
}

void stored_plays_release(struct stored_plays *plays)
{
    for (int i = 0; i < SONGPLAYS_YEAR; i++)
        parquet_values_free(plays->values[i]);
    *plays = (struct stored_plays){0};
}

enum status stored_plays_read(struct stored_plays *plays, struct read_back *file, size_t group,
                              struct error *error)
{
    plays->rows = (size_t)parquet_group_rows(file->reader, group);
    for (int i = 0; i < SONGPLAYS_YEAR; i++) {
        if (!is_read(plays, i))
            continue;
        if (!plays->values[i])
            plays->values[i] = parquet_values_new();
        TRY(read_back_column(file, plays->values[i], group, (size_t)i, &plays->columns[i], error));
    }
    return STATUS_OK;
}

/* The strings of a column, and their hashes. */
struct hashed {
    const struct parquet_column *column;
    uint64_t *hashes, null;
};

static struct hashed hash_column(const struct parquet_column *column)
{
    size_t count = column->strings.count;
    struct hashed hashed = {column, mem_alloc((count + 1) * sizeof(uint64_t)), hash_str(STR_NULL)};
    for (size_t i = 0; i < count; i++)
        hashed.hashes[i] = hash_str(parquet_dictionary_string(column, i));
    return hashed;
}

static uint64_t hash_at(const struct hashed *hashed, size_t row)
{
    return parquet_is_null(hashed->column, row) ? hashed->null
                                                : hashed->hashes[hashed->column->codes[row]];
}

void stored_plays_contents(const struct stored_plays *plays, uint32_t *out)
{
    const struct parquet_column *lengths = &plays->columns[SONGPLAYS_LENGTH];
    struct hashed users = hash_column(&plays->columns[SONGPLAYS_USER_ID]),
                  levels = hash_column(&plays->columns[SONGPLAYS_LEVEL]),
                  locations = hash_column(&plays->columns[SONGPLAYS_LOCATION]),
                  agents = hash_column(&plays->columns[SONGPLAYS_USER_AGENT]),
                  songs = hash_column(&plays->columns[SONGPLAYS_SONG]),
                  artists = hash_column(&plays->columns[SONGPLAYS_ARTIST]);
    for (size_t row = 0; row < plays->rows; row++)
        out[row] = play_content_hash(&(struct play_content){
            .user_id = hash_at(&users, row),
            .session_id = plays->columns[SONGPLAYS_SESSION_ID].int64s[row],
            .ts_ms = plays->columns[SONGPLAYS_START_TIME].int64s[row] / 1000,
            .level = hash_at(&levels, row),
            .location = hash_at(&locations, row),
            .user_agent = hash_at(&agents, row),
            .song = hash_at(&songs, row),
            .artist = hash_at(&artists, row),
            .length = parquet_is_null(lengths, row) ? (double)NAN : lengths->doubles[row],
        });
    mem_free(users.hashes);
    mem_free(levels.hashes);
    mem_free(locations.hashes);
    mem_free(agents.hashes);
    mem_free(songs.hashes);
    mem_free(artists.hashes);
}
