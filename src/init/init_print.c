/* A proposal as a file: each line of the model with a comment on what was seen. */
#include "init_print.h"

#include <model_parse.h>

#define COMMENT_COLUMN 44

/* Whether a table is made of the source. */
static bool is_in_model(const struct roles *roles, size_t source)
{
    bool is_used = source == roles->facts;
    for (size_t i = 0; i < roles->dimension_count; i++)
        is_used |= roles->dimensions[i].source == source;
    return is_used;
}

/* Moves to the column of comments in the line that begins at `line`. */
static void begin_comment(const struct printing *printing, size_t line)
{
    do
        buffer_append_char(printing->out, ' ');
    while (printing->out->len - line < COMMENT_COLUMN);
    buffer_append_str(printing->out, STR("# "));
}

/* ---- Fields ---------------------------------------------------------------------------------- */

static bool is_required(const struct roles *roles, size_t source, size_t field)
{
    return source == roles->facts && (field == roles->time || init_roles_is_in_id(roles, field));
}

/* Kinds of JSON that the values have, where there are several. */
static void append_kinds(const struct profile_field *field, struct buffer *out)
{
    const struct {
        uint64_t count;
        const char *word;
    } kinds[] = {{field->string, "string"}, {field->integer, "integer"},
                 {field->real, "number"},   {field->boolean, "boolean"},
                 {field->array, "list"},    {field->object, "object"}};
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        count += kinds[i].count > 0;
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        if (kinds[i].count && (count > 1 || i >= 4))
            buffer_appendf(out, "; %llu %s%s", (unsigned long long)kinds[i].count, kinds[i].word,
                           plural(kinds[i].count, "", "s"));
}

static void append_seen(const struct profile *profile, const struct profile_field *field,
                        struct buffer *out)
{
    uint64_t values = field->present - field->null;
    if (values == profile->records)
        buffer_append_str(out, STR("in each record"));
    else
        buffer_appendf(out, "null in %llu of %zu", (unsigned long long)(profile->records - values),
                       profile->records);
    if (field->empty)
        buffer_appendf(out, ", empty in %llu", (unsigned long long)field->empty);
    if (field->distinct == values && values > 1)
        buffer_append_str(out, STR("; all different"));
    else
        buffer_appendf(out, "; %llu %s", (unsigned long long)field->distinct,
                       plural(field->distinct, "value", "values"));
    append_kinds(field, out);
}

static void print_field(const struct printing *printing, size_t source, size_t number)
{
    const struct profile *profile = &printing->roles->samples[source].profile;
    const struct profile_field *field = &profile->fields[number];
    struct buffer *out = printing->out;
    size_t line = out->len;
    buffer_append_str(out, STR("      "));
    model_append_scalar(field->name, out);
    buffer_appendf(
        out, is_required(printing->roles, source, number) ? ": {type: %s, required: true}" : ": %s",
        model_type_word(field->type, field->form));
    begin_comment(printing, line);
    append_seen(profile, field, out);
    buffer_append_char(out, '\n');
}

static void print_fields(const struct printing *printing, size_t source)
{
    const struct profile *profile = &printing->roles->samples[source].profile;
    size_t count = 0;
    buffer_append_str(printing->out, STR("    fields:\n"));
    for (size_t i = 0; i < profile->field_count; i++)
        if (profile->fields[i].is_used) {
            print_field(printing, source, i);
            count++;
        }
    bool is_first = true;
    for (size_t i = 0; i < profile->field_count && count < MODEL_MAX_FIELDS; i++)
        if (profile->fields[i].is_null) {
            model_append_between(is_first ? "    ignored: [" : ", ", profile->fields[i].name, "",
                                 printing->out);
            is_first = false;
            count++;
        }
    if (!is_first)
        buffer_append_str(printing->out, STR("]  # null in each record\n"));
    if (printing->roles->samples[source].dropped)
        buffer_appendf(printing->out,
                       "    # %zu more %s not declared, since a source has at most %d; runs "
                       "count them as unknown\n",
                       printing->roles->samples[source].dropped,
                       plural(printing->roles->samples[source].dropped, "field is", "fields are"),
                       MODEL_MAX_FIELDS);
}

/* ---- Records to keep ------------------------------------------------------------------------- */

static bool may_select(const struct profile_field *field)
{
    static const char *const words[] = {"page", "type", "event", "kind", "action"};
    bool is_named = false;
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        is_named |= init_profile_has_word(field->label, words[i]);
    return is_named && field->is_used && field->is_whole && field->parent < 0 &&
           field->type == MODEL_STRING && field->distinct > 1 && field->distinct <= 50;
}

/* How often the value of a record is there. */
static size_t count_value(const struct profile *profile, size_t field, size_t record)
{
    const uint64_t *hashes = profile->fields[field].hashes;
    size_t count = 0;
    for (size_t i = 0; i < profile->records; i++)
        count += hashes[i] == hashes[record];
    return count;
}

