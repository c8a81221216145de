/* Sources: folder, layout, fields, and what is kept. */
#include "model_build.h"
#include "model_path.h"

#include <model_parse.h>
#include <strings.h>

/* ---- Fields ---------------------------------------------------------------------------------- */

static bool parse_plain_type(const char *text, struct model_field *field)
{
    for (int type = 0; type <= MODEL_JSON; type++)
        for (int form = 0; form <= (type == MODEL_TIMESTAMP ? TIME_ISO_8601 : 0); form++) {
            field->type = (enum model_type)type;
            field->time_form = (enum model_time_form)form;
            if (type != MODEL_DECIMAL &&
                strcmp(model_type_word(field->type, field->time_form), text) == 0)
                return true;
        }
    return false;
}

/* "decimal(10,2)", with or without a blank. */
static bool parse_decimal(const char *text, struct model_field *field)
{
    char again[32], spaced[32];
    unsigned precision = 0, scale = 0;
    sscanf(text, "decimal(%2u,%2u)", &precision, &scale);
    snprintf(again, sizeof again, "decimal(%u,%u)", precision, scale);
    snprintf(spaced, sizeof spaced, "decimal(%u, %u)", precision, scale);
    if ((strcmp(text, again) != 0 && strcmp(text, spaced) != 0) || precision < 1 ||
        precision > 18 || scale > precision)
        return false;
    field->type = MODEL_DECIMAL;
    field->precision = (uint8_t)precision;
    field->scale = (uint8_t)scale;
    return true;
}

static enum status read_type(struct model_builder *builder, const yaml_node_t *node,
                             struct model_field *field)
{
    const char *text;
    TRY(nodes_text(&builder->nodes, node, "a type", &text));
    if (parse_plain_type(text, field) || parse_decimal(text, field))
        return STATUS_OK;
    nodes_wrong(&builder->nodes, node, "'%s' is no type", text);
    if (strncmp(text, "decimal(", 8) == 0 && !strchr(text, ')'))
        return error_hint(builder->error, "quote it inside of braces: \"decimal(10,2)\"");
    return error_hint(builder->error,
                      "write string, int32, int64, double, bool, date, decimal(P,S) with at most "
                      "18 digits P, S of them behind the point, json, timestamp_s, timestamp_ms, "
                      "timestamp_us or timestamp_iso");
}

static void set_ignored(struct model_field *field)
{
    field->type = MODEL_JSON;
    field->need = NEED_NOT_AT_ALL;
}

/* Whether the tables have 0 where the record has null. */
static enum status read_null(struct model_builder *builder, const yaml_node_t *node,
                             struct model_field *field)
{
    const char *text;
    TRY(nodes_text(&builder->nodes, node, "0", &text));
    bool is_number =
        field->type == MODEL_INT32 || field->type == MODEL_INT64 || field->type == MODEL_DOUBLE;
    if (strcmp(text, "0") != 0 || !is_number)
        return nodes_wrong(&builder->nodes, node,
                           "'null: 0' is for int32, int64 and double, and has no other value");
    if (field->need != NEED_OPTIONAL)
        return nodes_wrong(&builder->nodes, node,
                           "a required field is never null; remove 'null: 0' or 'required'");
    field->zero_for_null = true;
    return STATUS_OK;
}

/* A type, or "ignored". */
static enum status read_short_field(struct model_builder *builder, const yaml_node_t *node,
                                    struct model_field *field)
{
    const char *text;
    TRY(nodes_text(&builder->nodes, node, "a type", &text));
    if (strcmp(text, "ignored") != 0)
        return read_type(builder, node, field);
    set_ignored(field);
    return STATUS_OK;
}

static enum status read_long_field(struct model_builder *builder, const struct node_pair *pair,
                                   struct model_field *field)
{
    static const char *const keys[] = {"!type", "required", "null", NULL};
    static const struct node_word needs[] = {
        {"true", NEED_ALWAYS}, {"false", NEED_OPTIONAL}, {"kept", NEED_KEPT}, {NULL, 0}};
    const yaml_node_t *values[3];
    int need = NEED_OPTIONAL;
    TRY(nodes_keys(&builder->nodes, pair, "field", keys, values));
    TRY(read_type(builder, values[0], field));
    if (values[1])
        TRY(nodes_word(&builder->nodes, values[1], "value of 'required'", needs, &need));
    field->need = (enum model_need)need;
    return values[2] ? read_null(builder, values[2], field) : STATUS_OK;
}

