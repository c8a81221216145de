/* Writes the rejected records of batches. */
#include "batch_rejects.h"

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
        TRY(rejects_write(rejects, &line, error));
    }
    *lines_before += batch->lines;
    return STATUS_OK;
}
