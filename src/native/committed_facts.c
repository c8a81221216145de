/* The facts of the current version that a new fact may be identical to.
 *
 * Identical facts have the same time. So only the row groups of the fact's period whose times
 * include its own are read: for a new day, few of a year's. The hashes in the set are computed anew
 * from the rows, with the key of this process. */
#include "committed_facts.h"

#include "native_state.h"

void committed_facts_init(struct committed_facts *committed, const struct fact_layout *layout,
                          struct store *store, const struct parquet_schema *schema,
                          struct store_listing *listing)
{
    *committed = (struct committed_facts){
        .layout = layout, .store = store, .schema = schema, .listing = *listing};
    *listing = (struct store_listing){0};
    committed->facts.layout = layout;
    committed->count = committed->listing.count;
    committed->files = mem_zalloc((committed->count + 1) * sizeof *committed->files);
    for (size_t i = 0; i < committed->count; i++)
        committed->files[i] = (struct committed_facts_file){
            .object = &committed->listing.objects[i],
            .period = period_of_key(&layout->periods, committed->listing.objects[i].key),
        };
    times_init(&committed->times, layout->time_unit_us);
}

void committed_facts_release(struct committed_facts *committed)
{
    if (!committed->files)
        return;
    for (size_t i = 0; i < committed->count; i++) {
        read_back_release(&committed->files[i].file);
        mem_free(committed->files[i].is_loaded);
    }
    mem_free(committed->files);
    store_listing_release(&committed->listing);
    stored_facts_release(&committed->facts);
    times_release(&committed->times);
    *committed = (struct committed_facts){0};
}

static enum status open_file(struct committed_facts *committed, struct committed_facts_file *file,
                             struct error *error)
{
    if (file->is_open)
        return STATUS_OK;
    TRY(read_back_open(&file->file, committed->store, file->object, committed->schema, STATE_HINT,
                       error));
    file->is_loaded = mem_zalloc(parquet_reader_groups(file->file.reader) + 1);
    file->is_open = true;
    return STATUS_OK;
}

static void add_facts(struct committed_facts *committed, struct fact_set *set)
{
    const struct stored_facts *facts = &committed->facts;
    const int64_t *ids = facts->columns[committed->layout->id_column].int64s;
    uint64_t shared_keys = set->shared_keys; /* only those among this run's facts are counted */
    uint32_t *contents = mem_alloc(facts->rows * sizeof *contents);
    int64_t *times = mem_alloc(facts->rows * sizeof *times);
    stored_facts_contents(facts, contents);
    for (size_t i = 0; i < facts->rows; i++) {
        times[i] = stored_facts_time(facts, i);
        (void)fact_set_add(set, (uint64_t)ids[i], times[i], contents[i]);
    }
    set->shared_keys = shared_keys;
    if (committed->layout->has_calendar)
        times_add(&committed->times, times, facts->rows);
    mem_free(contents);
    mem_free(times);
}

static enum status load_group(struct committed_facts *committed, struct committed_facts_file *file,
                              size_t group, struct fact_set *set, struct error *error)
{
    TRY(stored_facts_read(&committed->facts, &file->file, group, error));
    add_facts(committed, set);
    file->is_loaded[group] = true;
    return STATUS_OK;
}

/* Whether the row group may contain a time in [first, last]; true without statistics. */
static bool may_hold(const struct committed_facts *committed,
                     const struct committed_facts_file *file, size_t group, int64_t first,
                     int64_t last)
{
    int64_t unit_us = committed->layout->time_unit_us;
    const struct parquet_statistics *times =
        parquet_chunk_statistics(file->file.reader, group, committed->layout->time_column);
    return !times->min.is_set || !times->max.is_set ||
           (times->min.int64 <= last * unit_us && times->max.int64 >= first * unit_us);
}

enum status committed_facts_load(struct committed_facts *committed, uint32_t period, int64_t first,
                                 int64_t last, struct fact_set *set, struct error *error)
{
    for (size_t i = 0; i < committed->count; i++) {
        struct committed_facts_file *file = &committed->files[i];
        if (file->period != period)
            continue;
        TRY(open_file(committed, file, error));
        for (size_t group = 0; group < parquet_reader_groups(file->file.reader); group++)
            if (!file->is_loaded[group] && may_hold(committed, file, group, first, last))
                TRY(load_group(committed, file, group, set, error));
    }
    return STATUS_OK;
}
