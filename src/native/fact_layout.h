/* fact_layout: how the columns of the facts are kept in memory, as the model declares them. */
#ifndef SPARKIFY_NATIVE_FACT_LAYOUT_H
#define SPARKIFY_NATIVE_FACT_LAYOUT_H

#include "record_rows.h"

/* A column of the table of facts, and the field that it is made of. */
struct fact_column {
    int column, field;
    bool is_key; /* the field is looked up */
};

/* Columns that are kept in one way, in the order of the table. */
struct fact_columns {
    struct fact_column all[MODEL_MAX_COLUMNS];
    size_t count;
};

struct fact_layout {
    const struct model *model; /* borrowed */
    enum table_id table_id;
    const struct model_table *table;
    int time; /* the field */
    int id_column, time_column;
    struct fact_columns coded;   /* strings, as codes of distinct values */
    struct fact_columns texts;   /* strings that are looked up: too many for codes */
    struct fact_columns int64s;  /* never null */
    struct fact_columns doubles; /* NaN is null: JSON has none */
    struct fact_columns found;   /* strings of the record that the look-up found */
    /* Where the look-up's keys are: numbers of texts, or of doubles. */
    struct fact_key {
        bool is_text;
        size_t number;
    } keys[MODEL_MAX_KEYS];
    size_t key_count;
    /* The rule whose winners are facts, and its key among the coded columns, whose distinct values
     * carry the batch's winners. The first field of the id is the same one. */
    const struct model_winner *rule;
    size_t rule_key;
    struct row_layout winner; /* a winner's row: the key first */
};

/* The model must be one of model_builtin's form (asserted): a rule over facts with one key, which
 * is a string and the first field of the id; further fields of the id are integers. */
void fact_layout_init(struct fact_layout *layout, const struct model *model);

#endif
