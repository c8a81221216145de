/* model: the two sources and the five tables, declared once.
 *
 * The JSON decoder, the Parquet schema, `sparkify schema` and the documentation's tables are all
 * driven by the lists below. Adding a column is one line here and one where its value is made. */
#ifndef SPARKIFY_MODEL_H
#define SPARKIFY_MODEL_H

#include <base.h>
#include <json.h>
#include <parquet.h>

enum model_type {
    MODEL_STRING,
    MODEL_INT32,
    MODEL_INT64,
    MODEL_DOUBLE,
    MODEL_TIMESTAMP,
};
/* "string", "int32", … as the documentation writes them. */
const char *model_type_name(enum model_type type);
/* What a record must hold for it, as rejects say it: "a string", "a number", "an integer". */
const char *model_type_expected(enum model_type type);

/* ---- Sources ----------------------------------------------------------------------------- */

/* When a field of a record is looked at, and what is asked of it. */
enum model_need {
    NEED_ALWAYS,     /* required in every record: not null, not empty where it is a string */
    NEED_KEPT,       /* required in the records that are kept (plays) */
    NEED_OPTIONAL,   /* checked in the records that are kept; may be null */
    NEED_NOT_AT_ALL, /* known, used by no table: must be well-formed JSON, nothing more */
};

/* id, name in the JSON, type, need */
#define SONG_FIELDS(X)                                                                             \
    X(SONG_NUM_SONGS, "num_songs", MODEL_INT32, NEED_NOT_AT_ALL)                                   \
    X(SONG_ARTIST_ID, "artist_id", MODEL_STRING, NEED_ALWAYS)                                      \
    X(SONG_LATITUDE, "artist_latitude", MODEL_DOUBLE, NEED_OPTIONAL)                               \
    X(SONG_LONGITUDE, "artist_longitude", MODEL_DOUBLE, NEED_OPTIONAL)                             \
    X(SONG_LOCATION, "artist_location", MODEL_STRING, NEED_OPTIONAL)                               \
    X(SONG_ARTIST_NAME, "artist_name", MODEL_STRING, NEED_OPTIONAL)                                \
    X(SONG_SONG_ID, "song_id", MODEL_STRING, NEED_ALWAYS)                                          \
    X(SONG_TITLE, "title", MODEL_STRING, NEED_OPTIONAL)                                            \
    X(SONG_DURATION, "duration", MODEL_DOUBLE, NEED_OPTIONAL)                                      \
    X(SONG_YEAR, "year", MODEL_INT32, NEED_OPTIONAL)

#define LOG_FIELDS(X)                                                                              \
    X(LOG_ARTIST, "artist", MODEL_STRING, NEED_OPTIONAL)                                           \
    X(LOG_AUTH, "auth", MODEL_STRING, NEED_NOT_AT_ALL)                                             \
    X(LOG_FIRST_NAME, "firstName", MODEL_STRING, NEED_OPTIONAL)                                    \
    X(LOG_GENDER, "gender", MODEL_STRING, NEED_OPTIONAL)                                           \
    X(LOG_ITEM, "itemInSession", MODEL_INT64, NEED_KEPT)                                           \
    X(LOG_LAST_NAME, "lastName", MODEL_STRING, NEED_OPTIONAL)                                      \
    X(LOG_LENGTH, "length", MODEL_DOUBLE, NEED_OPTIONAL)                                           \
    X(LOG_LEVEL, "level", MODEL_STRING, NEED_OPTIONAL)                                             \
    X(LOG_LOCATION, "location", MODEL_STRING, NEED_OPTIONAL)                                       \
    X(LOG_METHOD, "method", MODEL_STRING, NEED_NOT_AT_ALL)                                         \
    X(LOG_PAGE, "page", MODEL_STRING, NEED_ALWAYS)                                                 \
    X(LOG_REGISTRATION, "registration", MODEL_DOUBLE, NEED_NOT_AT_ALL)                             \
    X(LOG_SESSION_ID, "sessionId", MODEL_INT64, NEED_KEPT)                                         \
    X(LOG_SONG, "song", MODEL_STRING, NEED_OPTIONAL)                                               \
    X(LOG_STATUS, "status", MODEL_INT64, NEED_NOT_AT_ALL)                                          \
    X(LOG_TS, "ts", MODEL_TIMESTAMP, NEED_ALWAYS) /* an integer: milliseconds */                   \
    X(LOG_USER_AGENT, "userAgent", MODEL_STRING, NEED_OPTIONAL)                                    \
    X(LOG_USER_ID, "userId", MODEL_STRING, NEED_KEPT)

