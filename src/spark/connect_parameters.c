/* connect_parameters: the parameters of a connection string, ";name=value;…". Messages name a
 * parameter but never have its value, because one of them is the token. */
#include "connect_address_private.h"

#include <strings.h>

#define MAX_HEADERS           32
#define LARGEST_MESSAGE_BYTES (1024u << 20)
#define MAX_KEEPALIVE_MS      (3600u * 1000)

/* ---- Values ---------------------------------------------------------------------------------- */

/* Percent-decodes a value. Values are sent in headers and messages, so they must not have control
 * characters. */
static enum status decode(struct str name, struct str value, struct buffer *out,
                          struct error *error)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];
        if (c == '%') {
            int high = i + 2 < value.len ? hex_digit(value.data[i + 1]) : -1;
            int low = i + 2 < value.len ? hex_digit(value.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return connect_address_error(
                    error, "in the value of %.*s, a '%%' is not followed by two hex digits",
                    STR_ARG(name));
            c = (char)(high << 4 | low);
            i += 2;
        }
        if ((unsigned char)c < 0x20 || c == 0x7F)
            return connect_address_error(error, "the value of %.*s has a control character",
                                         STR_ARG(name));
        buffer_append_char(out, c);
    }
    return STATUS_OK;
}

/* Printable ASCII characters and spaces. */
static bool is_visible_ascii(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.data[i] < 0x20 || value.data[i] > 0x7E)
            return false;
    return true;
}

static void replace(char **text, struct str value)
{
    mem_free(*text);
    *text = str_dup(value);
}

static bool parse_bool(struct str value, bool *out)
{
    bool is_true = value.len == 4 && strncasecmp(value.data, "true", 4) == 0;
    bool is_false = value.len == 5 && strncasecmp(value.data, "false", 5) == 0;
    *out = is_true;
    return is_true || is_false;
}

static bool is_uuid(struct str value)
{
    if (value.len != CONNECT_UUID_LEN)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? value.data[i] != '-' : hex_digit(value.data[i]) < 0)
            return false;
    }
    return true;
}

/* ---- Parameters ------------------------------------------------------------------------------ */

enum status connect_parse_token(struct connect_address_parser *parser, struct str value)
{
    if (value.len == 0 || !is_visible_ascii(value) || memchr(value.data, ' ', value.len))
        return connect_address_error(parser->error,
                                     "the token is empty, or has characters that no token has");
    replace(&parser->address->token, value);
    return STATUS_OK;
}

static enum status parse_use_ssl(struct connect_address_parser *parser, struct str value)
{
    if (!parse_bool(value, &parser->use_tls))
        return connect_address_error(parser->error, "use_ssl is neither true nor false");
    parser->has_use_tls = true;
    return STATUS_OK;
}

static enum status parse_user_id(struct connect_address_parser *parser, struct str value)
{
    if (value.len == 0 || utf8_valid_prefix(value.data, value.len) != value.len)
        return connect_address_error(parser->error, "user_id is empty, or not UTF-8");
    replace(&parser->address->user_id, value);
    return STATUS_OK;
}

static enum status parse_user_agent(struct connect_address_parser *parser, struct str value)
{
    if (value.len == 0 || value.len > 1024 || !is_visible_ascii(value))
        return connect_address_error(parser->error,
                                     "user_agent is empty, too long, or not in ASCII");
    replace(&parser->address->user_agent, value);
    return STATUS_OK;
}

static enum status parse_session_id(struct connect_address_parser *parser, struct str value)
{
    if (!is_uuid(value))
        return connect_address_error(parser->error,
                                     "session_id is not a UUID (8-4-4-4-12 hex digits)");
    replace(&parser->address->session_id, value);
    for (char *c = parser->address->session_id; *c; c++)
        *c |= 0x20; /* to lower case; digits and '-' have this bit */
    return STATUS_OK;
}

static enum status parse_max_message_size(struct connect_address_parser *parser, struct str value)
{
    uint64_t bytes;
    if (!connect_parse_number(value, 1, LARGEST_MESSAGE_BYTES, &bytes))
        return connect_address_error(parser->error,
                                     "grpc_max_message_size is not a number of bytes from 1 to %u",
                                     LARGEST_MESSAGE_BYTES);
    parser->address->max_message_bytes = bytes;
    return STATUS_OK;
}

static enum status parse_keepalive_enabled(struct connect_address_parser *parser, struct str value)
{
    if (!parse_bool(value, &parser->address->keepalive))
        return connect_address_error(parser->error,
                                     "grpc_keepalive_enabled is neither true nor false");
    return STATUS_OK;
}

