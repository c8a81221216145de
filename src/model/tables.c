/* The five tables (docs/semantics.md, Tables), the state of incremental loads, and the tables'
 * partitions' folders. */
#include <model.h>

#include <assert.h>

#define X(id, name, type, nullable, partition, origin, part, words)                                \
    {name, type, nullable, partition, origin, part, words, 0, 0, 0},
static const struct model_column songs_columns[] = {SONGS_COLUMNS(X)};
static const struct model_column artists_columns[] = {ARTISTS_COLUMNS(X)};
static const struct model_column users_columns[] = {USERS_COLUMNS(X)};
static const struct model_column time_columns[] = {TIME_COLUMNS(X)};
static const struct model_column songplays_columns[] = {SONGPLAYS_COLUMNS(X)};
static const struct model_column objects_columns[] = {OBJECTS_COLUMNS(X)};
static const struct model_column matches_columns[] = {MATCHES_COLUMNS(X)};
static const struct model_column newest_columns[] = {NEWEST_COLUMNS(X)};
static const struct model_column listed_columns[] = {LISTED_COLUMNS(X)};
static const struct model_column records_columns[] = {RECORDS_COLUMNS(X)};
#undef X

#define COLUMNS(array) .columns = (array), .column_count = ARRAY_LENGTH(array)

/* ---- Rules ----------------------------------------------------------------------------------- */

enum winner_id {
    WINNER_SONGS,
    WINNER_ARTISTS,
    WINNER_MATCHES,
    WINNER_USERS,
    WINNER_COUNT,
};

static const struct model_winner winners[WINNER_COUNT] = {
    [WINNER_SONGS] = {.source = SOURCE_SONGS,
                      .keys = {SONG_SONG_ID},
                      .key_count = 1,
                      .order = {{SONG_TITLE}, {SONG_ARTIST_ID}, {SONG_YEAR}, {SONG_DURATION}},
                      .order_count = 4},
    [WINNER_ARTISTS] = {.source = SOURCE_SONGS,
                        .keys = {SONG_ARTIST_ID},
                        .key_count = 1,
                        .order = {{SONG_YEAR, true},
                                  {SONG_SONG_ID},
                                  {SONG_ARTIST_NAME},
                                  {SONG_LOCATION},
                                  {SONG_LATITUDE},
                                  {SONG_LONGITUDE}},
                        .order_count = 6},
    [WINNER_MATCHES] = {.source = SOURCE_SONGS,
                        .keys = {SONG_TITLE, SONG_ARTIST_NAME, SONG_DURATION},
                        .key_count = 3,
                        .order = {{SONG_SONG_ID}, {SONG_ARTIST_ID}},
                        .order_count = 2},
    [WINNER_USERS] = {.source = SOURCE_LOGS,
                      .keys = {LOG_USER_ID},
                      .key_count = 1,
                      .order = {{LOG_TS, true},
                                {LOG_SESSION_ID, true},
                                {LOG_ITEM, true},
                                {LOG_LEVEL, true},
                                {LOG_FIRST_NAME, true},
                                {LOG_LAST_NAME, true},
                                {LOG_GENDER, true}},
                      .order_count = 7},
};

/* ---- Tables ---------------------------------------------------------------------------------- */

