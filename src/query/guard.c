/* The guard checks SQL of untrusted clients: one SELECT that reads the lake's tables and nothing
 * else. It is the first of three layers (the others are DuckDB's settings in worker.c, and
 * sandbox.c).
 *
 * DuckDB's own parser is used: json_serialize_sql returns the syntax tree of SELECTs, and refuses
 * all other statements. In the tree
 * - a table must be one of the lake's, or a name that WITH defines. Such a name must be a plain
 * word that no DuckDB table has, since where the definition is not visible, the name means another
 * table;
 * - a table function must be one of allowed_table_functions;
 * - a scalar function must not read anything but its arguments;
 * - a node that is neither an expression nor of a known kind is refused.
 * tests/system/test_query_guard.py checks the lists against all functions of the library. */
#include "guard.h"

#include "sql_position.h"

#include "query_session.h"

#include <ctype.h>
#include <jansson.h>
#include <strings.h>

static const char *const allowed_table_functions[] = {"range", "generate_series", "unnest", NULL};

/* Functions that read settings, variables, sequences or DuckDB's catalogue, parse SQL from a text,
 * write to a log, or wait. */
static const char *const refused_functions[] = {
    "current_setting",
    "getvariable",
    "getenv",
    "nextval",
    "currval",
    "setval", /* since DuckDB 2.0, as the next one */
    "index_key",
    "write_log",
    "sleep_ms",
    "stats",
    "current_query",
    "json_execute_serialized_sql",
    "json_serialize_plan",
    "json_serialize_sql",
    "json_deserialize_sql",
    "pg_get_constraintdef",
    "pg_get_viewdef",
    "format_type",
    "get_block_size",
    NULL,
};

/* Kinds of nodes that are not expressions; those have a "class", too. */
static const char *const allowed_nodes[] = {
    "SELECT_NODE",
    "SET_OPERATION_NODE",
    "RECURSIVE_CTE_NODE",
    "CTE_NODE",
    "EMPTY",
    "BASE_TABLE",
    "SUBQUERY",
    "JOIN",
    "SHOW_REF",
    "TABLE_FUNCTION",
    "EXPRESSION_LIST",
    "PIVOT",
    "ASCENDING",
    "ASC",
    "DESCENDING",
    "DESC",
    "ORDER_DEFAULT",
    NULL,
};
static const char *const allowed_endings[] = {"_MODIFIER", "_TYPE_INFO", NULL};

/* DuckDB has tables and views with such names in every database. */
static const char *const own_beginnings[] = {"duckdb_", "pragma_", "sqlite_", "pg_", NULL};

struct guard {
    const struct model *model; /* whose tables may be read */
    struct str sql;
    json_t *defined; /* names that WITH defines anywhere in the statement */
    struct error *error;
};

static bool is_among(const char *const *list, const char *name)
{
    while (*list && strcasecmp(*list, name) != 0)
        list++;
    return *list != NULL;
}

static const char *text_of(const json_t *node, const char *key)
{
    const char *text = json_string_value(json_object_get(node, key));
    return text ? text : "";
}

/* ---- Positions ------------------------------------------------------------------------------- */

/* Adds a hint in the form of DuckDB's own: the line with the position, and a caret below it. */
static enum status point_at(const struct guard *guard, double position)
{
    CLEANUP(buffer_release) struct buffer hint = {0};
    if (position < 0 || position > (double)guard->sql.len)
        return guard->error->status;
    sql_position_append_at(&hint, guard->sql, (size_t)position);
    return error_hint(guard->error, "%s", buffer_text(&hint));
}

static double position_of(const json_t *node)
{
    const json_t *location = json_object_get(node, "query_location");
    return location ? json_number_value(location) : -1;
}

/* ---- Names of WITH --------------------------------------------------------------------------- */

/* Names are compared in small letters. */
static const char *lower(struct buffer *out, const char *name)
{
    for (const char *c = name; *c; c++)
        buffer_append_char(out, (char)tolower((unsigned char)*c));
    return buffer_text(out);
}

