/* The sources that are built in. */
#include "unit.h"

#include <model.h>

static void test_names_are_those_of_the_fields(void **state)
{
    (void)state;
    for (int id = 0; id < SOURCE_COUNT; id++) {
        const struct model_source *source = &model_sources[id];
        for (size_t i = 0; i < source->field_count; i++) {
            const struct model_field *field = &source->fields[i];
            assert_true(str_equal(source->names[i], field->name));
            assert_int_equal(field->depth, 1);
            assert_true(str_equal(field->path[0].key, field->name));
        }
    }
    assert_string_equal(model_sources[SOURCE_SONGS].folder, "song_data");
    assert_string_equal(model_sources[SOURCE_LOGS].folder, "log_data");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names_are_those_of_the_fields)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
