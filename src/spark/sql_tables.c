/* From records to the tables, in SQL (docs/semantics.md, Tables).
 *
 * Which record wins is a least or greatest struct: Spark compares structs field by field, strings
 * by their bytes, and null is less than every value. Doubles are the exception: to Spark -0.0
 * equals 0.0, so where bits count `minus_zero` stands beside the double.
 *
 * Shuffling whole plays is what would cost most, so only small things are shuffled:
 *   - identical plays share their songplay_id. Ids that occur more than once are found first (8
 * bytes a play); only the plays that have one of them are compared as a whole.
 *   - a user's newest ts is found first; only the plays at that ts are compared as a whole. */
#include "sql_private.h"

#define MINUS_ZERO(number)      "coalesce(" number " = 0 AND CAST(" number " AS STRING) = '-0.0', false)"
#define LENGTH_IS_MINUS_ZERO    MINUS_ZERO("length")
#define DURATION_IS_MINUS_ZERO  MINUS_ZERO("duration")
#define LATITUDE_IS_MINUS_ZERO  MINUS_ZERO("artist_latitude")
#define LONGITUDE_IS_MINUS_ZERO MINUS_ZERO("artist_longitude")

static const char play_columns[] =
    "userId, sessionId, itemInSession, ts, level, location, userAgent,\n"
    "  artist, song, length, minus_zero, songplay_id";

static const char plays[] =
    "-- The plays with their ids.\n"
    "CREATE OR REPLACE TEMPORARY VIEW sparkify_plays AS\n"
    "SELECT *, xxhash64(userId, sessionId, ts, itemInSession) AS songplay_id,\n"
    "  " LENGTH_IS_MINUS_ZERO " AS minus_zero -- Spark takes -0.0 for 0.0\n"
    "FROM sparkify_logs_kept";

static const char repeated[] =
    "-- The ids that more than one play has: identical plays are among these.\n"
    "CACHE TABLE sparkify_repeated_ids AS\n"
    "SELECT songplay_id FROM sparkify_plays GROUP BY songplay_id HAVING count(*) > 1";

static const char repeated_plays[] =
    "-- The plays with such an id, identical ones once. `times` is how often the input has it.\n"
    "CACHE LAZY TABLE sparkify_repeated_plays AS\n"
    "SELECT %s, count(*) AS times\n"
    "FROM sparkify_plays LEFT SEMI JOIN sparkify_repeated_ids USING (songplay_id)\n"
    "GROUP BY %s";

static const char once[] =
    "-- Every play once.\n"
    "CREATE OR REPLACE TEMPORARY VIEW sparkify_plays_once AS\n"
    "SELECT %s\n"
    "FROM sparkify_plays LEFT ANTI JOIN sparkify_repeated_ids USING (songplay_id)\n"
    "UNION ALL\n"
    "SELECT %s FROM sparkify_repeated_plays";

static const char newest[] = "-- When each user played last.\n"
                             "CACHE TABLE sparkify_newest_plays AS\n"
                             "SELECT userId, max(ts) AS ts FROM sparkify_logs_kept GROUP BY userId";

static const char song_index[] =
    "-- What a play is looked up in: of several records the least (song_id, artist_id) counts.\n"
    "CREATE OR REPLACE TEMPORARY VIEW sparkify_song_index AS\n"
    "SELECT title, artist_name, duration, minus_zero,\n"
    "  least_ids.song_id AS song_id, least_ids.artist_id AS artist_id\n"
    "FROM (\n"
    "  SELECT title, artist_name, duration, minus_zero,\n"
    "    min(struct(song_id, artist_id)) AS least_ids\n"
    "  FROM (SELECT *, " DURATION_IS_MINUS_ZERO " AS minus_zero FROM sparkify_songs_kept)\n"
    "  WHERE title IS NOT NULL AND artist_name IS NOT NULL AND duration IS NOT "
    "NULL\n"
    "  GROUP BY title, artist_name, duration, minus_zero\n"
    ")";

void sql_add_plays(struct spark_statements *prepare)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    buffer_append(&text, plays, sizeof plays - 1);
    statement_add(prepare, "sparkify_plays", "the plays", &text);
    buffer_append(&text, repeated, sizeof repeated - 1);
    statement_add(prepare, "sparkify_repeated_ids", "plays that are there again", &text);
    buffer_appendf(&text, repeated_plays, play_columns, play_columns);
    statement_add(prepare, "sparkify_repeated_plays", "those plays once", &text);
    buffer_appendf(&text, once, play_columns, play_columns);
    statement_add(prepare, "sparkify_plays_once", "every play once", &text);
    buffer_append(&text, newest, sizeof newest - 1);
    statement_add(prepare, "sparkify_newest_plays", "when each user played last", &text);
    buffer_append(&text, song_index, sizeof song_index - 1);
    statement_add(prepare, "sparkify_song_index", "what plays are matched with", &text);
}

