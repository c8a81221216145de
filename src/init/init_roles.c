/* Facts are of the source with the most bytes that has a time in each record. A field whose name
 * ends in "id" is the key of a dimension if its values repeat and it decides other fields: these
 * have one value for each of its values, and none where it has none. Fields whose names begin as
 * that of the key are columns of the dimension also if that is true of most of their values; they
 * then stay columns of the source's own table as well, so that no value is lost. */
#include "init_roles.h"

#include <model_parse.h>

#include <stdlib.h>
#include <strings.h>

/* ---- Facts ----------------------------------------------------------------------------------- */

/* The time of a source: the first field of that type with a value in each record; the field count
 * where there is none. */
static size_t time_of(const struct profile *profile)
{
    for (size_t i = 0; i < profile->field_count; i++)
        if (profile->fields[i].is_used && profile->fields[i].is_whole &&
            profile->fields[i].type == MODEL_TIMESTAMP)
            return i;
    return profile->field_count;
}

struct nearest {
    const struct sample *sample;
    const struct profile_field *field;
    uint64_t times;
};

static uint64_t count_times(const struct profile_field *field)
{
    uint64_t times = 0;
    for (int form = 0; form <= TIME_ISO_8601; form++)
        times += init_profile_times(field, (enum model_time_form)form);
    return times;
}

/* The field that is a time in the most records. */
static struct nearest find_nearest(const struct roles *roles)
{
    struct nearest nearest = {0};
    for (size_t i = 0; i < roles->sample_count; i++)
        for (size_t j = 0; j < roles->samples[i].profile.field_count; j++) {
            const struct sample *sample = &roles->samples[i];
            uint64_t times = count_times(&sample->profile.fields[j]);
            if (times > nearest.times)
                nearest = (struct nearest){sample, &sample->profile.fields[j], times};
        }
    return nearest;
}

/* "ts of events is timestamp_ms in 20, timestamp_s in 5 of 30 records". */
static void append_nearest(const struct nearest *nearest, struct buffer *out)
{
    const char *comma = "";
    buffer_appendf(out, "%.*s of %s is ", STR_ARG(nearest->field->name), nearest->sample->folder);
    for (int form = 0; form <= TIME_ISO_8601; form++) {
        uint64_t count = init_profile_times(nearest->field, (enum model_time_form)form);
        if (count)
            buffer_appendf(out, "%s%s in %llu", comma,
                           model_type_word(MODEL_TIMESTAMP, (enum model_time_form)form),
                           (unsigned long long)count);
        comma = count ? ", " : comma;
    }
    buffer_appendf(out, " of %zu records", nearest->sample->profile.records);
}

static enum status no_time(const struct roles *roles, struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    struct nearest nearest = find_nearest(roles);
    if (nearest.field)
        append_nearest(&nearest, &text);
    error_set(error, STATUS_FAILED,
              "no field is a time in each record, so that there is no table of facts to propose");
    return error_hint(
        error,
        "%s%sa time is an integer since 1970 (s, ms, us) whose name says so, or a "
        "text such as 2018-11-30T12:00:00Z or 2018-11-30T13:00:00+01:00: a day alone, "
        "or a time without Z or an offset, is not enough",
        nearest.field ? buffer_text(&text) : "", nearest.field ? "; " : "");
}

static enum status find_facts(struct roles *roles, struct error *error)
{
    uint64_t most = 0;
    for (size_t i = 0; i < roles->sample_count; i++) {
        const struct sample *sample = &roles->samples[i];
        size_t time = time_of(&sample->profile);
        if (time == sample->profile.field_count || sample->bytes < most)
            continue;
        most = sample->bytes;
        roles->facts = i;
        roles->time = time;
    }
    if (most)
        return STATUS_OK;
    return no_time(roles, error);
}

static bool can_be_in_id(const struct profile_field *field)
{
    return field->is_used && field->is_whole &&
           (field->type == MODEL_STRING || field->type == MODEL_INT64 ||
            field->type == MODEL_INT32 || field->type == MODEL_TIMESTAMP);
}

