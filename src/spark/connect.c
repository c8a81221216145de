/* connect: opens, configures and closes a session. Opening is a call that returns the server's
 * version. */
#include "connect_private.h"

#include <http.h>
#include <stdlib.h>

#define SERVICE          "spark.connect.SparkConnectService"
#define OLDEST_VERSION   4
#define CLOSE_TIMEOUT_MS 2000
#define OPEN_TIMEOUT_MS  60000 /* some services start a cluster for the first call */
#define CLEAR_UP_S       10

struct connect_options connect_options_default(void)
{
    return (struct connect_options){.connect_s = 10, .silence_s = 300, .retry_s = 30};
}

/* ---- Opening --------------------------------------------------------------------------------- */

static const char *keep_text(struct connect_session *session, const char *text)
{
    return arena_text(&session->address.texts, str_of(text));
}

/* What calls need beside what the address says. */
static void set_server(struct connect_session *session, const struct connect_options *options)
{
    struct grpc_server *server = &session->address.server;
    const char *ca_file = options->ca_file ? options->ca_file : http_system_ca_file();
    CLEANUP(buffer_release) struct buffer agent = {0};
    if (session->address.user_agent)
        buffer_appendf(&agent, "%s ", session->address.user_agent);
    buffer_appendf(&agent, "%s", options->client);
    server->service = SERVICE;
    server->user_agent = keep_text(session, buffer_text(&agent));
    server->ca_file = ca_file ? keep_text(session, ca_file) : NULL;
    server->connect_s = options->connect_s;
    server->silence_s = options->silence_s;
}

static struct connect_session *new_session(const struct connect_options *options,
                                           const struct connect_address *address)
{
    struct connect_session *session = mem_zalloc(sizeof *session);
    session->address = *address;
    session->cancel = options->cancel;
    session->retry_s = options->retry_s;
    session->client = keep_text(session, options->client);
    set_server(session, options);
    connect__user_context__init(&session->user);
    session->user.user_id = session->user.user_name = connect_borrow(address->user_id);
    if (address->session_id)
        snprintf(session->id, sizeof session->id, "%s", address->session_id);
    else
        uuid_make(session->id);
    return session;
}

static void free_session(struct connect_session *session)
{
    connect_address_release(&session->address);
    mem_free(session);
}

/* Calls AnalyzePlan; the caller has set what is to be analyzed. */
static enum status analyze(struct connect_session *session, Connect__AnalyzePlanRequest *request,
                           unsigned timeout_ms, struct connect_message *out_answer,
                           struct error *error)
{
    CONNECT_IDENTIFY(session, request);
    return connect_unary(
        session,
        &(struct connect_unary){.method = "AnalyzePlan",
                                .request = &request->base,
                                .answer = &connect__analyze_plan_response__descriptor,
                                .timeout_ms = timeout_ms},
        out_answer, error);
}

static enum status ask_version(struct connect_session *session, struct error *error)
{
    Connect__AnalyzePlanRequest request = CONNECT__ANALYZE_PLAN_REQUEST__INIT;
    Connect__AnalyzePlanRequest__SparkVersion version =
        CONNECT__ANALYZE_PLAN_REQUEST__SPARK_VERSION__INIT;
    CLEANUP(connect_message_release) struct connect_message answer = {0};
    request.analyze_case = CONNECT__ANALYZE_PLAN_REQUEST__ANALYZE_SPARK_VERSION;
    request.spark_version = &version;
    TRY(analyze(session, &request, OPEN_TIMEOUT_MS, &answer, error));
    const Connect__AnalyzePlanResponse *response = (const void *)answer.any;
    if (response->result_case != CONNECT__ANALYZE_PLAN_RESPONSE__RESULT_SPARK_VERSION ||
        !response->spark_version->version ||
        !connect_is_printable(str_of(response->spark_version->version)))
        return connect_fail(error, STATUS_CORRUPT, CONNECT_CORRUPT_HINT,
                            "the server at %s does not send its version",
                            session->address.endpoint);
    session->version = keep_text(session, response->spark_version->version);
    if (response->server_side_session_id && *response->server_side_session_id)
        session->server_id = keep_text(session, response->server_side_session_id);
    return STATUS_OK;
}

static enum status check_version(const struct connect_session *session, struct error *error)
{
    if (strtoul(session->version, NULL, 10) >= OLDEST_VERSION)
        return STATUS_OK;
    return connect_fail(error, STATUS_FAILED, "use a server of Spark 4.0 or newer",
                        "Spark at %s is version %.32s: too old", session->address.endpoint,
                        session->version);
}

enum status connect_open(const struct connect_options *options,
                         struct connect_session **out_session, struct error *error)
{
    struct connect_address address;
    TRY(connect_address_parse(options->address, &address, error));
    struct connect_session *session = new_session(options, &address);
    enum status status = ask_version(session, error);
    if (status == STATUS_OK)
        status = check_version(session, error);
    if (status == STATUS_OK)
        *out_session = session;
    else
        free_session(session);
    return status;
}

/* ---- Columns --------------------------------------------------------------------------------- */

static enum status bad_columns(const struct connect_session *session, struct error *error)
{
    return connect_fail(error, STATUS_CORRUPT, CONNECT_CORRUPT_HINT,
                        "Spark at %s does not send the columns of a query",
                        session->address.endpoint);
}

/* DataType is a message with one member, whose field number is the kind. connect.proto does not
 * declare the members of most kinds, so the member is an unknown field. */