#define X(id, name, type, need) id,
enum song_field { SONG_FIELDS(X) SONG_FIELD_COUNT };
enum log_field { LOG_FIELDS(X) LOG_FIELD_COUNT };
#undef X
#define MODEL_MAX_FIELDS 18

struct model_field {
    struct str name;
    enum model_type type;
    enum model_need need;
};

enum source_id {
    SOURCE_SONGS,
    SOURCE_LOGS,
    SOURCE_COUNT,
};

struct model_source {
    const char *name;   /* "songs" */
    const char *folder; /* "song_data" */
    const struct model_field *fields;
    size_t field_count;
    const struct str *names; /* of the fields, for json_scanner_new */
    int kept_field;          /* only records where this field … */
    struct str kept_value;   /* … equals this are kept; -1: all are */
};
extern const struct model_source model_sources[SOURCE_COUNT];

/* ---- Records ----------------------------------------------------------------------------- */

/* A scanned record with its numbers converted: numbers[f] is valid where values[f] is a number of
 * a field that was checked. */
struct model_record {
    struct json_value values[MODEL_MAX_FIELDS];
    union model_number {
        int64_t int64;
        double float64;
    } numbers[MODEL_MAX_FIELDS];
};

static inline bool model_is_null(const struct model_record *record, int field)
{
    return record->values[field].kind <= JSON_KIND_NULL;
}

/* Why a record is refused: a short stable word for each. */
#define REJECT_CODES(X)                                                                            \
    X(REJECT_NOT_JSON, "not_json")                                                                 \
    X(REJECT_NOT_OBJECT, "not_object")                                                             \
    X(REJECT_NOT_UTF8, "not_utf8")                                                                 \
    X(REJECT_TOO_DEEP, "too_deep")                                                                 \
    X(REJECT_TOO_LONG, "too_long")                                                                 \
    X(REJECT_MISSING_FIELD, "missing_field")                                                       \
    X(REJECT_WRONG_TYPE, "wrong_type")                                                             \
    X(REJECT_OUT_OF_RANGE, "out_of_range")

#define X(id, word) id,
enum reject_code { REJECT_CODES(X) REJECT_CODE_COUNT };
#undef X
const char *reject_code_word(enum reject_code code);

struct model_fault {
    enum reject_code code;
    char reason[256];
};

enum model_verdict {
    RECORD_KEPT,
    RECORD_LEFT_OUT, /* by rule: an event that is no play */
    RECORD_REJECTED,
};

/* Checks a scanned record against its source's fields and converts its numbers. */
enum model_verdict model_check(const struct model_source *source, struct model_record *record,
                               struct model_fault *fault);
/* The fault of a record that could not be scanned; `line` is where the record begins. */
void model_fault_from_json(const struct json_fault *json, const char *record,
                           struct model_fault *fault);

/* A record is at most this long. */
#define MODEL_MAX_RECORD_BYTES ((size_t)16 << 20)
/* A longer song file is lines. */
#define MODEL_MAX_DOCUMENT_BYTES ((size_t)64 << 20)
/* ts, in milliseconds: the years 1970 to 9999. */
#define MODEL_MAX_TS INT64_C(253402300799999)

/* ---- Tables ------------------------------------------------------------------------------ */

/* id, name, type, nullable, partition, where it comes from */
#define SONGS_COLUMNS(X)                                                                           \
    X(SONGS_SONG_ID, "song_id", MODEL_STRING, false, false, "songs: song_id")                      \
    X(SONGS_TITLE, "title", MODEL_STRING, true, false, "songs: title")                             \
    X(SONGS_ARTIST_ID, "artist_id", MODEL_STRING, false, true, "songs: artist_id")                 \
    X(SONGS_YEAR, "year", MODEL_INT32, false, true, "songs: year, 0 where it is null")             \
    X(SONGS_DURATION, "duration", MODEL_DOUBLE, true, false, "songs: duration, seconds")

