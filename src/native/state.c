/* Whether an object is new is not asked of a clock: it is, when it is not among those that were
 * read, and it is another one, when its size or its identity is (an ETag; on a disk, inode and
 * time). */
#include "state.h"

#include "known.h"

#include <assert.h>
#include <stdio.h>

/* ---- Writing ----------------------------------------------------------------------------------
 */

enum status state_write_objects(struct output *output, const struct input *inputs, unsigned worker,
                                struct error *error)
{
    CLEANUP(rows_file_release) struct rows_file file = {0};
    rows_file_begin(&file, output, worker, STATE_OBJECTS, STR(""));
    for (int source = 0; source < SOURCE_COUNT; source++)
        for (size_t i = 0; i < inputs[source].files.count; i++) {
            const struct store_object *object = &inputs[source].files.objects[i];
            TRY(rows_file_add_row(&file, error));
            columns_set_string(file.columns, OBJECTS_KEY, object->key);
            columns_set_int64(file.columns, OBJECTS_BYTES, (int64_t)object->size_bytes);
            columns_set_int64(file.columns, OBJECTS_IDENTITY, (int64_t)object->identity);
            columns_set_int32(file.columns, OBJECTS_FORMAT, MODEL_FORMAT);
        }
    return rows_file_finish(&file, error);
}

enum status state_write_matches(struct output *output, const struct songs *songs, unsigned worker,
                                struct error *error)
{
    CLEANUP(rows_file_release) struct rows_file file = {0};
    rows_file_begin(&file, output, worker, STATE_MATCHES, STR(""));
    for (size_t i = 0; i < songs->match_count; i++) {
        const struct match *match = &songs->matches[i];
        const struct song *song = &songs->all[match->song];
        TRY(rows_file_add_row(&file, error));
        columns_set_string(file.columns, MATCHES_TITLE, match->title);
        columns_set_string(file.columns, MATCHES_ARTIST_NAME, match->artist_name);
        columns_set_double(file.columns, MATCHES_DURATION, &match->duration);
        columns_set_string(file.columns, MATCHES_SONG_ID, song->song_id);
        columns_set_string(file.columns, MATCHES_ARTIST_ID, song->artist_id);
    }
    return rows_file_finish(&file, error);
}

static const int user_columns[USER_STRINGS] = {
    [USER_LEVEL] = NEWEST_LEVEL,
    [USER_FIRST_NAME] = NEWEST_FIRST_NAME,
    [USER_LAST_NAME] = NEWEST_LAST_NAME,
    [USER_GENDER] = NEWEST_GENDER,
};

enum status state_write_users(struct output *output, const struct users *users, unsigned worker,
                              struct error *error)
{
    CLEANUP(rows_file_release) struct rows_file file = {0};
    rows_file_begin(&file, output, worker, STATE_USERS, STR(""));
    for (size_t i = 0; i < users->count; i++) {
        const struct user *user = &users->all[i];
        TRY(rows_file_add_row(&file, error));
        columns_set_string(file.columns, NEWEST_USER_ID, user->user_id);
        columns_set_int64(file.columns, NEWEST_TS, user->ts_ms);
        columns_set_int64(file.columns, NEWEST_SESSION_ID, user->session_id);
        columns_set_int64(file.columns, NEWEST_ITEM, user->item);
        for (int string = 0; string < USER_STRINGS; string++)
            columns_set_string(file.columns, user_columns[string], user->strings[string]);
    }
    return rows_file_finish(&file, error);
}

/* ---- Reading ----------------------------------------------------------------------------------
 */

/* A row group of a state's table, all columns of it. */
struct state_rows {
    struct parquet_column columns[MODEL_MAX_COLUMNS];
    size_t rows;
};
typedef enum status take_rows_fn(void *ctx, const struct state_rows *rows, struct error *error);

static enum status read_group(struct read_back *file, enum table_id table, size_t group,
                              take_rows_fn *take, void *ctx, struct error *error)
{
    struct parquet_values *values[MODEL_MAX_COLUMNS] = {0};
    struct state_rows rows = {.rows = (size_t)parquet_group_rows(file->reader, group)};
    enum status status = STATUS_OK;
    size_t count = model_tables[table].column_count;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        values[i] = parquet_values_new();
        status = read_back_column(file, values[i], group, i, &rows.columns[i], error);
    }
    if (status == STATUS_OK)
        status = take(ctx, &rows, error);
    for (size_t i = 0; i < count; i++)
        parquet_values_free(values[i]);
    return status;
}

static enum status read_file(struct store *store, const struct store_object *object,
                             const struct output *output, enum table_id table, take_rows_fn *take,
                             void *ctx, struct error *error)
{
    CLEANUP(read_back_release) struct read_back file = {0};
    TRY(read_back_open(&file, store, object, output->schemas[table], STATE_HINT, error));
    for (size_t group = 0; group < parquet_reader_groups(file.reader); group++)
        TRY(read_group(&file, table, group, take, ctx, error));
    return STATUS_OK;
}

static enum status read_state(const struct output *output, struct store *store, enum table_id table,
                              take_rows_fn *take, void *ctx, struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing files = {0};
    lake_list_files(output->lake, table, &files);
    for (size_t i = 0; i < files.count; i++)
        TRY(read_file(store, &files.objects[i], output, table, take, ctx, error));
    return STATUS_OK;
}

