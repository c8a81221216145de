/* The write phase: a list of tasks of about equal size, in no order. songs has a partition for each
 * (year, artist_id), thousands of them with a row or two: they are sorted, and a task takes some
 * neighbours, so that threads seldom work in one folder. */
#include "tables.h"

#include "state.h"

#include <stdio.h>
#include <stdlib.h>

#define SONGS_PER_TASK 128

enum write_kind {
    WRITE_SONGPLAYS, /* the last row group of a month */
    WRITE_TIME,      /* a row group of a month */
    WRITE_ARTISTS,
    WRITE_USERS,
    WRITE_SONGS, /* some partitions */
    WRITE_OBJECTS,
    WRITE_MATCHES,
    WRITE_LISTED, /* all songs in one file */
    WRITE_RECORDS,
};

struct write_task {
    enum write_kind kind;
    size_t place, count; /* month, or first song; songs */
    size_t group;        /* of a month */
};

struct writing {
    struct output *output;
    const struct tables_source *source;
    bool is_incremental; /* songs and artists are in the lake already */
    struct songs *songs;
    struct songplays *songplays;
    struct run_progress *progress;
    uint32_t *sorted;  /* the winners among the songs, by partition and song_id */
    uint32_t *artists; /* the winners among the artists, by artist_id */
    struct time_file {
        struct table_file *file; /* of several row groups, or NULL */
        _Atomic size_t left;     /* that are not written yet */
    } *time_files;               /* by the place of the month */
    struct write_task *tasks;
    size_t task_count, task_cap;
};

static void add_task(struct writing *writing, struct write_task task)
{
    MEM_GROW(writing->tasks, writing->task_count + 1, writing->task_cap);
    writing->tasks[writing->task_count++] = task;
}

/* ---- Songs ----------------------------------------------------------------------------------- */

static int by_partition(const void *a, const void *b, void *ctx)
{
    const struct song *all = ((const struct songs *)ctx)->all;
    const struct song *x = &all[*(const uint32_t *)a], *y = &all[*(const uint32_t *)b];
    if (x->year != y->year)
        return x->year < y->year ? -1 : 1;
    int order = str_compare(x->artist_id, y->artist_id);
    return order ? order : str_compare(x->song_id, y->song_id);
}

static int by_artist(const void *a, const void *b, void *ctx)
{
    const struct song *all = ((const struct songs *)ctx)->all;
    return str_compare(all[*(const uint32_t *)a].artist_id, all[*(const uint32_t *)b].artist_id);
}

static uint32_t *sorted_winners(const struct winners *winners, const struct songs *songs,
                                int (*compare)(const void *, const void *, void *))
{
    uint32_t *sorted = mem_alloc(winners->count * sizeof *sorted);
    if (winners->count) {
        memcpy(sorted, winners->records, winners->count * sizeof *sorted);
        qsort_r(sorted, winners->count, sizeof *sorted, compare, (void *)(uintptr_t)songs);
    }
    return sorted;
}

static const struct song *song_at(const struct writing *writing, size_t place)
{
    return &writing->songs->all[writing->sorted[place]];
}

static bool same_partition(const struct song *a, const struct song *b)
{
    return a->year == b->year && str_equal(a->artist_id, b->artist_id);
}

static void song_folder(struct buffer *out, const struct song *song)
{
    char year[16];
    int len = snprintf(year, sizeof year, "%d", song->year);
    buffer_reset(out);
    model_partition_folder(out, "year", (struct str){year, (size_t)len});
    buffer_append_char(out, '/');
    model_partition_folder(out, "artist_id", song->artist_id);
}

/* Writes the partition of the song at *place and moves *place past it. */
static enum status write_partition(struct writing *writing, unsigned worker, size_t *place,
                                   size_t end, struct error *error)
{
    struct buffer *folder = &writing->output->workers[worker].folder;
    const struct song *first = song_at(writing, *place);
    CLEANUP(rows_file_release) struct rows_file file = {0};
    song_folder(folder, first);
    rows_file_begin(&file, writing->output, worker, TABLE_SONGS, buffer_str(folder));
    for (; *place < end && same_partition(first, song_at(writing, *place)); ++*place) {
        const struct song *song = song_at(writing, *place);
        TRY(rows_file_add_row(&file, error));
        columns_set_string(file.columns, SONGS_SONG_ID, song->song_id);
        columns_set_string(file.columns, SONGS_TITLE, song->title);
        columns_set_double(file.columns, SONGS_DURATION,
                           song->has_duration ? &song->duration : NULL);
    }
    return rows_file_finish(&file, error);
}

static enum status write_songs(struct writing *writing, const struct write_task *task,
                               unsigned worker, struct error *error)
{
    for (size_t place = task->place; place < task->place + task->count;) {
        TRY(write_partition(writing, worker, &place, task->place + task->count, error));
        atomic_fetch_add(&writing->progress->files_done, 1);
    }
    return STATUS_OK;
}

