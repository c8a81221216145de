/* One batch with every type, nulls and awkward values, in all formats of text; and back from the
 * frames that a worker sends. (Parquet and Arrow are read by others, in the system tests.) */
#include "unit.h"

#include "frames.h"
#include "writer.h"

#include <math.h>

#define ROWS 3

static const struct query_column columns[] = {
    {STR("b"), QUERY_BOOL},       {STR("songplay_id"), QUERY_INT64, true},
    {STR("n"), QUERY_INT64},      {STR("d"), QUERY_DOUBLE},
    {STR("h"), QUERY_NUMBER},     {STR("day"), QUERY_DATE},
    {STR("at"), QUERY_TIMESTAMP}, {STR("a|b"), QUERY_TEXT},
    {STR("j"), QUERY_JSON},
};
#define COLUMNS (sizeof columns / sizeof columns[0])

static const int64_t bools[] = {1, 0, 0}, ids[] = {7, INT64_MIN, 0},
                     numbers[] = {-1, 9007199254740993, 0}, days[] = {17836, -1, 0},
                     times[] = {1541105306796000, -1, 0};
static const double doubles[] = {0.1, 1e300, 0};
static const uint32_t digit_ends[] = {0, 4, 24, 24}, text_ends[] = {0, 8, 8, 8},
                      json_ends[] = {0, 5, 7, 7};
static const char digits[] = "1.50"
                             "12345678901234567890",
                  texts[] = "a,\"|\x01\n\\x", jsons[] = "[1,2]{}";
static const uint8_t first_two[] = {3};

static const struct query_vector vectors[COLUMNS] = {
    {first_two, {bools}},
    {first_two, {ids}},
    {first_two, {numbers}},
    {first_two, {.doubles = doubles}},
    {first_two, {.offsets = digit_ends}, digits},
    {first_two, {days}},
    {first_two, {times}},
    {first_two, {.offsets = text_ends}, texts},
    {first_two, {.offsets = json_ends}, jsons},
};
static const struct query_batch batch = {ROWS, vectors};

static void write_batch(enum query_format format, const struct query_layout *layout,
                        const struct query_batch *rows, struct buffer *out)
{
    struct query_writer *writer = query_writer_new(format, columns, COLUMNS, layout);
    query_writer_begin(writer, out);
    if (rows)
        query_writer_add(writer, rows, out);
    query_writer_end(writer, out);
    assert_int_equal(query_writer_rows(writer), rows ? rows->rows : 0);
    query_writer_free(writer);
}

#define JSON_ROWS                                                                                  \
    "{\"b\":true,\"songplay_id\":\"7\",\"n\":-1,\"d\":0.1,\"h\":1.50,\"day\":\"2018-11-01\","      \
    "\"at\":\"2018-11-01T20:48:26.796Z\",\"a|b\":\"a,\\\"|\\u0001\\n\\\\x\",\"j\":[1,2]}"
#define JSON_ROW_2                                                                                 \
    "{\"b\":false,\"songplay_id\":\"-9223372036854775808\",\"n\":\"9007199254740993\","            \
    "\"d\":1e+300,\"h\":\"12345678901234567890\",\"day\":\"1969-12-31\","                          \
    "\"at\":\"1969-12-31T23:59:59.999999Z\",\"a|b\":\"\",\"j\":{}}"
#define JSON_ROW_3                                                                                 \
    "{\"b\":null,\"songplay_id\":null,\"n\":null,\"d\":null,\"h\":null,\"day\":null,\"at\":null,"  \
    "\"a|b\":null,\"j\":null}"