static enum status define(struct guard *guard, const char *name)
{
    bool is_plain = name[0] != '\0';
    for (const char *c = name; *c; c++)
        is_plain = is_plain && (isalnum((unsigned char)*c) || *c == '_');
    for (const char *const *own = own_beginnings; *own; own++)
        is_plain = is_plain && strncasecmp(name, *own, strlen(*own)) != 0;
    CLEANUP(buffer_release) struct buffer key = {0};
    if (!is_plain) {
        error_set(guard->error, STATUS_FAILED, "WITH cannot define '%.100s' here", name);
        return error_hint(guard->error, "use a name of letters, digits and _ that is not one of "
                                        "DuckDB's own, such as duckdb_…");
    }
    json_object_set_new(guard->defined, lower(&key, name), json_true());
    return STATUS_OK;
}

static bool is_defined(const struct guard *guard, const char *name)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    return json_object_get(guard->defined, lower(&key, name)) != NULL;
}

static enum status collect_names(struct guard *guard, json_t *node)
{
    const char *key, *type = text_of(node, "type");
    json_t *value;
    size_t i;
    json_array_foreach(json_object_get(json_object_get(node, "cte_map"), "map"), i, value)
        TRY(define(guard, text_of(value, "key")));
    if (strcmp(type, "RECURSIVE_CTE_NODE") == 0 || strcmp(type, "CTE_NODE") == 0)
        TRY(define(guard, text_of(node, "cte_name")));
    json_object_foreach(node, key, value) TRY(collect_names(guard, value));
    json_array_foreach(node, i, value) TRY(collect_names(guard, value));
    return STATUS_OK;
}

/* ---- The tree -------------------------------------------------------------------------------- */

static enum status check_table(const struct guard *guard, const json_t *node)
{
    const char *name = text_of(node, "table_name");
    bool is_elsewhere = *text_of(node, "schema_name") || *text_of(node, "catalog_name");
    if (!is_elsewhere && (query_find_table(guard->model, name) >= 0 || is_defined(guard, name)))
        return STATUS_OK;
    error_set(guard->error, STATUS_FAILED, "there is no table '%.200s' here", name);
    return point_at(guard, position_of(node));
}

static enum status check_table_function(const struct guard *guard, const json_t *node)
{
    const json_t *function = json_object_get(node, "function");
    const char *name = text_of(function, "function_name");
    if (is_among(allowed_table_functions, name) && !*text_of(function, "schema") &&
        !*text_of(function, "catalog"))
        return STATUS_OK;
    error_set(guard->error, STATUS_FAILED, "the function '%.200s' cannot be used here",
              *name ? name : "(none)");
    return point_at(guard, position_of(node));
}

static enum status check_function(const struct guard *guard, const json_t *node)
{
    const char *name = text_of(node, "function_name");
    if (!is_among(refused_functions, name))
        return STATUS_OK;
    error_set(guard->error, STATUS_FAILED, "the function '%s' cannot be used here", name);
    return point_at(guard, position_of(node));
}

/* Allows SUMMARIZE and DESCRIBE of a query, not SHOW. */
static enum status check_show(const struct guard *guard, const json_t *node)
{
    if (json_is_object(json_object_get(node, "query")) && !*text_of(node, "table_name"))
        return STATUS_OK;
    return error_set(guard->error, STATUS_FAILED, "SHOW cannot be used here");
}

static bool is_known_node(const char *type)
{
    for (const char *const *ending = allowed_endings; *ending; ending++)
        if (str_ends_with(str_of(type), str_of(*ending)))
            return true;
    return is_among(allowed_nodes, type);
}

