/* What went wrong, in one sentence.
 *
 * Of the wire: what libcurl's codes mean for somebody who gave an address (measured against servers
 * that were stopped, killed, frozen, of another kind, with and without TLS).
 *
 * Of Spark: nearly every error is status 13 with "[ERROR_CLASS] text" and then a stack trace or the
 * SQL; the trailer grpc-status-details-bin has the class and an id, and FetchErrorDetails gives for
 * it the chain of causes. The first says what failed, the last one why: both are told. */
#include "connect_private.h"

#include <errno.h>
#include <stdio.h>

#define FETCH_TIMEOUT_MS 5000
#define MAX_CAUSES       32
#define LINE_BYTES       560
#define CAUSE_BYTES      (LINE_BYTES + 200)
#define PLACE_BYTES      48

/* ---- Of the wire ----------------------------------------------------------------------------- */

bool connect_is_lost(const struct grpc_result *result)
{
    if (result->end == GRPC_END_STATUS)
        return result->status == GRPC_UNAVAILABLE;
    if (result->end == GRPC_END_NOT_GRPC) /* a proxy that does not find its server */
        return result->http_status >= 502 && result->http_status <= 504;
    if (result->end == GRPC_END_NO_STATUS)
        return true;
    if (result->end != GRPC_END_LOST)
        return false;
    switch (result->curl) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return true;
    default:
        return false;
    }
}

static enum status unreachable(struct error *error, const char *endpoint, const char *what,
                               const char *hint)
{
    error_set(error, STATUS_UNREACHABLE, "%s %s", endpoint, what);
    return error_hint(error, "%s", hint);
}

static enum status refused_error(const struct connect_session *session, struct error *error)
{
    const char *endpoint = session->address.endpoint;
    if (session->version)
        return unreachable(error, endpoint,
                           "does not answer any more: the Spark server has stopped",
                           "read its log; start it again, then run again");
    error_set(error, STATUS_UNREACHABLE, "nothing answers at %s", endpoint);
    return error_hint(error, "start a Spark Connect server there, or check host and port; Spark's "
                             "own port is 15002");
}

static enum status silence_error(const struct connect_session *session,
                                 const struct grpc_result *result, struct error *error)
{
    if (!result->connected)
        return unreachable(error, session->address.endpoint, "does not take the connection",
                           "check host and port, and the firewalls between here and there");
    error_set(error, STATUS_UNREACHABLE, "Spark at %s has not answered for too long: it hangs",
              session->address.endpoint);
    return error_hint(error, "check that the server still runs, and read its log");
}

static enum status broken_error(const struct connect_session *session, struct error *error)
{
    const char *endpoint = session->address.endpoint;
    if (session->version) {
        error_set(error, STATUS_UNREACHABLE, "the connection to Spark at %s broke off", endpoint);
        return error_hint(error, "check that the server still runs, and read its log");
    }
    if (session->address.use_tls)
        return unreachable(error, endpoint, "answers, but does not speak HTTP/2",
                           "check the port: Spark Connect's own is 15002");
    return unreachable(error, endpoint, "answers, but does not speak HTTP/2",
                       "check the port: Spark Connect's own is 15002; if the server has TLS, add "
                       ";use_ssl=true");
}

static enum status tls_error(const struct connect_session *session,
                             const struct grpc_result *result, struct error *error)
{
    error_set(error, STATUS_UNREACHABLE, "TLS with %s fails: %s", session->address.endpoint,
              result->problem[0] ? result->problem : curl_easy_strerror(result->curl));
    return error_hint(error, "check the port; if the server has no TLS, say ;use_ssl=false");
}

static enum status trust_error(const struct connect_session *session,
                               const struct grpc_result *result, struct error *error)
{
    error_set(error, STATUS_UNREACHABLE, "the certificate of %s is not trusted: %s",
              session->address.endpoint,
              result->problem[0] ? result->problem : curl_easy_strerror(result->curl));
    return error_hint(error, "give the host's name as it is in the certificate; a certificate "
                             "authority of your own must be among the system's");
}

