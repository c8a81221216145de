/* A plan's text and its parts: all logs, then all entries. */
#include "builtin.h"
#include "unit.h"

#include "lake_plan.h"

/* Songs has a log of 2 bytes, users one of 3; time has entries of 4. */
static void set(struct lake_plan *plan, const char *text)
{
    buffer_append_str(&plan->text, str_of(text));
    plan->log_bytes[table_of("songs")] = 2;
    plan->log_bytes[table_of("users")] = 3;
    plan->entries_bytes[table_of("time")] = 4;
}

static void test_parts(void **state)
{
    CLEANUP(lake_plan_release) struct lake_plan plan = {0};
    (void)state;
    set(&plan, "aabbbcccc");
    assert_true(lake_plan_cut(&plan));
    assert_str(plan.parts[table_of("songs")].log, "aa");
    assert_str(plan.parts[table_of("users")].log, "bbb");
    assert_str(plan.parts[table_of("time")].entries, "cccc");
    assert_int_equal(plan.parts[table_of("artists")].log.len, 0);
    assert_int_equal(plan.parts[table_of("state/users")].entries.len, 0);
}

static void test_logs_of_retired_tables(void **state)
{
    CLEANUP(lake_plan_release) struct lake_plan plan = {0};
    (void)state;
    set(&plan, "aabbbccccddd");
    assert_false(lake_plan_cut(&plan));
    plan.retired_bytes[1] = 3;
    assert_true(lake_plan_cut(&plan));
    assert_str(plan.retired[1].log, "ddd");
    assert_int_equal(plan.retired[0].log.len, 0);
}

static void test_lengths_that_are_not_the_texts(void **state)
{
    static const char *const texts[] = {"a", "aabb", "aabbb", "aabbbccc", "aabbbccccd"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        CLEANUP(lake_plan_release) struct lake_plan plan = {0};
        set(&plan, texts[i]);
        if (lake_plan_cut(&plan))
            fail_msg("%s", texts[i]);
    }
}

static void test_a_length_that_overflows(void **state)
{
    CLEANUP(lake_plan_release) struct lake_plan plan = {0};
    (void)state;
    set(&plan, "aabbbcccc");
    plan.entries_bytes[table_of("time")] = UINT64_MAX - 4;
    assert_false(lake_plan_cut(&plan));
}

static void test_the_hash_has_all_digits(void **state)
{
    struct lake_plan plan = {.hash = 0xAB};
    char hash[LAKE_HASH_LEN + 1];
    (void)state;
    lake_plan_print_hash(&plan, hash);
    assert_string_equal(hash, "00000000000000ab");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_logs_of_retired_tables),
        cmocka_unit_test(test_lengths_that_are_not_the_texts),
        cmocka_unit_test(test_a_length_that_overflows),
        cmocka_unit_test(test_the_hash_has_all_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
