/* Connection strings.
 *
 * Where Spark's clients differ: a value may contain '='; a token is sent to this machine without
 * TLS unless use_ssl is given; a token with use_ssl=false for another machine is an error.
 *
 * Messages name a parameter but never have its value, because one of them is the token. */
#include "connect_address.h"

#include <http.h>
#include <stdlib.h>
#include <strings.h>

#define MAX_TEXT              8192
#define MAX_HEADERS           32
#define MAX_MESSAGE_BYTES     (128u << 20)
#define LARGEST_MESSAGE_BYTES 1073741824 /* two messages below say these numbers */
#define MAX_KEEPALIVE_MS      3600000
#define KEEPALIVE_S           60
#define KEEPALIVE_TIMEOUT_S   20

/* An address that is being parsed. */
struct parser {
    struct connect_address address;
    bool has_use_tls; /* use_ssl is given */
    bool ignored;     /* of a parameter that is checked and has no effect */
    struct grpc_header *headers;
    struct error *error;
};

static enum status wrong_address(struct error *error, const char *format, ...) PRINTF(2, 3);
static enum status wrong_address(struct error *error, const char *format, ...)
{
    char words[512];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    error_set(error, STATUS_USAGE, "the address of the Spark server is wrong: %s", words);
    return error_hint(error, "it looks like this: sc://host:%d or sc://host:443/;token=…",
                      CONNECT_DEFAULT_PORT);
}

/* Removes the text before the first of the characters `stops` from *rest and returns it. */
static struct str consume_until(struct str *rest, const char *stops)
{
    size_t len = 0;
    while (len < rest->len && !strchr(stops, rest->data[len]))
        len++;
    struct str consumed = {rest->data, len};
    *rest = (struct str){rest->data + len, rest->len - len};
    return consumed;
}

/* Without its first byte. */
static struct str rest_of(struct str text)
{
    return (struct str){text.data + 1, text.len - 1};
}

/* Parses a decimal number from 1 to `most`; false if it is none. */
static bool parse_number(struct str text, unsigned most, unsigned *out)
{
    uint64_t value = 0;
    if (text.len == 0 || text.len > 12 || !str_consists_of(text, ASCII_DIGITS))
        return false;
    for (size_t i = 0; i < text.len; i++)
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    *out = (unsigned)value;
    return value >= 1 && value <= most;
}

/* ---- Host and port --------------------------------------------------------------------------- */

static bool is_host(struct str host)
{
    for (size_t i = 0; i < host.len; i++) {
        struct str c = {host.data + i, 1};
        if ((unsigned char)*c.data < 0x80 && !str_consists_of(c, ASCII_DIGITS ASCII_LETTERS "-._"))
            return false;
    }
    return true;
}

/* What follows the host is ":port", or nothing. */
static enum status split_host(struct str authority, struct str *out_host, struct str *out_rest,
                              struct error *error)
{
    bool is_ipv6 = authority.len > 0 && authority.data[0] == '[';
    *out_rest = is_ipv6 ? rest_of(authority) : authority;
    *out_host = consume_until(out_rest, is_ipv6 ? "]" : ":");
    if (is_ipv6 && out_rest->len == 0)
        return wrong_address(error, "the host begins with '[' and has no ']'");
    if (is_ipv6 &&
        (out_host->len == 0 || !str_consists_of(*out_host, ASCII_DIGITS "abcdefABCDEF:.")))
        return wrong_address(error, "the text in brackets is not an IPv6 address");
    if (out_host->len == 0)
        return wrong_address(error, "it names no host");
    if (!is_ipv6 && !is_host(*out_host))
        return wrong_address(error, "the host has characters that no host's name has");
    if (is_ipv6)
        *out_rest = rest_of(*out_rest);
    return STATUS_OK;
}

