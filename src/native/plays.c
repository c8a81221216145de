/* Decoding plays into columns. What can be done without knowing the plays before is done here, on
 * any thread: ids, matching songs, hashes, each user's newest play. */
#include "plays.h"

#include <math.h>
#include <stdio.h>

/* ---- Months ---------------------------------------------------------------------------------- */

uint32_t month_of_ms(int64_t ts_ms)
{
    struct civil_date date = civil_from_days(ts_ms / MS_PER_DAY);
    return (uint32_t)(date.year - 1970) * 12 + (uint32_t)date.month - 1;
}

int64_t month_begin_ms(uint32_t month)
{
    return days_from_civil(1970 + (int32_t)(month / 12), (int32_t)(month % 12) + 1, 1) * MS_PER_DAY;
}

void month_folder(struct buffer *out, uint32_t month)
{
    char number[16];
    int len = snprintf(number, sizeof number, "%u", 1970 + month / 12);
    model_partition_folder(out, "year", (struct str){number, (size_t)len});
    buffer_append_char(out, '/');
    len = snprintf(number, sizeof number, "%u", month % 12 + 1);
    model_partition_folder(out, "month", (struct str){number, (size_t)len});
}

static uint32_t month_of_row(struct plays_batch *batch, int64_t ts_ms)
{
    if (ts_ms < batch->last_month.begin_ms || ts_ms >= batch->last_month.end_ms) {
        uint32_t month = month_of_ms(ts_ms);
        batch->last_month.month = month;
        batch->last_month.begin_ms = month_begin_ms(month);
        batch->last_month.end_ms = month_begin_ms(month + 1);
    }
    return batch->last_month.month;
}

/* ---- Distinct values ---------------------------------------------------------------------------
 */

/* Text without a backslash is its own value: the scanner takes one in escapes only. */
struct str raw_decode(struct str raw, struct buffer *scratch)
{
    if (raw.len == 0 || !memchr(raw.data, '\\', raw.len))
        return raw;
    struct json_value value = {
        .text = raw.data, .len = (uint32_t)raw.len, .kind = JSON_KIND_STRING, .escaped = true};
    return json_text(&value, scratch);
}

static struct str raw_text(const struct model_record *record, int field)
{
    const struct json_value *value = &record->values[field];
    return model_is_null(record, field) ? STR_NULL : (struct str){value->text, value->len};
}

static void distinct_release(struct distinct *distinct)
{
    dictionary_release(&distinct->raw);
    mem_free(distinct->hashes);
}

/* The code of a value; `guess` is the one it probably has, or 0. */
static uint32_t distinct_code(struct distinct *distinct, struct str raw, uint32_t guess,
                              struct buffer *scratch)
{
    if (!raw.data)
        return 0;
    if (guess) {
        struct str guessed = dictionary_value(&distinct->raw, guess - 1);
        if (guessed.len == raw.len && bytes_equal(guessed.data, raw.data, raw.len))
            return guess;
    }
    size_t known = distinct->raw.count;
    uint64_t raw_hash = hash_str(raw);
    uint32_t entry = dictionary_add(&distinct->raw, raw, raw_hash);
    if (entry == known) {
        struct str value = raw_decode(raw, scratch);
        MEM_GROW(distinct->hashes, known + 1, distinct->cap);
        distinct->hashes[entry] = value.data == raw.data ? raw_hash : hash_str(value);
    }
    return entry + 1;
}

static uint64_t distinct_hash(const struct distinct *distinct, uint32_t code)
{
    return code ? distinct->hashes[code - 1] : hash_str(STR_NULL);
}

/* ---- Users ----------------------------------------------------------------------------------- */

static int compare_times(const struct user_play *a, const struct user_play *b)
{
    if (a->ts_ms != b->ts_ms)
        return a->ts_ms < b->ts_ms ? -1 : 1;
    if (a->session_id != b->session_id)
        return a->session_id < b->session_id ? -1 : 1;
    return (a->item > b->item) - (a->item < b->item);
}

static int compare_strings(struct plays_batch *batch, const struct user_play *a,
                           const struct user_play *b)
{
    for (int i = 0; i < USER_STRINGS; i++) {
        int order = str_compare(raw_decode(a->raw[i], &batch->scratch),
                                raw_decode(b->raw[i], &batch->scratch_too));
        if (order)
            return order;
    }
    return 0;
}

