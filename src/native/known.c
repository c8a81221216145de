/* Two plays that are identical have the same start time. So a new play can only be identical to one
 * in a row group of its month whose start times reach around its own: of a lake of a year, a new
 * day looks at few. A play's id is a column; what it does not cover is in a hash that is attached
 * to the row group (plays_group.c). */
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
    known->values = parquet_values_new();
    known->more_values = parquet_values_new();
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
    parquet_values_free(known->values);
    parquet_values_free(known->more_values);
    buffer_release(&known->contents);
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

static void add_plays(struct known *known, uint32_t month, const int64_t *ids, int64_t *times_us,
                      const uint32_t *contents, size_t rows, struct seen *seen)
{
    uint64_t shared_keys = seen->shared_keys; /* those of this run's plays are counted */
    for (size_t i = 0; i < rows; i++) {
        (void)seen_add(seen, (uint64_t)ids[i], contents[i]);
        times_us[i] /= 1000;
    }
    seen->shared_keys = shared_keys;
    times_add(&known->times, month, times_us, rows);
}

static enum status load_group(struct known *known, struct known_file *file, size_t group,
                              struct seen *seen, struct error *error)
{
    struct parquet_column ids, times;
    size_t rows = (size_t)parquet_group_rows(file->file.reader, group);
    TRY(read_back_column(&file->file, known->values, group, SONGPLAYS_SONGPLAY_ID, &ids, error));
    TRY(read_back_column(&file->file, known->more_values, group, SONGPLAYS_START_TIME, &times,
                         error));
    buffer_reset(&known->contents);
    TRY(read_back_attachment(&file->file, group, &known->contents, error));
    if (known->contents.len != rows * sizeof(uint32_t)) {
        error_set(error, STATUS_CORRUPT, "%s/%.*s does not say which plays are identical",
                  store_address(known->store), STR_ARG(file->object->key));
        return error_hint(error, STATE_HINT);
    }
    add_plays(known, file->month, ids.int64s, (int64_t *)(uintptr_t)times.int64s,
              (const void *)known->contents.data, rows, seen);
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
