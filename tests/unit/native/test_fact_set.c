/* The set of stored plays against a table that remembers everything. */
#include "unit.h"

#include "fact_set.h"

#define IDS      3000
#define CONTENTS 4 /* 1 to 4 */

/* Ways to make ids from small numbers: spread over all shards, close together, and at the end of a
 * shard, where a search wraps around. */
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

static void test_against_a_table(void **state)
{
    static uint64_t (*const ids[])(uint64_t) = {spread_id, close_id, last_id};
    (void)state;
    for (size_t i = 0; i < COUNT(ids); i++) {
        CLEANUP(fact_set_release) struct fact_set set = {0};
        bool known[IDS][CONTENTS] = {{0}};
        uint64_t random = 1 + i, shared = 0;
        for (int add = 0; add < 4 * IDS; add++) {
            unsigned number = 1 + random_below(&random, IDS - 1);
            unsigned content = random_below(&random, CONTENTS);
            bool is_new = !known[number][content];
            fact_set_prefetch(&set, ids[i](number));
            assert_int_equal(fact_set_add(&set, ids[i](number), content + 1), is_new);
            known[number][content] = true;
            unsigned other = random_below(&random, CONTENTS);
            assert_int_equal(fact_set_has(&set, ids[i](number), other + 1), known[number][other]);
        }
        for (size_t number = 0; number < IDS; number++) {
            int different = 0;
            for (size_t content = 0; content < CONTENTS; content++)
                different += known[number][content];
            shared += different > 1;
        }
        assert_int_equal(set.shared_keys, shared);
    }
}

/* Many plays of one id: with a home by the id alone this would take minutes. */
static void test_one_id_with_many_contents(void **state)
{
    CLEANUP(fact_set_release) struct fact_set set = {0};
    (void)state;
    for (int round = 0; round < 2; round++)
        for (uint32_t content = 1; content <= 300000; content++)
            if (fact_set_add(&set, 5, content) != (round == 0))
                fail_msg("round %d, content %u", round, content);
    assert_true(fact_set_has(&set, 5, 1) && fact_set_has(&set, 5, 300000));
    assert_false(fact_set_has(&set, 5, 300001) || fact_set_has(&set, 6, 1));
    assert_int_equal(set.shared_keys, 1);
}

/* Ids that lie close together under the key 1 may not under another: with homes by ids that can be
 * foreseen, one of these would take minutes. */
static void test_ids_that_were_chosen(void **state)
{
    (void)state;
    for (uint64_t key = 1; key <= 3; key++)
        for (int shift = 0; shift <= 44; shift += 11) {
            CLEANUP(fact_set_release) struct fact_set set = {0};
            hash_set_key(key);
            for (uint64_t id = 0; id < 300000; id++)
                assert_true(fact_set_add(&set, id << shift, 1));
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
        fact_set_add(&set, adds[i].id, adds[i].content);
        assert_int_equal(set.shared_keys, adds[i].shared);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_table),
        cmocka_unit_test(test_one_id_with_many_contents),
        cmocka_unit_test(test_ids_that_were_chosen),
        cmocka_unit_test(test_shared_keys_count_each_id_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
