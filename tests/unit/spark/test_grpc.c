#include "grpc.h"

#include "refuse_call.h"
#include "unit.h"

#include <errno.h>
#include <http.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Frames ---------------------------------------------------------------------------------- */

struct taken {
    struct buffer text; /* each message in brackets */
    unsigned count, limit;
};

static bool take(void *ctx, struct str message)
{
    struct taken *taken = ctx;
    buffer_appendf(&taken->text, "[%.*s]", STR_ARG(message));
    return ++taken->count < taken->limit;
}

static const char three[] = "\0\0\0\0\5hello"
                            "\0\0\0\0\0"
                            "\0\0\0\0\2ok";
#define THREE ((struct str){three, sizeof three - 1})

static void check_split(size_t piece)
{
    CLEANUP(grpc_frames_release) struct grpc_frames frames = {.max_message_bytes = 100};
    struct taken taken = {.limit = 10};
    for (size_t at = 0; at < THREE.len; at += piece) {
        size_t len = THREE.len - at < piece ? THREE.len - at : piece;
        assert_int_equal(grpc_frames_add(&frames, (struct str){three + at, len}, take, &taken),
                         GRPC_END_NONE);
    }
    assert_string_equal(buffer_text(&taken.text), "[hello][][ok]");
    assert_int_equal(frames.bytes.len, 0);
    buffer_release(&taken.text);
}

static void frames_come_split_anywhere(void **state)
{
    (void)state;
    for (size_t piece = 1; piece <= THREE.len; piece++)
        check_split(piece);
}

static void half_a_frame_is_kept(void **state)
{
    (void)state;
    CLEANUP(grpc_frames_release) struct grpc_frames frames = {.max_message_bytes = 100};
    struct taken taken = {.limit = 10};
    struct str half = {three, 7};
    assert_int_equal(grpc_frames_add(&frames, half, take, &taken), GRPC_END_NONE);
    assert_int_equal(taken.count, 0);
    assert_int_equal(frames.bytes.len, 7);
}

static void no_more_is_taken_than_is_wanted(void **state)
{
    (void)state;
    CLEANUP(grpc_frames_release) struct grpc_frames frames = {.max_message_bytes = 100};
    struct taken taken = {.limit = 2};
    assert_int_equal(grpc_frames_add(&frames, THREE, take, &taken), GRPC_END_STOPPED);
    assert_string_equal(buffer_text(&taken.text), "[hello][]");
    buffer_release(&taken.text);
}

static void bad_frames(void **state)
{
    (void)state;
    static const struct {
        struct str bytes;
        enum grpc_end status;
    } cases[] = {
        {{"\1\0\0\0\5hello", 10}, GRPC_END_MALFORMED},
        {{"\0\0\0\0\6", 5}, GRPC_END_TOO_LONG},
        {{"\0\xFF\xFF\xFF\xFF", 5}, GRPC_END_TOO_LONG},
        {{"\0\0\0\0\5", 5}, GRPC_END_NONE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(grpc_frames_release) struct grpc_frames frames = {.max_message_bytes = 5};
        struct taken taken = {.limit = 10};
        assert_int_equal(grpc_frames_add(&frames, cases[i].bytes, take, &taken), cases[i].status);
        assert_int_equal(taken.count, 0);
    }
}

/* ---- Headers and trailers -------------------------------------------------------------------- */

static void statuses(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int status;
    } cases[] = {
        {"grpc-status: 0\r\n", 0},
        {"grpc-status:13\r\n", 13},
        {"Grpc-Status: 16", 16},
        {"grpc-status: \r\n", -1},
        {"grpc-status: x\r\n", -1},
        {"grpc-status: -1\r\n", -1},
        {"grpc-status: 9999", -1},
        {"grpc-statuses: 0\r\n", -1},
        {"\r\n", -1},
        {"", -1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(grpc_result_release) struct grpc_result result = {.status = -1};
        grpc_parse_header(&result, str_of(cases[i].line));
        assert_int_equal(result.status, cases[i].status);
    }
}

static void messages_are_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *line, *message;
    } cases[] = {
        {"grpc-message: plain text\r\n", "plain text"},
        {"grpc-message: a%20b%0Ac\r\n", "a b\nc"},
        {"grpc-message: %C3%BC%f0%9f%92%be\r\n", "ü💾"},
        {"grpc-message: 100%\r\n", "100%"},
        {"grpc-message: %4\r\n", "%4"},
        {"grpc-message: %zz%41\r\n", "%zzA"},
        {"grpc-message:\r\n", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(grpc_result_release) struct grpc_result result = {0};
        grpc_parse_header(&result, str_of(cases[i].line));
        assert_string_equal(buffer_text(&result.message), cases[i].message);
    }
}

