/* GET /api/lake: the version that is served, its model and tables, and the time range of its facts.
 * GET /api/questions: the questions' names, summaries and SQL. */
#include "serve_request.h"

#include <json.h>
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

static void append_bound(const struct lake_snapshot *snapshot, const char *name, bool is_greatest,
                         struct buffer *out)
{
    CLEANUP(buffer_release) struct buffer bound = {0};
    find_bound(snapshot, is_greatest, &bound);
    buffer_appendf(out, ",\"%s\":", name);
    if (bound.len)
        json_quote(out, buffer_str(&bound));
    else
        buffer_append_str(out, STR("null"));
}

static void append_table(const struct lake_snapshot *snapshot, size_t table, struct buffer *out)
{
    const struct model_table *model = &snapshot->model->tables[table];
    buffer_appendf(out, "{\"name\":\"%s\",\"rows\":%llu,\"columns\":[", model->name,
                   (unsigned long long)snapshot->tables[table].rows);
    for (size_t i = 0; i < model->column_count; i++)
        buffer_appendf(out, "%s{\"name\":\"%s\",\"type\":\"%s\"}", i ? "," : "",
                       model->columns[i].name, model_type_name(model->columns[i].type));
    buffer_append_str(out, STR("]}"));
}

/* The model, what its rows can be filtered by, and their first and last time. */
static void append_model(const struct lake_snapshot *snapshot, struct buffer *out)
{
    bool has_plays = model_includes(snapshot->model, model_builtin());
    query_append_json_text(out, ",\"model\":", str_of(snapshot->model->name));
    buffer_appendf(out, ",\"facts\":\"%s\",\"filters\":[", facts_of(snapshot)->name);
    if (model_calendar_column(facts_of(snapshot), CALENDAR_TIME))
        buffer_append_str(out, STR("\"from\",\"to\""));
    buffer_append_str(out, has_plays ? STR(",\"level\",\"state\",\"artist\"]") : STR("]"));
    append_bound(snapshot, has_plays ? "first_play" : "first", false, out);
    append_bound(snapshot, has_plays ? "last_play" : "last", true, out);
}

static void append_lake(const struct served_version *version, struct buffer *out)
{
    const struct lake_snapshot *snapshot = &version->snapshot;
    const char *address = store_address(version->opened->store);
    query_append_json_text(out, "{\"lake\":", str_of(address));
    buffer_appendf(out, ",\"version\":%lld,\"newest\":%lld,\"generation\":%llu",
                   (long long)snapshot->version, (long long)snapshot->newest,
                   (unsigned long long)version->generation);
    append_model(snapshot, out);
    buffer_append_str(out, STR(",\"tables\":["));
    for (size_t table = 0; table < snapshot->model->table_count; table++) {
        buffer_append_str(out, table ? STR(",") : STR(""));
        append_table(snapshot, table, out);
    }
    buffer_append_str(out, STR("]}\n"));
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
        append_lake(version, &text);
    served_versions_return(&server->versions, version);
    return is_sent ? MHD_YES : serve_request_send_kept(request, &text, generation, key);
}

/* ---- Questions ------------------------------------------------------------------------------- */

static void append_question(const struct query_question *question, struct buffer *out)
{
    CLEANUP(buffer_release) struct buffer sql = {0};
    query_question_append(question, question->limit, &sql);
    query_append_json_text(out, "{\"name\":", question->name);
    query_append_json_text(out, ",\"summary\":", question->summary);
    query_append_json_text(out, ",\"sql\":", buffer_str(&sql));
    buffer_append_char(out, '}');
}

enum MHD_Result route_questions(struct serve_request *request)
{
    struct server *server = request->server;
    struct served_version *version;
    struct error error;
    struct buffer text = {0};
    if (served_versions_acquire(&server->versions, false, &version, &error) != STATUS_OK)
        return serve_request_fail(request, &error, STR_NULL);
    buffer_append_str(&text, STR("{\"questions\":["));
    for (size_t i = 0; i < version->questions.count; i++) {
        buffer_append_str(&text, i ? STR(",\n") : STR("\n"));
        append_question(&version->questions.all[i], &text);
    }
    buffer_append_str(&text, STR("\n]}\n"));
    served_versions_return(&server->versions, version);
    return serve_request_send(request, MHD_HTTP_OK, serve_request_response(&text));
}
