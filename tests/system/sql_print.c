/* Prints what the Spark engine asks of Spark as one JSON object, for test_spark_sql.py. */
#include <sql.h>

#include <stdio.h>

#include <jansson.h>

static json_t *statement_json(const struct spark_statement *statement)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "name", statement->name, "purpose", statement->purpose,
                     "sql", statement->sql, "order", statement->order);
}

static json_t *statements_json(const struct spark_statement *statements, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, statement_json(&statements[i]));
    return array;
}

static json_t *pairs_json(const struct spark_pair *pairs, size_t count)
{
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++)
        json_object_set_new(object, pairs[i].key, json_string(pairs[i].value));
    return object;
}

static json_t *inputs_json(void)
{
    json_t *array = json_array();
    for (int source = 0; source < (int)model_builtin()->source_count; source++) {
        const struct model_source *model = &model_builtin()->sources[source];
        struct spark_input input = spark_input_of(model);
        json_t *options = pairs_json(input.options, input.option_count);
        json_array_append_new(array,
                              json_pack("{s:s, s:s, s:s, s:o}", "view", input.view, "format",
                                        "text", "folder", model->folder, "options", options));
    }
    return array;
}

int main(void)
{
    struct spark_sql *sql = spark_sql_new(model_builtin(), &(struct spark_sql_options){0});
    json_t *all =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "inputs", inputs_json(), "settings",
                  pairs_json(spark_sql_settings, spark_sql_setting_count), "prepare",
                  statements_json(sql->prepare.all, sql->prepare.count), "tables",
                  statements_json(sql->tables, (int)model_builtin()->table_count), "counts",
                  statement_json(&sql->counts), "rejects", statement_json(&sql->rejects), "finish",
                  statements_json(sql->finish.all, sql->finish.count));
    spark_sql_free(sql);
    bool printed = json_dumpf(all, stdout, JSON_INDENT(2)) == 0;
    json_decref(all);
    return printed ? 0 : 1;
}
