/* What facts are looked up in, in SQL: the views of the look-ups' winners, which the facts are
 * joined with. Of several records with the same keys one has won, so no fact has two. */
#include "sql_private.h"

uint64_t sql_found_fields(const struct model *model, int lookup)
{
    const struct model_table *table = model_table_of_facts(model);
    uint64_t fields = 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].origin == FROM_LOOKUP && table->columns[i].lookup == lookup)
            fields |= UINT64_C(1) << table->columns[i].part;
    return fields;
}

/* The winners of a look-up's rule, as an earlier run has left them. */
static void add_stored(struct spark_sql *sql, int lookup)
{
    const struct model *model = sql->model;
    const struct model_winner *rule = model->facts.lookups[lookup].winner;
    const struct model_source *source = &model->sources[rule->source];
    const int state = model_state_of(model, rule);
    CLEANUP(sql_values_release) struct sql_values values = {0};
    buffer_appendf(sql_value(&values, "number"), "%d", lookup);
    sql_append_stored(sql_value(&values, "stored"), model, state, rule->source,
                      sql_found_fields(model, lookup) | sql_keys_of(rule));
    sql_append_fields(sql_value(&values, "signs"), source, sql_keys_of(rule), "",
                      ",\n  " SQL_MINUS_ZERO " AS {minus_zero}");
    sql_set_stored(sql, &values, state);
    sql_add_command(sql, SPARK_ALL_SOURCES, "lookup_stored", "what facts are looked up in",
                    &values);
}

/* A full run looks them up in the winners themselves. */
void sql_add_lookups(struct spark_sql *sql)
{
    for (int i = 0; sql->options.is_increment && i < (int)sql->model->facts.lookup_count; i++)
        add_stored(sql, i);
}

/* ---- Joins ----------------------------------------------------------------------------------- */

/* "found_0." */
static void name_found(char out[static 24], int lookup)
{
    snprintf(out, 24, "found_%d.", lookup);
}

static void append_key(struct buffer *out, const char *format, const struct model_field *fact,
                       const char *found, const struct model_field *key)
{
    buffer_append_str(out, STR("fact."));
    sql_append_field(out, format, fact);
    buffer_appendf(out, " = %s", found);
    sql_append_field(out, format, key);
}

void sql_append_joins(struct buffer *out, const struct spark_sql *sql)
{
    const struct model *model = sql->model;
    for (int i = 0; i < (int)model->facts.lookup_count; i++) {
        const struct model_lookup *lookup = &model->facts.lookups[i];
        char found[24];
        name_found(found, i);
        if (sql->options.is_increment)
            buffer_appendf(out, "\nLEFT JOIN sparkify_lookup_%d", i);
        else
            buffer_appendf(out, "\nLEFT JOIN sparkify_winners_%td",
                           lookup->winner - model->winners);
        buffer_appendf(out, " AS found_%d\n  ON ", i);
        for (size_t k = 0; k < lookup->winner->key_count; k++) {
            const struct model_field *fact =
                model_field(model, model->facts.source, lookup->fields[k]);
            const struct model_field *key =
                model_field(model, lookup->winner->source, lookup->winner->keys[k]);
            buffer_append_str(out, str_of(k ? "\n    AND " : ""));
            append_key(out, "{}", fact, found, key);
            if (key->type != MODEL_DOUBLE)
                continue;
            buffer_append_str(out, STR(" AND "));
            append_key(out, "{minus_zero}", fact, found, key);
        }
    }
}

void sql_append_found(struct buffer *out, const struct model *model,
                      const struct model_column *column)
{
    const struct model_winner *rule = model->facts.lookups[column->lookup].winner;
    const struct model_field *field = model_field(model, rule->source, column->part);
    char found[24];
    name_found(found, column->lookup);
    if (model_is_key(rule, column->part)) {
        sql_append_restored(out, field, found);
        return;
    }
    buffer_append_str(out, str_of(found));
    sql_append_field(out, "winner.{}", field);
}

/* A record that is found has no null key. */
void sql_append_is_found(struct buffer *out, const struct model *model)
{
    const struct model_winner *rule = model->facts.lookups[0].winner;
    sql_append_field(out, ",\n  found_0.{} IS NOT NULL AS `" SPARK_FOUND "`",
                     model_field(model, rule->source, rule->keys[0]));
}
