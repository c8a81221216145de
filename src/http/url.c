/* What the address of a server says: a login, encryption, this machine. */
#include <http.h>

#include <arpa/inet.h>
#include <strings.h>

bool http_url_has_login(const char *url)
{
    return strchr(url, '@') != NULL;
}

/* A name below localhost may lead anywhere. */
bool http_host_is_loopback(const char *host)
{
    struct in_addr ipv4;
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (inet_pton(AF_INET, host, &ipv4) == 1 && ntohl(ipv4.s_addr) >> 24 == 127);
}

static bool get_part(CURLU *parts, CURLUPart which, unsigned flags, char **out)
{
    return curl_url_get(parts, which, out, flags) == CURLUE_OK;
}

bool http_url_parse(const char *url, struct http_url *out)
{
    CURLU *parts = curl_url();
    bool is_url = parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
                  get_part(parts, CURLUPART_SCHEME, 0, &out->scheme) &&
                  get_part(parts, CURLUPART_HOST, 0, &out->host) &&
                  get_part(parts, CURLUPART_PATH, 0, &out->path);
    if (is_url) {
        (void)get_part(parts, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT, &out->port);
        (void)get_part(parts, CURLUPART_ZONEID, 0, &out->zone);
    }
    curl_url_cleanup(parts);
    return is_url;
}

void http_url_release(struct http_url *parts)
{
    curl_free(parts->scheme);
    curl_free(parts->host);
    curl_free(parts->path);
    curl_free(parts->port);
    curl_free(parts->zone);
}

void http_url_authority(const struct http_url *parts, struct buffer *out)
{
    buffer_appendf(out, "%s%s%s", parts->host, parts->port ? ":" : "",
                   parts->port ? parts->port : "");
}

bool http_url_is_plain(const char *url)
{
    CLEANUP(http_url_release) struct http_url parts = {0};
    return http_url_parse(url, &parts) && strcmp(parts.scheme, "http") == 0 &&
           !http_host_is_loopback(parts.host);
}
