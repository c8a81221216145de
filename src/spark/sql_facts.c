/* The facts, in SQL: with their ids, each once, and what they are looked up in.
 *
 * Identical facts have one id. Ids that occur more than once are found first, which shuffles 8
 * bytes of each fact; only the facts that have one of them are compared as a whole. */
#include "sql_private.h"

/* The fields of the facts' source that their table, their id or the look-up needs. */
struct needed {
    int fields[MODEL_MAX_FIELDS];
    size_t count;
};

static void add_needed(struct needed *needed, int field)
{
    for (size_t i = 0; i < needed->count; i++)
        if (needed->fields[i] == field)
            return;
    needed->fields[needed->count++] = field;
}

static struct needed find_needed(const struct model *model)
{
    const struct model_facts *facts = &model->facts;
    const struct model_table *table = &model->tables[model_facts_table(model)];
    struct needed needed = {0};
    for (size_t i = 0; i < facts->id_count; i++)
        add_needed(&needed, facts->id[i]);
    add_needed(&needed, facts->time);
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].origin == FROM_FIELD)
            add_needed(&needed, table->columns[i].part);
    for (size_t i = 0; i < facts->lookups[0].winner->key_count; i++)
        add_needed(&needed, facts->lookups[0].fields[i]);
    return needed;
}

static const struct model_field *field_of(const struct model *model, int field)
{
    return model_field(model, model->facts.source, field);
}

/* The columns that say of each double whether it is -0.0. */
static void append_signs(struct buffer *out, const struct model *model, int source,
                         const struct needed *needed)
{
    for (size_t i = 0; i < needed->count; i++) {
        const struct model_field *field = model_field(model, source, needed->fields[i]);
        if (field->type != MODEL_DOUBLE)
            continue;
        buffer_append_str(out, STR(",\n  "));
        sql_append_minus_zero(out, field);
        sql_append_field(out, " AS {minus_zero}", field);
    }
}

static void append_columns(struct buffer *out, const struct model *model,
                           const struct needed *needed)
{
    for (size_t i = 0; i < needed->count; i++) {
        const struct model_field *field = field_of(model, needed->fields[i]);
        sql_append_field(out, field->type == MODEL_DOUBLE ? "{}, {minus_zero}, " : "{}, ", field);
    }
    buffer_append_str(out, STR("fact_id"));
}

static void add_facts_once(struct spark_sql *sql)
{
    static const struct {
        const char *name, *view, *purpose;
    } steps[] = {
        {"facts", "sparkify_facts", "the facts with their ids"},
        {"repeated_ids", "sparkify_repeated_ids", "ids that several facts have"},
        {"repeated_facts", "sparkify_repeated_facts", "those facts, each once"},
        {"facts_once", "sparkify_facts_once", "every fact once"},
    };
    const struct model *model = sql->model;
    const struct needed needed = find_needed(model);
    CLEANUP(sql_values_release) struct sql_values values = {0};
    sql_set(&values, "source", str_of(sql_facts_source(model)->name));
    sql_append_id(sql_value(&values, "id"), model);
    append_signs(sql_value(&values, "signs"), model, model->facts.source, &needed);
    append_columns(sql_value(&values, "columns"), model, &needed);
    for (size_t i = 0; i < ARRAY_LENGTH(steps); i++)
        sql_add_command(sql, SPARK_ALL_SOURCES, steps[i].name, steps[i].view, steps[i].purpose,
                        &values);
}

void sql_append_id(struct buffer *out, const struct model *model)
{
    for (size_t i = 0; i < model->facts.id_count; i++)
        sql_append_field(out, i ? ", {}" : "{}", field_of(model, model->facts.id[i]));
}

/* ---- Facts of the lake ----------------------------------------------------------------------- */

