/* Prints the tables with their columns. */
#include "print.h"

#include <commands.h>
#include <stdio.h>

static void print_partitions(const struct model_table *table)
{
    for (size_t i = 0; i < table->partition_count; i++)
        printf("%s%s", i ? ", " : "", table->columns[table->partitions[i]].name);
}

static void print_text(const struct model_table *table)
{
    printf("%s: one row for each %s", table->name, table->one_row_for);
    if (table->winner[0])
        printf("\n  of several wins: %s", table->winner);
    if (table->partition_count) {
        printf("\n  partitioned by ");
        print_partitions(table);
    }
    printf("\n");
    for (size_t i = 0; i < table->column_count; i++) {
        const struct model_column *column = &table->columns[i];
        printf("  %-11s %-9s %-8s %-1s  %s\n", column->name, model_type_name(column->type),
               column->nullable ? "" : "not null", column->partition ? "p" : "", column->from);
    }
    printf("\n");
}

static void print_markdown(const struct model_table *table)
{
    printf("**%s**: one row for each %s", table->name, table->one_row_for);
    if (table->winner[0])
        printf("; of several records wins: %s", table->winner);
    if (table->partition_count) {
        printf("; partitioned by ");
        print_partitions(table);
    }
    printf("\n\n| column | type | null | from |\n|---|---|---|---|\n");
    for (size_t i = 0; i < table->column_count; i++) {
        const struct model_column *column = &table->columns[i];
        printf("| %s | %s%s | %s | %s |\n", column->name, model_type_name(column->type),
               column->partition ? ", partition" : "", column->nullable ? "yes" : "no",
               column->from);
    }
    printf("\n");
}

void cli_print_schema(const void *settings)
{
    const struct schema_settings *schema = settings;
    if (schema->dialect != SQL_UNSET || schema->print_model) {
        fwrite(schema->sql.data, 1, schema->sql.len, stdout);
        return;
    }
    if (schema->model) {
        cli_print_model(schema->check, schema->model);
        return;
    }
    const struct model *model = model_builtin();
    for (size_t table = 0; table < model->table_count; table++)
        (schema->markdown ? print_markdown : print_text)(&model->tables[table]);
    if (!schema->markdown)
        printf("p: a partition; its value is in the path, not in the file.\n"
               "songs: a record of %s; plays: an event of %s with page = %.*s.\n"
               "Times are UTC, in microseconds.\n",
               model->sources[0].folder, model->sources[1].folder,
               STR_ARG(model->sources[1].kept_value));
}