/* Names hardly ever change from play to play, so a copy is seldom needed. */
static void keep_newest(struct plays_batch *batch, struct user_play *newest,
                        const struct user_play *play)
{
    newest->ts_ms = play->ts_ms;
    newest->session_id = play->session_id;
    newest->item = play->item;
    for (int i = 0; i < USER_STRINGS; i++)
        if (!str_equal(newest->raw[i], play->raw[i]))
            newest->raw[i] = arena_copy(&batch->base.arena, play->raw[i]);
}

static void add_user_play(struct plays_batch *batch, uint32_t entry, bool is_new,
                          const struct model_record *record)
{
    static const int fields[USER_STRINGS] = {LOG_LEVEL, LOG_FIRST_NAME, LOG_LAST_NAME, LOG_GENDER};
    struct user_play play = {.ts_ms = record->numbers[LOG_TS].int64,
                             .session_id = record->numbers[LOG_SESSION_ID].int64,
                             .item = record->numbers[LOG_ITEM].int64};
    struct user_play *newest = &batch->users[entry];
    int order = is_new ? 1 : compare_times(&play, newest);
    if (order < 0)
        return;
    for (int i = 0; i < USER_STRINGS; i++)
        play.raw[i] = raw_text(record, fields[i]);
    if (order > 0 || compare_strings(batch, &play, newest) > 0)
        keep_newest(batch, newest, &play);
}

static void grow_users(struct plays_batch *batch)
{
    size_t cap = batch->user_cap ? batch->user_cap * 2 : 64;
    batch->users = mem_realloc(batch->users, cap * sizeof *batch->users);
    batch->user_seeds = mem_realloc(batch->user_seeds, cap * sizeof *batch->user_seeds);
    batch->guesses = mem_realloc(batch->guesses, cap * sizeof *batch->guesses);
    batch->user_cap = cap;
}