/* What is the same in identical facts: all columns that are made of a field, and the id. */
static void append_identical(struct buffer *out, const struct model *model)
{
    const struct model_table *table = &model->tables[model_facts_table(model)];
    struct needed compared = {0};
    add_needed(&compared, model->facts.time);
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].origin == FROM_FIELD)
            add_needed(&compared, table->columns[i].part);
    buffer_append_str(out, STR("fact.fact_id = stored.fact_id"));
    for (size_t i = 0; i < compared.count; i++) {
        const struct model_field *field = field_of(model, compared.fields[i]);
        sql_append_field(out, "\n    AND fact.{} <=> stored.{}", field);
        if (field->type == MODEL_DOUBLE)
            sql_append_field(out, " AND fact.{minus_zero} = stored.{minus_zero}", field);
    }
}

/* The fields that facts have, of a row of their table. Some that went into the id may be in no
 * column. */
static void append_stored(struct buffer *out, const struct model *model,
                          const struct needed *needed)
{
    int id = model_facts_table(model);
    const struct model_table *table = &model->tables[id];
    for (size_t i = 0; i < needed->count; i++) {
        sql_append_stored(out, model, id, model->facts.source, needed->fields[i]);
        buffer_append_str(out, STR(", "));
    }
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].origin == FROM_ID) {
            sql_append_name(out, str_of(table->columns[i].name));
            buffer_append_str(out, STR(" AS fact_id"));
        }
}

static struct spark_statement new_partitions(const struct spark_sql *sql)
{
    const struct model *model = sql->model;
    const struct model_table *table = &model->tables[model_facts_table(model)];
    CLEANUP(buffer_release) struct buffer text = {0}, any = {0};
    CLEANUP(sql_values_release) struct sql_values values = {0};
    sql_set(&values, "source", str_of(sql_facts_source(model)->name));
    sql_append_field(sql_value(&values, "time"), "{}", field_of(model, model->facts.time));
    struct buffer *columns = sql_value(&values, "columns");
    struct buffer *group_by = sql_value(&values, "group_by");
    for (size_t i = 0; i < table->partition_count; i++) {
        const struct model_column *column = &table->columns[table->partitions[i]];
        sql_append_time_part(columns, model, (enum calendar_part)column->part, "");
        buffer_append_str(columns, STR(" AS "));
        sql_append_name(columns, str_of(column->name));
        buffer_append_str(columns, STR(", "));
        buffer_appendf(group_by, "%s%zu", i ? ", " : "\nGROUP BY ", i + 1);
    }
    sql_fill(&text, "partitions", &values);
    return sql_select("sparkify_partitions", "the partitions of the new facts", &text, &any);
}

static void add_facts_stored(struct spark_sql *sql)
{
    const struct model *model = sql->model;
    const struct needed needed = find_needed(model);
    CLEANUP(sql_values_release) struct sql_values values = {0};
    append_signs(sql_value(&values, "signs"), model, model->facts.source, &needed);
    append_columns(sql_value(&values, "columns"), model, &needed);
    append_stored(sql_value(&values, "stored"), model, &needed);
    append_identical(sql_value(&values, "is_identical"), model);
    sql_set_stored(sql, &values, model_facts_table(model));
    sql_add_command(sql, SPARK_ALL_SOURCES, "facts_stored", "sparkify_facts_stored",
                    "facts of the lake", &values);
    if (sql->options.is_increment) {
        sql->partitions = new_partitions(sql);
        sql_add_command(sql, SPARK_ALL_SOURCES, "facts_again", "sparkify_facts_again",
                        "new facts that the lake has already", &values);
        sql_add_command(sql, SPARK_ALL_SOURCES, "facts_added", "sparkify_facts_all",
                        "facts that the lake does not have", &values);
        return;
    }
    sql_add_command(sql, SPARK_ALL_SOURCES, "facts_of_the_lake", "sparkify_facts_of_the_lake",
                    "facts of files that are gone", &values);
    sql_add_command(sql, SPARK_ALL_SOURCES, "facts_with_kept", "sparkify_facts_all",
                    "every fact once", &values);
}

