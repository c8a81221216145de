/* Rules: the keys and the order of winners, and look-ups. */
#include "model_build.h"
#include "model_path.h"

#include <strings.h>
#include <suggestion.h>

/* ---- Names ----------------------------------------------------------------------------------- */

static enum status no_field(struct model_builder *builder, const yaml_node_t *node,
                            const struct model_source *source, const char *text)
{
    struct suggestion suggestion;
    suggestion_init(&suggestion, text);
    for (size_t i = 0; i < source->field_count; i++)
        suggestion_consider(&suggestion, source->fields[i].name.data);
    nodes_wrong(&builder->nodes, node, "the source '%s' has no field '%s'", source->name, text);
    return suggestion_hint(&suggestion, "", builder->error)
               ? builder->error->status
               : error_hint(builder->error, "declare it under 'fields' of '%s'", source->name);
}

static int field_of_path(struct model_builder *builder, const struct model_source *source,
                         const char *text)
{
    struct model_field wanted = {0};
    const char *why;
    if (!model_path_parse(builder->arena, text, &wanted.path, &wanted.depth, &why))
        return -1;
    for (size_t i = 0; i < source->field_count; i++)
        if (source->fields[i].depth == wanted.depth &&
            model_path_holds(&source->fields[i], &wanted))
            return (int)i;
    return -1;
}

enum status model_build_find_field(struct model_builder *builder, const yaml_node_t *node,
                                   int source, const char *text, int *out)
{
    const struct model_source *of = &builder->parsed->sources[source];
    int field = field_of_path(builder, of, text);
    if (field < 0)
        return no_field(builder, node, of, text);
    if (of->fields[field].need == NEED_NOT_AT_ALL)
        return nodes_wrong(&builder->nodes, node,
                           "'%s' is among the 'ignored' of '%s'; declare it under 'fields'", text,
                           of->name);
    builder->used[source] |= UINT64_C(1) << field;
    *out = field;
    return STATUS_OK;
}

enum status model_build_field(struct model_builder *builder, const yaml_node_t *node, int source,
                              int *out)
{
    const char *text;
    TRY(nodes_text(&builder->nodes, node, "a field", &text));
    return model_build_find_field(builder, node, source, text, out);
}

enum status model_build_find_source(struct model_builder *builder, const yaml_node_t *node,
                                    int *out)
{
    CLEANUP(buffer_release) struct buffer names = {0};
    const char *name;
    TRY(nodes_text(&builder->nodes, node, "the name of a source", &name));
    for (size_t i = 0; i < builder->model->source_count; i++) {
        const char *other = builder->parsed->sources[i].name;
        if (strcmp(other, name) == 0) {
            *out = (int)i;
            return STATUS_OK;
        }
        buffer_appendf(&names, "%s%s", i ? ", " : "", other);
    }
    nodes_wrong(&builder->nodes, node, "there is no source '%s'", name);
    return error_hint(builder->error, "the sources are: %s", buffer_text(&names));
}

/* ---- Winners --------------------------------------------------------------------------------- */