/* Whether the path can be added to the source: no field may be there twice, and one inside another
 * only where the outer one is kept as JSON. */
static enum status check_path(struct model_builder *builder, const yaml_node_t *node,
                              const struct model_source *source, const struct model_field *field)
{
    for (size_t i = 0; i < source->field_count; i++) {
        const struct model_field *other = &source->fields[i];
        bool is_inside = model_path_holds(other, field), is_around = model_path_holds(field, other);
        if (is_inside && is_around)
            return nodes_wrong(&builder->nodes, node, "the field '%.*s' is there twice",
                               STR_ARG(field->name));
        const struct model_field *outer = is_inside ? other : field;
        if ((is_inside || is_around) && outer->type != MODEL_JSON) {
            const struct model_field *inner = is_inside ? field : other;
            nodes_wrong(&builder->nodes, node, "'%.*s' lies in '%.*s', which is no object here",
                        STR_ARG(inner->name), STR_ARG(outer->name));
            return error_hint(builder->error, "give '%.*s' the type json, or remove one of them",
                              STR_ARG(outer->name));
        }
    }
    return STATUS_OK;
}

static enum status read_path(struct model_builder *builder, const yaml_node_t *node,
                             const char *text, struct model_field *field)
{
    const char *why;
    CLEANUP(buffer_release) struct buffer name = {0};
    if (!model_path_parse(builder->arena, text, &field->path, &field->depth, &why)) {
        nodes_wrong(&builder->nodes, node, "'%s' is no path of a field: %s", text, why);
        return error_hint(builder->error,
                          "write actor.login, tags[0], or `a.b` for a key with a dot");
    }
    model_path_append(field->path, field->depth, &name);
    field->name = str_of(arena_text(builder->arena, buffer_str(&name)));
    return STATUS_OK;
}

static enum status add_field(struct model_builder *builder, const yaml_node_t *node,
                             struct model_source *source, const struct model_field *field)
{
    if (source->field_count == MODEL_MAX_FIELDS)
        return nodes_wrong(&builder->nodes, node,
                           "a source has at most %d fields, with those that are ignored",
                           MODEL_MAX_FIELDS);
    size_t number = (size_t)(source - builder->parsed->sources);
    TRY(check_path(builder, node, source, field));
    builder->field_nodes[number][source->field_count] = node;
    builder->parsed->fields[number][source->field_count++] = *field;
    return STATUS_OK;
}

static enum status read_fields(struct model_builder *builder, const yaml_node_t *node,
                               struct model_source *source)
{
    struct node_pair *pairs;
    size_t count;
    TRY(nodes_pairs(&builder->nodes, node, "the source's fields with their types", MODEL_MAX_FIELDS,
                    &pairs, &count));
    for (size_t i = 0; i < count; i++) {
        struct model_field field = {.need = NEED_OPTIONAL};
        TRY(read_path(builder, pairs[i].key, pairs[i].name, &field));
        TRY(pairs[i].value->type == YAML_MAPPING_NODE
                ? read_long_field(builder, &pairs[i], &field)
                : read_short_field(builder, pairs[i].value, &field));
        TRY(add_field(builder, pairs[i].key, source, &field));
    }
    return STATUS_OK;
}

static enum status read_ignored(struct model_builder *builder, const yaml_node_t *node,
                                struct model_source *source)
{
    const yaml_node_t *items[MODEL_MAX_FIELDS];
    size_t count;
    TRY(nodes_list(&builder->nodes, node, "a field", MODEL_MAX_FIELDS, items, &count));
    for (size_t i = 0; i < count; i++) {
        struct model_field field = {0};
        const char *text;
        set_ignored(&field);
        TRY(nodes_text(&builder->nodes, items[i], "a field", &text));
        TRY(read_path(builder, items[i], text, &field));
        TRY(add_field(builder, items[i], source, &field));
    }
    return STATUS_OK;
}

/* ---- Folder, layout, contracts --------------------------------------------------------------- */

/* Why a text is no folder below the input; NULL: it is one. */
static const char *why_no_folder(const char *text)
{
    if (text[0] == '/' || strstr(text, "://"))
        return "it is an address of its own; a folder is named below the input";
    if (strlen(text) > MODEL_MAX_FOLDER_BYTES)
        return "it is too long";
    for (const char *part = text;; part++) {
        size_t len = strcspn(part, "/");
        if (len == 0)
            return "a name is empty; folders have one '/' between their names";
        if ((len == 1 && part[0] == '.') || (len == 2 && part[0] == '.' && part[1] == '.'))
            return "'.' and '..' lead out of the input, or nowhere";
        part += len;
        if (!*part)
            return NULL;
    }
}

