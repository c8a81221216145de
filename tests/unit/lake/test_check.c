/* What tables must say of one another: a lake whose files are whole and whose rows are wrong. */
#include "builtin.h"
#include "scratch.h"

#include <lake.h>

#define HOUR_US   INT64_C(3600000000)
#define NOVEMBER  INT64_C(1541030400000000) /* 2018-11-01 */
#define MAX_ROWS  4
#define NO_STRING ((const char *)NULL)

/* The rows of a lake; strings that are NULL are null. */
struct rows {
    const char *songs[MAX_ROWS], *artists[MAX_ROWS], *users[MAX_ROWS];
    int64_t times[MAX_ROWS];
    struct {
        int64_t id, time;
        const char *user, *song, *artist;
    } plays[MAX_ROWS];
    const char *month; /* the folder of the times; NULL: the right one */
};

static const struct rows right = {
    .songs = {"S1", "S2"},
    .artists = {"A1"},
    .users = {"U1", "U2"},
    .times = {NOVEMBER, NOVEMBER + HOUR_US},
    .plays = {{1, NOVEMBER, "U1", "S1", "A1"}, {2, NOVEMBER + HOUR_US, "U2", NULL, NULL}},
};

/* A column whose values are the same string, or NULL, in each row, or one for each row. */
struct text_column {
    uint32_t offsets[MAX_ROWS + 1];
    char data[64];
    uint8_t validity;
};

static struct parquet_column text_of(struct text_column *text, const char *const *values,
                                     size_t rows)
{
    *text = (struct text_column){0};
    for (size_t i = 0; i < rows; i++) {
        size_t len = values[i] ? strlen(values[i]) : 0;
        memcpy(text->data + text->offsets[i], values[i] ? values[i] : "", len);
        text->offsets[i + 1] = text->offsets[i] + (uint32_t)len;
        text->validity |= (uint8_t)((values[i] != NULL) << i);
    }
    struct parquet_column column = {.validity = &text->validity};
    column.strings.offsets = text->offsets;
    column.strings.data = text->data;
    column.strings.count = rows;
    return column;
}

static void put(struct lake *lake, int table, const char *folder,
                const struct parquet_column *columns, size_t rows)
{
    CLEANUP(buffer_release) struct buffer bytes = {0};
    struct parquet_options options = parquet_options_default();
    struct parquet_schema *schema = model_parquet_schema(&model_builtin()->tables[table], &options);
    struct parquet_encoder *encoder = parquet_encoder_new();
    struct parquet_statistics statistics[MODEL_MAX_COLUMNS];
    struct error error;
    parquet_write_small(encoder, schema, columns, rows, &bytes);
    for (size_t i = 0; i < parquet_schema_columns(schema); i++)
        parquet_small_statistics(encoder, i, &statistics[i]);
    struct lake_file file = {table, str_of(folder), rows, statistics};
    ASSERT_OK(lake_put(lake, &file, buffer_str(&bytes), &error), error);
    parquet_encoder_free(encoder);
    parquet_schema_free(schema);
}

static size_t count(const char *const *values)
{
    size_t rows = 0;
    while (rows < MAX_ROWS && values[rows])
        rows++;
    return rows;
}

static void put_names(struct lake *lake, int table, const char *folder, const char *const *ids)
{
    static const char *const nothing[MAX_ROWS];
    static const double zeros[MAX_ROWS];
    struct text_column id, none;
    size_t rows = count(ids);
    struct parquet_column empty = text_of(&none, nothing, rows);
    struct parquet_column numbers = {.doubles = zeros};
    struct parquet_column columns[] = {text_of(&id, ids, rows), empty, empty, empty, empty};
    if (table == table_of("songs"))
        columns[2] = numbers;
    if (table == table_of("artists"))
        columns[3] = columns[4] = numbers;
    put(lake, table, folder, columns, rows);
}