/* ---- The look-up ----------------------------------------------------------------------------- */

/* The fields of the record that is found, as columns of the facts' table have them. */
static struct needed find_wanted(const struct model *model)
{
    const struct model_table *table = &model->tables[model_facts_table(model)];
    struct needed wanted = {0};
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].origin == FROM_LOOKUP)
            add_needed(&wanted, table->columns[i].part);
    return wanted;
}

static void add_lookup(struct spark_sql *sql)
{
    const struct model *model = sql->model;
    const struct model_winner *rule = model->facts.lookups[0].winner;
    const struct needed wanted = find_wanted(model);
    CLEANUP(sql_values_release) struct sql_values values = {0};
    struct buffer *columns = sql_value(&values, "columns");
    sql_append_keys(columns, model, rule);
    for (size_t i = 0; i < wanted.count; i++) {
        if (sql_is_key(rule, wanted.fields[i]))
            continue;
        buffer_append_str(columns, STR(", "));
        sql_append_winning(columns, model, rule, wanted.fields[i]);
        sql_append_field(columns, " AS {}", model_field(model, rule->source, wanted.fields[i]));
    }
    sql_append_winners(sql_value(&values, "winners"), sql, rule, wanted.fields, wanted.count);
    sql_add_command(sql, SPARK_ALL_SOURCES, "lookup", "sparkify_lookup",
                    "what facts are looked up in", &values);
}

/* The keys as fields, and beside each double whether it is -0.0; and what is wanted. */
static void add_lookup_stored(struct spark_sql *sql)
{
    const struct model *model = sql->model;
    const struct model_winner *rule = model->facts.lookups[0].winner;
    const int state = model_state_of(model, rule);
    struct needed fields = {0}, keys = {0};
    const struct needed wanted = find_wanted(model);
    CLEANUP(sql_values_release) struct sql_values values = {0};
    for (size_t i = 0; i < rule->key_count; i++) {
        add_needed(&keys, rule->keys[i]);
        add_needed(&fields, rule->keys[i]);
    }
    for (size_t i = 0; i < wanted.count; i++)
        add_needed(&fields, wanted.fields[i]);
    struct buffer *stored = sql_value(&values, "stored");
    for (size_t i = 0; i < fields.count; i++) {
        buffer_append_str(stored, str_of(i ? ", " : ""));
        sql_append_stored(stored, model, state, rule->source, fields.fields[i]);
    }
    append_signs(sql_value(&values, "signs"), model, rule->source, &keys);
    sql_set_stored(sql, &values, state);
    sql_add_command(sql, SPARK_ALL_SOURCES, "lookup_stored", "sparkify_lookup",
                    "what facts are looked up in", &values);
}

void sql_append_match(struct buffer *out, const struct model *model)
{
    const struct model_lookup *lookup = &model->facts.lookups[0];
    for (size_t i = 0; i < lookup->winner->key_count; i++) {
        const struct model_field *ours = field_of(model, lookup->fields[i]);
        const struct model_field *key =
            model_field(model, lookup->winner->source, lookup->winner->keys[i]);
        sql_append_field(out, i ? " AND fact.{} = " : "fact.{} = ", ours);
        sql_append_field(out, "match.{}", key);
        if (key->type != MODEL_DOUBLE)
            continue;
        sql_append_field(out, "\n    AND fact.{minus_zero} = ", ours);
        sql_append_field(out, "match.{minus_zero}", key);
    }
}

void sql_add_facts(struct spark_sql *sql)
{
    const struct model *model = sql->model;
    add_facts_once(sql);
    if (sql_has_stored_facts(sql))
        add_facts_stored(sql);
    for (size_t i = 0; i < model->winner_count; i++)
        sql_add_newest(sql, &model->winners[i]);
    if (sql->options.is_increment)
        add_lookup_stored(sql);
    else
        add_lookup(sql);
}
