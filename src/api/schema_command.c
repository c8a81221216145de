/* sparkify schema: the tables, and where each column comes from; models as files. */
#include "schema_sql.h"
#include <commands.h>
#include <document.h>
#include <model_file.h>
#include <model_parse.h>

#include <inttypes.h>
#include <stdio.h>

static json_t *columns_json(const struct model_table *table)
{
    json_t *columns = json_array();
    for (size_t i = 0; i < table->column_count; i++) {
        const struct model_column *column = &table->columns[i];
        json_array_append_new(columns, json_pack("{ss ss sb sb ss}", "name", column->name, "type",
                                                 model_type_name(column->type), "nullable",
                                                 (int)column->nullable, "partition",
                                                 (int)column->partition, "from", column->from));
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
                              json_pack("{ss ss so so so}", "name", table->name, "one_row_for",
                                        table->one_row_for, "winner", document_text(table->winner),
                                        "partitions", partitions, "columns", columns_json(table)));
    }
    return tables;
}

static json_t *schema_json(struct schema_settings *schema, const struct model *model)
{
    char hash[17];
    json_t *document = json_pack("{so}", "tables", tables_json(model));
    snprintf(hash, sizeof hash, "%016" PRIx64, model_hash(model));
    json_object_set_new(document, "model", json_pack("{ss ss}", "name", model->name, "hash", hash));
    if (schema->print_model)
        json_object_set_new(document, "yaml", document_text(buffer_text(&schema->sql)));
    return document;
}

/* ---- The command ----------------------------------------------------------------------------- */

/* The tables are the same in every lake: a lake is needed for --sql only. */
static enum status refuse_lake(const struct schema_settings *schema, struct error *error)
{
    const struct option *given = options_find_given(&schema->common, stores_lake_options);
    if (!given)
        given = options_find_given(&schema->common, stores_options);
    if (given)
        return error_set(error, STATUS_USAGE, "--%s needs --sql", given->name);
    if (schema->stores.lake)
        return error_set(error, STATUS_USAGE, "schema takes a lake ('%s') only with --sql",
                         schema->stores.lake);
    return STATUS_OK;
}

static enum status make_sql(struct schema_settings *schema, struct error *error)
{
    TRY(stores_resolve_lake(&schema->stores, error));
    TRY(schema_sql_append(&schema->stores, schema->dialect, &schema->sql, error));
    if (schema->common.wants_document)
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

/* The tables of the built-in model, or of the file to check. */
static enum status describe_model(struct schema_settings *schema, struct error *error)
{
    TRY(refuse_lake(schema, error));
    if (schema->check)
        TRY(model_file_read(schema->check, &schema->model, error));
    const struct model *model = schema->model ? schema->model : model_builtin();
    if (schema->print_model)
        model_print(model, true, &schema->sql);
    if (schema->common.wants_document)
        schema->common.document = schema_json(schema, model);
    return STATUS_OK;
}

static enum status run_schema(void *settings, struct error *error)
{
    struct schema_settings *schema = settings;
    TRY(refuse_two_forms(schema, error));
    TRY(schema->dialect != SQL_UNSET ? make_sql(schema, error) : describe_model(schema, error));
    schema->common.has_result = true;
    return STATUS_OK;
}

static void release(void *settings)
{
    struct schema_settings *schema = settings;
    buffer_release(&schema->sql);
    model_free(schema->model);
    stores_release(&schema->stores);
}

static void set_defaults(void *settings)
{
    struct schema_settings *schema = settings;
    stores_set_defaults(&schema->stores, &schema->common);
}

static const struct option schema_options[] = {
    {"markdown", NULL, "as tables in Markdown", NULL, offsetof(struct schema_settings, markdown)},
    {"check", "FILE",
     "judge a model in a file: what it has, or with its line what is\n"
     "wrong and what to write",
     option_parse_text, offsetof(struct schema_settings, check), .on_command_line_alone = true},
    {"print-model", NULL,
     "print the built-in model as a file, or that of --check in the\n"
     "form in which equal models are the same text",
     NULL, offsetof(struct schema_settings, print_model), .on_command_line_alone = true},
    {"sql", "ENGINE",
     "print the statements that make the tables of LAKE known to\n"
     "athena, duckdb, redshift, spark or trino",
     NULL, offsetof(struct schema_settings, dialect), sql_dialect_words},
    {NULL},
};

const struct command schema_command = {
    .name = "schema",
    .operand = "[LAKE]",
    .summary = "the tables, and where each column comes from",
    .text =
        "Prints the five tables with their columns, types, partitions and keys, and where each\n"
        "column comes from. With --sql and a lake: the statements by which another engine\n"
        "finds its tables. With --check: whether a file is a model (docs/model-file.md).",
    .examples = "  sparkify schema\n"
                "  sparkify schema s3://my-lake --sql athena\n"
                "  sparkify schema lake --sql duckdb\n"
                "  sparkify schema --print-model > model.yaml\n"
                "  sparkify schema --check model.yaml\n",
    .options = schema_options,
    .shared = {{"where the lake is", stores_lake_options, offsetof(struct schema_settings, stores)},
               {"in S3", stores_options, offsetof(struct schema_settings, stores)}},
    .settings_size = sizeof(struct schema_settings),
    .operand_offset = offsetof(struct schema_settings, stores.lake),
    .defaults = set_defaults,
    .run = run_schema,
    .release = release,
};
