/* Checks of the Host and Origin headers and of the token. Other users of the machine reach its
 * loopback, too, and any page in the browser can send requests to it: so a token is always
 * required, in a header that no other page can set, and requests with a foreign Host or Origin are
 * refused. */
#include "access.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <strings.h>

/* ---- Tokens ---------------------------------------------------------------------------------- */

enum status serve_make_token(char out[static SERVE_TOKEN_LEN + 1], struct error *error)
{
    unsigned char bits[SERVE_TOKEN_LEN / 2];
    if (!random_bytes(bits, sizeof bits, true))
        return error_set_errno(error, errno, "cannot make a token");
    hex_write(bits, sizeof bits, out);
    out[SERVE_TOKEN_LEN] = '\0';
    return STATUS_OK;
}

#define TOKEN_MIN 16
#define TOKEN_MAX 512

bool serve_is_token(const char *text)
{
    size_t len = 0;
    for (; text[len]; len++)
        if (!isalnum((unsigned char)text[len]) && !strchr("-._~", text[len]))
            return false;
    return len >= TOKEN_MIN && len <= TOKEN_MAX;
}

bool access_allows_token(const struct access *access, const char *authorization)
{
    static const char scheme[] = "Bearer ";
    size_t len = strlen(access->token);
    if (!authorization || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *given = authorization + sizeof scheme - 1;
    return strlen(given) == len && CRYPTO_memcmp(given, access->token, len) == 0;
}

/* ---- The public address ---------------------------------------------------------------------- */

/* The text after "http://" or "https://"; NULL: there is no such scheme. */
static const char *behind_scheme(const char *url)
{
    static const char *const schemes[] = {"https://", "http://"};
    for (size_t i = 0; i < ARRAY_LENGTH(schemes); i++)
        if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
            return url + strlen(schemes[i]);
    return NULL;
}

enum status serve_check_url(const char *url, struct error *error)
{
    const char *host = behind_scheme(url);
    if (host && *host && *host != '/' && !strpbrk(host, " \t?#@\\\"<>") && strlen(url) < 1024)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "expected an address such as https://lake.example.org");
}

void access_init(struct access *access, const struct serve_options *options)
{
    *access = (struct access){.token = options->token, .address = options->address};
    if (!options->public_url)
        return;
    const char *url = options->public_url, *host = behind_scheme(url);
    access->public_origin = str_dup((struct str){url, (size_t)(host - url) + strcspn(host, "/")});
    access->public_host = access->public_origin + (host - url);
}

void access_release(struct access *access)
{
    mem_free(access->public_origin);
    *access = (struct access){0};
}

/* ---- Names ----------------------------------------------------------------------------------- */

/* The host without its port, and without the brackets of an IPv6 address. */
static bool split_host(const char *host, char name[static 256])
{
    bool is_bracketed = host[0] == '[';
    const char *begin = host + is_bracketed,
               *end = begin + strcspn(begin, is_bracketed ? "]" : ":");
    const char *port = end + (is_bracketed && *end == ']');
    size_t len = (size_t)(end - begin);
    if ((is_bracketed && *end != ']') || len == 0 || len > 255)
        return false;
    if (*port && (*port != ':' || port[1 + strspn(port + 1, "0123456789")]))
        return false;
    memcpy(name, begin, len);
    name[len] = '\0';
    return true;
}

static bool is_address(const char *name)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

bool access_allows_host(const struct access *access, const char *host)
{
    static const char *const own[] = {"localhost", "127.0.0.1", "::1"};
    char name[256];
    if (!host)
        return false;
    if (access->public_host && strcasecmp(host, access->public_host) == 0)
        return true;
    if (!split_host(host, name))
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(own); i++)
        if (strcasecmp(name, own[i]) == 0)
            return true;
    bool is_any = strcmp(access->address, "0.0.0.0") == 0 || strcmp(access->address, "::") == 0;
    return strcasecmp(name, access->address) == 0 || (is_any && is_address(name));
}

bool access_allows_origin(const struct access *access, const char *host, const char *origin)
{
    static const char scheme[] = "http://";
    if (!origin)
        return true;
    if (access->public_origin && strcasecmp(origin, access->public_origin) == 0)
        return true;
    return strncasecmp(origin, scheme, sizeof scheme - 1) == 0 &&
           strcasecmp(origin + sizeof scheme - 1, host) == 0;
}
