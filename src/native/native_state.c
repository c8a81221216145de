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

static enum status read_rows(const struct output *output, struct store *store, int table,
                             const char *hint, struct dimensions *dimensions, struct error *error)
{
    const struct model_table *model = &dimensions->model->tables[table];
    struct adding_rows adding = {&dimensions->sources[model->rule->source].rows, model};
    return read_back_table(output, store, table, hint, add_rows, &adding, error);
}

enum status native_state_read_lookup(const struct output *output, struct store *store,
                                     struct dimensions *dimensions, struct error *error)
{
    TRY(read_rows(output, store, STATE_MATCHES, STATE_HINT, dimensions, error));
    dimensions_index_lookup(dimensions);
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
    TRY(read_rows(output, store, STATE_RECORDS, native_state_rebuild_hint(&hint, model), dimensions,
                  error));
    records->stored = records->rows.count - before;
    return STATUS_OK;
}

/* ---- Winners among the facts ----------------------------------------------------------------- */

static enum status add_fact_winners(void *ctx, const struct table_group *group, struct error *error)
{
    struct fact_winners *winners = ctx;
    (void)error;
    for (size_t row = 0; row < group->rows; row++)
        fact_winners_add_stored(winners, &winners->layout->model->tables[STATE_USERS], group, row);
    return STATUS_OK;
}

enum status native_state_read_fact_winners(const struct output *output, struct store *store,
                                           struct fact_winners *winners, struct error *error)
{
    return read_back_table(output, store, STATE_USERS, STATE_HINT, add_fact_winners, winners,
                           error);
}

enum status native_state_keep_fact_winners(const struct output *output, struct store *store,
                                           struct fact_winners *winners, struct error *error)
{
    const struct model *model = winners->layout->model;
    TRY(run_check_recorded(output, model, model->facts.source, error));
    return native_state_read_fact_winners(output, store, winners, error);
}
