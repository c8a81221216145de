/* filters: which plays a request asks, from its parameters or its JSON. */
#ifndef SPARKIFY_SERVE_FILTERS_H
#define SPARKIFY_SERVE_FILTERS_H

#include <serve.h>

#include <jansson.h>

#define FILTERS(X)                                                                                 \
    X(from)                                                                                        \
    X(to)                                                                                          \
    X(level)                                                                                       \
    X(state)                                                                                       \
    X(artist)

/* Texts as they were given; a null string: there is no such filter. */
struct filters {
#define X(name) struct str name;
    FILTERS(X)
#undef X
    struct arena arena;
};
void filters_release(struct filters *filters);
/* Of {"from": "2018-11-01", "level": "paid", …}; null values are none. STATUS_USAGE for what is no
 * filter. */
NODISCARD enum status filters_from_json(const json_t *object, struct filters *out,
                                        struct error *error);
/* Sets one by its name; an empty value is none. STATUS_USAGE when there is none of this name. */
NODISCARD enum status filters_set(struct filters *filters, const char *name, const char *value,
                                  struct error *error);
/* Puts them over what the server shows at most. STATUS_USAGE for days that are none. */
NODISCARD enum status filters_apply(const struct filters *filters, struct query_lake *lake,
                                    struct error *error);
/* Appends them in one form for the same filters. */
void filters_append_key(const struct filters *filters, struct buffer *out);

#endif
