/* fact_layout: the layout in memory of the columns of facts, derived from the model. */
#pragma once

#include "period.h"
#include "record_rows.h"

/* A column of the table of facts. */
struct fact_column {
    size_t at; /* its position in the file */
    int field; /* that it is made of; of a part: the calendar_part */
    enum model_type type;
    int64_t unit_us; /* of a time: of its field */
    bool nullable;
    bool is_key;      /* the field is looked up */
    bool is_code_key; /* of a coded column: something is found by its codes */
};

/* Columns of one kind, in the order of the table. */
struct fact_columns {
    struct fact_column all[MODEL_MAX_COLUMNS];
    size_t count;
};

#define FACT_NONE SIZE_MAX

/* The columns of one look-up. */
struct fact_lookup {
    /* The columns of its keys: numbers of `texts`, `int64s` or `doubles`. */
    struct fact_key {
        enum {
            KEY_TEXT,
            KEY_INT64,
            KEY_DOUBLE,
        } kind;
        size_t number;
    } keys[MODEL_MAX_KEYS];
    size_t key_count;
    size_t first_string, string_count; /* of `found` */
    size_t first_number, number_count; /* of `found_numbers` */
    bool is_never_null;                /* the strings, where something is found */
};

/* A rule whose winners are facts. */
struct fact_rule {
    const struct model_winner *rule;
    struct row_layout winner;                  /* a winner's row: the keys first */
    struct model_order order[MODEL_MAX_ORDER]; /* without the keys, in which all are equal */
    size_t order_count;
    uint64_t nulls_last; /* as row_greatest_first has it; 0 at first */
    bool is_first_plain; /* the first of the order is an integer that is never null: */
    size_t first_word;   /* this of a packed row's */
    size_t key; /* the coded column that is its only key: a batch keeps one winner for each distinct
                 * value of it. FACT_NONE: the keys of winners are in an index */
};

struct fact_layout {
    const struct model *model; /* borrowed */
    int table_id;
    const struct model_table *table;
    int time; /* the field */
    int64_t time_unit_us;
    bool has_calendar; /* the times are wanted */
    struct period_layout periods;
    size_t id_column, time_column; /* in the file */
    struct fact_columns coded;     /* strings, as codes of distinct values */
    struct fact_columns texts;  /* strings that are keys of a look-up, or alone the id: too many for
                                 * codes; and JSON */
    struct fact_columns int64s; /* all other fields but doubles, as integers */
    struct fact_columns doubles; /* NaN is null: JSON has none */
    /* Of the records that look-ups found, by look-up: strings, and the rest. */
    struct fact_columns found, found_numbers;
    struct fact_columns parts; /* of the time */
    size_t nullable_count;     /* of the int64s */
    struct fact_lookup lookups[MODEL_MAX_LOOKUPS];
    struct fact_rule rules[MODEL_MAX_WINNERS];
    size_t rule_count;
    enum model_type id_types[MODEL_MAX_KEYS];
    unsigned id_time_shift; /* where the time is in the id: 2^this of its unit are about an hour; 0:
                             * it is not */
    size_t id_code;         /* the coded column that is the first field of the id, or FACT_NONE */
    size_t guess_code; /* the coded column by whose value the others are guessed, or FACT_NONE */
};

/* The columns must have the time of the facts and each field that is looked up (asserted; the
 * check of a model sees to it). */
void fact_layout_init(struct fact_layout *layout, const struct model *model);
