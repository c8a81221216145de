/* Checking a lake. First the dimension tables, which makes the sets of their keys, then songplays,
 * whose plays must find theirs there. Files are read by all threads. Strings are told apart by 64
 * bits of hash: among a million keys two would look the same once in 10^7 lakes. */
#include "check.h"

#include "names.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- Sets of keys ---------------------------------------------------------------------------- */

static size_t place_of(const struct check_set *set, uint64_t key)
{
    size_t at = (size_t)hash_words(&key, 1) & (set->cap - 1);
    while (set->slots[at] && set->slots[at] != key)
        at = (at + 1) & (set->cap - 1);
    return at;
}

static void grow(struct check_set *set)
{
    struct check_set larger = {.cap = set->cap ? set->cap * 2 : 1024, .count = set->count};
    larger.slots = mem_zalloc(larger.cap * sizeof *larger.slots);
    for (size_t i = 0; i < set->cap; i++)
        if (set->slots[i])
            larger.slots[place_of(&larger, set->slots[i])] = set->slots[i];
    larger.has_zero = set->has_zero;
    mem_free(set->slots);
    *set = larger;
}

bool check_set_add(struct check_set *set, uint64_t key)
{
    if (key == 0) {
        bool is_new = !set->has_zero;
        set->has_zero = true;
        return is_new;
    }
    if (set->count * 2 >= set->cap)
        grow(set);
    size_t at = place_of(set, key);
    if (set->slots[at])
        return false;
    set->slots[at] = key;
    set->count++;
    return true;
}

bool check_set_has(const struct check_set *set, uint64_t key)
{
    if (key == 0)
        return set->has_zero;
    return set->cap && set->slots[place_of(set, key)];
}

void check_set_release(struct check_set *set)
{
    mem_free(set->slots);
    *set = (struct check_set){0};
}

/* ---- Problems -------------------------------------------------------------------------------- */

static bool is_cancelled(const struct check *check)
{
    const atomic_bool *cancel = check->lake->options.cancel;
    return cancel && atomic_load(cancel);
}

/* Reads that end because the user wants no more are no problems. */
static void tell(struct check *check, const char *text)
{
    if (is_cancelled(check))
        return;
    pthread_mutex_lock(&check->shared.mutex);
    check->shared.report.problems++;
    check->problem(check->ctx, text);
    pthread_mutex_unlock(&check->shared.mutex);
}

void check_problem(struct check *check, enum table_id table, struct str key, const char *format,
                   ...)
{
    char text[1024];
    va_list arguments;
    int len = snprintf(text, sizeof text, "%s%s%.*s: ", model_tables[table].name,
                       key.len ? "/" : "", (int)key.len, key.len ? key.data : "");
    size_t used = len < 0 ? 0 : (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    va_start(arguments, format);
    vsnprintf(text + used, sizeof text - used, format, arguments);
    va_end(arguments);
    tell(check, text);
}

void check_tell(struct check *check, const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    tell(check, text);
}

/* ---- Keys ------------------------------------------------------------------------------------ */

/* The values of a string column that occur, as hashes; a row's is hashes[codes[row]]. */
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
    const struct check_set *keys = &check->shared.keys[dimension]; /* nobody adds to it any more */
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

/* A partition's number, when it lies between these. */
static bool read_part(struct str key, const char *name, int32_t least, int32_t most, int32_t *out)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    if (!model_partition_value(key, name, &text))
        return false;
    long value = strtol(buffer_text(&text), NULL, 10);
    *out = (int32_t)value;
    return value >= least && value <= most;
}

