/* Arenas. */
#include "unit.h"

#include <stdio.h>

static void test_arena_keeps_what_it_is_given(void **state)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct str copies[2000];
    char text[64];
    (void)state;
    for (size_t i = 0; i < COUNT(copies); i++) {
        int len = snprintf(text, sizeof text, "%0*zu", (int)(i % 60) + 1, i);
        copies[i] = arena_copy(&arena, (struct str){text, (size_t)len});
        assert_int_equal((uintptr_t)arena_alloc(&arena, i % 7) % 8, 0);
    }
    for (size_t i = 0; i < COUNT(copies); i++) {
        snprintf(text, sizeof text, "%0*zu", (int)(i % 60) + 1, i);
        assert_str(copies[i], text);
    }
    assert_null(arena_copy(&arena, STR_NULL).data);
    assert_non_null(arena_copy(&arena, STR("")).data);
    memset(arena_alloc(&arena, 5 << 20), 1, 5 << 20); /* more than a block */
    size_t total = arena.total_bytes;
    arena_reset(&arena);
    assert_true(arena.total_bytes < total);
    arena_release(&arena);
    for (int i = 0; i < 5000; i++)
        arena_alloc(&arena, 100);
    total = arena.total_bytes;
    for (int round = 0; round < 2; round++) { /* in one block from now on */
        arena_reset(&arena);
        assert_int_equal(arena.total_bytes, total);
        char *first = arena_alloc(&arena, 100);
        for (int i = 1; i < 5000; i++)
            assert_ptr_equal(arena_alloc(&arena, 100), first + (size_t)i * 104);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_arena_keeps_what_it_is_given)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
