/* The set of stored plays against a table that remembers everything. */
#include "unit.h"

#include "fact_set.h"

#define IDS      3000
#define CONTENTS 4 /* 1 to 4 */

/* Ways to make ids from small numbers: spread over all shards, close together, and just below a
 * multiple of 2^58. */
static uint64_t spread_id(uint64_t number)
{
    return number * 0x9E3779B97F4A7C15u;
}

static uint64_t close_id(uint64_t number)
{
    return number;
}

static uint64_t last_id(uint64_t number)
{
    return ((uint64_t)7 << 58) - 1 - number;
}

/* Each id with its time; facts of 2^time_shift units of it lie together. */
static void check_against_a_table(uint64_t (*id_of)(uint64_t), unsigned time_shift, uint64_t random)
{
    CLEANUP(fact_set_release) struct fact_set set = {.time_shift = time_shift};
    bool known[IDS][CONTENTS] = {{0}};
    uint64_t shared = 0;
    for (int add = 0; add < 4 * IDS; add++) {
        unsigned number = 1 + random_below(&random, IDS - 1);
        unsigned content = random_below(&random, CONTENTS), other = random_below(&random, CONTENTS);
        bool is_new = !known[number][content];
        int64_t time = (int64_t)number * 37;
        assert_int_equal(fact_set_add(&set, id_of(number), time, content + 1), is_new);
        known[number][content] = true;
        assert_int_equal(fact_set_has(&set, id_of(number), time, other + 1), known[number][other]);
    }
    for (size_t number = 0; number < IDS; number++) {
        int different = 0;
        for (size_t content = 0; content < CONTENTS; content++)
            different += known[number][content];
        shared += different > 1;
    }
    assert_int_equal(set.shared_keys, shared);
}

static void test_against_a_table(void **state)
{
    static uint64_t (*const ids[])(uint64_t) = {spread_id, close_id, last_id};
    (void)state;
    for (size_t i = 0; i < COUNT(ids); i++)
        for (unsigned time_shift = 0; time_shift <= 22; time_shift += 11)
            check_against_a_table(ids[i], time_shift, 1 + i);
}

/* Rows in any number are told as they are one by one; with a share of the input that is known or
 * wrong. */
static void check_rows(size_t count, unsigned time_shift, double read_share)
{
    CLEANUP(fact_set_release) struct fact_set set = {.time_shift = time_shift}, single = set;
    int64_t ids[1000], times[1000];
    uint32_t contents[1000];
    bool is_new[1000];
    uint64_t random = count;
    single.time_shift = time_shift;
    set.read_share = single.read_share = read_share;
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < count; i++) {
            ids[i] = (int64_t)spread_id(random_below(&random, 150000));
            times[i] = ids[i] & 0xFFFFFF;
            contents[i] = 1 + random_below(&random, 2);
        }
        fact_set_add_rows(&set, ids, times, contents, count, is_new);
        for (size_t i = 0; i < count; i++)
            if (is_new[i] != fact_set_add(&single, (uint64_t)ids[i], times[i], contents[i]))
                fail_msg("round %d, row %zu", round, i);
    }
    assert_int_equal(set.shared_keys, single.shared_keys);
    fact_set_release(&single);
}

static void test_rows(void **state)
{
    static const struct {
        size_t count;
        unsigned time_shift;
        double read_share;
    } cases[] = {{0, 0, 0},     {1, 0, 0},        {63, 11, 0},     {64, 11, 0.5},
                 {65, 0, 1},    {1000, 0, 0},     {1000, 11, 0},   {1000, 11, 0.1},
                 {1000, 22, 1}, {1000, 11, 1e-9}, {1000, 0, 1e-9}, {1000, 0, 0.1}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_rows(cases[i].count, cases[i].time_shift, cases[i].read_share);
}

/* Facts were dense where they were read first: shards of other times are not made as large. */
static void test_few_facts_in_the_rest(void **state)
{
    CLEANUP(fact_set_release) struct fact_set set = {.time_shift = 11, .read_share = 1e-9};
    size_t entries = 0, facts = 70000;
    (void)state;
    for (uint64_t i = 0; i < facts; i++)
        assert_true(fact_set_add(&set, spread_id(i), 5, 1));
    for (uint64_t stretch = 1; stretch < 4096; stretch++)
        assert_true(fact_set_add(&set, spread_id(facts + stretch), (int64_t)stretch << 11, 1));
    for (size_t i = 0; i < 1 << 11; i++)
        entries += set.facts.shards[i].cap;
    assert_in_range(entries, facts, 32 * facts);
}

/* Many plays of one id: with a home by the id alone this would take minutes. */
static void test_one_id_with_many_contents(void **state)
{
    CLEANUP(fact_set_release) struct fact_set set = {0};
    (void)state;
    for (int round = 0; round < 2; round++)
        for (uint32_t content = 1; content <= 300000; content++)
            if (fact_set_add(&set, 5, 7, content) != (round == 0))
                fail_msg("round %d, content %u", round, content);
    assert_true(fact_set_has(&set, 5, 7, 1) && fact_set_has(&set, 5, 7, 300000));
    assert_false(fact_set_has(&set, 5, 7, 300001) || fact_set_has(&set, 6, 7, 1));
    assert_int_equal(set.shared_keys, 1);
}

/* Ids that lie close together under the key 1 may not under another: with homes by ids that can be
 * foreseen, one of these would take minutes. */
static void test_ids_that_were_chosen(void **state)
{
    (void)state;
    for (uint64_t key = 1; key <= 3; key++)
        for (int shift = 0; shift <= 44; shift += 11) {
            CLEANUP(fact_set_release) struct fact_set set = {.time_shift = shift ? 22 : 0};
            hash_set_key(key);
            for (uint64_t id = 0; id < 300000; id++)
                assert_true(fact_set_add(&set, id << shift, 7, 1));
            assert_int_equal(set.shared_keys, 0);
        }
}

static void test_shared_keys_count_each_id_once(void **state)
{
    static const struct {
        uint64_t id;
        uint32_t content;
        uint64_t shared;
    } adds[] = {{5, 1, 0}, {5, 1, 0}, {5, 2, 1}, {5, 3, 1},
                {5, 2, 1}, {6, 1, 1}, {6, 7, 2}, {0, 9, 2}};
    CLEANUP(fact_set_release) struct fact_set set = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(adds); i++) {
        fact_set_add(&set, adds[i].id, 7, adds[i].content);
        assert_int_equal(set.shared_keys, adds[i].shared);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_table),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_few_facts_in_the_rest),
        cmocka_unit_test(test_one_id_with_many_contents),
        cmocka_unit_test(test_ids_that_were_chosen),
        cmocka_unit_test(test_shared_keys_count_each_id_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
