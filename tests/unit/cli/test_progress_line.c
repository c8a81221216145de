/* The line of progress fits into any width, and says first what matters most. */
#include "progress_line.h"
#include "terminal.h"
#include "unit.h"

#include <model_parse.h>
#include <text_width.h>

static const struct {
    int phase;
    uint64_t bytes_total, bytes_done, records, files_total, files_done;
    const char *step;
    uint64_t tasks_total, tasks_done;
} states[] = {
    {PHASE_LIST, 0, 0, 0, 0, 0, NULL, 0, 0},
    {PHASE_SONGS, 1 << 20, 1 << 10, 1, 0, 0, NULL, 0, 0},
    {PHASE_LOGS, UINT64_C(12345678901234), UINT64_C(9345678901234), UINT64_C(12345678901), 0, 0,
     NULL, 0, 0},
    {PHASE_LOGS, 100, 100, 100, 0, 0, NULL, 0, 0},
    {PHASE_WRITE, 1, 1, 1, 10000000, 1234567, NULL, 0, 0},
    {PHASE_COMMIT, 1, 1, 1, 1, 1, NULL, 0, 0},
    {PHASE_LOGS, 1 << 30, 1 << 20, 0, 0, 0, "reading and parsing the events of all log files",
     12345, 12},
    {PHASE_WRITE, 1 << 30, 1 << 20, 0, 0, 0, "l\xC3\xA4uft \xE6\x97\xA5\xE6\x9C\xAC", 5, 5},
};

static void set(struct run_progress *run, size_t i)
{
    *run = (struct run_progress){0};
    atomic_store(&run->phase, states[i].phase);
    atomic_store(&run->bytes_total, states[i].bytes_total);
    atomic_store(&run->bytes_done, states[i].bytes_done);
    atomic_store(&run->records_done, states[i].records);
    atomic_store(&run->files_total, states[i].files_total);
    atomic_store(&run->files_done, states[i].files_done);
    atomic_store(&run->step, states[i].step);
    atomic_store(&run->tasks_total, states[i].tasks_total);
    atomic_store(&run->tasks_done, states[i].tasks_done);
}

static void test_fits(void **state)
{
    struct run_progress run;
    (void)state;
    for (size_t i = 0; i < COUNT(states); i++)
        for (unsigned columns = 0; columns <= 250; columns++) {
            CLEANUP(buffer_release) struct buffer line = {0};
            set(&run, i);
            progress_line_draw(&run, 12345.6, columns, &line);
            unsigned width = (unsigned)text_width(buffer_str(&line));
            if (columns ? width >= columns : width > 0)
                fail_msg("state %zu at %u columns: %u wide: %s", i, columns, width, line.data);
            assert_int_equal(utf8_valid_prefix(line.data, line.len), line.len);
            if (columns > 2)
                assert_true(width > 0);
        }
}

static void test_what_is_said(void **state)
{
    static const struct {
        size_t state;
        unsigned columns;
        const char *line;
    } rows[] = {
        {0, 80, "[................] listing files"},
        {5, 80, "[################] committing"},
        {2, 200,
         "[##################......] 8.5 TiB of 11.2 TiB, 12,345,678,901 records, 8.7 GiB/s, "
         "5 m 21 s left"},
        {2, 80, "[############....] 8.5 TiB of 11.2 TiB, 8.7 GiB/s, 5 m 21 s left"},
        {2, 40, "[######..] 8.5 TiB of 11.2 TiB"},
        {4, 80, "[#...............] writing tables, 1,234,567 of 10,000,000 song partitions"},
        {4, 40, "[........] writing tables"},
        {6, 40, "reading and parsing the events of all l"},
        {3, 20, "100 B of 100 B"},
    };
    struct run_progress run;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buffer_release) struct buffer line = {0};
        set(&run, rows[i].state);
        progress_line_draw(&run, 1000, rows[i].columns, &line);
        assert_string_equal(buffer_text(&line), rows[i].line);
    }
}

/* A run of another model speaks of that. */
static void test_words_of_a_model(void **state)
{
    static const char text[] =
        "model: m\nsources:\n"
        "  clicks: {folder: c, fields: {at: {type: timestamp_ms, required: true}}}\n"
        "  products: {folder: p, noun: product, fields: {sku: string, shelf: string}}\n"
        "%s"
        "dimensions:\n"
        "  products: {from: products, key: sku, columns: {sku: sku, shelf: shelf}%s\n"
        "facts:\n"
        "  clicks: {from: clicks, time: at, id: {i: [at]}, columns: {at: at}}\n";
    static const struct {
        const char *source, *partition, *phase, *line;
    } rows[] = {
        {"", ", partition: [shelf]}", "products", "writing tables, 1 of 2 product partitions"},
        {"", "}", "products", "writing tables, 1 of 2 partitions"},
        {"  more: {folder: m, fields: {a: string}}\n",
         "}\n  more: {from: more, key: a, columns: {a: a}}\n", "other sources",
         "writing tables, 1 of 2 partitions"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buffer_release) struct buffer yaml = {0}, line = {0};
        struct run_progress run = {0};
        struct model *model;
        struct error error;
        buffer_appendf(&yaml, text, rows[i].source, rows[i].partition);
        if (model_parse(buffer_str(&yaml), "m.yaml", &model, &error) != STATUS_OK)
            fail_msg("%s", error.message);
        atomic_store(&run.model, model);
        atomic_store(&run.phase, PHASE_LOGS);
        assert_string_equal(progress_line_phase(&run), "clicks");
        atomic_store(&run.phase, PHASE_SONGS);
        assert_string_equal(progress_line_phase(&run), rows[i].phase);
        atomic_store(&run.phase, PHASE_WRITE);
        atomic_store(&run.files_total, 2);
        atomic_store(&run.files_done, 1);
        progress_line_describe(&run, 1, &line);
        assert_string_equal(buffer_text(&line), rows[i].line);
        model_free(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_of_a_model),
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_what_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