#define ARTISTS_COLUMNS(X)                                                                         \
    X(ARTISTS_ARTIST_ID, "artist_id", MODEL_STRING, false, false, "songs: artist_id")              \
    X(ARTISTS_NAME, "name", MODEL_STRING, true, false, "songs: artist_name")                       \
    X(ARTISTS_LOCATION, "location", MODEL_STRING, true, false, "songs: artist_location")           \
    X(ARTISTS_LATITUDE, "latitude", MODEL_DOUBLE, true, false, "songs: artist_latitude")           \
    X(ARTISTS_LONGITUDE, "longitude", MODEL_DOUBLE, true, false, "songs: artist_longitude")

#define USERS_COLUMNS(X)                                                                           \
    X(USERS_USER_ID, "user_id", MODEL_STRING, false, false, "plays: userId")                       \
    X(USERS_FIRST_NAME, "first_name", MODEL_STRING, true, false, "plays: firstName")               \
    X(USERS_LAST_NAME, "last_name", MODEL_STRING, true, false, "plays: lastName")                  \
    X(USERS_GENDER, "gender", MODEL_STRING, true, false, "plays: gender")                          \
    X(USERS_LEVEL, "level", MODEL_STRING, true, false, "plays: level, at the newest play")

#define TIME_COLUMNS(X)                                                                            \
    X(TIME_START_TIME, "start_time", MODEL_TIMESTAMP, false, false, "plays: ts")                   \
    X(TIME_HOUR, "hour", MODEL_INT32, false, false, "start_time: 0 to 23, UTC")                    \
    X(TIME_DAY, "day", MODEL_INT32, false, false, "start_time: day of the month")                  \
    X(TIME_WEEK, "week", MODEL_INT32, false, false, "start_time: ISO week")                        \
    X(TIME_MONTH, "month", MODEL_INT32, false, true, "start_time")                                 \
    X(TIME_YEAR, "year", MODEL_INT32, false, true, "start_time")                                   \
    X(TIME_WEEKDAY, "weekday", MODEL_INT32, false, false, "start_time: 1 = Sunday … 7 = Saturday")

#define SONGPLAYS_COLUMNS(X)                                                                       \
    X(SONGPLAYS_SONGPLAY_ID, "songplay_id", MODEL_INT64, false, false,                             \
      "xxhash64(userId, sessionId, ts, itemInSession)")                                            \
    X(SONGPLAYS_START_TIME, "start_time", MODEL_TIMESTAMP, false, false, "plays: ts")              \
    X(SONGPLAYS_USER_ID, "user_id", MODEL_STRING, false, false, "plays: userId")                   \
    X(SONGPLAYS_LEVEL, "level", MODEL_STRING, true, false, "plays: level")                         \
    X(SONGPLAYS_SONG_ID, "song_id", MODEL_STRING, true, false,                                     \
      "songs: song_id, where title, artist_name, duration match")                                  \
    X(SONGPLAYS_ARTIST_ID, "artist_id", MODEL_STRING, true, false,                                 \
      "songs: artist_id of the same song record")                                                  \
    X(SONGPLAYS_SESSION_ID, "session_id", MODEL_INT64, false, false, "plays: sessionId")           \
    X(SONGPLAYS_LOCATION, "location", MODEL_STRING, true, false, "plays: location")                \
    X(SONGPLAYS_USER_AGENT, "user_agent", MODEL_STRING, true, false, "plays: userAgent")           \
    X(SONGPLAYS_SONG, "song", MODEL_STRING, true, false, "plays: song")                            \
    X(SONGPLAYS_ARTIST, "artist", MODEL_STRING, true, false, "plays: artist")                      \
    X(SONGPLAYS_LENGTH, "length", MODEL_DOUBLE, true, false, "plays: length, seconds")             \
    X(SONGPLAYS_YEAR, "year", MODEL_INT32, false, true, "start_time")                              \
    X(SONGPLAYS_MONTH, "month", MODEL_INT32, false, true, "start_time")