static bool is_inside(const char *inner, const char *outer)
{
    size_t len = strlen(outer);
    return strncmp(inner, outer, len) == 0 && (inner[len] == '/' || inner[len] == '\0');
}

static enum status read_folder(struct model_builder *builder, const yaml_node_t *node,
                               struct model_source *source)
{
    TRY(nodes_line(&builder->nodes, node, "a folder", &source->folder));
    const char *why = why_no_folder(source->folder);
    if (why)
        return nodes_wrong(&builder->nodes, node, "'%s' is no folder of the input: %s",
                           source->folder, why);
    for (const struct model_source *other = builder->parsed->sources; other < source; other++)
        if (is_inside(source->folder, other->folder) || is_inside(other->folder, source->folder))
            return nodes_wrong(&builder->nodes, node,
                               "the folders of '%s' and '%s' overlap: each file is of one source",
                               other->name, source->name);
    return STATUS_OK;
}

static enum status read_layout(struct model_builder *builder, const yaml_node_t *node,
                               struct model_source *source)
{
    static const struct node_word layouts[] = {{"lines", LAYOUT_LINES},
                                               {"document", LAYOUT_DOCUMENT},
                                               {"concatenated", LAYOUT_CONCATENATED},
                                               {NULL, 0}};
    static const char *const keys[] = {"!records", NULL};
    const yaml_node_t *value;
    const char *key;
    int layout;
    if (node->type != YAML_MAPPING_NODE) {
        TRY(nodes_word(&builder->nodes, node, "layout, which may be {records: KEY}, too", layouts,
                       &layout));
        source->layout = (enum model_layout)layout;
        return STATUS_OK;
    }
    TRY(nodes_keys(&builder->nodes, &(struct node_pair){.key = node, .value = node}, "layout", keys,
                   &value));
    TRY(nodes_text(&builder->nodes, value, "the key of the records", &key));
    source->layout = LAYOUT_RECORDS;
    source->records_key = str_of(key);
    return STATUS_OK;
}

/* A record is kept where a field has a value. That is decided before its optional fields are
 * checked, so the field is required in every record. */
static enum status read_keep(struct model_builder *builder, const yaml_node_t *node,
                             struct model_source *source)
{
    struct node_pair *pairs;
    const char *value;
    size_t count;
    int number = (int)(source - builder->parsed->sources);
    TRY(nodes_pairs(&builder->nodes, node, "a field, and the value of the records to keep", 1,
                    &pairs, &count));
    TRY(model_build_field(builder, pairs[0].key, number, &source->kept_field));
    TRY(nodes_text(&builder->nodes, pairs[0].value, "a value", &value));
    const struct model_field *field = &source->fields[source->kept_field];
    if (field->type != MODEL_STRING || field->need != NEED_ALWAYS)
        return nodes_wrong(&builder->nodes, pairs[0].key,
                           "records are kept by a string that each has; write '%.*s: {type: "
                           "string, required: true}'",
                           STR_ARG(field->name));
    source->kept_value = str_of(value);
    return STATUS_OK;
}

static enum status read_contracts(struct model_builder *builder, const yaml_node_t *unknown,
                                  const yaml_node_t *faulty, struct model_source *source)
{
    static const struct node_word for_unknown[] = {{"evolve", CONTRACT_EVOLVE},
                                                   {"freeze", CONTRACT_FREEZE},
                                                   {"discard_row", CONTRACT_DISCARD_ROW},
                                                   {"discard_value", CONTRACT_DISCARD_VALUE},
                                                   {NULL, 0}};
    static const struct node_word for_faulty[] = {{"discard_row", CONTRACT_EVOLVE},
                                                  {"freeze", CONTRACT_FREEZE},
                                                  {"discard_value", CONTRACT_DISCARD_VALUE},
                                                  {NULL, 0}};
    int contract = CONTRACT_EVOLVE;
    if (unknown)
        TRY(nodes_word(&builder->nodes, unknown, "contract for unknown fields", for_unknown,
                       &contract));
    source->unknown = (enum model_contract)contract;
    contract = CONTRACT_EVOLVE;
    if (faulty)
        TRY(nodes_word(&builder->nodes, faulty, "contract for faulty fields", for_faulty,
                       &contract));
    source->faulty = (enum model_contract)contract;
    return STATUS_OK;
}

