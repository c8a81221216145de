/* A rebuild puts the tables of another model in place of a lake's. */
#include "scratch.h"

#include "names.h"

#include <lake.h>
#include <model_parse.h>

#include <stdio.h>

/* Facts, and a dimension of this name and these partitions. */
#define MODEL(name, people, partitions)                                                            \
    "model: " name "\n"                                                                            \
    "sources:\n"                                                                                   \
    "  visits:\n"                                                                                  \
    "    folder: visits\n"                                                                         \
    "    fields: {at: {type: timestamp_ms, required: true}, who: {type: string, required: true},"  \
    " page: {type: string, required: true}}\n"                                                     \
    "dimensions:\n"                                                                                \
    "  " people                                                                                    \
    ": {from: visits, key: who, order: -at, columns: {who: who, page: page}" partitions "}\n"      \
    "facts:\n"                                                                                     \
    "  visits: {from: visits, time: at, id: {visit_id: [who, at]}, columns: {at: at, who: who}}\n"

#define PEOPLE MODEL("people", "people", "")
#define PAGES  MODEL("pages", "people", ", partition: [page]")
#define GUESTS MODEL("guests", "guests", ", partition: [page]")

static struct model *parse(const char *text)
{
    struct error error = {0};
    struct model *model = NULL;
    ASSERT_OK(model_parse(str_of(text), "visits.yaml", &model, &error), error);
    return model;
}

static enum status open_as(struct scratch *scratch, const struct model *model, bool is_rebuild,
                           struct lake **out, struct error *error)
{
    struct lake_options options = {.model = model,
                                   .codec = PARQUET_ZSTD,
                                   .version = "0",
                                   .operation = "test",
                                   .keep_versions = 9,
                                   .is_rebuild = is_rebuild};
    return lake_open(scratch->store, &options, out, error);
}

static void put_file(struct lake *lake, int table, const char *bytes)
{
    struct error error = {0};
    bool is_by_page = lake_model(lake)->tables[table].partition_count > 0;
    struct lake_file file = {table, is_by_page ? STR("page=a") : STR(""), 1, NULL};
    ASSERT_OK(lake_put(lake, &file, str_of(bytes), &error), error);
}

/* A run with this model (NULL: the lake's) that writes a row of the dimension and one of facts. */
static void run(struct scratch *scratch, const struct model *model, bool is_rebuild,
                const char *bytes)
{
    struct lake *lake = NULL;
    struct error error = {0};
    ASSERT_OK(open_as(scratch, model, is_rebuild, &lake, &error), error);
    put_file(lake, 0, bytes);
    put_file(lake, model_facts_table(lake_model(lake)), bytes);
    ASSERT_OK(lake_commit(lake, &error), error);
    lake_free(lake);
}

/* How many objects below a folder have a name with this in it. */
static size_t count(struct scratch *scratch, const char *folder, const char *part)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    struct error error;
    size_t found = 0;
    ASSERT_OK(store_list(scratch->store, folder, STORE_LIST_ALL, &listing, &error), error);
    for (size_t i = 0; i < listing.count; i++)
        found += memmem(listing.objects[i].key.data, listing.objects[i].key.len, part,
                        strlen(part)) != NULL;
    return found;
}

static void test_partitions_change(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer log = {0}, decision = {0};
    struct model *people = parse(PEOPLE), *pages = parse(PAGES);
    (void)state;
    scratch_open(&scratch);
    run(&scratch, people, false, "one");
    run(&scratch, pages, true, "two");
    scratch_get(&scratch, "people/_delta_log/00000000000000000001.json", &log);
    const char *text = buffer_text(&log);
    assert_non_null(strstr(text, "\"partitionColumns\":[\"page\"]"));
    assert_non_null(strstr(text, "\"extendedFileMetadata\":true,\"partitionValues\":{}"));
    assert_non_null(strstr(text, "\"partitionValues\":{\"page\":\"a\"}"));
    assert_null(strstr(text, "\"protocol\""));
    assert_int_equal(count(&scratch, "people", "part-"), 1);
    scratch_get(&scratch, "_sparkify/commits/00000000000000000001.json", &decision);
    assert_non_null(strstr(buffer_text(&decision), "\"began\": 1"));
    assert_int_equal(count(&scratch, "_sparkify/models", ""), 2);
    run(&scratch, NULL, false, "three");
    assert_int_equal(count(&scratch, "_sparkify/models", ""), 1);
    model_free(people);
    model_free(pages);
}

