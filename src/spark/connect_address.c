/* Connection strings, as Spark's own clients take them (Spark, "Connecting to Spark Connect using
 * Clients"): sc://host:port/;name=value;…
 *
 * Where those differ among themselves: a value may hold '='; a token goes to this machine without
 * TLS unless use_ssl says otherwise; a token and use_ssl=false for another machine is an error.
 *
 * A message names parameters, and never says their values: one of them is the token. */
#include "connect.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define MAX_TEXT              8192
#define MAX_HEADERS           32
#define MAX_MESSAGE_BYTES     (128u << 20)
#define LARGEST_MESSAGE_BYTES (1024u << 20)
#define KEEPALIVE_S           60
#define KEEPALIVE_TIMEOUT_S   20
#define MAX_KEEPALIVE_MS      (3600u * 1000)

/* What is being put together. */
struct parser {
    struct connect_address *address;
    bool has_use_tls, use_tls;
    struct error *error;
};

PRINTF(2, 3)
static enum status wrong(struct error *error, const char *format, ...)
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

static struct str cut(struct str *rest, const char *stops)
{
    size_t len = 0;
    while (len < rest->len && !strchr(stops, rest->data[len]))
        len++;
    struct str taken = {rest->data, len};
    rest->data += len;
    rest->len -= len;
    return taken;
}

static bool is_all(struct str text, const char *characters)
{
    for (size_t i = 0; i < text.len; i++)
        if (!text.data[i] || !strchr(characters, text.data[i]))
            return false;
    return true;
}

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define HEX     DIGITS "abcdefABCDEF"

static bool parse_number(struct str text, uint64_t min, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (text.len == 0 || text.len > 12 || !is_all(text, DIGITS))
        return false;
    for (size_t i = 0; i < text.len; i++)
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    *out = value;
    return value >= min && value <= max;
}

/* ---- Host and port --------------------------------------------------------------------------- */

static bool is_host(struct str host)
{
    for (size_t i = 0; i < host.len; i++) {
        unsigned char c = (unsigned char)host.data[i];
        if (c < 0x80 && !strchr(DIGITS LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ-._", (char)c))
            return false;
    }
    return host.len > 0;
}

static enum status split_ipv6(struct str authority, struct str *out_host, struct str *out_rest,
                              struct error *error)
{
    struct str rest = {authority.data + 1, authority.len - 1};
    *out_host = cut(&rest, "]");
    if (rest.len == 0)
        return wrong(error, "the host begins with '[' and has no ']'");
    if (out_host->len == 0 || !is_all(*out_host, HEX ":."))
        return wrong(error, "the text in brackets is not an IPv6 address");
    *out_rest = (struct str){rest.data + 1, rest.len - 1};
    return STATUS_OK;
}

static enum status split_authority(struct str authority, struct str *out_host, struct str *out_rest,
                                   struct error *error)
{
    if (authority.len > 0 && authority.data[0] == '[')
        return split_ipv6(authority, out_host, out_rest, error);
    *out_rest = authority;
    *out_host = cut(out_rest, ":");
    if (out_host->len == 0)
        return wrong(error, "it names no host");
    if (!is_host(*out_host))
        return wrong(error, "the host has characters that no host's name has");
    return STATUS_OK;
}

static enum status parse_authority(struct parser *parser, struct str authority)
{
    struct connect_address *address = parser->address;
    struct str host = STR_NULL, rest = STR_NULL;
    uint64_t port = CONNECT_DEFAULT_PORT;
    if (memchr(authority.data, '@', authority.len))
        return wrong(parser->error, "it has a user before the host; say ;user_id=… and ;token=…");
    if (memchr(authority.data, ';', authority.len))
        return wrong(parser->error, "the parameters begin with \"/;\", not with \";\"");
    TRY(split_authority(authority, &host, &rest, parser->error));
    if (rest.len > 0 && rest.data[0] != ':')
        return wrong(parser->error, "only \":port\" may follow the host");
    if (rest.len > 0 &&
        !parse_number((struct str){rest.data + 1, rest.len - 1}, 1, UINT16_MAX, &port))
        return wrong(parser->error, "the port is not a number from 1 to 65535");
    address->host = str_dup(host);
    address->port = (unsigned)port;
    CLEANUP(buffer_release) struct buffer endpoint = {0};
    buffer_appendf(&endpoint, strchr(address->host, ':') ? "[%s]:%u" : "%s:%u", address->host,
                   address->port);
    address->endpoint = str_dup(buffer_str(&endpoint));
    return STATUS_OK;
}

/* ---- Values ---------------------------------------------------------------------------------- */

/* Decoded values go into messages and headers: no control characters. */
static enum status decode(struct str name, struct str value, struct buffer *out,
                          struct error *error)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];
        if (c == '%') {
            int high = i + 2 < value.len ? hex_digit(value.data[i + 1]) : -1;
            int low = i + 2 < value.len ? hex_digit(value.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return wrong(error,
                             "in the value of %.*s, a '%%' is not followed by two hex digits",
                             STR_ARG(name));
            c = (char)(high << 4 | low);
            i += 2;
        }
        if ((unsigned char)c < 0x20 || c == 0x7F)
            return wrong(error, "the value of %.*s has a control character", STR_ARG(name));
        buffer_append_char(out, c);
    }
    return STATUS_OK;
}

