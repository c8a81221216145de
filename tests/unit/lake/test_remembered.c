/* A lake of another model than the built-in one remembers it; only columns that may be null can
 * come to its tables. */
#include "scratch.h"

#include "decision.h"
#include "names.h"

#include <lake.h>
#include <model_parse.h>

#include <stdio.h>

#define VISITS(columns) MORE_VISITS("", columns)
#define MORE_VISITS(fields, columns)                                                               \
    "model: visits\n"                                                                              \
    "sources:\n"                                                                                   \
    "  visits:\n"                                                                                  \
    "    folder: visits\n"                                                                         \
    "    fields: {at: {type: timestamp_ms, required: true}, who: {type: string, required: true},"  \
    " page: string, from: string" fields "}\n"                                                     \
    "dimensions:\n"                                                                                \
    "  people: {from: visits, key: who, order: -at, columns: {who: who}}\n"                        \
    "facts:\n"                                                                                     \
    "  visits: {from: visits, time: at, id: {visit_id: [who, at]},\n"                              \
    "           columns: {at: at, who: who" columns "}}\n"

static struct model *parse(const char *text)
{
    struct error error = {0};
    struct model *model = NULL;
    ASSERT_OK(model_parse(str_of(text), "visits.yaml", &model, &error), error);
    return model;
}

static enum status open_as(struct scratch *scratch, const struct model *model, struct lake **out,
                           struct error *error)
{
    struct lake_options options = {.model = model,
                                   .codec = PARQUET_ZSTD,
                                   .version = "0",
                                   .operation = "test",
                                   .keep_versions = 9};
    return lake_open(scratch->store, &options, out, error);
}

/* A run with this model (NULL: the lake's) that adds a row of facts, unless there are no bytes. */
static void run(struct scratch *scratch, const struct model *model, const char *bytes)
{
    struct lake *lake = NULL;
    struct error error = {0};
    ASSERT_OK(open_as(scratch, model, &lake, &error), error);
    for (size_t i = 0; i < lake_model(lake)->all_count; i++)
        lake_set_mode(lake, (int)i, LAKE_APPEND);
    struct lake_file file = {model_facts_table(lake_model(lake)), STR(""), 1, NULL};
    if (bytes[0])
        ASSERT_OK(lake_put(lake, &file, str_of(bytes), &error), error);
    ASSERT_OK(lake_commit(lake, &error), error);
    lake_free(lake);
}

static void model_key(const struct model *model, struct buffer *out)
{
    lake_model_key(out, model);
}

static bool has_object(struct scratch *scratch, const char *key)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    struct error error;
    bool found = false;
    ASSERT_OK(store_list(scratch->store, "", STORE_LIST_ALL, &listing, &error), error);
    for (size_t i = 0; i < listing.count; i++)
        found |= str_starts_with(listing.objects[i].key, str_of(key));
    return found;
}

static void test_readers_find_the_model(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(lake_snapshot_release) struct lake_snapshot snapshot = {0};
    CLEANUP(lake_history_release) struct lake_history history = {0};
    CLEANUP(buffer_release) struct buffer key = {0}, decision = {0};
    struct model *model = parse(VISITS(", page: page, from: from"));
    struct error error = {0};
    (void)state;
    scratch_open(&scratch);
    run(&scratch, model, "one");
    run(&scratch, NULL, "two"); /* later runs need not say it */
    model_key(model, &key);
    assert_true(has_object(&scratch, buffer_text(&key)));
    scratch_get(&scratch, "_sparkify/commits/00000000000000000001.json", &decision);
    assert_non_null(strstr(buffer_text(&decision), buffer_text(&key)));
    assert_non_null(strstr(buffer_text(&decision), "\"format\": 3"));
    ASSERT_OK(lake_snapshot_read(scratch.store, -1, &snapshot, &error), error);
    assert_string_equal(snapshot.model->name, "visits");
    assert_int_equal(snapshot.tables[model_facts_table(snapshot.model)].count, 2);
    ASSERT_OK(lake_history_read(scratch.store, &history, &error), error);
    assert_int_equal(history.count, 2);
    assert_string_equal(history.model->tables[0].name, model->tables[0].name);
    assert_true(lake_owns(model_builtin(), buffer_str(&key)));
    model_free(model);
}