/* ---- The tables --------------------------------------------------------------------------------
 */

/* A table: the value of each column, and where its rows come from. */
struct table_sql {
    const char *comment;
    const char *const *values; /* by column; NULL: the column of that name */
    const char *from;
    const char *order; /* "" or what follows FROM */
};

static const char *const songs_values[] = {
    [SONGS_TITLE] = "least.title",
    [SONGS_ARTIST_ID] = "least.artist_id",
    [SONGS_YEAR] = "least.year",
    [SONGS_DURATION] = "least.duration",
};

static const char songs_from[] =
    "FROM (\n"
    "  SELECT song_id,\n"
    "    min(struct(title, artist_id, coalesce(year, 0) AS year, duration,\n"
    "               NOT " DURATION_IS_MINUS_ZERO ")) AS least\n"
    "  FROM sparkify_songs_kept GROUP BY song_id\n"
    ")";

static const char *const artists_values[] = {
    [ARTISTS_NAME] = "least.artist_name",
    [ARTISTS_LOCATION] = "least.artist_location",
    [ARTISTS_LATITUDE] = "least.artist_latitude",
    [ARTISTS_LONGITUDE] = "least.artist_longitude",
};

static const char artists_from[] =
    "FROM (\n"
    "  SELECT artist_id,\n"
    "    min(struct(-coalesce(CAST(year AS BIGINT), 0) AS year_descending, song_id, artist_name,\n"
    "               artist_location,\n"
    "               artist_latitude, NOT " LATITUDE_IS_MINUS_ZERO " AS latitude_sign,\n"
    "               artist_longitude, NOT " LONGITUDE_IS_MINUS_ZERO "\n"
    "                 AS longitude_sign)) AS least\n"
    "  FROM sparkify_songs_kept GROUP BY artist_id\n"
    ")";

static const char *const users_values[] = {
    [USERS_USER_ID] = "userId",
    [USERS_FIRST_NAME] = "newest.firstName",
    [USERS_LAST_NAME] = "newest.lastName",
    [USERS_GENDER] = "newest.gender",
    [USERS_LEVEL] = "newest.level",
};

static const char users_from[] =
    "FROM (\n"
    "  SELECT userId,\n"
    "    max(struct(sessionId, itemInSession, level, firstName, lastName, gender)) AS newest\n"
    "  FROM sparkify_logs_kept LEFT SEMI JOIN sparkify_newest_plays USING (userId, ts)\n"
    "  GROUP BY userId\n"
    ")";

static const char *const time_values[] = {
    [TIME_HOUR] = "hour(start_time)",       [TIME_DAY] = "day(start_time)",
    [TIME_WEEK] = "weekofyear(start_time)", [TIME_MONTH] = "month(start_time)",
    [TIME_YEAR] = "year(start_time)",       [TIME_WEEKDAY] = "dayofweek(start_time)",
};

static const char time_from[] =
    "FROM (\n"
    "  SELECT timestamp_millis(ts) AS start_time\n"
    "  FROM (SELECT /*+ REPARTITION_BY_RANGE(ts) */ ts FROM sparkify_logs_kept)\n"
    "  GROUP BY ts\n"
    ")";

static const char *const songplays_values[] = {
    [SONGPLAYS_START_TIME] = "timestamp_millis(ts)",
    [SONGPLAYS_USER_ID] = "userId",
    [SONGPLAYS_SONG_ID] = "match.song_id",
    [SONGPLAYS_ARTIST_ID] = "match.artist_id",
    [SONGPLAYS_SESSION_ID] = "sessionId",
    [SONGPLAYS_USER_AGENT] = "userAgent",
    [SONGPLAYS_LENGTH] = "IF(play.minus_zero, CAST('-0.0' AS DOUBLE), length)",
    [SONGPLAYS_YEAR] = "year(timestamp_millis(ts))",
    [SONGPLAYS_MONTH] = "month(timestamp_millis(ts))",
};

/* GROUP BY has made 0.0 of -0.0. */
static const char songplays_from[] =
    "FROM sparkify_plays_once AS play LEFT JOIN sparkify_song_index AS match\n"
    "  ON play.song = match.title AND play.artist = match.artist_name\n"
    "    AND play.length = match.duration AND play.minus_zero = match.minus_zero";