static enum status parse_authority(struct parser *parser, struct str authority)
{
    struct connect_address *address = &parser->address;
    struct grpc_server *server = &address->server;
    struct str host = STR_NULL, rest = STR_NULL;
    if (memchr(authority.data, '@', authority.len))
        return wrong_address(parser->error,
                             "it has a user before the host; say ;user_id=… and ;token=…");
    if (memchr(authority.data, ';', authority.len))
        return wrong_address(parser->error, "the parameters begin with \"/;\", not with \";\"");
    TRY(split_host(authority, &host, &rest, parser->error));
    if (rest.len > 0 && rest.data[0] != ':')
        return wrong_address(parser->error, "only \":port\" may follow the host");
    if (rest.len > 0 && !parse_number(rest_of(rest), UINT16_MAX, &server->port))
        return wrong_address(parser->error, "the port is not a number from 1 to 65535");
    server->host = arena_text(&address->texts, host);
    CLEANUP(buffer_release) struct buffer endpoint = {0};
    buffer_appendf(&endpoint, strchr(server->host, ':') ? "[%s]:%u" : "%s:%u", server->host,
                   server->port);
    address->endpoint = arena_text(&address->texts, buffer_str(&endpoint));
    return STATUS_OK;
}

/* ---- Parameters ------------------------------------------------------------------------------ */

/* Percent-decodes a value. Values are sent in headers and messages, so they must not have control
 * characters. */
static enum status decode(struct str name, struct str value, struct buffer *out,
                          struct error *error)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.data[i] == '%' && (i + 2 >= value.len || hex_digit(value.data[i + 1]) < 0 ||
                                     hex_digit(value.data[i + 2]) < 0))
            return wrong_address(error,
                                 "in the value of %.*s, a '%%' is not followed by two hex digits",
                                 STR_ARG(name));
    buffer_append_percent_decoded(out, value);
    for (size_t i = 0; i < out->len; i++)
        if ((unsigned char)out->data[i] < 0x20 || out->data[i] == 0x7F)
            return wrong_address(error, "the value of %.*s has a control character", STR_ARG(name));
    return STATUS_OK;
}

/* Printable ASCII characters and spaces. */
static bool is_visible_ascii(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.data[i] < 0x20 || value.data[i] > 0x7E)
            return false;
    return value.len > 0;
}

bool connect_is_printable(struct str value)
{
    return is_visible_ascii(value) && !memchr(value.data, ' ', value.len);
}

static bool is_user(struct str value)
{
    return value.len > 0 && utf8_valid_prefix(value.data, value.len) == value.len;
}

static bool is_agent(struct str value)
{
    return is_visible_ascii(value) && value.len <= 1024;
}

static bool is_uuid(struct str value)
{
    if (value.len != UUID_TEXT - 1)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? value.data[i] != '-' : hex_digit(value.data[i]) < 0)
            return false;
    }
    return true;
}

#define MEMBER(name) offsetof(struct parser, name)

static const struct parameter {
    const char *name, *problem;                /* what is said of a value that is wrong */
    enum { TEXT, FLAG, NUMBER, SECONDS } kind; /* in milliseconds; TCP needs whole seconds */
    size_t member;                             /* of the parser */
    bool (*is_good)(struct str value);         /* of a text */
    unsigned most;                             /* of a number */
} parameters[] = {
    {"token", "the token is empty, or has characters that no token has", TEXT,
     MEMBER(address.server.token), .is_good = connect_is_printable},
    {"use_ssl", "use_ssl is neither true nor false", FLAG, MEMBER(address.server.use_tls)},
    {"user_id", "user_id is empty, or not UTF-8", TEXT, MEMBER(address.user_id),
     .is_good = is_user},
    {"user_agent", "user_agent is empty, too long, or not in ASCII", TEXT,
     MEMBER(address.user_agent), .is_good = is_agent},
    {"session_id", "session_id is not a UUID (8-4-4-4-12 hex digits)", TEXT,
     MEMBER(address.session_id), .is_good = is_uuid},
    {"grpc_max_message_size", "grpc_max_message_size is not a number of bytes from 1 to 1073741824",
     NUMBER, MEMBER(address.server.max_message_bytes), .most = LARGEST_MESSAGE_BYTES},
    {"grpc_keepalive_enabled", "grpc_keepalive_enabled is neither true nor false", FLAG,
     MEMBER(address.server.keepalive)},
    {"grpc_keepalive_time_ms",
     "grpc_keepalive_time_ms is not a number of milliseconds from 1 to 3600000", SECONDS,
     MEMBER(address.server.keepalive_s), .most = MAX_KEEPALIVE_MS},
    {"grpc_keepalive_timeout_ms",
     "grpc_keepalive_timeout_ms is not a number of milliseconds from 1 to 3600000", SECONDS,
     MEMBER(address.server.keepalive_timeout_s), .most = MAX_KEEPALIVE_MS},
    /* each call has a connection of its own, so there are none without calls */
    {"grpc_keepalive_without_calls", "grpc_keepalive_without_calls is neither true nor false", FLAG,
     MEMBER(ignored)},
};