static bool ends_in_id(const struct profile_field *field)
{
    return str_ends_with(field->label, STR("_id")) || str_equal(field->label, STR("id")) ||
           init_profile_has_word(field->label, "uuid") ||
           init_profile_has_word(field->label, "sku");
}

bool init_roles_is_in_id(const struct roles *roles, size_t field)
{
    for (size_t i = 0; i < roles->id_count; i++)
        if (roles->id[i] == field)
            return true;
    return false;
}

/* A field that is called an id, and tells all records apart; -1: there is none. */
static int find_unique(const struct profile *profile)
{
    for (size_t i = 0; i < profile->field_count; i++) {
        const struct profile_field *field = &profile->fields[i];
        if (can_be_in_id(field) && ends_in_id(field) &&
            init_profile_is_few(profile->distinct - field->distinct, profile->distinct))
            return (int)i;
    }
    return -1;
}

/* The field with the most values that the id does not have yet; the field count: there is none. */
static size_t next_of_id(const struct roles *roles, const struct profile *profile)
{
    size_t best = profile->field_count;
    for (size_t i = 0; i < profile->field_count; i++) {
        const struct profile_field *field = &profile->fields[i];
        if (can_be_in_id(field) && !init_roles_is_in_id(roles, i) && field->distinct > 1 &&
            (best == profile->field_count || field->distinct > profile->fields[best].distinct))
            best = i;
    }
    return best;
}

/* An id of its own, or the time, and fields that tell records of one moment apart. */
static void find_id(struct roles *roles)
{
    const struct profile *profile = &roles->samples[roles->facts].profile;
    int unique = find_unique(profile);
    roles->id[0] = unique >= 0 ? (size_t)unique : roles->time;
    roles->id_count = 1;
    if (unique >= 0)
        return;
    size_t told = init_profile_combinations(profile, roles->id, 1);
    while (told < profile->distinct && roles->id_count < MODEL_MAX_KEYS) {
        size_t next = next_of_id(roles, profile);
        if (next == profile->field_count)
            return;
        roles->id[roles->id_count] = next;
        size_t more = init_profile_combinations(profile, roles->id, roles->id_count + 1);
        if (more == told)
            return; /* the others are identical records */
        roles->id_count++;
        told = more;
    }
}

/* ---- Dimensions ------------------------------------------------------------------------------ */

/* "actor" of actor_id; "" of id. */
static struct str stem_of(const struct profile_field *key)
{
    size_t end = key->label.len;
    if (str_ends_with(key->label, STR("_id")))
        return (struct str){key->label.data, end - 3};
    return str_equal(key->label, STR("id")) ? (struct str){key->label.data, 0} : key->label;
}

static bool has_stem(const struct profile_field *field, struct str stem)
{
    return stem.len > 0 && field->label.len > stem.len && str_starts_with(field->label, stem) &&
           field->label.data[stem.len] == '_';
}

/* Pairs of a key and a value of the field, or none, that are seen. */
static size_t count_pairs(const struct profile *profile, size_t key, size_t field)
{
    return init_profile_combinations(profile, (const size_t[]){key, field}, 2);
}

/* Whether the key has one row for several records; one that never repeats decides each field. */
static bool is_repeated(const struct profile_field *key)
{
    return key->distinct * 3 <= (key->present - key->null) * 2;
}

/* Whether the value of the field follows from that of the key in each record. */
static bool is_decided(const struct profile *profile, size_t key, size_t field)
{
    const struct profile_field *of = &profile->fields[key];
    for (size_t i = 0; i < profile->records; i++)
        if (profile->fields[field].hashes[i] && !of->hashes[i])
            return false;
    return count_pairs(profile, key, field) == of->distinct;
}

