/* sparkify schema: the tables, and where each column comes from; models as files. */
#include "schema_sql.h"
#include <commands.h>
#include <document.h>
#include <model_parse.h>

#include <inttypes.h>

void schema_append_type(const struct model_column *column, struct buffer *out)
{
    buffer_append_str(out, str_of(model_type_name(column->type)));
    if (column->type == MODEL_DECIMAL)
        buffer_appendf(out, "(%d,%d)", column->precision, column->scale);
}

static json_t *columns_json(const struct model_table *table)
{
    json_t *columns = json_array();
    for (size_t i = 0; i < table->column_count; i++) {
        const struct model_column *column = &table->columns[i];
        CLEANUP(buffer_release) struct buffer type = {0};
        schema_append_type(column, &type);
        json_array_append_new(
            columns, json_pack("{ss ss sb sb so}", "name", column->name, "type", buffer_text(&type),
                               "nullable", (int)column->nullable, "partition",
                               (int)column->partition, "from", document_text(column->from)));
    }
    return columns;
}

static json_t *tables_json(const struct model *model)
{
    json_t *tables = json_array();
    for (size_t i = 0; i < model->table_count; i++) {
        const struct model_table *table = &model->tables[i];
        json_t *partitions = json_array();
        for (size_t j = 0; j < table->partition_count; j++)
            json_array_append_new(partitions,
                                  json_string(table->columns[table->partitions[j]].name));
        json_array_append_new(tables,
                              json_pack("{ss so so so so}", "name", table->name, "one_row_for",
                                        document_text(table->one_row_for), "winner",
                                        document_text(table->winner), "partitions", partitions,
                                        "columns", columns_json(table)));
    }
    return tables;
}

static json_t *schema_json(struct schema_settings *schema)
{
    const struct model *model = schema->snapshot.model;
    char hash[17];
    json_t *document = json_pack("{so}", "tables", tables_json(model));
    snprintf(hash, sizeof hash, "%016" PRIx64, model_hash(model));
    json_object_set_new(document, "model",
                        json_pack("{so ss}", "name", document_text(model->name), "hash", hash));
    if (schema->print_model)
        json_object_set_new(document, "yaml", document_text(buffer_text(&schema->sql)));
    return document;
}

/* ---- Whose tables ---------------------------------------------------------------------------- */

/* Whether the command line names a lake: for the tables alone, other places do not count, so that
 * the built-in model can be shown in any folder. */
static bool is_lake_named(const struct schema_settings *schema)
{
    return schema->stores.lake || options_find_given(&schema->common, stores_lake_options);
}

static enum status read_lake(struct schema_settings *schema, struct error *error)
{
    CLEANUP(store_drop) struct store *store = NULL;
    TRY(stores_open_resolved(&schema->stores, &store, error));
    return lake_snapshot_read(store, -1, &schema->snapshot, error);
}

/* The model of a file, of the lake, or the built-in one. */
static enum status read_model(struct schema_settings *schema, bool has_lake, struct error *error)
{
    const char *file = schema->check ? schema->check : schema->model_file;
    struct lake_snapshot *snapshot = &schema->snapshot;
    if (!file && has_lake)
        return read_lake(schema, error);
    if (file)
        TRY(model_load(file, &snapshot->own_model, error));
    snapshot->model = file ? snapshot->own_model : model_builtin();
    return STATUS_OK;
}

/* Two places that say which tables are meant. */
static enum status refuse_two_models(const struct schema_settings *schema, struct error *error)
{
    const char *file = schema->check ? "--check" : schema->model_file ? "--model" : NULL;
    const struct option *access = options_find_given(&schema->common, stores_options);
    bool has_lake = is_lake_named(schema), has_sql = schema->dialect != SQL_UNSET;
    if (schema->check && schema->model_file)
        return error_set(error, STATUS_USAGE, "--check and --model exclude each other");
    if (file && has_lake && !has_sql)
        return error_set(error, STATUS_USAGE,
                         "%s and a lake both say which tables are meant: give one of them", file);
    if (access && !has_lake && !has_sql)
        return error_set(error, STATUS_USAGE, "--%s needs a lake", access->name);
    if (schema->model_file && schema->dialect == SQL_REDSHIFT)
        return error_set(error, STATUS_USAGE,
                         "--model does not say which partitions a lake has, which redshift needs: "
                         "leave it out, and the lake is read");
    return STATUS_OK;
}