static void put_times(struct lake *lake, const char *folder, const int64_t *times)
{
    static const int32_t zeros[MAX_ROWS];
    struct parquet_column numbers = {.int32s = zeros};
    struct parquet_column columns[] = {{.int64s = times}, numbers, numbers, numbers, numbers};
    size_t rows = 0;
    while (rows < MAX_ROWS && times[rows])
        rows++;
    put(lake, table_of("time"), folder, columns, rows);
}

static void put_plays(struct lake *lake, const struct rows *from)
{
    static const char *const nothing[MAX_ROWS];
    int64_t ids[MAX_ROWS], times[MAX_ROWS];
    const char *users[MAX_ROWS], *songs[MAX_ROWS], *artists[MAX_ROWS];
    struct text_column text[4];
    size_t rows = 0;
    for (; rows < MAX_ROWS && from->plays[rows].user; rows++) {
        ids[rows] = from->plays[rows].id;
        times[rows] = from->plays[rows].time;
        users[rows] = from->plays[rows].user;
        songs[rows] = from->plays[rows].song;
        artists[rows] = from->plays[rows].artist;
    }
    struct parquet_column empty = text_of(&text[3], nothing, rows);
    struct parquet_column columns[] = {
        {.int64s = ids},                             /* songplay_id */
        {.int64s = times},                           /* start_time */
        text_of(&text[0], users, rows),              /* user_id */
        empty,                                       /* level */
        text_of(&text[1], songs, rows),              /* song_id */
        text_of(&text[2], artists, rows),            /* artist_id */
        {.int64s = ids},                             /* session_id */
        empty,                                       /* location */
        empty,                                       /* user_agent */
        empty,                                       /* song */
        empty,                                       /* artist */
        {.validity = empty.validity, .int64s = ids}, /* length */
    };
    put(lake, table_of("songplays"), "year=2018/month=11", columns, rows);
}

static void note_problem(void *ctx, const char *text)
{
    buffer_appendf(ctx, "%s\n", text);
}

/* Makes a lake of these rows, and gives what a check says of it. */
static struct lake_check_report check(const struct rows *rows, struct buffer *said)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    struct lake_options options = {.codec = PARQUET_ZSTD, .version = "0", .operation = "test"};
    struct lake_check_report report;
    struct lake *lake = NULL;
    struct error error;
    scratch_open(&scratch);
    ASSERT_OK(lake_open(scratch.store, &options, &lake, &error), error);
    put_names(lake, table_of("songs"), "year=1/artist_id=A1", rows->songs);
    put_names(lake, table_of("artists"), "", rows->artists);
    put_names(lake, table_of("users"), "", rows->users);
    put_times(lake, rows->month ? rows->month : "year=2018/month=11", rows->times);
    put_plays(lake, rows);
    ASSERT_OK(lake_commit(lake, &error), error);
    lake_free(lake);
    options.is_dry = true;
    ASSERT_OK(lake_open(scratch.store, &options, &lake, &error), error);
    ASSERT_OK(lake_check(lake, 2, note_problem, said, &report, &error), error);
    lake_free(lake);
    return report;
}

static void test_right(void **state)
{
    CLEANUP(buffer_release) struct buffer said = {0};
    (void)state;
    struct lake_check_report report = check(&right, &said);
    assert_string_equal(buffer_text(&said), "");
    assert_int_equal(report.problems, 0);
    assert_int_equal(report.files, 5);
    assert_int_equal(report.rows, 9);
    assert_int_equal(report.shared_ids, 0);
}

