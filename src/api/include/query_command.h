/* query_command: what the files of 'sparkify query' share. */
#pragma once

#include <engine.h>
#include <stores.h>

#include <query.h>

#define QUERY_FORMAT_UNSET (-1)

struct query_settings {
    struct common_settings common; /* first */
    struct stores_settings stores;
    const char *operands[2];
    const char *text; /* SQL or a question, of the operands */
    const char *file, *out, *queries;
    bool list, show_sql;
    uint64_t limit, at; /* UINT64_MAX: not given */
    int64_t from_us, to_us;
    uint64_t cache_bytes;
    unsigned threads; /* 0: not given */
    enum engine engine;
    const char *spark; /* the server, of the Spark engine */
    bool plain_keys;
    int format; /* enum query_format, or QUERY_FORMAT_UNSET */
};
/* Which version and days of a lake are queried, and by how many threads: for the `shared` of query,
 * report and serve. Their values are in a struct query_settings. */
extern const struct option query_scope_options[];