const struct model_table model_tables[TABLE_ALL] = {
    [TABLE_SONGS] = {.name = "songs",
                     .folder = "songs",
                     .rows = ROWS_WINNERS,
                     .rule = &winners[WINNER_SONGS],
                     COLUMNS(songs_columns),
                     .partitions = {SONGS_YEAR, SONGS_ARTIST_ID},
                     .partition_count = 2,
                     .schema = 1,
                     .one_row_for = "song_id",
                     .winner = "least (title, artist_id, year, duration)"},
    [TABLE_ARTISTS] = {.name = "artists",
                       .folder = "artists",
                       .rows = ROWS_WINNERS,
                       .rule = &winners[WINNER_ARTISTS],
                       COLUMNS(artists_columns),
                       .schema = 1,
                       .one_row_for = "artist_id",
                       .winner = "greatest year; then least (song_id, name, location, latitude, "
                                 "longitude)"},
    [TABLE_USERS] = {.name = "users",
                     .folder = "users",
                     .rows = ROWS_WINNERS,
                     .rule = &winners[WINNER_USERS],
                     COLUMNS(users_columns),
                     .schema = 1,
                     .one_row_for = "user_id",
                     .winner = "greatest (ts, sessionId, itemInSession, level, first_name, "
                               "last_name, gender)"},
    [TABLE_TIME] = {.name = "time",
                    .folder = "time",
                    .rows = ROWS_CALENDAR,
                    COLUMNS(time_columns),
                    .partitions = {TIME_YEAR, TIME_MONTH},
                    .partition_count = 2,
                    .schema = 1,
                    .one_row_for = "distinct start_time of the plays",
                    .winner = ""},
    [TABLE_SONGPLAYS] = {.name = "songplays",
                         .folder = "songplays",
                         .rows = ROWS_FACTS,
                         COLUMNS(songplays_columns),
                         .partitions = {SONGPLAYS_YEAR, SONGPLAYS_MONTH},
                         .partition_count = 2,
                         .schema = 2,
                         .one_row_for = "play",
                         .winner = ""},
    [STATE_OBJECTS] = {.name = "objects read",
                       .folder = "_sparkify/state/objects",
                       .rows = ROWS_OBJECTS,
                       COLUMNS(objects_columns),
                       .schema = 3,
                       .one_row_for = "key",
                       .winner = ""},
    [STATE_MATCHES] = {.name = "songs to match",
                       .folder = "_sparkify/state/matches",
                       .rows = ROWS_WINNERS,
                       .rule = &winners[WINNER_MATCHES],
                       COLUMNS(matches_columns),
                       .schema = 1,
                       .one_row_for = "match",
                       .winner = "least (song_id, artist_id)"},
    [STATE_USERS] = {.name = "newest plays",
                     .folder = "_sparkify/state/users",
                     .rows = ROWS_WINNERS,
                     .rule = &winners[WINNER_USERS],
                     COLUMNS(newest_columns),
                     .schema = 1,
                     .one_row_for = "user_id",
                     .winner = "as in users"},
    [STATE_SONGS] = {.name = "all songs",
                     .folder = "_sparkify/state/songs",
                     .rows = ROWS_WINNERS,
                     .rule = &winners[WINNER_SONGS],
                     COLUMNS(listed_columns),
                     .schema = 1,
                     .one_row_for = "song_id",
                     .winner = "as in songs"},
    [STATE_RECORDS] = {.name = "song records",
                       .folder = "_sparkify/state/records",
                       .rows = ROWS_RECORDS,
                       .rule = &winners[WINNER_SONGS],
                       COLUMNS(records_columns),
                       .schema = 1,
                       .one_row_for = "record",
                       .winner = "as in songs, artists and matches"},
};

const struct model model_builtin = {
    .name = "sparkify",
    .row_noun = "play",
    .sources = model_sources,
    .source_count = SOURCE_COUNT,
    .tables = model_tables,
    .table_count = TABLE_COUNT,
    .all_count = TABLE_ALL,
    .winners = winners,
    .winner_count = WINNER_COUNT,
    .facts =
        {
            .source = SOURCE_LOGS,
            .time = LOG_TS,
            .id = {LOG_USER_ID, LOG_SESSION_ID, LOG_TS, LOG_ITEM},
            .id_count = 4,
            .lookups = {{.name = "matches",
                         .winner = &winners[WINNER_MATCHES],
                         .fields = {LOG_SONG, LOG_ARTIST, LOG_LENGTH}}},
            .lookup_count = 1,
        },
};

const char *model_type_name(enum model_type type)
{
    static const char *const names[] = {"string", "int32", "int64",   "double", "timestamp",
                                        "bool",   "date",  "decimal", "json"};
    return names[type];
}

static enum parquet_type parquet_type_of(enum model_type type)
{
    static const enum parquet_type types[] = {
        [MODEL_STRING] = PARQUET_STRING,       [MODEL_INT32] = PARQUET_INT32,
        [MODEL_INT64] = PARQUET_INT64,         [MODEL_DOUBLE] = PARQUET_DOUBLE,
        [MODEL_TIMESTAMP] = PARQUET_TIMESTAMP, [MODEL_BOOL] = PARQUET_BOOLEAN,
        [MODEL_DATE] = PARQUET_INT32,          [MODEL_DECIMAL] = PARQUET_INT64,
        [MODEL_JSON] = PARQUET_STRING,
    };
    return types[type];
}

