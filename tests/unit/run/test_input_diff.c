/* What has been read and what is there: what differs, what the options make of it, and what is
 * recorded of it. */
#include "builtin.h"
#include "scratch.h"

#include <run.h>

#include <stdio.h>

#define FORMAT_OLD 1

/* A file "log_data/<name>": recorded (with `since`, as gone), and there or not, the same or not. */
struct file {
    const char *name;
    bool is_recorded, is_there, has_changed;
    const char *since;
};

/* Listings of the input, which has one song file, and these logs. */
struct world {
    struct store_object song, logs[8];
    char keys[8][32];
    struct store_listing listings[2];
    const struct store_listing *files[2];
};

static void list_world(struct world *world, const struct file *files)
{
    *world = (struct world){.song = {.key = STR("song_data/s.json"), .size_bytes = 1}};
    world->listings[source_of("songs")] =
        (struct store_listing){.objects = &world->song, .count = 1};
    struct store_listing *logs = &world->listings[source_of("logs")];
    logs->objects = world->logs;
    for (; files->name; files++) {
        if (!files->is_there)
            continue;
        snprintf(world->keys[logs->count], sizeof world->keys[0], "log_data/%s", files->name);
        world->logs[logs->count] = (struct store_object){.key = str_of(world->keys[logs->count]),
                                                         .size_bytes = 5,
                                                         .identity = files->has_changed ? 8 : 7};
        logs->count++;
    }
    for (int source = 0; source < (int)model_builtin()->source_count; source++)
        world->files[source] = &world->listings[source];
}

static void record(struct rows_file *file, const char *key, int64_t bytes, int64_t identity,
                   const char *since, struct error *error)
{
    ASSERT_OK(rows_file_add_row(file, error), *error);
    columns_set_string(file->columns, OBJECTS_KEY, str_of(key));
    columns_set_int64(file->columns, OBJECTS_BYTES, bytes);
    columns_set_int64(file->columns, OBJECTS_IDENTITY, identity);
    columns_set_int32(file->columns, OBJECTS_FORMAT, since ? FORMAT_OLD : MODEL_FORMAT);
    columns_set_string(file->columns, OBJECTS_GONE_SINCE, since ? str_of(since) : STR_NULL);
}

static struct lake *open_lake(struct scratch *scratch, struct output *output)
{
    struct lake_options options = {.version = "0", .operation = "test"};
    struct lake *lake = NULL;
    struct error error;
    ASSERT_OK(lake_open(scratch->store, &options, &lake, &error), error);
    output_init(output, lake, "0", PARQUET_NONE, 1);
    return lake;
}

static void record_all(struct scratch *scratch, const struct file *files)
{
    CLEANUP(output_release) struct output output = {0};
    CLEANUP(rows_file_release) struct rows_file file = {0};
    struct error error;
    struct lake *lake = open_lake(scratch, &output);
    rows_file_begin(&file, &output, 0, table_of("state/objects"), STR(""));
    record(&file, "song_data/s.json", 1, 0, NULL, &error);
    for (; files->name; files++) {
        char key[64];
        snprintf(key, sizeof key, "log_data/%s", files->name);
        if (files->is_recorded)
            record(&file, key, 5, 7, files->since, &error);
    }
    ASSERT_OK(rows_file_finish(&file, &error), error);
    ASSERT_OK(lake_commit(lake, &error), error);
    lake_free(lake);
}

/* "key since|key since|…" of what would be recorded now. */
static void show_recorded(struct scratch *scratch, const struct world *world, struct buffer *out)
{
    CLEANUP(output_release) struct output output = {0};
    CLEANUP(input_diff_release) struct input_diff diff = {0};
    struct error error;
    struct lake *lake = open_lake(scratch, &output);
    ASSERT_OK(input_diff_make(&output, scratch->store, world->files, &diff, &error), error);
    for (int source = 0; source < (int)model_builtin()->source_count; source++) {
        const struct source_diff *found = &diff.sources[source];
        assert_int_equal(found->added.count + found->changed.count + found->missing.count, 0);
        for (size_t i = 0; i < found->gone_count; i++)
            buffer_appendf(out, "%.*s %.*s|", STR_ARG(found->gone[i].key),
                           STR_ARG(found->gone[i].since));
    }
    lake_free(lake);
}

#define THERE   true, true
#define LOST    true, false
#define NEW     false, true
#define RUN_ONE "20180101T000000Z-00000001"

