/* Which old files stay or come back, and which new ones are not needed. */
#include "builtin.h"
#include "unit.h"

#include "match.h"

#define ID_1 "20181101T120000Z-00000001"
#define ID_2 "20181101T120000Z-00000002"
#define TIME "year=2018/month=11/"
#define OLD  TIME "part-00000-" ID_1 ".zstd.parquet"
#define NEW  TIME "part-00000-" ID_2 ".zstd.parquet"

static void add_object(struct lake *lake, int table, const char *key, uint64_t bytes)
{
    struct store_listing *listed = &lake->tables[table].listed;
    CLEANUP(buffer_release) struct buffer whole = {0};
    buffer_appendf(&whole, "%s/%s", model_builtin()->tables[table].folder, key);
    MEM_GROW(listed->objects, listed->count + 1, listed->cap);
    listed->objects[listed->count++] = (struct store_object){
        .key = arena_copy(&listed->arena, buffer_str(&whole)), .size_bytes = bytes};
}

static void release(struct lake *lake)
{
    for (int table = 0; table < (int)model_builtin()->all_count; table++) {
        lake_entries_release(&lake->tables[table].entries);
        lake_entries_release(&lake->shared.files[table]);
        store_listing_release(&lake->tables[table].listed);
    }
}

/* A current file of time and a new one. */
static void test_one_file(void **state)
{
    static const struct {
        const char *new_key;
        struct lake_entry old, new;
        uint64_t listed_bytes; /* 0: the old file is missing */
        enum lake_mode mode;
        bool stays, has_old, is_change;
    } cases[] = {
        {NEW,
         {.bytes = 9, .rows = 2, .hash = 3},
         {.bytes = 9, .rows = 2, .hash = 3},
         9,
         LAKE_REPLACE,
         true,
         true,
         false},
        {NEW,
         {.bytes = 9, .rows = 2, .hash = 3},
         {.bytes = 9, .rows = 2, .hash = 4},
         9,
         LAKE_REPLACE,
         false,
         false,
         true},
        {NEW,
         {.bytes = 9, .rows = 2, .hash = 3},
         {.bytes = 8, .rows = 2, .hash = 3},
         9,
         LAKE_REPLACE,
         false,
         false,
         true},
        {NEW,
         {.bytes = 9, .rows = 2, .hash = 3},
         {.bytes = 9, .rows = 1, .hash = 3},
         9,
         LAKE_REPLACE,
         false,
         false,
         true},
        /* the hash of a file that Spark has written is unknown */
        {NEW,
         {.bytes = 9, .rows = 2},
         {.bytes = 9, .rows = 2},
         9,
         LAKE_REPLACE,
         false,
         false,
         true},
        /* the old one is truncated, or missing: the new one replaces it */
        {NEW,
         {.bytes = 9, .rows = 2, .hash = 3},
         {.bytes = 9, .rows = 2, .hash = 3},
         8,
         LAKE_REPLACE,
         false,
         false,
         true},
        {NEW,
         {.bytes = 9, .rows = 2, .hash = 3},
         {.bytes = 9, .rows = 2, .hash = 3},
         0,
         LAKE_REPLACE,
         false,
         false,
         true},
        /* of another month */
        {"year=2018/month=12/part-00000-" ID_2 ".zstd.parquet",
         {.bytes = 9, .rows = 2, .hash = 3},
         {.bytes = 9, .rows = 2, .hash = 3},
         9,
         LAKE_REPLACE,
         false,
         false,
         true},
        {NEW,
         {.bytes = 9, .rows = 2, .hash = 3},
         {.bytes = 9, .rows = 2, .hash = 3},
         9,
         LAKE_APPEND,
         true,
         false,
         true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(release) struct lake lake = {.model = model_builtin(), .restore = -1};
        CLEANUP(lake_match_release) struct lake_match match = {0};
        struct lake_entry old = cases[i].old, new = cases[i].new;
        old.key = STR(OLD);
        new.key = str_of(cases[i].new_key);
        old.until = new.until = LAKE_CURRENT;
        lake.tables[table_of("time")].mode = cases[i].mode;
        lake_entries_add(&lake.tables[table_of("time")].entries, &old);
        lake_entries_add(&lake.shared.files[table_of("time")], &new);
        if (cases[i].listed_bytes)
            add_object(&lake, table_of("time"), OLD, cases[i].listed_bytes);
        lake_match_make(&lake, table_of("time"), &match);
        if (match.stays[0] != cases[i].stays || match.has_old[0] != cases[i].has_old ||
            match.is_change != cases[i].is_change)
            fail_msg("case %zu", i);
    }
}

/* One old file stands for one new one. */
static void test_two_new_files_of_the_same_bytes(void **state)
{
    CLEANUP(release) struct lake lake = {.model = model_builtin(), .restore = -1};
    CLEANUP(lake_match_release) struct lake_match match = {0};
    struct lake_entry file = {.key = STR(OLD), .bytes = 9, .hash = 3, .until = LAKE_CURRENT};
    (void)state;
    add_object(&lake, table_of("time"), OLD, 9);
    lake_entries_add(&lake.tables[table_of("time")].entries, &file);
    file.key = STR(NEW);
    lake_entries_add(&lake.shared.files[table_of("time")], &file);
    file.key = STR(TIME "part-00001-" ID_2 ".zstd.parquet");
    lake_entries_add(&lake.shared.files[table_of("time")], &file);
    lake_match_make(&lake, table_of("time"), &match);
    assert_true(match.stays[0]);
    assert_true(match.has_old[0]);
    assert_false(match.has_old[1]);
    assert_true(match.is_change);
}

/* Files of users: A in 2 ≤ v < 4 and again since 6, B in 3 ≤ v < 5, C since 4. */
static void test_restore(void **state)
{
    static const struct lake_entry files[] = {
        {.key = STR("A"), .since = 2, .until = 4},
        {.key = STR("A"), .since = 6, .until = LAKE_CURRENT},
        {.key = STR("B"), .since = 3, .until = 5},
        {.key = STR("C"), .since = 4, .until = LAKE_CURRENT},
    };
    static const struct {
        int64_t version;
        bool stays[4], comes_back[4], is_change;
    } cases[] = {
        {2, {false, true, false, false}, {0}, true},
        {3, {false, true, false, false}, {false, false, true, false}, true},
        {4, {false, false, false, true}, {false, false, true, false}, true},
        {5, {false, false, false, true}, {0}, true},
        {6, {false, true, false, true}, {0}, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(release) struct lake lake = {.model = model_builtin(), .restore = cases[i].version};
        CLEANUP(lake_match_release) struct lake_match match = {0};
        for (size_t j = 0; j < COUNT(files); j++)
            lake_entries_add(&lake.tables[table_of("users")].entries, &files[j]);
        lake_match_make(&lake, table_of("users"), &match);
        assert_memory_equal(match.stays, cases[i].stays, COUNT(files));
        assert_memory_equal(match.comes_back, cases[i].comes_back, COUNT(files));
        assert_int_equal(match.is_change, cases[i].is_change);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_file),
        cmocka_unit_test(test_two_new_files_of_the_same_bytes),
        cmocka_unit_test(test_restore),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
