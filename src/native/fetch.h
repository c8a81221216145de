/* fetch: reads the bytes of tasks ahead of their use. */
#pragma once

#include "input.h"

struct fetch;

/* What a task reads of one file: bytes [offset, offset + length), or up to the file's end. For a
 * range of lines: one byte more before it, to see whether a line begins at its start, and some more
 * behind it, for the end of its last line. For a compressed file: its first piece. */
struct fetch_range {
    uint32_t file;
    uint64_t offset;
    size_t length;
};

/* Creates a reader for these tasks, in their order. All arguments are borrowed. */
struct fetch *fetch_new(const struct input *input, const struct task *tasks, size_t task_count);
/* Cancels the reads that were begun and not taken; NULL is allowed. */
void fetch_free(struct fetch *fetch);

/* The range `i` of a task: a task has one for each of its files. */
struct fetch_range fetch_range_of(const struct fetch *fetch, const struct task *task, uint32_t i);
/* Waits for range `i` of the task and appends its bytes to `out`. Each range is taken once, by any
 * thread, in any order. Errors are those of store_get. */
NODISCARD enum status fetch_take(struct fetch *fetch, const struct task *task, uint32_t i,
                                 struct buffer *out, struct error *error);
