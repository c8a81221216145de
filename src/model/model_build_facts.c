/* The facts: their source, time and id. */
#include "model_build.h"

enum { ROWS, FROM, TIME, ID, LOOKUPS, COLUMNS, PARTITION, SCHEMA, KEYS };
static const char *const facts_keys[] = {"rows",     "!from",     "!time",  "!id", "lookups",
                                         "!columns", "partition", "schema", NULL};

static enum status read_time(struct model_builder *builder, const yaml_node_t *node)
{
    struct model_facts *facts = &builder->model->facts;
    TRY(model_build_field(builder, node, facts->source, &facts->time));
    const struct model_field *field = model_field(builder->model, facts->source, facts->time);
    if (field->type != MODEL_TIMESTAMP || field->need == NEED_OPTIONAL) {
        nodes_wrong(&builder->nodes, node, "the time '%.*s' must be a required timestamp",
                    STR_ARG(field->name));
        return error_hint(builder->error,
                          "declare it as {type: timestamp_ms, required: true}, or with another "
                          "form of timestamps");
    }
    return STATUS_OK;
}

static bool can_be_in_id(enum model_type type)
{
    return type == MODEL_STRING || type == MODEL_INT32 || type == MODEL_INT64 ||
           type == MODEL_TIMESTAMP;
}

/* {songplay_id: [userId, …]}; the name of the column is read with the columns. */
static enum status read_id(struct model_builder *builder, const yaml_node_t *node)
{
    struct model_facts *facts = &builder->model->facts;
    struct node_pair *pairs;
    size_t count;
    TRY(nodes_pairs(&builder->nodes, node, "the id's column, and the list of its fields", 1, &pairs,
                    &count));
    TRY(model_build_fields(builder, pairs[0].value, facts->source, facts->id, &facts->id_count));
    for (size_t i = 0; i < facts->id_count; i++) {
        const struct model_field *field = model_field(builder->model, facts->source, facts->id[i]);
        if (!can_be_in_id(field->type))
            return nodes_wrong(&builder->nodes, pairs[0].value,
                               "'%.*s' cannot be a part of the id: strings, int32, int64 and "
                               "timestamps can",
                               STR_ARG(field->name));
        if (field->need == NEED_OPTIONAL)
            return nodes_wrong(&builder->nodes, pairs[0].value,
                               "'%.*s' is a part of the id, so it must be 'required: true' or "
                               "'required: kept'",
                               STR_ARG(field->name));
    }
    return STATUS_OK;
}

enum status model_build_facts(struct model_builder *builder, const yaml_node_t *node,
                              struct model_facts_nodes *out)
{
    const yaml_node_t *values[KEYS];
    struct node_pair *pairs;
    size_t count;
    TRY(nodes_pairs(&builder->nodes, node, "the table of facts below its name", 1, &pairs, &count));
    TRY(nodes_keys(&builder->nodes, &pairs[0], "table of facts", facts_keys, values));
    *out = (struct model_facts_nodes){pairs[0].key,    values[ROWS],      values[FROM],
                                      values[TIME],    values[ID],        values[LOOKUPS],
                                      values[COLUMNS], values[PARTITION], values[SCHEMA]};
    TRY(model_build_find_source(builder, out->from, &builder->model->facts.source));
    builder->model->row_noun = "row";
    if (out->rows)
        TRY(nodes_line(&builder->nodes, out->rows, "a noun", &builder->model->row_noun));
    TRY(read_time(builder, out->time));
    return read_id(builder, out->id);
}
