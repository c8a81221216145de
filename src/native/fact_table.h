/* fact_table: adds batches of facts in the order of the input: stores identical facts once, puts
 * rows into the row group of their period, and gathers winners and times. */
#pragma once

#include "committed_facts.h"
#include "fact_append.h"
#include "fact_found.h"
#include "fact_set.h"
#include "fact_winners.h"
#include "flow.h"
#include "times.h"

/* A file, and who uses it: the period, until it has its last row group, and the jobs that encode
 * row groups. Whoever is the last finishes it. */
struct fact_file {
    struct table_file *file;
    _Atomic size_t users;
    atomic_bool is_failed; /* a row group is missing */
};

/* A period's partition, in the order of its first fact. */
struct fact_period {
    uint32_t period;
    struct fact_file *file;   /* once a group was handed out */
    size_t groups;            /* of the file, handed out so far */
    size_t file_bytes;        /* what these take while they wait for the file's end, by a guess */
    unsigned files;           /* finished so far */
    struct fact_group *group; /* being filled, or NULL */
};

/* The facts as rows have them that were written before columns came. */
struct old_facts {
    uint64_t lacks; /* those columns, by their positions in the file */
    struct fact_set set;
};

struct fact_table {
    const struct fact_layout *layout;  /* borrowed */
    struct output *output;             /* borrowed */
    struct committed_facts *committed; /* borrowed; NULL: no facts are in the lake before these */
    struct fact_set fact_set;
    struct old_facts *old; /* columns that rows of the lake may lack */
    size_t old_count;
    bool lacks_keys;                                /* some lack the keys of the look-up */
    struct fact_winners winners[MODEL_MAX_WINNERS]; /* by the layout's rules */
    struct fact_found found[MODEL_MAX_LOOKUPS];
    struct times times;
    struct fact_period *periods;
    size_t period_count, period_cap;
    struct dictionary period_numbers; /* in `periods` */
    struct code_maps maps;
    uint64_t groups;               /* begun so far */
    size_t open_bytes, open_count; /* of the periods' groups, as fact_group_bytes counts */
    size_t file_bytes, file_count; /* of the periods' files */
    size_t open_limit, file_limit; /* of open_bytes and file_bytes */
    uint64_t batches;
    uint64_t rows, matched, identical, kept;
    struct {
        pthread_mutex_t mutex;
        struct fact_group *spare; /* emptied ones, to be filled again */
        size_t spare_count;
    } shared;
};

void fact_table_init(struct fact_table *table, const struct fact_layout *layout,
                     struct output *output, const struct lookup *lookups);
void fact_table_release(struct fact_table *table);
/* Before the first fact: rows of the lake may be without these columns of the table; then they are
 * identical to a fact that has the same values in all others. */
void fact_table_expect_old(struct fact_table *table, uint64_t lacks);
/* The next batch is added in three steps, each of which depends on the batches before it in the
 * same step alone: steps of different batches may run at the same time. */
/* Finds facts that are there already. */
NODISCARD enum status fact_table_find_identical(struct fact_table *table, struct facts_batch *batch,
                                                struct error *error);
/* Appends the other facts to row groups; full ones are pushed to the flow as jobs. */
NODISCARD enum status fact_table_append(struct fact_table *table, const struct facts_batch *batch,
                                        struct flow *flow, unsigned worker, struct error *error);
/* Adds the rows of the lake that are not among the facts that were read, all of which must have
 * been added; counts them as kept. */
NODISCARD enum status fact_table_add_stored(struct fact_table *table, struct facts_batch *batch,
                                            struct flow *flow, unsigned worker,
                                            struct error *error);
/* Called when all facts have been added: removes times that are in the lake already. */
void fact_table_finish(struct fact_table *table);
/* Encodes the last row group of the period with this number in `periods`, and finishes its file. */
NODISCARD enum status fact_table_close_period(struct fact_table *table, size_t period,
                                              unsigned worker, struct error *error);
/* The winners of a rule over facts. */
const struct fact_winners *fact_table_winners(const struct fact_table *table,
                                              const struct model_winner *rule);
