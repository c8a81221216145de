/* A run must know of those before it what the tables do not say. Winners are the first of an order
 * over whole records: the winner of all records is the winner of those of some and the others. So
 * of songs and users that were read only those must be kept that have won something. */
#include "state.h"

#include "known.h"

/* ---- Writing ----------------------------------------------------------------------------------
 */

enum status state_write_matches(struct output *output, const struct songs *songs, unsigned worker,
                                struct error *error)
{
    CLEANUP(rows_file_release) struct rows_file file = {0};
    rows_file_begin(&file, output, worker, STATE_MATCHES, STR(""));
    for (size_t i = 0; i < songs->match_count; i++) {
        const struct match *match = &songs->matches[i];
        const struct song *song = &songs->all[match->song];
        TRY(rows_file_add_row(&file, error));
        columns_set_string(file.columns, MATCHES_TITLE, match->title);
        columns_set_string(file.columns, MATCHES_ARTIST_NAME, match->artist_name);
        columns_set_double(file.columns, MATCHES_DURATION, &match->duration);
        columns_set_string(file.columns, MATCHES_SONG_ID, song->song_id);
        columns_set_string(file.columns, MATCHES_ARTIST_ID, song->artist_id);
    }
    return rows_file_finish(&file, error);
}

static const double *or_null(bool has, const double *value)
{
    return has ? value : NULL;
}

static enum status write_record(struct rows_file *file, const struct song *song,
                                struct error *error)
{
    TRY(rows_file_add_row(file, error));
    struct columns *columns = file->columns;
    columns_set_string(columns, RECORDS_SONG_ID, song->song_id);
    columns_set_string(columns, RECORDS_TITLE, song->title);
    columns_set_string(columns, RECORDS_ARTIST_ID, song->artist_id);
    columns_set_string(columns, RECORDS_ARTIST_NAME, song->artist_name);
    columns_set_string(columns, RECORDS_LOCATION, song->location);
    columns_set_double(columns, RECORDS_LATITUDE, or_null(song->has_latitude, &song->latitude));
    columns_set_double(columns, RECORDS_LONGITUDE, or_null(song->has_longitude, &song->longitude));
    columns_set_double(columns, RECORDS_DURATION, or_null(song->has_duration, &song->duration));
    columns_set_int32(columns, RECORDS_YEAR, song->year);
    return STATUS_OK;
}

static enum status write_records(struct rows_file *file, const struct songs *songs,
                                 const bool *has_won, struct error *error)
{
    for (size_t i = 0; i < songs->count; i++)
        if (has_won[i])
            TRY(write_record(file, &songs->all[i], error));
    return rows_file_finish(file, error);
}

enum status state_write_songs(struct output *output, const struct songs *songs, unsigned worker,
                              struct error *error)
{
    CLEANUP(rows_file_release) struct rows_file file = {0};
    bool *has_won = mem_zalloc(songs->count + 1);
    rows_file_begin(&file, output, worker, STATE_RECORDS, STR(""));
    songs_mark_winners(songs, has_won);
    enum status status = write_records(&file, songs, has_won, error);
    mem_free(has_won);
    return status;
}

static const int user_columns[USER_STRINGS] = {
    [USER_LEVEL] = NEWEST_LEVEL,
    [USER_FIRST_NAME] = NEWEST_FIRST_NAME,
    [USER_LAST_NAME] = NEWEST_LAST_NAME,
    [USER_GENDER] = NEWEST_GENDER,
};

enum status state_write_users(struct output *output, const struct users *users, unsigned worker,
                              struct error *error)
{
    CLEANUP(rows_file_release) struct rows_file file = {0};
    rows_file_begin(&file, output, worker, STATE_USERS, STR(""));
    for (size_t i = 0; i < users->count; i++) {
        const struct user *user = &users->all[i];
        TRY(rows_file_add_row(&file, error));
        columns_set_string(file.columns, NEWEST_USER_ID, user->user_id);
        columns_set_int64(file.columns, NEWEST_TS, user->ts_ms);
        columns_set_int64(file.columns, NEWEST_SESSION_ID, user->session_id);
        columns_set_int64(file.columns, NEWEST_ITEM, user->item);
        for (int string = 0; string < USER_STRINGS; string++)
            columns_set_string(file.columns, user_columns[string], user->strings[string]);
    }
    return rows_file_finish(&file, error);
}

/* ---- Reading ----------------------------------------------------------------------------------
 */

