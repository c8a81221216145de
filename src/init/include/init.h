/* init: looks at JSON files, and proposes a model of them. */
#pragma once

#include <base.h>
#include <store.h>

/* A source that was seen. */
struct init_seen {
    const char *name, *folder, *layout; /* in the proposal's arena */
    uint64_t files, bytes, records, faulty;
    size_t fields;
};

struct init_proposal {
    struct buffer yaml; /* the model, with comments */
    struct init_seen *sources;
    size_t source_count;
    struct arena arena;
    struct store_listing files; /* reads that were given up need them until the store is freed */
};
/* After the store is freed. */
void init_proposal_release(struct init_proposal *proposal);

/* Looks at some files of each folder of the input, and proposes a model that model_parse accepts.
 * `address` is the input's, and `file` where the model will be, for the lines that say how to run
 * it. STATUS_NO_INPUT where there are no JSON files; STATUS_FAILED where no field is a time. The
 * proposal is to be released in any case. */
NODISCARD enum status init_propose(struct store *store, const char *address, const char *file,
                                   struct init_proposal *out, struct error *error);
