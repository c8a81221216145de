/* unknown: fields that the model does not know, counted by name. */
#pragma once

#include <run.h>

struct unknown_fields {
    struct dictionary names;
    uint64_t *records; /* by the name's code */
    size_t cap;
    uint64_t more; /* occurrences of names beyond the limit */
};

void unknown_release(struct unknown_fields *fields);
/* Adds `records` occurrences of a name. */
void unknown_add(struct unknown_fields *fields, struct str name, uint64_t records);
/* Adds all counts of `from`. */
void unknown_merge(struct unknown_fields *into, const struct unknown_fields *from);
/* Writes the counts into the report, sorted by name. */
void unknown_report(const struct unknown_fields *fields, struct arena *arena,
                    struct source_report *out);
