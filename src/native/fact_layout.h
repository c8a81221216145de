/* fact_layout: the layout in memory of the columns of facts, derived from the model. */
#ifndef SPARKIFY_NATIVE_FACT_LAYOUT_H
#define SPARKIFY_NATIVE_FACT_LAYOUT_H

#include "record_rows.h"

/* A column of the table of facts, and the field that it is made of. */
struct fact_column {
    int column, field;
    bool is_key; /* the field is looked up */
};

/* Columns of one kind, in the order of the table. */
struct fact_columns {
    struct fact_column all[MODEL_MAX_COLUMNS];
    size_t count;
};

struct fact_layout {
    const struct model *model; /* borrowed */
    int table_id;
    const struct model_table *table;
    int time; /* the field */
    int id_column, time_column;
    struct fact_columns coded;   /* strings, as codes of distinct values */
    struct fact_columns texts;   /* strings that are keys of the look-up: too many for codes */
    struct fact_columns int64s;  /* never null */
    struct fact_columns doubles; /* NaN is null: JSON has none */
    struct fact_columns found;   /* strings of the record that the look-up found */
    /* The columns of the look-up's keys: numbers of `texts`, or of `doubles`. */
    struct fact_key {
        bool is_text;
        size_t number;
    } keys[MODEL_MAX_KEYS];
    size_t key_count;
    /* The rule whose winners are facts, and the coded column of its key: a batch keeps one winner
     * for each distinct value of that column. The key is also the first field of the id. */
    const struct model_winner *rule;
    size_t rule_key;
    struct row_layout winner; /* a winner's row: the key first */
};

/* The model must be one of model_builtin's form (asserted): a rule over facts with one key, which
 * is a string and the first field of the id; further fields of the id are integers. */
void fact_layout_init(struct fact_layout *layout, const struct model *model);

#endif
