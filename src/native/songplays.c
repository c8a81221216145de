/* Putting plays together in the order of the input. This is the one serial stage of a run, so it
 * only does what must know the plays before: a set lookup and a few table lookups a row. Strings
 * come as codes of the batch's distinct values and leave as codes of the row group's dictionary;
 * each distinct value is looked at once a batch. */
#include "songplays.h"

/* Row groups being filled take at most this much together: beyond it large ones are handed out. */
#define OPEN_BYTES ((size_t)32 << 20)
/* Emptied row groups that are kept: each may have the memory of a full one. */
#define MAX_SPARE 2
/* How far ahead the set of plays is prefetched. */
#define PREFETCH_ROWS 16
#define MONTH_NONE    UINT32_MAX

/* ---- Row groups ---------------------------------------------------------------------------- */

static struct plays_group *group_take(struct songplays *songplays)
{
    pthread_mutex_lock(&songplays->shared.mutex);
    struct plays_group *group = songplays->shared.spare;
    if (group)
        songplays->shared.spare = group->next;
    songplays->shared.spare_count -= group != NULL;
    pthread_mutex_unlock(&songplays->shared.mutex);
    if (!group)
        group = plays_group_new();
    group->serial = ++songplays->groups;
    return group;
}

static void group_give_back(struct songplays *songplays, struct plays_group *group)
{
    plays_group_reset(group);
    pthread_mutex_lock(&songplays->shared.mutex);
    bool is_kept = songplays->shared.spare_count < MAX_SPARE;
    if (is_kept) {
        group->next = songplays->shared.spare;
        songplays->shared.spare = group;
        songplays->shared.spare_count++;
    }
    pthread_mutex_unlock(&songplays->shared.mutex);
    if (!is_kept)
        plays_group_free(group);
}

static enum status group_encode(struct songplays *songplays, struct plays_group *group,
                                struct table_file *file, size_t number, unsigned worker,
                                struct error *error)
{
    struct output *output = songplays->output;
    struct parquet_column view[MODEL_MAX_COLUMNS];
    uint64_t start = clock_ns();
    plays_group_view(group, view);
    struct parquet_row_group *encoded = parquet_encode(
        output->workers[worker].encoder, output->schemas[TABLE_SONGPLAYS], view, group->rows);
    group_give_back(songplays, group);
    enum status status = table_file_add(file, number, encoded, error);
    output_add_time(output, TABLE_SONGPLAYS, start);
    return status;
}

struct encode_job {
    struct flow_job job;
    struct songplays *songplays;
    struct plays_group *group;
    struct table_file *file;
    size_t number;
};

static enum status run_encode_job(struct flow_job *job, unsigned worker, struct error *error)
{
    struct encode_job encode = *(struct encode_job *)job;
    mem_free(job);
    if (worker != FLOW_DROP)
        return group_encode(encode.songplays, encode.group, encode.file, encode.number, worker,
                            error);
    plays_group_free(encode.group);
    return STATUS_OK;
}

/* The month's file; there may be 100,000 months, so each has one only when it must. */
static struct table_file *file_of(struct songplays *songplays, struct plays_month *month)
{
    if (!month->file) {
        CLEANUP(buffer_release) struct buffer folder = {0};
        month_folder(&folder, month->month);
        month->file = table_file_new(songplays->output, TABLE_SONGPLAYS, buffer_str(&folder));
    }
    return month->file;
}

/* Takes the month's row group out of the open ones. */
static struct plays_group *close_group(struct songplays *songplays, struct plays_month *month)
{
    struct plays_group *group = month->group;
    month->group = NULL;
    if (group) {
        songplays->open_bytes -= plays_group_bytes(group);
        songplays->open_count--;
    }
    return group;
}

static enum status push_group(struct songplays *songplays, struct plays_month *month,
                              struct flow *flow, unsigned worker, struct error *error)
{
    struct encode_job *encode = mem_alloc(sizeof *encode);
    *encode = (struct encode_job){.job = {.run = run_encode_job},
                                  .songplays = songplays,
                                  .group = close_group(songplays, month),
                                  .file = file_of(songplays, month),
                                  .number = month->groups++};
    return flow_push(flow, worker, &encode->job, error);
}

/* ---- Months ---------------------------------------------------------------------------------- */

static struct plays_month *find_month(struct songplays *songplays, uint32_t month)
{
    uint32_t *place = &songplays->month_places[month];
    if (*place == 0) {
        MEM_GROW(songplays->months, songplays->month_count + 1, songplays->month_cap);
        songplays->months[songplays->month_count] = (struct plays_month){.month = month};
        *place = (uint32_t)++songplays->month_count;
    }
    return &songplays->months[*place - 1];
}

