/* Which files a source has, and how they are cut into tasks. */
#include "builtin.h"
#include "scratch.h"

#include "input.h"

#include <unistd.h>

#define MIB ((size_t)1 << 20)

static void test_names(void **state)
{
    static const struct {
        const char *key;
        bool is_read;
        enum packing packing;
    } cases[] = {
        {"log_data/a.json", true, PACKING_NONE},
        {"log_data/2018/11/a.json", true, PACKING_NONE},
        {"log_data/a.ndjson", true, PACKING_NONE},
        {"log_data/a.jsonl", true, PACKING_NONE},
        {"log_data/a.json.gz", true, PACKING_GZIP},
        {"log_data/a.jsonl.zst", true, PACKING_ZSTD},
        {"log_data/a b=c.ndjson.gz", true, PACKING_GZIP},
        {"log_data/a.JSON", true, PACKING_NONE},
        {"log_data/A.Json.GZ", true, PACKING_GZIP},
        {"log_data/A.NDJSON.Zst", true, PACKING_ZSTD},
        {"log_data/a.json.bz2", false, 0},
        {"log_data/a.json.zst.gz", false, 0}, /* packed twice */
        {"log_data/a.json.gz.zst", false, 0},
        {"log_data/a.csv", false, 0},
        {"log_data/a.gz", false, 0},
        {"log_data/ajson", false, 0},
        {"log_data/json", false, 0},
        {"log_data/a.json~", false, 0},
        {"log_data/_a.json", false, 0},
        {"log_data/.a.json", false, 0},
        {"log_data/_x/a.json", false, 0},
        {"log_data/.x/y/a.json", false, 0},
        {"song_data/a.json", false, 0},
        {"a.json", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(scratch_release) struct scratch scratch = {0};
        CLEANUP(input_release) struct input input = {0};
        struct error error;
        struct source_report report = {0};
        scratch_open(&scratch);
        scratch_put(&scratch, cases[i].key, STR("{}"));
        enum status status =
            input_list(&input, builtin_source("logs"), scratch.store, false, &report, &error);
        if (status != (cases[i].is_read ? STATUS_OK : STATUS_NO_INPUT))
            fail_msg("%s", cases[i].key);
        if (!cases[i].is_read)
            continue;
        assert_int_equal(input.files.count, 1);
        assert_int_equal(input.bytes, 2);
        assert_int_equal(run_packing(input.files.objects[0].key), cases[i].packing);
    }
}

static void test_empty_files_are_skipped(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(input_release) struct input input = {0};
    struct error error;
    struct source_report report = {0};
    (void)state;
    scratch_open(&scratch);
    scratch_put(&scratch, "log_data/b.json", STR(""));
    scratch_put(&scratch, "log_data/c.json", STR("{}"));
    scratch_put(&scratch, "log_data/a.json", STR("{}\n"));
    ASSERT_OK(input_list(&input, builtin_source("logs"), scratch.store, false, &report, &error),
              error);
    assert_int_equal(input.files.count, 2);
    assert_str(input.files.objects[0].key, "log_data/a.json");
    assert_str(input.files.objects[1].key, "log_data/c.json");
    assert_int_equal(input.bytes, 5);
}

static void test_no_files_says_where_it_looked_and_what_is_there(void **state)
{
    static const struct {
        const char *key; /* what is there, or NULL */
        const char *message, *hint;
    } cases[] = {
        {NULL, "/log_data/**/*.json", "sparkify generate"},
        {"logs/a.json", "holds logs/", "song_data and log_data"},
        {"log_data/a.csv", "there is no .json, .jsonl or .ndjson file", "empty files are skipped"},
        {"log_data/x.json.bz2", "which holds x.json.bz2", "empty files are skipped"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(scratch_release) struct scratch scratch = {0};
        CLEANUP(input_release) struct input input = {0};
        struct error error;
        struct source_report report = {0};
        scratch_open(&scratch);
        scratch_put(&scratch, "song_data/a.json", STR("{}"));
        if (cases[i].key)
            scratch_put(&scratch, cases[i].key, STR("x"));
        assert_int_equal(
            input_list(&input, builtin_source("logs"), scratch.store, false, &report, &error),
            STATUS_NO_INPUT);
        if (!strstr(error.message, cases[i].message) ||
            !strstr(error_hint_text(&error), cases[i].hint))
            fail_msg("%s / %s", error.message, error_hint_text(&error));
        assert_non_null(strstr(error.message, scratch.path));
    }
}

/* ---- Tasks ----------------------------------------------------------------------------------- */

/* Files of these sizes, in this order; the letter after a size is its packing. */
struct file_case {
    size_t bytes, count;
    const char *suffix;
};

static void put_files(struct scratch *scratch, const char *folder, const struct file_case *files)
{
    unsigned number = 0;
    for (; files->count; files++)
        for (size_t i = 0; i < files->count; i++) {
            CLEANUP(buffer_release) struct buffer key = {0}, bytes = {0};
            buffer_appendf(&key, "%s/%04u%s", folder, number++, files->suffix);
            memset(buffer_reserve(&bytes, files->bytes), '\n', files->bytes);
            bytes.len = files->bytes;
            scratch_put(scratch, buffer_text(&key), buffer_str(&bytes));
        }
}

/* "F3" three files, "R5+3" a range, "S" a stream. */
static void show_tasks(const struct input *input, struct buffer *out)
{
    for (size_t i = 0; i < input->task_count; i++) {
        const struct task *task = &input->tasks[i];
        if (task->kind == TASK_FILES)
            buffer_appendf(out, "F%u ", task->file_count);
        else if (task->kind == TASK_RANGE)
            buffer_appendf(out, "R%zu+%zu ", (size_t)task->offset, (size_t)task->length);
        else
            buffer_append_str(out, STR("S "));
    }
}

static void test_tasks(void **state)
{
    static const struct {
        const char *source;
        struct file_case files[5];
        const char *tasks;
    } cases[] = {
        {"logs", {{10, 1, ".json"}}, "F1 "},
        {"logs", {{10, 64, ".json"}}, "F64 "},
        {"logs", {{10, 65, ".json"}}, "F64 F1 "},
        {"logs", {{256 << 10, 9, ".json"}}, "F4 F4 F1 "},
        {"logs", {{10, 2, ".json"}, {10, 2, ".json.gz"}, {10, 1, ".json"}}, "F2 S S F1 "},
        {"logs", {{10, 2, ".json"}, {3 * MIB, 1, ".json"}, {10, 1, ".json"}}, "F2 F1 F1 "},
        {"logs", {{4 * MIB, 1, ".json"}}, "F1 "},
        {"logs", {{4 * MIB + 1, 1, ".json"}}, "R0+4194304 R4194304+1 "},
        {"logs",
         {{1, 1, ".json"}, {8 * MIB, 1, ".json"}, {1, 1, ".json"}},
         "F1 R0+4194304 R4194304+4194304 F1 "},
        {"songs", {{8 * MIB, 1, ".json"}}, "F1 "},
        {"songs", {{64 * MIB, 1, ".json"}}, "F1 "},
        {"songs",
         {{64 * MIB + 1, 1, ".json"}},
         "R0+4194304 R4194304+4194304 R8388608+4194304 R12582912+4194304 R16777216+4194304 "
         "R20971520+4194304 R25165824+4194304 R29360128+4194304 R33554432+4194304 "
         "R37748736+4194304 R41943040+4194304 R46137344+4194304 R50331648+4194304 "
         "R54525952+4194304 R58720256+4194304 R62914560+4194304 R67108864+1 "},
        {"songs", {{17 * MIB, 1, ".json.zst"}}, "S "},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(scratch_release) struct scratch scratch = {0};
        CLEANUP(input_release) struct input input = {0};
        CLEANUP(buffer_release) struct buffer shown = {0};
        const struct model_source *source = builtin_source(cases[i].source);
        struct error error;
        struct source_report report = {0};
        uint32_t next = 0;
        scratch_open(&scratch);
        put_files(&scratch, source->folder, cases[i].files);
        ASSERT_OK(input_list(&input, source, scratch.store, false, &report, &error), error);
        show_tasks(&input, &shown);
        assert_string_equal(buffer_text(&shown), cases[i].tasks);
        for (size_t task = 0; task < input.task_count; task++) {
            if (input.tasks[task].offset > 0)
                continue;
            assert_int_equal(input.tasks[task].file, next);
            next += input.tasks[task].file_count;
        }
        assert_int_equal(next, input.files.count);
    }
}

/* A file full of holes stands for a size that a server has made up. */
static void test_sizes_that_are_absurd(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(input_release) struct input input = {0};
    CLEANUP(buffer_release) struct buffer path = {0};
    struct error error;
    struct source_report report = {0};
    (void)state;
    scratch_open(&scratch);
    for (const char *name = "ab"; *name; name++) {
        char key[] = "log_data/a.json";
        key[9] = *name;
        scratch_put(&scratch, key, STR("{}"));
        buffer_reset(&path);
        buffer_appendf(&path, "%s/%s", scratch.path, key);
        assert_int_equal(truncate(buffer_text(&path), (off_t)9 << 40), 0);
    }
    assert_int_equal(
        input_list(&input, builtin_source("logs"), scratch.store, false, &report, &error),
        STATUS_LIMIT);
    assert_non_null(strstr(error.message, "log_data/b.json"));
    assert_int_equal(input.task_count, 0);
}

/* Which files are read whole depends on how records lie in them. */
static void test_tasks_by_the_layout(void **state)
{
    static const struct {
        enum model_layout layout;
        size_t bytes;
        enum task_kind kind;
    } cases[] = {
        {LAYOUT_LINES, INPUT_PIECE_BYTES, TASK_FILES},
        {LAYOUT_LINES, INPUT_PIECE_BYTES + 1, TASK_RANGE},
        {LAYOUT_DOCUMENT, INPUT_PIECE_BYTES + 1, TASK_FILES},
        {LAYOUT_DOCUMENT, MODEL_MAX_DOCUMENT_BYTES + 1, TASK_RANGE},
        {LAYOUT_CONCATENATED, INPUT_PIECE_BYTES, TASK_FILES},
        {LAYOUT_CONCATENATED, INPUT_PIECE_BYTES + 1, TASK_STREAM},
        {LAYOUT_RECORDS, MODEL_MAX_DOCUMENT_BYTES, TASK_FILES},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct model_source source = {.layout = cases[i].layout};
        struct store_object object = {STR("a.json"), cases[i].bytes};
        struct input input = {.source = &source};
        input.files.objects = &object;
        input.files.count = 1;
        input_select(&input, NULL);
        assert_true(input.task_count >= 1);
        assert_int_equal(input.tasks[0].kind, cases[i].kind);
        mem_free(input.tasks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tasks_by_the_layout),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_empty_files_are_skipped),
        cmocka_unit_test(test_no_files_says_where_it_looked_and_what_is_there),
        cmocka_unit_test(test_tasks),
        cmocka_unit_test(test_sizes_that_are_absurd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