struct parquet_schema *model_parquet_schema(const struct model_table *table,
                                            const struct parquet_options *options)
{
    struct parquet_field fields[MODEL_MAX_COLUMNS];
    size_t count = 0;
    assert(table->column_count <= MODEL_MAX_COLUMNS);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct model_column *column = &table->columns[i];
        if (!column->partition)
            fields[count++] = (struct parquet_field){
                .name = column->name,
                .type = parquet_type_of(column->type),
                .nullable = column->nullable,
                .is_date = column->type == MODEL_DATE,
                .precision = column->type == MODEL_DECIMAL ? column->precision : 0,
                .scale = column->scale,
            };
    }
    return parquet_schema_new(fields, count, options);
}

/* Spark's ExternalCatalogUtils.charToEscape, and 0x00, which no path can hold. */
static bool is_escaped(unsigned char c)
{
    return c < 0x20 || c == 0x7F || (c < 0x80 && strchr("\"#%'*/:=?[\\]^{", c) != NULL);
}

static const struct str null_value = {MODEL_NULL_PARTITION, sizeof MODEL_NULL_PARTITION - 1};

void model_partition_folder(struct buffer *out, const char *name, struct str value)
{
    buffer_append_str(out, str_of(name));
    buffer_append_char(out, '=');
    if (value.len == 0)
        buffer_append_str(out, null_value);
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.data[i];
        if (is_escaped(c))
            buffer_append_percent(out, c);
        else
            buffer_append_char(out, (char)c);
    }
}

bool model_partition_value(struct str path, const char *name, struct buffer *out)
{
    size_t name_len = strlen(name);
    for (const char *at = path.data, *end = path.data + path.len; at < end;) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        struct str folder = {at, (size_t)((slash ? slash : end) - at)};
        if (folder.len > name_len && folder.data[name_len] == '=' &&
            memcmp(folder.data, name, name_len) == 0) {
            struct str value = {folder.data + name_len + 1, folder.len - name_len - 1};
            if (str_equal(value, null_value))
                return false;
            buffer_append_percent_decoded(out, value);
            return true;
        }
        at = slash ? slash + 1 : end;
    }
    return false;
}

/* Whether exactly the bytes that must be escaped are, with capital digits. */
static bool is_escaped_right(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '%') {
            if (is_escaped((unsigned char)text.data[i]))
                return false;
            continue;
        }
        int high = i + 2 < text.len ? hex_digit(text.data[i + 1]) : -1;
        int low = i + 2 < text.len ? hex_digit(text.data[i + 2]) : -1;
        bool is_small = high >= 0 && (text.data[i + 1] >= 'a' || text.data[i + 2] >= 'a');
        if (high < 0 || low < 0 || is_small || !is_escaped((unsigned char)(high << 4 | low)))
            return false;
        i += 2;
    }
    return true;
}

/* "0", "7", "-12": a number of 32 bits, written in the one way. */
static bool is_int32(struct str text)
{
    size_t sign = text.len > 0 && text.data[0] == '-';
    int64_t value = 0;
    if (text.len == sign || text.len > sign + 10 ||
        (text.data[sign] == '0' && text.len > 1)) /* neither "-0" nor "07" */
        return false;
    for (size_t i = sign; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (text.data[i] - '0');
    }
    return value <= (sign ? -(int64_t)INT32_MIN : INT32_MAX);
}

bool model_is_partition_folder(struct str folder, const struct model_column *column)
{
    struct str name = str_of(column->name);
    if (folder.len > MODEL_MAX_FOLDER_BYTES || folder.len <= name.len + 1 ||
        !str_starts_with(folder, name) || folder.data[name.len] != '=')
        return false;
    struct str value = {folder.data + name.len + 1, folder.len - name.len - 1};
    if (str_equal(value, null_value))
        return true;
    return column->type == MODEL_INT32 ? is_int32(value) : is_escaped_right(value);
}
