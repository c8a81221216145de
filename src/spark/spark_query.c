/* spark_query: queries over a lake on a cluster: tables as views of the files of one version, and
 * statements whose rows have types that arrow.h reads.
 *
 * Spark converts values of other types: nested ones by to_json, intervals and all others by CAST to
 * STRING. The statement itself stays as the user wrote it, so that the positions in errors are
 * positions in the user's text:
 *
 *      Project [c0, to_json(c1) AS c1]  ─  ToDF [c0, c1]  ─  SQL "…"
 */
#include <spark.h>

#include "session.h"
#include "sql.h"

#include <strings.h>

struct spark_session {
    const struct store *lake;
    struct connect_session *connect;
};

/* ---- The session ----------------------------------------------------------------------------- */

/* Spark's default would shuffle a few rows in 200 tasks. */
static enum status set_partitions(struct spark_session *session, struct error *error)
{
    static const struct connect_pair pairs[] = {
        {"spark.sql.shuffle.partitions", "2"},
        {"spark.sql.legacy.storeAnalyzedPlanForView", "false"},
    };
    return connect_set(session->connect, pairs, ARRAY_LENGTH(pairs), error);
}

enum status spark_open(const struct spark_options *options, struct spark_session **out,
                       struct error *error)
{
    struct run_options run = {
        .version = options->version,
        .spark = options->address,
        .spark_plain_keys = options->plain_keys,
        .ca_file = options->ca_file,
    };
    run.stores[STORE_INPUT].connections = options->connections;
    struct spark_session *session = mem_zalloc(sizeof *session);
    session->lake = options->lake;
    enum status status =
        spark_session_open(&run, options->lake, NULL, options->cancel, &session->connect, error);
    if (status == STATUS_OK)
        status = set_partitions(session, error);
    if (status == STATUS_OK)
        *out = session;
    else
        spark_close(session);
    return status;
}

void spark_close(struct spark_session *session)
{
    if (!session)
        return;
    if (session->connect)
        connect_clear_up(session->connect);
    connect_close(session->connect);
    mem_free(session);
}

/* ---- Views ----------------------------------------------------------------------------------- */

enum status spark_make_view(struct spark_session *session, const struct spark_view *view,
                            struct error *error)
{
    return lake_view_make(session->connect, session->lake, view, error);
}

/* ---- Statements ------------------------------------------------------------------------------ */

/* The first word of the statement, after comments and parentheses. */
static struct str first_word(struct str sql)
{
    size_t at = 0, end;
    while (at < sql.len) {
        if (strchr(" \t\r\n\f\v(", sql.data[at])) {
            at++;
        } else if (sql.len - at >= 2 && memcmp(sql.data + at, "--", 2) == 0) {
            while (at < sql.len && sql.data[at] != '\n')
                at++;
        } else if (sql.len - at >= 2 && memcmp(sql.data + at, "/*", 2) == 0) {
            const char *close = memmem(sql.data + at + 2, sql.len - at - 2, "*/", 2);
            at = close ? (size_t)(close + 2 - sql.data) : sql.len;
        } else {
            break;
        }
    }
    for (end = at;
         end < sql.len && ((sql.data[end] | 0x20) >= 'a' && (sql.data[end] | 0x20) <= 'z'); end++)
        ;
    return (struct str){sql.data + at, end - at};
}

/* Whether the columns may be asked for before the statement is run: asking for those of other
 * statements, such as SET, would run them; their columns need no conversion. */
static bool is_query(struct str sql)
{
    static const char *const words[] = {"SELECT", "WITH", "VALUES", "TABLE", "FROM"};
    struct str word = first_word(sql);
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (word.len == strlen(words[i]) && strncasecmp(word.data, words[i], word.len) == 0)
            return true;
    return false;
}

static bool is_nested(unsigned kind)
{
    return kind == CONNECT_KIND_ARRAY || kind == CONNECT_KIND_STRUCT || kind == CONNECT_KIND_MAP ||
           kind == CONNECT_KIND_VARIANT;
}

static bool is_plain(unsigned kind)
{
    return kind <= CONNECT_KIND_TIMESTAMP_NTZ;
}

/* Sets the expressions that convert the columns. A null value stays null; a member that is null
 * stays in the JSON. */
static void convert(struct spark_query *query, const struct connect_field *fields)
{
    struct arena *arena = &query->arena;
    query->names = arena_alloc(arena, query->count * sizeof *query->names);
    query->expressions = arena_alloc(arena, query->count * sizeof *query->expressions);
    for (size_t i = 0; i < query->count; i++) {
        const char *format = is_nested(fields[i].kind)
                                 ? "to_json(c%zu, map('ignoreNullFields', 'false')) AS c%zu"
                             : is_plain(fields[i].kind) ? "c%zu AS c%zu"
                                                        : "CAST(c%zu AS STRING) AS c%zu";
        char name[24], expression[96];
        snprintf(name, sizeof name, "c%zu", i);
        snprintf(expression, sizeof expression, format, i, i);
        query->names[i] = arena_text(arena, str_of(name));
        query->expressions[i] = arena_text(arena, str_of(expression));
    }
}

static enum status describe(struct spark_session *session, struct spark_query *query,
                            struct error *error)
{
    struct connect_relation relation = {.sql = query->sql};
    struct connect_field *fields;
    bool all_plain = true;
    TRY(connect_describe(session->connect, &relation, &query->arena, &fields, &query->count,
                         error));
    query->columns = arena_alloc(&query->arena, (query->count + 1) * sizeof *query->columns);
    for (size_t i = 0; i < query->count; i++) {
        query->columns[i] = (struct spark_column){fields[i].name, is_nested(fields[i].kind)};
        all_plain &= is_plain(fields[i].kind);
    }
    if (!all_plain)
        convert(query, fields);
    return STATUS_OK;
}

enum status spark_query_prepare(struct spark_session *session, struct str sql,
                                struct spark_query *out, struct error *error)
{
    struct spark_query query = {0};
    connect_resume(session->connect);
    query.sql = arena_text(&query.arena, sql);
    enum status status = is_query(sql) ? describe(session, &query, error) : STATUS_OK;
    if (status == STATUS_OK)
        *out = query;
    else
        spark_query_release(&query);
    return status;
}

void spark_query_release(struct spark_query *query)
{
    arena_release(&query->arena);
    *query = (struct spark_query){0};
}

enum status spark_query_run(struct spark_session *session, const struct spark_query *query,
                            arrow_batch_fn *fn, void *ctx, struct error *error)
{
    struct connect_relation relation = {.sql = query->sql};
    if (query->expressions) {
        relation.names = query->names;
        relation.columns = query->expressions;
        relation.name_count = relation.column_count = query->count;
    }
    return connect_query(session->connect, &relation, fn, ctx, NULL, NULL, error);
}

void spark_query_stop(struct spark_session *session)
{
    connect_stop(session->connect);
}

bool spark_find_position(const struct error *error, unsigned *out_line, unsigned *out_column)
{
    return connect_find_position(error->message, out_line, out_column);
}
