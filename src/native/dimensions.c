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
    assert(model->winner_count <= MODEL_MAX_WINNERS && model->source_count <= MODEL_MAX_SOURCES);
    *dimensions = (struct dimensions){.model = model};
    for (size_t i = 0; i < model->source_count; i++) {
        struct dimension_source *source = &dimensions->sources[i];
        row_layout_of_source(&source->layout, model, (int)i);
        rows_init(&source->rows, &source->layout);
    }
    for (size_t i = 0; i < model->facts.lookup_count; i++)
        rows_init(&dimensions->looked_up[i],
                  &dimensions->sources[model->facts.lookups[i].winner->source].layout);
}

void dimensions_release(struct dimensions *dimensions)
{
    const struct model *model = dimensions->model;
    if (!model)
        return;
    for (size_t i = 0; i < model->facts.lookup_count; i++) {
        lookup_release(&dimensions->lookups[i]);
        rows_release(&dimensions->looked_up[i]);
    }
    for (size_t i = 0; i < model->winner_count; i++)
        winners_release(&dimensions->winners[i]);
    for (size_t i = 0; i < model->source_count; i++)
        rows_release(&dimensions->sources[i].rows);
    *dimensions = (struct dimensions){0};
}

size_t dimensions_lookup(const struct dimensions *dimensions, const struct model_winner *rule)
{
    const struct model_facts *facts = &dimensions->model->facts;
    for (size_t i = 0; i < facts->lookup_count; i++)
        if (facts->lookups[i].winner == rule)
            return i;
    return MODEL_MAX_LOOKUPS;
}

static bool is_looked_up(const struct dimensions *dimensions, const struct model_winner *rule)
{
    return dimensions_lookup(dimensions, rule) != MODEL_MAX_LOOKUPS;
}

void dimensions_index_lookups(struct dimensions *dimensions)
{
    const struct model_facts *facts = &dimensions->model->facts;
    for (size_t i = 0; i < facts->lookup_count; i++)
        lookup_init(&dimensions->lookups[i], facts->lookups[i].winner, 0,
                    &dimensions->looked_up[i]);
}

/* A task_pool_fn: the rules, then the look-ups. */
static enum status index_one(void *ctx, unsigned worker, uint32_t number, struct error *error)
{
    struct dimensions *dimensions = ctx;
    const struct model *model = dimensions->model;
    bool is_lookup = number >= model->winner_count;
    size_t lookup = number - model->winner_count;
    const struct model_winner *rule =
        is_lookup ? model->facts.lookups[lookup].winner : &model->winners[number];
    const struct rows *rows = &dimensions->sources[rule->source].rows;
    uint64_t nulls_last = dimensions->nulls_last[rule - model->winners];
    (void)worker;
    (void)error;
    if (is_lookup)
        lookup_init(&dimensions->lookups[lookup], rule, nulls_last, rows);
    else if (rule->source != model->facts.source && !is_looked_up(dimensions, rule))
        winners_init(&dimensions->winners[number], rule, nulls_last, rows);
    return STATUS_OK;
}

enum status dimensions_index(struct dimensions *dimensions, unsigned threads, struct error *error)
{
    const struct model *model = dimensions->model;
    uint32_t count = (uint32_t)(model->winner_count + model->facts.lookup_count);
    return task_pool_run(threads, count, index_one, dimensions, error);
}

void dimensions_mark_winners(const struct dimensions *dimensions, int source, bool *out)
{
    const struct model *model = dimensions->model;
    for (size_t i = 0; i < model->winner_count; i++)
        if (model->winners[i].source == source)
            winners_mark(&dimensions->winners[i], out);
    for (size_t i = 0; i < model->facts.lookup_count; i++) {
        const struct lookup *lookup = &dimensions->lookups[i];
        for (size_t k = 0; k < lookup->keys.count; k++)
            if (model->facts.lookups[i].winner->source == source)
                out[lookup->found[k]] = true;
    }
}