static void test_what_is_made_of_it(void **state)
{
    static const struct {
        struct file files[5];
        enum run_missing missing;
        const char *error;  /* or NULL */
        const char *reason; /* why all is read */
        const char *gone;   /* recorded afterwards; %s is this run */
    } cases[] = {
        {{{"a", THERE}, {"b", THERE}}, RUN_MISSING_FAIL, NULL, "", ""},
        {{{"a", THERE}, {"b", NEW}}, RUN_MISSING_FAIL, NULL, "", ""},
        {{{"a", THERE}, {"b", THERE, true}}, RUN_MISSING_FAIL, NULL, "log_data/b has changed", ""},
        {{{"a", LOST}, {"b", THERE}},
         RUN_MISSING_FAIL,
         "1 log file was read before and is gone, or empty now: log_data/a",
         NULL,
         NULL},
        {{{"a", LOST}, {"b", LOST}, {"c", LOST}, {"d", LOST}},
         RUN_MISSING_FAIL,
         "4 log files were read before and are gone, or empty now: log_data/a, log_data/b, "
         "log_data/c and 1 more",
         NULL,
         NULL},
        {{{"a", LOST}, {"b", THERE}}, RUN_MISSING_KEEP, NULL, "", "log_data/a %s|"},
        {{{"a", THERE}, {"b", LOST}, {"c", NEW}}, RUN_MISSING_KEEP, NULL, "", "log_data/b %s|"},
        {{{"a", LOST}, {"b", THERE}}, RUN_MISSING_REBUILD, NULL, "log_data/a was read before", ""},
        {{{"a", LOST}, {"b", THERE, true}},
         RUN_MISSING_KEEP,
         "log_data/b: changed since it was read, while the records of 1 log file that is gone",
         NULL,
         NULL},
        {{{"a", LOST}, {"b", THERE, true}}, RUN_MISSING_REBUILD, NULL, "log_data/b has", ""},
        {{{"a", LOST, .since = RUN_ONE}, {"b", THERE}},
         RUN_MISSING_FAIL,
         NULL,
         "",
         "log_data/a " RUN_ONE "|"},
        {{{"a", LOST, .since = RUN_ONE}, {"b", LOST}, {"c", THERE}},
         RUN_MISSING_FAIL,
         "1 log file was",
         NULL,
         NULL},
        {{{"a", LOST, .since = RUN_ONE}, {"b", LOST}, {"c", THERE}},
         RUN_MISSING_KEEP,
         NULL,
         "",
         "log_data/a " RUN_ONE "|log_data/b %s|"},
        {{{"a", LOST, .since = RUN_ONE}, {"b", THERE}},
         RUN_MISSING_REBUILD,
         NULL,
         "what came from log files that are gone is dropped",
         ""},
        {{{"a", LOST, .since = RUN_ONE}, {"b", THERE, true}},
         RUN_MISSING_FAIL,
         "log_data/b: changed",
         NULL,
         NULL},
        /* It is back: the same, of rows that lack columns; and another one. */
        {{{"a", THERE, .since = RUN_ONE}}, RUN_MISSING_FAIL, NULL, "the lake is from before", ""},
        {{{"a", THERE, true, RUN_ONE}, {"b", THERE}}, RUN_MISSING_KEEP, NULL, "the lake is", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(scratch_release) struct scratch scratch = {0};
        CLEANUP(output_release) struct output output = {0};
        CLEANUP(input_diff_release) struct input_diff diff = {0};
        CLEANUP(buffer_release) struct buffer reason = {0}, expected = {0}, recorded = {0};
        struct run_options options = run_options_default();
        struct world world;
        struct error error = {0};
        scratch_open(&scratch);
        record_all(&scratch, cases[i].files);
        list_world(&world, cases[i].files);
        options.missing_facts = cases[i].missing;
        struct lake *lake = open_lake(&scratch, &output);
        ASSERT_OK(input_diff_make(&output, scratch.store, world.files, &diff, &error), error);
        enum status status = input_diff_settle(&diff, &options, &error);
        if (status != (cases[i].error ? STATUS_FAILED : STATUS_OK) ||
            (cases[i].error && !str_starts_with(str_of(error.message), str_of(cases[i].error))))
            fail_msg("%zu: %s", i, error.message);
        if (!cases[i].error) {
            input_diff_reason(&diff, &reason);
            if (!str_starts_with(str_of(buffer_text(&reason)), str_of(cases[i].reason)) ||
                (reason.len == 0) != (cases[i].reason[0] == '\0'))
                fail_msg("%zu: %s", i, buffer_text(&reason));
            ASSERT_OK(input_diff_write(&diff, &output, world.files, 0, &error), error);
            ASSERT_OK(lake_commit(lake, &error), error);
            for (const char *at = cases[i].gone; *at; at++)
                if (at[0] == '%')
                    buffer_append_str(&expected, str_of(lake_run_id(lake))), at++;
                else
                    buffer_append_char(&expected, *at);
            show_recorded(&scratch, &world, &recorded);
            assert_string_equal(buffer_text(&recorded), buffer_text(&expected));
        }
        lake_free(lake);
    }
}

static void test_what_is_new_is_marked(void **state)
{
    static const struct file files[] = {{"a", NEW},  {"b", THERE}, {"c", NEW},
                                        {"d", LOST}, {"e", NEW},   {NULL}};
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(output_release) struct output output = {0};
    CLEANUP(input_diff_release) struct input_diff diff = {0}, other = {0};
    struct world world;
    struct error error;
    (void)state;
    scratch_open(&scratch);
    record_all(&scratch, files);
    list_world(&world, files);
    struct lake *lake = open_lake(&scratch, &output);
    ASSERT_OK(input_diff_make(&output, scratch.store, world.files, &diff, &error), error);
    const bool *is_new = diff.sources[source_of("logs")].is_new;
    assert_true(is_new[0] && !is_new[1] && is_new[2] && is_new[3]);
    assert_int_equal(diff.sources[source_of("logs")].added.count, 3);
    assert_false(diff.sources[source_of("songs")].is_new[0]);
    /* Nothing is recorded where there is no lake. */
    ASSERT_OK(input_diff_make(&output, NULL, world.files, &other, &error), error);
    assert_false(other.has_state);
    assert_int_equal(other.sources[source_of("logs")].added.count, 4);
    lake_free(lake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_made_of_it),
        cmocka_unit_test(test_what_is_new_is_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
