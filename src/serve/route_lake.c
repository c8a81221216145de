/* GET /api/lake: the version that is served, its model and tables, and the time range of its facts.
 * GET /api/questions: the questions' names, summaries and SQL. */
#include "serve_request.h"

#include <model.h>

/* ---- The lake -------------------------------------------------------------------------------- */

static const struct model_table *facts_of(const struct lake_snapshot *snapshot)
{
    return model_table_of_facts(snapshot->model);
}

/* The earliest or latest time of a fact, from the statistics of the Delta log. */
static void find_bound(const struct lake_snapshot *snapshot, bool is_greatest, struct buffer *out)
{
    const struct lake_snapshot_table *files = &snapshot->tables[model_facts_table(snapshot->model)];
    const char *time = model_calendar_column(facts_of(snapshot), CALENDAR_TIME);
    for (size_t i = 0; i < files->count && time; i++) {
        CLEANUP(buffer_release) struct buffer bound = {0};
        if (!lake_snapshot_bound(&files->files[i], is_greatest, time, &bound))
            continue;
        int order = out->len ? str_compare(buffer_str(&bound), buffer_str(out)) : 0;
        if (out->len && (is_greatest ? order <= 0 : order >= 0))
            continue;
        buffer_set(out, buffer_str(&bound));
    }
}

static json_t *bound_json(const struct lake_snapshot *snapshot, bool is_greatest)
{
    CLEANUP(buffer_release) struct buffer bound = {0};
    find_bound(snapshot, is_greatest, &bound);
    return bound.len ? query_json_text(buffer_str(&bound)) : json_null();
}

static json_t *table_json(const struct lake_snapshot *snapshot, size_t table)
{
    const struct model_table *model = &snapshot->model->tables[table];
    json_t *columns = json_array();
    for (size_t i = 0; i < model->column_count; i++)
        json_array_append_new(columns, json_pack("{ss ss}", "name", model->columns[i].name, "type",
                                                 model_type_name(model->columns[i].type)));
    return json_pack("{ss sI so}", "name", model->name, "rows",
                     (json_int_t)snapshot->tables[table].rows, "columns", columns);
}

/* The version and its model; what the rows can be filtered by, and their first and last time. */
static json_t *lake_json(const struct served_version *version)
{
    const struct lake_snapshot *snapshot = &version->snapshot;
    const struct model_table *facts = facts_of(snapshot);
    bool has_plays = model_includes(snapshot->model, model_builtin());
    bool has_time = model_calendar_column(facts, CALENDAR_TIME) != NULL;
    json_t *tables = json_array();
    for (size_t table = 0; table < snapshot->model->table_count; table++)
        json_array_append_new(tables, table_json(snapshot, table));
    return json_pack(
        "{so sI sI sI so ss s[s*s*s*s*s*] so so so}", "lake",
        query_json_text(str_of(store_address(version->opened->store))), "version",
        (json_int_t)snapshot->version, "newest", (json_int_t)snapshot->newest, "generation",
        (json_int_t)version->generation, "model", query_json_text(str_of(snapshot->model->name)),
        "facts", facts->name, "filters", has_time ? "from" : NULL, has_time ? "to" : NULL,
        has_plays ? "level" : NULL, has_plays ? "state" : NULL, has_plays ? "artist" : NULL,
        has_plays ? "first_play" : "first", bound_json(snapshot, false),
        has_plays ? "last_play" : "last", bound_json(snapshot, true), "tables", tables);
}

enum MHD_Result route_lake(struct serve_request *request)
{
    static const struct str key = STR("lake");
    struct server *server = request->server;
    struct served_version *version;
    struct error error;
    struct buffer text = {0};
    if (served_versions_acquire(&server->versions, false, &version, &error) != STATUS_OK)
        return serve_request_fail(request, &error, STR_NULL);
    uint64_t generation = version->generation;
    bool is_sent = answer_cache_send(&server->answers, generation, key, request->connection);
    if (!is_sent)
        query_append_json(&text, lake_json(version), 0);
    served_versions_return(&server->versions, version);
    return is_sent ? MHD_YES : serve_request_send_kept(request, &text, generation, key);
}

/* ---- Questions ------------------------------------------------------------------------------- */

static json_t *questions_json(const struct query_questions *questions)
{
    json_t *list = json_array();
    for (size_t i = 0; i < questions->count; i++) {
        const struct query_question *question = &questions->all[i];
        CLEANUP(buffer_release) struct buffer sql = {0};
        query_question_append(question, question->limit, &sql);
        json_array_append_new(list, json_pack("{so so so}", "name", query_json_text(question->name),
                                              "summary", query_json_text(question->summary), "sql",
                                              query_json_text(buffer_str(&sql))));
    }
    return json_pack("{so}", "questions", list);
}

enum MHD_Result route_questions(struct serve_request *request)
{
    struct server *server = request->server;
    struct served_version *version;
    struct error error;
    struct buffer text = {0};
    if (served_versions_acquire(&server->versions, false, &version, &error) != STATUS_OK)
        return serve_request_fail(request, &error, STR_NULL);
    query_append_json(&text, questions_json(&version->questions), 0);
    served_versions_return(&server->versions, version);
    return serve_request_send(request, MHD_HTTP_OK, serve_request_response(&text));
}
