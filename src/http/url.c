/* What the address of a server says: a login, encryption, this machine. */
#include <http.h>

#include <strings.h>

bool http_url_has_login(const char *url)
{
    return strchr(url, '@') != NULL;
}

/* A name below localhost may lead anywhere. */
bool http_host_is_loopback(const char *host)
{
    unsigned a, b, c;
    int end = 0;
    if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
        return true;
    return sscanf(host, "127.%3u.%3u.%3u%n", &a, &b, &c, &end) == 3 && host[end] == '\0' &&
           a < 256 && b < 256 && c < 256;
}

bool http_url_is_plain(const char *url)
{
    char *scheme = NULL, *host = NULL;
    CURLU *parts = curl_url();
    bool is_plain = parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
                    curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                    curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                    strcmp(scheme, "http") == 0 && !http_host_is_loopback(host);
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parts);
    return is_plain;
}