/* Row groups that fill up one another's memory: those that are not smaller than most go, until a
 * quarter of it is free. */
static enum status bound_open_groups(struct songplays *songplays, struct flow *flow,
                                     unsigned worker, struct error *error)
{
    size_t wanted = songplays->open_bytes > OPEN_BYTES ? OPEN_BYTES / 4 * 3 : OPEN_BYTES;
    while (songplays->open_bytes > wanted) {
        size_t average = songplays->open_bytes / songplays->open_count;
        for (size_t i = 0; i < songplays->month_count && songplays->open_bytes > wanted; i++) {
            struct plays_month *month = &songplays->months[i];
            if (month->group && plays_group_bytes(month->group) >= average)
                TRY(push_group(songplays, month, flow, worker, error));
        }
    }
    return STATUS_OK;
}

static void map_release(struct code_map *map)
{
    for (int i = 0; i < PLAY_STRINGS; i++)
        mem_free(map->entries[i]);
    *map = (struct code_map){0};
}

static void map_grow(struct code_map *map, int string, size_t codes)
{
    size_t cap = map->caps[string];
    MEM_GROW(map->entries[string], codes, map->caps[string]);
    memset(map->entries[string] + cap, 0, (map->caps[string] - cap) * sizeof *map->entries[string]);
}

static uint32_t next_use(struct songplays *songplays)
{
    if (++songplays->map_uses == 0) { /* all numbers have been given */
        for (size_t i = 0; i < CODE_MAPS; i++)
            map_release(&songplays->maps[i]);
        songplays->map_uses = 1;
    }
    return songplays->map_uses;
}

