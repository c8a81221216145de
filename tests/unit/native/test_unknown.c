/* Unknown fields by name, bounded whatever the input holds. */
#include "unit.h"

#include "unknown.h"

static void report(const struct unknown_fields *fields, struct arena *arena, struct buffer *out)
{
    struct source_report source = {0};
    unknown_report(fields, arena, &source);
    buffer_reset(out);
    for (size_t i = 0; i < source.unknown_count; i++)
        buffer_appendf(out, "%.*s=%d ", STR_ARG(source.unknown[i].name),
                       (int)source.unknown[i].records);
    buffer_appendf(out, "+%d", (int)source.unknown_more);
}

static void test_counts_by_name_sorted(void **state)
{
    CLEANUP(unknown_release) struct unknown_fields a = {0}, b = {0}, all = {0};
    CLEANUP(arena_release) struct arena arena = {0};
    CLEANUP(buffer_release) struct buffer text = {0};
    (void)state;
    report(&all, &arena, &text);
    assert_string_equal(buffer_text(&text), "+0");
    unknown_add(&a, STR("zeta"), 2);
    unknown_add(&a, STR("alpha"), 1);
    unknown_add(&a, STR("zeta"), 3);
    unknown_add(&b, STR("alpha"), 10);
    unknown_add(&b, STR(""), 1);
    unknown_merge(&all, &a);
    unknown_merge(&all, &b);
    report(&all, &arena, &text);
    assert_string_equal(buffer_text(&text), "=1 alpha=11 zeta=5 +0");
}

static void test_long_names_are_only_counted(void **state)
{
    CLEANUP(unknown_release) struct unknown_fields fields = {0};
    char name[257];
    (void)state;
    memset(name, 'n', sizeof name);
    unknown_add(&fields, (struct str){name, 256}, 1);
    assert_int_equal(fields.more, 0);
    unknown_add(&fields, (struct str){name, 257}, 4);
    assert_int_equal(fields.more, 4);
    assert_int_equal(fields.names.count, 1);
}

/* A name that is known goes on being counted when no new one is taken. */
static void test_names_beyond_the_limit_are_only_counted(void **state)
{
    CLEANUP(unknown_release) struct unknown_fields fields = {0}, all = {0};
    uint64_t sightings = 0;
    (void)state;
    for (int number = 0; number < 1500; number++) {
        CLEANUP(buffer_release) struct buffer name = {0};
        buffer_appendf(&name, "field %d", number);
        unknown_add(&fields, buffer_str(&name), 1);
    }
    assert_int_equal(fields.names.count, 1000);
    assert_int_equal(fields.more, 500);
    unknown_add(&fields, STR("field 0"), 5);
    assert_int_equal(fields.records[0], 6);
    unknown_merge(&all, &fields);
    unknown_merge(&all, &fields);
    for (size_t i = 0; i < all.names.count; i++)
        sightings += all.records[i];
    assert_int_equal(sightings, 2 * 1005);
    assert_int_equal(all.more, 2 * 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_by_name_sorted),
        cmocka_unit_test(test_long_names_are_only_counted),
        cmocka_unit_test(test_names_beyond_the_limit_are_only_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