static bool set_flag(struct str value, bool *out)
{
    *out = value.len == 4 && strncasecmp(value.data, "true", 4) == 0;
    return *out || (value.len == 5 && strncasecmp(value.data, "false", 5) == 0);
}

static bool set_parameter(struct parser *parser, const struct parameter *parameter,
                          struct str value)
{
    void *member = (char *)parser + parameter->member;
    const char **text = member;
    unsigned *number = member;
    switch (parameter->kind) {
    case TEXT:
        *text = arena_text(&parser->address.texts, value);
        return parameter->is_good(value);
    case FLAG:
        parser->has_use_tls |= member == &parser->address.server.use_tls;
        return set_flag(value, member);
    default:
        if (!parse_number(value, parameter->most, number))
            return false;
        if (parameter->kind == SECONDS)
            *number = (*number + 999) / 1000;
        return true;
    }
}

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

static const char *lower_text(struct arena *arena, struct str text)
{
    char *lower = arena_alloc(arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++)
        lower[i] = (char)(text.data[i] | (text.data[i] >= 'A' && text.data[i] <= 'Z' ? 0x20 : 0));
    lower[text.len] = '\0';
    return lower;
}

static enum status add_header(struct parser *parser, struct str name, struct str value)
{
    struct grpc_server *server = &parser->address.server;
    struct arena *arena = &parser->address.texts;
    const char *lower = lower_text(arena, name);
    if (!str_consists_of(name, ASCII_DIGITS ASCII_LETTERS "-_.") || is_reserved(str_of(lower)))
        return wrong_address(parser->error, "%.*s cannot be the name of a parameter",
                             STR_ARG(name));
    if (!is_visible_ascii(value))
        return wrong_address(parser->error, "the value of %.*s is empty, or not in ASCII",
                             STR_ARG(name));
    if (server->header_count == MAX_HEADERS)
        return wrong_address(parser->error, "it has more than %d parameters", MAX_HEADERS);
    parser->headers[server->header_count++] = (struct grpc_header){lower, arena_text(arena, value)};
    return STATUS_OK;
}

static enum status parse_parameter(struct parser *parser, struct str name, struct str raw)
{
    CLEANUP(buffer_release) struct buffer value = {0};
    if (name.len > 64 || !is_visible_ascii(name))
        return wrong_address(parser->error, "a parameter's name is too long, or not in ASCII");
    TRY(decode(name, raw, &value, parser->error));
    for (size_t i = 0; i < ARRAY_LENGTH(parameters); i++)
        if (str_equal(name, str_of(parameters[i].name)))
            return set_parameter(parser, &parameters[i], buffer_str(&value))
                       ? STATUS_OK
                       : wrong_address(parser->error, "%s", parameters[i].problem);
    return add_header(parser, name, buffer_str(&value));
}