bool init_roles_is_taken(const struct roles *roles, size_t source, size_t field)
{
    const struct profile *profile = &roles->samples[source].profile;
    for (size_t d = 0; d < roles->dimension_count; d++) {
        const struct role_dimension *dimension = &roles->dimensions[d];
        for (size_t i = 0; i < dimension->field_count && dimension->source == source; i++)
            if (!dimension->is_main && dimension->fields[i] == field &&
                is_decided(profile, dimension->key, field))
                return true;
    }
    return false;
}

static bool is_name_taken(const struct roles *roles, const char *name)
{
    bool is_taken =
        strcasecmp(name, "time") == 0 || strcasecmp(name, roles->samples[roles->facts].name) == 0;
    for (size_t i = 0; i < roles->dimension_count; i++)
        is_taken |= strcasecmp(roles->dimensions[i].name, name) == 0;
    return is_taken;
}

static const char *table_name(struct roles *roles, struct str stem)
{
    CLEANUP(buffer_release) struct buffer name = {0};
    if (stem.len > MODEL_MAX_NAME_BYTES - 8)
        stem.len = MODEL_MAX_NAME_BYTES - 8;
    if (stem.len && (stem.data[0] == '_' || (stem.data[0] >= '0' && stem.data[0] <= '9')))
        buffer_append_str(&name, STR("t"));
    buffer_append_str(&name, stem);
    if (!str_ends_with(stem, STR("s")))
        buffer_append_char(&name, 's');
    while (is_name_taken(roles, buffer_text(&name)))
        buffer_append_str(&name, STR("_2"));
    return arena_text(roles->arena, buffer_str(&name));
}

/* Whether the field is one of the key's dimension. Sources other than the facts may have few
 * records of a key, which then shows by names alone. */
static bool is_part(const struct roles *roles, size_t source, size_t key, size_t field)
{
    const struct profile *profile = &roles->samples[source].profile;
    const struct profile_field *of = &profile->fields[key], *part = &profile->fields[field];
    if (!is_repeated(of) && (source == roles->facts || !has_stem(part, stem_of(of))))
        return false;
    if (has_stem(part, stem_of(of)))
        return count_pairs(profile, key, field) * 2 <= of->distinct * 3;
    return part->distinct > 1 && !ends_in_id(part) && is_decided(profile, key, field);
}

static void add_field(struct role_dimension *dimension, size_t field)
{
    if (dimension->field_count < ROLES_MAX_FIELDS)
        dimension->fields[dimension->field_count++] = field;
}

static void try_dimension(struct roles *roles, size_t source, size_t key)
{
    const struct profile *profile = &roles->samples[source].profile;
    struct role_dimension dimension = {.source = source, .key = key};
    struct str stem = stem_of(&profile->fields[key]);
    for (size_t i = 0; i < profile->field_count; i++) {
        const struct profile_field *field = &profile->fields[i];
        bool is_time = source == roles->facts && i == roles->time;
        if (i != key && !is_time && field->is_used && is_part(roles, source, key, i) &&
            !init_roles_is_taken(roles, source, i))
            add_field(&dimension, i);
    }
    if (dimension.field_count == 0 || roles->dimension_count == ROLES_MAX_DIMENSIONS)
        return;
    dimension.name = table_name(roles, stem);
    roles->dimensions[roles->dimension_count++] = dimension;
}

/* Whether a table is called "device" or "devices". */
static bool is_named(const struct role_dimension *dimension, struct str stem)
{
    struct str name = str_of(dimension->name);
    return str_starts_with(name, stem) &&
           (name.len == stem.len || (name.len == stem.len + 1 && str_ends_with(name, STR("s"))));
}

/* Whether a source of its own tells of what the key names: device_id, by its device_id or id. */
static bool has_main(const struct roles *roles, const struct profile_field *key)
{
    for (size_t i = 0; i < roles->dimension_count; i++) {
        const struct role_dimension *dimension = &roles->dimensions[i];
        const struct profile *profile = &roles->samples[dimension->source].profile;
        struct str label = profile->fields[dimension->key].label;
        bool is_same = str_equal(label, key->label) ||
                       (str_equal(label, STR("id")) && is_named(dimension, stem_of(key)));
        if (dimension->is_main && is_same)
            return true;
    }
    return false;
}

