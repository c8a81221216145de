/* connect_spark_error: errors that Spark reports.
 *
 * Nearly every error has the gRPC status 13 (INTERNAL) and a message "[ERROR_CLASS] text", followed
 * by a stack trace or the SQL. The trailer grpc-status-details-bin has the class and an id, for
 * which the method FetchErrorDetails returns the chain of causes. The first error says what failed
 * and the last cause why, so the message here has both. */
#include "connect_private.h"

#define FETCH_TIMEOUT_MS 5000
#define MAX_CAUSES       32
#define LINE_BYTES       CONNECT_LINE_BYTES
#define CAUSE_BYTES      (LINE_BYTES + 200)
#define POSITION_BYTES   48

/* ---- Details in the trailers ----------------------------------------------------------------- */

static void read_info(const Connect__ErrorInfo *info, struct connect_details *out)
{
    for (size_t i = 0; i < info->n_metadata; i++) {
        const Connect__MapEntry *entry = info->metadata[i];
        if (!entry->key || !entry->value)
            continue;
        if (strcmp(entry->key, "errorClass") == 0)
            snprintf(out->error_class, sizeof out->error_class, "%s", entry->value);
        else if (strcmp(entry->key, "errorId") == 0)
            snprintf(out->error_id, sizeof out->error_id, "%s", entry->value);
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

/* Sets the class from a message "[CLASS] …", for a server or a proxy that sends no details. */
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

/* ---- Messages -------------------------------------------------------------------------------- */

static bool is_control(const char *text, size_t len)
{
    unsigned char first = (unsigned char)text[0];
    if (first == 0xC2 && len > 1) /* U+0080 to U+009F */
        return (unsigned char)text[1] < 0xA0;
    return first < ' ' || first == 0x7F;
}

void connect_first_line(struct str text, char *out, size_t size)
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

/* Writes "[CLASS] message" for one error of the chain, or "JavaClass: message" if Spark gave it no
 * error class. */
static void write_error(const Connect__FetchErrorDetailsResponse__Error *error, char *out,
                        size_t size)
{
    char line[LINE_BYTES];
    connect_first_line(str_of(error->message ? error->message : ""), line, sizeof line);
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

/* Returns the cause that names a file, otherwise the last one with a message; NULL if the error has
 * no cause. */
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
    CONNECT_IDENTIFY(session, &request);
    request.error_id = id.error_id;
    if (!id.error_id[0] || connect_unary(session, &unary, &answer, &ignored) != STATUS_OK)
        return;
    const Connect__FetchErrorDetailsResponse__Error *cause = last_cause((const void *)answer.any);
    if (cause)
        write_error(cause, out, size);
}

static const struct known_error {
    const char *error_class; /* also of its subclasses, which follow after a '.' */
    enum status status;
    const char *hint; /* NULL: that of the status */
} known_errors[] = {
    {"PATH_NOT_FOUND", STATUS_NOT_FOUND,
     "check the path; Spark's workers must see it, too: on a cluster it is on shared storage"},
    {"TABLE_OR_VIEW_NOT_FOUND", STATUS_NOT_FOUND, "check the spelling of the table"},
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

/* ---- The position in the SQL ----------------------------------------------------------------- */

/* Parses "line 1 pos 7", "line 1, pos 7", or "line 1, position 8"; only the last counts from 1. */
static bool parse_position(const char *text, unsigned *out_line, unsigned *out_column)
{
    unsigned line, column;
    int end = 0;
    if (sscanf(text, "line %9u%*[, ]pos%n", &line, &end) != 1 || end == 0)
        return false;
    bool is_long = strncmp(text + end, "ition", 5) == 0;
    if (sscanf(text + end + (is_long ? 5 : 0), " %9u", &column) != 1 || line == 0)
        return false;
    *out_line = line;
    *out_column = column - (is_long && column ? 1 : 0);
    return true;
}

bool connect_find_position(const char *message, unsigned *out_line, unsigned *out_column)
{
    bool found = false;
    for (const char *at = message; (at = strstr(at, "line ")) != NULL && !found; at++)
        found = parse_position(at, out_line, out_column);
    return found;
}

/* Appends the position that the message names to its first line, unless the line has it already.
 * Also removes the semicolon with which the line ends before a query plan. */
static void append_position(const char *message, char *line, size_t size)
{
    unsigned at_line, at_column;
    size_t len = strlen(line);
    while (len > 0 && line[len - 1] == ';')
        line[--len] = '\0';
    if (connect_find_position(line, &at_line, &at_column) ||
        !connect_find_position(message, &at_line, &at_column))
        return;
    snprintf(line + len, size - len, " (line %u, pos %u)", at_line, at_column);
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

enum status connect_spark_error(struct connect_session *session, const struct grpc_result *result,
                                struct error *error)
{
    enum status status = status_of(result->status);
    char line[LINE_BYTES + POSITION_BYTES], cause[CAUSE_BYTES];
    CLEANUP(buffer_release) struct buffer message = {0};
    struct connect_details details;
    connect_read_details(result, &details);
    buffer_append_str(&message, result->message.len ? buffer_str(&result->message) : STR(""));
    connect_first_line(str_of(buffer_text(&message)), line, LINE_BYTES);
    append_position(buffer_text(&message), line, sizeof line);
    if (is_stopping(line))
        return connect_fail(error, STATUS_UNREACHABLE, "start it again, then run again",
                            "Spark at %s is being stopped: %s", session->address.endpoint, line);
    const struct known_error *known = find_known(details.error_class);
    bool has_class = details.error_class[0] && line[0] != '[';
    fetch_cause(session, &details, cause, sizeof cause);
    error_set(error, known ? known->status : status, "Spark at %s: %s%s%s%s%s%s",
              session->address.endpoint, has_class ? "[" : "", has_class ? details.error_class : "",
              has_class ? "] " : "", line[0] ? line : "it failed without a message",
              cause[0] ? "; cause: " : "", cause);
    if (known && known->hint)
        return error_hint(error, "%s", known->hint);
    return error->status;
}
