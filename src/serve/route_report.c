/* GET /api/report?from=…&to=…&level=…&state=…&artist=…: the document of 'sparkify report --json'
 * for these plays. */
#include "serve_query.h"

#include <report.h>

struct parameters {
    struct filters *filters;
    struct error *error;
    enum status status;
};

static enum MHD_Result add_parameter(void *ctx, enum MHD_ValueKind kind, const char *key,
                                     const char *value)
{
    struct parameters *parameters = ctx;
    (void)kind;
    parameters->status =
        filters_set(parameters->filters, key, value ? value : "", parameters->error);
    return parameters->status == STATUS_OK ? MHD_YES : MHD_NO;
}

static enum status build(void *ctx, struct query_session *session, const struct query_lake *lake,
                         struct error *error)
{
    struct buffer *out = ctx;
    buffer_reset(out);
    enum status status = report_build(session, lake, out, error);
    query_forget_tables(session); /* the report has changed the session's views to another period */
    return status;
}

static enum MHD_Result answer(struct serve_request *request, const struct filters *filters,
                              uint64_t *out_generation)
{
    CLEANUP(buffer_release) struct buffer key = {0}, text = {0};
    struct error error;
    bool is_answered = false;
    buffer_append_str(&key, STR("report\n"));
    filters_append_key(filters, &key);
    struct serve_query work = {.request = request,
                               .use = POOL_REPORT,
                               .filters = filters,
                               .key = buffer_str(&key),
                               .run = build,
                               .ctx = &text};
    enum status status = serve_query_run(&work, out_generation, &is_answered, &error);
    if (status != STATUS_OK && request->connection)
        return serve_request_fail(request, &error, STR_NULL);
    if (status != STATUS_OK || is_answered)
        return MHD_YES;
    return serve_request_send_kept(request, &text, *out_generation, work.key);
}

enum MHD_Result route_report(struct serve_request *request)
{
    CLEANUP(filters_release) struct filters filters = {0};
    struct error error;
    struct parameters parameters = {&filters, &error, STATUS_OK};
    uint64_t generation = 0;
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, add_parameter,
                              &parameters);
    return parameters.status == STATUS_OK ? answer(request, &filters, &generation)
                                          : serve_request_fail(request, &error, STR_NULL);
}

uint64_t route_report_ahead(struct server *server)
{
    struct serve_request request = {.server = server};
    uint64_t generation = 0;
    (void)answer(&request, &(struct filters){0}, &generation);
    return generation;
}
