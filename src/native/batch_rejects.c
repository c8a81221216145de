/* Writes the rejected records of batches. */
#include "batch_rejects.h"

static enum status frozen(const struct input *input, const struct reject *reject, uint64_t line,
                          struct error *error)
{
    bool is_unknown = reject->code == REJECT_UNKNOWN_FIELD;
    error_set(error, STATUS_FAILED,
              "%s/%.*s, line %llu: %.*s; the contract of the source %s is "
              "'%s: freeze', so the run fails",
              store_address(input->store), STR_ARG(input->files.objects[reject->file].key),
              (unsigned long long)line, STR_ARG(reject->reason), input->source->name,
              is_unknown ? "unknown" : "faulty");
    return error_hint(error, is_unknown
                                 ? "declare the field in the model, or name it under 'ignored'"
                                 : "fix the record; --rebuild begins anew with another "
                                   "contract");
}

enum status batch_rejects_write(struct rejects *rejects, uint64_t *lines_before,
                                const struct input *input, const struct batch *batch,
                                struct error *error)
{
    if (!batch->is_part || batch->begins_file)
        *lines_before = 0;
    for (size_t i = 0; i < batch->reject_count; i++) {
        const struct reject *reject = &batch->rejects[i];
        struct reject_line line = {
            .source = input->source,
            .file = input->files.objects[reject->file].key,
            .line = *lines_before + reject->line,
            .offset = &reject->offset,
            .code = reject->code,
            .reason = reject->reason,
            .record = reject->record,
        };
        if (model_is_frozen(input->source, reject->code))
            return frozen(input, reject, line.line, error);
        TRY(rejects_write(rejects, &line, error));
    }
    *lines_before += batch->lines;
    return STATUS_OK;
}