static enum status write_listed(struct writing *writing, unsigned worker, struct error *error)
{
    CLEANUP(rows_file_release) struct rows_file file = {0};
    rows_file_begin(&file, writing->output, worker, STATE_SONGS, STR(""));
    for (size_t place = 0; place < writing->songs->ids.count; place++) {
        const struct song *song = song_at(writing, place);
        TRY(rows_file_add_row(&file, error));
        columns_set_string(file.columns, LISTED_SONG_ID, song->song_id);
        columns_set_string(file.columns, LISTED_TITLE, song->title);
        columns_set_string(file.columns, LISTED_ARTIST_ID, song->artist_id);
        columns_set_int32(file.columns, LISTED_YEAR, song->year);
        columns_set_double(file.columns, LISTED_DURATION,
                           song->has_duration ? &song->duration : NULL);
    }
    return rows_file_finish(&file, error);
}

/* Cuts the sorted songs where a partition ends. */
static void plan_songs(struct writing *writing)
{
    size_t count = writing->songs->ids.count;
    for (size_t from = 0, to; from < count; from = to) {
        to = from + SONGS_PER_TASK < count ? from + SONGS_PER_TASK : count;
        while (to < count && same_partition(song_at(writing, to - 1), song_at(writing, to)))
            to++;
        add_task(writing, (struct write_task){WRITE_SONGS, .place = from, .count = to - from});
    }
    uint64_t partitions = count > 0;
    for (size_t i = 1; i < count; i++)
        partitions += !same_partition(song_at(writing, i - 1), song_at(writing, i));
    atomic_store(&writing->progress->files_total, partitions);
}

/* ---- Artists and users ----------------------------------------------------------------------- */

static enum status write_artists(struct writing *writing, unsigned worker, struct error *error)
{
    CLEANUP(rows_file_release) struct rows_file file = {0};
    rows_file_begin(&file, writing->output, worker, TABLE_ARTISTS, STR(""));
    for (size_t i = 0; i < writing->songs->artists.count; i++) {
        const struct song *song = &writing->songs->all[writing->artists[i]];
        TRY(rows_file_add_row(&file, error));
        columns_set_string(file.columns, ARTISTS_ARTIST_ID, song->artist_id);
        columns_set_string(file.columns, ARTISTS_NAME, song->artist_name);
        columns_set_string(file.columns, ARTISTS_LOCATION, song->location);
        columns_set_double(file.columns, ARTISTS_LATITUDE,
                           song->has_latitude ? &song->latitude : NULL);
        columns_set_double(file.columns, ARTISTS_LONGITUDE,
                           song->has_longitude ? &song->longitude : NULL);
    }
    return rows_file_finish(&file, error);
}

static enum status write_users(struct writing *writing, unsigned worker, struct error *error)
{
    static const int fields[USER_STRINGS] = {USERS_LEVEL, USERS_FIRST_NAME, USERS_LAST_NAME,
                                             USERS_GENDER};
    CLEANUP(rows_file_release) struct rows_file file = {0};
    struct users *users = &writing->songplays->users;
    rows_file_begin(&file, writing->output, worker, TABLE_USERS, STR(""));
    users_sort(users);
    for (size_t i = 0; i < users->count; i++) {
        TRY(rows_file_add_row(&file, error));
        columns_set_string(file.columns, USERS_USER_ID, users->all[i].user_id);
        for (int field = 0; field < USER_STRINGS; field++)
            columns_set_string(file.columns, fields[field], users->all[i].strings[field]);
    }
    TRY(rows_file_finish(&file, error));
    return state_write_users(writing->output, users, worker, error);
}

/* ---- Time and songplays ------------------------------------------------------------------------
 */

static struct table_file *new_time_file(struct writing *writing, size_t place)
{
    CLEANUP(buffer_release) struct buffer folder = {0};
    month_folder(&folder, writing->songplays->months[place].month);
    return table_file_new(writing->output, TABLE_TIME, buffer_str(&folder));
}

/* There may be 100,000 months: a file is there no longer than it is written. */
static void plan_month(struct writing *writing, size_t place)
{
    struct time_file *times = &writing->time_files[place];
    uint64_t rows =
        times_count(&writing->songplays->times, writing->songplays->months[place].month);
    times->left = (size_t)((rows + GROUP_ROWS - 1) / GROUP_ROWS);
    if (times->left > 1)
        times->file = new_time_file(writing, place);
    add_task(writing, (struct write_task){WRITE_SONGPLAYS, .place = place});
    for (size_t group = 0; group < times->left; group++)
        add_task(writing, (struct write_task){WRITE_TIME, .place = place, .group = group});
}

