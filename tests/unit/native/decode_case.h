/* What the tests of decoding share: the whole of some tasks, decoded and put in order, as text that
 * can be compared. */
#ifndef SPARKIFY_TEST_DECODE_CASE_H
#define SPARKIFY_TEST_DECODE_CASE_H

#include "scratch.h"

#include "batch_rejects.h"
#include "decode.h"

struct decoded {
    struct buffer kept;    /* a line for each record: its fields as they stand in the input */
    struct buffer rejects; /* as in the file of rejects */
    uint64_t records, kept_records, left_out, rejected, bytes, files;
    size_t parts;
};

static inline void decoded_release(struct decoded *decoded)
{
    buffer_release(&decoded->kept);
    buffer_release(&decoded->rejects);
}

static inline void decoded_keep(void *ctx, const struct model_record *record)
{
    struct decoded *decoded = ctx;
    for (size_t i = 0; i < MODEL_MAX_FIELDS; i++)
        if (record->values[i].kind > JSON_KIND_NULL)
            buffer_appendf(&decoded->kept, "%zu=%.*s ", i, (int)record->values[i].len,
                           record->values[i].text);
    buffer_append_char(&decoded->kept, '\n');
}

/* One thread with one slot, which decodes and assembles in turn. */
struct decoding {
    const struct input *input;
    const struct task *tasks;
    struct decoder decoder;
    struct batch batch;
    struct rejects rejects;
    uint64_t lines_before;
    struct decoded *out;
};

static inline enum status decoding_work(void *ctx, struct flow *flow, unsigned worker, size_t task,
                                        size_t slot, struct error *error)
{
    struct decoding *decoding = ctx;
    return decoder_decode_task(&decoding->decoder, &decoding->tasks[task], &decoding->batch,
                               decoding->out, flow, worker, slot, error);
}

static inline enum status decoding_assemble(void *ctx, struct flow *flow, unsigned worker,
                                            size_t slot, struct error *error)
{
    struct decoding *decoding = ctx;
    struct decoded *out = decoding->out;
    const struct batch *batch = &decoding->batch;
    (void)flow;
    (void)worker;
    (void)slot;
    out->records += batch->records;
    out->kept_records += batch->kept;
    out->left_out += batch->left_out;
    out->rejected += batch->reject_count;
    out->bytes += batch->bytes;
    out->files += batch->files;
    out->parts++;
    TRY(batch_rejects_write(&decoding->rejects, &decoding->lines_before, decoding->input, batch,
                            error));
    batch_reset(&decoding->batch);
    return STATUS_OK;
}

/* Decodes the tasks in their order. */
static inline enum status decode_tasks(const struct input *input, const struct task *tasks,
                                       size_t count, struct decoded *out, struct error *error)
{
    struct decoding decoding = {.input = input, .tasks = tasks, .out = out};
    const struct lake_options dry = {.version = "0", .is_dry = true};
    struct lake *lake = NULL;
    atomic_bool cancel = false;
    struct flow_options options = {.threads = 1,
                                   .tasks = count,
                                   .slots = 1,
                                   .ctx = &decoding,
                                   .work = decoding_work,
                                   .assemble = {decoding_assemble},
                                   .cancel = &cancel};
    *out = (struct decoded){0};
    TRY(lake_open(NULL, &dry, &lake, error));
    struct fetch *fetch = fetch_new(input, tasks, count);
    decoder_init(&decoding.decoder, model_builtin(), input, fetch, decoded_keep, NULL);
    decoding.rejects = (struct rejects){.lake = lake, .most = UINT64_MAX};
    enum status status = flow_run(&options, error);
    buffer_append_str(&out->rejects, buffer_str(&decoding.rejects.first.text));
    rejects_release(&decoding.rejects);
    decoder_release(&decoding.decoder);
    fetch_free(fetch);
    batch_release(&decoding.batch);
    lake_free(lake);
    return status;
}

static inline void assert_same_bytes(const struct buffer *got, const struct buffer *expected)
{
    if (got->len != expected->len || (got->len && memcmp(got->data, expected->data, got->len) != 0))
        fail_msg("%.*s\ninstead of\n%.*s", STR_ARG(*got), STR_ARG(*expected));
}

static inline void assert_same_decoded(const struct decoded *got, const struct decoded *expected)
{
    assert_same_bytes(&got->kept, &expected->kept);
    assert_same_bytes(&got->rejects, &expected->rejects);
    assert_int_equal(got->records, expected->records);
    assert_int_equal(got->kept_records, expected->kept_records);
    assert_int_equal(got->left_out, expected->left_out);
    assert_int_equal(got->rejected, expected->rejected);
    assert_int_equal(got->files, expected->files);
}

#endif