/* Parses a time in milliseconds; TCP needs whole seconds. */
static enum status parse_keepalive_ms(struct connect_address_parser *parser, const char *name,
                                      struct str value, unsigned *out_s)
{
    uint64_t ms;
    if (!connect_parse_number(value, 1, MAX_KEEPALIVE_MS, &ms))
        return connect_address_error(parser->error,
                                     "%s is not a number of milliseconds from 1 to %u", name,
                                     MAX_KEEPALIVE_MS);
    *out_s = (unsigned)((ms + 999) / 1000);
    return STATUS_OK;
}

static enum status parse_keepalive_time(struct connect_address_parser *parser, struct str value)
{
    return parse_keepalive_ms(parser, "grpc_keepalive_time_ms", value,
                              &parser->address->keepalive_s);
}

static enum status parse_keepalive_timeout(struct connect_address_parser *parser, struct str value)
{
    return parse_keepalive_ms(parser, "grpc_keepalive_timeout_ms", value,
                              &parser->address->keepalive_timeout_s);
}

/* Checked and ignored: each call has a connection of its own, so there are none without calls. */
static enum status parse_keepalive_without_calls(struct connect_address_parser *parser,
                                                 struct str value)
{
    bool is_true;
    if (!parse_bool(value, &is_true))
        return connect_address_error(parser->error,
                                     "grpc_keepalive_without_calls is neither true nor false");
    return STATUS_OK;
}

static const struct {
    const char *name;
    enum status (*parse)(struct connect_address_parser *parser, struct str value);
} parameters[] = {
    {"token", connect_parse_token},
    {"use_ssl", parse_use_ssl},
    {"user_id", parse_user_id},
    {"user_agent", parse_user_agent},
    {"session_id", parse_session_id},
    {"grpc_max_message_size", parse_max_message_size},
    {"grpc_keepalive_enabled", parse_keepalive_enabled},
    {"grpc_keepalive_time_ms", parse_keepalive_time},
    {"grpc_keepalive_timeout_ms", parse_keepalive_timeout},
    {"grpc_keepalive_without_calls", parse_keepalive_without_calls},
};

/* Whether the name is a header that gRPC sets itself, or whose value it does not send as text. */
static bool is_reserved(struct str name)
{
    static const char *const names[] = {
        "authorization", "connection", "content-length", "content-type",
        "host",          "te",         "user-agent",     "transfer-encoding"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (str_equal(name, str_of(names[i])))
            return true;
    return str_starts_with(name, STR("grpc-")) || str_ends_with(name, STR("-bin"));
}

static enum status add_header(struct connect_address_parser *parser, struct str name,
                              struct str value)
{
    struct connect_address *address = parser->address;
    CLEANUP(buffer_release) struct buffer lower = {0};
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        buffer_append_char(&lower, c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c);
    }
    if (!connect_text_has_only(buffer_str(&lower), CONNECT_DIGITS CONNECT_LETTERS "-_.") ||
        is_reserved(buffer_str(&lower)))
        return connect_address_error(parser->error, "%.*s cannot be the name of a parameter",
                                     STR_ARG(name));
    if (value.len == 0 || !is_visible_ascii(value))
        return connect_address_error(parser->error, "the value of %.*s is empty, or not in ASCII",
                                     STR_ARG(name));
    if (address->header_count == MAX_HEADERS)
        return connect_address_error(parser->error, "it has more than %d parameters", MAX_HEADERS);
    address->headers =
        mem_realloc(address->headers, (address->header_count + 1) * sizeof *address->headers);
    address->headers[address->header_count++] =
        (struct connect_header){str_dup(buffer_str(&lower)), str_dup(value)};
    return STATUS_OK;
}

static enum status parse_parameter(struct connect_address_parser *parser, struct str name,
                                   struct str raw)
{
    CLEANUP(buffer_release) struct buffer value = {0};
    if (name.len > 64 || !is_visible_ascii(name))
        return connect_address_error(parser->error,
                                     "a parameter's name is too long, or not in ASCII");
    TRY(decode(name, raw, &value, parser->error));
    struct str decoded = value.data ? buffer_str(&value) : STR("");
    for (size_t i = 0; i < ARRAY_LENGTH(parameters); i++)
        if (str_equal(name, str_of(parameters[i].name)))
            return parameters[i].parse(parser, decoded);
    return add_header(parser, name, decoded);
}

enum status connect_parse_parameters(struct connect_address_parser *parser, struct str rest)
{
    for (unsigned number = 1; rest.len > 1; number++) {
        rest = (struct str){rest.data + 1, rest.len - 1};
        struct str parameter = connect_consume_until(&rest, ";"), value = parameter;
        struct str name = connect_consume_until(&value, "=");
        if (name.len == 0 || value.len == 0)
            return connect_address_error(parser->error,
                                         "parameter %u is not of the form name=value", number);
        TRY(parse_parameter(parser, name, (struct str){value.data + 1, value.len - 1}));
    }
    return STATUS_OK;
}