/* Which objects have been read. `format` says which columns the rows that came of them have: null
 * or less than MODEL_FORMAT where columns have been added since. `gone_since` is the run that found
 * an object gone and left its records in the tables; null while the object is there. */
#define OBJECTS_COLUMNS(X)                                                                         \
    X(OBJECTS_KEY, "key", MODEL_STRING, false, false, "")                                          \
    X(OBJECTS_BYTES, "bytes", MODEL_INT64, false, false, "")                                       \
    X(OBJECTS_IDENTITY, "identity", MODEL_INT64, false, false, "")                                 \
    X(OBJECTS_FORMAT, "format", MODEL_INT32, true, false, "")                                      \
    X(OBJECTS_GONE_SINCE, "gone_since", MODEL_STRING, true, false, "")
/* 2: songplays has song, artist and length. */
#define MODEL_FORMAT 2

/* What a play matches, and with which song. */
#define MATCHES_COLUMNS(X)                                                                         \
    X(MATCHES_TITLE, "title", MODEL_STRING, false, false, "")                                      \
    X(MATCHES_ARTIST_NAME, "artist_name", MODEL_STRING, false, false, "")                          \
    X(MATCHES_DURATION, "duration", MODEL_DOUBLE, false, false, "")                                \
    X(MATCHES_SONG_ID, "song_id", MODEL_STRING, false, false, "")                                  \
    X(MATCHES_ARTIST_ID, "artist_id", MODEL_STRING, false, false, "")

/* Each user's newest play: the row in users, and what it was chosen by. */
#define NEWEST_COLUMNS(X)                                                                          \
    X(NEWEST_USER_ID, "user_id", MODEL_STRING, false, false, "")                                   \
    X(NEWEST_TS, "ts", MODEL_INT64, false, false, "")                                              \
    X(NEWEST_SESSION_ID, "session_id", MODEL_INT64, false, false, "")                              \
    X(NEWEST_ITEM, "item_in_session", MODEL_INT64, false, false, "")                               \
    X(NEWEST_FIRST_NAME, "first_name", MODEL_STRING, true, false, "")                              \
    X(NEWEST_LAST_NAME, "last_name", MODEL_STRING, true, false, "")                                \
    X(NEWEST_GENDER, "gender", MODEL_STRING, true, false, "")                                      \
    X(NEWEST_LEVEL, "level", MODEL_STRING, true, false, "")

/* All rows of songs in one file: opening a file for each partition is what makes readers slow. */
#define LISTED_COLUMNS(X)                                                                          \
    X(LISTED_SONG_ID, "song_id", MODEL_STRING, false, false, "")                                   \
    X(LISTED_TITLE, "title", MODEL_STRING, true, false, "")                                        \
    X(LISTED_ARTIST_ID, "artist_id", MODEL_STRING, false, false, "")                               \
    X(LISTED_YEAR, "year", MODEL_INT32, false, false, "")                                          \
    X(LISTED_DURATION, "duration", MODEL_DOUBLE, true, false, "")

/* The song records that win: a row of songs or of artists came of each, or a match. */
#define RECORDS_COLUMNS(X)                                                                         \
    X(RECORDS_SONG_ID, "song_id", MODEL_STRING, false, false, "")                                  \
    X(RECORDS_TITLE, "title", MODEL_STRING, true, false, "")                                       \
    X(RECORDS_ARTIST_ID, "artist_id", MODEL_STRING, false, false, "")                              \
    X(RECORDS_ARTIST_NAME, "artist_name", MODEL_STRING, true, false, "")                           \
    X(RECORDS_LOCATION, "location", MODEL_STRING, true, false, "")                                 \
    X(RECORDS_LATITUDE, "latitude", MODEL_DOUBLE, true, false, "")                                 \
    X(RECORDS_LONGITUDE, "longitude", MODEL_DOUBLE, true, false, "")                               \
    X(RECORDS_DURATION, "duration", MODEL_DOUBLE, true, false, "")                                 \
    X(RECORDS_YEAR, "year", MODEL_INT32, false, false, "")