static const struct table_sql sources[TABLE_COUNT] = {
    [TABLE_SONGS] = {"One row for each song_id: the least record.", songs_values, songs_from, ""},
    [TABLE_ARTISTS] = {"One row for each artist_id: the newest record, then the least.",
                       artists_values, artists_from, ""},
    [TABLE_USERS] = {"One row for each user: as the newest play has them.", users_values,
                     users_from, ""},
    [TABLE_TIME] = {"One row for each start time, ascending.", time_values, time_from,
                    "\nSORT BY year, month, start_time"},
    [TABLE_SONGPLAYS] = {"One row for each play, with the song that it matches.", songplays_values,
                         songplays_from, ""},
};
static const size_t value_counts[TABLE_COUNT] = {
    [TABLE_SONGS] = ARRAY_LENGTH(songs_values),
    [TABLE_ARTISTS] = ARRAY_LENGTH(artists_values),
    [TABLE_USERS] = ARRAY_LENGTH(users_values),
    [TABLE_TIME] = ARRAY_LENGTH(time_values),
    [TABLE_SONGPLAYS] = ARRAY_LENGTH(songplays_values),
};

static void append_columns(struct buffer *out, enum table_id id)
{
    const struct model_table *table = &model_tables[id];
    for (size_t i = 0; i < table->column_count; i++) {
        const char *name = table->columns[i].name;
        const char *value = i < value_counts[id] ? sources[id].values[i] : NULL;
        buffer_appendf(out, "%s\n  ", i ? "," : "");
        if (value)
            buffer_appendf(out, "%s AS ", value);
        buffer_append(out, name, strlen(name));
    }
}

static void append_rebalance(struct buffer *out, const struct model_table *table)
{
    buffer_appendf(out, " /*+ REBALANCE(");
    for (size_t i = 0; i < table->partition_count; i++)
        buffer_appendf(out, "%s%s", i ? ", " : "", table->columns[table->partitions[i]].name);
    buffer_appendf(out, ") */");
}

static char *table_select(enum table_id id, const struct spark_sql_options *options)
{
    const struct table_sql *source = &sources[id];
    bool rebalance = options->rebalance && (id == TABLE_SONGS || id == TABLE_SONGPLAYS);
    CLEANUP(buffer_release) struct buffer text = {0};
    buffer_appendf(&text, "-- %s: %s\n", model_tables[id].name, source->comment);
    if (rebalance) {
        buffer_appendf(&text, "SELECT");
        append_rebalance(&text, &model_tables[id]);
        buffer_appendf(&text, " * FROM (\n");
    }
    buffer_appendf(&text, "SELECT");
    append_columns(&text, id);
    buffer_appendf(&text, "\n%s%s%s", source->from, source->order, rebalance ? "\n)" : "");
    return statement_text(&text);
}

void sql_tables(struct spark_statement *tables, const struct spark_sql_options *options)
{
    for (int id = 0; id < TABLE_COUNT; id++)
        tables[id] = (struct spark_statement){model_tables[id].name, sources[id].comment,
                                              table_select((enum table_id)id, options)};
}

/* ---- Counts ------------------------------------------------------------------------------------
 */

static void append_source_counts(struct buffer *out, const struct model_source *source)
{
    CLEANUP(buffer_release) struct buffer kept = {0};
    if (source->kept_field < 0)
        buffer_appendf(&kept, "'kept'");
    else
        buffer_appendf(&kept, "IF(%.*s = '%.*s', 'kept', 'left_out')",
                       STR_ARG(source->fields[source->kept_field].name),
                       STR_ARG(source->kept_value));
    buffer_appendf(out,
                   "SELECT '%s' AS source, name, count(*) AS records\n"
                   "FROM (\n"
                   "  SELECT %s AS name FROM sparkify_%s_parsed WHERE NOT doubtful\n"
                   "  UNION ALL\n"
                   "  SELECT coalesce(substring_index(fault, ' ', 1), %s)\n"
                   "  FROM sparkify_%s_checked\n"
                   ")\n"
                   "GROUP BY name\n"
                   "UNION ALL\n",
                   source->name, buffer_text(&kept), source->name, buffer_text(&kept),
                   source->name);
}

static const char play_counts[] =
    "SELECT 'plays', name, records\n"
    "FROM (\n"
    "  SELECT coalesce(sum(again), 0) AS identical, count_if(variants > 1) AS shared_keys\n"
    "  FROM (\n"
    "    SELECT sum(times - 1) AS again, count(*) AS variants\n"
    "    FROM sparkify_repeated_plays GROUP BY userId, sessionId, ts, itemInSession\n"
    "  )\n"
    ")\n"
    "LATERAL VIEW stack(2, 'identical', identical, 'shared_keys', shared_keys) AS name, records";

struct spark_statement sql_counts(void)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    buffer_appendf(&text,
                   "-- How many records were kept, left out by rule, or rejected with which\n"
                   "-- code; how many plays are there again, and how many keys are shared.\n");
    for (int source = 0; source < SOURCE_COUNT; source++)
        append_source_counts(&text, &model_sources[source]);
    buffer_append(&text, play_counts, sizeof play_counts - 1);
    return (struct spark_statement){"sparkify_counts", "the counts", statement_text(&text)};
}