static enum status take_songs(void *ctx, const struct table_group *rows, struct error *error)
{
    struct songs_batch batch = {0};
    (void)error;
    for (size_t i = 0; i < rows->rows; i++) {
        MEM_GROW(batch.songs, batch.count + 1, batch.cap);
        batch.songs[batch.count++] = (struct song){
            .title = parquet_string(&rows->columns[MATCHES_TITLE], i),
            .artist_name = parquet_string(&rows->columns[MATCHES_ARTIST_NAME], i),
            .duration = rows->columns[MATCHES_DURATION].doubles[i],
            .has_duration = true,
            .song_id = parquet_string(&rows->columns[MATCHES_SONG_ID], i),
            .artist_id = parquet_string(&rows->columns[MATCHES_ARTIST_ID], i),
        };
    }
    songs_add(ctx, &batch);
    songs_batch_release(&batch);
    return STATUS_OK;
}

enum status state_read_songs(const struct output *output, struct store *store, struct songs *songs,
                             struct error *error)
{
    TRY(read_back_table(output, store, STATE_MATCHES, STATE_HINT, take_songs, songs, error));
    songs_index_matches(songs);
    return STATUS_OK;
}

static double number_at(const struct table_group *rows, int column, size_t row, bool *out_has)
{
    *out_has = !parquet_is_null(&rows->columns[column], row);
    return *out_has ? rows->columns[column].doubles[row] : 0;
}

static struct song record_at(const struct table_group *rows, size_t row)
{
    struct song song = {
        .song_id = parquet_string(&rows->columns[RECORDS_SONG_ID], row),
        .title = parquet_string(&rows->columns[RECORDS_TITLE], row),
        .artist_id = parquet_string(&rows->columns[RECORDS_ARTIST_ID], row),
        .artist_name = parquet_string(&rows->columns[RECORDS_ARTIST_NAME], row),
        .location = parquet_string(&rows->columns[RECORDS_LOCATION], row),
        .year = rows->columns[RECORDS_YEAR].int32s[row],
    };
    song.latitude = number_at(rows, RECORDS_LATITUDE, row, &song.has_latitude);
    song.longitude = number_at(rows, RECORDS_LONGITUDE, row, &song.has_longitude);
    song.duration = number_at(rows, RECORDS_DURATION, row, &song.has_duration);
    return song;
}

static enum status take_records(void *ctx, const struct table_group *rows, struct error *error)
{
    struct songs *songs = ctx;
    struct songs_batch batch = {0};
    (void)error;
    for (size_t i = 0; i < rows->rows; i++) {
        MEM_GROW(batch.songs, batch.count + 1, batch.cap);
        batch.songs[batch.count++] = record_at(rows, i);
    }
    songs_add(songs, &batch);
    songs->stored += batch.count;
    songs_batch_release(&batch);
    return STATUS_OK;
}

#define RECORDS_HINT                                                                               \
    "put it back from a copy; or --missing-songs rebuild makes the tables from the songs that "    \
    "are there"

enum status state_keep_songs(const struct output *output, struct store *store, struct songs *songs,
                             struct error *error)
{
    if (!lake_has_files(output->lake, STATE_RECORDS)) {
        error_set(
            error, STATUS_FAILED,
            "song files are gone, and what was in them is not recorded: the last run was of the "
            "Spark engine or of an earlier version of sparkify, or the record was removed");
        return error_hint(error, "put them back, or make the tables from the songs that are there: "
                                 "--missing-songs rebuild. Nothing was committed");
    }
    return read_back_table(output, store, STATE_RECORDS, RECORDS_HINT, take_records, songs, error);
}

static enum status take_users(void *ctx, const struct table_group *rows, struct error *error)
{
    (void)error;
    for (size_t i = 0; i < rows->rows; i++) {
        struct user user = {
            .user_id = parquet_string(&rows->columns[NEWEST_USER_ID], i),
            .ts_ms = rows->columns[NEWEST_TS].int64s[i],
            .session_id = rows->columns[NEWEST_SESSION_ID].int64s[i],
            .item = rows->columns[NEWEST_ITEM].int64s[i],
        };
        for (int string = 0; string < USER_STRINGS; string++)
            user.strings[string] = parquet_string(&rows->columns[user_columns[string]], i);
        users_put(ctx, &user);
    }
    return STATUS_OK;
}

enum status state_read_users(const struct output *output, struct store *store, struct users *users,
                             struct error *error)
{
    return read_back_table(output, store, STATE_USERS, STATE_HINT, take_users, users, error);
}

enum status state_keep_users(const struct output *output, struct store *store, struct users *users,
                             struct error *error)
{
    if (!lake_has_files(output->lake, STATE_USERS)) {
        error_set(error, STATUS_FAILED,
                  "log files are gone, and the newest play of each user is not recorded: the last "
                  "run was of the Spark engine, or the record was removed");
        return error_hint(error, "put them back, or make the tables from the logs that are there: "
                                 "--missing-logs rebuild. Nothing was committed");
    }
    return state_read_users(output, store, users, error);
}

bool state_is_complete(const struct output *output)
{
    return lake_has_files(output->lake, STATE_MATCHES) && lake_has_files(output->lake, STATE_USERS);
}
