/* Reading what earlier runs have left; write_tables.c writes it. */
#include "native_state.h"

const char *native_state_rebuild_hint(struct buffer *buffer, const struct model_source *source)
{
    buffer_appendf(buffer,
                   "put it back from a copy; or --missing-%s rebuild makes the tables from the %s "
                   "that are there",
                   source->name, source->name);
    return buffer_text(buffer);
}

/* ---- Records --------------------------------------------------------------------------------- */

struct adding_rows {
    struct rows *rows;
    const struct model_table *table;
};

static enum status add_rows(void *ctx, const struct table_group *group, struct error *error)
{
    struct adding_rows *adding = ctx;
    (void)error;
    for (size_t row = 0; row < group->rows; row++)
        rows_add_stored(adding->rows, adding->table, group, row);
    return STATUS_OK;
}

static enum status read_rows(const struct output *output, struct store *store,
                             const struct model *model, int table, const char *hint,
                             struct rows *rows, struct error *error)
{
    struct adding_rows adding = {rows, &model->tables[table]};
    return read_back_table(output, store, table, hint, add_rows, &adding, error);
}

enum status native_state_read_lookup(const struct output *output, struct store *store,
                                     struct dimensions *dimensions, struct error *error)
{
    const struct model *model = dimensions->model;
    for (size_t i = 0; i < model->facts.lookup_count; i++)
        TRY(read_rows(output, store, model, model_state_of(model, model->facts.lookups[i].winner),
                      STATE_HINT, &dimensions->looked_up[i], error));
    dimensions_index_lookups(dimensions);
    return STATUS_OK;
}

enum status native_state_keep_records(const struct output *output, struct store *store, int source,
                                      struct dimensions *dimensions, struct error *error)
{
    CLEANUP(buffer_release) struct buffer hint = {0};
    const struct model_source *model = &dimensions->model->sources[source];
    struct dimension_source *records = &dimensions->sources[source];
    size_t before = records->rows.count;
    TRY(run_check_recorded(output, dimensions->model, source, error));
    int state = model_records_of(dimensions->model, source);
    TRY(read_rows(output, store, dimensions->model, state, native_state_rebuild_hint(&hint, model),
                  &records->rows, error));
    records->stored = records->rows.count - before;
    return STATUS_OK;
}

/* ---- Winners among the facts ----------------------------------------------------------------- */

struct adding_winners {
    struct adding_rows adding; /* those of one row group: there may be millions in all */
    struct fact_winners *winners;
};

static enum status add_winners(void *ctx, const struct table_group *group, struct error *error)
{
    struct adding_winners *adding = ctx;
    TRY(add_rows(&adding->adding, group, error));
    fact_winners_add_stored(adding->winners, adding->adding.rows);
    rows_reset(adding->adding.rows);
    return STATUS_OK;
}

enum status native_state_read_fact_winners(struct fact_table *table, struct store *store,
                                           struct error *error)
{
    const struct model *model = table->layout->model;
    for (size_t i = 0; i < table->layout->rule_count; i++) {
        const struct fact_rule *rule = &table->layout->rules[i];
        int state = model_state_of(model, rule->rule);
        CLEANUP(rows_release) struct rows stored = {.layout = &rule->winner};
        struct adding_winners adding = {{&stored, &model->tables[state]}, &table->winners[i]};
        TRY(read_back_table(table->output, store, state, STATE_HINT, add_winners, &adding, error));
    }
    return STATUS_OK;
}

enum status native_state_keep_fact_winners(struct fact_table *table, struct store *store,
                                           struct error *error)
{
    const struct model *model = table->layout->model;
    TRY(run_check_recorded(table->output, model, model->facts.source, error));
    return native_state_read_fact_winners(table, store, error);
}