static enum status take_songs(void *ctx, const struct state_rows *rows, struct error *error)
{
    struct songs_batch batch = {0};
    (void)error;
    for (size_t i = 0; i < rows->rows; i++) {
        MEM_GROW(batch.songs, batch.count + 1, batch.cap);
        batch.songs[batch.count++] = (struct song){
            .title = parquet_string(&rows->columns[MATCHES_TITLE], i),
            .artist_name = parquet_string(&rows->columns[MATCHES_ARTIST_NAME], i),
            .duration = rows->columns[MATCHES_DURATION].doubles[i],
            .has_duration = true,
            .song_id = parquet_string(&rows->columns[MATCHES_SONG_ID], i),
            .artist_id = parquet_string(&rows->columns[MATCHES_ARTIST_ID], i),
        };
    }
    songs_add(ctx, &batch);
    songs_batch_release(&batch);
    return STATUS_OK;
}

enum status state_read_songs(const struct output *output, struct store *store, struct songs *songs,
                             struct error *error)
{
    TRY(read_state(output, store, STATE_MATCHES, take_songs, songs, error));
    songs_index_matches(songs);
    return STATUS_OK;
}

static enum status take_users(void *ctx, const struct state_rows *rows, struct error *error)
{
    (void)error;
    for (size_t i = 0; i < rows->rows; i++) {
        struct user user = {
            .user_id = parquet_string(&rows->columns[NEWEST_USER_ID], i),
            .ts_ms = rows->columns[NEWEST_TS].int64s[i],
            .session_id = rows->columns[NEWEST_SESSION_ID].int64s[i],
            .item = rows->columns[NEWEST_ITEM].int64s[i],
        };
        for (int string = 0; string < USER_STRINGS; string++)
            user.strings[string] = parquet_string(&rows->columns[user_columns[string]], i);
        users_put(ctx, &user);
    }
    return STATUS_OK;
}

enum status state_read_users(const struct output *output, struct store *store, struct users *users,
                             struct error *error)
{
    return read_state(output, store, STATE_USERS, take_users, users, error);
}

/* ---- Comparing --------------------------------------------------------------------------------
 */

/* How far the inputs have been gone through beside what was read; both are in the order of sources
 * and keys. */
struct comparing {
    const struct input *inputs;
    int source;
    size_t at; /* in its files */
    bool any;  /* something has been read before */
    struct state_news *news;
};

static void full_because(struct comparing *comparing, struct str key, const char *what)
{
    char *out = comparing->news->full_because;
    if (!out[0])
        snprintf(out, sizeof comparing->news->full_because, "%.*s %s", STR_ARG(key), what);
}

static void take_new(struct comparing *comparing, const struct store_object *object)
{
    if (comparing->source == SOURCE_SONGS) {
        full_because(comparing, object->key, "is new, and a song may match plays of any day");
        return;
    }
    comparing->news->is_new[comparing->at] = true;
    comparing->news->new_files++;
}

static const struct store_object *current(const struct comparing *comparing)
{
    const struct store_listing *files = &comparing->inputs[comparing->source].files;
    return comparing->at < files->count ? &files->objects[comparing->at] : NULL;
}

static bool is_of_source(int source, struct str key)
{
    struct str folder = str_of(model_sources[source].folder);
    return str_starts_with(key, folder) && key.len > folder.len && key.data[folder.len] == '/';
}

/* What lies before this object of the earlier run is new. */
static void pass_to(struct comparing *comparing, struct str key)
{
    const struct store_object *object;
    while (!is_of_source(comparing->source, key) && comparing->source + 1 < SOURCE_COUNT) {
        for (; (object = current(comparing)) != NULL; comparing->at++)
            take_new(comparing, object);
        comparing->source++;
        comparing->at = 0;
    }
    for (; (object = current(comparing)) != NULL && str_compare(object->key, key) < 0;
         comparing->at++)
        take_new(comparing, object);
}

static enum status take_objects(void *ctx, const struct state_rows *rows, struct error *error)
{
    struct comparing *comparing = ctx;
    const int64_t *bytes = rows->columns[OBJECTS_BYTES].int64s;
    const int64_t *identities = rows->columns[OBJECTS_IDENTITY].int64s;
    const struct parquet_column *formats = &rows->columns[OBJECTS_FORMAT];
    (void)error;
    assert(bytes && identities); /* read_group */
    comparing->any = true;
    for (size_t i = 0; i < rows->rows; i++) {
        struct str key = parquet_string(&rows->columns[OBJECTS_KEY], i);
        if (parquet_is_null(formats, i) || formats->int32s[i] < MODEL_FORMAT)
            full_because(comparing, STR("the lake"),
                         "is from before songplays had its columns "
                         "song, artist and length");
        pass_to(comparing, key);
        const struct store_object *object = current(comparing);
        if (!object || !str_equal(object->key, key)) {
            full_because(comparing, key, "was read before and is gone");
            continue;
        }
        if ((int64_t)object->size_bytes != bytes[i] || (int64_t)object->identity != identities[i])
            full_because(comparing, key, "has changed since it was read");
        comparing->at++;
    }
    return STATUS_OK;
}

enum status state_compare(const struct output *output, struct store *store,
                          const struct input *inputs, struct state_news *out, struct error *error)
{
    *out = (struct state_news){0};
    out->is_new = mem_zalloc(inputs[SOURCE_LOGS].files.count + 1);
    struct comparing comparing = {.inputs = inputs, .news = out};
    TRY(read_state(output, store, STATE_OBJECTS, take_objects, &comparing, error));
    if (!comparing.any) {
        snprintf(out->full_because, sizeof out->full_because,
                 "no earlier run has left word of what it has read");
        return STATUS_OK;
    }
    for (; comparing.source < SOURCE_COUNT; comparing.source++, comparing.at = 0)
        for (const struct store_object *object; (object = current(&comparing)) != NULL;
             comparing.at++)
            take_new(&comparing, object);
    return STATUS_OK;
}

void state_news_release(struct state_news *news)
{
    mem_free(news->is_new);
    *news = (struct state_news){0};
}
