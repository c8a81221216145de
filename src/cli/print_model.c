/* What a model's file has, in some lines: the answer of sparkify schema --check. */
#include "print.h"

static void print_partitions(const struct model_table *table)
{
    for (size_t i = 0; i < table->partition_count; i++)
        printf("%s%s", i ? ", " : ", by ", table->columns[table->partitions[i]].name);
}

static void print_source(const struct model_source *source)
{
    size_t used = 0;
    for (size_t i = 0; i < source->field_count; i++)
        used += source->fields[i].need != NEED_NOT_AT_ALL;
    printf("  source  %s: %s/, %zu %s", source->name, source->folder, used,
           plural(used, "field", "fields"));
    if (source->kept_field >= 0)
        printf(", where %.*s = %.*s", STR_ARG(source->fields[source->kept_field].name),
               STR_ARG(source->kept_value));
    printf("\n");
}

static void print_table(const struct model_table *table)
{
    printf("  table   %s: one row for each %s, %zu %s", table->name, table->one_row_for,
           table->column_count, plural(table->column_count, "column", "columns"));
    print_partitions(table);
    printf("\n");
}

void cli_print_model(const char *file, const struct model *model)
{
    printf("%s: the model '%s' is valid\n", file, model->name);
    for (size_t i = 0; i < model->source_count; i++)
        print_source(&model->sources[i]);
    for (size_t i = 0; i < model->table_count; i++)
        print_table(&model->tables[i]);
}
