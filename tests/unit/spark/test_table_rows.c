/* Rows that Spark sends, on their way into files: partitions, and what must not be in them. */
#include "builtin.h"
#include "scratch.h"

#include "table_rows.h"

#include <math.h>
#include <model_parse.h>

#define MOST_ROWS 8

/* A batch of users or songs; strings are one behind the other. */
struct made {
    struct arrow_batch batch;
    struct arrow_column columns[MODEL_MAX_COLUMNS];
    uint8_t validity[MODEL_MAX_COLUMNS];
    int32_t offsets[MODEL_MAX_COLUMNS][MOST_ROWS + 1], numbers[MODEL_MAX_COLUMNS][MOST_ROWS];
    double doubles[MODEL_MAX_COLUMNS][MOST_ROWS];
    struct buffer text[MODEL_MAX_COLUMNS];
};

static void made_release(struct made *made)
{
    for (size_t i = 0; i < MODEL_MAX_COLUMNS; i++)
        buffer_release(&made->text[i]);
}

static void begin(struct made *made, int table, size_t rows)
{
    static const enum arrow_type types[] = {[MODEL_STRING] = ARROW_UTF8,
                                            [MODEL_INT32] = ARROW_INT32,
                                            [MODEL_INT64] = ARROW_INT64,
                                            [MODEL_DOUBLE] = ARROW_DOUBLE,
                                            [MODEL_TIMESTAMP] = ARROW_TIMESTAMP};
    const struct model_table *model = &model_builtin()->tables[table];
    made->batch = (struct arrow_batch){rows, model->column_count, made->columns};
    for (size_t i = 0; i < model->column_count; i++) {
        enum model_type type = model->columns[i].type;
        made->validity[i] = 0xFF;
        made->columns[i] = (struct arrow_column){
            .name = str_of(model->columns[i].name),
            .type = types[type],
            .rows = rows,
            .validity = &made->validity[i],
            .values = type == MODEL_STRING   ? (const void *)made->offsets[i]
                      : type == MODEL_DOUBLE ? (const void *)made->doubles[i]
                                             : (const void *)made->numbers[i]};
    }
}

/* Rows are set one after the other. */
static void set_text(struct made *made, int column, size_t row, const char *text)
{
    buffer_append_str(&made->text[column], str_of(text));
    made->offsets[column][row + 1] = (int32_t)made->text[column].len;
    made->columns[column].text = made->text[column].data;
}

static void fill_songs(struct made *made)
{
    static const struct {
        const char *artist;
        int year;
    } rows[] = {{"A", 0}, {"A", 0}, {"B/", 0}, {"A", 1999}};
    begin(made, table_of("songs"), COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        char id[8];
        snprintf(id, sizeof id, "S%zu", i);
        set_text(made, column_of("songs", "song_id"), i, id);
        set_text(made, column_of("songs", "title"), i, "T");
        set_text(made, column_of("songs", "artist_id"), i, rows[i].artist);
        made->numbers[column_of("songs", "year")][i] = rows[i].year;
        made->doubles[column_of("songs", "duration")][i] = 1.5;
    }
}

struct sink {
    struct scratch scratch;
    struct lake *lake;
    struct output output;
};

static void sink_open_model(struct sink *sink, const struct model *model)
{
    const struct lake_options options = {.model = model, .version = "0", .operation = "test"};
    struct error error;
    *sink = (struct sink){0};
    scratch_open(&sink->scratch);
    ASSERT_OK(lake_open(sink->scratch.store, &options, &sink->lake, &error), error);
    output_init(&sink->output, sink->lake, "0", PARQUET_NONE, (int)model_builtin()->all_count + 1);
}

static void sink_open(struct sink *sink)
{
    sink_open_model(sink, model_builtin());
}

static void sink_release(struct sink *sink)
{
    output_release(&sink->output);
    lake_free(sink->lake);
    scratch_release(&sink->scratch);
}

