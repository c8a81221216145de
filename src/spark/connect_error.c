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

enum status connect_fail(struct error *error, enum status status, const char *hint,
                         const char *format, ...)
{
    char text[sizeof error->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    error_set(error, status, "%s", text);
    return error_hint(error, "%s", hint);
}

static enum status refused_error(const struct connect_session *session, struct error *error)
{
    const char *endpoint = session->address.endpoint;
    if (session->version)
        return connect_fail(error, STATUS_UNREACHABLE,
                            "read its log; start it again, then run again",
                            "%s does not answer any more: the Spark server has stopped", endpoint);
    return connect_fail(error, STATUS_UNREACHABLE,
                        "start a Spark Connect server there, or check host and port; Spark's "
                        "own port is 15002",
                        "nothing answers at %s", endpoint);
}

static enum status silence_error(const struct connect_session *session,
                                 const struct grpc_result *result, struct error *error)
{
    const char *endpoint = session->address.endpoint;
    if (!result->connected)
        return connect_fail(error, STATUS_UNREACHABLE,
                            "check host and port, and the firewalls between here and there",
                            "%s does not accept the connection", endpoint);
    return connect_fail(error, STATUS_UNREACHABLE,
                        "check that the server still runs, and read its log",
                        "Spark at %s has not answered for too long: it hangs", endpoint);
}

static enum status broken_error(const struct connect_session *session, struct error *error)
{
    const char *endpoint = session->address.endpoint;
    if (session->version)
        return connect_fail(error, STATUS_UNREACHABLE,
                            "check that the server still runs, and read its log",
                            "the connection to Spark at %s broke off", endpoint);
    return connect_fail(error, STATUS_UNREACHABLE,
                        session->address.server.use_tls
                            ? "check the port: Spark Connect's own is 15002"
                            : "check the port: Spark Connect's own is 15002; if the server has "
                              "TLS, add ;use_ssl=true",
                        "%s answers, but does not speak HTTP/2", endpoint);
}

static enum status lost_error(const struct connect_session *session,
                              const struct grpc_result *result, struct error *error)
{
    const char *endpoint = session->address.endpoint;
    const char *problem = result->problem[0] ? result->problem : curl_easy_strerror(result->curl);
    if (result->os_error == EMFILE || result->os_error == ENFILE)
        return connect_fail(error, STATUS_FAILED, "raise the limit of open files: ulimit -n 1024",
                            "Spark at %s cannot be called: %s", endpoint,
                            strerror(result->os_error));
    switch (result->curl) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return connect_fail(error, STATUS_UNREACHABLE,
                            "check the spelling of the host, and the network",
                            "there is no host %s", session->address.server.host);
    case CURLE_COULDNT_CONNECT:
        return refused_error(session, error);
    case CURLE_OPERATION_TIMEDOUT:
        return silence_error(session, result, error);
    case CURLE_SSL_CONNECT_ERROR:
        return connect_fail(error, STATUS_UNREACHABLE,
                            "check the port; if the server has no TLS, say ;use_ssl=false",
                            "TLS with %s fails: %s", endpoint, problem);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return connect_fail(error, STATUS_UNREACHABLE,
                            "give the host's name as it is in the certificate; a certificate "
                            "authority of your own must be among the system's",
                            "the certificate of %s is not trusted: %s", endpoint, problem);
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
        return error_set(error, STATUS_UNREACHABLE, "the call of Spark at %s failed: %s", endpoint,
                         problem);
    }
}

/* ---- gRPC statuses --------------------------------------------------------------------------- */

static enum status denied_error(const struct connect_session *session,
                                const struct grpc_result *result, struct error *error)
{
    char line[CONNECT_LINE_BYTES];
    connect_first_line(result->message.len ? buffer_str(&result->message) : STR(""), line,
                       sizeof line);
    return connect_fail(error, STATUS_DENIED,
                        "give the server's token: SPARK_CONNECT_AUTHENTICATE_TOKEN, or ;token=… "
                        "in the address",
                        "Spark at %s %s%s%s", session->address.endpoint,
                        session->address.server.token ? "rejects the token" : "requires a token",
                        line[0] ? ": " : "", line);
}

static enum status status_error(struct connect_session *session, const char *method,
                                const struct grpc_result *result, struct error *error)
{
    switch (result->status) {
    case GRPC_UNAUTHENTICATED:
        return denied_error(session, result, error);
    case GRPC_UNIMPLEMENTED:
        return connect_fail(error, STATUS_UNREACHABLE,
                            "check host and port; the server must be Spark 4.0 or newer",
                            "the server at %s speaks gRPC, but has no method %s: it is not a Spark "
                            "Connect server, or one of an older version",
                            session->address.endpoint, method);
    default:
        return connect_spark_error(session, result, error);
    }
}

enum status connect_error(struct connect_session *session, const char *method,
                          const struct grpc_result *result, struct error *error)
{
    const char *endpoint = session->address.endpoint;
    switch (result->end) {
    case GRPC_END_STATUS:
        return status_error(session, method, result, error);
    case GRPC_END_LOST:
        return lost_error(session, result, error);
    case GRPC_END_NOT_GRPC:
        return connect_fail(
            error, STATUS_UNREACHABLE, "check host and port, and proxies on the way",
            "the server at %s is not a Spark Connect server: HTTP %ld%s%s", endpoint,
            result->http_status, result->content_type[0] ? ", " : "", result->content_type);
    case GRPC_END_NO_STATUS:
        return connect_fail(error, STATUS_UNREACHABLE,
                            "read the server's log, and check proxies on the way",
                            "%s ends its answers before they are complete", endpoint);
    case GRPC_END_TOO_LONG:
        return connect_fail(error, STATUS_LIMIT, "add ;grpc_max_message_size=… to the address",
                            "an answer of Spark at %s has %zu bytes: more than the %u that one may "
                            "have",
                            endpoint, result->long_message,
                            session->address.server.max_message_bytes);
    case GRPC_END_STOPPED:
        return connect_interrupted(error);
    case GRPC_END_MALFORMED:
    default:
        return connect_fail(error, STATUS_CORRUPT, CONNECT_CORRUPT_HINT,
                            "the answer of Spark at %s to %s does not conform to gRPC", endpoint,
                            method);
    }
}
