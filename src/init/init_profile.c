/* Fields of records, by their paths: kinds of their values, and a hash of each value, by which
 * distinct values are counted. Objects are looked into, unless their keys differ from record to
 * record: those, and arrays, are JSON to the model. */
#include "init_profile.h"

#include <ctype.h>
#include <model_parse.h>
#include <model_record.h>
#include <stdlib.h>

#define MAX_CHILDREN 24
#define MAX_NAME     200 /* of a field: libyaml reads keys of up to 1024 bytes, escapes included */

void init_profile_release(struct profile *profile)
{
    for (size_t i = 0; i < profile->field_count; i++)
        mem_free(profile->fields[i].hashes);
    for (size_t i = 0; i < profile->records; i++)
        json_decref(profile->values[i]);
    mem_free(profile->values);
    mem_free(profile->hashes);
    mem_free(profile->fields);
    dictionary_release(&profile->names);
    arena_release(&profile->arena);
    *profile = (struct profile){0};
}

/* ---- Records --------------------------------------------------------------------------------- */

static void append_label(const char *key, struct buffer *out)
{
    for (const char *at = key; *at; at++) {
        unsigned char c = (unsigned char)*at;
        bool begins_word = at > key && isupper(c) && islower((unsigned char)at[-1]);
        if (begins_word)
            buffer_append_char(out, '_');
        buffer_append_char(out, c < 0x80 && isalnum(c) ? (char)tolower(c) : '_');
    }
}

static void init_field(struct profile *profile, struct profile_field *field, int parent,
                       struct str name, const char *key)
{
    CLEANUP(buffer_release) struct buffer label = {0};
    *field = (struct profile_field){.parent = parent, .least = INT64_MAX, .greatest = INT64_MIN};
    field->name = arena_copy(&profile->arena, name);
    if (parent >= 0) {
        profile->fields[parent].children++;
        buffer_append_str(&label, profile->fields[parent].label);
        buffer_append_char(&label, '_');
    }
    append_label(key, &label);
    field->label = str_of(arena_text(&profile->arena, buffer_str(&label)));
    field->hashes = mem_zalloc(PROFILE_MAX_RECORDS * sizeof *field->hashes);
}

/* The number of the field of a key; -1 where there are too many, or the name is too long. */
static int field_of(struct profile *profile, int parent, const char *key)
{
    CLEANUP(buffer_release) struct buffer name = {0};
    struct model_step step = {.key = str_of(key)};
    if (parent >= 0) {
        buffer_append_str(&name, profile->fields[parent].name);
        buffer_append_char(&name, '.');
    }
    model_path_append(&step, 1, &name);
    uint64_t hash = hash_str(buffer_str(&name));
    uint32_t code = dictionary_find(&profile->names, buffer_str(&name), hash);
    if (code != INDEX_NONE)
        return (int)code;
    if (profile->field_count == PROFILE_MAX_FIELDS || name.len > MAX_NAME ||
        strstr(key, PROFILE_NO_NAME))
        return -1;
    dictionary_add(&profile->names, buffer_str(&name), hash);
    if (!profile->fields)
        profile->fields = mem_zalloc(PROFILE_MAX_FIELDS * sizeof *profile->fields);
    init_field(profile, &profile->fields[profile->field_count], parent, buffer_str(&name), key);
    return (int)profile->field_count++;
}

static uint64_t hash_of(const json_t *value)
{
    if (json_is_string(value))
        return hash_stored((struct str){json_string_value(value), json_string_length(value)}) | 1;
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
    uint64_t hash = text ? hash_stored(str_of(text)) | 1 : 1;
    free(text);
    return hash;
}

static void count_string(struct profile_field *field, const char *text)
{
    field->string++;
    static const struct model_field date = {.type = MODEL_DATE},
                                    time = {.type = MODEL_TIMESTAMP, .time_form = TIME_ISO_8601};
    field->empty += text[0] == '\0';
    field->date += model_text_fits(&date, str_of(text));
    field->iso += model_text_fits(&time, str_of(text));
}

