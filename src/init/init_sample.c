/* Reads the begin of some files of a folder. A file is one JSON value after another; how they lie
 * there tells its layout. */
#include "init_sample.h"

#include <run.h>
#include <stream.h>

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

#define MAX_FILES      200
#define MAX_READ_BYTES ((size_t)1 << 20) /* of a file */
#define MAX_TEXT_BYTES ((size_t)4 << 20) /* of what is in a packed one */

/* ---- Files ----------------------------------------------------------------------------------- */

/* Of a packed file what comes out first; *out_is_cut: there is more. */
static enum status read_file(struct store *store, const struct store_object *file,
                             struct buffer *out, bool *out_is_cut, struct error *error)
{
    enum packing packing = run_packing(file->key);
    size_t length = file->size_bytes < MAX_READ_BYTES ? file->size_bytes : MAX_READ_BYTES;
    *out_is_cut = length < file->size_bytes;
    if (packing == PACKING_NONE)
        return store_get(store, file, 0, length, out, error);
    struct stream *stream = stream_new(store, file, packing, STR(""));
    enum status status = stream_read(stream, MAX_TEXT_BYTES, out, error);
    stream_free(stream);
    *out_is_cut = out->len == MAX_TEXT_BYTES;
    return status;
}

/* ---- Values of a file ------------------------------------------------------------------------ */

/* What was seen of one file. */
struct seen {
    size_t values;
    bool has_long_value; /* with a newline inside */
    bool has_neighbours; /* two values on one line */
    json_t *only;        /* the first value */
};

static size_t skip_space(struct str text, size_t at)
{
    while (at < text.len && isspace((unsigned char)text.data[at]))
        at++;
    return at;
}

static size_t skip_line(struct str text, size_t at)
{
    const char *newline = memchr(text.data + at, '\n', text.len - at);
    return newline ? (size_t)(newline - text.data) + 1 : text.len;
}

static bool has_newline(struct str text, size_t from, size_t to)
{
    return memchr(text.data + from, '\n', to - from) != NULL;
}

static void add_value(struct sample *sample, json_t *value)
{
    if (json_is_object(value))
        init_profile_add(&sample->profile, value);
    else
        sample->faulty++;
}

/* The next value, or NULL: then *at is behind what is none, or `at` the end. */
static json_t *next_value(struct sample *sample, struct str text, bool is_cut, size_t *at)
{
    json_error_t error;
    json_t *value = json_loadb(text.data + *at, text.len - *at,
                               JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &error);
    if (value)
        *at += (size_t)error.position;
    else if (is_cut && !has_newline(text, *at, text.len))
        *at = text.len;
    else {
        sample->faulty++;
        *at = skip_line(text, *at);
    }
    return value;
}

/* A file's only value is not added: it may be what is around the records. */
static void read_values(struct sample *sample, struct str text, bool is_cut, struct seen *seen)
{
    size_t at = skip_space(text, 0), end = SIZE_MAX; /* of the value before; none */
    while (at < text.len) {
        size_t begin = at;
        json_t *value = next_value(sample, text, is_cut, &at);
        if (value) {
            seen->has_neighbours |= end != SIZE_MAX && !has_newline(text, end, begin);
            seen->has_long_value |= has_newline(text, begin, at);
            if (seen->values == 1)
                add_value(sample, seen->only);
            if (seen->values++ == 0)
                seen->only = json_incref(value);
            else
                add_value(sample, value);
            json_decref(value);
        }
        end = value ? at : SIZE_MAX;
        at = skip_space(text, at);
    }
}

/* ---- What jansson refuses -------------------------------------------------------------------- */

/* The end of a number, or of what else has such characters. */
static size_t skip_number(struct str text, size_t at)
{
    while (at < text.len && strchr("+-.0123456789Ee", text.data[at]) && text.data[at])
        at++;
    return at;
}

/* Whether jansson has no value for the number: it then refuses the whole record. */
static bool is_too_large(const char *number, size_t len)
{
    char copy[400];
    if (len < 4 || len >= sizeof copy)
        return len > 3;
    memcpy(copy, number, len);
    copy[len] = '\0';
    errno = 0;
    if (strcspn(copy, ".eE") == len)
        strtoll(copy, NULL, 10);
    else if (isfinite(strtod(copy, NULL)))
        return false;
    return errno == ERANGE;
}

/* jansson refuses a record in which a key has \u0000: it becomes PROFILE_NO_NAME. Numbers that are
 * too large are quoted, so that their fields are strings, which hold them all. */
static void replace_what_is_refused(struct str text, struct buffer *out)
{
    static const char zero[] = "\\u0000", none[] = "\\ufdd0";
    bool is_in_string = false;
    size_t copied = 0;
    for (size_t at = 0; at < text.len; at++) {
        char c = text.data[at];
        if (is_in_string) {
            if (str_starts_with((struct str){text.data + at, text.len - at}, STR(zero))) {
                buffer_append(out, text.data + copied, at - copied);
                buffer_append_str(out, STR(none));
                copied = at + strlen(zero);
            }
            at += c == '\\';
            is_in_string = c != '"' && c != '\n';
        } else if (c == '"') {
            is_in_string = true;
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            size_t end = skip_number(text, at);
            if (is_too_large(text.data + at, end - at)) {
                buffer_append(out, text.data + copied, at - copied);
                buffer_appendf(out, "\"%.*s\"", (int)(end - at), text.data + at);
                copied = end;
            }
            at = end - 1;
        }
    }
    buffer_append(out, text.data + copied, text.len - copied);
}