enum status model_build_fields(struct model_builder *builder, const yaml_node_t *node, int source,
                               int *out, size_t *out_count)
{
    const yaml_node_t *items[MODEL_MAX_KEYS];
    size_t count;
    TRY(nodes_list(&builder->nodes, node, "a field", MODEL_MAX_KEYS, items, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(model_build_field(builder, items[i], source, &out[i]));
        for (size_t j = 0; j < i; j++)
            if (out[j] == out[i])
                return nodes_wrong(&builder->nodes, items[i], "the field '%.*s' is there twice",
                                   STR_ARG(model_field(builder->model, source, out[i])->name));
    }
    *out_count = count;
    return STATUS_OK;
}

static enum status read_step(struct model_builder *builder, const yaml_node_t *node,
                             struct model_winner *winner)
{
    struct model_order step = {0};
    const char *text;
    TRY(nodes_text(&builder->nodes, node, "a field, with '-' before it the greatest first", &text));
    step.is_greatest = text[0] == '-';
    TRY(model_build_find_field(builder, node, winner->source, text + step.is_greatest,
                               &step.field));
    if (model_is_key(winner, step.field))
        return nodes_wrong(
            &builder->nodes, node,
            "'%s' is a part of the key, and equal in all records of one: leave it out", text);
    for (size_t i = 0; i < winner->order_count; i++)
        if (winner->order[i].field == step.field)
            return nodes_wrong(&builder->nodes, node, "the field '%s' is there twice", text);
    winner->order[winner->order_count++] = step;
    return STATUS_OK;
}

/* "-year" is the greatest first. */
static enum status read_order(struct model_builder *builder, const yaml_node_t *node,
                              struct model_winner *winner)
{
    const yaml_node_t *items[MODEL_MAX_ORDER];
    size_t count;
    TRY(nodes_list(&builder->nodes, node, "a field", MODEL_MAX_ORDER, items, &count));
    for (size_t i = 0; i < count; i++)
        TRY(read_step(builder, items[i], winner));
    return STATUS_OK;
}

enum status model_build_new_winner(struct model_builder *builder, const yaml_node_t *node,
                                   struct model_winner **out)
{
    *out = &builder->parsed->winners[builder->model->winner_count];
    if (builder->model->winner_count == MODEL_MAX_WINNERS)
        return nodes_wrong(&builder->nodes, node, "a model has at most %d dimensions and look-ups",
                           MODEL_MAX_WINNERS);
    builder->model->winner_count++;
    return STATUS_OK;
}

enum status model_build_winner(struct model_builder *builder, const yaml_node_t *key,
                               const yaml_node_t *order, int source, struct model_winner *out)
{
    *out = (struct model_winner){.source = source};
    TRY(model_build_fields(builder, key, source, out->keys, &out->key_count));
    return order ? read_order(builder, order, out) : STATUS_OK;
}

void model_build_complete_order(struct model_winner *winner, int field)
{
    if (model_is_key(winner, field))
        return;
    for (size_t i = 0; i < winner->order_count; i++)
        if (winner->order[i].field == field)
            return;
    if (winner->order_count < MODEL_MAX_ORDER)
        winner->order[winner->order_count++] = (struct model_order){.field = field};
}

/* ---- Look-ups -------------------------------------------------------------------------------- */

static enum status check_types(struct model_builder *builder, const yaml_node_t *node,
                               const struct model_field *in, const struct model_field *of)
{
    bool is_same = in->type == of->type && in->time_form == of->time_form &&
                   in->precision == of->precision && in->scale == of->scale;
    if (!is_same)
        return nodes_wrong(&builder->nodes, node,
                           "'%.*s' and '%.*s' have different types, so that none would be equal",
                           STR_ARG(in->name), STR_ARG(of->name));
    if (in->type == MODEL_JSON)
        return nodes_wrong(&builder->nodes, node, "nothing can be looked up by JSON");
    return STATUS_OK;
}

static enum status read_on(struct model_builder *builder, const yaml_node_t *node,
                           struct model_lookup *lookup, struct model_winner *winner)
{
    struct node_pair *pairs;
    int facts = builder->model->facts.source;
    TRY(nodes_pairs(&builder->nodes, node, "fields of the source, each with the facts' field",
                    MODEL_MAX_KEYS, &pairs, &winner->key_count));
    for (size_t i = 0; i < winner->key_count; i++) {
        TRY(model_build_field(builder, pairs[i].key, winner->source, &winner->keys[i]));
        for (size_t j = 0; j < i; j++)
            if (winner->keys[j] == winner->keys[i])
                return nodes_wrong(&builder->nodes, pairs[i].key, "'%s' is there twice",
                                   pairs[i].name);
        TRY(model_build_field(builder, pairs[i].value, facts, &lookup->fields[i]));
        TRY(check_types(builder, pairs[i].key,
                        model_field(builder->model, winner->source, winner->keys[i]),
                        model_field(builder->model, facts, lookup->fields[i])));
    }
    return STATUS_OK;
}

static enum status read_lookup(struct model_builder *builder, const struct node_pair *pair,
                               struct model_lookup *lookup, struct model_winner *winner)
{
    enum { IN, ON, ORDER, KEYS };
    static const char *const keys[] = {"!in", "!on", "order", NULL};
    const yaml_node_t *values[KEYS];
    TRY(nodes_name(&builder->nodes, pair->key, "the name of a look-up", &lookup->name));
    TRY(nodes_keys(&builder->nodes, pair, "look-up", keys, values));
    TRY(model_build_find_source(builder, values[IN], &winner->source));
    if (winner->source == builder->model->facts.source)
        return nodes_wrong(&builder->nodes, values[IN],
                           "facts cannot be looked up in their own source; name another one");
    TRY(read_on(builder, values[ON], lookup, winner));
    lookup->winner = winner;
    return values[ORDER] ? read_order(builder, values[ORDER], winner) : STATUS_OK;
}

enum status model_build_lookups(struct model_builder *builder, const yaml_node_t *node)
{
    struct node_pair *pairs;
    size_t count;
    struct model *model = builder->model;
    TRY(nodes_pairs(&builder->nodes, node, "look-ups by their names", MODEL_MAX_LOOKUPS, &pairs,
                    &count));
    for (size_t i = 0; i < count; i++) {
        struct model_winner *winner;
        TRY(model_build_new_winner(builder, pairs[i].key, &winner));
        TRY(read_lookup(builder, &pairs[i], &model->facts.lookups[i], winner));
        for (size_t j = 0; j < i; j++)
            if (strcasecmp(pairs[j].name, pairs[i].name) == 0)
                return nodes_wrong(&builder->nodes, pairs[i].key,
                                   "the look-ups '%s' and '%s' differ in capital letters alone",
                                   pairs[j].name, pairs[i].name);
        model->facts.lookup_count++;
    }
    return STATUS_OK;
}
