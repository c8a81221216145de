/* Two plays that are identical have the same start time. So a new play can only be identical to one
 * in a row group of its month whose start times reach around its own: of a lake of a year, a new
 * day looks at few. Their rows say all that tells plays apart; the hashes that stand for it in
 * `seen` are made anew, with this process's key. */
#include "known.h"

#include <stdlib.h>

/* The month of "songplays/year=2018/month=11/…"; MONTH_LIMIT where it is none. */
static uint32_t month_of_key(struct str key)
{
    CLEANUP(buffer_release) struct buffer year = {0}, month = {0};
    if (!model_partition_value(key, "year", &year) || !model_partition_value(key, "month", &month))
        return MONTH_LIMIT;
    long y = strtol(buffer_text(&year), NULL, 10), m = strtol(buffer_text(&month), NULL, 10);
    return y >= 1970 && y <= 9999 && m >= 1 && m <= 12 ? (uint32_t)((y - 1970) * 12 + m - 1)
                                                       : MONTH_LIMIT;
}

void known_init(struct known *known, struct store *store, const struct parquet_schema *schema,
                struct store_listing *listing)
{
    *known = (struct known){.store = store, .schema = schema, .listing = *listing};
    *listing = (struct store_listing){0};
    known->count = known->listing.count;
    known->files = mem_zalloc((known->count + 1) * sizeof *known->files);
    for (size_t i = 0; i < known->count; i++)
        known->files[i] = (struct known_file){
            .object = &known->listing.objects[i],
            .month = month_of_key(known->listing.objects[i].key),
        };
    times_init(&known->times);
}

void known_release(struct known *known)
{
    if (!known->files)
        return;
    for (size_t i = 0; i < known->count; i++) {
        read_back_release(&known->files[i].file);
        mem_free(known->files[i].is_loaded);
    }
    mem_free(known->files);
    store_listing_release(&known->listing);
    stored_plays_release(&known->plays);
    times_release(&known->times);
    *known = (struct known){0};
}

static enum status open_file(struct known *known, struct known_file *file, struct error *error)
{
    if (file->is_open)
        return STATUS_OK;
    TRY(read_back_open(&file->file, known->store, file->object, known->schema, STATE_HINT, error));
    file->is_loaded = mem_zalloc(parquet_reader_groups(file->file.reader) + 1);
    file->is_open = true;
    return STATUS_OK;
}

static void add_plays(struct known *known, uint32_t month, struct seen *seen)
{
    const struct stored_plays *plays = &known->plays;
    const int64_t *ids = plays->columns[SONGPLAYS_SONGPLAY_ID].int64s;
    const int64_t *times_us = plays->columns[SONGPLAYS_START_TIME].int64s;
    uint64_t shared_keys = seen->shared_keys; /* those of this run's plays are counted */
    uint32_t *contents = mem_alloc(plays->rows * sizeof *contents);
    int64_t *times_ms = mem_alloc(plays->rows * sizeof *times_ms);
    stored_plays_contents(plays, contents);
    for (size_t i = 0; i < plays->rows; i++) {
        (void)seen_add(seen, (uint64_t)ids[i], contents[i]);
        times_ms[i] = times_us[i] / 1000;
    }
    seen->shared_keys = shared_keys;
    times_add(&known->times, month, times_ms, plays->rows);
    mem_free(contents);
    mem_free(times_ms);
}

static enum status load_group(struct known *known, struct known_file *file, size_t group,
                              struct seen *seen, struct error *error)
{
    TRY(stored_plays_read(&known->plays, &file->file, group, error));
    add_plays(known, file->month, seen);
    file->is_loaded[group] = true;
    return STATUS_OK;
}

/* Where the statistics do not say, it may. */
static bool may_hold(const struct known_file *file, size_t group, int64_t first_ms, int64_t last_ms)
{
    const struct parquet_statistics *times =
        parquet_chunk_statistics(file->file.reader, group, SONGPLAYS_START_TIME);
    return !times->min.is_set || !times->max.is_set ||
           (times->min.int64 <= last_ms * 1000 && times->max.int64 >= first_ms * 1000);
}

enum status known_load(struct known *known, uint32_t month, int64_t first_ms, int64_t last_ms,
                       struct seen *seen, struct error *error)
{
    for (size_t i = 0; i < known->count; i++) {
        struct known_file *file = &known->files[i];
        if (file->month != month)
            continue;
        TRY(open_file(known, file, error));
        for (size_t group = 0; group < parquet_reader_groups(file->file.reader); group++)
            if (!file->is_loaded[group] && may_hold(file, group, first_ms, last_ms))
                TRY(load_group(known, file, group, seen, error));
    }
    return STATUS_OK;
}
