/* What the tests of the native layer share: records made from JSON text. */
#ifndef SPARKIFY_TEST_NATIVE_CASE_H
#define SPARKIFY_TEST_NATIVE_CASE_H

#include "builtin.h"
#include "unit.h"

#include "decode.h"
#include "facts.h"

/* Scans and checks records that must be kept, one on a line, and hands them to `keep`: they are one
 * piece of input. */
static inline void keep_json(int id, const char *json, decoder_keep_fn *keep, void *ctx)
{
    const struct model_source *source = &model_builtin()->sources[id];
    struct model_reader *reader = model_reader_new(source, NULL, NULL);
    struct model_checker checker;
    struct buffer text = {0};
    buffer_append_str(&text, str_of(json));
    memset(buffer_reserve(&text, JSON_PADDING), 0, JSON_PADDING);
    model_checker_init(&checker, model_builtin(), source);
    const char *end = text.data + text.len;
    for (const char *at = text.data; at < end;) {
        struct model_record record = {0};
        struct model_fault fault = {0};
        struct json_fault ignored;
        at = model_read(reader, at, end, JSON_LINE, &record, &ignored);
        if (!at || model_check(&checker, &record, &fault) != RECORD_KEPT)
            fail_msg("%s: %s", json, fault.reason);
        keep(ctx, &record);
        at = json_skip_space(at, end, JSON_DOCUMENT);
    }
    if (keep == facts_batch_keep)
        facts_batch_end_piece(ctx);
    buffer_release(&text);
    model_reader_free(reader);
}

#endif
