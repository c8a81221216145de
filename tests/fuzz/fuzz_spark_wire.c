/* The input is, depending on its first byte, what a Spark Connect server sends (frames in pieces,
 * headers and trailers, details of errors, error messages) or the address that a user gives. */
#include "connect_private.h"

#include <stdlib.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

#define MAX_MESSAGE ((size_t)1 << 20)

static const ProtobufCMessageDescriptor *const types[] = {
    &connect__execute_plan_response__descriptor,
    &connect__analyze_plan_response__descriptor,
    &connect__config_response__descriptor,
    &connect__fetch_error_details_response__descriptor,
    &connect__status__descriptor,
    &connect__error_info__descriptor,
};
#define TYPE_COUNT (sizeof types / sizeof types[0])

static bool is_text(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            return false;
    return true;
}

/* ---- Frames ---------------------------------------------------------------------------------- */

struct messages {
    struct buffer all; /* all messages, each with its length before it */
    const ProtobufCMessageDescriptor *type;
};

static bool add_message(void *ctx, struct str message)
{
    struct messages *messages = ctx;
    CLEANUP(connect_message_release) struct connect_message unpacked = {0};
    CLEANUP(buffer_release) struct buffer packed = {0};
    REQUIRE(message.len <= MAX_MESSAGE);
    buffer_append(&messages->all, (const char *)&message.len, sizeof message.len);
    buffer_append_str(&messages->all, message);
    if (connect_unpack(messages->type, message, &unpacked))
        connect_pack(unpacked.any, &packed); /* reads all of the message */
    return true;
}

static enum grpc_end add_in_pieces(struct str text, size_t piece, struct messages *messages)
{
    CLEANUP(grpc_frames_release) struct grpc_frames frames = {.max_message_bytes = MAX_MESSAGE};
    enum grpc_end status = GRPC_END_NONE;
    for (size_t at = 0; at < text.len && status == GRPC_END_NONE; at += piece) {
        size_t len = text.len - at < piece ? text.len - at : piece;
        status = grpc_frames_add(&frames, (struct str){text.data + at, len}, add_message, messages);
    }
    return status;
}

/* The messages must not depend on how the bytes are split. */
static void check_frames(uint8_t which, struct str text)
{
    struct messages whole = {.type = types[which % TYPE_COUNT]}, pieces = whole;
    REQUIRE(add_in_pieces(text, text.len + 1, &whole) == add_in_pieces(text, which + 1u, &pieces));
    REQUIRE(whole.all.len == pieces.all.len &&
            (!whole.all.len || memcmp(whole.all.data, pieces.all.data, whole.all.len) == 0));
    buffer_release(&whole.all);
    buffer_release(&pieces.all);
}

/* ---- Headers, details, words ----------------------------------------------------------------- */

static void check_headers(struct str text)
{
    CLEANUP(grpc_result_release) struct grpc_result result = {.status = -1};
    struct connect_details details;
    size_t most = text.len;
    while (text.len) {
        const char *newline = memchr(text.data, '\n', text.len);
        size_t len = newline ? (size_t)(newline + 1 - text.data) : text.len;
        grpc_parse_header(&result, (struct str){text.data, len});
        text.data += len;
        text.len -= len;
    }
    REQUIRE(result.status >= -1 && result.status <= 999);
    REQUIRE(result.message.len <= most && result.details.len <= most);
    REQUIRE(memchr(result.content_type, '\0', sizeof result.content_type));
    connect_read_details(&result, &details);
}

static void check_details(struct str text)
{
    CLEANUP(grpc_result_release) struct grpc_result result = {.status = 13};
    struct connect_details details;
    buffer_append_str(&result.details, text);
    connect_read_details(&result, &details);
    REQUIRE(memchr(details.error_class, '\0', sizeof details.error_class));
    REQUIRE(memchr(details.error_id, '\0', sizeof details.error_id));
}

/* Messages of a server may be printed on a terminal, so they must not have control characters. */
static void check_words(uint8_t which, struct str text)
{
    CLEANUP(grpc_result_release)
    struct grpc_result result = {.end = (enum grpc_end)(which % (GRPC_END_MALFORMED + 1)),
                                 .status = which >> 3};
    static char host[] = "host", endpoint[] = "host:15002", version[] = "4.3.0";
    struct connect_session session = {
        .address = {.server = {.host = host, .max_message_bytes = MAX_MESSAGE},
                    .endpoint = endpoint},
        .version = version};
    struct error error = {0};
    buffer_append_str(&result.message, text);
    snprintf(result.content_type, sizeof result.content_type, "text/html");
    REQUIRE(connect_error(&session, "ExecutePlan", &result, &error) != STATUS_OK);
    REQUIRE(is_text(error.message) && is_text(error.hint));
    REQUIRE(utf8_valid_prefix(error.message, strlen(error.message)) == strlen(error.message));
}

/* ---- Addresses ------------------------------------------------------------------------------- */

#define SECRET "S3CR3T-x9Qz7"

/* No error message may contain a token; values that are accepted must be valid in headers. */
static void check_address(struct str text)
{
    CLEANUP(buffer_release) struct buffer copy = {0};
    struct connect_address address = {0};
    struct error error = {0};
    if (text.len && memmem(text.data, text.len, SECRET, sizeof SECRET - 1))
        return; /* as the name of a parameter, it may be in a message */
    buffer_append_str(&copy, STR("sc://"));
    buffer_append_str(&copy, text);
    buffer_append_str(&copy, STR(";token=" SECRET));
    if (connect_address_parse(buffer_text(&copy), &address, &error) != STATUS_OK) {
        REQUIRE(!strstr(error.message, SECRET) && is_text(error.message));
        return;
    }
    REQUIRE(address.server.host[0] && address.server.port >= 1 &&
            address.server.port <= UINT16_MAX);
    REQUIRE(!address.server.token || is_text(address.server.token));
    REQUIRE(!address.server.token || address.server.use_tls || connect_address_is_local(&address));
    for (size_t i = 0; i < address.server.header_count; i++)
        REQUIRE(is_text(address.server.headers[i].name) &&
                is_text(address.server.headers[i].value));
    connect_address_release(&address);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct str text = {(const char *)data + 2, size - 2};
    switch (data[0] % 5) {
    case 0:
        check_frames(data[1], text);
        break;
    case 1:
        check_headers(text);
        break;
    case 2:
        check_details(text);
        break;
    case 3:
        check_words(data[1], text);
        break;
    default:
        check_address(text);
        break;
    }
    return 0;
}