static void test_the_built_in_model_is_not_written(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(lake_snapshot_release) struct lake_snapshot snapshot = {0};
    CLEANUP(buffer_release) struct buffer text = {0};
    struct lake *lake = NULL;
    struct error error = {0};
    (void)state;
    scratch_open(&scratch);
    model_print(model_builtin(), true, &text);
    struct model *same = parse(buffer_text(&text));
    ASSERT_OK(open_as(&scratch, same, &lake, &error), error);
    ASSERT_OK(lake_commit(lake, &error), error);
    lake_free(lake);
    assert_false(has_object(&scratch, "_sparkify/models/"));
    ASSERT_OK(lake_snapshot_read(scratch.store, -1, &snapshot, &error), error);
    assert_ptr_equal(snapshot.model, model_builtin());
    model_free(same);
}

static void test_columns_come_to_a_lake(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer log = {0}, old_key = {0}, new_key = {0};
    struct model *old = parse(VISITS(", from: from, page: page"));
    struct model *new = parse(MORE_VISITS(", via: string", ", from: from, via: via, page: page"));
    (void)state;
    scratch_open(&scratch);
    run(&scratch, old, "one");
    run(&scratch, new, ""); /* no new row: the schema changes nevertheless */
    scratch_get(&scratch, "visits/_delta_log/00000000000000000001.json", &log);
    assert_non_null(strstr(buffer_text(&log), "metaData"));
    assert_non_null(strstr(buffer_text(&log), "via"));
    assert_null(strstr(buffer_text(&log), "\"remove\""));
    assert_false(has_object(&scratch, "people/_delta_log/00000000000000000001.json"));
    model_key(old, &old_key);
    model_key(new, &new_key);
    assert_true(has_object(&scratch, buffer_text(&new_key)));
    assert_false(has_object(&scratch, buffer_text(&old_key)));
    run(&scratch, new, ""); /* once is enough */
    assert_false(has_object(&scratch, "visits/_delta_log/00000000000000000002.json"));
    model_free(old);
    model_free(new);
}

static void test_other_models_are_refused(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer before = {0}, after = {0};
    struct model *old = parse(VISITS(", from: from, page: page"));
    struct model *other = parse(VISITS(", from: page, page: from"));
    const struct model *const models[] = {other, model_builtin()};
    (void)state;
    scratch_open(&scratch);
    run(&scratch, old, "one");
    scratch_keys(&scratch, &before);
    for (size_t i = 0; i < COUNT(models); i++) {
        struct lake *lake = NULL;
        struct error error = {0};
        assert_int_equal(open_as(&scratch, models[i], &lake, &error), STATUS_FAILED);
        assert_non_null(strstr(error.message, "is of the model 'visits'"));
        assert_null(lake);
    }
    scratch_keys(&scratch, &after);
    assert_string_equal(buffer_text(&after), buffer_text(&before));
    model_free(old);
    model_free(other);
}

static void test_a_damaged_model(void **state)
{
    static const char *const texts[] = {"", "model: [", VISITS(", page: page, from: from")};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        CLEANUP(scratch_release) struct scratch scratch = {0};
        CLEANUP(buffer_release) struct buffer key = {0};
        CLEANUP(lake_snapshot_release) struct lake_snapshot snapshot = {0};
        CLEANUP(lake_history_release) struct lake_history history = {0};
        struct model *model = parse(VISITS(", from: from, page: page"));
        struct error error = {0};
        scratch_open(&scratch);
        run(&scratch, model, "one");
        model_key(model, &key);
        scratch_put(&scratch, buffer_text(&key), str_of(texts[i]));
        assert_int_equal(lake_snapshot_read(scratch.store, -1, &snapshot, &error), STATUS_CORRUPT);
        assert_non_null(strstr(error.message, buffer_text(&key)));
        assert_int_equal(lake_history_read(scratch.store, &history, &error), STATUS_CORRUPT);
        model_free(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readers_find_the_model),
        cmocka_unit_test(test_the_built_in_model_is_not_written),
        cmocka_unit_test(test_columns_come_to_a_lake),
        cmocka_unit_test(test_other_models_are_refused),
        cmocka_unit_test(test_a_damaged_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