#define X(id, name, type, nullable, partition, from) id,
enum songs_column { SONGS_COLUMNS(X) };
enum artists_column { ARTISTS_COLUMNS(X) };
enum users_column { USERS_COLUMNS(X) };
enum time_column { TIME_COLUMNS(X) };
enum songplays_column { SONGPLAYS_COLUMNS(X) };
enum objects_column { OBJECTS_COLUMNS(X) };
enum matches_column { MATCHES_COLUMNS(X) };
enum newest_column { NEWEST_COLUMNS(X) };
enum listed_column { LISTED_COLUMNS(X) };
enum records_column { RECORDS_COLUMNS(X) };
#undef X
#define MODEL_MAX_COLUMNS    14
#define MODEL_MAX_PARTITIONS 2

struct model_column {
    const char *name;
    enum model_type type;
    bool nullable;
    bool partition; /* in the path, not in the file */
    const char *from;
};

/* The tables, and after them the state of incremental loads: what a run must know of those before
 * it and cannot learn from the tables. It is kept in tables of its own, that no reader sees. */
enum table_id {
    TABLE_SONGS,
    TABLE_ARTISTS,
    TABLE_USERS,
    TABLE_TIME,
    TABLE_SONGPLAYS,
    TABLE_COUNT,
    STATE_OBJECTS = TABLE_COUNT,
    STATE_MATCHES,
    STATE_USERS,
    STATE_SONGS,
    STATE_RECORDS,
    TABLE_ALL, /* tables and state */
};

struct model_table {
    const char *name;
    const char *folder; /* below the output */
    const struct model_column *columns;
    size_t column_count;
    int partitions[MODEL_MAX_PARTITIONS]; /* columns in the order of the path */
    size_t partition_count;
    int schema;              /* 1, and one more each time that columns were added */
    const char *one_row_for; /* "song_id" */
    const char *winner;      /* which record wins, in words; "" where none must */
};
extern const struct model_table model_tables[TABLE_ALL];

/* The Parquet schema of a table's files: its columns but the partitions, in their order. */
struct parquet_schema *model_parquet_schema(enum table_id table,
                                            const struct parquet_options *options);

/* Appends "name=value" as a folder of a partitioned path, escaped as Spark and Hive do. A null or
 * empty value is MODEL_NULL_PARTITION: so no value may be that text. */
#define MODEL_NULL_PARTITION "__HIVE_DEFAULT_PARTITION__"
void model_partition_folder(struct buffer *out, const char *name, struct str value);
/* Appends the value of the folder "name=…" in a path of such folders, unescaped; false when there
 * is no such folder, or its value is null. */
bool model_partition_value(struct str path, const char *name, struct buffer *out);
/* True for the name of a folder that model_partition_folder would write of a value of the column.
 */
bool model_is_partition_folder(struct str folder, const struct model_column *column);
/* A folder's name on a disk has at most this many bytes. */
#define MODEL_MAX_FOLDER_BYTES 255

/* ---- Values that are made ------------------------------------------------------------------ */

/* Spark's xxhash64(user_id, session_id, ts, itemInSession), in two steps: the first depends on the
 * user alone. */
uint64_t songplay_id_seed(struct str user_id);
int64_t songplay_id(uint64_t seed, int64_t session_id, int64_t ts_ms, int64_t item);

/* Proleptic Gregorian, UTC. */
struct civil_date {
    int32_t year, month, day;
};
struct civil_date civil_from_days(int64_t days_since_1970);
int64_t days_from_civil(int32_t year, int32_t month, int32_t day);

/* 1 = Sunday … 7 = Saturday, as Spark's dayofweek. */
int32_t weekday_of_days(int64_t days_since_1970);
/* ISO 8601 week, as Spark's weekofyear. */
int32_t iso_week_of_days(int64_t days_since_1970);

#define MS_PER_DAY  INT64_C(86400000)
#define MS_PER_HOUR INT64_C(3600000)

#endif
