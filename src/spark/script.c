/* script: writes the whole job as a commented script for Spark's SQL shell, for people to read. */
#include <spark.h>

#include "hadoop.h"
#include "sql_private.h"

static void append_settings(struct buffer *out)
{
    buffer_append_str(out, STR("-- Settings of the session.\n"));
    for (size_t i = 0; i < spark_sql_setting_count; i++)
        buffer_appendf(out, "SET %s = %s; -- %s\n", spark_sql_settings[i].key,
                       spark_sql_settings[i].value, spark_sql_settings[i].why);
    buffer_append_char(out, '\n');
}

static void append_view(struct buffer *out, const struct store *in,
                        const struct model_source *source)
{
    const struct spark_input input = spark_input_of(source);
    CLEANUP(buffer_release) struct buffer url = {0};
    hadoop_url(&url, in, source->folder, HADOOP_READ);
    buffer_appendf(out,
                   "-- The text of the %s.\n"
                   "CREATE OR REPLACE TEMPORARY VIEW %s USING text OPTIONS (\n  path ",
                   source->name, input.view);
    sql_append_text(out, buffer_str(&url));
    for (size_t i = 0; i < input.option_count; i++) {
        buffer_appendf(out, ",\n  %s ", input.options[i].key);
        sql_append_text(out, str_of(input.options[i].value));
    }
    buffer_append_str(out, STR("\n);\n\n"));
}

static void append_statement(struct buffer *out, const struct spark_statement *statement)
{
    buffer_appendf(out, "%s;\n\n", statement->sql);
}

enum status spark_script(const struct run_options *options, struct buffer *out, struct error *error)
{
    const struct model *model = run_options_model(options);
    struct store *in = NULL;
    TRY(s3_store_open(options->input, STORE_USE_INPUT, &options->stores[STORE_INPUT], &in, error));
    append_settings(out);
    for (int source = 0; source < (int)model->source_count; source++)
        append_view(out, in, &model->sources[source]);
    struct spark_sql *sql = spark_sql_new(model, &(struct spark_sql_options){0});
    for (size_t i = 0; i < sql->prepare.count; i++)
        append_statement(out, &sql->prepare.all[i]);
    append_statement(out, &sql->counts);
    append_statement(out, &sql->rejects);
    for (int table = 0; table < (int)model->all_count; table++)
        if (sql->tables[table].sql)
            append_statement(out, &sql->tables[table]);
    for (size_t i = 0; i < sql->finish.count; i++)
        append_statement(out, &sql->finish.all[i]);
    spark_sql_free(sql);
    store_free(in);
    return STATUS_OK;
}
