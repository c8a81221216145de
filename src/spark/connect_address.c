/* connect_address: parses connection strings as Spark's own clients do (Spark, "Connecting to Spark
 * Connect using Clients"): sc://host:port/;name=value;…
 *
 * Where Spark's clients differ: a value may contain '='; a token is sent to this machine without
 * TLS unless use_ssl is given; a token with use_ssl=false for another machine is an error. */
#include "connect_address_private.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <strings.h>

#define MAX_TEXT            8192
#define MAX_MESSAGE_BYTES   (128u << 20)
#define KEEPALIVE_S         60
#define KEEPALIVE_TIMEOUT_S 20

enum status connect_address_error(struct error *error, const char *format, ...)
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

struct str connect_consume_until(struct str *rest, const char *stops)
{
    size_t len = 0;
    while (len < rest->len && !strchr(stops, rest->data[len]))
        len++;
    struct str consumed = {rest->data, len};
    rest->data += len;
    rest->len -= len;
    return consumed;
}

bool connect_text_has_only(struct str text, const char *characters)
{
    for (size_t i = 0; i < text.len; i++)
        if (!text.data[i] || !strchr(characters, text.data[i]))
            return false;
    return true;
}

bool connect_parse_number(struct str text, uint64_t min, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (text.len == 0 || text.len > 12 || !connect_text_has_only(text, CONNECT_DIGITS))
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
        if (c < 0x80 &&
            !strchr(CONNECT_DIGITS CONNECT_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ-._", (char)c))
            return false;
    }
    return host.len > 0;
}

static enum status split_ipv6(struct str authority, struct str *out_host, struct str *out_rest,
                              struct error *error)
{
    struct str rest = {authority.data + 1, authority.len - 1};
    *out_host = connect_consume_until(&rest, "]");
    if (rest.len == 0)
        return connect_address_error(error, "the host begins with '[' and has no ']'");
    if (out_host->len == 0 || !connect_text_has_only(*out_host, CONNECT_DIGITS "abcdefABCDEF:."))
        return connect_address_error(error, "the text in brackets is not an IPv6 address");
    *out_rest = (struct str){rest.data + 1, rest.len - 1};
    return STATUS_OK;
}

static enum status split_authority(struct str authority, struct str *out_host, struct str *out_rest,
                                   struct error *error)
{
    if (authority.len > 0 && authority.data[0] == '[')
        return split_ipv6(authority, out_host, out_rest, error);
    *out_rest = authority;
    *out_host = connect_consume_until(out_rest, ":");
    if (out_host->len == 0)
        return connect_address_error(error, "it names no host");
    if (!is_host(*out_host))
        return connect_address_error(error, "the host has characters that no host's name has");
    return STATUS_OK;
}

static enum status parse_authority(struct connect_address_parser *parser, struct str authority)
{
    struct connect_address *address = parser->address;
    struct str host = STR_NULL, rest = STR_NULL;
    uint64_t port = CONNECT_DEFAULT_PORT;
    if (memchr(authority.data, '@', authority.len))
        return connect_address_error(parser->error,
                                     "it has a user before the host; say ;user_id=… and ;token=…");
    if (memchr(authority.data, ';', authority.len))
        return connect_address_error(parser->error,
                                     "the parameters begin with \"/;\", not with \";\"");
    TRY(split_authority(authority, &host, &rest, parser->error));
    if (rest.len > 0 && rest.data[0] != ':')
        return connect_address_error(parser->error, "only \":port\" may follow the host");
    if (rest.len > 0 &&
        !connect_parse_number((struct str){rest.data + 1, rest.len - 1}, 1, UINT16_MAX, &port))
        return connect_address_error(parser->error, "the port is not a number from 1 to 65535");
    address->host = str_dup(host);
    address->port = (unsigned)port;
    CLEANUP(buffer_release) struct buffer endpoint = {0};
    buffer_appendf(&endpoint, strchr(address->host, ':') ? "[%s]:%u" : "%s:%u", address->host,
                   address->port);
    address->endpoint = str_dup(buffer_str(&endpoint));
    return STATUS_OK;
}

/* ---- The whole address ----------------------------------------------------------------------- */

bool connect_address_is_local(const struct connect_address *address)
{
    struct in_addr ipv4;
    const char *host = address->host;
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           (inet_pton(AF_INET, host, &ipv4) == 1 && ntohl(ipv4.s_addr) >> 24 == 127);
}

static enum status choose_tls(struct connect_address_parser *parser)
{
    struct connect_address *address = parser->address;
    bool needs_tls = address->token && !connect_address_is_local(address);
    if (needs_tls && parser->has_use_tls && !parser->use_tls)
        return connect_address_error(parser->error,
                                     "a token is not sent to another machine without TLS; drop "
                                     "use_ssl=false, or the token");
    address->use_tls = parser->has_use_tls ? parser->use_tls : needs_tls;
    return STATUS_OK;
}

static enum status read_environment(struct connect_address_parser *parser)
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
    if (connect_parse_token(parser, str_of(token)) == STATUS_OK)
        return STATUS_OK;
    error_set(parser->error, STATUS_USAGE,
              "the token in SPARK_CONNECT_AUTHENTICATE_TOKEN has characters that no token has");
    return error_hint(parser->error, "set it again, without spaces and line ends");
}

static enum status parse(struct connect_address_parser *parser, struct str text)
{
    struct str rest = {text.data + 5, text.len - 5};
    struct str authority = connect_consume_until(&rest, "/?#"), path;
    if (rest.len > 0 && rest.data[0] == '/')
        rest = (struct str){rest.data + 1, rest.len - 1};
    TRY(parse_authority(parser, authority));
    path = connect_consume_until(&rest, ";?#");
    if (path.len > 0)
        return connect_address_error(parser->error,
                                     "it has a path after the port; Spark Connect has none");
    if (rest.len > 0 && rest.data[0] != ';')
        return connect_address_error(
            parser->error, "the parameters begin with \"/;\", not with \"%c\"", rest.data[0]);
    TRY(connect_parse_parameters(parser, rest));
    TRY(read_environment(parser));
    return choose_tls(parser);
}

enum status connect_address_parse(const char *text, struct connect_address *out,
                                  struct error *error)
{
    struct connect_address address = {.max_message_bytes = MAX_MESSAGE_BYTES,
                                      .keepalive = true,
                                      .keepalive_s = KEEPALIVE_S,
                                      .keepalive_timeout_s = KEEPALIVE_TIMEOUT_S};
    struct connect_address_parser parser = {.address = &address, .error = error};
    if (strncmp(text, "sc://", 5) != 0)
        return connect_address_error(error, "it does not begin with sc://");
    if (strlen(text) > MAX_TEXT)
        return connect_address_error(error, "it has more than %d bytes", MAX_TEXT);
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
