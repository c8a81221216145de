/* fact_table: adds batches of facts in the order of the input: stores identical facts once, puts
 * rows into the row group of their month, and gathers winners and times. */
#ifndef SPARKIFY_NATIVE_FACT_TABLE_H
#define SPARKIFY_NATIVE_FACT_TABLE_H

#include "committed_facts.h"
#include "fact_group.h"
#include "fact_set.h"
#include "fact_winners.h"
#include "flow.h"
#include "times.h"

/* A month's partition, in the order of its first fact. */
struct fact_month {
    uint32_t month;
    struct table_file *file;  /* once a group was handed out */
    size_t groups;            /* handed out so far */
    struct fact_group *group; /* being filled, or NULL */
};

/* The codes of a batch mapped to those of a row group. There is one map for each month of a batch
 * while those are few: a batch may have as many months as facts, and a map is as large as the
 * batch's distinct values. */
struct code_map {
    uint64_t batch, group; /* the batch and the group that it was last begun for */
    uint32_t use;          /* tells entries of this use from older ones */
    struct code_map_entry {
        uint32_t use, code;
    } *entries[MODEL_MAX_COLUMNS]; /* by the coded columns */
    size_t caps[MODEL_MAX_COLUMNS];
};
#define CODE_MAPS 16

/* The codes of the record found for a key of the look-up, in the group that used them last. */
struct found_codes {
    uint64_t group;   /* its serial */
    uint32_t codes[]; /* by the found columns */
};

struct fact_table {
    const struct fact_layout *layout;  /* borrowed */
    struct output *output;             /* borrowed */
    const struct lookup *lookup;       /* borrowed */
    struct committed_facts *committed; /* borrowed; NULL: no facts are in the lake before these */
    struct fact_set fact_set;
    bool has_old_rows; /* rows of the lake may be from before the keys of the look-up were
                        * columns */
    struct fact_set old_fact_set; /* with has_old_rows: the facts without those columns */
    struct fact_winners winners;
    struct times times;
    struct fact_month *months;
    size_t month_count, month_cap;
    uint32_t *month_numbers; /* MONTH_LIMIT of them: number in `months` + 1 */
    /* struct found_codes, by the key's number. One array for all groups: there may be many of
     * both. */
    unsigned char *found_codes;
    size_t found_bytes;              /* of each */
    struct code_map maps[CODE_MAPS]; /* by the number of the month */
    uint32_t map_uses;               /* begun so far */
    uint64_t groups;                 /* begun so far */
    size_t open_bytes, open_count;   /* of the months' groups, as fact_group_bytes counts */
    uint64_t batches;
    uint64_t rows, matched, identical, kept;
    struct {
        pthread_mutex_t mutex;
        struct fact_group *spare; /* emptied ones, to be filled again */
        size_t spare_count;
    } shared;
};

void fact_table_init(struct fact_table *table, const struct fact_layout *layout,
                     struct output *output, const struct lookup *lookup);
void fact_table_release(struct fact_table *table);
/* Adds the next batch; full row groups are pushed to the flow as jobs. */
NODISCARD enum status fact_table_add(struct fact_table *table, struct facts_batch *batch,
                                     struct flow *flow, unsigned worker, struct error *error);
/* Adds the rows of the lake that are not among the facts that were read, all of which must have
 * been added; counts them as kept. */
NODISCARD enum status fact_table_add_stored(struct fact_table *table, struct facts_batch *batch,
                                            struct flow *flow, unsigned worker,
                                            struct error *error);
/* Called when all facts have been added: removes times that are in the lake already. */
void fact_table_finish(struct fact_table *table);
/* Encodes the last row group of the month with this number in `months`, and finishes its file. */
NODISCARD enum status fact_table_close_month(struct fact_table *table, size_t month,
                                             unsigned worker, struct error *error);

#endif
