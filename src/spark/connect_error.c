/* connect_error: turns the result of a failed call into an error with a message and a hint.
 *
 * What libcurl's codes mean for the user was measured with servers that were stopped, killed,
 * suspended or of another kind, with and without TLS. Errors that Spark itself reports are in
 * connect_spark_error.c. */
#include "connect_private.h"

#include <errno.h>

/* ---- The connection -------------------------------------------------------------------------- */

bool connect_is_lost(const struct grpc_result *result)
{
    if (result->end == GRPC_END_STATUS)
        return result->status == GRPC_UNAVAILABLE;
    if (result->end == GRPC_END_NOT_GRPC) /* a proxy that cannot reach the server */
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
        return unreachable(error, session->address.endpoint, "does not accept the connection",
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
    case CURLE_UNSUPPORTED_PROTOCOL: /* an HTTP/1 response */
    case CURLE_WEIRD_SERVER_REPLY:
        return broken_error(session, error);
    default:
        return error_set(error, STATUS_UNREACHABLE, "the call of Spark at %s failed: %s",
                         session->address.endpoint,
                         result->problem[0] ? result->problem : curl_easy_strerror(result->curl));
    }
}

static enum status not_connect_error(const struct connect_session *session,
                                     const struct grpc_result *result, struct error *error)
{
    error_set(error, STATUS_UNREACHABLE,
              "the server at %s is not a Spark Connect server: HTTP %ld%s%s",
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

/* ---- gRPC statuses --------------------------------------------------------------------------- */

static enum status denied_error(const struct connect_session *session,
                                const struct grpc_result *result, struct error *error)
{
    char line[CONNECT_LINE_BYTES];
    connect_first_line(result->message.len ? buffer_str(&result->message) : STR(""), line,
                       sizeof line);
    error_set(error, STATUS_DENIED, "Spark at %s %s%s%s", session->address.endpoint,
              session->address.token ? "rejects the token" : "requires a token",
              line[0] ? ": " : "", line);
    return error_hint(error, "give the server's token: SPARK_CONNECT_AUTHENTICATE_TOKEN, or "
                             ";token=… in the address");
}

static enum status unknown_method_error(const struct connect_session *session, const char *method,
                                        struct error *error)
{
    error_set(
        error, STATUS_UNREACHABLE,
        "the server at %s speaks gRPC, but has no method %s: it is not a Spark Connect server, or "
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
        return connect_spark_error(session, result, error);
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
        return not_connect_error(session, result, error);
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
        error_set(error, STATUS_CORRUPT, "the answer of Spark at %s to %s does not conform to gRPC",
                  session->address.endpoint, method);
        return error_hint(error, CONNECT_CORRUPT_HINT);
    }
}