/* A space among them. */
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

static enum status take_token(struct parser *parser, struct str value)
{
    if (value.len == 0 || !is_visible_ascii(value) || memchr(value.data, ' ', value.len))
        return wrong(parser->error, "the token is empty, or has characters that no token has");
    replace(&parser->address->token, value);
    return STATUS_OK;
}

static enum status take_use_ssl(struct parser *parser, struct str value)
{
    if (!parse_bool(value, &parser->use_tls))
        return wrong(parser->error, "use_ssl is neither true nor false");
    parser->has_use_tls = true;
    return STATUS_OK;
}

static enum status take_user_id(struct parser *parser, struct str value)
{
    if (value.len == 0 || utf8_valid_prefix(value.data, value.len) != value.len)
        return wrong(parser->error, "user_id is empty, or not UTF-8");
    replace(&parser->address->user_id, value);
    return STATUS_OK;
}

static enum status take_user_agent(struct parser *parser, struct str value)
{
    if (value.len == 0 || value.len > 1024 || !is_visible_ascii(value))
        return wrong(parser->error, "user_agent is empty, too long, or not in ASCII");
    replace(&parser->address->user_agent, value);
    return STATUS_OK;
}

static enum status take_session_id(struct parser *parser, struct str value)
{
    if (!is_uuid(value))
        return wrong(parser->error, "session_id is not a UUID (8-4-4-4-12 hex digits)");
    replace(&parser->address->session_id, value);
    for (char *c = parser->address->session_id; *c; c++)
        *c |= 0x20; /* of digits and '-', it is set already */
    return STATUS_OK;
}

static enum status take_max_message_size(struct parser *parser, struct str value)
{
    uint64_t bytes;
    if (!parse_number(value, 1, LARGEST_MESSAGE_BYTES, &bytes))
        return wrong(parser->error, "grpc_max_message_size is not a number of bytes from 1 to %u",
                     LARGEST_MESSAGE_BYTES);
    parser->address->max_message_bytes = bytes;
    return STATUS_OK;
}

static enum status take_keepalive(struct parser *parser, struct str value)
{
    if (!parse_bool(value, &parser->address->keepalive))
        return wrong(parser->error, "grpc_keepalive_enabled is neither true nor false");
    return STATUS_OK;
}

/* TCP counts in seconds. */
static enum status parse_keepalive(struct parser *parser, const char *name, struct str value,
                                   unsigned *out_s)
{
    uint64_t ms;
    if (!parse_number(value, 1, MAX_KEEPALIVE_MS, &ms))
        return wrong(parser->error, "%s is not a number of milliseconds from 1 to %u", name,
                     MAX_KEEPALIVE_MS);
    *out_s = (unsigned)((ms + 999) / 1000);
    return STATUS_OK;
}

static enum status take_keepalive_time(struct parser *parser, struct str value)
{
    return parse_keepalive(parser, "grpc_keepalive_time_ms", value, &parser->address->keepalive_s);
}

static enum status take_keepalive_timeout(struct parser *parser, struct str value)
{
    return parse_keepalive(parser, "grpc_keepalive_timeout_ms", value,
                           &parser->address->keepalive_timeout_s);
}

/* It is about connections that no call uses: there are none. */
static enum status take_keepalive_without_calls(struct parser *parser, struct str value)
{
    bool is_true;
    if (!parse_bool(value, &is_true))
        return wrong(parser->error, "grpc_keepalive_without_calls is neither true nor false");
    return STATUS_OK;
}

static const struct {
    const char *name;
    enum status (*take)(struct parser *parser, struct str value);
} parameters[] = {
    {"token", take_token},
    {"use_ssl", take_use_ssl},
    {"user_id", take_user_id},
    {"user_agent", take_user_agent},
    {"session_id", take_session_id},
    {"grpc_max_message_size", take_max_message_size},
    {"grpc_keepalive_enabled", take_keepalive},
    {"grpc_keepalive_time_ms", take_keepalive_time},
    {"grpc_keepalive_timeout_ms", take_keepalive_timeout},
    {"grpc_keepalive_without_calls", take_keepalive_without_calls},
};

/* What gRPC sends itself, or reads in another way. */
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

static enum status take_header(struct parser *parser, struct str name, struct str value)
{
    struct connect_address *address = parser->address;
    CLEANUP(buffer_release) struct buffer lower = {0};
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        buffer_append_char(&lower, c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c);
    }
    if (!is_all(buffer_str(&lower), DIGITS LETTERS "-_.") || is_reserved(buffer_str(&lower)))
        return wrong(parser->error, "%.*s cannot be the name of a parameter", STR_ARG(name));
    if (value.len == 0 || !is_visible_ascii(value))
        return wrong(parser->error, "the value of %.*s is empty, or not in ASCII", STR_ARG(name));
    if (address->header_count == MAX_HEADERS)
        return wrong(parser->error, "it has more than %d parameters", MAX_HEADERS);
    address->headers =
        mem_realloc(address->headers, (address->header_count + 1) * sizeof *address->headers);
    address->headers[address->header_count++] =
        (struct connect_header){str_dup(buffer_str(&lower)), str_dup(value)};
    return STATUS_OK;
}

