/* A proposal, and the store's reads that were given up for it. */
#include "scratch.h"

#include <init.h>
#include <store_kind.h>

#define RECORD "{\"id\":\"%d\",\"at\":\"2018-11-30T12:00:0%dZ\"}\n"

/* A store like one in S3: until it is freed it needs the objects of reads that were dropped. */
static struct {
    const struct store_ops *ops;
    const struct store_object *begun, *dropped;
    size_t needed_bytes;
} spy;

static struct store_read *spy_begin(struct store *store, const struct store_object *object,
                                    uint64_t offset, size_t length)
{
    spy.begun = object;
    return spy.ops->read_begin(store, object, offset, length);
}

static void spy_drop(struct store_read *read)
{
    spy.dropped = spy.begun;
    spy.ops->read_drop(read);
}

static void spy_free(struct store *store)
{
    spy.needed_bytes = strnlen(spy.dropped->key.data, spy.dropped->key.len);
    spy.ops->free(store);
}

/* One frame of Zstandard with one raw block (RFC 8878, sections 3.1.1.1 and 3.1.1.2). */
static void append_frame(struct buffer *out, struct str text)
{
    assert_in_range(text.len, 1, 255);
    buffer_append(out, "\x28\xB5\x2F\xFD\x20", 5); /* a single segment, its size in a byte */
    buffer_append_char(out, (char)text.len);
    buffer_append_char(out, (char)(text.len << 3 | 1));
    buffer_append_char(out, (char)(text.len >> 5));
    buffer_append_char(out, '\0');
    buffer_append_str(out, text);
}

static void test_files_outlive_the_store(void **state)
{
    struct scratch scratch;
    struct init_proposal proposal;
    struct error error;
    CLEANUP(buffer_release) struct buffer text = {0}, file = {0};
    (void)state;
    scratch_open(&scratch);
    for (int i = 0; i < 5; i++)
        buffer_appendf(&text, RECORD, i, i);
    append_frame(&file, buffer_str(&text));
    scratch_put(&scratch, "events/0.json.zst", buffer_str(&file));
    spy.ops = scratch.store->ops;
    struct store_ops ops = *spy.ops;
    ops.read_begin = spy_begin;
    ops.read_drop = spy_drop;
    ops.free = spy_free;
    scratch.store->ops = &ops;
    ASSERT_OK(init_propose(scratch.store, scratch.path, "m.yaml", &proposal, &error), error);
    assert_int_equal(proposal.source_count, 1);
    assert_int_equal(proposal.sources[0].records, 5);
    assert_non_null(spy.dropped); /* what comes behind the last chunk */
    scratch_release(&scratch);
    assert_int_equal(spy.needed_bytes, strlen("events/0.json.zst"));
    init_proposal_release(&proposal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_files_outlive_the_store)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
