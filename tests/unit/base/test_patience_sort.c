/* patience_sort: qsort is the judge. */
#include "unit.h"

#include <stdlib.h>

/* Larger than a number, so that whole items are moved. */
struct item {
    int key, number;
    char rest[24];
};

static size_t comparisons;

static int compare(const void *a, const void *b)
{
    const struct item *left = a, *right = b;
    comparisons++;
    return (left->key > right->key) - (left->key < right->key);
}

typedef int key_fn(int number, int count);

static int ascending(int number, int count)
{
    (void)count;
    return number;
}

static int descending(int number, int count)
{
    return count - number;
}

static int equal(int number, int count)
{
    (void)number;
    (void)count;
    return 7;
}

/* As two threads leave them that have half of the work each. */
static int two_mixed(int number, int count)
{
    return number % 3 == 0 ? number : count + number;
}

/* As many as there are piles, and one more. */
static int stretches_of(int number, int count, int stretches)
{
    int len = count / stretches;
    return (stretches - number / len) * count + number % len;
}

static int many_stretches(int number, int count)
{
    return stretches_of(number, count, 32);
}

static int too_many_stretches(int number, int count)
{
    return stretches_of(number, count, 33);
}

static int in_disorder(int number, int count)
{
    return (int)((unsigned)number * 2654435761u % (unsigned)(count + 1));
}

/* Returns how many comparisons were made. */
static size_t check(key_fn *key, int count)
{
    struct item *items = mem_zalloc((size_t)(count + 1) * sizeof *items);
    struct item *wanted = mem_zalloc((size_t)(count + 1) * sizeof *wanted);
    bool *seen = mem_zalloc((size_t)count + 1);
    for (int i = 0; i < count; i++)
        items[i] = wanted[i] = (struct item){.key = key(i, count), .number = i};
    qsort(wanted, (size_t)count, sizeof *wanted, compare);
    comparisons = 0;
    patience_sort(items, (size_t)count, sizeof *items, compare);
    size_t made = comparisons;
    for (int i = 0; i < count; i++) {
        assert_int_equal(items[i].key, wanted[i].key);
        assert_int_equal(items[i].key, key(items[i].number, count)); /* moved as a whole */
        assert_false(seen[items[i].number]);
        seen[items[i].number] = true;
    }
    mem_free(items);
    mem_free(wanted);
    mem_free(seen);
    return made;
}

static void test_any_order(void **state)
{
    static key_fn *const keys[] = {ascending,      descending,         equal,      two_mixed,
                                   many_stretches, too_many_stretches, in_disorder};
    static const int counts[] = {0, 1, 2, 3, 33, 66, 1056, 10000};
    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++)
        for (size_t j = 0; j < COUNT(counts); j++)
            if (counts[j] >= 33 || (keys[i] != many_stretches && keys[i] != too_many_stretches))
                check(keys[i], counts[j]);
}

static void test_comparisons(void **state)
{
    (void)state;
    assert_int_equal(check(ascending, 1000), 999);
    assert_int_equal(check(equal, 1000), 999);
    assert_true(check(two_mixed, 1000) < 3000);
    patience_sort(NULL, 0, 8, compare);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_comparisons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