static void details_are_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *line, *details;
    } cases[] = {
        {"grpc-status-details-bin: Zm9vYmFy\r\n", "foobar"},
        {"grpc-status-details-bin: Zm9vYmE=\r\n", "fooba"},
        {"grpc-status-details-bin: Zm9vYg\r\n", "foob"}, /* as servers send it */
        {"grpc-status-details-bin: Zg==\r\n", "f"},
        {"grpc-status-details-bin: !\r\n", ""},
        {"grpc-status-details-bin:\r\n", ""},
        {"grpc-status-details-bin: ====\r\n", ""},
        {"grpc-status-details-bin: Z\r\n", ""},
        {"grpc-status-details-bin: Zm9v\tYmFy\r\n", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(grpc_result_release) struct grpc_result result = {0};
        grpc_parse_header(&result, str_of(cases[i].line));
        assert_string_equal(buffer_text(&result.details), cases[i].details);
    }
}

static void a_new_status_line_forgets_what_came(void **state)
{
    (void)state;
    CLEANUP(grpc_result_release) struct grpc_result result = {.status = -1};
    grpc_parse_header(&result, STR("grpc-status: 0\r\n"));
    grpc_parse_header(&result, STR("grpc-message: old\r\n"));
    grpc_parse_header(&result, STR("content-type: text/html\r\n"));
    grpc_parse_header(&result, STR("HTTP/2 200\r\n"));
    assert_int_equal(result.status, -1);
    assert_string_equal(buffer_text(&result.message), "");
    assert_string_equal(result.content_type, "");
}

/* ---- What the machine does not have ---------------------------------------------------------- */

static bool take_none(void *ctx, struct str message)
{
    (void)ctx;
    (void)message;
    return false;
}

/* Without a free file descriptor, a call fails like one without a connection. */
static void a_call_without_descriptors_fails(void **state)
{
    (void)state;
    CLEANUP(grpc_result_release) struct grpc_result result = {0};
    struct grpc_server server = {.host = "127.0.0.1",
                                 .port = 1,
                                 .service = "s",
                                 .user_agent = "u",
                                 .max_message_bytes = 100,
                                 .connect_s = 5,
                                 .silence_s = 5};
    struct grpc_call call = {.method = "M", .request = STR("x"), .message = take_none};
    struct rlimit before, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){3, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    grpc_call(&server, &call, &result);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(result.end, GRPC_END_LOST);
    assert_int_equal(result.os_error, EMFILE);
    assert_int_equal(result.message_count, 0);
}

/* As in a service with RestrictAddressFamilies: not every kind of socket is allowed. */
static void forbidden_sockets_are_no_lack_of_descriptors(void **state)
{
    (void)state;
    int status = -1;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(refuse_call(SYS_socket, EAFNOSUPPORT) ? http_find_os_error() : 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_split_anywhere),
        cmocka_unit_test(half_a_frame_is_kept),
        cmocka_unit_test(no_more_is_taken_than_is_wanted),
        cmocka_unit_test(bad_frames),
        cmocka_unit_test(statuses),
        cmocka_unit_test(messages_are_decoded),
        cmocka_unit_test(details_are_decoded),
        cmocka_unit_test(a_new_status_line_forgets_what_came),
        cmocka_unit_test(a_call_without_descriptors_fails),
        cmocka_unit_test(forbidden_sockets_are_no_lack_of_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