static enum status lost_error(const struct connect_session *session,
                              const struct grpc_result *result, struct error *error)
{
    if (result->os_error == EMFILE || result->os_error == ENFILE) {
        error_set(error, STATUS_FAILED, "Spark at %s cannot be called: %s",
                  session->address.endpoint, strerror(result->os_error));
        return error_hint(error, "raise the limit of open files: ulimit -n 1024");
    }
    switch (result->curl) {
    case CURLE_COULDNT_RESOLVE_HOST:
        error_set(error, STATUS_UNREACHABLE, "there is no host %s", session->address.host);
        return error_hint(error, "check the spelling of the host, and the network");
    case CURLE_COULDNT_CONNECT:
        return refused_error(session, error);
    case CURLE_OPERATION_TIMEDOUT:
        return silence_error(session, result, error);
    case CURLE_SSL_CONNECT_ERROR:
        return tls_error(session, result, error);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return trust_error(session, result, error);
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_UNSUPPORTED_PROTOCOL: /* an answer of HTTP/1 */
    case CURLE_WEIRD_SERVER_REPLY:
        return broken_error(session, error);
    default:
        return error_set(error, STATUS_UNREACHABLE, "the call of Spark at %s failed: %s",
                         session->address.endpoint,
                         result->problem[0] ? result->problem : curl_easy_strerror(result->curl));
    }
}

static enum status foreign_error(const struct connect_session *session,
                                 const struct grpc_result *result, struct error *error)
{
    error_set(error, STATUS_UNREACHABLE,
              "what answers at %s is not a Spark Connect server: HTTP %ld%s%s",
              session->address.endpoint, result->http_status, result->content_type[0] ? ", " : "",
              result->content_type);
    return error_hint(error, "check host and port, and proxies on the way");
}

static enum status long_error(const struct connect_session *session,
                              const struct grpc_result *result, struct error *error)
{
    error_set(error, STATUS_LIMIT,
              "an answer of Spark at %s has %zu bytes: more than the %zu that one may have",
              session->address.endpoint, result->long_message, session->address.max_message_bytes);
    return error_hint(error, "add ;grpc_max_message_size=… to the address");
}

/* ---- Of Spark: what it says of an error ------------------------------------------------------ */

static void copy_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text ? text : "");
}

static void read_info(const Connect__ErrorInfo *info, struct connect_details *out)
{
    for (size_t i = 0; i < info->n_metadata; i++) {
        const Connect__MapEntry *entry = info->metadata[i];
        if (!entry->key || !entry->value)
            continue;
        if (strcmp(entry->key, "errorClass") == 0)
            copy_text(out->error_class, sizeof out->error_class, entry->value);
        else if (strcmp(entry->key, "errorId") == 0)
            copy_text(out->error_id, sizeof out->error_id, entry->value);
    }
}

static void read_any(const Connect__Any *any, struct connect_details *out)
{
    CLEANUP(connect_message_release) struct connect_message info = {0};
    struct str value = {(const char *)any->value.data, any->value.len};
    if (any->type_url && str_ends_with(str_of(any->type_url), STR("/google.rpc.ErrorInfo")) &&
        connect_unpack(&connect__error_info__descriptor, value, &info))
        read_info((const void *)info.any, out);
}

/* "[CLASS] …", of a server or a proxy that sends no details. */
static void read_class(struct str message, struct connect_details *out)
{
    const char *start = memchr(message.data, '[', message.len);
    if (!start || out->error_class[0])
        return;
    size_t len = 0, left = message.len - (size_t)(start + 1 - message.data);
    while (len < left && ((start[1 + len] >= 'A' && start[1 + len] <= 'Z') ||
                          (start[1 + len] >= '0' && start[1 + len] <= '9') ||
                          start[1 + len] == '_' || start[1 + len] == '.'))
        len++;
    if (len > 0 && len < left && start[1 + len] == ']')
        snprintf(out->error_class, sizeof out->error_class, "%.*s", (int)len, start + 1);
}