/* ---- Layouts --------------------------------------------------------------------------------- */

static bool is_list_of_objects(const json_t *value)
{
    return json_is_array(value) && json_array_size(value) > 0 &&
           json_is_object(json_array_get(value, 0));
}

/* Names that nothing but a list of records has, whatever lies beside it. */
static bool is_name_of_records(const char *key)
{
    static const char *const names[] = {"Records", "features", "results", "data"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (strcasecmp(key, names[i]) == 0)
            return true;
    return false;
}

/* The key of an array of records in a file's only object: by its name, or where there are few other
 * values, and these no lists and no objects: {"Version": 1, "Items": [{…}, …]}. */
static const char *key_of_records(const json_t *object)
{
    const char *key, *found = NULL;
    bool is_alone = json_object_size(object) <= 4;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        if (is_list_of_objects(value) && is_name_of_records(key))
            return key;
        if (is_list_of_objects(value) && !found)
            found = key;
        else
            is_alone &= !json_is_array(value) && !json_is_object(value);
    }
    return is_alone ? found : NULL;
}

/* Whether the object may be around no record: {"Records": []}. */
static bool is_around_nothing(const struct sample *sample, const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        bool is_known = sample->records_key.data ? str_equal(str_of(key), sample->records_key)
                                                 : is_name_of_records(key);
        if (is_known && json_is_array(value) && json_array_size(value) == 0)
            return true;
    }
    return false;
}

static void add_array(struct sample *sample, const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        add_value(sample, json_array_get(array, i));
}

/* A file of one value: a record, or something around records. */
static void add_only(struct sample *sample, struct seen *seen, struct arena *arena)
{
    const char *key = json_is_object(seen->only) ? key_of_records(seen->only) : NULL;
    if (key) {
        sample->wrapped++;
        sample->records_key = arena_copy(arena, str_of(key));
        add_array(sample, json_object_get(seen->only, key));
    } else if (json_is_array(seen->only)) {
        sample->arrays++;
        add_array(sample, seen->only);
    } else if (json_is_object(seen->only)) {
        if (!sample->undecided)
            sample->undecided = json_array();
        json_array_append(sample->undecided, seen->only);
    } else {
        sample->documents++;
        add_value(sample, seen->only);
    }
}

/* Objects that are a file: records, or where others have shown a key of records, around none. */
static void add_undecided(struct sample *sample)
{
    for (size_t i = 0; i < json_array_size(sample->undecided); i++) {
        json_t *object = json_array_get(sample->undecided, i);
        if (is_around_nothing(sample, object)) {
            sample->wrapped++;
        } else {
            sample->documents++;
            add_value(sample, object);
        }
    }
    json_decref(sample->undecided);
    sample->undecided = NULL;
}

void init_sample_add_text(struct sample *sample, struct str text, bool is_cut, struct arena *arena)
{
    struct seen seen = {0};
    CLEANUP(buffer_release) struct buffer readable = {0};
    if (str_starts_with(text, STR("\xEF\xBB\xBF")))
        text = (struct str){text.data + 3, text.len - 3};
    replace_what_is_refused(text, &readable);
    read_values(sample, buffer_str(&readable), is_cut, &seen);
    if (seen.values == 1)
        add_only(sample, &seen, arena);
    else if (seen.values && (seen.has_neighbours || seen.has_long_value))
        sample->concatenated++;
    else
        sample->lines += seen.values > 0;
    json_decref(seen.only);
}

void init_sample_finish(struct sample *sample)
{
    add_undecided(sample);
    if (sample->wrapped > sample->documents + sample->lines + sample->concatenated + sample->arrays)
        sample->layout = LAYOUT_RECORDS;
    else if (sample->concatenated)
        sample->layout = LAYOUT_CONCATENATED;
    else
        sample->layout =
            sample->arrays || sample->documents > sample->lines ? LAYOUT_DOCUMENT : LAYOUT_LINES;
    init_profile_finish(&sample->profile);
}

enum status init_sample_read(struct sample *sample, struct store *store, struct arena *arena,
                             struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    size_t count = sample->file_count < MAX_FILES ? sample->file_count : MAX_FILES;
    for (size_t i = 0; i < count && sample->profile.records < PROFILE_MAX_RECORDS; i++) {
        bool is_cut;
        buffer_reset(&text);
        TRY(read_file(store, sample->files[i * sample->file_count / count], &text, &is_cut, error));
        if (text.len)
            init_sample_add_text(sample, buffer_str(&text), is_cut, arena);
    }
    init_sample_finish(sample);
    return STATUS_OK;
}