/* ---- Names in the state ---------------------------------------------------------------------- */

static enum status read_state_names(struct model_builder *builder, const yaml_node_t *node,
                                    struct model_source *source)
{
    struct node_pair *pairs;
    int number = (int)(source - builder->parsed->sources);
    TRY(nodes_pairs(&builder->nodes, node, "names of columns, and their fields", MODEL_MAX_FIELDS,
                    &pairs, &source->state_name_count));
    struct model_state_name *names =
        model_builder_alloc(builder, source->state_name_count * sizeof *names);
    uint64_t used = builder->used[number], given = 0;
    for (size_t i = 0; i < source->state_name_count; i++) {
        TRY(nodes_name(&builder->nodes, pairs[i].key, "the name of a column", &names[i].name));
        TRY(model_build_field(builder, pairs[i].value, number, &names[i].field));
        if (given & UINT64_C(1) << names[i].field)
            return nodes_wrong(&builder->nodes, pairs[i].value,
                               "this field has the column of another name, too");
        given |= UINT64_C(1) << names[i].field;
    }
    builder->used[number] = used; /* a name alone is no use */
    source->state_names = names;
    return STATUS_OK;
}

/* ---- The source ------------------------------------------------------------------------------ */

enum { NOUN, FOLDER, LAYOUT, FIELDS, IGNORED, KEEP, UNKNOWN, FAULTY, STATE, KEYS };
static const char *const source_keys[] = {"noun", "!folder", "layout", "!fields", "ignored",
                                          "keep", "unknown", "faulty", "state",   NULL};

static enum status read_parts(struct model_builder *builder, const yaml_node_t **values,
                              struct model_source *source)
{
    TRY(read_folder(builder, values[FOLDER], source));
    if (values[NOUN])
        TRY(nodes_line(&builder->nodes, values[NOUN], "a noun", &source->noun));
    if (values[LAYOUT])
        TRY(read_layout(builder, values[LAYOUT], source));
    TRY(read_fields(builder, values[FIELDS], source));
    if (values[IGNORED])
        TRY(read_ignored(builder, values[IGNORED], source));
    if (values[KEEP])
        TRY(read_keep(builder, values[KEEP], source));
    if (values[STATE])
        TRY(read_state_names(builder, values[STATE], source));
    return read_contracts(builder, values[UNKNOWN], values[FAULTY], source);
}

enum status model_build_source(struct model_builder *builder, const struct node_pair *pair)
{
    const yaml_node_t *values[KEYS];
    struct model_source *source = &builder->parsed->sources[builder->model->source_count];
    *source = (struct model_source){.fields = builder->parsed->fields[builder->model->source_count],
                                    .kept_field = -1};
    TRY(nodes_name(&builder->nodes, pair->key, "the name of a source", &source->name));
    for (const struct model_source *other = builder->parsed->sources; other < source; other++)
        if (strcasecmp(other->name, source->name) == 0)
            return nodes_wrong(&builder->nodes, pair->key,
                               "there is a source '%s' already; engines read names without regard "
                               "to capital letters",
                               other->name);
    source->noun = source->name;
    TRY(nodes_keys(&builder->nodes, pair, "source", source_keys, values));
    builder->source_nodes[builder->model->source_count++] = pair->key;
    return read_parts(builder, values, source);
}

enum status model_build_check_use(struct model_builder *builder)
{
    for (size_t s = 0; s < builder->model->source_count; s++) {
        const struct model_source *source = &builder->parsed->sources[s];
        if (!builder->used[s])
            return nodes_wrong(&builder->nodes, builder->source_nodes[s],
                               "no table is made of the source '%s'", source->name);
        for (size_t i = 0; i < source->field_count; i++) {
            const struct model_field *field = &source->fields[i];
            if (field->need != NEED_OPTIONAL || builder->used[s] & UINT64_C(1) << i)
                continue;
            nodes_wrong(&builder->nodes, builder->field_nodes[s][i],
                        "nothing uses the field '%.*s' of '%s'", STR_ARG(field->name),
                        source->name);
            return error_hint(builder->error, "make a column of it, or name it under 'ignored'");
        }
    }
    return STATUS_OK;
}