static void test_a_table_goes_and_comes_back(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer first = {0}, empty = {0}, again = {0};
    struct model *people = parse(PEOPLE), *guests = parse(GUESTS);
    (void)state;
    scratch_open(&scratch);
    run(&scratch, people, false, "one");
    run(&scratch, guests, true, "two");
    scratch_get(&scratch, "people/_delta_log/00000000000000000001.json", &empty);
    assert_non_null(strstr(buffer_text(&empty), "\"remove\""));
    assert_null(strstr(buffer_text(&empty), "\"add\""));
    assert_int_equal(count(&scratch, "people", "part-"), 0);
    run(&scratch, NULL, false, "three");
    assert_int_equal(count(&scratch, "people", ""), 2); /* its log */
    run(&scratch, people, true, "four");
    scratch_get(&scratch, "people/_delta_log/00000000000000000000.json", &first);
    scratch_get(&scratch, "people/_delta_log/00000000000000000002.json", &again);
    const char *id = strstr(buffer_text(&first), "\"id\":\"");
    CLEANUP(buffer_release) struct buffer same = {0};
    buffer_append(&same, id, sizeof "\"id\":\"" + 36);
    assert_non_null(strstr(buffer_text(&again), buffer_text(&same)));
    assert_int_equal(count(&scratch, "guests", "part-"), 0);
    model_free(people);
    model_free(guests);
}

/* Of a rebuild that crashed before its decision there are both models and some files. */
static void test_what_a_crashed_rebuild_has_left(void **state)
{
    static const char *const files[] = {
        "people/page=a/part-00000-20200101T000000Z-00000000.zstd.parquet",
        "guests/page=a/part-00000-20200101T000000Z-00000000.zstd.parquet",
        "guests/page=a/notes.txt",
    };
    CLEANUP(scratch_release) struct scratch scratch = {0};
    struct model *people = parse(PEOPLE), *others[] = {parse(PAGES), parse(GUESTS)};
    (void)state;
    scratch_open(&scratch);
    run(&scratch, people, false, "one");
    for (size_t i = 0; i < COUNT(files); i++)
        scratch_put(&scratch, files[i], STR("bytes"));
    struct lake *lake = NULL;
    struct error error = {0};
    assert_int_equal(open_as(&scratch, NULL, false, &lake, &error), STATUS_FOREIGN);
    for (size_t i = 0; i < COUNT(others); i++) {
        CLEANUP(buffer_release) struct buffer key = {0}, text = {0};
        lake_model_key(&key, others[i]);
        model_print(others[i], true, &text);
        scratch_put(&scratch, buffer_text(&key), buffer_str(&text));
    }
    scratch_put(&scratch, "_sparkify/models/0123456789abcdef.yaml", STR("no model"));
    run(&scratch, NULL, false, "two");
    assert_int_equal(count(&scratch, "people", "page=a"), 0);
    assert_int_equal(count(&scratch, "guests", "part-"), 0);
    assert_int_equal(count(&scratch, "guests", "notes.txt"), 1);
    run(&scratch, NULL, false, "three");
    assert_int_equal(count(&scratch, "_sparkify/models", ""), 1);
    model_free(people);
    model_free(others[0]);
    model_free(others[1]);
}

/* The plan of a run that crashed before its logs; nobody has read its lines before. */
static void test_a_log_that_names_what_is_not_ours(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(store_listing_release) struct store_listing plans = {0};
    CLEANUP(buffer_release) struct buffer decision = {0}, plan = {0};
    struct model *people = parse(PEOPLE), *guests = parse(GUESTS);
    struct lake *lake = NULL;
    struct error error = {0};
    (void)state;
    scratch_open(&scratch);
    run(&scratch, people, false, "one");
    run(&scratch, guests, true, "two");
    struct str key = STR("people/_delta_log/00000000000000000001.json");
    ASSERT_OK(store_delete(scratch.store, &key, 1, &error), error);
    scratch_get(&scratch, "_sparkify/commits/00000000000000000001.json", &decision);
    ASSERT_OK(store_list(scratch.store, "_sparkify/plans", STORE_LIST_ALL, &plans, &error), error);
    char plan_key[256];
    snprintf(plan_key, sizeof plan_key, "%.*s", STR_ARG(plans.objects[0].key));
    scratch_get(&scratch, plan_key, &plan);
    char *path = memmem(plan.data, plan.len, "\"remove\":{\"path\":\"part", 22);
    for (char *at = path;
         (at = memmem(at, plan.len - (size_t)(at - plan.data), "\"path\":\"part", 12)) != NULL;)
        memcpy(at, "\"path\":\"/etc", 12);
    scratch_put(&scratch, plan_key, buffer_str(&plan));
    char *hash = strstr((char *)(uintptr_t)buffer_text(&decision), "\"plan_hash\"");
    memcpy(hash, "\"plan_hush\"", 11);
    scratch_put(&scratch, "_sparkify/commits/00000000000000000001.json", buffer_str(&decision));
    assert_int_equal(open_as(&scratch, NULL, false, &lake, &error), STATUS_CORRUPT);
    assert_non_null(strstr(error.message, "is not an action on our files"));
    assert_int_equal(count(&scratch, "people", "_delta_log"), 1);
    model_free(people);
    model_free(guests);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partitions_change),
        cmocka_unit_test(test_a_table_goes_and_comes_back),
        cmocka_unit_test(test_what_a_crashed_rebuild_has_left),
        cmocka_unit_test(test_a_log_that_names_what_is_not_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
