/* fact_found: the columns of facts that look-ups found. */
#pragma once

#include "fact_group.h"
#include "winners.h"

/* Of one look-up. */
struct fact_found {
    const struct fact_layout *layout;  /* borrowed */
    const struct fact_lookup *columns; /* borrowed */
    const struct lookup *lookup;       /* borrowed */
    unsigned char *codes; /* struct found_codes, by the key's number; made when it is needed. One
                           * array for all groups: there may be many of both */
    size_t bytes;         /* of each */
    struct found_strings *strings; /* by the look-up's columns of strings */
};

void fact_found_init(struct fact_found *found, const struct fact_layout *layout, size_t number,
                     const struct lookup *lookup);
void fact_found_release(struct fact_found *found);
/* Sets `count` rows of the group behind those it has, for which it has room, to what was found for
 * these keys, or INDEX_NONE. Returns how many of the rows have a match. */
size_t fact_found_append(struct fact_found *found, struct fact_group *group,
                         const uint32_t *matches, size_t count);
