/* batch_rejects: the refused records of batches, with the lines that they have in their files. */
#ifndef SPARKIFY_NATIVE_BATCH_REJECTS_H
#define SPARKIFY_NATIVE_BATCH_REJECTS_H

#include "batch.h"
#include "input.h"

#include <output.h>

/* Writes a batch's rejects; also called for batches without any, to keep count of lines:
 * *lines_before, at first 0, is how many of the current file come before the next batch. */
NODISCARD enum status batch_rejects_write(struct rejects *rejects, uint64_t *lines_before,
                                          const struct input *input, const struct batch *batch,
                                          struct error *error);

#endif
