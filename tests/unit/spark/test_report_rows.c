/* The counts that Spark sends: each once, none that is not known, none missing. */
#include "report_rows.h"

#include "builtin.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#define MOST_ROWS 8

struct count_case {
    /* "source name records" or "source unknown field records"; "-": a null; '~': a zero byte */
    const char *rows[MOST_ROWS];
    const char *error; /* a part of it; NULL: none */
};

/* Three columns of text and one of numbers. */
struct made {
    struct arrow_batch batch;
    struct arrow_column columns[4];
    int32_t offsets[3][MOST_ROWS + 1];
    int64_t numbers[MOST_ROWS];
    uint8_t is_field, validity;
    struct buffer text[3];
};

static void made_release(struct made *made)
{
    for (int i = 0; i < 3; i++)
        buffer_release(&made->text[i]);
}

static void append_word(struct buffer *out, const char *word)
{
    for (; *word; word++)
        buffer_append_char(out, *word == '~' ? '\0' : *word);
}

static void make(struct made *made, const char *const *rows)
{
    char words[3][32], number[32];
    size_t count = 0;
    for (; count < MOST_ROWS && rows[count]; count++) {
        int found =
            sscanf(rows[count], "%31s %31s %31s %31s", words[0], words[1], words[2], number);
        if (found == 3)
            strcpy(number, words[2]);
        bool is_field = found == 4 && strcmp(words[2], "-") != 0;
        made->is_field |= (uint8_t)(is_field << count);
        for (int i = 0; i < 3; i++) {
            append_word(&made->text[i], i < 2 || is_field ? words[i] : "");
            made->offsets[i][count + 1] = (int32_t)made->text[i].len;
        }
        made->validity |= (uint8_t)((strcmp(number, "-") != 0) << count);
        made->numbers[count] = strcmp(number, "-") ? strtoll(number, NULL, 10) : 0;
    }
    for (int i = 0; i < 3; i++)
        made->columns[i] = (struct arrow_column){.type = ARROW_UTF8,
                                                 .rows = count,
                                                 .values = (const void *)made->offsets[i],
                                                 .text = buffer_text(&made->text[i])};
    made->columns[2].validity = &made->is_field;
    made->columns[3] = (struct arrow_column){.type = ARROW_INT64,
                                             .rows = count,
                                             .validity = &made->validity,
                                             .values = (const void *)made->numbers};
    made->batch = (struct arrow_batch){count, 4, made->columns};
}

static enum status take(const char *const *rows, struct run_report *report, struct error *error)
{
    CLEANUP(made_release) struct made made = {0};
    CLEANUP(count_rows_release) struct count_rows counts = {.report = report};
    make(&made, rows);
    TRY(count_rows_add(&counts, &made.batch, error));
    return count_rows_finish(&counts, error);
}

#define PLAYS "plays identical 2", "plays shared_keys 3"

static void test_counts(void **state)
{
    static const struct count_case cases[] = {
        {{PLAYS, "songs kept 5", "songs not_json 1", "logs left_out 7", "logs kept 9"}, NULL},
        {{PLAYS}, NULL},
        {{NULL}, "has not sent all counts"},
        {{"plays identical 2"}, "has not sent all counts"},
        {{"plays shared_keys 2", "songs kept 1"}, "has not sent all counts"},
        {{PLAYS, "songs kept 1", "songs kept 1"}, "the count 'kept' twice"},
        {{"plays identical 1", "plays identical 0"}, "the count 'identical' twice"},
        {{PLAYS, "songs unknown a 1", "songs unknown b 1"}, NULL},
        {{PLAYS, "songs unknown a~b 1", "songs unknown a~c 1"}, NULL},
        {{PLAYS, "songs unknown a~b 1", "songs unknown a~b 1"}, "the count 'unknown' twice"},
        {{PLAYS, "songs unknown a 1", "songs unknown a 1"}, "the count 'unknown' twice"},
        {{PLAYS, "songs unknown - 1"}, "a null for an unknown field"},
        {{PLAYS, "songs identical 1"}, "the count 'identical', which is unknown"},
        {{PLAYS, "plays kept 1"}, "the count 'kept', which is unknown"},
        {{PLAYS, "others kept 1"}, "the count 'kept', which is unknown"},
        {{PLAYS, "songs mended 1"}, "the count 'mended', which is unknown"},
        {{PLAYS, "songs kept -1"}, "a count that is not a number"},
        {{PLAYS, "songs kept -"}, "a count that is not a number"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run_report report = {.model = model_builtin()};
        struct error error = {0};
        enum status status = take(cases[i].rows, &report, &error);
        arena_release(&report.arena);
        if (status != (cases[i].error ? STATUS_CORRUPT : STATUS_OK) ||
            (cases[i].error && !strstr(error.message, cases[i].error)))
            fail_msg("case %zu: %s", i, error.message);
    }
}

static void test_where_counts_go(void **state)
{
    static const char *const rows[MOST_ROWS] = {PLAYS,
                                                "songs kept 5",
                                                "songs not_json 1",
                                                "logs left_out 7",
                                                "logs kept 9",
                                                "logs unknown_discarded 4",
                                                "logs faulty_discarded 3"};
    struct run_report report = {.model = model_builtin()};
    struct error error = {0};
    (void)state;
    ASSERT_OK(take(rows, &report, &error), error);
    assert_int_equal(report.identical, 2);
    assert_int_equal(report.shared_keys, 3);
    assert_int_equal(report.sources[source_of("songs")].records, 6);
    assert_int_equal(report.sources[source_of("songs")].rejected, 1);
    assert_int_equal(report.sources[source_of("songs")].rejected_by_code[REJECT_NOT_JSON], 1);
    assert_int_equal(report.sources[source_of("logs")].records, 16);
    assert_int_equal(report.sources[source_of("logs")].left_out, 7);
    assert_int_equal(report.sources[source_of("logs")].unknown_discarded, 4);
    assert_int_equal(report.sources[source_of("logs")].faulty_discarded, 3);
    assert_int_equal(report.sources[source_of("logs")].rejected, 0);
}

static void test_columns(void **state)
{
    static const char *const rows[MOST_ROWS] = {PLAYS};
    CLEANUP(made_release) struct made made = {0};
    struct run_report report = {.model = model_builtin()};
    CLEANUP(count_rows_release) struct count_rows counts = {.report = &report};
    struct error error;
    (void)state;
    make(&made, rows);
    made.batch.column_count = 3;
    assert_int_equal(count_rows_add(&counts, &made.batch, &error), STATUS_CORRUPT);
    made.batch.column_count = 4;
    made.columns[3].type = ARROW_DOUBLE;
    assert_int_equal(count_rows_add(&counts, &made.batch, &error), STATUS_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_where_counts_go),
        cmocka_unit_test(test_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