static uint32_t user_code(struct plays_batch *batch, const struct model_record *record)
{
    struct distinct *users = &batch->strings[PLAY_USER_ID];
    struct str user_id = raw_text(record, LOG_USER_ID);
    size_t known = users->raw.count;
    uint32_t code = distinct_code(users, user_id, batch->last_user, &batch->scratch);
    bool is_new = users->raw.count > known;
    if (is_new) {
        if (known == batch->user_cap)
            grow_users(batch);
        batch->users[known] = (struct user_play){0};
        batch->user_seeds[known] = songplay_id_seed(raw_decode(user_id, &batch->scratch));
        memset(batch->guesses[known], 0, sizeof batch->guesses[known]);
    }
    batch->last_user = code;
    add_user_play(batch, code - 1, is_new, record);
    return code;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void grow_rows(struct plays_batch *batch)
{
    size_t cap = batch->cap ? batch->cap * 2 : 1024;
    batch->ids = mem_realloc(batch->ids, cap * sizeof *batch->ids);
    batch->ts_ms = mem_realloc(batch->ts_ms, cap * sizeof *batch->ts_ms);
    batch->sessions = mem_realloc(batch->sessions, cap * sizeof *batch->sessions);
    batch->lengths = mem_realloc(batch->lengths, cap * sizeof *batch->lengths);
    batch->months = mem_realloc(batch->months, cap * sizeof *batch->months);
    batch->contents = mem_realloc(batch->contents, cap * sizeof *batch->contents);
    batch->matches = mem_realloc(batch->matches, cap * sizeof *batch->matches);
    for (int i = 0; i < PLAY_STRINGS; i++)
        batch->codes[i] = mem_realloc(batch->codes[i], cap * sizeof *batch->codes[i]);
    for (int i = 0; i < PLAY_TEXTS; i++)
        texts_grow(&batch->texts[i], cap);
    batch->cap = cap;
}

_Static_assert(sizeof(struct play_content) == 9 * sizeof(uint64_t), "nothing lies between");

uint32_t play_content_hash(const struct play_content *content)
{
    uint64_t words[sizeof *content / sizeof(uint64_t)];
    memcpy(words, content, sizeof words);
    uint32_t hash = (uint32_t)(hash_words(words, ARRAY_LENGTH(words)) >> 32);
    return hash ? hash : 1;
}

/* Sets the strings of a row that have codes, and their hashes. */
static void set_strings(struct plays_batch *batch, size_t row, const struct model_record *record,
                        struct play_content *content)
{
    static const int fields[PLAY_STRINGS] = {LOG_USER_ID, LOG_LEVEL, LOG_LOCATION, LOG_USER_AGENT};
    uint64_t *hashes[PLAY_STRINGS] = {&content->user_id, &content->level, &content->location,
                                      &content->user_agent};
    uint32_t user = user_code(batch, record);
    uint32_t *guesses = batch->guesses[user - 1];
    batch->codes[PLAY_USER_ID][row] = user;
    content->user_id = distinct_hash(&batch->strings[PLAY_USER_ID], user);
    for (int i = PLAY_LEVEL; i < PLAY_STRINGS; i++) {
        struct distinct *strings = &batch->strings[i];
        uint32_t code =
            distinct_code(strings, raw_text(record, fields[i]), guesses[i], &batch->scratch);
        batch->codes[i][row] = guesses[i] = code;
        *hashes[i] = distinct_hash(strings, code);
    }
}

/* The looks for songs that have been put together. */
static void match_rows(struct plays_batch *batch)
{
    struct song_look looks[SONGS_LOOKS];
    uint32_t matches[SONGS_LOOKS];
    for (size_t i = 0; i < batch->look_count; i++) {
        uint32_t row = batch->looks[i].row;
        looks[i] = (struct song_look){
            .title = texts_value(&batch->texts[PLAY_SONG], row),
            .artist_name = texts_value(&batch->texts[PLAY_ARTIST], row),
            .duration = batch->lengths[row],
            .hash = batch->looks[i].hash,
        };
    }
    songs_match(batch->songs, looks, batch->look_count, matches);
    for (size_t i = 0; i < batch->look_count; i++)
        batch->matches[batch->looks[i].row] = matches[i];
    batch->look_count = 0;
}

static void look_for_song(struct plays_batch *batch, size_t row, uint64_t hash)
{
    batch->looks[batch->look_count].row = (uint32_t)row;
    batch->looks[batch->look_count].hash = hash;
    if (++batch->look_count == SONGS_LOOKS)
        match_rows(batch);
}

/* Sets what a row says of its song. A length that is NaN is null. */
static void set_song(struct plays_batch *batch, size_t row, struct str song, struct str artist,
                     double length, struct play_content *content)
{
    bool has_length = length == length;
    texts_set(&batch->texts[PLAY_SONG], row, song);
    texts_set(&batch->texts[PLAY_ARTIST], row, artist);
    content->song = hash_str(song);
    content->artist = hash_str(artist);
    content->length = length;
    batch->lengths[row] = content->length;
    batch->matches[row] = INDEX_NONE;
    if (has_length && song.data && artist.data)
        look_for_song(batch, row, songs_match_hash(content->song, content->artist, length));
}

void plays_batch_keep(void *ctx, const struct model_record *record)
{
    struct plays_batch *batch = ctx;
    struct play_content content = {.session_id = record->numbers[LOG_SESSION_ID].int64,
                                   .ts_ms = record->numbers[LOG_TS].int64};
    if (batch->rows == batch->cap)
        grow_rows(batch);
    size_t row = batch->rows++;
    set_strings(batch, row, record, &content);
    set_song(batch, row, json_text(&record->values[LOG_SONG], &batch->scratch),
             json_text(&record->values[LOG_ARTIST], &batch->scratch_too),
             model_is_null(record, LOG_LENGTH) ? (double)NAN : record->numbers[LOG_LENGTH].float64,
             &content);
    uint64_t seed = batch->user_seeds[batch->codes[PLAY_USER_ID][row] - 1];
    batch->ids[row] =
        songplay_id(seed, content.session_id, content.ts_ms, record->numbers[LOG_ITEM].int64);
    batch->contents[row] = play_content_hash(&content);
    batch->ts_ms[row] = content.ts_ms;
    batch->sessions[row] = content.session_id;
    batch->months[row] = month_of_row(batch, content.ts_ms);
}

/* ---- Rows of the table -------------------------------------------------------------------------
 */

/* What raw_decode makes the value of. */
static struct str raw_encode(struct str value, struct buffer *scratch)
{
    if (value.len == 0 || !memchr(value.data, '\\', value.len))
        return value;
    buffer_reset(scratch);
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '\\')
            buffer_append_char(scratch, '\\');
        buffer_append_char(scratch, value.data[i]);
    }
    return buffer_str(scratch);
}

