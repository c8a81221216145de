/* The counts of a run, and the check of their sums before anything is committed. */
#include "count_report.h"

void source_report_add_batch(struct source_report *source, const struct batch *batch)
{
    source->files += batch->files;
    source->bytes += batch->bytes;
    source->records += batch->records;
    source->left_out += batch->left_out;
    source->rejected += batch->reject_count;
    source->unknown_discarded += batch->unknown_discarded;
    source->faulty_discarded += batch->faulty_discarded;
    for (size_t i = 0; i < batch->reject_count; i++)
        source->rejected_by_code[batch->rejects[i].code]++;
}

void native_report_tables(struct run_report *report, const struct output *output,
                          const struct fact_table *facts)
{
    report->plays = source_report_kept(&report->sources[facts->layout->model->facts.source]);
    report->matched = facts->matched;
    report->identical = facts->identical;
    report->kept = facts->kept;
    report->shared_keys = facts->fact_set.shared_keys;
    run_report_tables(report, output);
}

static uint64_t distinct_times(const struct fact_table *facts)
{
    uint64_t count = 0;
    for (uint32_t month = 0; facts->times.months && month < MONTH_LIMIT; month++)
        count += times_count(&facts->times, month);
    return count;
}

/* The number of rows that the table must have. */
static uint64_t rows_wanted(const struct run_report *report, const struct model_table *table,
                            const struct dimensions *dimensions, const struct fact_table *facts)
{
    const struct model *model = facts->layout->model;
    if (table->rows == ROWS_FACTS)
        return report->plays - report->identical + report->kept;
    if (table->rows == ROWS_CALENDAR)
        return distinct_times(facts);
    if (table->rule->source == model->facts.source)
        return fact_table_winners(facts, table->rule)->rows.count;
    return dimensions ? dimensions_winners(dimensions, table)->count : 0;
}

enum status native_report_check_counts(const struct run_report *report,
                                       const struct dimensions *dimensions,
                                       const struct fact_table *facts, struct error *error)
{
    const struct model *model = facts->layout->model;
    struct run_equation equations[MODEL_MAX_TABLES + MODEL_MAX_SOURCES + 1];
    size_t count = 0;
    for (size_t i = 0; i < model->table_count; i++)
        equations[count++] =
            (struct run_equation){model->tables[i].name, report->tables[i].rows,
                                  rows_wanted(report, &model->tables[i], dimensions, facts)};
    for (int i = 0; i < (int)model->source_count && dimensions; i++) {
        const struct dimension_source *source = &dimensions->sources[i];
        if (i != model->facts.source)
            equations[count++] =
                (struct run_equation){model->sources[i].name, source->rows.count - source->stored,
                                      source_report_kept(&report->sources[i])};
    }
    equations[count++] = (struct run_equation){"rows put in order", facts->rows,
                                               report->plays - report->identical + report->kept};
    return run_check_sums(equations, count, error);
}