/* year and month of the path are those of the time. */
static void check_month(struct check *check, enum table_id table, const struct lake_entry *entry,
                        const struct parquet_column *times, size_t rows)
{
    int32_t y, m;
    if (!read_part(entry->key, "year", 1970, 9999, &y) ||
        !read_part(entry->key, "month", 1, 12, &m)) {
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
    uint64_t bits = 1; /* of a null: no double that anybody writes */
    if (!parquet_is_null(column, row))
        memcpy(&bits, &column->doubles[row], sizeof bits);
    return bits;
}

/* The list of all songs must have the rows of the table: both are summed up, in any order. */
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

/* ---- All files --------------------------------------------------------------------------------
 */

/* Files of some tables, handed out one by one. */
struct round {
    struct check *check;
    enum table_id first, last;
    _Atomic size_t next; /* counted over all of them */
};

static bool next_file(struct round *round, enum table_id *table, const struct lake_entry **entry)
{
    size_t number = atomic_fetch_add(&round->next, 1);
    for (int t = round->first; t <= (int)round->last; t++) {
        const struct lake_entries *entries = &round->check->lake->tables[t].entries;
        if (number < entries->count) {
            *table = (enum table_id)t;
            *entry = &entries->entries[number];
            return true;
        }
        number -= entries->count;
    }
    return false;
}

static void check_files(void *ctx, unsigned number)
{
    struct round *round = ctx;
    struct check_worker worker = {0};
    enum table_id table;
    const struct lake_entry *entry;
    (void)number;
    for (size_t i = 0; i < MODEL_MAX_COLUMNS; i++)
        worker.values[i] = parquet_values_new();
    while (!is_cancelled(round->check) && next_file(round, &table, &entry))
        if (entry->until == LAKE_CURRENT)
            check_file(round->check, &worker, table, entry);
    for (size_t i = 0; i < MODEL_MAX_COLUMNS; i++)
        parquet_values_free(worker.values[i]);
    buffer_release(&worker.bytes);
}

/* ---- The lake ---------------------------------------------------------------------------------
 */

/* What the run's decision says of its tables. */
static void check_counts(struct check *check)
{
    for (int table = 0; table < TABLE_COUNT; table++) {
        const struct lake_counts *said = &check->lake->tables[table].said;
        const struct lake_entries *entries = &check->lake->tables[table].entries;
        uint64_t rows = 0, files = 0;
        for (size_t i = 0; i < entries->count; i++) {
            bool is_counted = entries->entries[i].until == LAKE_CURRENT;
            files += is_counted;
            rows += is_counted ? entries->entries[i].rows : 0;
        }
        if (rows != said->rows || files != said->files)
            check_problem(check, (enum table_id)table, STR_NULL,
                          "the run's decision counts %llu rows in %llu files, and its plan %llu in "
                          "%llu",
                          (unsigned long long)said->rows, (unsigned long long)said->files,
                          (unsigned long long)rows, (unsigned long long)files);
    }
}

/* What the next incremental run goes by. */
static void check_state(struct check *check)
{
    struct check_worker worker = {0};
    for (int table = TABLE_COUNT; table < TABLE_ALL; table++) {
        const struct lake_entries *entries = &check->lake->tables[table].entries;
        if (table == STATE_SONGS)
            continue; /* read as the tables are */
        for (size_t i = 0; i < entries->count; i++)
            if (entries->entries[i].until == LAKE_CURRENT)
                (void)check_bytes(check, &worker, (enum table_id)table, &entries->entries[i]);
    }
    buffer_release(&worker.bytes);
}

/* A lake of an earlier program has no list. */
static void check_listed_songs(struct check *check)
{
    if (lake_has_files(check->lake, STATE_SONGS) &&
        check->shared.songs != check->shared.listed_songs)
        check_problem(check, STATE_SONGS, STR_NULL, "it has other rows than songs");
}

/* A lake that another run changes looks damaged to whoever reads what it was before. */
static enum status check_still_newest(const struct check *check, struct error *error)
{
    bool is_newest;
    if (check->lake->alive.count) {
        error_set(error, STATUS_CONFLICT, "the run %.*s is still running in %s",
                  STR_ARG(check->lake->alive.keys[0]), store_address(check->lake->store));
        return error_hint(error,
                          "check again when it has ended: the problems found may come from it");
    }
    TRY(lake_look_for_next(check->lake, &is_newest, error));
    if (is_newest)
        return STATUS_OK;
    error_set(error, STATUS_CONFLICT, "a run has committed to %s while it was checked",
              store_address(check->lake->store));
    return error_hint(error, "check again: the problems found may come from it");
}

static enum status check_all(struct check *check, unsigned threads, struct error *error)
{
    struct round dimensions = {check, TABLE_SONGS, TABLE_TIME, 0};
    struct round plays = {check, TABLE_SONGPLAYS, TABLE_SONGPLAYS, 0};
    struct round listed = {check, STATE_SONGS, STATE_SONGS, 0};
    for (int table = 0; table < TABLE_COUNT; table++)
        TRY(check_log(check, (enum table_id)table, error));
    check_counts(check);
    TRY(check_own(check, error));
    threads_run(threads, check_files, &dimensions);
    threads_run(threads, check_files, &plays);
    threads_run(1, check_files, &listed);
    if (!is_cancelled(check)) {
        check_state(check);
        check_listed_songs(check);
    }
    if (is_cancelled(check))
        return error_set(error, STATUS_INTERRUPTED, "interrupted");
    check->shared.report.leftovers = lake_count_leftovers(check->lake);
    return check->shared.report.problems ? check_still_newest(check, error) : STATUS_OK;
}

enum status lake_check(struct lake *lake, unsigned threads, lake_problem_fn *problem, void *ctx,
                       struct lake_check_report *out, struct error *error)
{
    struct check check = {.lake = lake, .problem = problem, .ctx = ctx};
    struct parquet_options options = parquet_options_default();
    if (lake->last.number < 0) {
        error_set(error, STATUS_NOT_FOUND, "%s holds no version of a lake",
                  store_address(lake->store));
        return error_hint(error, "give the --output of a run of 'sparkify etl'");
    }
    pthread_mutex_init(&check.shared.mutex, NULL);
    for (int table = 0; table < TABLE_ALL; table++)
        check.schemas[table] = model_parquet_schema((enum table_id)table, &options);
    enum status status = check_all(&check, threads, error);
    *out = check.shared.report;
    for (int table = 0; table < TABLE_ALL; table++)
        parquet_schema_free(check.schemas[table]);
    for (int table = 0; table < TABLE_COUNT; table++)
        check_set_release(&check.shared.keys[table]);
    pthread_mutex_destroy(&check.shared.mutex);
    return status;
}
