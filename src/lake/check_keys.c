#include "check_keys.h"

#include "names.h"

#include <stdlib.h>

/* Hashes of the column's dictionary; the hash of a row is hashes[codes[row]]. */
static uint64_t *hash_strings(const struct parquet_column *column)
{
    uint64_t *hashes = mem_alloc((column->strings.count + 1) * sizeof *hashes);
    for (size_t i = 0; i < column->strings.count; i++)
        hashes[i] = hash_str(parquet_dictionary_string(column, i));
    return hashes;
}

static void add_keys(struct check *check, enum table_id table, const struct lake_entry *entry,
                     const char *name, const struct parquet_column *column, size_t rows)
{
    uint64_t *hashes = column->strings.offsets ? hash_strings(column) : NULL;
    size_t repeated = 0;
    pthread_mutex_lock(&check->shared.mutex);
    for (size_t row = 0; row < rows; row++)
        repeated +=
            !check_set_add(&check->shared.keys[table],
                           hashes ? hashes[column->codes[row]] : (uint64_t)column->int64s[row]);
    if (table == TABLE_SONGPLAYS)
        check->shared.report.shared_ids += repeated;
    pthread_mutex_unlock(&check->shared.mutex);
    mem_free(hashes);
    if (repeated && table != TABLE_SONGPLAYS)
        check_problem(check, table, entry->key, "%zu values of %s are there already", repeated,
                      name);
}

/* Each value of the column must be a key of the dimension table. */
static void find_keys(struct check *check, enum table_id dimension, const struct lake_entry *entry,
                      const char *name, const struct parquet_column *column, size_t rows)
{
    uint64_t *hashes = column->strings.offsets ? hash_strings(column) : NULL;
    const struct check_set *keys =
        &check->shared.keys[dimension]; /* complete: dimension tables are read first */
    size_t missing = 0;
    for (size_t row = 0; row < rows; row++)
        if (!parquet_is_null(column, row))
            missing += !check_set_has(keys, hashes ? hashes[column->codes[row]]
                                                   : (uint64_t)column->int64s[row]);
    mem_free(hashes);
    if (missing)
        check_problem(check, TABLE_SONGPLAYS, entry->key, "%zu values of %s are not in %s", missing,
                      name, model_tables[dimension].name);
}

/* A partition's number; false when it is not one from `least` to `most`. */
static bool parse_number_of(struct str key, const char *name, int32_t least, int32_t most,
                            int32_t *out)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    if (!model_partition_value(key, name, &text))
        return false;
    long value = strtol(buffer_text(&text), NULL, 10);
    *out = (int32_t)value;
    return value >= least && value <= most;
}

/* The year and month of the folder are those of each start_time. */
static void check_month(struct check *check, enum table_id table, const struct lake_entry *entry,
                        const struct parquet_column *times, size_t rows)
{
    int32_t y, m;
    if (!parse_number_of(entry->key, "year", 1970, 9999, &y) ||
        !parse_number_of(entry->key, "month", 1, 12, &m)) {
        check_problem(check, table, entry->key, "its folder is that of no month from 1970 to 9999");
        return;
    }
    int64_t begin = days_from_civil(y, m, 1) * MS_PER_DAY * 1000;
    int64_t end = days_from_civil(m == 12 ? y + 1 : y, m == 12 ? 1 : m + 1, 1) * MS_PER_DAY * 1000;
    for (size_t row = 0; row < rows; row++)
        if (times->int64s[row] < begin || times->int64s[row] >= end) {
            check_problem(check, table, entry->key, "a start_time is not of its month");
            return;
        }
}

static uint64_t hash_double(const struct parquet_column *column, size_t row)
{
    uint64_t bits = 1; /* a null: no double that is written */
    if (!parquet_is_null(column, row))
        memcpy(&bits, &column->doubles[row], sizeof bits);
    return bits;
}

/* The state's list of songs must have the rows of the table: the sums of their hashes are the same
 * in any order. */
static void add_songs(struct check *check, const struct lake_entry *entry,
                      const struct parquet_column *columns, size_t rows)
{
    CLEANUP(buffer_release) struct buffer year = {0}, artist = {0};
    uint64_t sum = 0;
    model_partition_value(entry->key, "year", &year);
    model_partition_value(entry->key, "artist_id", &artist);
    for (size_t row = 0; row < rows; row++) { /* of a file: song_id, title, duration */
        uint64_t hash = hash_str(parquet_string(&columns[0], row));
        hash = hash_mix(hash, hash_str(parquet_string(&columns[1], row)));
        hash = hash_mix(hash, hash_str(buffer_str(&artist)));
        hash = hash_mix(hash, (uint64_t)strtol(buffer_text(&year), NULL, 10));
        sum += hash_mix(hash, hash_double(&columns[2], row));
    }
    pthread_mutex_lock(&check->shared.mutex);
    check->shared.songs += sum;
    pthread_mutex_unlock(&check->shared.mutex);
}

static void add_listed_songs(struct check *check, const struct parquet_column *columns, size_t rows)
{
    uint64_t sum = 0;
    for (size_t row = 0; row < rows; row++) {
        uint64_t hash = hash_str(parquet_string(&columns[LISTED_SONG_ID], row));
        hash = hash_mix(hash, hash_str(parquet_string(&columns[LISTED_TITLE], row)));
        hash = hash_mix(hash, hash_str(parquet_string(&columns[LISTED_ARTIST_ID], row)));
        hash = hash_mix(hash, (uint64_t)(int64_t)columns[LISTED_YEAR].int32s[row]);
        sum += hash_mix(hash, hash_double(&columns[LISTED_DURATION], row));
    }
    pthread_mutex_lock(&check->shared.mutex);
    check->shared.listed_songs += sum;
    pthread_mutex_unlock(&check->shared.mutex);
}

void check_keys(struct check *check, enum table_id table, const struct lake_entry *entry,
                const struct parquet_column *columns, size_t rows)
{
    switch (table) {
    case TABLE_SONGS:
        add_keys(check, table, entry, "song_id", &columns[SONGS_SONG_ID], rows);
        add_songs(check, entry, columns, rows);
        break;
    case STATE_SONGS:
        add_listed_songs(check, columns, rows);
        break;
    case TABLE_ARTISTS:
        add_keys(check, table, entry, "artist_id", &columns[ARTISTS_ARTIST_ID], rows);
        break;
    case TABLE_USERS:
        add_keys(check, table, entry, "user_id", &columns[USERS_USER_ID], rows);
        break;
    case TABLE_TIME:
        add_keys(check, table, entry, "start_time", &columns[TIME_START_TIME], rows);
        check_month(check, table, entry, &columns[TIME_START_TIME], rows);
        break;
    default:
        add_keys(check, table, entry, "songplay_id", &columns[SONGPLAYS_SONGPLAY_ID], rows);
        find_keys(check, TABLE_TIME, entry, "start_time", &columns[SONGPLAYS_START_TIME], rows);
        find_keys(check, TABLE_USERS, entry, "user_id", &columns[SONGPLAYS_USER_ID], rows);
        find_keys(check, TABLE_SONGS, entry, "song_id", &columns[SONGPLAYS_SONG_ID], rows);
        find_keys(check, TABLE_ARTISTS, entry, "artist_id", &columns[SONGPLAYS_ARTIST_ID], rows);
        check_month(check, table, entry, &columns[SONGPLAYS_START_TIME], rows);
    }
}
