/* grpc_wire: the wire format of gRPC over HTTP/2 (PROTOCOL-HTTP2.md): length-prefixed messages, and
 * the status in the trailers. */
#include "grpc.h"

#include <openssl/evp.h>
#include <strings.h>

/* ---- Frames ---------------------------------------------------------------------------------- */

size_t grpc_frame_length(const char *header)
{
    const uint8_t *bytes = (const uint8_t *)header + 1;
    return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

/* Moves bytes from *bytes to the frame until it has `wanted` bytes; returns how many are missing.
 */
static size_t consume_bytes(struct grpc_frames *frames, struct str *bytes, size_t wanted)
{
    size_t missing = wanted - frames->bytes.len;
    size_t consumed = missing < bytes->len ? missing : bytes->len;
    buffer_append(&frames->bytes, bytes->data, consumed);
    bytes->data += consumed;
    bytes->len -= consumed;
    return missing - consumed;
}

enum grpc_end grpc_frames_add(struct grpc_frames *frames, struct str bytes,
                              grpc_message_fn *message, void *ctx)
{
    for (;;) {
        if (frames->bytes.len < GRPC_FRAME_HEADER &&
            consume_bytes(frames, &bytes, GRPC_FRAME_HEADER) > 0)
            return GRPC_END_NONE;
        if (frames->bytes.data[0] != 0)
            return GRPC_END_MALFORMED;
        size_t length = grpc_frame_length(frames->bytes.data);
        if (length > frames->max_message_bytes)
            return GRPC_END_TOO_LONG;
        if (frames->bytes.len == GRPC_FRAME_HEADER)
            buffer_reserve(&frames->bytes, length); /* allocates exactly the length */
        if (consume_bytes(frames, &bytes, GRPC_FRAME_HEADER + length) > 0)
            return GRPC_END_NONE;
        struct str whole = {frames->bytes.data + GRPC_FRAME_HEADER, length};
        if (!message(ctx, whole))
            return GRPC_END_STOPPED;
        buffer_reset(&frames->bytes);
    }
}

void grpc_frames_release(struct grpc_frames *frames)
{
    buffer_release(&frames->bytes);
}

/* ---- Headers and trailers -------------------------------------------------------------------- */

/* Decodes base64 with or without padding (RFC 4648, section 4); nothing of what is none. */
static void decode_base64(struct str text, struct buffer *out)
{
    CLEANUP(buffer_release) struct buffer padded = {0};
    while (text.len > 0 && text.data[text.len - 1] == '=')
        text.len--;
    buffer_append_str(&padded, text);
    while (padded.len % 4)
        buffer_append_char(&padded, '=');
    buffer_reset(out);
    int len = EVP_DecodeBlock((unsigned char *)buffer_reserve(out, padded.len),
                              (const unsigned char *)padded.data, (int)padded.len);
    out->len = len > 0 ? (size_t)len - (padded.len - text.len) : 0;
}

static int parse_status(struct str value)
{
    int status = 0;
    if (value.len == 0 || value.len > 3 || !str_consists_of(value, ASCII_DIGITS))
        return -1;
    for (size_t i = 0; i < value.len; i++)
        status = status * 10 + (value.data[i] - '0');
    return status;
}

/* Whether the line is a header of this name (in any case); sets *out_value. */
static bool is_header(struct str line, const char *name, struct str *out_value)
{
    size_t len = strlen(name);
    if (line.len <= len || line.data[len] != ':' || strncasecmp(line.data, name, len) != 0)
        return false;
    *out_value = str_trim((struct str){line.data + len + 1, line.len - len - 1});
    return true;
}

static void reset_headers(struct grpc_result *result)
{
    result->status = -1;
    result->content_type[0] = '\0';
    buffer_reset(&result->message);
    buffer_reset(&result->details);
}

void grpc_parse_header(struct grpc_result *result, struct str line)
{
    struct str value;
    if (str_starts_with(
            line, STR("HTTP/"))) /* the headers before were of an informational (1xx) response */
        reset_headers(result);
    else if (is_header(line, "grpc-status", &value))
        result->status = parse_status(value);
    else if (is_header(line, "grpc-message", &value)) {
        buffer_reset(&result->message);
        buffer_append_percent_decoded(&result->message, value);
    } else if (is_header(line, "grpc-status-details-bin", &value))
        decode_base64(value, &result->details);
    else if (is_header(line, "content-type", &value))
        snprintf(result->content_type, sizeof result->content_type, "%.*s", STR_ARG(value));
}
