/* Reading the decisions of a lake by several reads at once, from a store that says it is remote. */
#include "builtin.h"
#include "scratch.h"

#include <lake.h>
#include <store_kind.h>

/* Hands all on to the store in a scratch folder, and counts the reads. */
struct counting {
    struct store store; /* first */
    struct scratch scratch;
    size_t begun, finished, dropped;
};

struct counted_read {
    struct store_read read; /* first */
    struct store_read *inner;
};

static enum status do_list(struct store *store, struct store_list *lists, size_t count,
                           struct error *error)
{
    return store_list_all(((struct counting *)store)->scratch.store, lists, count, error);
}

static struct store_ahead do_reads_ahead(const struct store *store)
{
    (void)store;
    return (struct store_ahead){.reads = 2, .bytes = 1 << 20};
}

static struct store_read *do_read_begin(struct store *store, const struct store_object *object,
                                        uint64_t offset, size_t length)
{
    struct counting *counting = (struct counting *)store;
    struct counted_read *read = mem_alloc(sizeof *read);
    *read = (struct counted_read){
        {store}, store_read_begin(counting->scratch.store, object, offset, length)};
    counting->begun++;
    return &read->read;
}

static enum status do_read_finish(struct store_read *read, struct buffer *out, struct error *error)
{
    struct store_read *inner = ((struct counted_read *)read)->inner;
    ((struct counting *)read->store)->finished++;
    mem_free(read);
    return store_read_finish(inner, out, error);
}

static void do_read_drop(struct store_read *read)
{
    ((struct counting *)read->store)->dropped++;
    store_read_drop(((struct counted_read *)read)->inner);
    mem_free(read);
}

static const struct store_ops ops = {
    .is_remote = true,
    .list = do_list,
    .reads_ahead = do_reads_ahead,
    .read_begin = do_read_begin,
    .read_finish = do_read_finish,
    .read_drop = do_read_drop,
};

static void counting_release(struct counting *counting)
{
    scratch_release(&counting->scratch);
}

#define VERSIONS 6

static void counting_open(struct counting *counting)
{
    struct lake_options options = {
        .codec = PARQUET_ZSTD, .version = "0", .operation = "test", .keep_versions = VERSIONS};
    counting->store =
        (struct store){.ops = &ops, .read_from = &counting->store, .address = (char[]){"s3://b"}};
    scratch_open(&counting->scratch);
    for (size_t i = 0; i < VERSIONS; i++) {
        struct lake *lake = NULL;
        struct error error;
        struct lake_file file = {.table = table_of("users"), .rows = 1};
        ASSERT_OK(lake_open(counting->scratch.store, &options, &lake, &error), error);
        ASSERT_OK(lake_put(lake, &file, (struct str){&"abcdef"[i], 1}, &error), error);
        ASSERT_OK(lake_commit(lake, &error), error);
        lake_free(lake);
    }
}

static void test_all_decisions_are_read(void **state)
{
    CLEANUP(counting_release) struct counting counting = {0};
    CLEANUP(lake_history_release) struct lake_history history = {0};
    struct error error;
    (void)state;
    counting_open(&counting);
    ASSERT_OK(lake_history_read(&counting.store, &history, &error), error);
    assert_int_equal(history.count, VERSIONS);
    for (size_t i = 0; i < VERSIONS; i++)
        assert_int_equal(history.entries[i].version, VERSIONS - 1 - i);
    assert_int_equal(counting.finished, VERSIONS);
    assert_int_equal(counting.dropped, 0);
}

/* A read that is dropped goes on, and needs its object until the store is freed; those of the
 * decisions end with their listing. */
static void test_reads_under_way_are_finished_after_a_failure(void **state)
{
    CLEANUP(counting_release) struct counting counting = {0};
    struct lake_history history;
    struct error error;
    (void)state;
    counting_open(&counting);
    scratch_put(&counting.scratch, "_sparkify/commits/00000000000000000005.json", STR("{}"));
    assert_int_equal(lake_history_read(&counting.store, &history, &error), STATUS_CORRUPT);
    assert_in_range(counting.begun, 2, VERSIONS - 1);
    assert_int_equal(counting.finished, counting.begun);
    assert_int_equal(counting.dropped, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_decisions_are_read),
        cmocka_unit_test(test_reads_under_way_are_finished_after_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