static enum status check_kind(const struct guard *guard, const json_t *node)
{
    const char *type = text_of(node, "type");
    if (*type && !json_object_get(node, "class") && !is_known_node(type)) {
        error_set(guard->error, STATUS_FAILED, "this kind of SQL cannot be used here: %s", type);
        return point_at(guard, position_of(node));
    }
    if (json_object_get(node, "function_name"))
        TRY(check_function(guard, node));
    if (strcmp(type, "BASE_TABLE") == 0)
        return check_table(guard, node);
    if (strcmp(type, "TABLE_FUNCTION") == 0)
        return check_table_function(guard, node);
    return strcmp(type, "SHOW_REF") == 0 ? check_show(guard, node) : STATUS_OK;
}

/* No deeper than jansson parses: 2,048. */
static enum status check_node(const struct guard *guard, json_t *node)
{
    const char *key;
    json_t *value;
    size_t i;
    if (json_is_object(node))
        TRY(check_kind(guard, node));
    json_object_foreach(node, key, value) TRY(check_node(guard, value));
    json_array_foreach(node, i, value) TRY(check_node(guard, value));
    return STATUS_OK;
}

/* ---- The statement --------------------------------------------------------------------------- */

static enum status not_parsed(const struct guard *guard, const json_t *root)
{
    const char *message = text_of(root, "error_message"), *position = text_of(root, "position");
    double at = -1;
    if (strcmp(text_of(root, "error_type"), "parser") != 0) {
        error_set(guard->error, STATUS_FAILED, "only SELECT can be used here");
        return error_hint(guard->error, "a query begins with SELECT, FROM or WITH");
    }
    if (str_starts_with(str_of(message),
                        STR("memory exhausted"))) /* limited by the parser's stack */
        return error_set(guard->error, STATUS_FAILED, "the SQL is nested too deeply");
    error_set(guard->error, STATUS_FAILED, "%s", *message ? message : "the SQL is wrong");
    sscanf(position, "%lf", &at);
    return point_at(guard, at);
}

static enum status check_tree(struct guard *guard, json_t *root)
{
    json_t *statements = json_object_get(root, "statements");
    if (!json_is_false(json_object_get(root, "error")))
        return not_parsed(guard, root);
    if (json_array_size(statements) != 1)
        return error_set(guard->error, STATUS_FAILED, "one SELECT at a time can be used here");
    TRY(collect_names(guard, statements));
    return check_node(guard, statements);
}

enum status guard_check_tree(const struct model *model, struct str sql, struct str tree,
                             struct error *error)
{
    struct guard guard = {.model = model, .sql = sql, .error = error};
    json_error_t reason;
    /* some numbers in it are beyond 63 bits */
    json_auto_t *root = json_loadb(tree.data, tree.len, JSON_DECODE_INT_AS_REAL, &reason);
    if (!root && json_error_code(&reason) == json_error_stack_overflow)
        return error_set(error, STATUS_FAILED, "the SQL is nested too deeply");
    if (!root)
        return error_set(error, STATUS_FAILED, "the SQL has a value that cannot be used here");
    guard.defined = json_object();
    enum status status = check_tree(&guard, root);
    json_decref(guard.defined);
    return status;
}

enum status query_guard(struct query_session *session, const struct model *model, struct str sql,
                        struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0}, tree = {0};
    CLEANUP(query_result_drop) struct query_result *result = NULL;
    const struct query_batch *batch;
    if (utf8_valid_prefix(sql.data, sql.len) != sql.len || memchr(sql.data, 0, sql.len))
        return error_set(error, STATUS_FAILED, "the SQL is not UTF-8");
    query_session_forget_dead(session);
    buffer_append_str(&text, STR("SELECT json_serialize_sql("));
    query_append_literal(&text, sql);
    buffer_append_str(&text, STR(")"));
    TRY(query_run(session, buffer_str(&text), &result, error));
    TRY(query_result_next(result, &batch, error));
    if (batch && batch->rows == 1 && !query_is_null(batch->columns, 0))
        buffer_append_str(&tree, query_string(batch->columns, 0));
    return guard_check_tree(model, sql, buffer_str(&tree), error);
}
