/* What the tests of the native layer share: records made from JSON text. */
#ifndef SPARKIFY_TEST_NATIVE_CASE_H
#define SPARKIFY_TEST_NATIVE_CASE_H

#include "builtin.h"
#include "unit.h"

#include "decode.h"
#include "facts.h"

/* Scans and checks one record that must be kept, and hands it to `keep`. */
static inline void keep_json(int id, const char *json, decoder_keep_fn *keep, void *ctx)
{
    const struct model_source *source = &model_builtin()->sources[id];
    struct model_reader *reader = model_reader_new(source, NULL, NULL);
    struct buffer text = {0};
    struct model_record record = {0};
    struct model_fault fault = {0};
    struct json_fault ignored;
    buffer_append_str(&text, str_of(json));
    memset(buffer_reserve(&text, JSON_PADDING), 0, JSON_PADDING);
    const char *stop =
        model_read(reader, text.data, text.data + text.len, JSON_LINE, &record, &ignored);
    struct model_checker checker;
    model_checker_init(&checker, model_builtin(), source);
    if (!stop || model_check(&checker, &record, &fault) != RECORD_KEPT)
        fail_msg("%s: %s", json, fault.reason);
    keep(ctx, &record);
    if (keep == facts_batch_keep)
        facts_batch_end_piece(ctx);
    buffer_release(&text);
    model_reader_free(reader);
}

#endif
