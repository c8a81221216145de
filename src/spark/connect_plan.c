/* connect_plan: builds plans from relations, commands and writes (relations.proto, commands.proto).
 */
#include "connect_private.h"

static void *new_message(struct arena *arena, const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *message = arena_alloc(arena, type->sizeof_message);
    protobuf_c_message_init(type, message);
    return message;
}

#define NEW(arena, type) new_message(arena, &connect__##type##__descriptor)

static Connect__MapEntry **make_entries(struct arena *arena, const struct connect_pair *pairs,
                                        size_t count)
{
    Connect__MapEntry **entries = arena_alloc(arena, count * sizeof *entries);
    for (size_t i = 0; i < count; i++) {
        entries[i] = NEW(arena, map_entry);
        entries[i]->key = connect_borrow(pairs[i].key);
        entries[i]->value = connect_borrow(pairs[i].value);
    }
    return entries;
}

static char **make_strings(struct arena *arena, const char *const *strings, size_t count)
{
    char **made = arena_alloc(arena, count * sizeof *made);
    for (size_t i = 0; i < count; i++)
        made[i] = connect_borrow(strings[i]);
    return made;
}

/* ---- Relations ------------------------------------------------------------------------------- */

/* A relation of this type, which `of` is: the pointers of all types share their place. */
static Connect__Relation *make_of(struct arena *arena, Connect__Relation__RelTypeCase type,
                                  void *of)
{
    Connect__Relation *relation = NEW(arena, relation);
    relation->rel_type_case = type;
    relation->sql = of;
    return relation;
}

static Connect__Relation *make_sql(struct arena *arena, const char *query)
{
    Connect__SQL *sql = NEW(arena, sql);
    sql->query = connect_borrow(query);
    return make_of(arena, CONNECT__RELATION__REL_TYPE_SQL, sql);
}

static Connect__Relation *make_read(struct arena *arena, const struct connect_source *source)
{
    Connect__Read *read = NEW(arena, read);
    Connect__Read__DataSource *data = NEW(arena, read__data_source);
    read->data_source = data;
    data->format = connect_borrow(source->format);
    data->schema = connect_borrow(source->schema);
    data->n_options = source->option_count;
    data->options = make_entries(arena, source->options, source->option_count);
    data->n_paths = source->path_count;
    data->paths = make_strings(arena, source->paths, source->path_count);
    return make_of(arena, CONNECT__RELATION__REL_TYPE_READ, read);
}

static Connect__Expression *make_expression(struct arena *arena, const char *text)
{
    Connect__Expression *expression = NEW(arena, expression);
    expression->expression_string = NEW(arena, expression__expression_string);
    expression->expression_string->expression = connect_borrow(text);
    return expression;
}

static Connect__Expression *make_metric(struct arena *arena, const struct connect_metric *metric)
{
    size_t size = strlen(metric->expression) + strlen(metric->name) + 8;
    char *text = arena_alloc(arena, size);
    snprintf(text, size, "%s AS `%s`", metric->expression, metric->name);
    return make_expression(arena, text);
}

static Connect__Relation *make_names(struct arena *arena, Connect__Relation *input,
                                     const struct connect_relation *from)
{
    Connect__ToDF *to_df = NEW(arena, to_df);
    to_df->input = input;
    to_df->n_column_names = from->name_count;
    to_df->column_names = make_strings(arena, from->names, from->name_count);
    return make_of(arena, CONNECT__RELATION__REL_TYPE_TO_DF, to_df);
}

static Connect__Relation *make_filter(struct arena *arena, Connect__Relation *input,
                                      const char *where)
{
    Connect__Filter *filter = NEW(arena, filter);
    filter->input = input;
    filter->condition = make_expression(arena, where);
    return make_of(arena, CONNECT__RELATION__REL_TYPE_FILTER, filter);
}

static Connect__Relation *make_project(struct arena *arena, Connect__Relation *input,
                                       const struct connect_relation *from)
{
    Connect__Project *project = NEW(arena, project);
    project->input = input;
    project->n_expressions = from->column_count;
    project->expressions = arena_alloc(arena, from->column_count * sizeof *project->expressions);
    for (size_t i = 0; i < from->column_count; i++)
        project->expressions[i] = make_expression(arena, from->columns[i]);
    return make_of(arena, CONNECT__RELATION__REL_TYPE_PROJECT, project);
}

/* Observed metrics are sent to all operations of the session that use the same name, so the name
 * must be unique. */
