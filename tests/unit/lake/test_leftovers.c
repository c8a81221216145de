/* Data files and plans that crashed runs have left. */
#include "builtin.h"
#include "unit.h"

#include "leftovers.h"

#define CRASHED "20181101T120000Z-00000001"
#define RUNNING "20181101T120000Z-00000002"
#define LAST    "20181101T120000Z-00000003"
#define HELD    "part-00000-" LAST ".zstd.parquet"

static void add_object(struct store_listing *listed, const char *key)
{
    MEM_GROW(listed->objects, listed->count + 1, listed->cap);
    listed->objects[listed->count++] = (struct store_object){.key = str_of(key)};
}

/* The newest version holds a file of users, and its run's plan is there. */
static void make(struct lake *lake)
{
    struct lake_entry held = {.key = STR(HELD), .until = LAKE_CURRENT};
    *lake =
        (struct lake){.model = model_builtin(), .last.plan = STR("_sparkify/plans/" LAST ".plan")};
    lake_entries_add(&lake->tables[table_of("users")].entries, &held);
    lake_keys_add(&lake->running, STR(RUNNING));
    add_object(&lake->tables[table_of("users")].listed, "users/" HELD);
    add_object(&lake->own, "_sparkify/plans/" LAST ".plan");
}

static void release(struct lake *lake)
{
    lake_keys_release(&lake->running);
    store_listing_release(&lake->own);
    lake_entries_release(&lake->tables[table_of("users")].entries);
    store_listing_release(&lake->tables[table_of("users")].listed);
}

static size_t count_leftovers(const struct lake *lake)
{
    CLEANUP(lake_keys_release) struct lake_keys found = {0};
    lake_find_leftovers(lake, &found);
    return found.count;
}

static void test_files(void **state)
{
    static const struct {
        const char *key;
        bool is_leftover;
    } cases[] = {
        {"users/part-00000-" CRASHED ".zstd.parquet", true},
        {"users/.part-00000-" CRASHED ".zstd.parquet.tmp", true},
        {"users/part-00000-" RUNNING ".zstd.parquet", false},
        {"users/.part-00000-" RUNNING ".zstd.parquet.tmp", false},
        {"users/part-00001-" LAST ".zstd.parquet", true},
        {"users/notes.txt", false},
        {"users/_delta_log/00000000000000000000.json", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(release) struct lake lake;
        make(&lake);
        assert_int_equal(count_leftovers(&lake), 0);
        add_object(&lake.tables[table_of("users")].listed, cases[i].key);
        if (count_leftovers(&lake) != cases[i].is_leftover)
            fail_msg("%s", cases[i].key);
        assert_false(lake_has_old_plans(&lake));
    }
}

static void test_plans(void **state)
{
    static const struct {
        const char *key;
        bool is_old;
    } cases[] = {
        {"_sparkify/plans/" CRASHED ".plan", true},
        {"_sparkify/plans/" RUNNING ".plan", false},
        {"_sparkify/plans/." CRASHED ".plan.tmp", false}, /* clear.c deletes temporaries */
        {"_sparkify/plans/notes.txt", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(release) struct lake lake;
        make(&lake);
        add_object(&lake.own, cases[i].key);
        if (lake_has_old_plans(&lake) != cases[i].is_old)
            fail_msg("%s", cases[i].key);
        assert_int_equal(count_leftovers(&lake), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_plans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
