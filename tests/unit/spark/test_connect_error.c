#include "connect_private.h"

#include "unit.h"

#include <errno.h>

/* A session before it is opened, and after. */
static struct connect_session make_session(bool is_open)
{
    static char host[] = "host", endpoint[] = "host:15002", version[] = "4.3.0";
    return (struct connect_session){
        .address = {.server = {.host = host, .max_message_bytes = 1000}, .endpoint = endpoint},
        .version = is_open ? version : NULL};
}

/* ---- The wire -------------------------------------------------------------------------------- */

static void wire_errors(void **state)
{
    (void)state;
    static const struct {
        struct grpc_result result;
        bool is_open, is_lost;
        const char *message; /* its beginning */
    } cases[] = {
        {{.end = GRPC_END_LOST, .curl = CURLE_COULDNT_CONNECT},
         false,
         true,
         "nothing answers at host:15002"},
        {{.end = GRPC_END_LOST, .curl = CURLE_COULDNT_CONNECT},
         true,
         true,
         "host:15002 does not answer any more"},
        {{.end = GRPC_END_LOST, .curl = CURLE_COULDNT_CONNECT, .os_error = EMFILE},
         false,
         true,
         "Spark at host:15002 cannot be called: Too many open files"},
        {{.end = GRPC_END_LOST, .curl = CURLE_FAILED_INIT, .os_error = EMFILE},
         true,
         false,
         "Spark at host:15002 cannot be called: Too many open files"},
        {{.end = GRPC_END_LOST, .curl = CURLE_COULDNT_RESOLVE_HOST},
         false,
         false,
         "there is no host host"},
        {{.end = GRPC_END_LOST, .curl = CURLE_GOT_NOTHING},
         false,
         true,
         "host:15002 answers, but does not speak HTTP/2"},
        {{.end = GRPC_END_LOST, .curl = CURLE_UNSUPPORTED_PROTOCOL},
         false,
         false,
         "host:15002 answers, but does not speak HTTP/2"},
        {{.end = GRPC_END_LOST, .curl = CURLE_PARTIAL_FILE},
         true,
         true,
         "the connection to Spark at host:15002 broke off"},
        {{.end = GRPC_END_LOST, .curl = CURLE_SSL_CONNECT_ERROR, .problem = "wrong version"},
         false,
         false,
         "TLS with host:15002 fails: wrong version"},
        {{.end = GRPC_END_LOST, .curl = CURLE_PEER_FAILED_VERIFICATION, .problem = "self-signed"},
         false,
         false,
         "the certificate of host:15002 is not trusted: self-signed"},
        {{.end = GRPC_END_LOST, .curl = CURLE_OPERATION_TIMEDOUT},
         false,
         true,
         "host:15002 does not accept the connection"},
        {{.end = GRPC_END_LOST, .curl = CURLE_OPERATION_TIMEDOUT, .connected = true},
         true,
         true,
         "Spark at host:15002 has not answered for too long"},
        {{.end = GRPC_END_NOT_GRPC, .http_status = 404, .content_type = "text/html"},
         false,
         false,
         "the server at host:15002 is not a Spark Connect server: HTTP 404, text/html"},
        {{.end = GRPC_END_NOT_GRPC, .http_status = 503},
         true,
         true,
         "the server at host:15002 is not a Spark Connect server: HTTP 503"},
        {{.end = GRPC_END_NO_STATUS},
         true,
         true,
         "host:15002 ends its answers before they are complete"},
        {{.end = GRPC_END_TOO_LONG, .long_message = 2000},
         true,
         false,
         "an answer of Spark at host:15002 has 2000 bytes: more than the 1000"},
        {{.end = GRPC_END_MALFORMED},
         true,
         false,
         "the answer of Spark at host:15002 to Config does not conform to gRPC"},
        {{.end = GRPC_END_STATUS, .status = GRPC_UNIMPLEMENTED},
         false,
         false,
         "the server at host:15002 speaks gRPC, but has no method Config"},
        {{.end = GRPC_END_STATUS, .status = GRPC_UNAUTHENTICATED},
         false,
         false,
         "Spark at host:15002 requires a token"},
        {{.end = GRPC_END_STATUS, .status = GRPC_UNAVAILABLE},
         true,
         true,
         "Spark at host:15002: it failed without a message"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct connect_session session = make_session(cases[i].is_open);
        struct error error;
        assert_int_not_equal(connect_error(&session, "Config", &cases[i].result, &error),
                             STATUS_OK);
        assert_true(str_starts_with(str_of(error.message), str_of(cases[i].message)));
        assert_int_equal(connect_is_lost(&cases[i].result), cases[i].is_lost);
        assert_true(*error_hint_text(&error) || error.status != STATUS_UNREACHABLE);
    }
}

/* ---- Spark ----------------------------------------------------------------------------------- */

static void set_message(struct grpc_result *result, const char *text)
{
    *result = (struct grpc_result){.end = GRPC_END_STATUS, .status = 13};
    buffer_append_str(&result->message, str_of(text));
}

static void spark_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
        enum status status;
    } cases[] = {
        {"\n[PARSE_SYNTAX_ERROR] Syntax error at 'x'. SQLSTATE: 42601 (line 1, pos 0)\n\n== SQL ==",
         "Spark at host:15002: [PARSE_SYNTAX_ERROR] Syntax error at 'x'. SQLSTATE: 42601 (line 1, "
         "pos 0)",
         STATUS_FAILED},
        {"[PATH_NOT_FOUND] Path does not exist: file:/x. SQLSTATE: 42K03",
         "Spark at host:15002: [PATH_NOT_FOUND] Path does not exist: file:/x. SQLSTATE: 42K03",
         STATUS_NOT_FOUND},
        {"[PATH_ALREADY_EXISTS] It is there.",
         "Spark at host:15002: [PATH_ALREADY_EXISTS] It is "
         "there.",
         STATUS_EXISTS},
        {"[INVALID_HANDLE.SESSION_CHANGED] The handle is invalid.",
         "Spark at host:15002: [INVALID_HANDLE.SESSION_CHANGED] The handle is invalid.",
         STATUS_UNREACHABLE},
        {"java.lang.IllegalStateException: Cannot call methods on a stopped SparkContext.\nThis "
         "stopped SparkContext was created at:\n",
         "Spark at host:15002 is being stopped: java.lang.IllegalStateException: Cannot call "
         "methods on a stopped SparkContext.",
         STATUS_UNREACHABLE},
        {"[UNRESOLVED_COLUMN] A column. SQLSTATE: 42703; line 1 pos 7;\n'Project ['x]",
         "Spark at host:15002: [UNRESOLVED_COLUMN] A column. SQLSTATE: 42703; line 1 pos 7",
         STATUS_FAILED},
        {"[DIVIDE_BY_ZERO] Division.\n== SQL (line 12, position 8) ==\nSELECT 1/0",
         "Spark at host:15002: [DIVIDE_BY_ZERO] Division. (line 12, pos 7)", STATUS_FAILED},
        {"tab\tand\rreturn", "Spark at host:15002: tab and return", STATUS_FAILED},
        {" \n ", "Spark at host:15002: it failed without a message", STATUS_FAILED},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(grpc_result_release) struct grpc_result result;
        struct connect_session session = make_session(true);
        struct error error;
        set_message(&result, cases[i].text);
        assert_int_equal(connect_error(&session, "ExecutePlan", &result, &error), cases[i].status);
        assert_string_equal(error.message, cases[i].message);
    }
}