/* The units of times, and the seconds of the years 2000 to 2100. */
static const struct {
    int64_t per_second;
    enum model_time_form form;
} units[] = {{1, TIME_SECONDS}, {1000, TIME_MILLISECONDS}, {1000000, TIME_MICROSECONDS}};
#define YEAR_2000 INT64_C(946684800)
#define YEAR_2100 INT64_C(4102444800)

static void count_integer(struct profile_field *field, int64_t value)
{
    for (size_t i = 0; i < ARRAY_LENGTH(units); i++)
        field->in_time[i] +=
            value >= YEAR_2000 * units[i].per_second && value <= YEAR_2100 * units[i].per_second;
    field->integer++;
    field->least = value < field->least ? value : field->least;
    field->greatest = value > field->greatest ? value : field->greatest;
}

static void count_value(struct profile_field *field, const json_t *value)
{
    field->present++;
    field->null += json_is_null(value);
    field->boolean += json_is_boolean(value);
    field->real += json_is_real(value);
    field->object += json_is_object(value);
    field->array += json_is_array(value);
    if (json_is_string(value))
        count_string(field, json_string_value(value));
    if (json_is_integer(value))
        count_integer(field, json_integer_value(value));
}

static void add_object(struct profile *profile, int parent, int depth, const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        int number = field_of(profile, parent, key);
        if (number < 0)
            continue;
        struct profile_field *field = &profile->fields[number];
        count_value(field, value);
        if (!json_is_null(value))
            field->hashes[profile->records] = hash_of(value);
        if (json_is_object(value) && depth < PROFILE_MAX_DEPTH)
            add_object(profile, number, depth + 1, value);
    }
}

void init_profile_add(struct profile *profile, json_t *record)
{
    if (profile->records == PROFILE_MAX_RECORDS)
        return;
    add_object(profile, -1, 1, record);
    if (!profile->values) {
        profile->values = mem_alloc(PROFILE_MAX_RECORDS * sizeof(json_t *));
        profile->hashes = mem_alloc(PROFILE_MAX_RECORDS * sizeof *profile->hashes);
    }
    profile->hashes[profile->records] = hash_of(record);
    profile->values[profile->records++] = json_incref(record);
}

/* ---- Types ----------------------------------------------------------------------------------- */

bool init_profile_has_word(struct str label, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= label.len; i++)
        if (memcmp(label.data + i, word, len) == 0 && (i == 0 || label.data[i - 1] == '_') &&
            (i + len == label.len || label.data[i + len] == '_'))
            return true;
    return false;
}

static bool sounds_like_time(struct str label)
{
    static const char *const words[] = {"ts",   "time",    "timestamp", "at",
                                        "date", "created", "when",      "updated"};
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (init_profile_has_word(label, words[i]))
            return true;
    return false;
}

uint64_t init_profile_times(const struct profile_field *field, enum model_time_form form)
{
    for (size_t i = 0; i < ARRAY_LENGTH(units); i++)
        if (units[i].form == form)
            return sounds_like_time(field->label) ? field->in_time[i] : 0;
    return field->iso;
}

static void set_integer_type(struct profile_field *field)
{
    bool is_small = init_profile_has_word(field->label, "year") ||
                    init_profile_has_word(field->label, "month") ||
                    init_profile_has_word(field->label, "day") ||
                    init_profile_has_word(field->label, "hour");
    field->type = MODEL_INT64;
    if (is_small && field->least > -100000 && field->greatest < 100000)
        field->type = MODEL_INT32;
    for (size_t i = 0; i < ARRAY_LENGTH(units); i++)
        if (sounds_like_time(field->label) &&
            init_profile_is_few(field->integer - field->in_time[i], field->integer)) {
            field->type = MODEL_TIMESTAMP;
            field->form = units[i].form;
        }
}

