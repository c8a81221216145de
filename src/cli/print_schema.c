/* Prints the tables with their columns, or of a model in a file what it has, in some lines. */
#include "print.h"

#include <commands.h>
#include <printable.h>

static void print_partitions(const struct model_table *table)
{
    for (size_t i = 0; i < table->partition_count; i++)
        printf("%s%s", i ? ", " : "", table->columns[table->partitions[i]].name);
}

/* A model's file may have any characters in its words. */
static void print_words(const char *words)
{
    printable_print(stdout, str_of(words));
}

/* "songs: one row for each song_id", with the words around the model's own. */
static void print_head(const struct model_table *table, const char *name_end, const char *winner,
                       const char *partitions)
{
    printf("%s%s: one row for each ", table->name, name_end);
    print_words(table->one_row_for);
    if (table->winner[0]) {
        printf("%s", winner);
        print_words(table->winner);
    }
    if (table->partition_count) {
        printf("%s", partitions);
        print_partitions(table);
    }
    printf("\n");
}

static const char *type_text(const struct model_column *column, struct buffer *out)
{
    buffer_reset(out);
    schema_append_type(column, out);
    return buffer_text(out);
}

struct widths {
    int name, type;
};

static struct widths widths_of(const struct model_table *table)
{
    CLEANUP(buffer_release) struct buffer type = {0};
    struct widths widths = {.name = 11, .type = 9};
    for (size_t i = 0; i < table->column_count; i++) {
        int name = (int)strlen(table->columns[i].name);
        int text = (int)strlen(type_text(&table->columns[i], &type));
        widths.name = name > widths.name ? name : widths.name;
        widths.type = text > widths.type ? text : widths.type;
    }
    return widths;
}

static void print_text(const struct model_table *table)
{
    CLEANUP(buffer_release) struct buffer type = {0};
    struct widths widths = widths_of(table);
    print_head(table, "", "\n  of several wins: ", "\n  partitioned by ");
    for (size_t i = 0; i < table->column_count; i++) {
        const struct model_column *column = &table->columns[i];
        printf("  %-*s %-*s %-8s %-1s  ", widths.name, column->name, widths.type,
               type_text(column, &type), column->nullable ? "" : "not null",
               column->partition ? "p" : "");
        print_words(column->from);
        printf("\n");
    }
    printf("\n");
}

/* A cell ends at a '|', and a '\\' before it would escape the escape. */
static void print_cell(const char *words)
{
    CLEANUP(buffer_release) struct buffer cell = {0};
    for (; *words; words++) {
        if (*words == '|' || *words == '\\')
            buffer_append_char(&cell, '\\');
        buffer_append_char(&cell, *words == '\n' ? ' ' : *words);
    }
    print_words(buffer_text(&cell));
}

static void print_markdown(const struct model_table *table)
{
    CLEANUP(buffer_release) struct buffer type = {0};
    printf("**");
    print_head(table, "**", "; of several records wins: ", "; partitioned by ");
    printf("\n| column | type | null | from |\n|---|---|---|---|\n");
    for (size_t i = 0; i < table->column_count; i++) {
        const struct model_column *column = &table->columns[i];
        printf("| %s | %s%s | %s | ", column->name, type_text(column, &type),
               column->partition ? ", partition" : "", column->nullable ? "yes" : "no");
        print_cell(column->from);
        printf(" |\n");
    }
    printf("\n");
}

/* What the words before the colon of a column stand for. */
static void append_source(const struct model *model, size_t number, struct buffer *out)
{
    const struct model_source *source = &model->sources[number];
    if ((int)number == model->facts.source)
        buffer_appendf(out, "%ss: an event of %s", model->row_noun, source->folder);
    else
        buffer_appendf(out, "%s: a record of %s", source->name, source->folder);
    if (source->kept_field >= 0)
        buffer_appendf(out, " with %.*s = %.*s", STR_ARG(source->fields[source->kept_field].name),
                       STR_ARG(source->kept_value));
}

static void print_sources(const struct model *model)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    for (size_t i = 0; i < model->source_count; i++) {
        buffer_append_str(&text, i ? STR("; ") : STR(""));
        append_source(model, i, &text);
    }
    print_words(buffer_text(&text));
    printf(".\n");
}

/* ---- A model in a file ----------------------------------------------------------------------- */

static void print_known_source(const struct model_source *source)
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

static void print_known_table(const struct model_table *table)
{
    printf("  table   %s: one row for each %s, %zu %s", table->name, table->one_row_for,
           table->column_count, plural(table->column_count, "column", "columns"));
    printf("%s", table->partition_count ? ", by " : "");
    print_partitions(table);
    printf("\n");
}

static void print_model(const char *file, const struct model *model)
{
    printf("%s: the model '%s' is valid\n", file, model->name);
    for (size_t i = 0; i < model->source_count; i++)
        print_known_source(&model->sources[i]);
    for (size_t i = 0; i < model->table_count; i++)
        print_known_table(&model->tables[i]);
}

/* ---- The command ----------------------------------------------------------------------------- */

void cli_print_schema(const void *settings)
{
    const struct schema_settings *schema = settings;
    const struct model *model = schema->snapshot.model;
    if (schema->dialect != SQL_UNSET || schema->print_model) {
        fwrite(schema->sql.data, 1, schema->sql.len, stdout);
        return;
    }
    if (schema->check) {
        print_model(schema->check, model);
        return;
    }
    for (size_t table = 0; table < model->table_count; table++)
        (schema->markdown ? print_markdown : print_text)(&model->tables[table]);
    if (schema->markdown)
        return;
    printf("p: a partition; its value is in the path, not in the file.\n");
    print_sources(model);
    printf("Times are UTC, in microseconds.\n");
}
