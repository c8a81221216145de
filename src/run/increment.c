/* Whether a run may add new facts to what the lake holds, and what it needs of earlier runs. */
#include <run.h>

/* ---- What earlier runs have left ------------------------------------------------------------- */

static bool has_state_of(const struct output *output, const struct model *model,
                         const struct model_winner *rule)
{
    int state = model_state_of(model, rule);
    return state >= 0 && lake_has_files(output->lake, state);
}

static bool has_fact_winners(const struct output *output, const struct model *model)
{
    for (size_t i = 0; i < model->winner_count; i++)
        if (model->winners[i].source == model->facts.source &&
            !has_state_of(output, model, &model->winners[i]))
            return false;
    return true;
}

/* Dimensions, and what facts are looked up in, were written without columns that have come to the
 * model since: a source whose files must be read again for them, or NULL. */
static const struct model_source *source_of_new_columns(const struct output *output,
                                                        const struct model *model)
{
    for (int table = 0; table < (int)model->all_count; table++) {
        const struct model_winner *rule = model->tables[table].rule;
        if (rule && rule->source != model->facts.source && lake_gained_columns(output->lake, table))
            return &model->sources[rule->source];
    }
    return NULL;
}

/* Whether what new facts are looked up in, and the winners among the facts, are there. */
static bool is_complete(const struct output *output, const struct model *model)
{
    for (size_t i = 0; i < model->facts.lookup_count; i++)
        if (!has_state_of(output, model, model->facts.lookups[i].winner))
            return false;
    return has_fact_winners(output, model);
}

static enum status not_recorded(const struct model *model, int number, struct error *error)
{
    const struct model_source *source = &model->sources[number];
    bool is_facts = number == model->facts.source;
    error_set(
        error, STATUS_FAILED,
        "%s files are gone, and %s is not recorded: the last run was of an earlier version of "
        "sparkify, or the record was removed",
        source->noun, is_facts ? "which of their facts have won" : "what was in them");
    return error_hint(error,
                      "put them back, or make the tables from the %s that are there: %s rebuild. "
                      "Nothing was committed",
                      source->name, is_facts ? "--missing-logs" : "--missing-songs");
}

enum status run_check_recorded(const struct output *output, const struct model *model, int source,
                               struct error *error)
{
    bool is_facts = source == model->facts.source;
    if (is_facts ? has_fact_winners(output, model)
                 : lake_has_files(output->lake, model_records_of(model, source)))
        return STATUS_OK;
    return not_recorded(model, source, error);
}

/* ---- Increments ------------------------------------------------------------------------------ */

bool run_can_add(const struct output *output, const struct model *model,
                 const struct input_diff *diff, size_t files, struct run_report *report)
{
    CLEANUP(buffer_release) struct buffer reason = {0};
    report->log_files = files;
    report->new_log_files = diff->sources[model->facts.source].added.count;
    const struct model_source *source = source_of_new_columns(output, model);
    input_diff_reason(diff, &reason);
    if (reason.len == 0 && source)
        buffer_appendf(&reason, "the model has new columns of %s, which no earlier run has read",
                       source->name);
    if (reason.len == 0 && !is_complete(output, model))
        buffer_append_str(&reason,
                          STR("the last run was of the Spark engine of an earlier version, "
                              "which recorded only what it had read"));
    snprintf(report->full_because, sizeof report->full_because, "%s", buffer_text(&reason));
    return reason.len == 0;
}

/* Facts are added to. Their winners and what was read are written anew; what is made of dimensions
 * stays as it is. */
static enum lake_mode mode_of(const struct model *model, const struct model_table *table)
{
    if (table->rows == ROWS_FACTS || table->rows == ROWS_CALENDAR)
        return LAKE_APPEND;
    bool is_new = table->rows == ROWS_OBJECTS || table->rule->source == model->facts.source;
    return is_new ? LAKE_REPLACE : LAKE_KEEP;
}

void run_set_modes(struct lake *lake, const struct model *model, const char *operation)
{
    for (int table = 0; table < (int)model->all_count; table++)
        lake_set_mode(lake, table, mode_of(model, &model->tables[table]));
    lake_set_operation(lake, operation);
}