static void set_string_type(struct profile_field *field)
{
    uint64_t texts = field->string - field->empty;
    field->type = MODEL_STRING;
    if (texts && init_profile_is_few(field->string - field->iso, field->string)) {
        field->type = MODEL_TIMESTAMP;
        field->form = TIME_ISO_8601;
    } else if (texts && init_profile_is_few(field->string - field->date, field->string)) {
        field->type = MODEL_DATE;
    }
}

/* Kinds of which there are few are faults. */
static void set_type(struct profile_field *field)
{
    uint64_t all = field->present - field->null, numbers = field->integer + field->real;
    bool has_nested = !init_profile_is_few(field->object + field->array, all);
    bool has_string = !init_profile_is_few(field->string, all);
    bool has_number = !init_profile_is_few(numbers, all);
    bool has_real = !init_profile_is_few(field->real, all);
    bool has_boolean = !init_profile_is_few(field->boolean, all);
    if (has_nested)
        field->type = MODEL_JSON;
    else if (has_string && !has_number && !has_boolean)
        set_string_type(field);
    else if (has_number && !has_string && !has_boolean && !has_real)
        set_integer_type(field);
    else if (has_number && !has_string && !has_boolean)
        field->type = MODEL_DOUBLE;
    else if (has_boolean && !has_string && !has_number)
        field->type = MODEL_BOOL;
    else
        field->type = MODEL_STRING;
}

static int compare_hashes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Sorts the values, and counts the distinct ones but 0. */
static size_t count_distinct(uint64_t *values, size_t count)
{
    size_t distinct = 0;
    qsort(values, count, sizeof *values, compare_hashes);
    for (size_t i = 0; i < count; i++)
        distinct += values[i] && (i == 0 || values[i] != values[i - 1]);
    return distinct;
}

/* Whether an object has the same keys in most records, so that these are fields of their own. */
static bool is_open(const struct profile *profile, size_t number)
{
    const struct profile_field *field = &profile->fields[number];
    uint64_t present = 0;
    for (size_t i = number + 1; i < profile->field_count; i++)
        present += profile->fields[i].parent == (int)number ? profile->fields[i].present : 0;
    uint64_t others = field->present - field->null - field->object;
    bool is_only_object = field->object && init_profile_is_few(others, field->present);
    return is_only_object && field->children && field->children <= MAX_CHILDREN &&
           present * 2 >= field->children * field->object;
}

void init_profile_finish(struct profile *profile)
{
    CLEANUP(mem_drop) uint64_t *values = mem_alloc((profile->records + 1) * sizeof *values);
    CLEANUP(mem_drop) bool *is_open_object = mem_zalloc(profile->field_count + 1);
    for (size_t i = 0; i < profile->field_count; i++) {
        struct profile_field *field = &profile->fields[i];
        bool is_inside = field->parent < 0 || is_open_object[field->parent];
        is_open_object[i] = is_inside && is_open(profile, i);
        field->is_used = is_inside && !is_open_object[i] && field->present > field->null;
        field->is_null = is_inside && field->present && field->present == field->null;
        uint64_t without = profile->records - field->present + field->null + field->empty;
        field->is_whole = init_profile_is_few(without, profile->records);
        memcpy(values, field->hashes, profile->records * sizeof *values);
        field->distinct = count_distinct(values, profile->records);
        set_type(field);
    }
    if (profile->hashes)
        memcpy(values, profile->hashes, profile->records * sizeof *values);
    profile->distinct = count_distinct(values, profile->records);
}

size_t init_profile_combinations(const struct profile *profile, const size_t *fields, size_t count)
{
    CLEANUP(mem_drop) uint64_t *values = mem_alloc((profile->records + 1) * sizeof *values);
    for (size_t i = 0; i < profile->records; i++) {
        values[i] = profile->fields[fields[0]].hashes[i];
        for (size_t j = 1; j < count && values[i]; j++)
            values[i] = hash_mix(values[i], profile->fields[fields[j]].hashes[i]) | 1;
    }
    size_t distinct = count_distinct(values, profile->records);
    return distinct;
}