static enum status add_time_group(struct writing *writing, struct table_file *file,
                                  const struct write_task *task, unsigned worker,
                                  struct error *error)
{
    struct rows_file rows; /* its columns only: the row group goes into the month's file */
    rows_file_begin(&rows, writing->output, worker, TABLE_TIME, STR(""));
    times_rows(&writing->songplays->times, writing->songplays->months[task->place].month,
               task->group * GROUP_ROWS, GROUP_ROWS, rows.columns);
    return table_file_add(file, task->group, output_encode_columns(writing->output, worker), error);
}

static enum status write_time(struct writing *writing, const struct write_task *task,
                              unsigned worker, struct error *error)
{
    struct time_file *times = &writing->time_files[task->place];
    struct table_file *file = times->file ? times->file : new_time_file(writing, task->place);
    enum status status = add_time_group(writing, file, task, worker, error);
    bool is_last = atomic_fetch_sub(&times->left, 1) == 1;
    if (status == STATUS_OK && is_last)
        status = table_file_finish(file, error);
    if (is_last) {
        table_file_free(file);
        times->file = NULL;
    }
    return status;
}

/* ---- The phase ------------------------------------------------------------------------------- */

static enum status write_kind(struct writing *writing, const struct write_task *task,
                              unsigned worker, enum table_id *table, struct error *error)
{
    switch (task->kind) {
    case WRITE_SONGPLAYS:
        *table = TABLE_ALL; /* it keeps time by itself */
        return songplays_close_month(writing->songplays, task->place, worker, error);
    case WRITE_TIME:
        *table = TABLE_TIME;
        return write_time(writing, task, worker, error);
    case WRITE_ARTISTS:
        *table = TABLE_ARTISTS;
        return write_artists(writing, worker, error);
    case WRITE_USERS:
        *table = TABLE_USERS;
        return write_users(writing, worker, error);
    case WRITE_OBJECTS:
        *table = STATE_OBJECTS;
        return input_diff_write(writing->source->diff, writing->output, writing->source->files,
                                worker, error);
    case WRITE_MATCHES:
        *table = STATE_MATCHES;
        return state_write_matches(writing->output, writing->songs, worker, error);
    case WRITE_LISTED:
        *table = STATE_SONGS;
        return write_listed(writing, worker, error);
    case WRITE_RECORDS:
        *table = STATE_RECORDS;
        return state_write_songs(writing->output, writing->songs, worker, error);
    case WRITE_SONGS:
        break;
    }
    *table = TABLE_SONGS;
    return write_songs(writing, task, worker, error);
}

static enum status write_task(void *ctx, struct flow *flow, unsigned worker, size_t number,
                              size_t slot, struct error *error)
{
    struct writing *writing = ctx;
    enum table_id table;
    uint64_t start = clock_ns();
    (void)flow;
    (void)slot;
    TRY(write_kind(writing, &writing->tasks[number], worker, &table, error));
    if (table != TABLE_ALL)
        output_add_time(writing->output, table, start);
    return STATUS_OK;
}

static void writing_release(struct writing *writing)
{
    for (size_t i = 0; writing->time_files && i < writing->songplays->month_count; i++)
        table_file_free(writing->time_files[i].file);
    mem_free(writing->time_files);
    mem_free(writing->sorted);
    mem_free(writing->artists);
    mem_free(writing->tasks);
}

static void plan(struct writing *writing)
{
    struct songplays *songplays = writing->songplays;
    writing->time_files = mem_zalloc(songplays->month_count * sizeof *writing->time_files);
    for (size_t place = 0; place < songplays->month_count; place++)
        plan_month(writing, place);
    add_task(writing, (struct write_task){WRITE_USERS});
    add_task(writing, (struct write_task){WRITE_OBJECTS});
    if (writing->is_incremental)
        return;
    writing->sorted = sorted_winners(&writing->songs->ids, writing->songs, by_partition);
    writing->artists = sorted_winners(&writing->songs->artists, writing->songs, by_artist);
    add_task(writing, (struct write_task){WRITE_ARTISTS});
    add_task(writing, (struct write_task){WRITE_MATCHES});
    add_task(writing, (struct write_task){WRITE_LISTED});
    add_task(writing, (struct write_task){WRITE_RECORDS});
    plan_songs(writing);
}

enum status tables_write(const struct tables_source *source, const atomic_bool *cancel,
                         struct run_progress *progress, struct error *error)
{
    CLEANUP(writing_release)
    struct writing writing = {.output = source->output,
                              .source = source,
                              .is_incremental = source->is_incremental,
                              .songs = source->songs,
                              .songplays = source->songplays,
                              .progress = progress};
    plan(&writing);
    struct flow_options options = {
        .threads = source->output->threads,
        .tasks = writing.task_count,
        .slots = 1,
        .ctx = &writing,
        .work = write_task,
        .cancel = cancel,
    };
    return flow_run(&options, error);
}
