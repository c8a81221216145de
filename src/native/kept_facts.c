/* A full run over all files of facts that were ever read, while some of them are gone.
 *
 * Let P be the facts of the files that are there, and G those of the files that are gone. The
 * lake's table holds each distinct fact of all files that were read, so of G and of those files
 * that are there and were read before. None of these has changed since, or the run would have
 * failed (run/input_settle.c): so what the lake holds and G does not is in P. Therefore
 *
 *     rows wanted = distinct(P and G) = distinct(P) + (rows of the lake that are not in P)
 *
 * and that is what is done: the files first, then each row of the lake that is not among them. Two
 * facts are identical when their rows are, so nothing but the row is needed to tell. The id is the
 * stored one: fields that went into it may be in no column. What the look-up finds is not taken
 * over but found again, since records may have come.
 *
 * The calendar follows from the rows. The winners among the facts do not: their fields are in no
 * row. But who has won among those of all files that were read is in the state, and a winner is the
 * first in an order over whole records; so it is the first of the state's and those of the files
 * that are there.
 *
 * Rows that were written before columns came to the model have nulls there, and do not look
 * identical to the fact of a file that is there. Which columns those are is in the record of the
 * objects that were read then (run/input_lacks.c): such rows are compared without them.
 *
 * In a lake from before the keys of the look-up were columns, rows keep what they matched, for as
 * long as its record is there. */
#include "kept_facts.h"

#include "native_state.h"
#include "stored_facts.h"

/* Rows that are handed over at once. */
#define SLICE_ROWS ((size_t)16 << 10)
/* Row groups that are decoded at a time: they may be large, Spark's have a million rows. */
#define SLOTS 2

struct keeping {
    struct fact_table *table;
    struct store *store; /* of the output */
    const struct lookup *lookups;
    struct store_listing files;
    struct facts_batch batches[SLOTS];
    struct index matches; /* by what was found; where rows lack keys */
    const char *hint;     /* for files that cannot be read */
};

/* Only lakes of model_builtin, which has one look-up of strings, have rows that lack keys. */

/* ---- What an old row has matched ------------------------------------------------------------- */

static const struct fact_columns *found_columns(const struct keeping *keeping)
{
    return &keeping->table->layout->found;
}

/* What was found for a key, or what a row says of it, by the found columns. */
struct found {
    const struct keeping *keeping;
    struct str values[MODEL_MAX_COLUMNS];
};

static void found_of_key(const struct keeping *keeping, uint32_t key, struct found *out)
{
    const struct lookup *lookup = keeping->lookups;
    const struct fact_columns *columns = found_columns(keeping);
    out->keeping = keeping;
    for (size_t i = 0; i < columns->count; i++)
        out->values[i] =
            row_string(lookup->rows->layout, lookup_row(lookup, key), columns->all[i].field);
}

static uint64_t hash_found(const struct found *found)
{
    uint64_t words[MODEL_MAX_COLUMNS];
    size_t count = found_columns(found->keeping)->count;
    for (size_t i = 0; i < count; i++)
        words[i] = hash_str(found->values[i]);
    return hash_words(words, count);
}

static bool is_found(const void *ctx, uint32_t key, const void *wanted)
{
    struct found found;
    const struct keeping *keeping = ctx;
    found_of_key(keeping, key, &found);
    for (size_t i = 0; i < found_columns(keeping)->count; i++)
        if (!str_equal(found.values[i], ((const struct found *)wanted)->values[i]))
            return false;
    return true;
}

/* Several keys may stand for equal values: to a row they are the same. */
static void index_matches(struct keeping *keeping)
{
    for (uint32_t key = 0; key < keeping->lookups->keys.count; key++) {
        struct found found;
        found_of_key(keeping, key, &found);
        uint64_t hash = hash_found(&found);
        if (index_find(&keeping->matches, hash, is_found, keeping, &found) == INDEX_NONE)
            index_add(&keeping->matches, hash, key);
    }
}

