/* Records of dimensions: appended batch by batch in the order of the input, then indexed once. */
#include "dimensions.h"

#include <assert.h>

/* ---- Batches --------------------------------------------------------------------------------- */

void rows_batch_init(struct rows_batch *batch, const struct row_layout *layout)
{
    *batch = (struct rows_batch){0};
    rows_init(&batch->rows, layout);
}

void rows_batch_reset(struct rows_batch *batch)
{
    batch_reset(&batch->base);
    rows_reset(&batch->rows);
}

void rows_batch_release(struct rows_batch *batch)
{
    batch_release(&batch->base);
    rows_release(&batch->rows);
    buffer_release(&batch->scratch);
}

void rows_batch_keep(void *ctx, const struct model_record *record)
{
    struct rows_batch *batch = ctx;
    rows_add_record(&batch->rows, record, &batch->scratch);
}

/* ---- All records ----------------------------------------------------------------------------- */

void dimensions_init(struct dimensions *dimensions, const struct model *model)
{
    assert(model->winner_count <= MODEL_MAX_WINNERS);
    *dimensions = (struct dimensions){.model = model};
    for (int i = 0; i < SOURCE_COUNT; i++) {
        struct dimension_source *source = &dimensions->sources[i];
        row_layout_of_source(&source->layout, model, i);
        rows_init(&source->rows, &source->layout);
    }
}

void dimensions_release(struct dimensions *dimensions)
{
    if (!dimensions->model)
        return;
    lookup_release(&dimensions->lookup);
    for (size_t i = 0; i < dimensions->model->winner_count; i++)
        winners_release(&dimensions->winners[i]);
    for (int i = 0; i < SOURCE_COUNT; i++)
        rows_release(&dimensions->sources[i].rows);
    *dimensions = (struct dimensions){0};
}

static bool is_looked_up(const struct dimensions *dimensions, const struct model_winner *rule)
{
    return rule == dimensions->model->facts.lookups[0].winner;
}

void dimensions_index_lookup(struct dimensions *dimensions)
{
    const struct model_winner *rule = dimensions->model->facts.lookups[0].winner;
    lookup_init(&dimensions->lookup, rule, &dimensions->sources[rule->source].rows);
}

void dimensions_index(struct dimensions *dimensions)
{
    const struct model *model = dimensions->model;
    for (size_t i = 0; i < model->winner_count; i++) {
        const struct model_winner *rule = &model->winners[i];
        if (rule->source != model->facts.source && !is_looked_up(dimensions, rule))
            winners_init(&dimensions->winners[i], rule, &dimensions->sources[rule->source].rows);
    }
    dimensions_index_lookup(dimensions);
}

void dimensions_mark_winners(const struct dimensions *dimensions, int source, bool *out)
{
    const struct model *model = dimensions->model;
    for (size_t i = 0; i < model->winner_count; i++)
        if (model->winners[i].source == source)
            winners_mark(&dimensions->winners[i], out);
    const struct lookup *lookup = &dimensions->lookup;
    for (size_t i = 0; i < lookup->keys.count && model->facts.lookups[0].winner->source == source;
         i++)
        out[lookup->found[i]] = true;
}