static enum status take_parameter(struct parser *parser, struct str name, struct str raw)
{
    CLEANUP(buffer_release) struct buffer value = {0};
    if (name.len > 64 || !is_visible_ascii(name))
        return wrong(parser->error, "a parameter's name is too long, or not in ASCII");
    TRY(decode(name, raw, &value, parser->error));
    struct str decoded = value.data ? buffer_str(&value) : STR("");
    for (size_t i = 0; i < ARRAY_LENGTH(parameters); i++)
        if (str_equal(name, str_of(parameters[i].name)))
            return parameters[i].take(parser, decoded);
    return take_header(parser, name, decoded);
}

/* ";name=value;…", where ';' may end it, too. */
static enum status parse_parameters(struct parser *parser, struct str rest)
{
    for (unsigned number = 1; rest.len > 1; number++) {
        rest = (struct str){rest.data + 1, rest.len - 1};
        struct str parameter = cut(&rest, ";"), value = parameter;
        struct str name = cut(&value, "=");
        if (name.len == 0 || value.len == 0)
            return wrong(parser->error, "parameter %u is not of the form name=value", number);
        TRY(take_parameter(parser, name, (struct str){value.data + 1, value.len - 1}));
    }
    return STATUS_OK;
}

/* ---- The whole ------------------------------------------------------------------------------- */

bool connect_address_is_local(const struct connect_address *address)
{
    struct in_addr ipv4;
    const char *host = address->host;
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           (inet_pton(AF_INET, host, &ipv4) == 1 && ntohl(ipv4.s_addr) >> 24 == 127);
}

static enum status choose_tls(struct parser *parser)
{
    struct connect_address *address = parser->address;
    bool needs_tls = address->token && !connect_address_is_local(address);
    if (needs_tls && parser->has_use_tls && !parser->use_tls)
        return wrong(parser->error, "a token is not sent to another machine without TLS; drop "
                                    "use_ssl=false, or the token");
    address->use_tls = parser->has_use_tls ? parser->use_tls : needs_tls;
    return STATUS_OK;
}

static enum status take_environment(struct parser *parser)
{
    struct connect_address *address = parser->address;
    const char *token = getenv("SPARK_CONNECT_AUTHENTICATE_TOKEN");
    const char *user = getenv("SPARK_USER");
    if (!user || !*user)
        user = getenv("USER");
    if (!address->user_id)
        address->user_id = str_dup(str_of(user && *user ? user : "sparkify"));
    if (address->token || !token || !*token)
        return STATUS_OK;
    if (take_token(parser, str_of(token)) == STATUS_OK)
        return STATUS_OK;
    error_set(parser->error, STATUS_USAGE,
              "the token in SPARK_CONNECT_AUTHENTICATE_TOKEN has characters that no token has");
    return error_hint(parser->error, "set it again, without spaces and line ends");
}

static enum status parse(struct parser *parser, struct str text)
{
    struct str rest = {text.data + 5, text.len - 5};
    struct str authority = cut(&rest, "/?#"), path;
    if (rest.len > 0 && rest.data[0] == '/')
        rest = (struct str){rest.data + 1, rest.len - 1};
    TRY(parse_authority(parser, authority));
    path = cut(&rest, ";?#");
    if (path.len > 0)
        return wrong(parser->error, "it has a path after the port; Spark Connect has none");
    if (rest.len > 0 && rest.data[0] != ';')
        return wrong(parser->error, "the parameters begin with \"/;\", not with \"%c\"",
                     rest.data[0]);
    TRY(parse_parameters(parser, rest));
    TRY(take_environment(parser));
    return choose_tls(parser);
}

enum status connect_address_parse(const char *text, struct connect_address *out,
                                  struct error *error)
{
    struct connect_address address = {.max_message_bytes = MAX_MESSAGE_BYTES,
                                      .keepalive = true,
                                      .keepalive_s = KEEPALIVE_S,
                                      .keepalive_timeout_s = KEEPALIVE_TIMEOUT_S};
    struct parser parser = {.address = &address, .error = error};
    if (strncmp(text, "sc://", 5) != 0)
        return wrong(error, "it does not begin with sc://");
    if (strlen(text) > MAX_TEXT)
        return wrong(error, "it has more than %d bytes", MAX_TEXT);
    enum status status = parse(&parser, str_of(text));
    if (status == STATUS_OK)
        *out = address;
    else
        connect_address_release(&address);
    return status;
}

void connect_address_release(struct connect_address *address)
{
    for (size_t i = 0; i < address->header_count; i++) {
        mem_free(address->headers[i].name);
        mem_free(address->headers[i].value);
    }
    mem_free(address->headers);
    mem_free(address->host);
    mem_free(address->token);
    mem_free(address->user_id);
    mem_free(address->user_agent);
    mem_free(address->session_id);
    mem_free(address->endpoint);
    *address = (struct connect_address){0};
}