static int by_distinct(const void *a, const void *b, void *profile)
{
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    const struct profile_field *fields = ((const struct profile *)profile)->fields;
    uint64_t first = fields[left].distinct, second = fields[right].distinct;
    return first != second ? (first > second) - (first < second) : (left > right) - (left < right);
}

/* Keys of a source: the coarsest first, so that a field is of the first that decides it. */
static void find_inner(struct roles *roles, size_t source, size_t without)
{
    struct profile *profile = &roles->samples[source].profile;
    size_t keys[PROFILE_MAX_FIELDS], count = 0;
    for (size_t i = 0; i < profile->field_count; i++) {
        const struct profile_field *field = &profile->fields[i];
        if (field->is_used && ends_in_id(field) && i != without && field->distinct > 1 &&
            field->type != MODEL_JSON)
            keys[count++] = i;
    }
    qsort_r(keys, count, sizeof *keys, by_distinct, profile);
    for (size_t i = 0; i < count; i++)
        if (stem_of(&profile->fields[keys[i]]).len && !has_main(roles, &profile->fields[keys[i]]))
            try_dimension(roles, source, keys[i]);
}

/* The key of a source that is no source of facts: whole, with the most values, an "id" first. */
static size_t main_key(const struct profile *profile)
{
    size_t best = profile->field_count;
    for (int ids = 1; ids >= 0; ids--)
        for (size_t i = 0; i < profile->field_count; i++) {
            const struct profile_field *field = &profile->fields[i];
            bool can_be = field->is_used && field->type != MODEL_JSON &&
                          field->type != MODEL_DOUBLE && (!ids || ends_in_id(field));
            bool is_better =
                best == profile->field_count || field->distinct > profile->fields[best].distinct;
            bool is_enough = !ids || field->distinct * 2 > profile->records;
            if (can_be && is_better && is_enough &&
                (ids || best == profile->field_count || !ends_in_id(&profile->fields[best])))
                best = i;
        }
    return best;
}

static void find_main(struct roles *roles, size_t source)
{
    const struct sample *sample = &roles->samples[source];
    size_t key = main_key(&sample->profile);
    if (key == sample->profile.field_count || roles->dimension_count == ROLES_MAX_DIMENSIONS)
        return;
    find_inner(roles, source, key);
    if (roles->dimension_count == ROLES_MAX_DIMENSIONS)
        return;
    struct role_dimension dimension = {.source = source, .key = key, .is_main = true};
    for (size_t i = 0; i < sample->profile.field_count; i++)
        if (i != key && sample->profile.fields[i].is_used && !init_roles_is_taken(roles, source, i))
            add_field(&dimension, i);
    dimension.name = table_name(roles, str_of(sample->name));
    roles->dimensions[roles->dimension_count++] = dimension;
}

/* ---- All ------------------------------------------------------------------------------------- */

/* A source has at most so many fields: those that may be times or keys, and the first others. */
static void limit_fields(struct sample *sample)
{
    size_t left = ROLES_MAX_FIELDS;
    for (int others = 0; others < 2; others++)
        for (size_t i = 0; i < sample->profile.field_count; i++) {
            struct profile_field *field = &sample->profile.fields[i];
            bool is_first = field->type == MODEL_TIMESTAMP || ends_in_id(field);
            if (!field->is_used || is_first == others)
                continue;
            field->is_used = left > 0;
            sample->dropped += left == 0;
            left -= left > 0;
        }
}

enum status init_roles_find(struct roles *roles, struct error *error)
{
    for (size_t i = 0; i < roles->sample_count; i++)
        limit_fields(&roles->samples[i]);
    TRY(find_facts(roles, error));
    find_id(roles);
    for (size_t i = 0; i < roles->sample_count; i++)
        if (i != roles->facts)
            find_main(roles, i);
    find_inner(roles, roles->facts, roles->id_count == 1 ? roles->id[0] : SIZE_MAX);
    return STATUS_OK;
}