/* ";name=value;…", whose last ';' may be omitted. */
static enum status parse_parameters(struct parser *parser, struct str rest)
{
    for (unsigned number = 1; rest.len > 1; number++) {
        rest = rest_of(rest);
        struct str value = consume_until(&rest, ";"), name = consume_until(&value, "=");
        if (name.len == 0 || value.len == 0)
            return wrong_address(parser->error, "parameter %u is not of the form name=value",
                                 number);
        TRY(parse_parameter(parser, name, rest_of(value)));
    }
    return STATUS_OK;
}

/* ---- The whole address ----------------------------------------------------------------------- */

bool connect_address_is_local(const struct connect_address *address)
{
    const char *host = address->server.host;
    return strcmp(host, "::1") == 0 || http_host_is_loopback(host);
}

static enum status choose_tls(struct parser *parser)
{
    struct grpc_server *server = &parser->address.server;
    bool needs_tls = server->token && !connect_address_is_local(&parser->address);
    if (needs_tls && parser->has_use_tls && !server->use_tls)
        return wrong_address(parser->error, "a token is not sent to another machine without TLS; "
                                            "drop use_ssl=false, or the token");
    server->use_tls |= needs_tls;
    return STATUS_OK;
}

static enum status read_environment(struct parser *parser)
{
    struct connect_address *address = &parser->address;
    const char *token = getenv("SPARK_CONNECT_AUTHENTICATE_TOKEN");
    const char *user = getenv("SPARK_USER");
    if (!user || !*user)
        user = getenv("USER");
    if (!address->user_id)
        address->user_id = arena_text(&address->texts, str_of(user && *user ? user : "sparkify"));
    if (address->server.token || !token || !*token)
        return STATUS_OK;
    if (!connect_is_printable(str_of(token))) {
        error_set(parser->error, STATUS_USAGE,
                  "the token in SPARK_CONNECT_AUTHENTICATE_TOKEN has characters that no token has");
        return error_hint(parser->error, "set it again, without spaces and line ends");
    }
    address->server.token = arena_text(&address->texts, str_of(token));
    return STATUS_OK;
}

static enum status parse(struct parser *parser, struct str rest)
{
    struct connect_address *address = &parser->address;
    struct str authority = consume_until(&rest, "/?#");
    if (rest.len > 0 && rest.data[0] == '/')
        rest = rest_of(rest);
    TRY(parse_authority(parser, authority));
    if (consume_until(&rest, ";?#").len > 0)
        return wrong_address(parser->error, "it has a path after the port; Spark Connect has none");
    if (rest.len > 0 && rest.data[0] != ';')
        return wrong_address(parser->error, "the parameters begin with \"/;\", not with \"%c\"",
                             rest.data[0]);
    TRY(parse_parameters(parser, rest));
    TRY(read_environment(parser));
    if (address->session_id)
        address->session_id = lower_text(&address->texts, str_of(address->session_id));
    return choose_tls(parser);
}

enum status connect_address_parse(const char *text, struct connect_address *out,
                                  struct error *error)
{
    struct parser parser = {.address.server = {.port = CONNECT_DEFAULT_PORT,
                                               .max_message_bytes = MAX_MESSAGE_BYTES,
                                               .keepalive = true,
                                               .keepalive_s = KEEPALIVE_S,
                                               .keepalive_timeout_s = KEEPALIVE_TIMEOUT_S},
                            .error = error};
    if (strncmp(text, "sc://", 5) != 0)
        return wrong_address(error, "it does not begin with sc://");
    if (strlen(text) > MAX_TEXT)
        return wrong_address(error, "it has more than %d bytes", MAX_TEXT);
    parser.headers = arena_alloc(&parser.address.texts, MAX_HEADERS * sizeof *parser.headers);
    parser.address.server.headers = parser.headers;
    enum status status = parse(&parser, str_of(text + strlen("sc://")));
    if (status == STATUS_OK)
        *out = parser.address;
    else
        connect_address_release(&parser.address);
    return status;
}

void connect_address_release(struct connect_address *address)
{
    arena_release(&address->texts);
    *address = (struct connect_address){0};
}
