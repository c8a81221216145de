/* fetch: the bytes that tasks need, asked for before it is their turn. */
#ifndef SPARKIFY_NATIVE_FETCH_H
#define SPARKIFY_NATIVE_FETCH_H

#include "input.h"

struct fetch;

/* What a task reads of one file: bytes [offset, offset + length), or up to its end. Of a range that
 * is a byte more before it, to see whether a line begins right at its start, and some more after
 * it, for the end of its last line; of a compressed file, its first piece. */
struct fetch_range {
    uint32_t file;
    uint64_t offset;
    size_t length;
};

/* For these tasks, in their order; all is borrowed. */
struct fetch *fetch_new(const struct input *input, const struct task *tasks, size_t task_count);
/* Gives up what was asked for and not taken. */
void fetch_free(struct fetch *fetch);

/* The need number `i` of a task: it has as many as it has files. */
struct fetch_range fetch_range_of(const struct fetch *fetch, const struct task *task, uint32_t i);
/* Waits for it, and appends its bytes to `out`. Each need is taken once, by any thread; those of
 * earlier tasks, which are being worked on by others, need not have been. */
NODISCARD enum status fetch_take(struct fetch *fetch, const struct task *task, uint32_t i,
                                 struct buffer *out, struct error *error);

#endif