static void test_formats(void **state)
{
    static const struct {
        enum query_format format;
        const char *none, *expected;
    } cases[] = {
        {QUERY_FORMAT_CSV, "b,songplay_id,n,d,h,day,at,a|b,j\n",
         "b,songplay_id,n,d,h,day,at,a|b,j\n"
         "true,7,-1,0.1,1.50,2018-11-01,2018-11-01 20:48:26.796,\"a,\"\"|\x01\n\\x\",\"[1,2]\"\n"
         "false,-9223372036854775808,9007199254740993,1e+300,12345678901234567890,1969-12-31,"
         "1969-12-31 23:59:59.999999,\"\",{}\n"
         ",,,,,,,,\n"},
        {QUERY_FORMAT_JSON, "[]\n", "[\n" JSON_ROWS ",\n" JSON_ROW_2 ",\n" JSON_ROW_3 "\n]\n"},
        {QUERY_FORMAT_JSONL, "", JSON_ROWS "\n" JSON_ROW_2 "\n" JSON_ROW_3 "\n"},
        {QUERY_FORMAT_MARKDOWN,
         "| b | songplay_id | n | d | h | day | at | a\\|b | j |\n"
         "| --- | ---: | ---: | ---: | ---: | --- | --- | --- | --- |\n",
         "| b | songplay_id | n | d | h | day | at | a\\|b | j |\n"
         "| --- | ---: | ---: | ---: | ---: | --- | --- | --- | --- |\n"
         "| true | 7 | -1 | 0.1 | 1.50 | 2018-11-01 | 2018-11-01 20:48:26.796 | a,\"\\|\x01 \\\\x "
         "| [1,2] |\n"
         "| false | -9223372036854775808 | 9007199254740993 | 1e+300 | 12345678901234567890 | "
         "1969-12-31 | 1969-12-31 23:59:59.999999 |  | {} |\n"
         "|  |  |  |  |  |  |  |  |  |\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer none = {0}, out = {0};
        write_batch(cases[i].format, &(struct query_layout){0}, NULL, &none);
        assert_string_equal(buffer_text(&none), cases[i].none);
        write_batch(cases[i].format, &(struct query_layout){0}, &batch, &out);
        assert_string_equal(buffer_text(&out), cases[i].expected);
    }
}

static void test_numbers_that_are_none(void **state)
{
    static const double odd[] = {NAN, INFINITY, -INFINITY};
    static const struct query_column column = {STR("x"), QUERY_DOUBLE};
    const struct query_vector vector = {NULL, {.doubles = odd}, NULL};
    const struct query_batch odd_batch = {3, &vector};
    static const char *const expected[] = {[QUERY_FORMAT_CSV] = "x\nnan\ninf\n-inf\n",
                                           [QUERY_FORMAT_JSONL] =
                                               "{\"x\":null}\n{\"x\":null}\n{\"x\":null}\n"};
    (void)state;
    for (enum query_format format = 0; format < COUNT(expected); format++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        if (!expected[format])
            continue;
        struct query_writer *writer =
            query_writer_new(format, &column, 1, &(struct query_layout){0});
        query_writer_begin(writer, &out);
        query_writer_add(writer, &odd_batch, &out);
        query_writer_end(writer, &out);
        query_writer_free(writer);
        assert_string_equal(buffer_text(&out), expected[format]);
    }
}

static const struct query_column two[] = {{STR("title"), QUERY_TEXT}, {STR("plays"), QUERY_INT64}};
static const uint32_t title_ends[] = {0, 5, 23, 23};
static const char titles[] = "Seher"
                             "日本日本日本";
static const int64_t plays[] = {37, 5, 1};
static const uint8_t not_last[] = {3};
static const struct query_vector two_vectors[] = {{not_last, {.offsets = title_ends}, titles},
                                                  {NULL, {plays}, NULL}};

static void test_tables(void **state)
{
    static const struct query_batch rows = {3, two_vectors};
    static const struct {
        struct query_layout layout;
        const char *expected;
    } cases[] = {
        {{0, 0},
         "title         plays\n────────────  ─────\nSeher            37\n日本日本日本      5\n"
         "NULL              1\n"},
        {{17, 0},
         "title       plays\n──────────  ─────\nSeher          37\n日本日本…       5\n"
         "NULL            1\n"},
        {{9, 0}, "title\n────────\nSeher\n日本日…\nNULL\nnot shown, for the width: plays\n"},
        {{0, 1}, "title  plays\n─────  ─────\nSeher     37\n… the first 1 of 3 rows\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer out = {0};
        struct query_writer *writer =
            query_writer_new(QUERY_FORMAT_TABLE, two, 2, &cases[i].layout);
        query_writer_begin(writer, &out);
        query_writer_add(writer, &rows, &out);
        query_writer_end(writer, &out);
        query_writer_free(writer);
        if (strcmp(buffer_text(&out), cases[i].expected) != 0)
            fail_msg("case %zu:\n%s", i, buffer_text(&out));
    }
}

/* ---- Frames ---------------------------------------------------------------------------------- */

static void test_frames(void **state)
{
    CLEANUP(buffer_release) struct buffer bytes = {0}, again = {0}, direct = {0};
    struct query_vector decoded[COLUMNS];
    struct query_batch rows;
    (void)state;
    frame_encode_batch(columns, COLUMNS, &batch, &bytes);
    assert_true(frame_decode_batch(columns, COLUMNS, buffer_str(&bytes), decoded, &rows));
    write_batch(QUERY_FORMAT_JSON, &(struct query_layout){0}, &rows, &again);
    write_batch(QUERY_FORMAT_JSON, &(struct query_layout){0}, &batch, &direct);
    assert_string_equal(buffer_text(&again), buffer_text(&direct));
}

/* Cut anywhere, it is malformed, and nothing beyond its end is read (ASan). */
static void test_frames_that_are_cut(void **state)
{
    CLEANUP(buffer_release) struct buffer bytes = {0};
    struct query_vector decoded[COLUMNS];
    struct query_batch rows;
    (void)state;
    frame_encode_batch(columns, COLUMNS, &batch, &bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        char *cut = str_dup((struct str){bytes.data, len});
        assert_false(frame_decode_batch(columns, COLUMNS, (struct str){cut, len}, decoded, &rows));
        mem_free(cut);
    }
}

static void test_errors_in_frames(void **state)
{
    CLEANUP(buffer_release) struct buffer bytes = {0};
    struct error sent, received;
    (void)state;
    error_set(&sent, STATUS_USAGE, "no column %s", "x");
    error_hint(&sent, "look");
    frame_encode_error(&sent, &bytes);
    assert_int_equal(frame_decode_error(buffer_str(&bytes), &received), STATUS_USAGE);
    assert_string_equal(received.message, "no column x");
    assert_string_equal(received.hint, "look");
    for (size_t len = 0; len + 1 < bytes.len; len++)
        assert_int_not_equal(frame_decode_error((struct str){bytes.data, len}, &received),
                             STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_numbers_that_are_none),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_frames_that_are_cut),
        cmocka_unit_test(test_errors_in_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
