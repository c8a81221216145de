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

static struct grpc_header *make_headers(const struct connect_address *address)
{
    struct grpc_header *headers = mem_alloc(address->header_count * sizeof *headers + 1);
    for (size_t i = 0; i < address->header_count; i++)
        headers[i] = (struct grpc_header){address->headers[i].name, address->headers[i].value};
    return headers;
}

static void set_server(struct connect_session *session, const struct connect_options *options)
{
    const struct connect_address *address = &session->address;
    session->server = (struct grpc_server){
        .host = address->host,
        .port = address->port,
        .use_tls = address->use_tls,
        .ca_file = session->ca_file,
        .service = SERVICE,
        .user_agent = session->user_agent,
        .token = address->token,
        .headers = session->headers,
        .header_count = address->header_count,
        .max_message_bytes = address->max_message_bytes,
        .connect_s = options->connect_s,
        .silence_s = options->silence_s,
        .keepalive = address->keepalive,
        .keepalive_s = address->keepalive_s,
        .keepalive_timeout_s = address->keepalive_timeout_s,
    };
}

static void set_names(struct connect_session *session, const struct connect_options *options)
{
    const struct connect_address *address = &session->address;
    CLEANUP(buffer_release) struct buffer agent = {0};
    if (address->user_agent)
        buffer_appendf(&agent, "%s ", address->user_agent);
    buffer_appendf(&agent, "%s", options->client);
    session->client = str_dup(str_of(options->client));
    session->user_agent = str_dup(buffer_str(&agent));
    const char *ca_file = options->ca_file ? options->ca_file : http_system_ca_file();
    session->ca_file = ca_file ? str_dup(str_of(ca_file)) : NULL;
    session->headers = make_headers(address);
    connect__user_context__init(&session->user);
    session->user.user_id = session->user.user_name = address->user_id;
    if (address->session_id)
        snprintf(session->id, sizeof session->id, "%s", address->session_id);
    else
        uuid_make(session->id);
}

static struct connect_session *new_session(const struct connect_options *options,
                                           struct connect_address *address)
{
    struct connect_session *session = mem_zalloc(sizeof *session);
    session->address = *address;
    *address = (struct connect_address){0};
    session->cancel = options->cancel;
    session->retry_s = options->retry_s;
    set_names(session, options);
    set_server(session, options);
    return session;
}

static void free_session(struct connect_session *session)
{
    connect_address_release(&session->address);
    mem_free(session->headers);
    mem_free(session->ca_file);
    mem_free(session->client);
    mem_free(session->user_agent);
    mem_free(session->server_id);
    mem_free(session->version);
    mem_free(session);
}

/* Whether the text has only visible ASCII characters, so that it can be printed. */
static bool is_printable(const char *text)
{
    if (!text || !*text)
        return false;
    while (*text > ' ' && *text < 0x7F)
        text++;
    return *text == '\0';
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
        !is_printable(response->spark_version->version)) {
        error_set(error, STATUS_CORRUPT, "the server at %s does not send its version",
                  session->address.endpoint);
        return error_hint(error, CONNECT_CORRUPT_HINT);
    }
    session->version = str_dup(str_of(response->spark_version->version));
    if (response->server_side_session_id && *response->server_side_session_id)
        session->server_id = str_dup(str_of(response->server_side_session_id));
    return STATUS_OK;
}

static enum status check_version(const struct connect_session *session, struct error *error)
{
    if (strtoul(session->version, NULL, 10) >= OLDEST_VERSION)
        return STATUS_OK;
    error_set(error, STATUS_FAILED, "Spark at %s is version %.32s: too old",
              session->address.endpoint, session->version);
    return error_hint(error, "use a server of Spark %d.0 or newer", OLDEST_VERSION);
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
    error_set(error, STATUS_CORRUPT, "Spark at %s does not send the columns of a query",
              session->address.endpoint);
    return error_hint(error, CONNECT_CORRUPT_HINT);
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

static void release_session(struct connect_session *session)
{
    Connect__ReleaseSessionRequest request = CONNECT__RELEASE_SESSION_REQUEST__INIT;
    struct error ignored;
    CONNECT_IDENTIFY(session, &request);
    enum status status = connect_unary(session,
                                       &(struct connect_unary){.method = "ReleaseSession",
                                                               .request = &request.base,
                                                               .timeout_ms = CLOSE_TIMEOUT_MS,
                                                               .once = true},
                                       NULL, &ignored);
    (void)status; /* after a failure, the server ends the idle session after an hour */
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
    return session->address.use_tls || connect_address_is_local(&session->address);
}

const char *connect_session_id(const struct connect_session *session)
{
    return session->id;
}

/* ---- Settings -------------------------------------------------------------------------------- */

static enum status configure(struct connect_session *session,
                             Connect__ConfigRequest__Operation *operation,
                             struct connect_message *out_answer, struct error *error)
{
    Connect__ConfigRequest request = CONNECT__CONFIG_REQUEST__INIT;
    CONNECT_IDENTIFY(session, &request);
    request.client_observed_server_side_session_id = session->server_id;
    request.operation = operation;
    return connect_unary(session,
                         &(struct connect_unary){.method = "Config",
                                                 .request = &request.base,
                                                 .answer = &connect__config_response__descriptor},
                         out_answer, error);
}

enum status connect_set(struct connect_session *session, const struct connect_pair *pairs,
                        size_t count, struct error *error)
{
    CLEANUP(arena_release) struct arena arena = {0};
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
    return configure(session, &operation, NULL, error);
}

enum status connect_get(struct connect_session *session, const char *key, struct buffer *out_value,
                        struct error *error)
{
    Connect__ConfigRequest__Operation operation = CONNECT__CONFIG_REQUEST__OPERATION__INIT;
    Connect__ConfigRequest__Get get = CONNECT__CONFIG_REQUEST__GET__INIT;
    CLEANUP(connect_message_release) struct connect_message answer = {0};
    char *wanted = connect_borrow(key);
    get.keys = &wanted;
    get.n_keys = 1;
    operation.op_type_case = CONNECT__CONFIG_REQUEST__OPERATION__OP_TYPE_GET;
    operation.get = &get;
    TRY(configure(session, &operation, &answer, error));
    const Connect__ConfigResponse *response = (const void *)answer.any;
    if (response->n_pairs != 1 || !response->pairs[0]->value)
        return error_set(error, STATUS_NOT_FOUND, "Spark at %s has no setting %s",
                         session->address.endpoint, key);
    buffer_append_str(out_value, str_of(response->pairs[0]->value));
    return STATUS_OK;
}