static enum status read_field(const struct connect_session *session,
                              const Connect__DataType__StructField *from, struct arena *arena,
                              struct connect_field *out, struct error *error)
{
    if (!from->name || !from->data_type || from->data_type->base.n_unknown_fields == 0)
        return bad_columns(session, error);
    out->name = arena_copy(arena, str_of(from->name));
    out->kind = from->data_type->base.unknown_fields[0].tag;
    return STATUS_OK;
}

static enum status read_fields(const struct connect_session *session,
                               const Connect__AnalyzePlanResponse *response, struct arena *arena,
                               struct connect_field **out_fields, size_t *out_count,
                               struct error *error)
{
    const Connect__DataType *type =
        response->result_case == CONNECT__ANALYZE_PLAN_RESPONSE__RESULT_SCHEMA
            ? response->schema->schema
            : NULL;
    if (!type || type->kind_case != CONNECT__DATA_TYPE__KIND_STRUCT)
        return bad_columns(session, error);
    size_t count = type->struct_->n_fields;
    if (count > ARROW_MAX_COLUMNS)
        return error_set(error, STATUS_LIMIT, "%zu columns: at most %d are supported", count,
                         ARROW_MAX_COLUMNS);
    struct connect_field *fields = arena_alloc(arena, (count + 1) * sizeof *fields);
    for (size_t i = 0; i < count; i++)
        TRY(read_field(session, type->struct_->fields[i], arena, &fields[i], error));
    *out_fields = fields;
    *out_count = count;
    return STATUS_OK;
}

enum status connect_describe(struct connect_session *session,
                             const struct connect_relation *relation, struct arena *arena,
                             struct connect_field **out_fields, size_t *out_count,
                             struct error *error)
{
    Connect__AnalyzePlanRequest request = CONNECT__ANALYZE_PLAN_REQUEST__INIT;
    Connect__AnalyzePlanRequest__Schema schema = CONNECT__ANALYZE_PLAN_REQUEST__SCHEMA__INIT;
    CLEANUP(connect_message_release) struct connect_message answer = {0};
    CLEANUP(arena_release) struct arena plans = {0};
    request.analyze_case = CONNECT__ANALYZE_PLAN_REQUEST__ANALYZE_SCHEMA;
    request.schema = &schema;
    schema.plan = connect_plan_query(&plans, relation, NULL);
    TRY(analyze(session, &request, 0, &answer, error));
    return read_fields(session, (const void *)answer.any, arena, out_fields, out_count, error);
}

/* ---- Closing --------------------------------------------------------------------------------- */

/* Otherwise the server ends the idle session after an hour. */
static void release_session(struct connect_session *session)
{
    Connect__ReleaseSessionRequest request = CONNECT__RELEASE_SESSION_REQUEST__INIT;
    CONNECT_IDENTIFY(session, &request);
    connect_tell(session, "ReleaseSession", &request.base, CLOSE_TIMEOUT_MS);
}

void connect_close(struct connect_session *session)
{
    if (!session)
        return;
    if (!session->address.session_id)
        release_session(session);
    free_session(session);
}

void connect_clear_up(struct connect_session *session)
{
    session->cancel = NULL;
    session->end_ns = clock_ns() + (uint64_t)CLEAR_UP_S * 1000000000;
    atomic_store(&session->is_stopped, false);
}

void connect_stop(struct connect_session *session)
{
    atomic_store(&session->is_stopped, true);
}

void connect_resume(struct connect_session *session)
{
    atomic_store(&session->is_stopped, false);
}

const char *connect_version(const struct connect_session *session)
{
    return session->version;
}

const char *connect_endpoint(const struct connect_session *session)
{
    return session->address.endpoint;
}

bool connect_is_private(const struct connect_session *session)
{
    return session->address.server.use_tls || connect_address_is_local(&session->address);
}

const char *connect_session_id(const struct connect_session *session)
{
    return session->id;
}

/* ---- Settings -------------------------------------------------------------------------------- */

enum status connect_set(struct connect_session *session, const struct connect_pair *pairs,
                        size_t count, struct error *error)
{
    CLEANUP(arena_release) struct arena arena = {0};
    Connect__ConfigRequest request = CONNECT__CONFIG_REQUEST__INIT;
    Connect__ConfigRequest__Operation operation = CONNECT__CONFIG_REQUEST__OPERATION__INIT;
    Connect__ConfigRequest__Set set = CONNECT__CONFIG_REQUEST__SET__INIT;
    Connect__KeyValue *all = arena_alloc(&arena, count * sizeof *all);
    set.pairs = arena_alloc(&arena, count * sizeof *set.pairs);
    set.n_pairs = count;
    for (size_t i = 0; i < count; i++) {
        connect__key_value__init(&all[i]);
        all[i].key = connect_borrow(pairs[i].key);
        all[i].value = connect_borrow(pairs[i].value);
        set.pairs[i] = &all[i];
    }
    operation.op_type_case = CONNECT__CONFIG_REQUEST__OPERATION__OP_TYPE_SET;
    operation.set = &set;
    CONNECT_IDENTIFY(session, &request);
    request.client_observed_server_side_session_id = connect_borrow(session->server_id);
    request.operation = &operation;
    return connect_unary(session,
                         &(struct connect_unary){.method = "Config",
                                                 .request = &request.base,
                                                 .answer = &connect__config_response__descriptor},
                         NULL, error);
}