/* A partition that goes on in the next batch stays one file. */
static void test_a_file_for_each_partition(void **state)
{
    CLEANUP(sink_release) struct sink sink;
    CLEANUP(made_release) struct made first = {0}, second = {0};
    CLEANUP(table_rows_release) struct table_rows rows;
    CLEANUP(buffer_release) struct buffer keys = {0};
    struct error error;
    (void)state;
    sink_open(&sink);
    fill_songs(&first);
    begin(&second, table_of("songs"), 1);
    set_text(&second, column_of("songs", "song_id"), 0, "S9");
    set_text(&second, column_of("songs", "title"), 0, "");
    set_text(&second, column_of("songs", "artist_id"), 0, "A");
    second.numbers[column_of("songs", "year")][0] = 1999;
    table_rows_begin(&rows, model_builtin(), &sink.output, 0, table_of("songs"));
    ASSERT_OK(table_rows_add(&rows, &first.batch, &error), error);
    ASSERT_OK(table_rows_add(&rows, &second.batch, &error), error);
    ASSERT_OK(table_rows_finish(&rows, &error), error);
    struct lake_counts counts = lake_table_counts(sink.lake, table_of("songs"));
    assert_int_equal(rows.rows, 5);
    assert_int_equal(counts.rows, 5);
    assert_int_equal(counts.files, 3);
    counts =
        lake_table_counts(sink.lake, table_of("state/songs")); /* which lists them in one file */
    assert_int_equal(counts.rows, 5);
    assert_int_equal(counts.files, 1);
    ASSERT_OK(store_flush(sink.scratch.store, &error), error); /* then small files appear */
    scratch_keys(&sink.scratch, &keys);
    assert_non_null(strstr(buffer_text(&keys), "songs/year=0/artist_id=B%2F/part-00000-"));
}

static void test_a_table_without_rows(void **state)
{
    const int tables[] = {table_of("users"), table_of("songs")};
    (void)state;
    for (size_t i = 0; i < COUNT(tables); i++) {
        CLEANUP(sink_release) struct sink sink;
        CLEANUP(table_rows_release) struct table_rows rows;
        struct error error;
        sink_open(&sink);
        table_rows_begin(&rows, model_builtin(), &sink.output, 0, tables[i]);
        ASSERT_OK(table_rows_finish(&rows, &error), error);
        assert_int_equal(lake_table_counts(sink.lake, tables[i]).files,
                         tables[i] == table_of("users"));
    }
}

static void test_what_must_not_come(void **state)
{
    CLEANUP(sink_release) struct sink sink;
    CLEANUP(made_release) struct made made = {0};
    CLEANUP(table_rows_release) struct table_rows rows;
    struct error error;
    (void)state;
    sink_open(&sink);
    fill_songs(&made);
    table_rows_begin(&rows, model_builtin(), &sink.output, 0, table_of("songs"));
    made.validity[column_of("songs", "song_id")] = 0xFD;
    assert_int_equal(table_rows_add(&rows, &made.batch, &error), STATUS_CORRUPT);
    assert_non_null(strstr(error.message, "a null in songs.song_id"));
    made.validity[column_of("songs", "song_id")] = 0xFF;
    made.validity[column_of("songs", "title")] = 0; /* may be null */
    ASSERT_OK(table_rows_add(&rows, &made.batch, &error), error);
    made.columns[column_of("songs", "title")].name = STR("name");
    assert_int_equal(table_rows_add(&rows, &made.batch, &error), STATUS_CORRUPT);
    made.columns[column_of("songs", "title")].name = STR("title");
    made.columns[column_of("songs", "year")].type = ARROW_INT64;
    assert_int_equal(table_rows_add(&rows, &made.batch, &error), STATUS_CORRUPT);
    assert_non_null(strstr(error.message, "other columns than songs has"));
}

/* A winner over the facts with a column of each type; its rows have a folder for each shelf. */
static const char all_types[] =
    "model: types\n"
    "sources: {s: {folder: s, fields: {at: {type: timestamp_us, required: true},\n"
    "  id: {type: int64, required: true}, b: bool, d: date, p: \"decimal(9,2)\", j: json, f: "
    "double,\n"
    "  t: timestamp_s, n: int32}}}\n"
    "dimensions: {w: {from: s, key: id, columns: {id: id, b: b, d: d, p: p, j: j, f: f, t: t, n: "
    "n},\n"
    "  partition: [n]}}\n"
    "facts: {f: {from: s, time: at, id: {id: [id]}, columns: {at: at}}}\n";