/* The value that half of the records have or more; NULL where there is none. */
static const json_t *frequent_value(const struct profile *profile, size_t number, size_t *out_count)
{
    const struct profile_field *field = &profile->fields[number];
    size_t candidate = 0, lead = 0; /* the majority vote of Boyer and Moore */
    for (size_t i = 0; i < profile->records; i++) {
        if (lead == 0)
            candidate = i;
        lead += field->hashes[i] == field->hashes[candidate] ? 1 : (size_t)-1;
    }
    *out_count = count_value(profile, number, candidate);
    if (*out_count * 2 < profile->records)
        return NULL;
    const char *key;
    json_t *value;
    json_object_foreach(profile->values[candidate], key, value)
    {
        CLEANUP(buffer_release) struct buffer name = {0};
        model_path_append(&(struct model_step){.key = str_of(key)}, 1, &name);
        if (str_equal(buffer_str(&name), field->name))
            return value;
    }
    return NULL;
}

static void print_keep_hint(const struct printing *printing, size_t source)
{
    const struct profile *profile = &printing->roles->samples[source].profile;
    for (size_t i = 0; i < profile->field_count; i++) {
        size_t count;
        const json_t *value =
            may_select(&profile->fields[i]) ? frequent_value(profile, i, &count) : NULL;
        if (!json_is_string(value))
            continue;
        CLEANUP(buffer_release) struct buffer text = {0};
        model_append_between("", profile->fields[i].name, ": ", &text);
        model_append_scalar((struct str){json_string_value(value), json_string_length(value)},
                            &text);
        buffer_appendf(printing->out,
                       "    # keep: {%s}   # skips all other records; these are %zu of %zu. The "
                       "field must be 'required: true'\n",
                       buffer_text(&text), count, profile->records);
    }
}

/* ---- Sources --------------------------------------------------------------------------------- */

static void print_layout(const struct printing *printing, const struct sample *sample)
{
    struct buffer *out = printing->out;
    model_print_layout(sample->layout, sample->records_key, out);
    if (sample->arrays && sample->layout != LAYOUT_DOCUMENT)
        buffer_appendf(out,
                       "    # %zu of the files that were read are one array, which only 'document' "
                       "has: keep them in a folder of their own\n",
                       sample->arrays);
    if (sample->faulty)
        buffer_appendf(
            out, "    # %llu %s; a run rejects %s\n", (unsigned long long)sample->faulty,
            plural(sample->faulty, "piece is no JSON object", "pieces are no JSON objects"),
            plural(sample->faulty, "it", "them"));
}

static void print_source(const struct printing *printing, size_t source)
{
    const struct sample *sample = &printing->roles->samples[source];
    struct buffer *out = printing->out;
    buffer_appendf(out, "  %s:", sample->name);
    buffer_appendf(out, "  # %zu %s, %llu bytes; %zu %s looked at\n", sample->file_count,
                   plural(sample->file_count, "file", "files"), (unsigned long long)sample->bytes,
                   sample->profile.records,
                   plural(sample->profile.records, "record was", "records were"));
    model_append_between("    folder: ", str_of(sample->folder), "\n", out);
    print_layout(printing, sample);
    if (source == printing->roles->facts)
        print_keep_hint(printing, source);
    print_fields(printing, source);
}

/* ---- The file -------------------------------------------------------------------------------- */

static void print_dropped(const struct printing *printing)
{
    for (size_t i = 0; i < printing->roles->sample_count; i++)
        if (!is_in_model(printing->roles, i))
            model_append_between("# The folder ", str_of(printing->roles->samples[i].folder),
                                 " is not in the model: no field of it could be a key.\n",
                                 printing->out);
}

/* An argument of a command: quoted, unless it is plain. */
static void append_argument(const char *text, struct buffer *out)
{
    if (str_consists_of(str_of(text), ASCII_LETTERS ASCII_DIGITS "_./:-"))
        buffer_append_str(out, str_of(text));
    else
        model_append_scalar(str_of(text), out);
}

static void print_commands(const char *input, const char *output, const char *file,
                           struct buffer *out)
{
    buffer_append_str(out, STR("\n# Check it, and run it:\n#   sparkify schema --check "));
    append_argument(file, out);
    buffer_append_str(out, STR("\n#   sparkify etl --model "));
    append_argument(file, out);
    buffer_append_str(out, STR(" --input "));
    append_argument(input, out);
    buffer_append_str(out, STR(" --output "));
    append_argument(output, out);
    buffer_append_char(out, '\n');
}

void init_print_proposal(const struct roles *roles, const char *input, const char *output,
                         const char *file, struct buffer *out)
{
    struct printing printing = {roles, out};
    buffer_append_str(out,
                      STR("# A proposal, made from a sample of the files: read it through, and "
                          "change what you know better.\n# docs/model-file.md says what may "
                          "stand here.\n"));
    buffer_appendf(out, "model: %s\n\nsources:\n", roles->samples[roles->facts].name);
    for (size_t i = 0; i < roles->sample_count; i++)
        if (is_in_model(roles, i))
            print_source(&printing, i);
    print_dropped(&printing);
    init_print_tables(&printing);
    print_commands(input, output, file, out);
}