static uint32_t find_match(const struct keeping *keeping, const struct stored_facts *facts,
                           size_t row)
{
    const struct fact_columns *columns = found_columns(keeping);
    struct found found = {.keeping = keeping};
    if (!keeping->table->lacks_keys)
        return INDEX_NONE;
    for (size_t i = 0; i < columns->count; i++) {
        found.values[i] = parquet_string(&facts->columns[columns->all[i].at], row);
        if (!found.values[i].data)
            return INDEX_NONE;
    }
    return index_find(&keeping->matches, hash_found(&found), is_found, keeping, &found);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void add_slice(struct keeping *keeping, struct facts_batch *batch,
                      const struct stored_facts *facts, size_t from)
{
    size_t left = facts->rows - from;
    facts_batch_reset(batch);
    for (size_t row = from; row < from + left && row < from + SLICE_ROWS; row++)
        facts_batch_add_stored(batch, facts, row, find_match(keeping, facts, row));
}

static enum status hand_over(struct keeping *keeping, const struct stored_facts *facts,
                             struct flow *flow, unsigned worker, size_t slot, struct error *error)
{
    struct facts_batch *batch = &keeping->batches[slot];
    for (size_t from = 0; from < facts->rows; from += SLICE_ROWS) {
        add_slice(keeping, batch, facts, from);
        TRY(flow_yield(flow, worker, slot, error));
    }
    facts_batch_reset(batch);
    return STATUS_OK;
}

static enum status read_file(void *ctx, struct flow *flow, unsigned worker, size_t task,
                             size_t slot, struct error *error)
{
    struct keeping *keeping = ctx;
    CLEANUP(read_back_release) struct read_back file = {0};
    CLEANUP(stored_facts_release)
    struct stored_facts facts = {.layout = keeping->table->layout, .has_found = true};
    TRY(read_back_open(&file, keeping->store, &keeping->files.objects[task],
                       keeping->table->output->schemas[keeping->table->layout->table_id],
                       keeping->hint, error));
    for (size_t group = 0; group < parquet_reader_groups(file.reader); group++) {
        TRY(stored_facts_read(&facts, &file, group, error));
        TRY(hand_over(keeping, &facts, flow, worker, slot, error));
    }
    return STATUS_OK;
}

static enum status add_batch(void *ctx, struct flow *flow, unsigned worker, size_t slot,
                             struct error *error)
{
    struct keeping *keeping = ctx;
    return fact_table_add_stored(keeping->table, &keeping->batches[slot], flow, worker, error);
}

static void keeping_release(struct keeping *keeping)
{
    for (size_t i = 0; i < SLOTS; i++)
        facts_batch_release(&keeping->batches[i]);
    index_release(&keeping->matches);
    store_listing_release(&keeping->files);
}

enum status kept_facts_add(struct fact_table *table, struct store *store,
                           const struct lookup *lookups, const atomic_bool *cancel,
                           struct error *error)
{
    CLEANUP(buffer_release) struct buffer hint = {0};
    CLEANUP(keeping_release)
    struct keeping keeping = {.table = table, .store = store, .lookups = lookups};
    const struct model *model = table->layout->model;
    keeping.hint = native_state_rebuild_hint(&hint, &model->sources[model->facts.source]);
    for (size_t i = 0; i < SLOTS; i++)
        facts_batch_init(&keeping.batches[i], table->layout, lookups, NULL);
    lake_list_files(table->output->lake, table->layout->table_id, &keeping.files);
    if (table->lacks_keys)
        index_matches(&keeping);
    struct flow_options options = {
        .threads = table->output->threads,
        .tasks = keeping.files.count,
        .slots = SLOTS,
        .ctx = &keeping,
        .work = read_file,
        .assemble = {add_batch},
        .cancel = cancel,
    };
    return flow_run(&options, error);
}
