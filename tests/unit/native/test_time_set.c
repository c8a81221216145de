/* The set of times against sorting. */
#include "unit.h"

#include "time_set.h"

#include <stdlib.h>

#define NUMBERS 60000

/* How numbers are made: over all blocks, over three, close together in one, ascending with gaps,
 * descending. */
static uint32_t spread_number(uint64_t *random, size_t i)
{
    (void)i;
    return (uint32_t)random_next(random);
}

static uint32_t near_number(uint64_t *random, size_t i)
{
    (void)i;
    return 65536 * 7 - 20000 + random_below(random, 140000);
}

static uint32_t dense_number(uint64_t *random, size_t i)
{
    (void)i;
    return random_below(random, 65536);
}

static uint32_t rising_number(uint64_t *random, size_t i)
{
    return (uint32_t)i * 40 + random_below(random, 60);
}

static uint32_t falling_number(uint64_t *random, size_t i)
{
    (void)random;
    return UINT32_MAX - (uint32_t)i * 3;
}

static uint32_t (*const kinds[])(uint64_t *, size_t) = {spread_number, near_number, dense_number,
                                                        rising_number, falling_number};

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static size_t sort_distinct(uint32_t *numbers, size_t count)
{
    size_t kept = 0;
    qsort(numbers, count, sizeof *numbers, by_number);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || numbers[kept - 1] != numbers[i])
            numbers[kept++] = numbers[i];
    return kept;
}

static void assert_holds(const struct time_set *set, const uint32_t *expected, size_t count)
{
    static const size_t limits[] = {NUMBERS, 4099, 70000};
    uint32_t *listed = mem_alloc(70000 * sizeof *listed);
    assert_int_equal(time_set_count(set), count);
    for (size_t i = 0; i < COUNT(limits); i++)
        for (size_t skip = 0; skip <= count; skip += limits[i]) {
            size_t left = count - skip, got = time_set_list(set, skip, limits[i], listed);
            assert_int_equal(got, left < limits[i] ? left : limits[i]);
            if (got)
                assert_memory_equal(listed, expected + skip, got * sizeof *listed);
        }
    mem_free(listed);
}

static void test_against_sorting(void **state)
{
    uint32_t *numbers = mem_alloc(NUMBERS * sizeof *numbers);
    (void)state;
    for (size_t kind = 0; kind < COUNT(kinds); kind++)
        for (size_t count = 0; count <= NUMBERS; count = count * 6 + 1) {
            CLEANUP(time_set_release) struct time_set set = {0};
            uint64_t random = 1 + kind;
            for (size_t i = 0; i < count; i++)
                numbers[i] = kinds[kind](&random, i);
            for (int round = 0; round < 2; round++)
                for (size_t i = 0; i < count; i++)
                    time_set_add(&set, numbers[i]);
            time_set_sort(&set);
            assert_holds(&set, numbers, sort_distinct(numbers, count));
        }
    mem_free(numbers);
}

/* Arrays and bits, each from each. */
static void test_subtract(void **state)
{
    uint32_t *numbers = mem_alloc(NUMBERS * sizeof *numbers);
    (void)state;
    for (size_t kind = 0; kind < COUNT(kinds); kind++)
        for (size_t other = 0; other < COUNT(kinds); other++) {
            CLEANUP(time_set_release) struct time_set set = {0}, taken = {0};
            uint64_t random = 1, again = kind == other ? 1 : 2;
            size_t kept = 0;
            for (size_t i = 0; i < NUMBERS; i++)
                time_set_add(&taken, kinds[other](&again, i));
            time_set_sort(&taken);
            uint32_t *gone = mem_alloc(NUMBERS * sizeof *gone);
            size_t gone_count = time_set_list(&taken, 0, NUMBERS, gone);
            for (size_t i = 0; i < NUMBERS / 2; i++)
                time_set_add(&set, numbers[i] = kinds[kind](&random, i));
            size_t count = sort_distinct(numbers, NUMBERS / 2);
            for (size_t i = 0; i < count; i++)
                if (!bsearch(&numbers[i], gone, gone_count, sizeof *gone, by_number))
                    numbers[kept++] = numbers[i];
            time_set_sort(&set);
            time_set_subtract(&set, &taken);
            assert_holds(&set, numbers, kept);
            mem_free(gone);
        }
    mem_free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_sorting),
        cmocka_unit_test(test_subtract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