static void places(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        bool is_found;
        struct {
            unsigned line, column;
        } place;
    } cases[] = {
        {"x; line 1 pos 7;", true, {1, 7}},
        {"x (line 2, pos 0)", true, {2, 0}},
        {"== SQL (line 3, position 1) ==", true, {3, 0}},
        {"a line 4 of text (line 5, pos 6)", true, {5, 6}},
        {"line 4", false, {0}},
        {"line 0, pos 1", false, {0}},
        {"line x, pos 1; line 1 position", false, {0}},
        {"line 1, pos", false, {0}},
        {"", false, {0}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned line = 0, column = 0;
        if (connect_find_position(cases[i].message, &line, &column) != cases[i].is_found ||
            line != cases[i].place.line || column != cases[i].place.column)
            fail_msg("%s: %u, %u", cases[i].message, line, column);
    }
}

static void long_messages_are_cut_at_a_character(void **state)
{
    (void)state;
    CLEANUP(grpc_result_release) struct grpc_result result;
    struct connect_session session = make_session(true);
    struct error error;
    set_message(&result, "x");
    for (unsigned i = 0; i < 2000; i++)
        buffer_append_str(&result.message, STR("ü"));
    assert_int_equal(connect_error(&session, "ExecutePlan", &result, &error), STATUS_FAILED);
    size_t len = strlen(error.message);
    assert_in_range(len, 500, 700);
    assert_int_equal(utf8_valid_prefix(error.message, len), len);
}

