/* rejects: the file of refused records, written as the batches come in order. */
#ifndef SPARKIFY_NATIVE_REJECTS_H
#define SPARKIFY_NATIVE_REJECTS_H

#include "batch.h"
#include "input.h"

#include <lake.h>

struct rejects {
    struct lake *lake;          /* borrowed */
    struct lake_upload *upload; /* begun with the first reject */
    struct buffer text;
    uint64_t lines_before; /* in the current file, before the current batch */
    uint64_t count;
};

void rejects_init(struct rejects *rejects, struct lake *lake);
/* Gives up what is not finished. */
void rejects_release(struct rejects *rejects);
/* Writes a batch's rejects; also called for batches without any, to keep count of lines. */
NODISCARD enum status rejects_add(struct rejects *rejects, const struct input *input,
                                  const struct batch *batch, struct error *error);
NODISCARD enum status rejects_finish(struct rejects *rejects, struct error *error);

#endif
