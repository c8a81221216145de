/* The memory of batches, and their rejected records. */
#include "batch.h"

#define KEEP_ARENA_BYTES ((size_t)1 << 20)

void batch_reset(struct batch *batch)
{
    struct batch kept = {
        .rejects = batch->rejects, .reject_cap = batch->reject_cap, .arena = batch->arena};
    if (kept.arena.total_bytes > KEEP_ARENA_BYTES)
        arena_release(&kept.arena);
    else
        arena_reset(&kept.arena);
    *batch = kept;
}

void batch_release(struct batch *batch)
{
    mem_free(batch->rejects);
    arena_release(&batch->arena);
    *batch = (struct batch){0};
}

void batch_reject(struct batch *batch, const struct model_fault *fault, uint32_t file,
                  uint64_t line, uint64_t offset, struct str record)
{
    struct str reason = str_of(fault->reason);
    const struct reject *last =
        batch->reject_count ? &batch->rejects[batch->reject_count - 1] : NULL;
    /* A million records may have the same fault: the reason is stored once. */
    reason =
        last && str_equal(last->reason, reason) ? last->reason : arena_copy(&batch->arena, reason);
    *MEM_ADD(batch->rejects, batch->reject_count, batch->reject_cap) = (struct reject){
        .code = fault->code,
        .file = file,
        .line = line,
        .offset = offset,
        .reason = reason,
        .record = arena_copy(&batch->arena, record),
    };
}