/* google.rpc.Status with one ErrorInfo, as Spark sends it. */
static void make_details(struct buffer *out)
{
    CLEANUP(buffer_release) struct buffer packed = {0};
    Connect__MapEntry class_entry = CONNECT__MAP_ENTRY__INIT, id_entry = CONNECT__MAP_ENTRY__INIT;
    Connect__MapEntry *entries[] = {&class_entry, &id_entry};
    Connect__ErrorInfo info = CONNECT__ERROR_INFO__INIT;
    Connect__Any any = CONNECT__ANY__INIT, *details[] = {&any};
    Connect__Status status = CONNECT__STATUS__INIT;
    class_entry.key = connect_borrow("errorClass");
    class_entry.value = connect_borrow("DIVIDE_BY_ZERO");
    id_entry.key = connect_borrow("errorId");
    id_entry.value = connect_borrow("1234");
    info.metadata = entries;
    info.n_metadata = COUNT(entries);
    connect_pack(&info.base, &packed);
    any.type_url = connect_borrow("type.googleapis.com/google.rpc.ErrorInfo");
    any.has_value = true;
    any.value = (ProtobufCBinaryData){packed.len, (uint8_t *)packed.data};
    status.details = details;
    status.n_details = COUNT(details);
    connect_pack(&status.base, out);
}

static void details_name_class_and_id(void **state)
{
    (void)state;
    CLEANUP(grpc_result_release) struct grpc_result result;
    struct connect_details details;
    set_message(&result, "Division by zero.");
    make_details(&result.details);
    connect_read_details(&result, &details);
    assert_string_equal(details.error_class, "DIVIDE_BY_ZERO");
    assert_string_equal(details.error_id, "1234");
}

static void broken_details_leave_the_message(void **state)
{
    (void)state;
    CLEANUP(buffer_release) struct buffer whole = {0};
    make_details(&whole);
    for (size_t len = 0; len < whole.len; len++) {
        CLEANUP(grpc_result_release) struct grpc_result result;
        struct connect_details details;
        set_message(&result, "[FROM_MESSAGE] It says.");
        buffer_append(&result.details, whole.data, len);
        connect_read_details(&result, &details);
        assert_string_equal(details.error_class, "FROM_MESSAGE");
        assert_string_equal(details.error_id, "");
    }
}

static void classes_in_messages(void **state)
{
    (void)state;
    static const struct {
        const char *message, *error_class;
    } cases[] = {
        {"[A_B.C9] text", "A_B.C9"},
        {"[a] text", ""},
        {"[A text", ""},
        {"[]", ""},
        {"[A", ""},
        {"x: [OPERATION_CANCELED] y", "OPERATION_CANCELED"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(grpc_result_release) struct grpc_result result;
        struct connect_details details;
        set_message(&result, cases[i].message);
        connect_read_details(&result, &details);
        assert_string_equal(details.error_class, cases[i].error_class);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wire_errors),
        cmocka_unit_test(spark_errors),
        cmocka_unit_test(places),
        cmocka_unit_test(long_messages_are_cut_at_a_character),
        cmocka_unit_test(details_name_class_and_id),
        cmocka_unit_test(broken_details_leave_the_message),
        cmocka_unit_test(classes_in_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
