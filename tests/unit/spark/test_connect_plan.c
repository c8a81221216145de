/* connect_plan: which messages a relation, a command, a view and a write become, and in what order.
 */
#include "connect_private.h"

#include "unit.h"

static const char *const names[] = {"a", "b"};
static const char *const columns[] = {"a + 1 AS c"};
static const struct connect_metric metrics[] = {{"rows", "count(*)"}};
static const struct connect_pair options[] = {{"wholetext", "true"}};
static const char *const paths[] = {"s3a://bucket/in"};

/* Metrics are outside all else, then the computed columns, the filter, and the names. */
static void relations_nest(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    struct connect_relation relation = {
        .sql = "SELECT 1, 2",
        .names = names,
        .name_count = COUNT(names),
        .where = "a > 0",
        .columns = columns,
        .column_count = COUNT(columns),
        .metrics = metrics,
        .metric_count = COUNT(metrics),
    };
    const Connect__Plan *plan = connect_plan_query(&arena, &relation, "metrics of this one");
    assert_int_equal(plan->op_type_case, CONNECT__PLAN__OP_TYPE_ROOT);
    const Connect__CollectMetrics *collect = plan->root->collect_metrics;
    assert_string_equal(collect->name, "metrics of this one");
    assert_string_equal(collect->metrics[0]->expression_string->expression, "count(*) AS `rows`");
    const Connect__Project *project = collect->input->project;
    assert_int_equal(project->n_expressions, 1);
    assert_string_equal(project->expressions[0]->expression_string->expression, columns[0]);
    const Connect__Filter *filter = project->input->filter;
    assert_string_equal(filter->condition->expression_string->expression, "a > 0");
    const Connect__ToDF *to_df = filter->input->to_df;
    assert_int_equal(to_df->n_column_names, 2);
    assert_string_equal(to_df->column_names[1], "b");
    assert_string_equal(to_df->input->sql->query, "SELECT 1, 2");
}

/* What the metrics alone need is outside of them. */
static void what_metrics_need_is_dropped(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    struct connect_relation relation = {.sql = "SELECT 1 AS a, 2 AS b",
                                        .metrics = metrics,
                                        .metric_count = COUNT(metrics),
                                        .dropped = "b"};
    const Connect__Plan *plan = connect_plan_query(&arena, &relation, "metrics of this one");
    const Connect__Drop *drop = plan->root->drop;
    assert_int_equal(plan->root->rel_type_case, CONNECT__RELATION__REL_TYPE_DROP);
    assert_int_equal(drop->n_column_names, 1);
    assert_string_equal(drop->column_names[0], "b");
    assert_string_equal(drop->input->collect_metrics->input->sql->query, relation.sql);
}

static void a_plain_query_is_sql_alone(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    struct connect_relation relation = {.sql = "SELECT 1"};
    const Connect__Plan *plan = connect_plan_query(&arena, &relation, NULL);
    assert_int_equal(plan->root->rel_type_case, CONNECT__RELATION__REL_TYPE_SQL);
}

static void sources_become_reads(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    struct connect_source source = {
        .format = "text",
        .options = options,
        .option_count = COUNT(options),
        .paths = paths,
        .path_count = COUNT(paths),
    };
    struct connect_relation relation = {.source = &source};
    const Connect__Plan *plan = connect_plan_view(&arena, "view", &relation);
    const Connect__CreateDataFrameViewCommand *view = plan->command->create_dataframe_view;
    assert_string_equal(view->name, "view");
    assert_true(view->has_replace && view->replace);
    const Connect__Read__DataSource *data = view->input->read->data_source;
    assert_string_equal(data->format, "text");
    assert_null(data->schema);
    assert_string_equal(data->options[0]->key, "wholetext");
    assert_string_equal(data->options[0]->value, "true");
    assert_string_equal(data->paths[0], paths[0]);
}

static void commands_and_writes(void **state)
{
    (void)state;
    CLEANUP(arena_release) struct arena arena = {0};
    const Connect__Plan *plan = connect_plan_command(&arena, "SET a = b");
    assert_string_equal(plan->command->sql_command->input->sql->query, "SET a = b");
    struct connect_write write = {
        .input = {.sql = "SELECT 1"},
        .format = "parquet",
        .path = "/tmp/out",
        .partitions = names,
        .partition_count = COUNT(names),
    };
    plan = connect_plan_write(&arena, &write, NULL);
    const Connect__WriteOperation *operation = plan->command->write_operation;
    assert_string_equal(operation->path, "/tmp/out");
    assert_int_equal(operation->mode,
                     CONNECT__WRITE_OPERATION__SAVE_MODE__SAVE_MODE_ERROR_IF_EXISTS);
    assert_string_equal(operation->partitioning_columns[0], "a");
    assert_string_equal(operation->input->sql->query, "SELECT 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relations_nest),
        cmocka_unit_test(what_metrics_need_is_dropped),
        cmocka_unit_test(a_plain_query_is_sql_alone),
        cmocka_unit_test(sources_become_reads),
        cmocka_unit_test(commands_and_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