void connect_read_details(const struct grpc_result *result, struct connect_details *out)
{
    CLEANUP(connect_message_release) struct connect_message status = {0};
    *out = (struct connect_details){0};
    if (result->details.len > 0 &&
        connect_unpack(&connect__status__descriptor, buffer_str(&result->details), &status)) {
        const Connect__Status *known = (const void *)status.any;
        for (size_t i = 0; i < known->n_details; i++)
            read_any(known->details[i], out);
    }
    if (result->message.len > 0)
        read_class(buffer_str(&result->message), out);
}

/* ---- Of Spark: its words --------------------------------------------------------------------- */

static bool is_control(const char *text, size_t len)
{
    unsigned char first = (unsigned char)text[0];
    if (first == 0xC2 && len > 1) /* U+0080 to U+009F */
        return (unsigned char)text[1] < 0xA0;
    return first < ' ' || first == 0x7F;
}

/* The first line that is not empty, without control characters; cut at a character's end. */
static void first_line(struct str text, char *out, size_t size)
{
    while (text.len > 0 && (unsigned char)text.data[0] <= ' ') {
        text.data++;
        text.len--;
    }
    const char *end = text.len ? memchr(text.data, '\n', text.len) : NULL;
    size_t len = end ? (size_t)(end - text.data) : text.len;
    if (len > size - 1)
        len = size - 1;
    len = utf8_valid_prefix(text.data, len);
    memcpy(out, text.data, len);
    for (size_t i = 0; i < len; i++)
        if (is_control(out + i, len - i)) {
            out[i + ((unsigned char)out[i] == 0xC2)] = ' ';
            out[i] = ' ';
        }
    while (len > 0 && out[len - 1] == ' ')
        len--;
    out[len] = '\0';
}

