/* Prints the result of check. */
#include "print.h"

#include <commands.h>
#include <number_text.h>
#include <printable.h>

static void print_others(const struct lake_check_report *report)
{
    if (report->others == 0)
        return;
    printf("%s not sparkify's, and ignored: ",
           number_of(report->others, "file is", "files are").text);
    printable_print(stdout, report->other_key);
    printf("%s\n", report->others > 1 ? " and others" : "");
}

static void print_problems(const struct check_settings *check)
{
    const char *text = check->problems.data;
    for (size_t i = 0; i < check->problem_count; i++, text += strlen(text) + 1) {
        printable_print(stdout, str_of(text));
        putchar('\n');
    }
}

static void print_shared_ids(const struct model *model, uint64_t count)
{
    const struct model_table *facts = model_table_of_facts(model);
    if (count)
        printf("%s %s%s %s with another\n", number_count(count).text, model->row_noun,
               plural(count, " shares its", "s share their"),
               facts->columns[model_key_column(facts)].name);
}

void cli_print_check(const void *settings)
{
    const struct check_settings *check = settings;
    const struct lake_check_report *report = &check->report;
    print_problems(check);
    if (!check->is_complete)
        return;
    if (report->problems > CHECK_PROBLEMS_KEPT)
        printf("and %s\n",
               number_of(report->problems - CHECK_PROBLEMS_KEPT, "more problem", "more problems")
                   .text);
    printf("version %lld: %s, %s, %s read in %s\n", (long long)check->lake_version,
           number_of(report->files, "file", "files").text,
           number_of(report->rows, "row", "rows").text, number_bytes((double)report->bytes).text,
           number_seconds(check->seconds).text);
    if (report->leftovers)
        printf("%s in no version: readers of plain files see %s, 'sparkify vacuum' removes %s\n",
               number_of(report->leftovers, "data file is", "data files are").text,
               report->leftovers == 1 ? "it" : "them", report->leftovers == 1 ? "it" : "them");
    print_shared_ids(check->model, report->shared_ids);
    print_others(report);
    printf("%s\n", report->problems ? "this lake is damaged" : "all is right");
}