/* The map of the batch's codes to those of the month's row group, which is begun if need be. */
static struct code_map *map_batch(struct songplays *songplays, struct plays_month *month,
                                  const struct plays_batch *batch)
{
    struct code_map *map = &songplays->maps[(size_t)(month - songplays->months) % CODE_MAPS];
    if (!month->group) {
        month->group = group_take(songplays);
        songplays->open_bytes += plays_group_bytes(month->group);
        songplays->open_count++;
    }
    if (map->batch == songplays->batches && map->group == month->group->serial)
        return map;
    map->use = next_use(songplays);
    map->batch = songplays->batches;
    map->group = month->group->serial;
    for (int i = 0; i < PLAY_STRINGS; i++)
        if (batch->strings[i].raw.count > map->caps[i])
            map_grow(map, i, batch->strings[i].raw.count);
    return map;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void map_code(struct coded_strings *strings, struct code_map_entry *entry, uint32_t use,
                     const struct distinct *distinct, uint32_t number)
{
    CLEANUP(buffer_release) struct buffer scratch = {0};
    struct str value = raw_decode(dictionary_value(&distinct->raw, number), &scratch);
    entry->code = dictionary_add(&strings->values, value, distinct->hashes[number]);
    entry->use = use;
}

static void append_strings(struct coded_strings *strings, struct code_map_entry *entries,
                           uint32_t use, const struct distinct *distinct, const uint32_t *codes,
                           size_t count, size_t row)
{
    validity_fill(strings->validity, row, count);
    for (size_t i = 0; i < count; i++, row++) {
        if (codes[i] == 0) {
            strings->codes[row] = 0;
            validity_clear(strings->validity, row);
            strings->nulls++;
            continue;
        }
        struct code_map_entry *entry = &entries[codes[i] - 1];
        if (entry->use != use)
            map_code(strings, entry, use, distinct, codes[i] - 1);
        strings->codes[row] = entry->code;
    }
}

static void append_lengths(struct plays_group *group, const double *lengths, size_t count)
{
    memcpy(group->lengths.values + group->rows, lengths, count * sizeof *lengths);
    validity_fill(group->lengths.validity, group->rows, count);
    for (size_t i = 0; i < count; i++) {
        if (lengths[i] == lengths[i])
            continue;
        validity_clear(group->lengths.validity, group->rows + i); /* NaN is null */
        group->lengths.nulls++;
    }
}

static struct song_codes code_song(struct plays_group *group, const struct songs *songs,
                                   uint32_t number)
{
    const struct song *song = &songs->all[songs->matches[number].song];
    return (struct song_codes){
        group->serial,
        dictionary_add(&group->strings[GROUP_SONG_ID].values, song->song_id,
                       hash_str(song->song_id)),
        dictionary_add(&group->strings[GROUP_ARTIST_ID].values, song->artist_id,
                       hash_str(song->artist_id)),
    };
}

/* How far ahead the codes of matches are prefetched. */
#define PREFETCH_CODES 8

/* A play without a match has the place after those of all matches: nothing foretells which have
 * one. Both columns are null in the same rows. */
static void append_songs(struct songplays *songplays, struct plays_group *group,
                         const uint32_t *matches, size_t count)
{
    struct coded_strings *ids = &group->strings[GROUP_SONG_ID],
                         *artists = &group->strings[GROUP_ARTIST_ID];
    size_t none = songplays->songs->match_count, row = group->rows, nulls = 0;
    if (!songplays->song_codes)
        songplays->song_codes = mem_zalloc((none + 1) * sizeof *songplays->song_codes);
    songplays->song_codes[none] = (struct song_codes){.group = group->serial};
    for (size_t i = 0; i < count; i++, row++) {
        size_t match = matches[i] < none ? matches[i] : none;
        struct song_codes *codes = &songplays->song_codes[match];
        if (i + PREFETCH_CODES < count && matches[i + PREFETCH_CODES] < none)
            __builtin_prefetch(&songplays->song_codes[matches[i + PREFETCH_CODES]]);
        if (codes->group != group->serial)
            *codes = code_song(group, songplays->songs, matches[i]);
        ids->codes[row] = codes->song_id;
        artists->codes[row] = codes->artist_id;
        validity_set(ids->validity, row, match != none);
        nulls += match == none;
    }
    memcpy(artists->validity + group->rows / 8, ids->validity + group->rows / 8,
           (row + 7) / 8 - group->rows / 8);
    ids->nulls += nulls;
    artists->nulls += nulls;
    songplays->matched += count - nulls;
}

static void append_rows(struct songplays *songplays, struct plays_month *month,
                        const struct code_map *map, const struct plays_batch *batch, size_t from,
                        size_t count)
{
    struct plays_group *group = month->group;
    size_t before = plays_group_bytes(group);
    plays_group_reserve(group, count);
    memcpy(group->ids + group->rows, batch->ids + from, count * sizeof *group->ids);
    memcpy(group->sessions + group->rows, batch->sessions + from, count * sizeof *group->sessions);
    for (size_t i = 0; i < count; i++)
        group->times_us[group->rows + i] = batch->ts_ms[from + i] * 1000;
    append_lengths(group, batch->lengths + from, count);
    for (int i = 0; i < PLAY_TEXTS; i++)
        texts_append(&group->texts[i], group->rows, &batch->texts[i], from, count);
    for (int i = 0; i < PLAY_STRINGS; i++)
        append_strings(&group->strings[i], map->entries[i], map->use, &batch->strings[i],
                       batch->codes[i] + from, count, group->rows);
    append_songs(songplays, group, batch->matches + from, count);
    group->rows += count;
    songplays->rows += count;
    songplays->open_bytes += plays_group_bytes(group) - before;
}

/* Appends a stretch of rows of one month, as many to a row group as go into it. */
static enum status append_stretch(struct songplays *songplays, const struct plays_batch *batch,
                                  size_t from, size_t count, struct flow *flow, unsigned worker,
                                  struct error *error)
{
    struct plays_month *month = find_month(songplays, batch->months[from]);
    times_add(&songplays->times, month->month, batch->ts_ms + from, count);
    while (count > 0) {
        const struct code_map *map = map_batch(songplays, month, batch);
        size_t room = GROUP_ROWS - month->group->rows;
        size_t taken = count < room ? count : room;
        append_rows(songplays, month, map, batch, from, taken);
        from += taken;
        count -= taken;
        if (month->group->rows == GROUP_ROWS)
            TRY(push_group(songplays, month, flow, worker, error));
    }
    return bound_open_groups(songplays, flow, worker, error);
}

/* Takes identical plays out: their month becomes MONTH_NONE. */
static void drop_identical(struct songplays *songplays, struct plays_batch *batch)
{
    for (size_t i = 0; i < batch->rows; i++) {
        if (i + PREFETCH_ROWS < batch->rows)
            seen_prefetch(&songplays->seen, (uint64_t)batch->ids[i + PREFETCH_ROWS]);
        if (!seen_add(&songplays->seen, (uint64_t)batch->ids[i], batch->contents[i])) {
            batch->months[i] = MONTH_NONE;
            songplays->identical++;
        }
    }
}

static void add_old_contents(struct songplays *songplays, const struct plays_batch *batch)
{
    for (size_t i = 0; i < batch->rows; i++)
        (void)seen_add(&songplays->old_seen, (uint64_t)batch->ids[i],
                       plays_batch_old_content(batch, i));
}

/* Plays of the lake that the batch's may be identical to. */
static enum status load_known(struct songplays *songplays, const struct plays_batch *batch,
                              struct error *error)
{
    for (size_t from = 0, to; songplays->known && from < batch->rows; from = to) {
        int64_t first_ms = batch->ts_ms[from], last_ms = first_ms;
        for (to = from + 1; to < batch->rows && batch->months[to] == batch->months[from]; to++) {
            first_ms = batch->ts_ms[to] < first_ms ? batch->ts_ms[to] : first_ms;
            last_ms = batch->ts_ms[to] > last_ms ? batch->ts_ms[to] : last_ms;
        }
        TRY(known_load(songplays->known, batch->months[from], first_ms, last_ms, &songplays->seen,
                       error));
    }
    return STATUS_OK;
}

static enum status append_batch(struct songplays *songplays, const struct plays_batch *batch,
                                struct flow *flow, unsigned worker, struct error *error)
{
    for (size_t from = 0, to; from < batch->rows; from = to) {
        for (to = from + 1; to < batch->rows && batch->months[to] == batch->months[from];)
            to++;
        if (batch->months[from] != MONTH_NONE)
            TRY(append_stretch(songplays, batch, from, to - from, flow, worker, error));
    }
    return STATUS_OK;
}

enum status songplays_add(struct songplays *songplays, struct plays_batch *batch, struct flow *flow,
                          unsigned worker, struct error *error)
{
    songplays->batches++;
    plays_batch_finish(batch);
    TRY(load_known(songplays, batch, error));
    if (songplays->has_old_rows)
        add_old_contents(songplays, batch);
    drop_identical(songplays, batch);
    users_add(&songplays->users, batch);
    return append_batch(songplays, batch, flow, worker, error);
}

/* The lake has each play once, so its rows are looked up alone. */
static void drop_seen(struct songplays *songplays, struct plays_batch *batch)
{
    for (size_t i = 0; i < batch->rows; i++) {
        uint64_t id = (uint64_t)batch->ids[i];
        bool may_be_old = songplays->has_old_rows && plays_batch_has_no_song(batch, i);
        if (seen_has(&songplays->seen, id, batch->contents[i]) ||
            (may_be_old && seen_has(&songplays->old_seen, id, batch->contents[i])))
            batch->months[i] = MONTH_NONE;
        else
            songplays->kept++;
    }
}

enum status songplays_add_stored(struct songplays *songplays, struct plays_batch *batch,
                                 struct flow *flow, unsigned worker, struct error *error)
{
    songplays->batches++;
    plays_batch_finish(batch);
    drop_seen(songplays, batch);
    return append_batch(songplays, batch, flow, worker, error);
}

void songplays_finish(struct songplays *songplays)
{
    times_sort(&songplays->times);
    if (songplays->known)
        times_sort(&songplays->known->times);
    for (size_t i = 0; songplays->known && i < songplays->month_count; i++)
        times_subtract(&songplays->times, songplays->months[i].month, &songplays->known->times);
}

enum status songplays_close_month(struct songplays *songplays, size_t place, unsigned worker,
                                  struct error *error)
{
    struct plays_month *month = &songplays->months[place];
    struct plays_group *group = month->group;
    struct table_file *file = file_of(songplays, month);
    month->group = NULL;
    if (group)
        TRY(group_encode(songplays, group, file, month->groups++, worker, error));
    uint64_t start = clock_ns();
    enum status status = table_file_finish(file, error);
    table_file_free(file);
    month->file = NULL;
    output_add_time(songplays->output, TABLE_SONGPLAYS, start);
    return status;
}

void songplays_init(struct songplays *songplays, struct output *output, const struct songs *songs)
{
    *songplays = (struct songplays){.output = output, .songs = songs};
    songplays->month_places = mem_zalloc(MONTH_LIMIT * sizeof *songplays->month_places);
    times_init(&songplays->times);
    pthread_mutex_init(&songplays->shared.mutex, NULL);
}

void songplays_release(struct songplays *songplays)
{
    if (!songplays->output)
        return;
    for (size_t i = 0; i < songplays->month_count; i++) {
        table_file_free(songplays->months[i].file);
        plays_group_free(songplays->months[i].group);
    }
    for (size_t i = 0; i < CODE_MAPS; i++)
        map_release(&songplays->maps[i]);
    while (songplays->shared.spare) {
        struct plays_group *group = songplays->shared.spare;
        songplays->shared.spare = group->next;
        plays_group_free(group);
    }
    mem_free(songplays->song_codes);
    mem_free(songplays->months);
    mem_free(songplays->month_places);
    seen_release(&songplays->seen);
    seen_release(&songplays->old_seen);
    users_release(&songplays->users);
    times_release(&songplays->times);
    pthread_mutex_destroy(&songplays->shared.mutex);
    *songplays = (struct songplays){0};
}