static const char *short_class(const Connect__FetchErrorDetailsResponse__Error *error)
{
    const char *name = error->n_error_type_hierarchy ? error->error_type_hierarchy[0] : "";
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

/* One error of the chain; where Spark gave it no class, Java's. */
static void tell_error(const Connect__FetchErrorDetailsResponse__Error *error, char *out,
                       size_t size)
{
    char line[LINE_BYTES];
    first_line(str_of(error->message ? error->message : ""), line, sizeof line);
    bool has_class = error->spark_throwable && error->spark_throwable->error_class &&
                     *error->spark_throwable->error_class;
    const char *name = has_class ? error->spark_throwable->error_class : short_class(error);
    if (has_class && line[0] != '[')
        snprintf(out, size, "[%s] %s", name, line);
    else if (!has_class && line[0] != '[' && *name)
        snprintf(out, size, "%s: %s", name, line);
    else
        snprintf(out, size, "%s", line);
}

static bool names_file(const Connect__FetchErrorDetailsResponse__Error *error)
{
    const char *error_class = error->spark_throwable ? error->spark_throwable->error_class : NULL;
    return error_class && strncmp(error_class, "FAILED_READ_FILE", 16) == 0;
}

/* The cause that names a file, or else the last one that says something; NULL where there is only
 * the error itself. */
static const Connect__FetchErrorDetailsResponse__Error *
last_cause(const Connect__FetchErrorDetailsResponse *response)
{
    const Connect__FetchErrorDetailsResponse__Error *found = NULL;
    int64_t at = response->has_root_error_idx ? response->root_error_idx : -1;
    for (unsigned i = 0; i < MAX_CAUSES && at >= 0 && (size_t)at < response->n_errors; i++) {
        const Connect__FetchErrorDetailsResponse__Error *error = response->errors[at];
        if (i > 0 && error->message && *error->message)
            found = error;
        if (found && names_file(found))
            return found;
        at = error->has_cause_idx ? error->cause_idx : -1;
    }
    return found;
}

static void fetch_cause(struct connect_session *session, const struct connect_details *details,
                        char *out, size_t size)
{
    Connect__FetchErrorDetailsRequest request = CONNECT__FETCH_ERROR_DETAILS_REQUEST__INIT;
    CLEANUP(connect_message_release) struct connect_message answer = {0};
    struct error ignored;
    struct connect_unary unary = {.method = "FetchErrorDetails",
                                  .request = &request.base,
                                  .answer = &connect__fetch_error_details_response__descriptor,
                                  .timeout_ms = FETCH_TIMEOUT_MS,
                                  .once = true};
    struct connect_details id = *details;
    out[0] = '\0';
    request.session_id = session->id;
    request.user_context = &session->user;
    request.client_type = session->client;
    request.error_id = id.error_id;
    if (!id.error_id[0] || connect_unary(session, &unary, &answer, &ignored) != STATUS_OK)
        return;
    const Connect__FetchErrorDetailsResponse__Error *cause = last_cause((const void *)answer.any);
    if (cause)
        tell_error(cause, out, size);
}

static const struct known_error {
    const char *error_class; /* or the beginning of it, before a '.' */
    enum status status;
    const char *hint; /* NULL: the status' */
} known_errors[] = {
    {"PATH_NOT_FOUND", STATUS_NOT_FOUND,
     "check the path; Spark's workers must see it, too: on a cluster it is on shared storage"},
    {"TABLE_OR_VIEW_NOT_FOUND", STATUS_NOT_FOUND, "check the spelling of the table"},
    {"SQL_CONF_NOT_FOUND", STATUS_NOT_FOUND, "check the spelling of the setting"},
    {"PATH_ALREADY_EXISTS", STATUS_EXISTS, NULL},
    {"CANNOT_MODIFY_CONFIG", STATUS_FAILED, "set it where the Spark server is started"},
    {"CANNOT_MODIFY_STATIC_CONFIG", STATUS_FAILED, "set it where the Spark server is started"},
    {"OPERATION_CANCELED", STATUS_FAILED, "somebody stopped it on the server: run again"},
    {"INVALID_HANDLE", STATUS_UNREACHABLE,
     "the server was restarted, or has ended the session: run again"},
};

static bool is_class(const char *error_class, const char *known)
{
    size_t len = strlen(known);
    return strncmp(error_class, known, len) == 0 &&
           (error_class[len] == '\0' || error_class[len] == '.');
}

static const struct known_error *find_known(const char *error_class)
{
    for (size_t i = 0; i < ARRAY_LENGTH(known_errors); i++)
        if (is_class(error_class, known_errors[i].error_class))
            return &known_errors[i];
    return NULL;
}

/* ---- Of Spark: the place in the SQL ---------------------------------------------------------- */

/* "line 1 pos 7", "line 1, pos 7", or "line 1, position 8", which counts from 1. */
static bool read_place(const char *text, struct connect_position *out)
{
    unsigned line, column;
    int end = 0;
    if (sscanf(text, "line %9u%*[, ]pos%n", &line, &end) != 1 || end == 0)
        return false;
    bool is_long = strncmp(text + end, "ition", 5) == 0;
    if (sscanf(text + end + (is_long ? 5 : 0), " %9u", &column) != 1 || line == 0)
        return false;
    *out = (struct connect_position){line, column - (is_long && column ? 1 : 0)};
    return true;
}

bool connect_find_position(const char *message, struct connect_position *out)
{
    bool found = false;
    for (const char *at = message; (at = strstr(at, "line ")) != NULL && !found; at++)
        found = read_place(at, out);
    return found;
}

/* The first line ends in a semicolon before the query's plan. The place may stand behind that line,
 * or was cut off there. */
static void append_place(const char *message, char *line, size_t size)
{
    struct connect_position place;
    size_t len = strlen(line);
    while (len > 0 && line[len - 1] == ';')
        line[--len] = '\0';
    if (connect_find_position(line, &place) || !connect_find_position(message, &place))
        return;
    snprintf(line + len, size - len, " (line %u, pos %u)", place.line, place.column);
}

static bool is_stopping(const char *line)
{
    return strstr(line, "stopped SparkContext") || strstr(line, "SparkContext was shut down") ||
           strstr(line, "SparkContext is shutting down");
}

static enum status status_of(int status)
{
    if (status == GRPC_PERMISSION_DENIED)
        return STATUS_DENIED;
    return status == GRPC_UNAVAILABLE ? STATUS_UNREACHABLE : STATUS_FAILED;
}

static enum status spark_error(struct connect_session *session, const struct grpc_result *result,
                               struct error *error)
{
    enum status status = status_of(result->status);
    char line[LINE_BYTES + PLACE_BYTES], cause[CAUSE_BYTES];
    CLEANUP(buffer_release) struct buffer message = {0};
    struct connect_details details;
    connect_read_details(result, &details);
    buffer_append_str(&message, result->message.len ? buffer_str(&result->message) : STR(""));
    first_line(str_of(buffer_text(&message)), line, LINE_BYTES);
    append_place(buffer_text(&message), line, sizeof line);
    if (is_stopping(line)) {
        error_set(error, STATUS_UNREACHABLE, "Spark at %s is being stopped: %s",
                  session->address.endpoint, line);
        return error_hint(error, "start it again, then run again");
    }
    const struct known_error *known = find_known(details.error_class);
    bool has_class = details.error_class[0] && line[0] != '[';
    fetch_cause(session, &details, cause, sizeof cause);
    error_set(error, known ? known->status : status, "Spark at %s: %s%s%s%s%s%s",
              session->address.endpoint, has_class ? "[" : "", has_class ? details.error_class : "",
              has_class ? "] " : "", line[0] ? line : "it fails, and does not say why",
              cause[0] ? "; cause: " : "", cause);
    if (known && known->hint)
        return error_hint(error, "%s", known->hint);
    return error->status;
}

/* ---- Of gRPC --------------------------------------------------------------------------------- */

static enum status denied_error(const struct connect_session *session,
                                const struct grpc_result *result, struct error *error)
{
    char line[LINE_BYTES];
    first_line(result->message.len ? buffer_str(&result->message) : STR(""), line, sizeof line);
    error_set(error, STATUS_DENIED, "Spark at %s %s%s%s", session->address.endpoint,
              session->address.token ? "does not take the token" : "requires a token",
              line[0] ? ": " : "", line);
    return error_hint(error, "give the server's token: SPARK_CONNECT_AUTHENTICATE_TOKEN, or "
                             ";token=… in the address");
}

static enum status unknown_method_error(const struct connect_session *session, const char *method,
                                        struct error *error)
{
    error_set(
        error, STATUS_UNREACHABLE,
        "what answers at %s speaks gRPC, but knows no %s: it is not a Spark Connect server, or "
        "one of an older version",
        session->address.endpoint, method);
    return error_hint(error, "check host and port; the server must be Spark 4.0 or newer");
}

static enum status status_error(struct connect_session *session, const char *method,
                                const struct grpc_result *result, struct error *error)
{
    switch (result->status) {
    case GRPC_UNAUTHENTICATED:
        return denied_error(session, result, error);
    case GRPC_UNIMPLEMENTED:
        return unknown_method_error(session, method, error);
    default:
        return spark_error(session, result, error);
    }
}

enum status connect_error(struct connect_session *session, const char *method,
                          const struct grpc_result *result, struct error *error)
{
    switch (result->end) {
    case GRPC_END_STATUS:
        return status_error(session, method, result, error);
    case GRPC_END_LOST:
        return lost_error(session, result, error);
    case GRPC_END_NOT_GRPC:
        return foreign_error(session, result, error);
    case GRPC_END_NO_STATUS:
        return unreachable(error, session->address.endpoint,
                           "ends its answers before they are complete",
                           "read the server's log, and check proxies on the way");
    case GRPC_END_TOO_LONG:
        return long_error(session, result, error);
    case GRPC_END_STOPPED:
        return connect_interrupted(error);
    case GRPC_END_MALFORMED:
    default:
        error_set(error, STATUS_CORRUPT, "what Spark at %s answers to %s is not as gRPC says",
                  session->address.endpoint, method);
        return error_hint(error, CONNECT_CORRUPT_HINT);
    }
}