static Connect__Relation *make_metrics(struct arena *arena, Connect__Relation *input,
                                       const struct connect_relation *from, const char *name)
{
    Connect__CollectMetrics *collect = NEW(arena, collect_metrics);
    Connect__Relation *relation =
        make_of(arena, CONNECT__RELATION__REL_TYPE_COLLECT_METRICS, collect);
    relation->common = NEW(arena, relation_common);
    relation->common->has_plan_id = true;
    relation->common->plan_id = 1;
    collect->input = input;
    collect->name = connect_borrow(name);
    collect->n_metrics = from->metric_count;
    collect->metrics = arena_alloc(arena, from->metric_count * sizeof *collect->metrics);
    for (size_t i = 0; i < from->metric_count; i++)
        collect->metrics[i] = make_metric(arena, &from->metrics[i]);
    return relation;
}

static Connect__Relation *make_drop(struct arena *arena, Connect__Relation *input,
                                    const char *const *name)
{
    Connect__Drop *drop = NEW(arena, drop);
    drop->input = input;
    drop->n_column_names = 1;
    drop->column_names = make_strings(arena, name, 1);
    return make_of(arena, CONNECT__RELATION__REL_TYPE_DROP, drop);
}

static Connect__Relation *make_relation(struct arena *arena,
                                        const struct connect_relation *relation,
                                        const char *metrics_name)
{
    Connect__Relation *made =
        relation->sql ? make_sql(arena, relation->sql) : make_read(arena, relation->source);
    if (relation->name_count)
        made = make_names(arena, made, relation);
    if (relation->where)
        made = make_filter(arena, made, relation->where);
    if (relation->column_count)
        made = make_project(arena, made, relation);
    if (relation->metric_count)
        made = make_metrics(arena, made, relation, metrics_name);
    return relation->dropped ? make_drop(arena, made, &relation->dropped) : made;
}

/* ---- Plans ----------------------------------------------------------------------------------- */

/* The plan of a command of this type, which `of` is. */
static Connect__Plan *make_command(struct arena *arena, Connect__Command__CommandTypeCase type,
                                   void *of)
{
    Connect__Plan *plan = NEW(arena, plan);
    plan->op_type_case = CONNECT__PLAN__OP_TYPE_COMMAND;
    plan->command = NEW(arena, command);
    plan->command->command_type_case = type;
    plan->command->sql_command = of;
    return plan;
}

Connect__Plan *connect_plan_query(struct arena *arena, const struct connect_relation *relation,
                                  const char *metrics_name)
{
    Connect__Plan *plan = NEW(arena, plan);
    plan->op_type_case = CONNECT__PLAN__OP_TYPE_ROOT;
    plan->root = make_relation(arena, relation, metrics_name);
    return plan;
}

Connect__Plan *connect_plan_command(struct arena *arena, const char *sql)
{
    Connect__SqlCommand *command = NEW(arena, sql_command);
    command->input = make_sql(arena, sql);
    return make_command(arena, CONNECT__COMMAND__COMMAND_TYPE_SQL_COMMAND, command);
}

Connect__Plan *connect_plan_view(struct arena *arena, const char *name,
                                 const struct connect_relation *relation)
{
    Connect__CreateDataFrameViewCommand *view = NEW(arena, create_data_frame_view_command);
    view->input = make_relation(arena, relation, NULL);
    view->name = connect_borrow(name);
    view->has_replace = view->replace = true;
    return make_command(arena, CONNECT__COMMAND__COMMAND_TYPE_CREATE_DATAFRAME_VIEW, view);
}

Connect__Plan *connect_plan_write(struct arena *arena, const struct connect_write *write,
                                  const char *metrics_name)
{
    Connect__WriteOperation *operation = NEW(arena, write_operation);
    operation->input = make_relation(arena, &write->input, metrics_name);
    operation->source = connect_borrow(write->format);
    operation->path = connect_borrow(write->path);
    operation->has_mode = true;
    operation->mode = CONNECT__WRITE_OPERATION__SAVE_MODE__SAVE_MODE_ERROR_IF_EXISTS;
    operation->n_partitioning_columns = write->partition_count;
    operation->partitioning_columns =
        make_strings(arena, write->partitions, write->partition_count);
    operation->n_options = write->option_count;
    operation->options = make_entries(arena, write->options, write->option_count);
    return make_command(arena, CONNECT__COMMAND__COMMAND_TYPE_WRITE_OPERATION, operation);
}
