/* filters: which plays a request selects, from its query parameters or its JSON. */
#pragma once

#include <serve.h>

#include <jansson.h>

#define FILTERS(X)                                                                                 \
    X(from)                                                                                        \
    X(to)                                                                                          \
    X(level)                                                                                       \
    X(state)                                                                                       \
    X(artist)

/* The values as given; a null string: no such filter. */
struct filters {
#define X(name) struct str name;
    FILTERS(X)
#undef X
    struct arena arena;
};
void filters_release(struct filters *filters);
/* Reads {"from": "2018-11-01", "level": "paid", …}; null values are ignored. STATUS_USAGE for an
 * unknown filter or a value of another type. */
NODISCARD enum status filters_from_json(const json_t *object, struct filters *out,
                                        struct error *error);
/* Sets a filter by its name; an empty value removes it. STATUS_USAGE when there is no filter of
 * this name. */
NODISCARD enum status filters_set(struct filters *filters, const char *name, const char *value,
                                  struct error *error);
/* Applies the filters within the range that the server shows. STATUS_USAGE for invalid days. */
NODISCARD enum status filters_apply(const struct filters *filters, struct query_lake *lake,
                                    struct error *error);
/* Appends a canonical form of the filters, for cache keys. */
void filters_append_key(const struct filters *filters, struct buffer *out);
