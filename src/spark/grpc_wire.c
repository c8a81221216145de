/* grpc_wire: the wire format of gRPC over HTTP/2 (PROTOCOL-HTTP2.md): length-prefixed messages, and
 * the status in the trailers. */
#include "grpc.h"

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

enum grpc_frames_status grpc_frames_add(struct grpc_frames *frames, struct str bytes,
                                        grpc_message_fn *message, void *ctx)
{
    for (;;) {
        if (frames->bytes.len < GRPC_FRAME_HEADER &&
            consume_bytes(frames, &bytes, GRPC_FRAME_HEADER) > 0)
            return GRPC_FRAMES_OK;
        if (frames->bytes.data[0] != 0)
            return GRPC_FRAMES_COMPRESSED;
        size_t length = grpc_frame_length(frames->bytes.data);
        if (length > frames->max_message_bytes)
            return GRPC_FRAMES_TOO_LONG;
        if (frames->bytes.len == GRPC_FRAME_HEADER)
            buffer_reserve(&frames->bytes, length); /* allocates exactly the length */
        if (consume_bytes(frames, &bytes, GRPC_FRAME_HEADER + length) > 0)
            return GRPC_FRAMES_OK;
        struct str whole = {frames->bytes.data + GRPC_FRAME_HEADER, length};
        if (!message(ctx, whole))
            return GRPC_FRAMES_STOPPED;
        buffer_reset(&frames->bytes);
    }
}

void grpc_frames_release(struct grpc_frames *frames)
{
    buffer_release(&frames->bytes);
}

/* ---- Headers and trailers -------------------------------------------------------------------- */

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Decodes base64 with or without padding (RFC 4648, section 4) up to the first other character. */
static void decode_base64(struct str text, struct buffer *out)
{
    unsigned bits = 0, count = 0;
    buffer_reset(out);
    for (size_t i = 0; i < text.len; i++) {
        int digit = base64_digit(text.data[i]);
        if (digit < 0)
            break;
        bits = bits << 6 | (unsigned)digit;
        count += 6;
        if (count >= 8) {
            count -= 8;
            buffer_append_char(out, (char)(bits >> count & 0xFF));
        }
    }
}

static int parse_status(struct str value)
{
    int status = 0;
    if (value.len == 0 || value.len > 3)
        return -1;
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return -1;
        status = status * 10 + (value.data[i] - '0');
    }
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
