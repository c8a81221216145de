/* batch_rejects: writes the rejected records of batches, with their line numbers in their files. */
#pragma once

#include "batch.h"
#include "input.h"

#include <output.h>

/* Writes the rejects of a batch. It is called for every batch, in the order of the input, also for
 * one without rejects: *lines_before, at first 0, counts the lines of the current file that precede
 * the next batch. Errors are those of rejects_write; STATUS_FAILED
 * at the first reject that the source's contract does not allow. */
NODISCARD enum status batch_rejects_write(struct rejects *rejects, uint64_t *lines_before,
                                          const struct input *input, const struct batch *batch,
                                          struct error *error);