struct all_types_batch {
    struct arrow_batch batch;
    struct arrow_column columns[8];
    int64_t id, time;
    __int128 decimal;
    int32_t date, number, offsets[2];
    double real;
    uint8_t bits, is_valid;
};

static void fill_all_types(struct all_types_batch *made, bool is_valid)
{
    *made = (struct all_types_batch){.id = 7,
                                     .time = 1700000000000000,
                                     .decimal = -1234,
                                     .date = -1,
                                     .number = 5,
                                     .offsets = {0, 2},
                                     .real = -0.0,
                                     .bits = 1,
                                     .is_valid = is_valid};
    const struct arrow_column columns[] = {
        {STR("id"), ARROW_INT64, 1, NULL, (const void *)&made->id, NULL, 0},
        {STR("b"), ARROW_BOOLEAN, 1, &made->is_valid, &made->bits, NULL, 0},
        {STR("d"), ARROW_DATE, 1, &made->is_valid, (const void *)&made->date, NULL, 0},
        {STR("p"), ARROW_DECIMAL, 1, &made->is_valid, (const void *)&made->decimal, NULL, 2},
        {STR("j"), ARROW_UTF8, 1, &made->is_valid, (const void *)made->offsets, "[]", 0},
        {STR("f"), ARROW_DOUBLE, 1, &made->is_valid, (const void *)&made->real, NULL, 0},
        {STR("t"), ARROW_TIMESTAMP, 1, &made->is_valid, (const void *)&made->time, NULL, 0},
        {STR("n"), ARROW_INT32, 1, &made->is_valid, (const void *)&made->number, NULL, 0},
    };
    memcpy(made->columns, columns, sizeof columns);
    made->batch = (struct arrow_batch){1, COUNT(columns), made->columns};
}

static void check_all_types(const struct columns *columns, bool is_valid)
{
    static const int dates[] = {0, -1};
    for (int i = 1; i < 7; i++)
        assert_int_equal(columns->columns[i].nulls, !is_valid);
    assert_int_equal(*(int64_t *)columns->columns[0].values, 7);
    assert_int_equal(*(uint8_t *)columns->columns[1].values, is_valid);
    assert_int_equal(*(int32_t *)columns->columns[2].values, dates[is_valid]);
    assert_int_equal(*(int64_t *)columns->columns[3].values, is_valid ? -1234 : 0);
    assert_int_equal(columns->columns[4].strings.len, is_valid ? 2 : 0);
    assert_int_equal(signbit(*(double *)columns->columns[5].values) != 0, is_valid);
    assert_int_equal(*(int64_t *)columns->columns[6].values, is_valid ? 1700000000000000 : 0);
}

static void test_values_of_all_types(void **state)
{
    struct model *model;
    struct error error;
    (void)state;
    ASSERT_OK(model_parse(STR(all_types), "model.yaml", &model, &error), error);
    for (int is_valid = 0; is_valid < 2; is_valid++) {
        CLEANUP(sink_release) struct sink sink;
        CLEANUP(table_rows_release) struct table_rows rows;
        CLEANUP(buffer_release) struct buffer keys = {0};
        struct all_types_batch made;
        sink_open_model(&sink, model);
        fill_all_types(&made, is_valid);
        table_rows_begin(&rows, model, &sink.output, 0, model_find_table(model, "w"));
        ASSERT_OK(table_rows_add(&rows, &made.batch, &error), error);
        check_all_types(rows.file.columns, is_valid);
        ASSERT_OK(table_rows_finish(&rows, &error), error);
        ASSERT_OK(store_flush(sink.scratch.store, &error), error);
        scratch_keys(&sink.scratch, &keys);
        assert_non_null(
            strstr(buffer_text(&keys), is_valid ? "w/n=5/part-" : "w/n=__HIVE_DEFAULT_"));
        made.columns[3].scale = 3;
        assert_int_equal(table_rows_add(&rows, &made.batch, &error), STATUS_CORRUPT);
    }
    model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_for_each_partition),
        cmocka_unit_test(test_a_table_without_rows),
        cmocka_unit_test(test_what_must_not_come),
        cmocka_unit_test(test_values_of_all_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