/* ---- The command ----------------------------------------------------------------------------- */

static enum status make_sql(struct schema_settings *schema, struct error *error)
{
    CLEANUP(buffer_release) struct buffer root = {0};
    TRY(stores_resolve_lake(&schema->stores, error));
    TRY(schema_sql_root(&schema->stores, schema->dialect, &root, error));
    TRY(read_model(schema, true, error));
    TRY(schema_sql_append(&schema->snapshot, buffer_str(&root), schema->dialect, &schema->sql,
                          error));
    schema->common.document = json_pack("{so so}", "lake", document_text(schema->stores.output),
                                        "sql", document_text(buffer_text(&schema->sql)));
    return STATUS_OK;
}

/* Forms of the output of which one can be asked for. */
static enum status refuse_two_forms(const struct schema_settings *schema, struct error *error)
{
    bool has_sql = schema->dialect != SQL_UNSET;
    const char *model = schema->check ? "--check" : schema->print_model ? "--print-model" : NULL;
    if (schema->common.json && schema->markdown)
        return error_set(error, STATUS_USAGE, "--json and --markdown exclude each other");
    if (has_sql && schema->markdown)
        return error_set(error, STATUS_USAGE, "--sql and --markdown exclude each other");
    if (model && (has_sql || schema->markdown))
        return error_set(error, STATUS_USAGE, "%s and %s exclude each other", model,
                         has_sql ? "--sql" : "--markdown");
    return STATUS_OK;
}

static enum status describe_model(struct schema_settings *schema, struct error *error)
{
    bool has_lake = is_lake_named(schema);
    if (has_lake)
        TRY(stores_resolve_lake(&schema->stores, error));
    TRY(read_model(schema, has_lake, error));
    if (schema->print_model)
        model_print(schema->snapshot.model, true, &schema->sql);
    schema->common.document = schema_json(schema);
    return STATUS_OK;
}

static enum status run_schema(void *settings, struct error *error)
{
    struct schema_settings *schema = settings;
    TRY(refuse_two_forms(schema, error));
    TRY(refuse_two_models(schema, error));
    TRY(schema->dialect != SQL_UNSET ? make_sql(schema, error) : describe_model(schema, error));
    schema->common.has_result = true;
    return STATUS_OK;
}

static void release(void *settings)
{
    struct schema_settings *schema = settings;
    buffer_release(&schema->sql);
    lake_snapshot_release(&schema->snapshot);
}

#define OFFSET(member) offsetof(struct schema_settings, member)

static const struct option schema_options[] = {
    {"markdown", NULL, "as tables in Markdown", NULL, OFFSET(markdown)},
    {"model", "FILE", "show the tables of the model in this file", option_parse_text,
     OFFSET(model_file), .on_command_line_alone = true},
    {"check", "FILE",
     "judge a model in a file: what it has, or with its line what is\n"
     "wrong and what to write",
     option_parse_text, OFFSET(check), .on_command_line_alone = true},
    {"print-model", NULL,
     "print the model as a file, in the form in which equal models\n"
     "are the same text",
     NULL, OFFSET(print_model), .on_command_line_alone = true},
    {"sql", "ENGINE",
     "print the statements that make the tables of LAKE known to\n"
     "athena, duckdb, redshift, spark or trino",
     NULL, OFFSET(dialect), sql_dialect_words},
    {NULL},
};

const struct command schema_command = {
    .name = "schema",
    .operand = "[LAKE]",
    .summary = "the tables, and where each column comes from",
    .options = schema_options,
    .shared = {STORES_LAKE_GROUPS(OFFSET(stores))},
    .stores_offset = OFFSET(stores),
    .settings_size = sizeof(struct schema_settings),
    .operand_offset = OFFSET(stores.lake),
    .run = run_schema,
    .release = release,
};
