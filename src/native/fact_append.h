/* fact_append: appends rows of a batch to a row group. Strings arrive as codes of the batch's
 * distinct values and leave as codes of the row group's dictionary; each distinct value is read
 * once a batch. */
#pragma once

#include "fact_group.h"
#include "facts.h"

/* The codes of a batch mapped to those of a row group. There is one map for each period of a batch
 * while those are few: a batch may have as many periods as facts, and a map is as large as the
 * batch's distinct values. */
struct code_map {
    uint64_t batch, group; /* the batch and the group that it was last begun for */
    uint32_t use;          /* tells entries of this use from older ones */
    struct code_map_entry {
        uint32_t use, code;
    } *entries[MODEL_MAX_COLUMNS]; /* by the coded columns, of each by the batch's codes */
    size_t caps[MODEL_MAX_COLUMNS];
};
#define CODE_MAPS 16

struct code_maps {
    struct code_map all[CODE_MAPS]; /* by the number of the period */
    uint32_t uses;                  /* begun so far */
    struct buffer scratch;          /* for escapes */
};

void code_maps_release(struct code_maps *maps);
/* The map for rows of a period, by numbers of its own and of the batch, that come to a row group.
 * Borrowed until the next call. */
const struct code_map *code_maps_begin(struct code_maps *maps, size_t period, uint64_t number,
                                       const struct facts_batch *batch,
                                       const struct fact_group *group);
/* Appends rows of the batch, but for what their look-ups have found; adding to group->rows is left
 * to the caller. */
void fact_group_append(struct fact_group *group, struct code_maps *maps, const struct code_map *map,
                       const struct facts_batch *batch, size_t from, size_t count);
