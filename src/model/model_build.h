/* What the parts of model_parse share. */
#pragma once

#include <model.h>
#include <yaml_nodes.h>

/* A model that was parsed, with all of its memory. */
struct model_parsed {
    struct model model; /* the first member */
    struct arena arena;
    struct model_source sources[MODEL_MAX_SOURCES];
    struct model_field fields[MODEL_MAX_SOURCES][MODEL_MAX_FIELDS]; /* of the sources */
    struct model_table tables[MODEL_MAX_TABLES];
    struct model_column columns[MODEL_MAX_TABLES][MODEL_MAX_COLUMNS]; /* of the tables */
    struct model_winner winners[MODEL_MAX_WINNERS];
};

struct model_builder {
    struct nodes nodes;
    struct arena *arena;
    struct model_parsed *parsed;
    struct model *model;
    uint64_t used[MODEL_MAX_SOURCES]; /* fields that something is made of, a bit each */
    const yaml_node_t *field_nodes[MODEL_MAX_SOURCES][MODEL_MAX_FIELDS];
    const yaml_node_t *source_nodes[MODEL_MAX_SOURCES];
    struct error *error;
};

/* The columns of one of the model's tables. */
static inline struct model_column *model_builder_columns(struct model_builder *builder,
                                                         const struct model_table *table)
{
    return builder->parsed->columns[table - builder->parsed->tables];
}

/* Zeroed memory of the model; a text of it. */
void *model_builder_alloc(struct model_builder *builder, size_t size);
const char *model_builder_text(struct model_builder *builder, const char *format, ...) PRINTF(2, 3);

/* model_build_source.c: reads a source into the next place of the model's. */
NODISCARD enum status model_build_source(struct model_builder *builder,
                                         const struct node_pair *pair);
/* Checks that each field is of use. */
NODISCARD enum status model_build_check_use(struct model_builder *builder);

/* model_build_rule.c: finds the field that a path names, and notes that it is of use. */
NODISCARD enum status model_build_find_field(struct model_builder *builder, const yaml_node_t *node,
                                             int source, const char *text, int *out);
/* The same of the path that the node has. */
NODISCARD enum status model_build_field(struct model_builder *builder, const yaml_node_t *node,
                                        int source, int *out);
/* A rule for a dimension or a look-up. */
NODISCARD enum status model_build_new_winner(struct model_builder *builder, const yaml_node_t *node,
                                             struct model_winner **out);
/* Finds the source with a name. */
NODISCARD enum status model_build_find_source(struct model_builder *builder,
                                              const yaml_node_t *node, int *out);
NODISCARD enum status model_build_fields(struct model_builder *builder, const yaml_node_t *node,
                                         int source, int *out, size_t *out_count);
NODISCARD enum status model_build_winner(struct model_builder *builder, const yaml_node_t *key,
                                         const yaml_node_t *order, int source,
                                         struct model_winner *out);
NODISCARD enum status model_build_lookups(struct model_builder *builder, const yaml_node_t *node);
/* The winner's order, completed by a field that tells records with equal keys apart. */
void model_build_complete_order(struct model_winner *winner, int field);

/* model_build_facts.c: what must be known before any table is read: source, time and id. */
struct model_facts_nodes {
    const yaml_node_t *name, *rows, *from, *time, *id, *lookups, *columns, *partition, *schema;
};
NODISCARD enum status model_build_facts(struct model_builder *builder, const yaml_node_t *node,
                                        struct model_facts_nodes *out);

/* model_build_table.c: reads a dimension if it is one of the facts, or of another source. */
NODISCARD enum status model_build_dimension(struct model_builder *builder,
                                            const struct node_pair *pair, struct model_table *out,
                                            bool of_facts);
NODISCARD enum status model_build_facts_table(struct model_builder *builder,
                                              const struct model_facts_nodes *nodes,
                                              struct model_table *out);

/* model_build_column.c: reads the columns of a table behind those that it has, and its partitions.
 */
NODISCARD enum status model_build_columns(struct model_builder *builder, const yaml_node_t *node,
                                          struct model_table *table);
NODISCARD enum status model_build_partitions(struct model_builder *builder, const yaml_node_t *node,
                                             struct model_table *table);
/* A column that a field fills, as tables of readers have it. */
struct model_column model_column_of_field(const struct model_field *field, int number,
                                          const char *name);

/* model_state.c: adds the tables of the state. */
NODISCARD enum status model_build_state(struct model_builder *builder);
