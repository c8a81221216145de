/* Views of files of a table, with the columns of the model. */
#include "session.h"

#include "hadoop.h"
#include "sql.h"

/* The columns with the model's types, which Spark would otherwise infer: for partition columns,
 * from the paths. */
static const char *schema_of(const struct model_table *table, struct arena *arena)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    for (size_t i = 0; i < table->column_count; i++) {
        buffer_appendf(&text, "%s`%s` ", i ? ", " : "", table->columns[i].name);
        spark_sql_append_type(&text, &table->columns[i]);
    }
    return arena_text(arena, buffer_str(&text));
}

static const char *const *columns_of(const struct model_table *table, struct arena *arena)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    const char **columns = arena_alloc(arena, table->column_count * sizeof *columns);
    for (size_t i = 0; i < table->column_count; i++) {
        buffer_reset(&text);
        const char *name = table->columns[i].name;
        const char *form = table->columns[i].empty_is_null ? "nullif(`%s`, '') AS `%s`" : "`%s`";
        buffer_appendf(&text, form, name, name);
        columns[i] = arena_text(arena, buffer_str(&text));
    }
    return columns;
}

static const char *empty_table(const struct model_table *table, struct arena *arena)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    buffer_appendf(&text, "SELECT no.* FROM (SELECT from_json('', '%s') AS no) WHERE false",
                   schema_of(table, arena));
    return arena_text(arena, buffer_str(&text));
}

/* The columns of the view are expressions (even if they are plain columns), so that nothing can be
 * inserted into the view. */
enum status lake_view_make(struct connect_session *session, const struct store *lake,
                           const struct spark_view *view, struct error *error)
{
    const struct model_table *table = view->files_of;
    CLEANUP(arena_release) struct arena arena = {0};
    CLEANUP(buffer_release) struct buffer folder = {0};
    const char **paths = arena_alloc(&arena, (view->count + 1) * sizeof *paths);
    for (size_t i = 0; i < view->count; i++)
        paths[i] = hadoop_read_url(&arena, lake, view->keys[i]);
    hadoop_url(&folder, lake, table->folder, HADOOP_WRITE);
    const struct connect_pair base = {"basePath", buffer_text(&folder)};
    struct connect_source source = {
        .format = "parquet",
        .schema = schema_of(table, &arena),
        .options = &base,
        .option_count = table->partition_count ? 1 : 0,
        .paths = paths,
        .path_count = view->count,
    };
    struct connect_relation relation = {
        .source = &source,
        .where = view->where,
        .columns = columns_of(table, &arena),
        .column_count = table->column_count,
    };
    if (view->count == 0)
        relation = (struct connect_relation){.sql = empty_table(table, &arena)};
    if (connect_create_view(session, view->name, &relation, error) == STATUS_OK)
        return STATUS_OK;
    error_wrap(error, "Spark cannot read %s", view->name);
    return hadoop_explain(lake, error);
}
