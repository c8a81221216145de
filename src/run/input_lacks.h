/* input_lacks: columns that have come to the model since an object was read. */
#pragma once

#include <run.h>

/* Appends the columns that the run's model has added to the lake's tables of what came of the
 * source, as OBJECTS_LACKS has them. */
void input_append_gained(const struct lake *lake, const struct model *model, int source,
                         struct buffer *out);
/* What an object of the source lacks by now: what is recorded of it, and what is gained. Null where
 * it lacks nothing. Remembered in `lacking` of the source. */
struct str input_lacks(struct input_diff *diff, int source, const struct recorded_object *recorded,
                       struct str gained);