void plays_batch_add_stored(struct plays_batch *batch, const struct stored_play *play)
{
    struct play_content content = {.session_id = play->session_id, .ts_ms = play->ts_ms};
    uint64_t *hashes[PLAY_STRINGS] = {&content.user_id, &content.level, &content.location,
                                      &content.user_agent};
    if (batch->rows == batch->cap)
        grow_rows(batch);
    size_t row = batch->rows++;
    for (int i = 0; i < PLAY_STRINGS; i++) {
        struct distinct *strings = &batch->strings[i];
        uint32_t code = distinct_code(strings, raw_encode(play->strings[i], &batch->scratch_too), 0,
                                      &batch->scratch);
        batch->codes[i][row] = code;
        *hashes[i] = distinct_hash(strings, code);
    }
    set_song(batch, row, play->song, play->artist, play->length, &content);
    if (plays_batch_has_no_song(batch, row))
        batch->matches[row] = play->match;
    batch->ids[row] = play->id;
    batch->contents[row] = play_content_hash(&content);
    batch->ts_ms[row] = play->ts_ms;
    batch->sessions[row] = play->session_id;
    batch->months[row] = month_of_row(batch, play->ts_ms);
}

uint32_t plays_batch_old_content(const struct plays_batch *batch, size_t row)
{
    uint64_t hashes[PLAY_STRINGS], null = hash_str(STR_NULL);
    for (int i = 0; i < PLAY_STRINGS; i++)
        hashes[i] = distinct_hash(&batch->strings[i], batch->codes[i][row]);
    struct play_content content = {
        .user_id = hashes[PLAY_USER_ID],
        .session_id = batch->sessions[row],
        .ts_ms = batch->ts_ms[row],
        .level = hashes[PLAY_LEVEL],
        .location = hashes[PLAY_LOCATION],
        .user_agent = hashes[PLAY_USER_AGENT],
        .song = null,
        .artist = null,
        .length = (double)NAN,
    };
    return play_content_hash(&content);
}

static bool is_null_text(const struct texts *texts, size_t row)
{
    return !(texts->validity[row / 8] >> row % 8 & 1);
}

bool plays_batch_has_no_song(const struct plays_batch *batch, size_t row)
{
    return batch->lengths[row] != batch->lengths[row] &&
           is_null_text(&batch->texts[PLAY_SONG], row) &&
           is_null_text(&batch->texts[PLAY_ARTIST], row);
}

void plays_batch_finish(struct plays_batch *batch)
{
    match_rows(batch);
}

void plays_batch_reset(struct plays_batch *batch)
{
    batch_reset(&batch->base);
    batch->rows = 0;
    batch->look_count = 0;
    batch->last_user = 0;
    for (int i = 0; i < PLAY_STRINGS; i++)
        dictionary_reset(&batch->strings[i].raw);
    for (int i = 0; i < PLAY_TEXTS; i++)
        texts_reset(&batch->texts[i]);
}

void plays_batch_release(struct plays_batch *batch)
{
    batch_release(&batch->base);
    mem_free(batch->ids);
    mem_free(batch->ts_ms);
    mem_free(batch->sessions);
    mem_free(batch->lengths);
    mem_free(batch->months);
    mem_free(batch->contents);
    mem_free(batch->matches);
    mem_free(batch->user_seeds);
    mem_free(batch->users);
    mem_free(batch->guesses);
    for (int i = 0; i < PLAY_STRINGS; i++) {
        mem_free(batch->codes[i]);
        distinct_release(&batch->strings[i]);
    }
    for (int i = 0; i < PLAY_TEXTS; i++)
        texts_release(&batch->texts[i]);
    buffer_release(&batch->scratch);
    buffer_release(&batch->scratch_too);
    *batch = (struct plays_batch){0};
}