static void test_wrong(void **state)
{
    struct {
        struct rows rows;
        const char *table, *what;
    } cases[] = {
        {right, "songs/year=1/", "1 values of song_id are there already"},
        {right, "artists/", "1 values of artist_id are there already"},
        {right, "users/", "1 values of user_id are there already"},
        {right, "time/", "1 values of start_time are there already"},
        {right, "time/", "a start_time is not of its month"},
        {right, "songplays/", "1 values of user_id are not in users"},
        {right, "songplays/", "1 values of song_id are not in songs"},
        {right, "songplays/", "1 values of artist_id are not in artists"},
        {right, "songplays/", "1 values of start_time are not in time"},
        {right, "time/", "that of no month"}, /* and no sum of its days overflows */
        {right, "time/", "that of no month"},
        {right, "time/", "that of no month"},
    };
    (void)state;
    cases[0].rows.songs[2] = "S1";
    cases[1].rows.artists[1] = "A1";
    cases[2].rows.users[2] = "U2";
    cases[3].rows.times[2] = NOVEMBER;
    cases[4].rows.times[2] = NOVEMBER - 1;
    cases[5].rows.plays[1].user = "U3";
    cases[6].rows.plays[1].song = "S3";
    cases[7].rows.plays[1].artist = "A3";
    cases[8].rows.plays[1].time = NOVEMBER + 1;
    cases[9].rows.month = "year=2147483647/month=11";
    cases[10].rows.month = "year=2018/month=13";
    cases[11].rows.month = "year=-2147483648/month=1";
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer said = {0};
        struct lake_check_report report = check(&cases[i].rows, &said);
        assert_int_equal(report.problems, 1);
        assert_true(str_starts_with(buffer_str(&said), str_of(cases[i].table)));
        assert_non_null(strstr(buffer_text(&said), cases[i].what));
    }
}

/* As Spark writes its files: each column may have nulls, and one has. */
static void test_a_null_where_none_may_be(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer said = {0}, bytes = {0};
    struct lake_options options = {.codec = PARQUET_ZSTD, .version = "0", .operation = "test"};
    struct parquet_field fields[] = {{"user_id", PARQUET_STRING, true},
                                     {"first_name", PARQUET_STRING, true},
                                     {"last_name", PARQUET_STRING, true},
                                     {"gender", PARQUET_STRING, true},
                                     {"level", PARQUET_STRING, true}};
    static const char *const users[] = {"U1", NULL}, *const nothing[2];
    struct parquet_options parquet = parquet_options_default();
    struct parquet_schema *schema = parquet_schema_new(fields, COUNT(fields), &parquet);
    struct parquet_encoder *encoder = parquet_encoder_new();
    struct text_column text[2];
    struct parquet_column none = text_of(&text[1], nothing, 2),
                          columns[] = {text_of(&text[0], users, 2), none, none, none, none};
    struct lake_check_report report;
    struct lake *lake = NULL;
    struct error error;
    (void)state;
    parquet_write_small(encoder, schema, columns, 2, &bytes);
    parquet_encoder_free(encoder);
    parquet_schema_free(schema);
    scratch_open(&scratch);
    ASSERT_OK(lake_open(scratch.store, &options, &lake, &error), error);
    struct lake_file file = {table_of("users"), STR(""), 2, NULL};
    ASSERT_OK(lake_put(lake, &file, buffer_str(&bytes), &error), error);
    ASSERT_OK(lake_commit(lake, &error), error);
    lake_free(lake);
    options.is_dry = true;
    ASSERT_OK(lake_open(scratch.store, &options, &lake, &error), error);
    ASSERT_OK(lake_check(lake, 1, note_problem, &said, &report, &error), error);
    lake_free(lake);
    assert_int_equal(report.problems, 1);
    assert_non_null(strstr(buffer_text(&said), "column user_id: it has nulls, which the table"));
}

static void test_shared_ids_are_counted(void **state)
{
    CLEANUP(buffer_release) struct buffer said = {0};
    struct rows rows = right;
    (void)state;
    rows.plays[1].id = 1;
    struct lake_check_report report = check(&rows, &said);
    assert_int_equal(report.problems, 0);
    assert_int_equal(report.shared_ids, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_a_null_where_none_may_be),
        cmocka_unit_test(test_shared_ids_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
