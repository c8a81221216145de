/* POST /api/query {"sql": "SELECT …", "filters": {…}, "format": "json"|"csv"|"parquet"}: SQL of the
 * client. The guard checks it before anything else. */
#include "result_rows.h"
#include "serve_query.h"

#include <strings.h>
#include <unistd.h>

#define SQL_BYTES ((size_t)100 << 10)

struct sql_request {
    json_t *body;
    struct str sql; /* one statement, without its semicolon */
    enum query_format format;
    struct filters filters;
    /* the result */
    struct buffer text;
    int fd;
    uint64_t bytes;
};

static void sql_request_release(struct sql_request *sql_request)
{
    json_decref(sql_request->body);
    filters_release(&sql_request->filters);
    buffer_release(&sql_request->text);
    if (sql_request->fd >= 0)
        close(sql_request->fd);
}

/* ---- Reading --------------------------------------------------------------------------------- */

static enum status read_format(const json_t *format, enum query_format *out, struct error *error)
{
    static const struct {
        const char *name;
        enum query_format format;
    } formats[] = {
        {"json", QUERY_FORMAT_JSON}, {"csv", QUERY_FORMAT_CSV}, {"parquet", QUERY_FORMAT_PARQUET}};
    const char *name = format ? json_string_value(format) : "json";
    for (size_t i = 0; name && i < ARRAY_LENGTH(formats); i++)
        if (strcmp(name, formats[i].name) == 0) {
            *out = formats[i].format;
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE, "'format' must be json, csv or parquet");
}

static enum status read_sql(const json_t *sql, struct str *out, struct error *error)
{
    struct str text = {json_string_value(sql), json_string_length(sql)}, other;
    bool is_complete;
    if (!text.data)
        return error_set(error, STATUS_USAGE, "'sql' must be a string");
    if (text.len > SQL_BYTES)
        return error_set(error, STATUS_USAGE, "the SQL is longer than 100 KiB");
    if (!query_next_statement(&text, out, &is_complete))
        return error_set(error, STATUS_USAGE, "there is no SQL to run");
    if (query_next_statement(&text, &other, &is_complete))
        return error_set(error, STATUS_USAGE, "one SELECT at a time can be used here");
    return STATUS_OK;
}

static enum status read_body(const struct serve_request *request, struct sql_request *sql_request,
                             struct error *error)
{
    json_error_t reason;
    sql_request->body = json_loadb(request->body.len ? request->body.data : "", request->body.len,
                                   JSON_REJECT_DUPLICATES, &reason);
    if (!json_is_object(sql_request->body))
        return error_set(error, STATUS_USAGE, "the body must be a JSON object with 'sql'");
    TRY(read_format(json_object_get(sql_request->body, "format"), &sql_request->format, error));
    TRY(filters_from_json(json_object_get(sql_request->body, "filters"), &sql_request->filters,
                          error));
    return read_sql(json_object_get(sql_request->body, "sql"), &sql_request->sql, error);
}

/* ---- Running --------------------------------------------------------------------------------- */

static enum status run(void *ctx, struct query_session *session, const struct query_lake *lake,
                       struct error *error)
{
    struct sql_request *sql_request = ctx;
    CLEANUP(query_result_drop) struct query_result *result = NULL;
    uint64_t began_ns = clock_ns();
    buffer_reset(&sql_request->text);
    TRY(query_guard(session, lake->snapshot->model, sql_request->sql, error));
    TRY(query_use_tables(session, lake, sql_request->sql, error));
    TRY(query_run(session, sql_request->sql, &result, error));
    if (sql_request->format == QUERY_FORMAT_JSON)
        return result_rows_append_json(result, lake->snapshot->version, began_ns,
                                       &sql_request->text, error);
    return result_rows_write_file(result, sql_request->format, &sql_request->fd,
                                  &sql_request->bytes, error);
}

static enum MHD_Result send_file(struct serve_request *request, struct sql_request *sql_request)
{
    bool is_csv = sql_request->format == QUERY_FORMAT_CSV;
    struct MHD_Response *response =
        MHD_create_response_from_fd64(sql_request->bytes, sql_request->fd);
    if (!response)
        mem_exhausted();
    sql_request->fd = -1; /* the response closes it */
    serve_request_set_headers(response,
                              is_csv ? "text/csv; charset=utf-8" : "application/vnd.apache.parquet",
                              "default-src 'none'; frame-ancestors 'none'", "no-store");
    MHD_add_response_header(response, "Content-Disposition",
                            is_csv ? "attachment; filename=\"result.csv\""
                                   : "attachment; filename=\"result.parquet\"");
    return serve_request_send(request, MHD_HTTP_OK, response);
}

static bool is_json(struct serve_request *request)
{
    const char *type = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                   MHD_HTTP_HEADER_CONTENT_TYPE);
    static const char json[] = "application/json";
    return type && strncasecmp(type, json, sizeof json - 1) == 0 &&
           (type[sizeof json - 1] == '\0' || type[sizeof json - 1] == ';');
}

static enum MHD_Result answer(struct serve_request *request, struct sql_request *sql_request)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    struct error error;
    uint64_t generation = 0;
    bool is_answered = false;
    enum status status = read_body(request, sql_request, &error);
    buffer_append_str(&key, STR("query\n"));
    filters_append_key(&sql_request->filters, &key);
    buffer_append_str(&key, sql_request->sql);
    struct serve_query work = {.request = request,
                               .use = POOL_SQL,
                               .filters = &sql_request->filters,
                               .key = sql_request->format == QUERY_FORMAT_JSON ? buffer_str(&key)
                                                                               : STR_NULL,
                               .run = run,
                               .ctx = sql_request};
    if (status == STATUS_OK)
        status = serve_query_run(&work, &generation, &is_answered, &error);
    if (status != STATUS_OK)
        return serve_request_fail(request, &error, sql_request->sql);
    if (is_answered)
        return MHD_YES;
    return sql_request->format == QUERY_FORMAT_JSON
               ? serve_request_send_kept(request, &sql_request->text, generation, work.key)
               : send_file(request, sql_request);
}

enum MHD_Result route_query(struct serve_request *request)
{
    struct sql_request sql_request = {.fd = -1};
    if (!is_json(request))
        return serve_request_refuse(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
                                    "the body is to be application/json", "");
    enum MHD_Result result = answer(request, &sql_request);
    sql_request_release(&sql_request);
    return result;
}
